/* Sockets that are a few numbers in memory, and the clients at their other ends. */
#include "own.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Of one lane. */
#define SOCKETS 4096
#define FIRST 0x10000000u
#define PENDING_STATUS 0x103
#define CANCELLED_STATUS 0xc0000120u
/* A listening socket's, at most. */
#define ACCEPTS 256
/* Receives of a datagram socket that wait, at most. */
#define RECEIVES 64

struct endpoint;

/* A receive or an accept that waits. */
struct waiting {
  OVERLAPPED *overlapped;
  WSABUF buffer;
  struct sockaddr *from;
  INT *from_bytes;
  /* Of an accept: the listening socket, and that of the connection. */
  struct endpoint *listener;
  SOCKET accepted;
};

struct endpoint {
  struct lane *lane;
  BOOL used;
  int family, type, protocol;
  struct port *port;
  ULONG_PTR key;
  BOOL skips;
  BOOL listens;
  BOOL connected;
  /* The client sends one message and then ends the connection. */
  BOOL brief;
  /* Bytes of the message that comes just now which are not received yet. */
  DWORD rest;
  /* Whether the one message of a brief client has come. */
  BOOL over;
  USHORT number;
  int waits;
  struct waiting waiting[RECEIVES];
};

struct sockets {
  struct endpoint endpoints[SOCKETS];
  /* A listener has more that waits than anything else. */
  struct waiting accepts[ACCEPTS];
  int accept_count;
  /* None behind it was used yet. */
  int next_free;
  /* Which was made last. */
  int last;
};

static char payload[1 << 20];

static SOCKET(WSAAPI *real_socket)(int, int, int, WSAPROTOCOL_INFOW *, GROUP, DWORD);
static BOOL(WINAPI *real_accept)(SOCKET, SOCKET, void *, DWORD, DWORD, DWORD, DWORD *, OVERLAPPED *);
static int(WSAAPI *real_closesocket)(SOCKET);
static int(WSAAPI *real_bind)(SOCKET, const struct sockaddr *, int);
static int(WSAAPI *real_listen)(SOCKET, int);
static int(WSAAPI *real_setsockopt)(SOCKET, int, int, const char *, int);
static int(WSAAPI *real_getsockopt)(SOCKET, int, int, char *, int *);
static int(WSAAPI *real_getsockname)(SOCKET, struct sockaddr *, int *);
static int(WSAAPI *real_getpeername)(SOCKET, struct sockaddr *, int *);
static int(WSAAPI *real_ioctl)(SOCKET, long, u_long *);
static int(WSAAPI *real_wsaioctl)(SOCKET, DWORD, void *, DWORD, void *, DWORD, DWORD *, OVERLAPPED *,
                                  LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *real_shutdown)(SOCKET, int);
static int(WSAAPI *real_receive)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD *, OVERLAPPED *,
                                 LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *real_send_buffers)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD, OVERLAPPED *,
                                      LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *real_receive_from)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD *, struct sockaddr *,
                                      INT *, OVERLAPPED *, LPWSAOVERLAPPED_COMPLETION_ROUTINE);
static int(WSAAPI *real_send_to)(SOCKET, WSABUF *, DWORD, DWORD *, DWORD, const struct sockaddr *,
                                 int, OVERLAPPED *, LPWSAOVERLAPPED_COMPLETION_ROUTINE);

/* A socket's place in its lane. */
static ULONG_PTR place_of(SOCKET socket) { return ((ULONG_PTR)socket - FIRST) / 4; }

struct lane *lane_of_socket(HANDLE socket) {
  struct lane *lane = lane_at(place_of((SOCKET)socket) / SOCKETS);
  return lane && lane->sockets ? lane : NULL;
}

/* With the lock of its lane held. */
static struct endpoint *endpoint_of(SOCKET socket) {
  struct lane *lane = lane_of_socket((HANDLE)socket);
  if (!lane) return NULL;
  struct endpoint *on = &lane->sockets->endpoints[place_of(socket) % SOCKETS];
  return on->used ? on : NULL;
}

static void complete(struct endpoint *on, OVERLAPPED *overlapped, DWORD status, DWORD bytes) {
  overlapped->Internal = status;
  overlapped->InternalHigh = bytes;
  if (on->port) post(on->port, on->key, bytes, overlapped);
}

