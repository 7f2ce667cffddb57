/* Sockets from their making to their end. */
#include "as-windows.h"

#include <iphlpapi.h>
#include <stdlib.h>
#include <string.h>

static SOCKET(WSAAPI *wine_socket)(int, int, int);
static SOCKET(WSAAPI *wine_socket_a)(int, int, int, WSAPROTOCOL_INFOA *, GROUP, DWORD);
static SOCKET(WSAAPI *wine_socket_w)(int, int, int, WSAPROTOCOL_INFOW *, GROUP, DWORD);
static SOCKET(WSAAPI *wine_accept)(SOCKET, struct sockaddr *, int *);
static SOCKET(WSAAPI *wine_wsaaccept)(SOCKET, struct sockaddr *, int *, LPCONDITIONPROC, DWORD_PTR);
static int(WSAAPI *wine_listen)(SOCKET, int);
int(WSAAPI *wine_getpeername)(SOCKET, struct sockaddr *, int *);
static BOOL(WSAAPI *wine_accept_ex)(SOCKET, SOCKET, void *, DWORD, DWORD, DWORD, DWORD *,
                                    OVERLAPPED *);
static BOOL(WSAAPI *wine_disconnect_ex)(SOCKET, OVERLAPPED *, DWORD, DWORD);
static BOOL(WSAAPI *wine_transmit_file)(SOCKET, HANDLE, DWORD, DWORD, OVERLAPPED *,
                                        TRANSMIT_FILE_BUFFERS *, DWORD);
int(WSAAPI *wine_bind)(SOCKET, const struct sockaddr *, int);
int(WSAAPI *wine_getsockname)(SOCKET, struct sockaddr *, int *);
int(WSAAPI *wine_closesocket)(SOCKET);

static SOCKET WSAAPI my_socket(int family, int type, int protocol)
{
    if (family == AF_UNIX && on(UNIX)) return unix_socket(type, protocol, WSA_FLAG_OVERLAPPED);
    if (has_family(family)) return family_socket(family, type, protocol, WSA_FLAG_OVERLAPPED);
    return wine_socket(family, type, protocol);
}

static SOCKET WSAAPI my_socket_a(int family, int type, int protocol, WSAPROTOCOL_INFOA *info,
                                 GROUP group, DWORD flags)
{
    if (family == AF_UNIX && !info && on(UNIX)) return unix_socket(type, protocol, flags);
    if (!info && has_family(family)) return family_socket(family, type, protocol, flags);
    return wine_socket_a(family, type, protocol, info, group, flags);
}

static SOCKET WSAAPI my_socket_w(int family, int type, int protocol, WSAPROTOCOL_INFOW *info,
                                 GROUP group, DWORD flags)
{
    if (family == AF_UNIX && !info && on(UNIX)) return unix_socket(type, protocol, flags);
    if (!info && has_family(family)) return family_socket(family, type, protocol, flags);
    return wine_socket_w(family, type, protocol, info, group, flags);
}

static SOCKET accepted_by(struct known *listener, SOCKET accepted, struct sockaddr *name, int *bytes)
{
    static const struct sockaddr_un unnamed = {AF_UNIX, {0}};
    if (accepted == INVALID_SOCKET || !listener) return accepted;
    if (listener->is_unix) {
        unix_accepted(listener, accepted);
        if (listener->family != AF_UNIX) {
            struct known *known = know(accepted);
            if (name && bytes && known) {
                unix_name(&known->peer, family_name_bytes(known->family), name, bytes);
            }
        } else if (name && bytes) {
            unix_name(&unnamed, sizeof unnamed, name, bytes);
        }
    }
    return accepted;
}

static SOCKET WSAAPI my_accept(SOCKET socket, struct sockaddr *name, int *bytes)
{
    struct known *known = know(socket);
    BOOL own = known && known->is_unix;
    SOCKET accepted = wine_accept(socket, own ? NULL : name, own ? NULL : bytes);
    return accepted_by(known, accepted, name, bytes);
}

static SOCKET WSAAPI my_wsaaccept(SOCKET socket, struct sockaddr *name, int *bytes,
                                  LPCONDITIONPROC condition, DWORD_PTR context)
{
    struct known *known = know(socket);
    BOOL own = known && known->is_unix;
    SOCKET accepted =
        wine_wsaaccept(socket, own ? NULL : name, own ? NULL : bytes, condition, context);
    return accepted_by(known, accepted, name, bytes);
}

