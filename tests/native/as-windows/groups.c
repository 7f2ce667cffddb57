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

/* Whether the socket is in the group by one of its sources. */
static BOOL is_in_group(SOCKET socket, const GROUP_SOURCE_REQ *wanted)
{
    const struct sockaddr_in6 *group = (const struct sockaddr_in6 *)&wanted->gsr_group;
    for (size_t i = 0; i < COUNT(memberships); i++) {
        struct membership *one = &memberships[i];
        if (one->socket == socket && !one->blocks && one->interface_index == wanted->gsr_interface &&
            memcmp(&one->group.sin6_addr, &group->sin6_addr, sizeof group->sin6_addr) == 0) {
            return TRUE;
        }
    }
    return FALSE;
}

/* Joins or leaves the group itself, from whatever source. */
static int group_itself(SOCKET socket, const GROUP_SOURCE_REQ *wanted, int name)
{
    struct ipv6_mreq request = {
        .ipv6mr_multiaddr = ((const struct sockaddr_in6 *)&wanted->gsr_group)->sin6_addr,
        .ipv6mr_interface = wanted->gsr_interface,
    };
    return setsockopt(socket, IPPROTO_IPV6, name, (const char *)&request, sizeof request);
}

static int join(SOCKET socket, const GROUP_SOURCE_REQ *wanted)
{
    BOOL was_in = is_in_group(socket, wanted);
    int result = add(socket, wanted, FALSE);
    return result || was_in ? result : group_itself(socket, wanted, IPV6_ADD_MEMBERSHIP);
}

static int remove_one(SOCKET socket, const GROUP_SOURCE_REQ *wanted, BOOL blocks)
{
    struct membership *one = find(socket, wanted, blocks);
    if (!one) return fail(WSAEADDRNOTAVAIL);
    one->socket = 0;
    return 0;
}

static int leave(SOCKET socket, const GROUP_SOURCE_REQ *wanted)
{
    int result = remove_one(socket, wanted, FALSE);
    if (result || is_in_group(socket, wanted)) return result;
    return group_itself(socket, wanted, IPV6_DROP_MEMBERSHIP);
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
        *result = join(known->socket, wanted);
    } else if (name == MCAST_LEAVE_SOURCE_GROUP) {
        *result = leave(known->socket, wanted);
    } else {
        BOOL blocks = name == MCAST_BLOCK_SOURCE;
        *result = blocks ? add(known->socket, wanted, TRUE) : remove_one(known->socket, wanted, TRUE);
    }
    return TRUE;
}
