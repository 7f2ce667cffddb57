/* Receiving and sending: datagrams that Windows refuses, and connections that it calls aborted. */
#include "as-windows.h"

#include <iphlpapi.h>
#include <stdlib.h>
#include <string.h>

static int(WSAAPI *wine_recv)(SOCKET, char *, int, int);
static int(WSAAPI *wine_recvfrom)(SOCKET, char *, int, int, struct sockaddr *, int *);
static int(WSAAPI *wine_send)(SOCKET, const char *, int, int);
static int(WSAAPI *wine_sendto)(SOCKET, const char *, int, int, const struct sockaddr *, int);
static int(WSAAPI *wine_wsarecv)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD *, OVERLAPPED *,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *wine_wsarecvfrom)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD *, struct sockaddr *,
                                     int *, OVERLAPPED *, LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *wine_wsasend)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD, OVERLAPPED *,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *wine_wsasendto)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD,
                                   const struct sockaddr *, int, OVERLAPPED *,
                                   LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *wine_recvmsg)(SOCKET, WSAMSG *, DWORD *, OVERLAPPED *,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *wine_sendmsg)(SOCKET, WSAMSG *, DWORD, DWORD *, OVERLAPPED *,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE);

static BOOL is_unbound(SOCKET socket)
{
    struct sockaddr_storage name;
    int bytes = sizeof name;
    if (wine_getsockname(socket, (struct sockaddr *)&name, &bytes) != 0) return TRUE;
    return ((struct sockaddr_in *)&name)->sin_port == 0;
}

/* Why a receive is refused at its start; 0 where it is not. */
static int refusal(struct known *known)
{
    if (!known || known->type != SOCK_DGRAM) return 0;
    if (on(RECEIVE_FAILS)) return WSAENETDOWN;
    if (on(UNBOUND_RECEIVE) && is_unbound(known->socket)) return WSAEINVAL;
    if (known->unreachable) {
        known->unreachable = known->unreachable_count > 1;
        return WSAECONNRESET;
    }
    return 0;
}

void take_unreachable(struct known *known, struct sockaddr *name, int *bytes)
{
    if (known->unreachable_count == 0) return;
    if (name && bytes && *bytes >= (int)sizeof *known->unreachable_names) {
        memcpy(name, known->unreachable_names, sizeof *known->unreachable_names);
        *bytes = sizeof *known->unreachable_names;
    }
    known->unreachable_count--;
    memmove(known->unreachable_names, known->unreachable_names + 1,
            known->unreachable_count * sizeof *known->unreachable_names);
}

/* Has a receive fail; where it was refused for it, it tells for whom. */
static int refuse(struct known *known, int error, struct sockaddr *name, int *bytes)
{
    if (error == WSAECONNRESET) take_unreachable(known, name, bytes);
    return fail(error);
}

/* The end of a receive that was not overlapped. */
static int received(struct known *known, int result, DWORD room)
{
    if (!known || known->type != SOCK_STREAM) return result;
    if (result == 0 && room > 0) known->peer_ended = TRUE;
    if (result == SOCKET_ERROR && WSAGetLastError() == WSAECONNRESET && known->sent_to_closed) {
        WSASetLastError(WSAECONNABORTED);
    }
    return result;
}

static int WSAAPI my_recvfrom(SOCKET socket, char *buffer, int room, int flags,
                              struct sockaddr *from, int *from_bytes)
{
    struct known *known = know(socket);
    int error = refusal(known);
    if (error) return fail(error);
    if (known && known->type == SOCK_DGRAM && known->coalesced && on(COALESCED) && room > 0) {
        int first = wine_recvfrom(socket, buffer, room, flags, from, from_bytes);
        int filled = first;
        while (first > 0 && filled + first <= room && filled + first <= (int)known->coalesced) {
            WSAPOLLFD poll = {socket, POLLRDNORM, 0};
            if (WSAPoll(&poll, 1, 0) != 1) break;
            int more = wine_recvfrom(socket, buffer + filled, first, 0, NULL, NULL);
            if (more <= 0) break;
            filled += more;
            if (more < first) break;
        }
        return filled;
    }
    if (on(LONG_DATAGRAM) && known && known->type == SOCK_DGRAM && from && from_bytes &&
        *from_bytes < (int)sizeof(struct sockaddr_in)) {
        return fail(WSAEFAULT);
    }
    return received(known, wine_recvfrom(socket, buffer, room, flags, from, from_bytes), room);
}