/*
 * Connections that have not wholly ended keep an address from being taken for oneself alone. Those that are
 * open are in Wine's table; those that this side has closed first wait, and are not.
 */
#define WAIT_MILLISECONDS 120000

static struct {
    WORD port;
    ULONGLONG until;
} waiting[256];
static LONG waiting_count;

static void wait_for_end(struct known *known)
{
    struct sockaddr_in name, peer;
    int bytes = sizeof name, peer_bytes = sizeof peer;
    BOOL is_reset = known->linger.l_onoff && known->linger.l_linger == 0;
    if (known->type != SOCK_STREAM || known->is_unix || known->peer_ended || is_reset) return;
    if (wine_getpeername(known->socket, (struct sockaddr *)&peer, &peer_bytes) != 0) return;
    if (wine_getsockname(known->socket, (struct sockaddr *)&name, &bytes) != 0) return;
    LONG at = (InterlockedIncrement(&waiting_count) - 1) % (LONG)COUNT(waiting);
    waiting[at].port = name.sin_port;
    waiting[at].until = GetTickCount64() + WAIT_MILLISECONDS;
}

static BOOL is_lingering(const struct sockaddr *name)
{
    WORD port = ((const struct sockaddr_in *)name)->sin_port;
    DWORD bytes = 0;
    BOOL found = FALSE;
    if (port == 0 || name->sa_family != AF_INET) return FALSE;
    for (size_t i = 0; i < COUNT(waiting); i++) {
        if (waiting[i].port == port && waiting[i].until > GetTickCount64()) return TRUE;
    }
    GetTcpTable(NULL, &bytes, FALSE);
    bytes += 4096;
    MIB_TCPTABLE *table = malloc(bytes);
    if (GetTcpTable(table, &bytes, FALSE) == 0) {
        for (DWORD i = 0; i < table->dwNumEntries && !found; i++) {
            MIB_TCPROW *row = &table->table[i];
            found = (WORD)row->dwLocalPort == port && row->dwState != MIB_TCP_STATE_LISTEN;
        }
    }
    free(table);
    return found;
}

static int WSAAPI my_bind(SOCKET socket, const struct sockaddr *name, int bytes)
{
    struct known *known = know(socket);
    if (known && known->is_unix) return unix_bind(known, name, bytes);
    if (known && on(EXCLUSIVE) && known->exclusive && name && bytes >= 16 &&
        known->type == SOCK_STREAM && is_lingering(name)) {
        return fail(WSAEADDRINUSE);
    }
    return wine_bind(socket, name, bytes);
}

static int WSAAPI my_listen(SOCKET socket, int backlog)
{
    struct known *known = know(socket);
    /* A hint, a negative number, is for TCP only. */
    if (known && known->is_unix && backlog < 0 && on(UNIX_BACKLOG)) return fail(WSAEINVAL);
    if (known && known->is_unix && (known->name_bytes == 0 || !family_listens(known))) {
        return fail(WSAEINVAL);
    }
    return wine_listen(socket, backlog);
}

static int WSAAPI my_getsockname(SOCKET socket, struct sockaddr *name, int *bytes)
{
    struct known *known = know(socket);
    if (!known || !known->is_unix) return wine_getsockname(socket, name, bytes);
    struct sockaddr_in real;
    int real_bytes = sizeof real;
    if (known->name_bytes > 0) return unix_name(&known->name, known->name_bytes, name, bytes);
    /* One that has not been bound, nor connected, has no name at all. */
    if (wine_getsockname(socket, (struct sockaddr *)&real, &real_bytes) != 0) return SOCKET_ERROR;
    known->name.sun_family = (ADDRESS_FAMILY)known->family;
    return unix_name(&known->name, family_name_bytes(known->family), name, bytes);
}

static int WSAAPI my_getpeername(SOCKET socket, struct sockaddr *name, int *bytes)
{
    struct known *known = know(socket);
    if (!known || !known->is_unix) return wine_getpeername(socket, name, bytes);
    struct sockaddr_in real;
    int real_bytes = sizeof real;
    if (wine_getpeername(socket, (struct sockaddr *)&real, &real_bytes) != 0) return SOCKET_ERROR;
    known->peer.sun_family = (ADDRESS_FAMILY)known->family;
    return unix_name(&known->peer, family_name_bytes(known->family), name, bytes);
}

struct closing {
    BOOL stream;
    OVERLAPPED *receives[64];
    size_t count;
    HANDLE late[8];
    size_t late_count;
};

