/*
 * AF_BTH and AF_HYPERV, which Wine has not: a socket of the loopback interface, and a file that holds the
 * port of who listens. What is refused, and in which order things are asked for, is what the documentation
 * of Bluetooth and of Hyper-V sockets says; neither transport is shown by it.
 */
#include "as-windows.h"

#include <ws2bth.h>

#include <stdio.h>
#include <string.h>

#define AF_HYPERV_ 34
#define HV_PROTOCOL_RAW_ 1
#define MOST_CHANNELS 30
#define OWN_RADIO 0x001a7dda7113ull
#define PEER_RADIO 0x0011223344aaull

struct hyper_v_name {
    ADDRESS_FAMILY family;
    USHORT reserved;
    GUID vm;
    GUID service;
};

static const GUID loopback_vm = {
    0xe0e16197, 0xdd56, 0x4a10, {0x91, 0x95, 0x5e, 0xe7, 0xa1, 0x55, 0xa8, 0x38}};

BOOL has_family(int family)
{
    return (family == AF_BTH && on(BLUETOOTH)) || (family == AF_HYPERV_ && on(HYPER_V));
}

int family_name_bytes(int family)
{
    if (family == AF_BTH) return sizeof(SOCKADDR_BTH);
    if (family == AF_HYPERV_) return sizeof(struct hyper_v_name);
    return sizeof(struct sockaddr_un);
}

SOCKET family_socket(int family, int type, int protocol, DWORD flags)
{
    int usual = family == AF_BTH ? BTHPROTO_RFCOMM : HV_PROTOCOL_RAW_;
    if (type != SOCK_STREAM || protocol != usual) {
        WSASetLastError(type != SOCK_STREAM ? WSAESOCKTNOSUPPORT : WSAEPROTONOSUPPORT);
        return INVALID_SOCKET;
    }
    return socket_in_place(family, protocol, flags);
}

/* The file of a name that is listened on. */
static void file_of(const void *name, WCHAR *path)
{
    WCHAR folder[MAX_PATH];
    const SOCKADDR_BTH *bth = name;
    const struct hyper_v_name *hyper_v = name;
    if (bth->addressFamily == AF_BTH) {
        GetTempPathW(COUNT(folder), folder);
        swprintf(path, LONGEST_PATH, L"%lswinsock-rfcomm-%lu", folder, bth->port);
        return;
    }
    file_by_guid(L"hyper-v", &hyper_v->service, path);
}

static BOOL write_port(const void *name, int port)
{
    WCHAR path[LONGEST_PATH];
    file_of(name, path);
    return write_new_file(path, &port, sizeof port);
}

int family_bind(struct known *known, const struct sockaddr *name, int bytes)
{
    if (!name || bytes < family_name_bytes(known->family)) return fail(WSAEFAULT);
    if (name->sa_family != known->family) return fail(WSAEAFNOSUPPORT);
    if (known->name_bytes > 0) return fail(WSAEINVAL);
    int port = port_in_place(known);
    if (port == 0) return SOCKET_ERROR;
    memset(&known->name, 0, sizeof known->name);
    memcpy(&known->name, name, family_name_bytes(known->family));
    SOCKADDR_BTH *bth = (SOCKADDR_BTH *)&known->name;
    if (known->family != AF_BTH) {
        if (!write_port(&known->name, port)) return fail(WSAEADDRINUSE);
    } else {
        if (bth->btAddr != 0 && bth->btAddr != OWN_RADIO) return fail(WSAEADDRNOTAVAIL);
        /* Ignored by bind. */
        memset(&bth->serviceClassId, 0, sizeof bth->serviceClassId);
        bth->btAddr = OWN_RADIO;
        if (bth->port == BT_PORT_ANY) {
            for (bth->port = 1; bth->port <= MOST_CHANNELS; bth->port++) {
                if (write_port(bth, port)) break;
            }
            if (bth->port > MOST_CHANNELS) return fail(WSAENOBUFS);
        } else if (bth->port > MOST_CHANNELS) {
            return fail(WSAEADDRNOTAVAIL);
        } else if (bth->port != 0 && !write_port(bth, port)) {
            return fail(WSAEADDRINUSE);
        }
    }
    known->name_bytes = family_name_bytes(known->family);
    return 0;
}

/* A socket that was bound as clients are has no channel to listen on. */
BOOL family_listens(struct known *known)
{
    return known->family != AF_BTH || ((SOCKADDR_BTH *)&known->name)->port != 0;
}

void family_closed(struct known *known)
{
    WCHAR path[LONGEST_PATH];
    if (!known->is_unix || known->family == AF_UNIX || known->name_bytes == 0 || known->is_accepted) {
        return;
    }
    if (!family_listens(known)) return;
    file_of(&known->name, path);
    DeleteFileW(path);
}

BOOL family_target(const struct sockaddr *name, int bytes, struct sockaddr_in *target)
{
    WCHAR path[LONGEST_PATH];
    SOCKADDR_BTH bth;
    int port = 0;
    if (bytes < family_name_bytes(name->sa_family)) return fail(WSAEFAULT) == 0;
    if (name->sa_family == AF_BTH) {
        memcpy(&bth, name, sizeof bth);
        /* A radio that does not answer the page. */
        if (bth.btAddr != OWN_RADIO) return fail(WSAETIMEDOUT) == 0;
        if (bth.port == 0) bth.port = channel_of_service(&bth.serviceClassId);
        if (bth.port == 0) return fail(WSAEADDRNOTAVAIL) == 0;
        file_of(&bth, path);
    } else {
        static const GUID wildcard = {0};
        if (memcmp(&((const struct hyper_v_name *)name)->vm, &wildcard, sizeof wildcard) == 0) {
            return fail(WSAEADDRNOTAVAIL) == 0;
        }
        file_of(name, path);
    }
    if (read_file(path, &port, sizeof port) < 0) return fail(WSAECONNREFUSED) == 0;
    name_in_place(target, port);
    return TRUE;
}

/* Who has connected, as a socket that was accepted tells it. */
void family_peer(struct known *listener, void *name)
{
    SOCKADDR_BTH *bth = name;
    struct hyper_v_name *hyper_v = name;
    if (listener->family == AF_BTH) {
        memset(bth, 0, sizeof *bth);
        bth->addressFamily = AF_BTH;
        bth->btAddr = PEER_RADIO;
    } else if (listener->family == AF_HYPERV_) {
        memcpy(hyper_v, &listener->name, sizeof *hyper_v);
        hyper_v->vm = loopback_vm;
    }
}