static int WSAAPI my_recv(SOCKET socket, char *buffer, int room, int flags)
{
    struct known *known = know(socket);
    int error = refusal(known);
    if (error) return fail(error);
    return received(known, wine_recv(socket, buffer, room, flags), room);
}

/* What Windows makes of a datagram that is longer than the buffer, where packets are skipped. */
static int too_long(struct known *known, OVERLAPPED *overlapped, const WSABUF *buffer, int result)
{
    if (result == 0 || WSAGetLastError() != WSAEMSGSIZE || !overlapped) return result;
    if (!known->skips_packets || (!on(LONG_DATAGRAM) && !on(LONG_DATAGRAM_TWICE))) return result;
    complete(known, overlapped, BUFFER_OVERFLOW, buffer->len);
    return fail(on(LONG_DATAGRAM) ? WSA_IO_PENDING : WSAEMSGSIZE);
}

static int started(struct known *known, OVERLAPPED *overlapped, DWORD *bytes, const WSABUF *buffer,
                   int result)
{
    DWORD error = WSAGetLastError();
    if (result != 0 && error != WSA_IO_PENDING) {
        struct operation ended;
        end(overlapped, &ended);
        WSASetLastError(error == WSAECONNRESET && known->sent_to_closed ? WSAECONNABORTED : error);
        return too_long(known, overlapped, buffer, result);
    }
    /* One that is skipped sends no packet, so this is its end. */
    if (result == 0 && known->skips_packets) settle(overlapped, bytes);
    WSASetLastError(error);
    return result;
}

static struct operation *begin_receive(enum kind kind, SOCKET socket, OVERLAPPED *overlapped,
                                       const WSABUF *buffers, DWORD count)
{
    struct operation *operation = begin(kind, socket, overlapped);
    if (count > 0) operation->buffer = buffers[0];
    return operation;
}

static int WSAAPI my_wsarecv(SOCKET socket, WSABUF *buffers, DWORD count, DWORD *bytes,
                             DWORD *flags, OVERLAPPED *overlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct known *known = know(socket);
    int error = refusal(known);
    if (error) return fail(error);
    if (!known || !overlapped || routine || !buffers) {
        int result = wine_wsarecv(socket, buffers, count, bytes, flags, overlapped, routine);
        if (result == 0 && known && !overlapped && bytes && *bytes == 0 && count > 0 &&
            buffers[0].len > 0 && known->type == SOCK_STREAM) {
            known->peer_ended = TRUE;
        }
        return result == 0 ? 0 : received(known, result, 0);
    }
    begin_receive(RECEIVE, socket, overlapped, buffers, count);
    int result = wine_wsarecv(socket, buffers, count, bytes, flags, overlapped, NULL);
    return started(known, overlapped, bytes, buffers, result);
}

static int WSAAPI my_wsarecvfrom(SOCKET socket, WSABUF *buffers, DWORD count, DWORD *bytes,
                                 DWORD *flags, struct sockaddr *from, int *from_bytes,
                                 OVERLAPPED *overlapped,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct known *known = know(socket);
    int error = refusal(known);
    if (error) return refuse(known, error, from, from_bytes);
    if (known && !overlapped && known->coalesced && count == 1 && bytes) {
        int result = my_recvfrom(socket, buffers->buf, buffers->len, 0, from, from_bytes);
        if (result == SOCKET_ERROR) return SOCKET_ERROR;
        *bytes = result;
        return 0;
    }
    if (!known || !overlapped || routine || !buffers) {
        return wine_wsarecvfrom(socket, buffers, count, bytes, flags, from, from_bytes, overlapped,
                                routine);
    }
    struct operation *operation = begin_receive(RECEIVE, socket, overlapped, buffers, count);
    operation->name = from;
    operation->name_bytes = from_bytes;
    int result =
        wine_wsarecvfrom(socket, buffers, count, bytes, flags, from, from_bytes, overlapped, NULL);
    return started(known, overlapped, bytes, buffers, result);
}