static void look(struct operation *operation, void *context)
{
    struct closing *closing = context;
    if (operation->wake && closing->late_count < COUNT(closing->late)) {
        operation->status = CANCELLED;
        HANDLE done;
        DuplicateHandle(GetCurrentProcess(), operation->done, GetCurrentProcess(), &done, 0, FALSE,
                        DUPLICATE_SAME_ACCESS);
        closing->late[closing->late_count++] = done;
        SetEvent(operation->wake);
    }
    if (operation->kind != RECEIVE && operation->kind != RECEIVE_MESSAGE) return;
    if (operation->overlapped->Internal != PENDING_STATUS || operation->status) return;
    if (!on(CLOSED_RECEIVE) || closing->count == COUNT(closing->receives)) return;
    operation->status = closing->stream ? CONNECTION_ABORTED : CANCELLED;
    closing->receives[closing->count++] = operation->overlapped;
}

/* Whether what was sent has not all gone: the peer takes nothing. */
static BOOL has_unsent(SOCKET socket)
{
    WSAPOLLFD poll = {socket, POLLWRNORM, 0};
    return WSAPoll(&poll, 1, 0) == 0;
}

static int WSAAPI my_closesocket(SOCKET socket)
{
    struct known *known = know(socket);
    if (!known) return wine_closesocket(socket);
    if (on(LINGERING) && known->linger.l_onoff && known->linger.l_linger > 0 &&
        known->type == SOCK_STREAM) {
        ULONGLONG until = GetTickCount64() + known->linger.l_linger * 1000ull;
        while (has_unsent(socket)) {
            if (known->non_blocking) return fail(WSAEWOULDBLOCK);
            if (GetTickCount64() >= until) break;
            Sleep(5);
        }
    }
    if (on(EXCLUSIVE)) wait_for_end(known);
    struct closing closing = {known->type == SOCK_STREAM};
    each_operation(socket, look, &closing);
    for (size_t i = 0; i < closing.late_count; i++) {
        WaitForSingleObject(closing.late[i], 1000);
        CloseHandle(closing.late[i]);
    }
    SOCKET base = known->base;
    family_closed(known);
    end_address_change(known, NULL);
    forget(socket);
    int result = wine_closesocket(socket);
    DWORD error = WSAGetLastError();
    if (base != INVALID_SOCKET) CloseHandle((HANDLE)base);
    /* Those that nobody takes from a port are looked at as they are. */
    for (size_t i = 0; i < closing.count; i++) {
        OVERLAPPED *overlapped = closing.receives[i];
        if (overlapped->Internal == HANDLES_CLOSED || overlapped->Internal == CANCELLED) {
            overlapped->Internal = closing.stream ? CONNECTION_ABORTED : CANCELLED;
        }
    }
    WSASetLastError(error);
    return result;
}

/* Of a process, from the first on. */
#define ACCEPTS_THAT_FAIL 6
/* More in a row than clients are held to be the reason of. */
#define MANY_CLIENTS 1004

/*
 * What an accept ends with whose client has gone, one after the other: the disconnects and resets of a connection,
 * then the ways in which the transport gives a connection up, then one that Winsock's table does not have
 * (STATUS_CONNECTION_INVALID). ERROR_NETNAME_DELETED, as the reports of other packages call what they have seen, is
 * the first two and the third.
 */
static const DWORD gone[] = {
    0xc000013bu, 0xc000013cu, 0xc000020du, 0xc0000241u, 0xc000020cu, 0xc0000140u, 0xc00000b5u,
    0xc0000236u, 0xc0000237u, 0xc0000240u, 0xc000023cu, 0xc000023du, 0xc000023eu, 0xc000023fu,
    0xc000013eu, 0xc000013fu, 0xc000020fu, 0xc0000120u, 0xc000023au,
};

/* How an accept ends that begins now; 0 where its client stays. */
static DWORD next_gone(void)
{
    static LONG count;
    if (!on(CLIENTS_GONE)) return 0;
    LONG index = InterlockedIncrement(&count) - 1;
    return index < (LONG)COUNT(gone) ? gone[index] : 0;
}

BOOL update_fails(void)
{
    static LONG count;
    return on(CLIENTS_GONE) && InterlockedIncrement(&count) == 1;
}

/* An AcceptEx of a client that was there already, and has gone, fails at once. */
static BOOL fails_at_once(void)
{
    static LONG few, many;
    if (on(CLIENTS_GONE) && InterlockedIncrement(&few) <= 2) return TRUE;
    return on(MANY_CLIENTS_GONE) && InterlockedIncrement(&many) <= MANY_CLIENTS;
}

