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
  /* The port number of the server that clients connect to. */
  USHORT server;
};

extern struct load load;
/* Held while anything here is looked at or changed. */
extern SRWLOCK lock;
/* Set when all is answered. */
extern HANDLE answered;

/* ports.c */
BOOL is_port(HANDLE handle);
struct port *port_of(HANDLE handle);
/* Posts a packet; to be called with the lock held. */
void post(struct port *port, ULONG_PTR key, DWORD bytes, OVERLAPPED *overlapped);
void install_ports(void *(*replace)(const char *, const char *, void *));

/* sockets.c */
void install_sockets(void *(*replace)(const char *, const char *, void *));
/* All with the lock held. */
/* Gives what is left of the load to the receives and accepts that wait. */
void feed(void);
/* Open connections of a server that wait for a message. */
int waiting_connections(void);
/* Accepts of the server, and datagram receives, that wait. */
int waiting_accepts(void);
int waiting_datagrams(void);
/* Lets a client connect, which stays. */
BOOL connect_client(void);
/* Puts a socket of ours on a port; FALSE where it is none of ours. */
BOOL put_on_port(HANDLE socket, struct port *port, ULONG_PTR key);
BOOL skip_packets(HANDLE socket, BOOL skip);
BOOL cancel(HANDLE socket, OVERLAPPED *overlapped);
BOOL is_socket(SOCKET socket);

#endif