/* The end of an operation that is over when its call returns. */
static int over_at_once(struct endpoint *on, OVERLAPPED *overlapped, DWORD *count, DWORD bytes) {
  if (count) *count = bytes;
  if (!overlapped) return 0;
  overlapped->Internal = 0;
  overlapped->InternalHigh = bytes;
  if (!on->skips && on->port) post(on->port, on->key, bytes, overlapped);
  return 0;
}

static int fail(int error) {
  WSASetLastError(error);
  return SOCKET_ERROR;
}

static void answer(struct lane *lane, LONG messages) {
  struct load *load = &lane->load;
  load->answered += messages;
  if (load->answered >= load->wanted) SetEvent(lane->answered);
}

/* Whether something can be received now. */
static BOOL has_message(struct endpoint *on) {
  const struct load *load = &on->lane->load;
  if (on->rest > 0 || on->brief) return TRUE;
  return load->left > 0 && load->what == (on->type == SOCK_DGRAM ? DATAGRAMS : MESSAGES);
}

/* Receives as much as there is room for. */
static DWORD take(struct endpoint *on, const WSABUF *buffer) {
  if (on->over || buffer->len == 0) return 0;
  if (on->rest == 0) {
    if (!on->brief) on->lane->load.left--;
    on->rest = on->lane->load.size;
  }
  DWORD bytes = on->rest < buffer->len ? on->rest : buffer->len;
  memcpy(buffer->buf, payload, bytes);
  on->rest -= bytes;
  if (on->brief && on->rest == 0) on->over = TRUE;
  return bytes;
}

static void name_client(struct sockaddr *name, INT *bytes) {
  struct sockaddr_in client = {0};
  client.sin_family = AF_INET;
  client.sin_port = htons(40000);
  client.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (name && bytes && *bytes >= (INT)sizeof client) {
    memcpy(name, &client, sizeof client);
    *bytes = sizeof client;
  }
}

static void name_server(struct endpoint *on, struct sockaddr *name, INT *bytes) {
  name_client(name, bytes);
  ((struct sockaddr_in *)name)->sin_port = htons(on->number);
}

/* Ends a receive that waits, with what there is for it. */
static void receive_waiting(struct endpoint *on) {
  struct waiting one = on->waiting[0];
  memmove(on->waiting, on->waiting + 1, --on->waits * sizeof one);
  name_client(one.from, one.from_bytes);
  complete(on, one.overlapped, 0, take(on, &one.buffer));
}

/* Whether a client connects just now, which is one of the load. */
static BOOL has_client(const struct endpoint *listener) {
  const struct load *load = &listener->lane->load;
  return load->what == CONNECTIONS && load->left > 0 && listener->number == server_port;
}

/* Connects to the first accept of the server that waits. */
static BOOL connect_waiting(struct lane *lane, BOOL brief) {
  struct sockets *in = lane->sockets;
  for (int i = 0; i < in->accept_count; i++) {
    struct waiting one = in->accepts[i];
    if (one.listener->number != server_port) continue;
    memmove(in->accepts + i, in->accepts + i + 1, (--in->accept_count - i) * sizeof one);
    struct endpoint *made = endpoint_of(one.accepted);
    made->connected = TRUE;
    made->brief = brief;
    complete(one.listener, one.overlapped, 0, 0);
    return TRUE;
  }
  return FALSE;
}

BOOL connect_client(struct lane *lane) { return connect_waiting(lane, FALSE); }

void feed(struct lane *lane) {
  struct load *load = &lane->load;
  struct sockets *in = lane->sockets;
  while (load->what == CONNECTIONS && load->left > 0 && connect_waiting(lane, TRUE)) load->left--;
  for (int i = 0; i < in->next_free; i++) {
    struct endpoint *on = &in->endpoints[i];
    while (on->used && on->waits > 0 && has_message(on)) receive_waiting(on);
  }
}

int waiting_connections(struct lane *lane) {
  struct sockets *in = lane->sockets;
  int found = 0;
  for (int i = 0; in && i < in->next_free; i++) {
    struct endpoint *on = &in->endpoints[i];
    if (on->used && on->connected && on->waits > 0) found++;
  }
  return found;
}

int waiting_accepts(struct lane *lane) {
  struct sockets *in = lane->sockets;
  int found = 0;
  for (int i = 0; in && i < in->accept_count; i++) {
    found += in->accepts[i].listener->number == server_port;
  }
  return found;
}