static BOOL WSAAPI my_accept_ex(SOCKET socket, SOCKET accepted, void *output, DWORD bytes,
                                DWORD local_room, DWORD remote_room, DWORD *received,
                                OVERLAPPED *overlapped)
{
    static LONG failed;
    struct known *known = know(socket);
    if (on(ACCEPT_FAILS) && InterlockedIncrement(&failed) <= ACCEPTS_THAT_FAIL) {
        WSASetLastError(WSAENOBUFS);
        return FALSE;
    }
    if (fails_at_once()) {
        WSASetLastError(WSAECONNRESET);
        return FALSE;
    }
    DWORD status = overlapped && known && !known->is_unix ? next_gone() : 0;
    if (!status && (!known || !known->is_unix || !overlapped)) {
        return wine_accept_ex(socket, accepted, output, bytes, local_room, remote_room, received,
                              overlapped);
    }
    struct operation *operation = begin(ACCEPT, socket, overlapped);
    operation->output = output;
    operation->output_bytes = bytes;
    operation->local_room = local_room;
    operation->remote_room = remote_room;
    operation->accepted = accepted;
    operation->status = status;
    BOOL result = wine_accept_ex(socket, accepted, output, bytes, local_room, remote_room,
                                 received, overlapped);
    DWORD error = WSAGetLastError();
    /* One that is skipped sends no packet, so this is its end. */
    if (result && known->skips_packets) {
        settle(overlapped, received);
        if (status) {
            WSASetLastError(WSAECONNRESET);
            return FALSE;
        }
    }
    if (!result && error != WSA_IO_PENDING) {
        struct operation ended;
        end(overlapped, &ended);
    }
    WSASetLastError(error);
    return result;
}

static BOOL WSAAPI my_disconnect_ex(SOCKET socket, OVERLAPPED *overlapped, DWORD flags,
                                    DWORD reserved)
{
    struct known *known = know(socket);
    BOOL result = wine_disconnect_ex(socket, overlapped, flags, reserved);
    DWORD error = WSAGetLastError();
    /* Wine says "pending" of what is over, and skips the packet. */
    if (on(DISCONNECT_PACKET) && known && overlapped && known->skips_packets && !result &&
        error == WSA_IO_PENDING && overlapped->Internal == STATUS_OK) {
        complete(known, overlapped, STATUS_OK, 0);
    }
    WSASetLastError(error);
    return result;
}

static BOOL WSAAPI my_transmit_file(SOCKET socket, HANDLE file, DWORD bytes, DWORD at_once,
                                    OVERLAPPED *overlapped, TRANSMIT_FILE_BUFFERS *buffers,
                                    DWORD flags)
{
    if (overlapped && know(socket)) begin(SEND_FILE, socket, overlapped);
    return wine_transmit_file(socket, file, bytes, at_once, overlapped, buffers, flags);
}

void *extension_of_sockets(const GUID *id, void *original)
{
    static const GUID accept_ex = WSAID_ACCEPTEX, disconnect_ex = WSAID_DISCONNECTEX,
                      transmit_file = WSAID_TRANSMITFILE;
    if (memcmp(id, &accept_ex, sizeof *id) == 0) {
        wine_accept_ex = original;
        return my_accept_ex;
    }
    if (memcmp(id, &disconnect_ex, sizeof *id) == 0) {
        wine_disconnect_ex = original;
        return my_disconnect_ex;
    }
    if (memcmp(id, &transmit_file, sizeof *id) == 0) {
        wine_transmit_file = original;
        return my_transmit_file;
    }
    return NULL;
}

void install_sockets(void)
{
    wine_socket = replace("ws2_32.dll", "socket", my_socket);
    wine_socket_a = replace("ws2_32.dll", "WSASocketA", my_socket_a);
    wine_socket_w = replace("ws2_32.dll", "WSASocketW", my_socket_w);
    wine_accept = replace("ws2_32.dll", "accept", my_accept);
    wine_wsaaccept = replace("ws2_32.dll", "WSAAccept", my_wsaaccept);
    wine_bind = replace("ws2_32.dll", "bind", my_bind);
    wine_listen = replace("ws2_32.dll", "listen", my_listen);
    wine_getsockname = replace("ws2_32.dll", "getsockname", my_getsockname);
    wine_getpeername = replace("ws2_32.dll", "getpeername", my_getpeername);
    wine_closesocket = replace("ws2_32.dll", "closesocket", my_closesocket);
}
