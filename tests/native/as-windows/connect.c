/* Connections that are refused, late as Windows says it, and addresses that are none. */
#include "as-windows.h"

#include <iphlpapi.h>
#include <stdlib.h>
#include <string.h>

/* Windows asks a port of its own machine again, twice, when it was refused. */
#define LATE_MILLISECONDS 2000

int(WSAAPI *wine_connect)(SOCKET, const struct sockaddr *, int);
static int(WSAAPI *wine_wsaconnect)(SOCKET, const struct sockaddr *, int, WSABUF *, WSABUF *,
                                    QOS *, QOS *);
static BOOL(WSAAPI *wine_connect_ex)(SOCKET, const struct sockaddr *, int, void *, DWORD, DWORD *,
                                     OVERLAPPED *);

BOOL is_unspecified(const struct sockaddr *name)
{
    static const struct in6_addr none;
    if (name->sa_family == AF_INET) {
        return ((const struct sockaddr_in *)name)->sin_addr.s_addr == 0;
    }
    return name->sa_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)name)->sin6_addr, &none, sizeof none) == 0;
}

static BOOL is_loopback(const struct sockaddr *name)
{
    if (name->sa_family == AF_INET) {
        return (((const struct sockaddr_in *)name)->sin_addr.s_addr & 0xff) == 127;
    }
    return name->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)name)->sin6_addr);
}

/* Whether somebody listens on a port of this machine, by either family. */
static BOOL is_taken(WORD port)
{
    BOOL found = FALSE;
    for (int i = 0; i < 2 && !found; i++) {
        ULONG family = i == 0 ? AF_INET : AF_INET6;
        DWORD bytes = 0;
        GetExtendedTcpTable(NULL, &bytes, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0);
        bytes += 4096;
        void *table = malloc(bytes);
        if (GetExtendedTcpTable(table, &bytes, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0) ==
            0) {
            MIB_TCPTABLE_OWNER_PID *four = table;
            MIB_TCP6TABLE_OWNER_PID *six = table;
            for (DWORD k = 0; k < four->dwNumEntries && !found; k++) {
                DWORD own = i == 0 ? four->table[k].dwLocalPort : six->table[k].dwLocalPort;
                found = (WORD)own == port;
            }
        }
        free(table);
    }
    return found;
}

static BOOL is_late(struct known *known, const struct sockaddr *name)
{
    if (!on(REFUSED_LATE) || !known || known->type != SOCK_STREAM) return FALSE;
    if (known->no_syn_retries || !is_loopback(name)) return FALSE;
    return !is_taken(((const struct sockaddr_in *)name)->sin_port);
}

static BOOL is_refused(struct known *known, const struct sockaddr *name, int bytes)
{
    if (!on(UNSPECIFIED) || !known || known->type != SOCK_STREAM || bytes < 16) return FALSE;
    BOOL has_port = ((const struct sockaddr_in *)name)->sin_port != 0;
    if (has_port && !is_unspecified(name)) return FALSE;
    WSASetLastError(WSAEADDRNOTAVAIL);
    return TRUE;
}

struct late {
    SOCKET socket;
    struct sockaddr_storage name;
    int bytes;
    OVERLAPPED *overlapped;
    HANDLE wake;
    HANDLE done;
};

static DWORD WINAPI connect_late(void *context)
{
    struct late *late = context;
    Sleep(LATE_MILLISECONDS);
    wine_connect(late->socket, (struct sockaddr *)&late->name, late->bytes);
    struct known *known = known_already(late->socket);
    if (known) known->connecting = FALSE;
    free(late);
    return 0;
}

static int connect_as_windows(SOCKET socket, const struct sockaddr *name, int bytes)
{
    struct known *known = name ? know(socket) : NULL;
    if (known && known->is_unix) {
        struct sockaddr_in target;
        if (!unix_target(name, bytes, &target)) return SOCKET_ERROR;
        int result = wine_connect(socket, (struct sockaddr *)&target, sizeof target);
        if (result == 0 || WSAGetLastError() == WSAEWOULDBLOCK) {
            memcpy(&known->peer, name, bytes < (int)sizeof known->peer ? bytes : sizeof known->peer);
        }
        return result;
    }
    if (is_refused(known, name, bytes)) return SOCKET_ERROR;
    /* Of a datagram socket it takes the peer away again. */
    if (on(UNSPECIFIED) && known && known->type == SOCK_DGRAM && bytes >= 16 &&
        is_unspecified(name)) {
        struct sockaddr_storage none = {AF_UNSPEC};
        wine_connect(socket, (struct sockaddr *)&none, bytes);
        return 0;
    }
    if (known && bytes >= 16 && is_late(known, name)) {
        if (!known->non_blocking) {
            Sleep(LATE_MILLISECONDS);
        } else {
            if (known->connecting) return fail(WSAEALREADY);
            struct late *late = calloc(1, sizeof *late);
            late->socket = socket;
            late->bytes = bytes;
            memcpy(&late->name, name, bytes);
            known->connecting = TRUE;
            CloseHandle(CreateThread(NULL, 0, connect_late, late, 0, NULL));
            return fail(WSAEWOULDBLOCK);
        }
    }
    return wine_connect(socket, name, bytes);
}

