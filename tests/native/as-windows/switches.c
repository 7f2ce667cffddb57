/* The differences: what each is called, and whether it is switched on. */
#include "as-windows.h"

#include <string.h>

static const char *const names[DIFFERENCES] = {
    /* connections */
    [REFUSED_LATE] = "refused-late",
    [UNSPECIFIED] = "unspecified",
    /* datagrams */
    [UNBOUND_RECEIVE] = "unbound-receive",
    [UNREACHABLE] = "unreachable",
    [RECEIVE_FAILS] = "receive-fails",
    [COALESCED] = "coalesced",
    [SEND_CONTROL] = "send-control",
    [SOURCE_GROUPS] = "source-groups",
    [INTERFACE_ORDER] = "interface-order",
    [ADDRESS_CHANGE] = "address-change",
    [LONG_DATAGRAM] = "long-datagram",
    [LONG_DATAGRAM_TWICE] = "long-datagram-twice",
    /* streams */
    [ACCEPT_FAILS] = "accept-fails",
    [CLIENTS_GONE] = "clients-gone",
    [MANY_CLIENTS_GONE] = "many-clients-gone",
    [ABORTED] = "aborted",
    [CLOSED_RECEIVE] = "closed-receive",
    [CANCEL_ALL] = "cancel-all",
    [CANCELLED_FILE] = "cancelled-file",
    [DISCONNECT_PACKET] = "disconnect-packet",
    [LINGERING] = "lingering",
    [EXCLUSIVE] = "exclusive",
    [ERROR_OPTION] = "error-option",
    [LAST_ERROR] = "last-error",
    [NOT_CONNECTED] = "not-connected",
    [LAYERED] = "layered",
    /* what Wine has not */
    [UNIX] = "unix",
    [UNIX_BACKLOG] = "unix-backlog",
    [BLUETOOTH] = "bluetooth",
    [HYPER_V] = "hyper-v",
    [TCP_INFORMATION] = "tcp-info",
    [PEER_PROCESS] = "peer-process",
    [REPLACE_PORT] = "replace-port",
    [CALLBACKS] = "callbacks",
    [DEEP_LOOKUP] = "deep-lookup",
    [SLOW_LOOKUP] = "slow-lookup",
    [NOT_WINE] = "not-wine",
};

static BOOL switched[DIFFERENCES];

BOOL on(enum difference which)
{
    return switched[which];
}

/*
 * "all" means what Windows does on every machine. The others show what a machine may do (one with a radio,
 * one whose network changes, one that is short of memory, one that is a host of virtual machines, one with layered
 * providers, one whose network goes away, an old one), what is not known for sure, and what programs could
 * tell Wine by.
 */
static BOOL in_all(enum difference which)
{
    static const enum difference some[] = {
        RECEIVE_FAILS, ADDRESS_CHANGE, LONG_DATAGRAM_TWICE, LAYERED,      UNIX_BACKLOG,
        BLUETOOTH,     HYPER_V,        PEER_PROCESS,        REPLACE_PORT, NOT_WINE,
        SLOW_LOOKUP,   ACCEPT_FAILS,        CLIENTS_GONE,       MANY_CLIENTS_GONE,
    };
    for (size_t i = 0; i < COUNT(some); i++) {
        if (some[i] == which) return FALSE;
    }
    return TRUE;
}

/* Reads "refused-late,unix", "all", "all,layered", "all,-unix"; FALSE where a name is unknown. */
BOOL read_switches(const char *list)
{
    while (*list) {
        size_t length = strcspn(list, ",");
        BOOL off = *list == '-';
        const char *name = list + off;
        size_t letters = length - off;
        BOOL found = letters == 0;
        for (int i = 0; i < DIFFERENCES; i++) {
            BOOL meant = letters == 3 && memcmp(name, "all", 3) == 0
                             ? in_all(i)
                             : strlen(names[i]) == letters && memcmp(names[i], name, letters) == 0;
            if (!meant) continue;
            switched[i] = !off;
            found = TRUE;
        }
        if (!found) return FALSE;
        list += length + (list[length] == ',');
    }
    return TRUE;
}

/* The name of a difference, for the tests; NULL after the last one. */
__declspec(dllexport) const char *DifferenceName(int which)
{
    return which >= 0 && which < DIFFERENCES ? names[which] : NULL;
}
