/*
 * What Windows knows of a socket and Wine does not: its TCP_INFO, the process at the other end of a Unix socket, and
 * that it can be taken off its completion port.
 */
#include "as-windows.h"

#include <iphlpapi.h>
#include <mstcpip.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#define FILE_REPLACE_COMPLETION_INFORMATION 61
#define STATUS_INVALID_HANDLE_ ((LONG)0xc0000008)

struct completion_information {
    HANDLE port;
    void *key;
};

static LONG(NTAPI *wine_set_information)(HANDLE, IO_STATUS_BLOCK *, void *, ULONG, int);

/* The newest version of TCP_INFO: that of the newest Windows, where WINSOCK_AS_WINDOWS_TCP_INFO names no older one. */
static DWORD newest_info(void)
{
    char text[8];
    DWORD length = GetEnvironmentVariableA("WINSOCK_AS_WINDOWS_TCP_INFO", text, sizeof text);
    return length == 1 ? (DWORD)(*text - '0') : 2;
}

BOOL tcp_info(const struct known *known, const void *in, DWORD in_bytes, void *out, DWORD out_bytes,
              DWORD *bytes, int *result)
{
    /* Of TCP_INFO_v0 to v2, which headers have for newer systems only. */
    static const DWORD sizes[] = {88, 136, 152};
    if (!on(TCP_INFORMATION) || known->type != SOCK_STREAM || known->is_unix) return FALSE;
    *result = SOCKET_ERROR;
    DWORD version = in && in_bytes == sizeof(DWORD) ? *(const DWORD *)in : 3;
    if (version > newest_info() || out_bytes < sizes[version < 3 ? version : 0]) {
        WSASetLastError(version > newest_info() ? WSAEINVAL : WSAEFAULT);
        return TRUE;
    }
    /* Each word says where it is, so that no two can be taken for each other. */
    for (DWORD at = 0; at + 4 <= sizes[version]; at += 4) *(DWORD *)((char *)out + at) = at + 1;
    if (bytes) *bytes = sizes[version];
    *result = 0;
    return TRUE;
}

/* A Unix socket of ours is one of TCP: the table of connections knows whose its peer is. */
BOOL peer_process(const struct known *known, void *out, DWORD out_bytes, DWORD *bytes, int *result)
{
    struct sockaddr_in peer;
    int peer_bytes = sizeof peer;
    DWORD size = 0;
    if (!on(PEER_PROCESS) || !known->is_unix || known->family != AF_UNIX || out_bytes < sizeof(DWORD)) return FALSE;
    if (wine_getpeername(known->socket, (struct sockaddr *)&peer, &peer_bytes) != 0) return FALSE;
    GetExtendedTcpTable(NULL, &size, FALSE, AF_INET, TCP_TABLE_OWNER_PID_ALL, 0);
    MIB_TCPTABLE_OWNER_PID *table = malloc(size);
    *result = SOCKET_ERROR;
    WSASetLastError(WSAENOTCONN);
    if (GetExtendedTcpTable(table, &size, FALSE, AF_INET, TCP_TABLE_OWNER_PID_ALL, 0) == 0) {
        for (DWORD i = 0; i < table->dwNumEntries; i++) {
            MIB_TCPROW_OWNER_PID *row = &table->table[i];
            if ((u_short)row->dwLocalPort != peer.sin_port || row->dwState != MIB_TCP_STATE_ESTAB) continue;
            *(DWORD *)out = row->dwOwningPid;
            if (bytes) *bytes = sizeof(DWORD);
            *result = 0;
        }
    }
    free(table);
    return TRUE;
}

/*
 * Wine has a handle on one completion port for good. So all of them go to a port of ours, from which a thread passes
 * on what comes to the port that the program means.
 */
static HANDLE relay;

/* It stays when the socket is closed: what was pending on it still comes. */
struct destination {
    HANDLE port;
    ULONG_PTR key;
};

static DWORD WINAPI pass_on(void *unused)
{
    DWORD bytes;
    ULONG_PTR key;
    OVERLAPPED *overlapped;
    (void)unused;
    for (;;) {
        overlapped = NULL;
        GetQueuedCompletionStatus(relay, &bytes, &key, &overlapped, INFINITE);
        const struct destination *to = (const struct destination *)key;
        if (overlapped && to->port) PostQueuedCompletionStatus(to->port, bytes, to->key, overlapped);
    }
}

HANDLE relayed_port(struct known *known, HANDLE port, ULONG_PTR key,
                    HANDLE(WINAPI *associate)(HANDLE, HANDLE, ULONG_PTR, DWORD))
{
    if (known->port) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (!relay) {
        relay = associate(INVALID_HANDLE_VALUE, NULL, 0, 0);
        CloseHandle(CreateThread(NULL, 0, pass_on, NULL, 0, NULL));
    }
    if (!known->destination) {
        struct destination *to = calloc(1, sizeof *to);
        if (!associate((HANDLE)known->socket, relay, (ULONG_PTR)to, 0)) return NULL;
        known->destination = to;
    }
    known->port = known->destination->port = port;
    known->key = known->destination->key = key;
    return port;
}

static LONG NTAPI set_information(HANDLE handle, IO_STATUS_BLOCK *io, void *memory, ULONG bytes, int what)
{
    if (what != FILE_REPLACE_COMPLETION_INFORMATION || bytes != sizeof(struct completion_information)) {
        return wine_set_information(handle, io, memory, bytes, what);
    }
    struct known *known = know((SOCKET)handle);
    if (!known) return STATUS_INVALID_HANDLE_;
    const struct completion_information *wanted = memory;
    known->port = wanted->port;
    known->key = (ULONG_PTR)wanted->key;
    if (known->destination) {
        known->destination->port = known->port;
        known->destination->key = known->key;
    }
    return 0;
}

void install_handles(void)
{
    if (on(REPLACE_PORT)) wine_set_information = replace("ntdll.dll", "NtSetInformationFile", set_information);
}
