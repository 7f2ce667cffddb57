/*
 * The way in, and the thread that measures: it is told by a connection which load to make, makes it, and
 * answers what that has cost this process.
 *
 * A line asks: WHAT WAY CONNECTIONS BYTES COUNT PAUSE THREADS. WHAT is messages, datagrams or connections; WAY
 * is call or packet; with a PAUSE of 0 and more there is one message at a time, and the next one comes so many
 * milliseconds after the answer. Each of so many THREADS of the server has a load of its own, of COUNT. A line answers: nanoseconds of user, kernel and elapsed time, messages,
 * and the median nanoseconds until the answer, 0 where nobody waits for each.
 */
#include "own.h"

#include "../../../tests/native/as-windows/hook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct times {
  double user, kernel, elapsed;
};

static double nanoseconds(FILETIME time) {
  return (((ULONGLONG)time.dwHighDateTime << 32) + time.dwLowDateTime) * 100.0;
}

static double elapsed_now(void) {
  static LARGE_INTEGER frequency;
  LARGE_INTEGER count;
  if (!frequency.QuadPart) QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&count);
  return (double)count.QuadPart / (double)frequency.QuadPart * 1e9;
}

static struct times now(void) {
  FILETIME created, ended, kernel, user;
  GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user);
  return (struct times){nanoseconds(user), nanoseconds(kernel), elapsed_now()};
}

static int counted_in(struct lane *lane, int (*counted)(struct lane *)) {
  AcquireSRWLockExclusive(&lane->lock);
  int found = counted(lane);
  ReleaseSRWLockExclusive(&lane->lock);
  return found;
}

/* Waits until as many of what is counted are there. */
static void wait_for(struct lane *lane, int (*counted)(struct lane *), int least) {
  while (counted_in(lane, counted) < least) Sleep(5);
}

static void ready(struct lane *lane, enum what what, int connections) {
  if (what == DATAGRAMS) wait_for(lane, waiting_datagrams, 1);
  if (what == CONNECTIONS) wait_for(lane, waiting_accepts, 1);
  if (what != MESSAGES) return;
  for (;;) {
    AcquireSRWLockExclusive(&lane->lock);
    int missing = connections - waiting_connections(lane);
    BOOL connected = missing > 0 && waiting_accepts(lane) > 0 && connect_client(lane);
    ReleaseSRWLockExclusive(&lane->lock);
    if (missing <= 0) return;
    /* One after the other: it is on its way from the accept to its receive. */
    if (connected) wait_for(lane, waiting_connections, connections - missing + 1);
    else Sleep(5);
  }
}

static void begin(struct lane *lane, LONG count, enum what what, enum way way, DWORD size) {
  AcquireSRWLockExclusive(&lane->lock);
  ResetEvent(lane->answered);
  lane->load = (struct load){what, way, size, count, 0, count, 0};
  feed(lane);
  ReleaseSRWLockExclusive(&lane->lock);
}

static int by_size(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

/* One message after the other, each with nothing else under way. */
static double lone(struct lane *lane, LONG count, enum what what, enum way way, DWORD size, int connections,
                   int pause) {
  double *taken = malloc(count * sizeof *taken);
  for (LONG i = 0; i < count; i++) {
    if (pause > 0) Sleep(pause);
    double began = elapsed_now();
    begin(lane, 1, what, way, size);
    WaitForSingleObject(lane->answered, INFINITE);
    taken[i] = elapsed_now() - began;
    /* The receive for the next one is on its way. */
    ready(lane, what, connections);
  }
  qsort(taken, count, sizeof *taken, by_size);
  double median = taken[count / 2];
  free(taken);
  return median;
}

static struct lane *lane_once_there(int index) {
  while (!lane_at(index)) Sleep(5);
  return lane_at(index);
}

static int run(const char *line, char *answer, size_t room) {
  char what_name[16], way_name[16];
  int connections, size, count, pause, threads;
  if (sscanf(line, "%15s %15s %d %d %d %d %d", what_name, way_name, &connections, &size, &count,
             &pause, &threads) != 7 ||
      threads < 1 || threads > LANES)
    return 0;
  enum what what = *what_name == 'm' ? MESSAGES : *what_name == 'd' ? DATAGRAMS : CONNECTIONS;
  enum way way = *way_name == 'c' ? BY_CALL : BY_PACKET;
  struct lane *in[LANES];
  for (int i = 0; i < threads; i++) {
    in[i] = lane_once_there(i);
    ready(in[i], what, connections);
  }
  double median = 0;
  struct times before = now();
  if (pause >= 0) {
    median = lone(in[0], count, what, way, size, connections, pause);
  } else {
    for (int i = 0; i < threads; i++) begin(in[i], count, what, way, size);
    for (int i = 0; i < threads; i++) WaitForSingleObject(in[i]->answered, INFINITE);
  }
  struct times after = now();
  snprintf(answer, room, "%.0f %.0f %.0f %d %.0f\n", after.user - before.user,
           after.kernel - before.kernel, after.elapsed - before.elapsed, count, median);
  return 1;
}

static DWORD WINAPI drive(void *unused) {
  (void)unused;
  char text[64], line[256];
  GetEnvironmentVariableA("WINSOCK_OWN", text, sizeof text);
  int control = 0, server = 0;
  if (sscanf(text, "%d %d", &control, &server) != 2) ExitProcess(2);
  server_port = (USHORT)server;
  WSADATA data;
  WSAStartup(MAKEWORD(2, 2), &data);
  SOCKET socket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
  struct sockaddr_in address = {0};
  address.sin_family = AF_INET;
  address.sin_port = htons((u_short)control);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, (struct sockaddr *)&address, sizeof address) != 0) ExitProcess(2);
  for (size_t length = 0;;) {
    int got = recv(socket, line + length, (int)(sizeof line - 1 - length), 0);
    if (got <= 0) ExitProcess(0);
    length += got;
    line[length] = 0;
    if (!strchr(line, '\n')) continue;
    char answer[256];
    if (!run(line, answer, sizeof answer)) ExitProcess(2);
    length = 0;
    send(socket, answer, (int)strlen(answer), 0);
  }
}

/* Puts everything in place; once in a process. */
static void install(void *(*replace_one)(const char *, const char *, void *)) {
  static LONG installed;
  if (InterlockedExchange(&installed, 1)) return;
  HMODULE own;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                     (const char *)install, &own);
  install_lanes();
  install_ports(replace_one);
  install_sockets(replace_one);
  CloseHandle(CreateThread(NULL, 0, drive, NULL, 0, NULL));
}

/* For a program in C, which has looked up its functions already. */
__declspec(dllexport) void take_over(void) { install(replace); }

/*
 * Called by process.dlopen, as of an addon that exports nothing. The run time's own event loop keeps its
 * ports: what it has looked up already stays.
 */
__declspec(dllexport) void *napi_register_module_v1(void *env, void *exports) {
  (void)env;
  install(replace_export);
  return exports;
}

__declspec(dllexport) int node_api_module_get_api_version_v1(void) { return 8; }
