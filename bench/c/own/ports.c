/* Completion ports that are a queue in memory. */
#include "own.h"

#include <stdlib.h>

#define PORTS 16
#define FIRST 0x20000000u
#define ENTRIES 4096

struct port {
  BOOL used;
  /* Where packets are taken from, and how many there are. */
  ULONG head, count;
  OVERLAPPED_ENTRY entries[ENTRIES];
  CONDITION_VARIABLE filled;
};

static struct port *ports[PORTS];

static HANDLE(WINAPI *real_create)(HANDLE, HANDLE, ULONG_PTR, DWORD);
static BOOL(WINAPI *real_dequeue)(HANDLE, OVERLAPPED_ENTRY *, ULONG, ULONG *, DWORD, BOOL);
static BOOL(WINAPI *real_post)(HANDLE, DWORD, ULONG_PTR, OVERLAPPED *);
static BOOL(WINAPI *real_close)(HANDLE);
static BOOL(WINAPI *real_modes)(HANDLE, UCHAR);
static BOOL(WINAPI *real_cancel)(HANDLE, OVERLAPPED *);

struct port *port_of(HANDLE handle) {
  ULONG_PTR at = ((ULONG_PTR)handle - FIRST) / 4;
  return at < PORTS && ports[at] && ports[at]->used ? ports[at] : NULL;
}

BOOL is_port(HANDLE handle) { return port_of(handle) != NULL; }

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

static HANDLE WINAPI my_create(HANDLE file, HANDLE port, ULONG_PTR key, DWORD threads) {
  if (file != INVALID_HANDLE_VALUE) {
    AcquireSRWLockExclusive(&lock);
    struct port *own = port_of(port);
    BOOL put = own && put_on_port(file, own, key);
    ReleaseSRWLockExclusive(&lock);
    return put ? port : real_create(file, port, key, threads);
  }
  AcquireSRWLockExclusive(&lock);
  HANDLE made = NULL;
  for (ULONG_PTR i = 0; i < PORTS && !made; i++) {
    if (!ports[i]) ports[i] = calloc(1, sizeof **ports);
    if (!ports[i] || ports[i]->used) continue;
    ports[i]->used = TRUE;
    ports[i]->head = ports[i]->count = 0;
    made = (HANDLE)(FIRST + 4 * i);
  }
  ReleaseSRWLockExclusive(&lock);
  if (!made) SetLastError(ERROR_NO_SYSTEM_RESOURCES);
  return made;
}

static BOOL WINAPI my_dequeue(HANDLE handle, OVERLAPPED_ENTRY *entries, ULONG room, ULONG *count,
                              DWORD milliseconds, BOOL alertable) {
  AcquireSRWLockExclusive(&lock);
  struct port *port = port_of(handle);
  if (!port) {
    ReleaseSRWLockExclusive(&lock);
    return real_dequeue(handle, entries, room, count, milliseconds, alertable);
  }
  while (port->count == 0) {
    if (milliseconds == 0 ||
        !SleepConditionVariableSRW(&port->filled, &lock, milliseconds, 0)) {
      ReleaseSRWLockExclusive(&lock);
      SetLastError(WAIT_TIMEOUT);
      return FALSE;
    }
  }
  ULONG taken = port->count < room ? port->count : room;
  for (ULONG i = 0; i < taken; i++) entries[i] = port->entries[(port->head + i) % ENTRIES];
  port->head = (port->head + taken) % ENTRIES;
  port->count -= taken;
  *count = taken;
  ReleaseSRWLockExclusive(&lock);
  return TRUE;
}

static BOOL WINAPI my_post(HANDLE handle, DWORD bytes, ULONG_PTR key, OVERLAPPED *overlapped) {
  AcquireSRWLockExclusive(&lock);
  struct port *port = port_of(handle);
  if (port) {
    if (overlapped) {
      overlapped->Internal = 0;
      overlapped->InternalHigh = bytes;
    }
    post(port, key, bytes, overlapped);
  }
  ReleaseSRWLockExclusive(&lock);
  return port ? TRUE : real_post(handle, bytes, key, overlapped);
}

static BOOL WINAPI my_close(HANDLE handle) {
  AcquireSRWLockExclusive(&lock);
  struct port *port = port_of(handle);
  if (port) port->used = FALSE;
  ReleaseSRWLockExclusive(&lock);
  return port ? TRUE : real_close(handle);
}

static BOOL WINAPI my_modes(HANDLE handle, UCHAR modes) {
  AcquireSRWLockExclusive(&lock);
  BOOL own = skip_packets(handle, (modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) != 0);
  ReleaseSRWLockExclusive(&lock);
  return own ? TRUE : real_modes(handle, modes);
}

static BOOL WINAPI my_cancel(HANDLE handle, OVERLAPPED *overlapped) {
  AcquireSRWLockExclusive(&lock);
  BOOL own = is_socket((SOCKET)handle);
  BOOL cancelled = own && cancel(handle, overlapped);
  ReleaseSRWLockExclusive(&lock);
  if (!own) return real_cancel(handle, overlapped);
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
