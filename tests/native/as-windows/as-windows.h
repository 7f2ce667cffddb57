/*
 * A layer between a program and Wine's DLLs that answers as Windows is known to, where the two differ.
 *
 * It is loaded into the process and takes the place of functions of ws2_32, kernel32 and iphlpapi: for what
 * looks them up from then on, and for the programs that have done so already. Each difference is a switch
 * of its own: see switches.c.
 */
#ifndef AS_WINDOWS_H
#define AS_WINDOWS_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>

#include <afunix.h>

#include "hook.h"

#define STATUS_OK 0
#define PENDING_STATUS 0x00000103u
#define HANDLES_CLOSED 0x8000000au
#define BUFFER_OVERFLOW 0x80000005u
#define CANCELLED 0xc0000120u
#define CONNECTION_RESET 0xc000020du
#define PORT_UNREACHABLE 0xc000023fu
#define CONNECTION_ABORTED 0xc0000241u

enum difference {
    REFUSED_LATE,
    UNSPECIFIED,
    UNBOUND_RECEIVE,
    UNREACHABLE,
    RECEIVE_FAILS,
    COALESCED,
    SEND_CONTROL,
    SOURCE_GROUPS,
    INTERFACE_ORDER,
    ADDRESS_CHANGE,
    LONG_DATAGRAM,
    LONG_DATAGRAM_TWICE,
    ACCEPT_FAILS,
    CLIENTS_GONE,
    MANY_CLIENTS_GONE,
    ABORTED,
    CLOSED_RECEIVE,
    CANCEL_ALL,
    CANCELLED_FILE,
    DISCONNECT_PACKET,
    LINGERING,
    EXCLUSIVE,
    ERROR_OPTION,
    LAST_ERROR,
    NOT_CONNECTED,
    LAYERED,
    UNIX,
    UNIX_BACKLOG,
    BLUETOOTH,
    HYPER_V,
    TCP_INFORMATION,
    PEER_PROCESS,
    REPLACE_PORT,
    CALLBACKS,
    DEEP_LOOKUP,
    SLOW_LOOKUP,
    NOT_WINE,
    DIFFERENCES
};

/* switches.c: whether a difference is switched on. */
BOOL on(enum difference which);
BOOL read_switches(const char *list);

/* What is known of a socket from when it was first seen until it is closed. */
struct known {
    SOCKET socket;
    int family;
    int type;
    /* Of those that are none of Wine's. */
    int protocol;
    BOOL non_blocking;
    BOOL no_syn_retries;
    BOOL connecting;
    BOOL exclusive;
    BOOL skips_packets;
    BOOL peer_ended;
    BOOL sent_to_closed;
    BOOL unreachable_off;
    BOOL unreachable;
    /* Whom the last datagrams were for that found nobody, the oldest first. */
    struct sockaddr_in unreachable_names[8];
    int unreachable_count;
    DWORD coalesced;
    struct linger linger;
    HANDLE port;
    ULONG_PTR key;
    /* Where its packets go that come by way of a port of ours: see handles.c. */
    struct destination *destination;
    /* The socket that a layered one stands on. */
    SOCKET base;
    /* Of AF_UNIX, and of what families.c has: a socket of the loopback interface under a name of its own. */
    BOOL is_unix;
    struct sockaddr_un name;
    int name_bytes;
    struct sockaddr_un peer;
    BOOL is_accepted;
    struct known *next;
};

/* state.c. The functions that give a known one give NULL where it is no socket. */
struct known *know(SOCKET socket);
struct known *known_already(SOCKET socket);
void forget(SOCKET socket);

enum kind { RECEIVE, RECEIVE_MESSAGE, CONNECT, ACCEPT, SEND_FILE, COMPLETED };

/* An overlapped call that was started. */
struct operation {
    OVERLAPPED *overlapped;
    SOCKET socket;
    enum kind kind;
    /* What it shall end with in place of what Wine says; 0 where that may stay. */
    DWORD status;
    DWORD bytes;
    WSABUF buffer;
    WSAMSG *message;
    /* Where the sender's address goes. */
    struct sockaddr *name;
    int *name_bytes;
    /* Of what the program has given for control data. */
    DWORD control_room;
    /* Of an accept. */
    void *output;
    DWORD output_bytes;
    DWORD local_room;
    DWORD remote_room;
    SOCKET accepted;
    /* Of a connect that waits for its time. */
    HANDLE wake;
    HANDLE done;
    struct operation *next;
};

struct operation *begin(enum kind kind, SOCKET socket, OVERLAPPED *overlapped);
/* Gives a copy, and forgets it. */
BOOL end(OVERLAPPED *overlapped, struct operation *copy);
/* Calls a function for each operation of a socket, while nobody else can change them. */
void each_operation(SOCKET socket, void (*visit)(struct operation *, void *), void *context);
/* Has an operation end with a status; FALSE where it is not known. */
BOOL set_status(OVERLAPPED *overlapped, DWORD status);