int waiting_datagrams(struct lane *lane) {
  struct sockets *in = lane->sockets;
  int found = 0;
  for (int i = 0; in && i < in->next_free; i++) {
    struct endpoint *on = &in->endpoints[i];
    if (on->used && on->type == SOCK_DGRAM) found += on->waits;
  }
  return found;
}

BOOL put_on_port(HANDLE socket, struct port *port, ULONG_PTR key) {
  struct endpoint *on = endpoint_of((SOCKET)socket);
  if (!on) return FALSE;
  on->port = port;
  on->key = key;
  return TRUE;
}

BOOL skip_packets(HANDLE socket, BOOL skip) {
  struct endpoint *on = endpoint_of((SOCKET)socket);
  if (on) on->skips = skip;
  return on != NULL;
}

BOOL cancel(HANDLE socket, OVERLAPPED *overlapped) {
  struct endpoint *on = endpoint_of((SOCKET)socket);
  BOOL found = FALSE;
  for (int i = 0; i < on->waits;) {
    struct waiting one = on->waiting[i];
    if (overlapped && one.overlapped != overlapped) {
      i++;
      continue;
    }
    memmove(on->waiting + i, on->waiting + i + 1, (--on->waits - i) * sizeof one);
    complete(on, one.overlapped, CANCELLED_STATUS, 0);
    found = TRUE;
  }
  return found;
}

/* The functions themselves. */

static SOCKET WSAAPI my_socket(int family, int type, int protocol, WSAPROTOCOL_INFOW *information,
                               GROUP group, DWORD flags) {
  if (family != AF_INET) return real_socket(family, type, protocol, information, group, flags);
  struct lane *lane = own_lane();
  AcquireSRWLockExclusive(&lane->lock);
  if (!lane->sockets) lane->sockets = calloc(1, sizeof *lane->sockets);
  struct sockets *in = lane->sockets;
  SOCKET made = INVALID_SOCKET;
  for (int tries = 0; tries < SOCKETS && made == INVALID_SOCKET; tries++) {
    in->last = (in->last + 1) % SOCKETS;
    struct endpoint *on = &in->endpoints[in->last];
    if (on->used) continue;
    memset(on, 0, offsetof(struct endpoint, waiting));
    on->lane = lane;
    on->used = TRUE;
    on->family = family;
    on->type = type;
    on->protocol = protocol ? protocol : type == SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
    if (in->next_free <= in->last) in->next_free = in->last + 1;
    made = (SOCKET)(FIRST + 4 * (lane->index * SOCKETS + in->last));
  }
  ReleaseSRWLockExclusive(&lane->lock);
  if (made == INVALID_SOCKET) WSASetLastError(WSAEMFILE);
  return made;
}

/* What follows is called with sockets of ours only, and holds the lock of their lane. */
#define OURS(socket, otherwise)                                                                    \
  struct lane *lane = lane_of_socket((HANDLE)(socket));                                            \
  if (!lane) return otherwise;                                                                     \
  AcquireSRWLockExclusive(&lane->lock);                                                            \
  struct endpoint *on = endpoint_of(socket);                                                       \
  if (!on) {                                                                                       \
    ReleaseSRWLockExclusive(&lane->lock);                                                          \
    return otherwise;                                                                              \
  }
#define RETURN(value)                                                                              \
  do {                                                                                             \
    int result_ = (value);                                                                         \
    ReleaseSRWLockExclusive(&lane->lock);                                                          \
    return result_;                                                                                \
  } while (0)

static int WSAAPI my_closesocket(SOCKET socket) {
  OURS(socket, real_closesocket(socket));
  cancel((HANDLE)socket, NULL);
  on->used = FALSE;
  if (on->brief) answer(lane, 1);
  RETURN(0);
}

static int WSAAPI my_bind(SOCKET socket, const struct sockaddr *name, int bytes) {
  OURS(socket, real_bind(socket, name, bytes));
  on->number = ntohs(((const struct sockaddr_in *)name)->sin_port);
  RETURN(0);
}

static int WSAAPI my_listen(SOCKET socket, int backlog) {
  OURS(socket, real_listen(socket, backlog));
  on->listens = TRUE;
  RETURN(0);
}

static int WSAAPI my_setsockopt(SOCKET socket, int level, int option, const char *value, int bytes) {
  OURS(socket, real_setsockopt(socket, level, option, value, bytes));
  RETURN(0);
}

