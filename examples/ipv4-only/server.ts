/**
 * The IPv4-only server: receives messages over TCP or UDP, one client after the other, and sends them
 * back.
 *
 *   npm start -- examples/ipv4-only/server.ts -p tcp -e 5001
 */

import {
  AF_INET,
  accept,
  bind,
  closesocket,
  htons,
  INADDR_ANY,
  INVALID_SOCKET,
  inet_addr,
  inet_ntoa,
  int,
  listen,
  MAKEWORD,
  ntohs,
  recv,
  recvfrom,
  ref,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOCKET_ERROR,
  send,
  sendto,
  sizeof,
  sockaddr_in,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt, integer, oneOf } from '../shared/options.ts';

const DEFAULT_PORT = 5001;
const USAGE = `usage: server -p PROTOCOL -e ENDPOINT -i INTERFACE
  PROTOCOL   tcp or udp (default: tcp)
  ENDPOINT   the port to use (default: ${DEFAULT_PORT})
  INTERFACE  the IPv4 address of the interface to use (default: all)`;

function main(): number {
  const [options] = getopt(USAGE, 'p:e:i:');
  const port = integer('-e', options.e, DEFAULT_PORT, 1, 65535);
  const socket_type = oneOf('-p', options.p, { tcp: SOCK_STREAM, udp: SOCK_DGRAM });
  const buffer = Buffer.alloc(128);
  const from = new sockaddr_in();
  const fromlen = ref(int);

  const started = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (started !== 0) {
    console.error(`Server: WSAStartup() failed with error ${started}`);
    return 1;
  }

  try {
    const local = new sockaddr_in({
      sin_family: AF_INET,
      sin_port: htons(port),
      sin_addr: { s_addr: options.i === undefined ? INADDR_ANY : inet_addr(options.i) },
    });

    const listen_socket = socket(AF_INET, socket_type, 0);
    if (listen_socket === INVALID_SOCKET) {
      console.error(`Server: socket() failed with error ${WSAGetLastError()}`);
      return 1;
    }
    if (bind(listen_socket, local, sizeof(local)) === SOCKET_ERROR) {
      console.error(`Server: bind() failed with error ${WSAGetLastError()}`);
      return 1;
    }
    // Only a stream socket listens and accepts.
    if (socket_type !== SOCK_DGRAM && listen(listen_socket, 5) === SOCKET_ERROR) {
      console.error(`Server: listen() failed with error ${WSAGetLastError()}`);
      return 1;
    }
    console.log(`Server: listening on port ${port}, protocol ${options.p ?? 'tcp'}`);

    while (true) {
      fromlen.value = sizeof(from);
      let msgsock = listen_socket;
      if (socket_type !== SOCK_DGRAM) {
        msgsock = accept(listen_socket, from, fromlen);
        if (msgsock === INVALID_SOCKET) {
          console.error(`Server: accept() error ${WSAGetLastError()}`);
          return 1;
        }
        const { sin_addr, sin_port } = from;
        console.log(
          `Server: accepted connection from ${inet_ntoa(sin_addr)}, port ${ntohs(sin_port)}`,
        );
      }

      // Each connection is good for one message, as is each datagram.
      let retval: number;
      if (socket_type !== SOCK_DGRAM) {
        retval = recv(msgsock, buffer, buffer.length, 0);
      } else {
        retval = recvfrom(msgsock, buffer, buffer.length, 0, from, fromlen);
        console.log(`Server: received datagram from ${inet_ntoa(from.sin_addr)}`);
      }
      if (retval === SOCKET_ERROR) {
        console.error(`Server: recv() failed: error ${WSAGetLastError()}`);
        if (msgsock !== listen_socket) closesocket(msgsock);
        continue;
      }
      if (retval === 0 && socket_type !== SOCK_DGRAM) {
        console.log('Server: client closed connection.');
        closesocket(msgsock);
        continue;
      }
      const data = buffer.toString('latin1', 0, retval).replace(/\0.*/s, '');
      console.log(`Server: received ${retval} bytes, data "${data}" from client`);

      console.log('Server: echoing the same data back to client...');
      if (socket_type !== SOCK_DGRAM) retval = send(msgsock, buffer, retval, 0);
      else retval = sendto(msgsock, buffer, retval, 0, from, fromlen.value);
      if (retval === SOCKET_ERROR) {
        console.error(`Server: send() failed: error ${WSAGetLastError()}`);
      }
      if (socket_type !== SOCK_DGRAM) {
        console.log('Server: terminating connection.');
        closesocket(msgsock);
      } else {
        console.log('Server: UDP server looping back for more requests.');
      }
    }
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
