/*
 * AF_UNIX, which Wine 10 has not: a socket of the loopback interface, and a file that holds its port.
 * The answers are those that a build of a newer Wine gave, changed to what its tests assert of Windows.
 */
#include "as-windows.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MARK "socket of AF_UNIX, port "

SOCKET unix_socket(int type, int protocol, DWORD flags)
{
    if (type != SOCK_STREAM) {
        WSASetLastError(WSAEAFNOSUPPORT);
        return INVALID_SOCKET;
    }
    if (protocol != 0) {
        WSASetLastError(WSAEPROTONOSUPPORT);
        return INVALID_SOCKET;
    }
    return socket_in_place(AF_UNIX, protocol, flags);
}

/* The socket of TCP that stands for one of another family. */
SOCKET socket_in_place(int family, int protocol, DWORD flags)
{
    SOCKET socket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, flags);
    if (socket == INVALID_SOCKET) return INVALID_SOCKET;
    struct known *known = know(socket);
    known->is_unix = TRUE;
    known->family = family;
    known->protocol = protocol;
    return socket;
}

/* Binds it to the loopback interface: the port that it has then; 0 with the last error where it cannot. */
int port_in_place(struct known *known)
{
    struct sockaddr_in any;
    int any_bytes = sizeof any;
    name_in_place(&any, 0);
    if (wine_bind(known->socket, (struct sockaddr *)&any, sizeof any) != 0) return 0;
    wine_getsockname(known->socket, (struct sockaddr *)&any, &any_bytes);
    return ntohs(any.sin_port);
}

void name_in_place(struct sockaddr_in *target, int port)
{
    memset(target, 0, sizeof *target);
    target->sin_family = AF_INET;
    target->sin_port = htons((u_short)port);
    target->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

/* The path of a name, of UTF-8; FALSE where it has none: it is unnamed, or abstract. */
static BOOL path_of(const struct sockaddr *name, int bytes, WCHAR *path, int room)
{
    const struct sockaddr_un *un = (const struct sockaddr_un *)name;
    int most = bytes - (int)offsetof(struct sockaddr_un, sun_path), length = 0;
    while (length < most && un->sun_path[length]) length++;
    if (length == 0) return FALSE;
    int units = MultiByteToWideChar(CP_UTF8, 0, un->sun_path, length, path, room - 1);
    path[units] = 0;
    return units > 0;
}

int unix_bind(struct known *known, const struct sockaddr *name, int bytes)
{
    WCHAR path[MAX_PATH];
    if (known->family != AF_UNIX) return family_bind(known, name, bytes);
    if (!name || bytes < 2 || bytes > (int)sizeof(struct sockaddr_un)) return fail(WSAEFAULT);
    if (name->sa_family != AF_UNIX) return fail(WSAEAFNOSUPPORT);
    if (known->name_bytes > 0) return fail(WSAEINVAL);
    BOOL named = path_of(name, bytes, path, COUNT(path));
    HANDLE file = INVALID_HANDLE_VALUE;
    if (named) {
        file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
        if (file == INVALID_HANDLE_VALUE) {
            DWORD error = GetLastError();
            BOOL exists = error == ERROR_FILE_EXISTS || error == ERROR_ALREADY_EXISTS ||
                          error == ERROR_ACCESS_DENIED;
            return fail(exists ? WSAEADDRINUSE : ERROR_FILE_NOT_FOUND);
        }
    }
    int port = port_in_place(known);
    if (port == 0) return SOCKET_ERROR;
    if (named) {
        char text[64];
        DWORD written;
        int length = snprintf(text, sizeof text, MARK "%d\n", port);
        WriteFile(file, text, length, &written, NULL);
        CloseHandle(file);
    }
    memset(&known->name, 0, sizeof known->name);
    memcpy(&known->name, name, bytes);
    /* The path with the zero after it; of one without a path all of the structure. */
    known->name_bytes = named ? (int)offsetof(struct sockaddr_un, sun_path) +
                                    (int)strnlen(known->name.sun_path, UNIX_PATH_MAX) + 1
                              : (int)sizeof known->name;
    return 0;
}

BOOL unix_target(const struct sockaddr *name, int bytes, struct sockaddr_in *target)
{
    WCHAR path[MAX_PATH];
    char text[64] = {0};
    int port = 0;
    if (has_family(name->sa_family)) return family_target(name, bytes, target);
    if (name->sa_family != AF_UNIX) return fail(WSAEAFNOSUPPORT) == 0;
    if (!path_of(name, bytes, path, COUNT(path))) return fail(WSAEINVAL) == 0;
    if (read_file(path, text, sizeof text - 1) < 0) return fail(WSAEINVAL) == 0;
    if (sscanf(text, MARK "%d", &port) != 1) return fail(WSAECONNREFUSED) == 0;
    name_in_place(target, port);
    return TRUE;
}

void unix_accepted(struct known *listener, SOCKET accepted)
{
    struct known *known = know(accepted);
    if (!known) return;
    known->is_unix = TRUE;
    known->family = listener->family;
    known->is_accepted = TRUE;
    known->protocol = listener->protocol;
    family_peer(listener, &known->peer);
    known->name = listener->name;
    known->name_bytes = listener->name_bytes;
}

int unix_name(const struct sockaddr_un *name, int name_bytes, struct sockaddr *to, int *bytes)
{
    if (!to || !bytes || *bytes < name_bytes) return fail(WSAEFAULT);
    memcpy(to, name, name_bytes);
    *bytes = name_bytes;
    return 0;
}

/* As GetAcceptExSockaddrs reads it: the length, and the address behind it. */
static void put(char *place, DWORD room, const struct sockaddr_un *name, int bytes)
{
    if (room < sizeof(int) + (DWORD)bytes) return;
    memcpy(place, &bytes, sizeof bytes);
    memcpy(place + sizeof bytes, name, bytes);
}

void unix_accept_addresses(const struct operation *operation)
{
    static const struct sockaddr_un unnamed = {AF_UNIX, {0}};
    struct known *listener = known_already(operation->socket);
    if (!listener) return;
    char *local = (char *)operation->output + operation->output_bytes;
    put(local, operation->local_room, &listener->name, listener->name_bytes);
    unix_accepted(listener, operation->accepted);
    struct known *accepted = known_already(operation->accepted);
    BOOL has_peer = accepted && listener->family != AF_UNIX;
    put(local + operation->local_room, operation->remote_room, has_peer ? &accepted->peer : &unnamed,
        family_name_bytes(listener->family));
}