static int WSAAPI my_getsockopt(SOCKET socket, int level, int option, char *value, int *bytes) {
  OURS(socket, real_getsockopt(socket, level, option, value, bytes));
  memset(value, 0, *bytes);
  if (level == SOL_SOCKET && option == SO_PROTOCOL_INFOW &&
      *bytes >= (int)sizeof(WSAPROTOCOL_INFOW)) {
    WSAPROTOCOL_INFOW *information = (WSAPROTOCOL_INFOW *)value;
    information->dwServiceFlags1 = XP1_IFS_HANDLES;
    information->iAddressFamily = on->family;
    information->iSocketType = on->type;
    information->iProtocol = on->protocol;
  } else if (level == SOL_SOCKET && option == SO_TYPE) {
    *(int *)value = on->type;
  }
  RETURN(0);
}

static int WSAAPI my_getsockname(SOCKET socket, struct sockaddr *name, int *bytes) {
  OURS(socket, real_getsockname(socket, name, bytes));
  name_server(on, name, bytes);
  RETURN(0);
}

static int WSAAPI my_getpeername(SOCKET socket, struct sockaddr *name, int *bytes) {
  OURS(socket, real_getpeername(socket, name, bytes));
  name_client(name, bytes);
  RETURN(0);
}

static int WSAAPI my_ioctl(SOCKET socket, long command, u_long *value) {
  OURS(socket, real_ioctl(socket, command, value));
  RETURN(0);
}

static int WSAAPI my_shutdown(SOCKET socket, int how) {
  OURS(socket, real_shutdown(socket, how));
  RETURN(0);
}

static BOOL WINAPI my_accept(SOCKET listening, SOCKET accepted, void *room, DWORD data, DWORD local,
                             DWORD remote, DWORD *count, OVERLAPPED *overlapped) {
  OURS(listening, real_accept(listening, accepted, room, data, local, remote, count, overlapped));
  struct endpoint *made = endpoint_of(accepted);
  INT bytes = (INT)local;
  name_server(on, (struct sockaddr *)((char *)room + data), &bytes);
  bytes = (INT)remote;
  name_client((struct sockaddr *)((char *)room + data + local), &bytes);
  BOOL comes = has_client(on);
  if (comes) {
    lane->load.left--;
    made->connected = made->brief = TRUE;
  }
  if (comes && lane->load.way == BY_CALL) {
    over_at_once(on, overlapped, count, 0);
    RETURN(TRUE);
  }
  overlapped->Internal = PENDING_STATUS;
  if (comes) {
    complete(on, overlapped, 0, 0);
  } else {
    struct sockets *in = lane->sockets;
    if (in->accept_count == ACCEPTS) abort();
    in->accepts[in->accept_count++] =
        (struct waiting){.overlapped = overlapped, .listener = on, .accepted = accepted};
  }
  WSASetLastError(WSA_IO_PENDING);
  RETURN(FALSE);
}

static void WINAPI my_accept_names(void *room, DWORD data, DWORD local, DWORD remote,
                                   struct sockaddr **local_name, INT *local_bytes,
                                   struct sockaddr **remote_name, INT *remote_bytes) {
  (void)remote;
  *local_name = (struct sockaddr *)((char *)room + data);
  *remote_name = (struct sockaddr *)((char *)room + data + local);
  *local_bytes = *remote_bytes = sizeof(struct sockaddr_in);
}

static int WSAAPI my_wsaioctl(SOCKET socket, DWORD code, void *in, DWORD in_bytes, void *out,
                              DWORD out_bytes, DWORD *count, OVERLAPPED *overlapped,
                              LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
  OURS(socket, real_wsaioctl(socket, code, in, in_bytes, out, out_bytes, count, overlapped, routine));
  static const GUID accept_id = WSAID_ACCEPTEX, names_id = WSAID_GETACCEPTEXSOCKADDRS;
  if (code == SIO_GET_EXTENSION_FUNCTION_POINTER) {
    void *function = NULL;
    if (memcmp(in, &accept_id, sizeof accept_id) == 0) function = my_accept;
    if (memcmp(in, &names_id, sizeof names_id) == 0) function = my_accept_names;
    if (!function) RETURN(fail(WSAEINVAL));
    memcpy(out, &function, sizeof function);
    *count = sizeof function;
    RETURN(0);
  }
  if (out_bytes > 0) RETURN(fail(WSAEOPNOTSUPP));
  if (count) *count = 0;
  RETURN(0);
}

