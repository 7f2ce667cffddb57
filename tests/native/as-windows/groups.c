/*
 * Groups of one source for IPv6, which Wine has not: the options of RFC 3678, with the errors that it and the
 * documentation of Windows name. The group itself is joined; what others send to it is not left out.
 */
#include "as-windows.h"

#include <string.h>

struct membership {
    SOCKET socket;
    ULONG interface_index;
    struct sockaddr_in6 group;
    struct sockaddr_in6 source;
    BOOL blocks;
};

static struct membership memberships[64];

static int fail(int error)
{
    WSASetLastError(error);
    return SOCKET_ERROR;
}

static struct membership *find(SOCKET socket, const GROUP_SOURCE_REQ *wanted, BOOL blocks)
{
    const struct sockaddr_in6 *group = (const struct sockaddr_in6 *)&wanted->gsr_group;
    const struct sockaddr_in6 *source = (const struct sockaddr_in6 *)&wanted->gsr_source;
    for (size_t i = 0; i < COUNT(memberships); i++) {
        struct membership *one = &memberships[i];
        if (one->socket == socket && one->blocks == blocks &&
            one->interface_index == wanted->gsr_interface &&
            memcmp(&one->group.sin6_addr, &group->sin6_addr, sizeof group->sin6_addr) == 0 &&
            memcmp(&one->source.sin6_addr, &source->sin6_addr, sizeof source->sin6_addr) == 0) {
            return one;
        }
    }
    return NULL;
}

static int add(SOCKET socket, const GROUP_SOURCE_REQ *wanted, BOOL blocks)
{
    if (find(socket, wanted, blocks)) return fail(WSAEADDRNOTAVAIL);
    for (size_t i = 0; i < COUNT(memberships); i++) {
        struct membership *one = &memberships[i];
        if (one->socket) continue;
        one->socket = socket;
        one->interface_index = wanted->gsr_interface;
        memcpy(&one->group, &wanted->gsr_group, sizeof one->group);
        memcpy(&one->source, &wanted->gsr_source, sizeof one->source);
        one->blocks = blocks;
        return 0;
    }
    return fail(WSAENOBUFS);
}

static int remove_one(SOCKET socket, const GROUP_SOURCE_REQ *wanted, BOOL blocks)
{
    struct membership *one = find(socket, wanted, blocks);
    if (!one) return fail(WSAEADDRNOTAVAIL);
    one->socket = 0;
    return 0;
}

BOOL group_option(struct known *known, int level, int name, const char *value, int bytes, int *result)
{
    BOOL is_one = name == MCAST_JOIN_SOURCE_GROUP || name == MCAST_LEAVE_SOURCE_GROUP ||
                  name == MCAST_BLOCK_SOURCE || name == MCAST_UNBLOCK_SOURCE;
    if (!on(SOURCE_GROUPS) || level != IPPROTO_IPV6 || !is_one || known->type != SOCK_DGRAM) {
        return FALSE;
    }
    const GROUP_SOURCE_REQ *wanted = (const GROUP_SOURCE_REQ *)value;
    if (bytes != sizeof *wanted) {
        *result = fail(WSAEFAULT);
    } else if (wanted->gsr_group.ss_family != AF_INET6 || wanted->gsr_source.ss_family != AF_INET6) {
        *result = fail(WSAEAFNOSUPPORT);
    } else if (((const BYTE *)&wanted->gsr_group)[8] != 0xff) {
        *result = fail(WSAEADDRNOTAVAIL);
    } else if (name == MCAST_JOIN_SOURCE_GROUP) {
        *result = add(known->socket, wanted, FALSE);
    } else if (name == MCAST_LEAVE_SOURCE_GROUP) {
        *result = remove_one(known->socket, wanted, FALSE);
    } else {
        BOOL blocks = name == MCAST_BLOCK_SOURCE;
        *result = blocks ? add(known->socket, wanted, TRUE) : remove_one(known->socket, wanted, TRUE);
    }
    return TRUE;
}
