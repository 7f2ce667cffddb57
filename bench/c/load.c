/*
 * The load of the benchmarks: clients that run natively on Linux, so that the server under test is
 * the only thing that runs on Wine.
 *
 *   load MODE PORT CONNECTIONS BYTES SECONDS [WARM-UP]
 *
 *   echo     each connection has one message of BYTES in flight
 *   lone     as echo, but a pause after every answer: the latency of a message to an idle server
 *   source   reads what the server sends, as fast as it comes
 *   sink     writes BYTES at a time, as fast as they go
 *   rate     connect, one message and its echo, close; CONNECTIONS at a time
 *   udp      CONNECTIONS datagrams of BYTES in flight from one socket
 *   idle     opens CONNECTIONS, says so, and keeps them until its input ends
 *
 * What comes in the first WARM-UP seconds is not counted: connecting, and what the connections of the
 * load before leave behind. A line says when counting begins. Then one line has the result: messages,
 * bytes, seconds, median latency in microseconds.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (1 << 20)
#define MAX_SAMPLES (1 << 20)

struct client {
  int fd;
  size_t sent, received;
  double began;
};

static struct sockaddr_in server;
static char *out, *in;
static size_t size;
static unsigned long long messages, bytes;
static float *samples;
static size_t sample_count;
static int counting;
static double counts_from, until;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* Whether to go on. */
static int running(void) {
  double t = now();
  if (!counting && t >= counts_from) {
    counting = 1;
    counts_from = t;
    messages = bytes = sample_count = 0;
    printf("counting\n");
    fflush(stdout);
  }
  return t < until;
}

static void sample(double began) {
  if (sample_count < MAX_SAMPLES) samples[sample_count++] = (float)((now() - began) * 1e6);
}

static int open_client(int blocking) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (fd < 0) fail("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0) fail("connect");
  if (!blocking) fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

/* Writes on as far as the socket takes it. */
static void pump(struct client *c) {
  while (c->sent < size) {
    ssize_t n = send(c->fd, out + c->sent, size - c->sent, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN) return;
      fail("send");
    }
    c->sent += n;
  }
}

static void begin(struct client *c) {
  c->sent = c->received = 0;
  c->began = now();
  pump(c);
}

/* Reads what there is; true when the whole answer has come. */
static int drain(struct client *c) {
  while (c->received < size) {
    ssize_t n = recv(c->fd, in, size - c->received, 0);
    if (n == 0) {
      errno = ECONNRESET;
      fail("closed by the server");
    }
    if (n < 0) {
      if (errno == EAGAIN) return 0;
      fail("recv");
    }
    c->received += n;
  }
  return 1;
}

static void echo(int connections) {
  int poll = epoll_create1(0);
  struct client *clients = calloc(connections, sizeof *clients);
  struct epoll_event events[256];
  for (int i = 0; i < connections; i++) {
    clients[i].fd = open_client(0);
    struct epoll_event e = {EPOLLIN | EPOLLOUT | EPOLLET, {.ptr = &clients[i]}};
    epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &e);
  }
  for (int i = 0; i < connections; i++) begin(&clients[i]);
  while (running()) {
    int n = epoll_wait(poll, events, 256, 100);
    for (int i = 0; i < n; i++) {
      struct client *c = events[i].data.ptr;
      pump(c);
      while (drain(c)) {
        messages++;
        bytes += size;
        sample(c->began);
        begin(c);
      }
    }
  }
}

static void lone(void) {
  struct client c = {open_client(1), 0, 0, 0};
  while (running()) {
    begin(&c);
    drain(&c);
    sample(c.began);
    messages++;
    usleep(2000);
  }
}

static void one_way(int connections, int reading) {
  int poll = epoll_create1(0);
  struct epoll_event events[64];
  for (int i = 0; i < connections; i++) {
    struct epoll_event e = {reading ? EPOLLIN : EPOLLOUT, {.fd = open_client(0)}};
    epoll_ctl(poll, EPOLL_CTL_ADD, e.data.fd, &e);
  }
  while (running()) {
    int n = epoll_wait(poll, events, 64, 100);
    for (int i = 0; i < n; i++) {
      ssize_t did = reading ? recv(events[i].data.fd, in, CHUNK, 0)
                            : send(events[i].data.fd, out, size, MSG_NOSIGNAL);
      if (did == 0 || (did < 0 && errno != EAGAIN)) fail(reading ? "recv" : "send");
      if (did > 0) bytes += did;
    }
  }
}

