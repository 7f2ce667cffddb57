/*
 * A stand-in for Windows' sockets and completion ports inside of the process that uses them, which answers
 * at once: what is left to measure is what the program itself does for a message.
 *
 * Sockets and ports made through it are numbers of its own; every other handle goes to the system. The
 * clients are made up: each has one message of so many bytes under way, and its next one is there as soon
 * as it was answered.
 */
#ifndef OWN_H
#define OWN_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>

/* How a receive ends for which there is something. */
enum way {
  /* Within the call. */
  BY_CALL,
  /* By a packet. */
  BY_PACKET,
};

/* What comes. */
enum what { MESSAGES, DATAGRAMS, CONNECTIONS };

/* One round of load. */
struct load {
  enum what what;
  enum way way;
  /* In bytes. */
  DWORD size;
  /* Messages, datagrams or connections that may still come. */
  LONG left;
  /* Those that were answered. */
  LONG answered;
  /* How many the round has. */
  LONG wanted;
  /* Bytes sent back that make no whole message yet. */
  ULONGLONG bytes;
};

/* ports.c */
struct port;
struct ports;
/* sockets.c */
struct sockets;

/*
 * What one thread of the server has: its sockets and ports, and the load that is made for it. Threads share
 * nothing, or waiting for each other would be what is measured.
 */
struct lane {
  int index;
  /* Held while anything of it is looked at or changed. */
  SRWLOCK lock;
  struct load load;
  /* Set when all is answered. */
  HANDLE answered;
  struct sockets *sockets;
  struct ports *ports;
};

/* lanes.c */
#define LANES 16
void install_lanes(void);
/* The port number of the server that clients connect to. */
extern USHORT server_port;
/* That of this thread, which has it from its first socket or port on. */
struct lane *own_lane(void);
/* NULL where no thread has it. */
struct lane *lane_at(ULONG_PTR index);

/* ports.c */
/* Posts a packet; to be called with the lock of its lane held. */
void post(struct port *port, ULONG_PTR key, DWORD bytes, OVERLAPPED *overlapped);
void install_ports(void *(*replace)(const char *, const char *, void *));

/* sockets.c */
void install_sockets(void *(*replace)(const char *, const char *, void *));
/* The lane of a socket's number; NULL where it is none of ours. */
struct lane *lane_of_socket(HANDLE socket);
/* All with the lock of the lane held. */
/* Gives what is left of the load to the receives and accepts that wait. */
void feed(struct lane *lane);
/* Open connections of a server that wait for a message. */
int waiting_connections(struct lane *lane);
/* Accepts of the server, and datagram receives, that wait. */
int waiting_accepts(struct lane *lane);
int waiting_datagrams(struct lane *lane);
/* Lets a client connect, which stays. */
BOOL connect_client(struct lane *lane);
/* Puts a socket of ours on a port of the same lane; FALSE where it is none of ours. */
BOOL put_on_port(HANDLE socket, struct port *port, ULONG_PTR key);
/* FALSE where it is none of ours. */
BOOL skip_packets(HANDLE socket, BOOL skip);
BOOL cancel(HANDLE socket, OVERLAPPED *overlapped);

#endif
