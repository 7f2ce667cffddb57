/*
 * Control data of datagrams: what is said of a single one that is sent, which Wine ignores, and what tells
 * those apart that have come together. That a source address may be given is documented of WSASendMsg; the
 * type of service, congestion and segments as well are what MsQuic sends on Windows.
 */
#include "as-windows.h"

#include <stdio.h>
#include <string.h>

#define UDP_SEND_MSG_SIZE_ 2
#define UDP_COALESCED_INFO_ 3
#define IP_ECN_ 50
#define IPV6_ECN_ 50
#define IPV6_TCLASS_ 39
/* In bytes: what the path takes, of this stand-in's. */
#define LONGEST_SEGMENT 9000

static int(WSAAPI *wine_sendmsg)(SOCKET, WSAMSG *, DWORD, DWORD *, OVERLAPPED *,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE);

/* What the last calls said, for tests. */
static char said[4096];

__declspec(dllexport) const char *SaidOfDatagrams(void)
{
    return said;
}

void add_coalesced_info(WSAMSG *message, DWORD room, DWORD first)
{
    const DWORD alignment = sizeof(void *);
    DWORD at = (message->Control.len + alignment - 1) / alignment * alignment;
    if (at + WSA_CMSG_SPACE(sizeof(DWORD)) > room) return;
    WSACMSGHDR *header = (WSACMSGHDR *)(message->Control.buf + at);
    header->cmsg_len = WSA_CMSG_LEN(sizeof(DWORD));
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = UDP_COALESCED_INFO_;
    *(DWORD *)WSA_CMSG_DATA(header) = first;
    message->Control.len = at + WSA_CMSG_SPACE(sizeof(DWORD));
}

struct wanted {
    BOOL has_place;
    struct in_addr from;
    struct in6_addr from6;
    BOOL six;
    ULONG interface_index;
    int tos;
    int ecn;
    DWORD segment;
};

/* FALSE where there is something that Windows would not know. */
static BOOL read_control(const WSAMSG *message, struct wanted *wanted)
{
    memset(wanted, 0, sizeof *wanted);
    wanted->tos = wanted->ecn = -1;
    for (WSACMSGHDR *one = WSA_CMSG_FIRSTHDR(message); one; one = WSA_CMSG_NXTHDR(message, one)) {
        SIZE_T left = message->Control.len - (SIZE_T)((char *)one - message->Control.buf);
        if (one->cmsg_len < sizeof *one || one->cmsg_len > left) return FALSE;
        void *data = WSA_CMSG_DATA(one);
        if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO) {
            if (one->cmsg_len != WSA_CMSG_LEN(sizeof(IN_PKTINFO))) return FALSE;
            IN_PKTINFO *info = data;
            wanted->has_place = TRUE;
            wanted->from = info->ipi_addr;
            wanted->interface_index = info->ipi_ifindex;
        } else if (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_PKTINFO) {
            if (one->cmsg_len != WSA_CMSG_LEN(sizeof(IN6_PKTINFO))) return FALSE;
            IN6_PKTINFO *info = data;
            wanted->has_place = wanted->six = TRUE;
            wanted->from6 = info->ipi6_addr;
            wanted->interface_index = info->ipi6_ifindex;
        } else if ((one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_TOS) ||
                   (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_TCLASS_)) {
            if (one->cmsg_len != WSA_CMSG_LEN(sizeof(INT))) return FALSE;
            wanted->tos = *(INT *)data;
        } else if ((one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_ECN_) ||
                   (one->cmsg_level == IPPROTO_IPV6 && one->cmsg_type == IPV6_ECN_)) {
            if (one->cmsg_len != WSA_CMSG_LEN(sizeof(INT))) return FALSE;
            wanted->ecn = *(INT *)data;
        } else if (one->cmsg_level == IPPROTO_UDP && one->cmsg_type == UDP_SEND_MSG_SIZE_) {
            if (one->cmsg_len != WSA_CMSG_LEN(sizeof(DWORD))) return FALSE;
            wanted->segment = *(DWORD *)data;
        } else {
            return FALSE;
        }
    }
    return TRUE;
}

