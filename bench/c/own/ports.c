/* Completion ports that are a queue in memory. */
#include "own.h"

#include <stdlib.h>

/* Of one lane. */
#define PORTS 16
#define FIRST 0x20000000u
#define ENTRIES 4096

struct port {
  struct lane *lane;
  BOOL used;
  /* Where packets are taken from, and how many there are. */
  ULONG head, count;
  OVERLAPPED_ENTRY entries[ENTRIES];
  CONDITION_VARIABLE filled;
};

struct ports {
  struct port *all[PORTS];
};

static HANDLE(WINAPI *real_create)(HANDLE, HANDLE, ULONG_PTR, DWORD);
static BOOL(WINAPI *real_dequeue)(HANDLE, OVERLAPPED_ENTRY *, ULONG, ULONG *, DWORD, BOOL);
static BOOL(WINAPI *real_post)(HANDLE, DWORD, ULONG_PTR, OVERLAPPED *);
static BOOL(WINAPI *real_close)(HANDLE);
static BOOL(WINAPI *real_modes)(HANDLE, UCHAR);
static BOOL(WINAPI *real_cancel)(HANDLE, OVERLAPPED *);

/* The port of a number, with the lock of its lane held from now on; NULL where it is none of ours. */
static struct port *enter(HANDLE handle) {
  ULONG_PTR at = ((ULONG_PTR)handle - FIRST) / 4;
  struct lane *lane = lane_at(at / PORTS);
  if (!lane) return NULL;
  AcquireSRWLockExclusive(&lane->lock);
  struct port *port = lane->ports ? lane->ports->all[at % PORTS] : NULL;
  if (port && port->used) return port;
  ReleaseSRWLockExclusive(&lane->lock);
  return NULL;
}

static void leave(struct port *port) { ReleaseSRWLockExclusive(&port->lane->lock); }

void post(struct port *port, ULONG_PTR key, DWORD bytes, OVERLAPPED *overlapped) {
  /* More is never under way. */
  if (port->count == ENTRIES) abort();
  OVERLAPPED_ENTRY *entry = &port->entries[(port->head + port->count++) % ENTRIES];
  entry->lpCompletionKey = key;
  entry->lpOverlapped = overlapped;
  entry->Internal = 0;
  entry->dwNumberOfBytesTransferred = bytes;
  if (port->count == 1) WakeConditionVariable(&port->filled);
}

static HANDLE make_port(struct lane *lane) {
  if (!lane->ports) lane->ports = calloc(1, sizeof *lane->ports);
  for (ULONG_PTR i = 0; i < PORTS; i++) {
    struct port *port = lane->ports->all[i];
    if (!port) port = lane->ports->all[i] = calloc(1, sizeof *port);
    if (port->used) continue;
    port->lane = lane;
    port->used = TRUE;
    port->head = port->count = 0;
    return (HANDLE)(FIRST + 4 * (lane->index * PORTS + i));
  }
  return NULL;
}

static HANDLE WINAPI my_create(HANDLE file, HANDLE handle, ULONG_PTR key, DWORD threads) {
  if (file != INVALID_HANDLE_VALUE) {
    struct port *port = enter(handle);
    struct lane *lane = lane_of_socket(file);
    /* The lock of the one would not do for the other. */
    if (port && lane && lane != port->lane) abort();
    BOOL put = port && put_on_port(file, port, key);
    if (port) leave(port);
    return put ? handle : real_create(file, handle, key, threads);
  }
  struct lane *lane = own_lane();
  AcquireSRWLockExclusive(&lane->lock);
  HANDLE made = make_port(lane);
  ReleaseSRWLockExclusive(&lane->lock);
  if (!made) SetLastError(ERROR_NO_SYSTEM_RESOURCES);
  return made;
}

static BOOL WINAPI my_dequeue(HANDLE handle, OVERLAPPED_ENTRY *entries, ULONG room, ULONG *count,
                              DWORD milliseconds, BOOL alertable) {
  struct port *port = enter(handle);
  if (!port) return real_dequeue(handle, entries, room, count, milliseconds, alertable);
  while (port->count == 0) {
    if (milliseconds == 0 ||
        !SleepConditionVariableSRW(&port->filled, &port->lane->lock, milliseconds, 0)) {
      leave(port);
      SetLastError(WAIT_TIMEOUT);
      return FALSE;
    }
  }
  ULONG taken = port->count < room ? port->count : room;
  for (ULONG i = 0; i < taken; i++) entries[i] = port->entries[(port->head + i) % ENTRIES];
  port->head = (port->head + taken) % ENTRIES;
  port->count -= taken;
  *count = taken;
  leave(port);
  return TRUE;
}

static BOOL WINAPI my_post(HANDLE handle, DWORD bytes, ULONG_PTR key, OVERLAPPED *overlapped) {
  struct port *port = enter(handle);
  if (!port) return real_post(handle, bytes, key, overlapped);
  if (overlapped) {
    overlapped->Internal = 0;
    overlapped->InternalHigh = bytes;
  }
  post(port, key, bytes, overlapped);
  leave(port);
  return TRUE;
}

static BOOL WINAPI my_close(HANDLE handle) {
  struct port *port = enter(handle);
  if (!port) return real_close(handle);
  port->used = FALSE;
  leave(port);
  return TRUE;
}

static BOOL WINAPI my_modes(HANDLE handle, UCHAR modes) {
  struct lane *lane = lane_of_socket(handle);
  if (!lane) return real_modes(handle, modes);
  AcquireSRWLockExclusive(&lane->lock);
  BOOL own = skip_packets(handle, (modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) != 0);
  ReleaseSRWLockExclusive(&lane->lock);
  return own ? TRUE : real_modes(handle, modes);
}

static BOOL WINAPI my_cancel(HANDLE handle, OVERLAPPED *overlapped) {
  struct lane *lane = lane_of_socket(handle);
  if (!lane) return real_cancel(handle, overlapped);
  AcquireSRWLockExclusive(&lane->lock);
  BOOL cancelled = cancel(handle, overlapped);
  ReleaseSRWLockExclusive(&lane->lock);
  if (!cancelled) SetLastError(ERROR_NOT_FOUND);
  return cancelled;
}

void install_ports(void *(*replace)(const char *, const char *, void *)) {
  real_create = replace("kernel32.dll", "CreateIoCompletionPort", my_create);
  real_dequeue = replace("kernel32.dll", "GetQueuedCompletionStatusEx", my_dequeue);
  real_post = replace("kernel32.dll", "PostQueuedCompletionStatus", my_post);
  real_close = replace("kernel32.dll", "CloseHandle", my_close);
  real_modes = replace("kernel32.dll", "SetFileCompletionNotificationModes", my_modes);
  real_cancel = replace("kernel32.dll", "CancelIoEx", my_cancel);
}
