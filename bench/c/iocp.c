/*
 * What a C programmer would write: a server on a completion port, one thread.
 *
 *   iocp PORT [noskip] [nogather]
 *
 * PORT echoes, PORT+1 sends without end, PORT+2 reads without end, PORT+3 echoes datagrams.
 *
 * Operations that complete at their start are delivered without a packet, through a ready queue of
 * which 64 are served before the port is looked at again; receives are started again after the
 * batch; memory for receiving is 256 KiB and pooled. `noskip` has every completion come as a packet. What is
 * sent without end goes 16 chunks in a call, as the package gathers what is written in one go; `nogather` has
 * each chunk go in a call of its own.
 */
#include <winsock2.h>
#include <mswsock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER 262144
#define DATAGRAM 65536
#define ACCEPTS 32
#define SENDS 4
#define CHUNK 65536
#define GATHER 16
#define BATCH 128
#define BUDGET 64

enum kind { ACCEPT, RECEIVE, SEND, RECEIVE_FROM, SEND_TO };
enum role { ECHO, SOURCE, SINK };

struct connection;

struct operation {
  OVERLAPPED overlapped;
  enum kind kind;
  DWORD bytes, flags;
  DWORD status;
  WSABUF buffer;
  SOCKET socket;
  enum role role;
  struct connection *connection;
  struct operation *next;
  struct sockaddr_in address;
  INT address_length;
  char room[2 * (sizeof(struct sockaddr_in) + 16)];
};

struct connection {
  SOCKET socket;
  enum role role;
  int pending, closing;
  struct operation receive, sends[SENDS];
  char *memory;
  struct connection *next_again, *next_free;
  int waits;
};

static HANDLE port;
static int skip = 1, gather = GATHER;
static WSABUF chunks[GATHER];
static LPFN_ACCEPTEX accept_ex;
static char payload[CHUNK];
static struct operation *ready, **ready_end = &ready;
static struct connection *again, **again_end = &again, *free_connections;
static SOCKET udp;

static void die(const char *what) {
  fprintf(stderr, "iocp: %s: %lu\n", what, GetLastError());
  exit(1);
}

static void attach(SOCKET s) {
  if (!CreateIoCompletionPort((HANDLE)s, port, 0, 0)) die("CreateIoCompletionPort");
  if (skip) SetFileCompletionNotificationModes((HANDLE)s, 3);
}

static void push(struct operation *op, DWORD status, DWORD bytes) {
  op->status = status;
  op->bytes = bytes;
  op->next = NULL;
  *ready_end = op;
  ready_end = &op->next;
}

/* 1 where a completion will be delivered, by packet or by the queue. */
static int started(struct operation *op, int ok) {
  if (ok) {
    if (skip) push(op, 0, op->bytes);
    return 1;
  }
  return WSAGetLastError() == WSA_IO_PENDING;
}

static void begin_accept(struct operation *op) {
  for (;;) {
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET) die("WSASocket");
    memset(&op->overlapped, 0, sizeof op->overlapped);
    op->connection = NULL;
    SOCKET listening = op->socket;
    op->buffer.buf = (char *)(UINT_PTR)s;
    BOOL ok = accept_ex(listening, s, op->room, 0, sizeof(struct sockaddr_in) + 16,
                        sizeof(struct sockaddr_in) + 16, &op->bytes, &op->overlapped);
    if (started(op, ok)) return;
    closesocket(s);
  }
}

static void release(struct connection *c) {
  if (!c->closing) {
    c->closing = 1;
    closesocket(c->socket);
  }
  if (c->pending || c->waits) return;
  c->next_free = free_connections;
  free_connections = c;
}

static void begin_receive(struct connection *c) {
  struct operation *op = &c->receive;
  memset(&op->overlapped, 0, sizeof op->overlapped);
  op->buffer.buf = c->memory;
  op->buffer.len = BUFFER;
  op->flags = 0;
  c->pending++;
  int ok = WSARecv(c->socket, &op->buffer, 1, &op->bytes, &op->flags, &op->overlapped, NULL) == 0;
  if (started(op, ok)) return;
  c->pending--;
  release(c);
}

/* 1 where the send is complete already. */
static int begin_send(struct connection *c, struct operation *op, WSABUF *buffers, DWORD count) {
  memset(&op->overlapped, 0, sizeof op->overlapped);
  if (WSASend(c->socket, buffers, count, &op->bytes, 0, &op->overlapped, NULL) == 0) {
    if (skip) return 1;
    c->pending++;
  } else if (WSAGetLastError() == WSA_IO_PENDING) {
    c->pending++;
  } else {
    release(c);
  }
  return 0;
}

static int begin_answer(struct connection *c, DWORD length) {
  struct operation *op = &c->sends[0];
  op->buffer.buf = c->memory;
  op->buffer.len = length;
  return begin_send(c, op, &op->buffer, 1);
}

static void receive_again(struct connection *c) {
  c->waits = 1;
  c->next_again = NULL;
  *again_end = c;
  again_end = &c->next_again;
}

static void pour(struct connection *c, struct operation *op) {
  for (int sent = 0; sent < GATHER && !c->closing; sent += gather) {
    if (!begin_send(c, op, chunks, gather)) return;
  }
  if (!c->closing) {
    c->pending++;
    push(op, 0, CHUNK);
  }
}