static int begin_connect(int poll, struct client *c) {
  int one = 1;
  struct linger hard = {1, 0};
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) fail("socket");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  /* Otherwise the client's ports are used up by TIME_WAIT. */
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  c->sent = c->received = 0;
  c->began = now();
  if (connect(c->fd, (struct sockaddr *)&server, sizeof server) != 0 && errno != EINPROGRESS)
    fail("connect");
  struct epoll_event e = {EPOLLIN | EPOLLOUT | EPOLLET, {.ptr = c}};
  return epoll_ctl(poll, EPOLL_CTL_ADD, c->fd, &e);
}

static void rate(int connections) {
  int poll = epoll_create1(0);
  struct client *clients = calloc(connections, sizeof *clients);
  struct epoll_event events[256];
  for (int i = 0; i < connections; i++) begin_connect(poll, &clients[i]);
  while (running()) {
    int n = epoll_wait(poll, events, 256, 100);
    for (int i = 0; i < n; i++) {
      struct client *c = events[i].data.ptr;
      if (events[i].events & EPOLLERR) {
        errno = ECONNREFUSED;
        fail("connect");
      }
      if (events[i].events & EPOLLOUT) pump(c);
      if (!(events[i].events & EPOLLIN) || !drain(c)) continue;
      messages++;
      bytes += size;
      sample(c->began);
      close(c->fd);
      begin_connect(poll, c);
    }
  }
}

static void udp(int in_flight) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct timeval wait = {0, 50000};
  if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof server) != 0) fail("udp");
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  int missing = in_flight;
  while (running()) {
    for (; missing > 0; missing--) send(fd, out, size, 0);
    ssize_t n = recv(fd, in, CHUNK, 0);
    if (n < 0) {
      missing = in_flight; /* lost: start over */
      continue;
    }
    messages++;
    bytes += n;
    missing++;
  }
}

static void idle(int connections) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (int i = 0; i < connections; i++) open_client(1);
  printf("open\n");
  fflush(stdout);
  while (read(0, in, CHUNK) > 0);
}

static int by_value(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 6 && argc != 7) {
    fprintf(stderr, "usage: load MODE PORT CONNECTIONS BYTES SECONDS [WARM-UP]\n");
    return 2;
  }
  const char *mode = argv[1];
  int connections = atoi(argv[3]);
  size = strtoul(argv[4], 0, 10);
  double seconds = atof(argv[5]);
  server.sin_family = AF_INET;
  server.sin_port = htons(atoi(argv[2]));
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  out = malloc(CHUNK);
  in = malloc(CHUNK);
  memset(out, 'x', CHUNK);
  samples = malloc(MAX_SAMPLES * sizeof *samples);

  double warm_up = argc > 6 ? atof(argv[6]) : 0;
  counting = warm_up == 0;
  counts_from = now() + warm_up;
  until = counts_from + seconds;
  if (!strcmp(mode, "echo")) echo(connections);
  else if (!strcmp(mode, "lone")) lone();
  else if (!strcmp(mode, "source")) one_way(connections, 1);
  else if (!strcmp(mode, "sink")) one_way(connections, 0);
  else if (!strcmp(mode, "rate")) rate(connections);
  else if (!strcmp(mode, "udp")) udp(connections);
  else if (!strcmp(mode, "idle")) idle(connections);
  else return 2;

  double took = now() - counts_from;
  /* One way, a message is as many bytes as one write of the other side. */
  if (!messages) messages = bytes / size;
  qsort(samples, sample_count, sizeof *samples, by_value);
  printf("{\"messages\":%llu,\"bytes\":%llu,\"seconds\":%.4f,\"latency\":%.2f}\n", messages, bytes,
         took, sample_count ? samples[sample_count / 2] : 0);
  return 0;
}