static int WSAAPI my_recvmsg(SOCKET socket, WSAMSG *message, DWORD *bytes, OVERLAPPED *overlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct known *known = know(socket);
    int error = refusal(known);
    if (error) return refuse(known, error, message->name, &message->namelen);
    DWORD room = message->Control.len;
    if (!known || !overlapped || routine) {
        int result = wine_recvmsg(socket, message, bytes, overlapped, routine);
        if (result != 0 || overlapped || !known || !known->coalesced || !bytes || *bytes == 0) {
            return result;
        }
        DWORD first = *bytes, filled = first;
        WSABUF *buffer = message->lpBuffers;
        while (filled + first <= buffer->len && filled + first <= known->coalesced) {
            WSAPOLLFD poll = {socket, POLLRDNORM, 0};
            if (WSAPoll(&poll, 1, 0) != 1) break;
            char peeked[65536];
            int more = wine_recv(socket, peeked, sizeof peeked, MSG_PEEK);
            /* A shorter one is the last of its train. */
            if (more <= 0 || (DWORD)more > first) break;
            wine_recv(socket, buffer->buf + filled, more, 0);
            filled += more;
            if ((DWORD)more < first) break;
        }
        *bytes = filled;
        if (filled > first) add_coalesced_info(message, room, first);
        return 0;
    }
    struct operation *operation = begin_receive(RECEIVE_MESSAGE, socket, overlapped,
                                                message->lpBuffers, message->dwBufferCount);
    operation->message = message;
    operation->control_room = room;
    operation->name = message->name;
    operation->name_bytes = &message->namelen;
    int result = wine_recvmsg(socket, message, bytes, overlapped, NULL);
    return started(known, overlapped, bytes, message->lpBuffers, result);
}

/* Before a send: whether the peer has closed, so that its answer will be a reset. */
static void look_at_peer(struct known *known)
{
    if (!on(ABORTED) || !known || known->type != SOCK_STREAM || known->sent_to_closed) return;
    if (known->peer_ended) {
        known->sent_to_closed = TRUE;
        return;
    }
    DWORD error = WSAGetLastError();
    WSAPOLLFD poll = {known->socket, POLLRDNORM, 0};
    char byte;
    if (WSAPoll(&poll, 1, 0) == 1 && wine_recv(known->socket, &byte, 1, MSG_PEEK) == 0) {
        known->sent_to_closed = TRUE;
    }
    WSASetLastError(error);
}

static BOOL has_datagram_socket(const struct sockaddr *to)
{
    WORD port = ((const struct sockaddr_in *)to)->sin_port;
    BOOL found = FALSE;
    for (int i = 0; i < 2 && !found; i++) {
        ULONG family = i == 0 ? AF_INET : AF_INET6;
        DWORD bytes = 0;
        GetExtendedUdpTable(NULL, &bytes, FALSE, family, UDP_TABLE_BASIC, 0);
        bytes += 4096;
        void *table = malloc(bytes);
        if (GetExtendedUdpTable(table, &bytes, FALSE, family, UDP_TABLE_BASIC, 0) == 0) {
            MIB_UDPTABLE *four = table;
            MIB_UDP6TABLE *six = table;
            for (DWORD k = 0; k < four->dwNumEntries && !found; k++) {
                DWORD own = i == 0 ? four->table[k].dwLocalPort : six->table[k].dwLocalPort;
                found = (WORD)own == port;
            }
        }
        free(table);
    }
    return found;
}

static void interrupt(struct operation *operation, void *context)
{
    OVERLAPPED **found = context;
    BOOL receives = operation->kind == RECEIVE || operation->kind == RECEIVE_MESSAGE;
    if (receives && !*found && !operation->status && operation->overlapped->Internal == PENDING_STATUS) {
        operation->status = PORT_UNREACHABLE;
        *found = operation->overlapped;
    }
}