static int receive(struct endpoint *on, const WSABUF *buffer, DWORD *count, OVERLAPPED *overlapped,
                   struct sockaddr *from, INT *from_bytes) {
  BOOL ready = has_message(on);
  enum way way = on->lane->load.way;
  if (!overlapped && (!ready || way == BY_PACKET)) return fail(WSAEWOULDBLOCK);
  if (ready && way == BY_CALL) {
    name_client(from, from_bytes);
    return over_at_once(on, overlapped, count, take(on, buffer));
  }
  overlapped->Internal = PENDING_STATUS;
  if (ready) {
    name_client(from, from_bytes);
    complete(on, overlapped, 0, take(on, buffer));
  } else {
    if (on->waits == RECEIVES) abort();
    on->waiting[on->waits++] = (struct waiting){overlapped, *buffer, from, from_bytes, NULL, 0};
  }
  return fail(WSA_IO_PENDING);
}

static int WSAAPI my_receive(SOCKET socket, WSABUF *buffers, DWORD buffer_count, DWORD *count,
                             DWORD *flags, OVERLAPPED *overlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
  OURS(socket, real_receive(socket, buffers, buffer_count, count, flags, overlapped, routine));
  RETURN(receive(on, buffers, count, overlapped, NULL, NULL));
}

static int WSAAPI my_receive_from(SOCKET socket, WSABUF *buffers, DWORD buffer_count, DWORD *count,
                                  DWORD *flags, struct sockaddr *from, INT *from_bytes,
                                  OVERLAPPED *overlapped,
                                  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
  OURS(socket, real_receive_from(socket, buffers, buffer_count, count, flags, from, from_bytes,
                                 overlapped, routine));
  RETURN(receive(on, buffers, count, overlapped, from, from_bytes));
}

static int send_all(struct endpoint *on, const WSABUF *buffers, DWORD buffer_count, DWORD *count,
                    OVERLAPPED *overlapped) {
  DWORD bytes = 0;
  for (DWORD i = 0; i < buffer_count; i++) bytes += buffers[i].len;
  if (!on->brief) {
    struct load *load = &on->lane->load;
    load->bytes += bytes;
    LONG whole = (LONG)(load->bytes / load->size);
    load->bytes -= (ULONGLONG)whole * load->size;
    if (whole > 0) answer(on->lane, whole);
  }
  return over_at_once(on, overlapped, count, bytes);
}

static int WSAAPI my_send(SOCKET socket, WSABUF *buffers, DWORD buffer_count, DWORD *count,
                          DWORD flags, OVERLAPPED *overlapped,
                          LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
  OURS(socket, real_send_buffers(socket, buffers, buffer_count, count, flags, overlapped, routine));
  RETURN(send_all(on, buffers, buffer_count, count, overlapped));
}

static int WSAAPI my_send_to(SOCKET socket, WSABUF *buffers, DWORD buffer_count, DWORD *count,
                             DWORD flags, const struct sockaddr *to, int to_bytes,
                             OVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
  OURS(socket, real_send_to(socket, buffers, buffer_count, count, flags, to, to_bytes, overlapped,
                            routine));
  RETURN(send_all(on, buffers, buffer_count, count, overlapped));
}

void install_sockets(void *(*replace)(const char *, const char *, void *)) {
  const char *dll = "ws2_32.dll";
  real_socket = replace(dll, "WSASocketW", my_socket);
  real_closesocket = replace(dll, "closesocket", my_closesocket);
  real_bind = replace(dll, "bind", my_bind);
  real_listen = replace(dll, "listen", my_listen);
  real_setsockopt = replace(dll, "setsockopt", my_setsockopt);
  real_getsockopt = replace(dll, "getsockopt", my_getsockopt);
  real_getsockname = replace(dll, "getsockname", my_getsockname);
  real_getpeername = replace(dll, "getpeername", my_getpeername);
  real_ioctl = replace(dll, "ioctlsocket", my_ioctl);
  real_wsaioctl = replace(dll, "WSAIoctl", my_wsaioctl);
  real_shutdown = replace(dll, "shutdown", my_shutdown);
  real_receive = replace(dll, "WSARecv", my_receive);
  real_send_buffers = replace(dll, "WSASend", my_send);
  real_receive_from = replace(dll, "WSARecvFrom", my_receive_from);
  real_send_to = replace(dll, "WSASendTo", my_send_to);
  real_accept = replace("mswsock.dll", "AcceptEx", my_accept);
}