static int WSAAPI my_connect(SOCKET socket, const struct sockaddr *name, int bytes)
{
    return connect_as_windows(socket, name, bytes);
}

static int WSAAPI my_wsaconnect(SOCKET socket, const struct sockaddr *name, int bytes,
                                WSABUF *caller, WSABUF *callee, QOS *sqos, QOS *gqos)
{
    (void)caller, (void)callee, (void)sqos, (void)gqos;
    return connect_as_windows(socket, name, bytes);
}

static DWORD WINAPI connect_ex_late(void *context)
{
    struct late *late = context;
    WaitForSingleObject(late->wake, LATE_MILLISECONDS);
    DWORD sent;
    struct known *known = known_already(late->socket);
    OVERLAPPED *overlapped = late->overlapped;
    BOOL result = wine_connect_ex(late->socket, (struct sockaddr *)&late->name, late->bytes, NULL,
                                  0, &sent, overlapped);
    if (!result && WSAGetLastError() != WSA_IO_PENDING && known) {
        complete(known, overlapped, 0xc0000236u, 0);
    }
    /* Wine ends what a thread has begun when the thread ends. */
    while (overlapped->Internal == PENDING_STATUS) Sleep(1);
    SetEvent(late->done);
    CloseHandle(late->wake);
    CloseHandle(late->done);
    free(late);
    return 0;
}

static HANDLE duplicate(HANDLE handle)
{
    HANDLE copy;
    DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, 0, FALSE,
                    DUPLICATE_SAME_ACCESS);
    return copy;
}

static BOOL WSAAPI my_connect_ex(SOCKET socket, const struct sockaddr *name, int bytes, void *data,
                                 DWORD data_bytes, DWORD *sent, OVERLAPPED *overlapped)
{
    struct known *known = name ? know(socket) : NULL;
    struct sockaddr_in target;
    if (known && known->is_unix) {
        if (!unix_target(name, bytes, &target)) return FALSE;
        memcpy(&known->peer, name, bytes < (int)sizeof known->peer ? bytes : sizeof known->peer);
        name = (struct sockaddr *)&target;
        bytes = sizeof target;
    } else if (is_refused(known, name, bytes)) {
        return FALSE;
    }
    if (!known || !overlapped) {
        return wine_connect_ex(socket, name, bytes, data, data_bytes, sent, overlapped);
    }
    struct operation *operation = begin(CONNECT, socket, overlapped);
    if (!known->is_unix && is_late(known, name)) {
        struct late *late = calloc(1, sizeof *late);
        late->socket = socket;
        late->bytes = bytes;
        late->overlapped = overlapped;
        memcpy(&late->name, name, bytes);
        operation->wake = CreateEventW(NULL, TRUE, FALSE, NULL);
        operation->done = CreateEventW(NULL, TRUE, FALSE, NULL);
        late->wake = duplicate(operation->wake);
        late->done = duplicate(operation->done);
        overlapped->Internal = PENDING_STATUS;
        HANDLE event = (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1);
        if (event) ResetEvent(event);
        CloseHandle(CreateThread(NULL, 0, connect_ex_late, late, 0, NULL));
        WSASetLastError(WSA_IO_PENDING);
        return FALSE;
    }
    BOOL result = wine_connect_ex(socket, name, bytes, data, data_bytes, sent, overlapped);
    if (!result && WSAGetLastError() != WSA_IO_PENDING) {
        DWORD error = WSAGetLastError();
        struct operation ended;
        end(overlapped, &ended);
        WSASetLastError(error);
    }
    return result;
}

void *extension_of_connect(const GUID *id, void *original)
{
    static const GUID connect_ex = WSAID_CONNECTEX;
    if (memcmp(id, &connect_ex, sizeof *id) != 0) return NULL;
    wine_connect_ex = original;
    return my_connect_ex;
}

void install_connect(void)
{
    wine_connect = replace("ws2_32.dll", "connect", my_connect);
    wine_wsaconnect = replace("ws2_32.dll", "WSAConnect", my_wsaconnect);
}
