/**
 * The IPv4-only client: sends numbered messages to the server, over TCP or UDP, and prints what comes
 * back.
 *
 *   npm start -- examples/ipv4-only/client.ts -p tcp -n localhost -e 5001 -l 3
 */

import {
  AF_INET,
  cast,
  closesocket,
  connect,
  gethostbyaddr,
  gethostbyname,
  type hostent,
  htons,
  INADDR_NONE,
  INVALID_SOCKET,
  in_addr,
  inet_addr,
  MAKEWORD,
  ptr,
  recv,
  ref,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOCKET_ERROR,
  send,
  sizeof,
  sockaddr_in,
  socket,
  ULONG,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt, integer, oneOf } from '../shared/options.ts';

const DEFAULT_PORT = 5001;
const USAGE = `usage: client -p PROTOCOL -n SERVER -e ENDPOINT -l ITERATIONS
  PROTOCOL    tcp or udp (default: tcp)
  SERVER      the name or IPv4 address of the server (default: localhost)
  ENDPOINT    the port the server uses (default: ${DEFAULT_PORT})
  ITERATIONS  how many messages to send (default: 1); -l alone goes on until Ctrl-C`;

/** The first address of a host: C's `*(struct in_addr *)hp->h_addr_list[0]`. */
function firstAddress(hp: hostent): in_addr {
  return cast(ptr(in_addr), hp.h_addr_list).value!;
}

function main(): number {
  const [options] = getopt(USAGE, 'p:n:e:l::');
  const server_name = options.n ?? 'localhost';
  const port = integer('-e', options.e, DEFAULT_PORT, 1, 65535);
  const maxloop = options.l === '' ? Infinity : integer('-l', options.l, 1);
  const socket_type = oneOf('-p', options.p, { tcp: SOCK_STREAM, udp: SOCK_DGRAM });
  const buffer = Buffer.alloc(128);

  const retval = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (retval !== 0) {
    console.error(`Client: WSAStartup() failed with error ${retval}`);
    return 1;
  }

  let conn_socket = INVALID_SOCKET;
  try {
    // A name is looked up by name; an address is looked up too, for its name.
    let hp: hostent | null;
    const addr = ref(ULONG, inet_addr(server_name));
    if (addr.value === INADDR_NONE) hp = gethostbyname(server_name);
    else hp = gethostbyaddr(addr, sizeof(addr), AF_INET);
    if (hp === null && addr.value === INADDR_NONE) {
      console.error(`Client: cannot resolve "${server_name}": error ${WSAGetLastError()}`);
      return 1;
    }

    const server = new sockaddr_in({
      sin_family: AF_INET,
      sin_port: htons(port),
      sin_addr: addr.value === INADDR_NONE ? firstAddress(hp!) : { s_addr: addr.value },
    });

    conn_socket = socket(AF_INET, socket_type, 0);
    if (conn_socket === INVALID_SOCKET) {
      console.error(`Client: error opening socket: ${WSAGetLastError()}`);
      return 1;
    }

    // Connecting a datagram socket only says where send sends to.
    console.log(`Client: connecting to ${hp?.h_name ?? server_name}`);
    if (connect(conn_socket, server, sizeof(server)) === SOCKET_ERROR) {
      console.error(`Client: connect() failed: ${WSAGetLastError()}`);
      return 1;
    }

    for (let loopcount = 0; loopcount < maxloop; loopcount++) {
      const message = `This is a test message from client #${loopcount}`;
      buffer.write(`${message}\0`);
      const sent = send(conn_socket, buffer, buffer.length, 0);
      if (sent === SOCKET_ERROR) {
        console.error(`Client: send() failed: error ${WSAGetLastError()}`);
        return 1;
      }
      console.log(`Client: sent data "${message}"`);

      const received = recv(conn_socket, buffer, buffer.length, 0);
      if (received === SOCKET_ERROR) {
        console.error(`Client: recv() failed: error ${WSAGetLastError()}`);
        return 1;
      }
      if (received === 0) {
        console.log('Client: server closed connection.');
        return 1;
      }
      const data = buffer.toString('latin1', 0, received).replace(/\0.*/s, '');
      console.log(`Client: received ${received} bytes, data "${data}" from server`);
    }
    if (options.l === undefined) console.log('Client: terminating connection.');
    return 0;
  } finally {
    if (conn_socket !== INVALID_SOCKET) closesocket(conn_socket);
    WSACleanup();
  }
}

process.exitCode = main();