/* Before a datagram is sent; 0 where it may go. */
static int look_at_destination(struct known *known, const struct sockaddr *to, int bytes)
{
    if (!known || known->type != SOCK_DGRAM || !to || bytes < 16) return 0;
    if (on(UNSPECIFIED) && is_unspecified(to)) return WSAEADDRNOTAVAIL;
    if (to->sa_family != AF_INET) return 0;
    const struct sockaddr_in *name = (const struct sockaddr_in *)to;
    if (on(UNREACHABLE) && !known->unreachable_off && name->sin_port != 0 &&
        (name->sin_addr.s_addr & 0xff) == 127 && !has_datagram_socket(to)) {
        if (known->unreachable_count < (int)COUNT(known->unreachable_names)) {
            known->unreachable_names[known->unreachable_count++] = *name;
        }
        OVERLAPPED *waiting = NULL;
        each_operation(known->socket, interrupt, &waiting);
        if (waiting) original_cancel(known->socket, waiting);
        else known->unreachable = TRUE;
    }
    return 0;
}

static int WSAAPI my_send(SOCKET socket, const char *buffer, int bytes, int flags)
{
    struct known *known = know(socket);
    look_at_peer(known);
    int result = wine_send(socket, buffer, bytes, flags);
    struct sockaddr_storage peer;
    int peer_bytes = sizeof peer;
    if (result == SOCKET_ERROR && on(NOT_CONNECTED) && known && !known->is_unix) {
        DWORD error = WSAGetLastError();
        BOOL never = getpeername(socket, (struct sockaddr *)&peer, &peer_bytes) != 0;
        WSASetLastError(error == WSAECONNRESET && never ? WSAENOTCONN : error);
    }
    return result;
}

static int WSAAPI my_sendto(SOCKET socket, const char *buffer, int bytes, int flags,
                            const struct sockaddr *to, int to_bytes)
{
    struct known *known = know(socket);
    int error = look_at_destination(known, to, to_bytes);
    if (error) return fail(error);
    look_at_peer(known);
    return wine_sendto(socket, buffer, bytes, flags, to, to_bytes);
}

static int WSAAPI my_wsasend(SOCKET socket, WSABUF *buffers, DWORD count, DWORD *bytes,
                             DWORD flags, OVERLAPPED *overlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    look_at_peer(know(socket));
    return wine_wsasend(socket, buffers, count, bytes, flags, overlapped, routine);
}

static int WSAAPI my_wsasendto(SOCKET socket, WSABUF *buffers, DWORD count, DWORD *bytes,
                               DWORD flags, const struct sockaddr *to, int to_bytes,
                               OVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct known *known = know(socket);
    int error = look_at_destination(known, to, to_bytes);
    if (error) return fail(error);
    return wine_wsasendto(socket, buffers, count, bytes, flags, to, to_bytes, overlapped, routine);
}

static int WSAAPI my_sendmsg(SOCKET socket, WSAMSG *message, DWORD flags, DWORD *bytes,
                             OVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    int error = message ? look_at_destination(know(socket), message->name, message->namelen) : 0;
    if (error) return fail(error);
    return wine_sendmsg(socket, message, flags, bytes, overlapped, routine);
}

void *extension_of_receive(const GUID *id, void *original)
{
    static const GUID recvmsg = WSAID_WSARECVMSG, sendmsg = WSAID_WSASENDMSG;
    if (memcmp(id, &sendmsg, sizeof *id) == 0) {
        wine_sendmsg = original;
        return my_sendmsg;
    }
    if (memcmp(id, &recvmsg, sizeof *id) != 0) return NULL;
    wine_recvmsg = original;
    return my_recvmsg;
}

void install_receive(void)
{
    wine_recv = replace("ws2_32.dll", "recv", my_recv);
    wine_recvfrom = replace("ws2_32.dll", "recvfrom", my_recvfrom);
    wine_send = replace("ws2_32.dll", "send", my_send);
    wine_sendto = replace("ws2_32.dll", "sendto", my_sendto);
    wine_wsarecv = replace("ws2_32.dll", "WSARecv", my_wsarecv);
    wine_wsarecvfrom = replace("ws2_32.dll", "WSARecvFrom", my_wsarecvfrom);
    wine_wsasend = replace("ws2_32.dll", "WSASend", my_wsasend);
    wine_wsasendto = replace("ws2_32.dll", "WSASendTo", my_wsasendto);
}