static void accepted(struct operation *op) {
  SOCKET s = (SOCKET)(UINT_PTR)op->buffer.buf, listening = op->socket;
  enum role role = op->role;
  int ok = op->status == 0;
  if (ok) {
    setsockopt(s, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listening, sizeof listening);
    attach(s);
  } else {
    closesocket(s);
  }
  begin_accept(op);
  if (!ok) return;
  struct connection *c = free_connections;
  char *memory = NULL;
  if (c) {
    free_connections = c->next_free;
    memory = c->memory;
  } else {
    c = malloc(sizeof *c);
    memory = VirtualAlloc(NULL, BUFFER, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  }
  memset(c, 0, sizeof *c);
  c->memory = memory;
  c->socket = s;
  c->role = role;
  c->receive.kind = RECEIVE;
  c->receive.connection = c;
  for (int i = 0; i < SENDS; i++) {
    c->sends[i].kind = SEND;
    c->sends[i].connection = c;
  }
  begin_receive(c);
  if (role == SOURCE)
    for (int i = 0; i < SENDS && !c->closing; i++) pour(c, &c->sends[i]);
}

static void begin_receive_from(struct operation *op) {
  memset(&op->overlapped, 0, sizeof op->overlapped);
  op->kind = RECEIVE_FROM;
  op->buffer.len = DATAGRAM;
  op->flags = 0;
  op->address_length = sizeof op->address;
  int ok = WSARecvFrom(udp, &op->buffer, 1, &op->bytes, &op->flags, (struct sockaddr *)&op->address,
                       &op->address_length, &op->overlapped, NULL) == 0;
  if (!started(op, ok)) begin_receive_from(op);
}

static void answer(struct operation *op) {
  if (op->kind == SEND_TO || op->status != 0) {
    begin_receive_from(op);
    return;
  }
  memset(&op->overlapped, 0, sizeof op->overlapped);
  op->kind = SEND_TO;
  op->buffer.len = op->bytes;
  int ok = WSASendTo(udp, &op->buffer, 1, &op->bytes, 0, (struct sockaddr *)&op->address,
                     op->address_length, &op->overlapped, NULL) == 0;
  if (!started(op, ok)) begin_receive_from(op);
}

static void handle(struct operation *op) {
  struct connection *c = op->connection;
  switch (op->kind) {
    case ACCEPT:
      accepted(op);
      return;
    case RECEIVE_FROM:
    case SEND_TO:
      answer(op);
      return;
    case RECEIVE:
      c->pending--;
      if (c->closing || op->status != 0 || op->bytes == 0) release(c);
      else if (c->role != ECHO) receive_again(c);
      else if (begin_answer(c, op->bytes)) receive_again(c);
      return;
    case SEND:
      c->pending--;
      if (c->closing || op->status != 0) release(c);
      else if (c->role == ECHO) receive_again(c);
      else pour(c, op);
  }
}

static void serve(void) {
  static OVERLAPPED_ENTRY entries[BATCH];
  for (;;) {
    struct connection *c = again;
    again = NULL;
    again_end = &again;
    while (c) {
      struct connection *next = c->next_again;
      c->waits = 0;
      if (c->closing) release(c);
      else begin_receive(c);
      c = next;
    }
    ULONG count = 0;
    if (GetQueuedCompletionStatusEx(port, entries, BATCH, &count, ready ? 0 : INFINITE, FALSE)) {
      for (ULONG i = 0; i < count; i++) {
        push((struct operation *)entries[i].lpOverlapped, (DWORD)entries[i].lpOverlapped->Internal,
             entries[i].dwNumberOfBytesTransferred);
      }
    }
    for (int i = 0; i < BUDGET && ready; i++) {
      struct operation *op = ready;
      ready = op->next;
      if (!ready) ready_end = &ready;
      handle(op);
    }
  }
}

static struct sockaddr_in loopback(int number) {
  struct sockaddr_in address = {0};
  address.sin_family = AF_INET;
  address.sin_port = htons((u_short)number);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static void listen_on(int number, enum role role) {
  struct sockaddr_in address = loopback(number);
  SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
  GUID id = WSAID_ACCEPTEX;
  DWORD got;
  if (bind(s, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  if (listen(s, 511) != 0) die("listen");
  if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &accept_ex, sizeof accept_ex,
               &got, NULL, NULL) != 0)
    die("WSAIoctl");
  attach(s);
  for (int i = 0; i < ACCEPTS; i++) {
    struct operation *op = calloc(1, sizeof *op);
    op->kind = ACCEPT;
    op->socket = s;
    op->role = role;
    begin_accept(op);
  }
}

/* The stand-in that answers at once, where there shall be one: see own/own.h. */
static void take_stand_in(void) {
  const char *dll = getenv("WINSOCK_OWN_DLL");
  if (!dll) return;
  HMODULE own = LoadLibraryA(dll);
  if (!own) die("LoadLibrary");
  ((void (*)(void))(void *)GetProcAddress(own, "take_over"))();
}

int main(int argc, char **argv) {
  WSADATA data;
  take_stand_in();
  int number = argc > 1 ? atoi(argv[1]) : 0;
  for (int i = 2; i < argc; i++) {
    if (strcmp(argv[i], "noskip") == 0) skip = 0;
    if (strcmp(argv[i], "nogather") == 0) gather = 1;
  }
  WSAStartup(MAKEWORD(2, 2), &data);
  port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1);
  for (int i = 0; i < GATHER; i++) chunks[i] = (WSABUF){CHUNK, payload};
  listen_on(number + 1, SOURCE);
  listen_on(number + 2, SINK);

  struct sockaddr_in address = loopback(number + 3);
  udp = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, WSA_FLAG_OVERLAPPED);
  if (bind(udp, (struct sockaddr *)&address, sizeof address) != 0) die("bind");
  attach(udp);
  for (int i = 0; i < 2; i++) {
    struct operation *op = calloc(1, sizeof *op);
    op->buffer.buf = malloc(DATAGRAM);
    begin_receive_from(op);
  }
  listen_on(number, ECHO);
  serve();
}