/* What a datagram goes by: the socket itself, or one that is bound to the address it shall come from. */
static SOCKET sender_for(SOCKET socket, const struct wanted *wanted, int family)
{
    static const struct in6_addr none;
    if (!wanted->has_place) return socket;
    if (wanted->six ? memcmp(&wanted->from6, &none, sizeof none) == 0 : wanted->from.s_addr == 0) {
        return socket;
    }
    SOCKET other = WSASocketW(family, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, WSA_FLAG_OVERLAPPED);
    struct sockaddr_storage name = {0};
    int bytes = family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    name.ss_family = (ADDRESS_FAMILY)family;
    if (wanted->six) {
        ((struct sockaddr_in6 *)&name)->sin6_addr = wanted->from6;
    } else if (family == AF_INET6) {
        DWORD off = 0;
        BYTE *address = (BYTE *)&((struct sockaddr_in6 *)&name)->sin6_addr;
        setsockopt(other, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof off);
        address[10] = address[11] = 0xff;
        memcpy(address + 12, &wanted->from, 4);
    } else {
        ((struct sockaddr_in *)&name)->sin_addr = wanted->from;
    }
    if (wine_bind(other, (struct sockaddr *)&name, bytes) == 0) return other;
    closesocket(other);
    WSASetLastError(WSAEADDRNOTAVAIL);
    return INVALID_SOCKET;
}

static int send_parts(SOCKET socket, const WSAMSG *message, DWORD segment)
{
    static char whole[1 << 17];
    DWORD length = 0;
    for (DWORD i = 0; i < message->dwBufferCount; i++) {
        if (length + message->lpBuffers[i].len > sizeof whole) return fail(WSAEMSGSIZE);
        memcpy(whole + length, message->lpBuffers[i].buf, message->lpBuffers[i].len);
        length += message->lpBuffers[i].len;
    }
    if (segment == 0) segment = length ? length : 1;
    DWORD at = 0;
    do {
        DWORD part = length - at < segment ? length - at : segment;
        int sent = message->name ? sendto(socket, whole + at, part, 0, message->name, message->namelen)
                                 : send(socket, whole + at, part, 0);
        if (sent < 0) return SOCKET_ERROR;
        at += part;
    } while (at < length);
    return (int)length;
}

static int WSAAPI my_sendmsg(SOCKET socket, WSAMSG *message, DWORD flags, DWORD *bytes,
                             OVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct known *known = know(socket);
    struct wanted wanted;
    if (!known || known->type != SOCK_DGRAM || !message || routine) {
        return wine_sendmsg(socket, message, flags, bytes, overlapped, routine);
    }
    if (!read_control(message, &wanted)) return fail(WSAEINVAL);
    if (wanted.segment > LONGEST_SEGMENT) return fail(WSAEMSGSIZE);
    SOCKET sender = sender_for(socket, &wanted, known->family);
    if (sender == INVALID_SOCKET) return SOCKET_ERROR;
    int tos = 0, tos_bytes = sizeof tos;
    getsockopt(sender, IPPROTO_IP, IP_TOS, (char *)&tos, &tos_bytes);
    int as_wanted = wanted.tos >= 0 ? wanted.tos : (tos & ~3) | wanted.ecn;
    BOOL sets_tos = wanted.tos >= 0 || wanted.ecn >= 0;
    if (sets_tos) setsockopt(sender, IPPROTO_IP, IP_TOS, (char *)&as_wanted, sizeof as_wanted);
    int sent = send_parts(sender, message, wanted.segment);
    DWORD error = WSAGetLastError();
    if (sets_tos) setsockopt(sender, IPPROTO_IP, IP_TOS, (char *)&tos, sizeof tos);
    if (sender != socket) closesocket(sender);
    if (sent < 0) return fail(error);
    size_t used = strlen(said);
    snprintf(said + used, sizeof said - used, "%d bytes by %lu, tos %d, ecn %d, interface %lu; ", sent,
             wanted.segment, wanted.tos, wanted.ecn, wanted.interface_index);
    if (bytes) *bytes = sent;
    if (overlapped) {
        overlapped->Internal = STATUS_OK;
        overlapped->InternalHigh = sent;
        if (!known->skips_packets) complete(known, overlapped, STATUS_OK, sent);
    }
    return 0;
}

void *extension_of_messages(const GUID *id, void *original)
{
    static const GUID sendmsg = WSAID_WSASENDMSG;
    if (!on(SEND_CONTROL) || memcmp(id, &sendmsg, sizeof *id) != 0) return NULL;
    void *next = extension_of_receive(id, original);
    wine_sendmsg = next ? next : original;
    return my_sendmsg;
}

void install_messages(void)
{
    if (!on(SEND_CONTROL)) return;
    wine_sendmsg = replace("ws2_32.dll", "WSASendMsg", my_sendmsg);
}