/* operations.c: puts right what an operation has ended with; FALSE where it is not known. */
BOOL settle(OVERLAPPED *overlapped, DWORD *bytes);
/* Completes an operation that Wine knows nothing of. */
void complete(struct known *known, OVERLAPPED *overlapped, DWORD status, DWORD bytes);
/* receive.c: whom a receive tells of that could not be reached. */
void take_unreachable(struct known *known, struct sockaddr *name, int *bytes);
BOOL original_cancel(SOCKET socket, OVERLAPPED *overlapped);

/* The parts, each of which replaces functions. */
void install_operations(void);
void install_sockets(void);
void install_connect(void);
void install_receive(void);
void install_options(void);
void install_callbacks(void);
void install_lookup(void);
void install_handles(void);
void install_services(void);
void install_messages(void);
void install_changes(void);

/* handles.c: TRUE where it has answered in place of Wine. */
BOOL tcp_info(const struct known *known, const void *in, DWORD in_bytes, void *out, DWORD out_bytes,
              DWORD *bytes, int *result);
BOOL peer_process(const struct known *known, void *out, DWORD out_bytes, DWORD *bytes, int *result);
HANDLE relayed_port(struct known *known, HANDLE port, ULONG_PTR key,
                    HANDLE(WINAPI *associate)(HANDLE, HANDLE, ULONG_PTR, DWORD));

/* Extension functions in place of those that WSAIoctl gives; NULL where Wine's own will do. */
void *extension_of_connect(const GUID *id, void *original);
void *extension_of_sockets(const GUID *id, void *original);
/* sockets.c: whether SO_UPDATE_ACCEPT_CONTEXT is to fail, as of a client that has gone. */
BOOL update_fails(void);
void *extension_of_receive(const GUID *id, void *original);
void *extension_of_messages(const GUID *id, void *original);

/* connect.c: whether an address is 0.0.0.0 or ::. */
BOOL is_unspecified(const struct sockaddr *name);

/* files.c */
#define LONGEST_PATH (2 * MAX_PATH)
void file_by_guid(const WCHAR *kind, const GUID *id, WCHAR *path);
BOOL write_new_file(const WCHAR *path, const void *from, DWORD bytes);
int read_file(const WCHAR *path, void *to, DWORD room);

/* unix.c: AF_UNIX by a file that holds a port of the loopback interface. */
SOCKET socket_in_place(int family, int protocol, DWORD flags);
int port_in_place(struct known *known);
void name_in_place(struct sockaddr_in *target, int port);
SOCKET unix_socket(int type, int protocol, DWORD flags);
int unix_bind(struct known *known, const struct sockaddr *name, int bytes);
/* The address that a path stands for; FALSE with the last error where there is none. */
BOOL unix_target(const struct sockaddr *name, int bytes, struct sockaddr_in *target);
void unix_accepted(struct known *listener, SOCKET accepted);
int unix_name(const struct sockaddr_un *name, int name_bytes, struct sockaddr *to, int *bytes);
void unix_accept_addresses(const struct operation *operation);

/* families.c: AF_BTH and AF_HYPERV, in the same way. */
BOOL has_family(int family);
SOCKET family_socket(int family, int type, int protocol, DWORD flags);
int family_name_bytes(int family);
int family_bind(struct known *known, const struct sockaddr *name, int bytes);
BOOL family_target(const struct sockaddr *name, int bytes, struct sockaddr_in *target);
void family_peer(struct known *listener, void *name);
void family_closed(struct known *known);
BOOL family_listens(struct known *known);
/* messages.c */
void add_coalesced_info(WSAMSG *message, DWORD room, DWORD first);
/* groups.c: whether an option is answered there. */
BOOL group_option(struct known *known, int level, int name, const char *value, int bytes, int *result);
/* changes.c: whether an ioctl is answered there. */
BOOL end_address_change(struct known *known, OVERLAPPED *only);
BOOL address_change(struct known *known, DWORD code, OVERLAPPED *overlapped, int *result);
/* services.c: the channel of a service that was registered; 0 where there is none. */
ULONG channel_of_service(const GUID *service);

/* What a function of Winsock gives that fails. */
static inline int fail(int error)
{
    WSASetLastError(error);
    return SOCKET_ERROR;
}

extern int(WSAAPI *wine_connect)(SOCKET, const struct sockaddr *, int);
extern int(WSAAPI *wine_bind)(SOCKET, const struct sockaddr *, int);
extern int(WSAAPI *wine_getpeername)(SOCKET, struct sockaddr *, int *);
extern int(WSAAPI *wine_getsockname)(SOCKET, struct sockaddr *, int *);
extern int(WSAAPI *wine_getsockopt)(SOCKET, int, int, char *, int *);
extern int(WSAAPI *wine_closesocket)(SOCKET);


#endif
