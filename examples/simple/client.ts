/**
 * The simple client: connects over TCP or UDP, sends numbered messages and reads the answers.
 *
 *   npm start -- examples/simple/client.ts -p tcp -n localhost -e 5150 -l 3
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type addrinfo,
  closesocket,
  connect,
  freeaddrinfo,
  INVALID_SOCKET,
  IPPROTO_TCP,
  IPPROTO_UDP,
  MAKEWORD,
  recv,
  SD_SEND,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOCKET_ERROR,
  send,
  shutdown,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt, integer, oneOf } from '../shared/options.ts';
import { NameInfo, ResolveAddress } from '../shared/resolve.ts';

const BUFFER_LEN = 128;
const DEFAULT_PORT = '5001';
const USAGE = `usage: client -p PROTOCOL -n SERVER -e ENDPOINT -l ITERATIONS [-4] [-6]
  PROTOCOL    tcp or udp (default: tcp)
  SERVER      name or address of the server (default: localhost)
  ENDPOINT    port of the server (default: ${DEFAULT_PORT})
  ITERATIONS  how many messages to send (default: 1); -l alone goes on until Ctrl-C
  -4, -6      only IPv4, only IPv6`;

function main(): number {
  const [options] = getopt(USAGE, 'p:n:e:l::46');
  const family =
    options[4] !== undefined ? AF_INET : options[6] !== undefined ? AF_INET6 : AF_UNSPEC;
  const socktype = oneOf('-p', options.p, { tcp: SOCK_STREAM, udp: SOCK_DGRAM });
  const protocol = socktype === SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;
  const iterations = options.l === '' ? Infinity : integer('-l', options.l, 1);
  const buffer = Buffer.alloc(BUFFER_LEN);

  let retval = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (retval !== 0) {
    console.error(`WSAStartup failed with error ${retval}`);
    return 1;
  }

  let conn_socket = INVALID_SOCKET;
  try {
    const server_name = options.n ?? 'localhost';
    const port = options.e ?? DEFAULT_PORT;
    const results = ResolveAddress(server_name, port, family, socktype, protocol);
    if (results === null) {
      console.error(`Server (${server_name}) name could not be resolved!`);
      return 1;
    }

    for (let addrptr: addrinfo | null = results; addrptr; addrptr = addrptr.ai_next) {
      conn_socket = socket(addrptr.ai_family, addrptr.ai_socktype, addrptr.ai_protocol);
      if (conn_socket === INVALID_SOCKET) {
        console.error(`socket failed: ${WSAGetLastError()}`);
        return 1;
      }
      const [hoststr, servstr] = NameInfo(addrptr.ai_addr, addrptr.ai_addrlen);
      console.log(`Client attempting connection to: ${hoststr} port: ${servstr}`);
      if (connect(conn_socket, addrptr.ai_addr, addrptr.ai_addrlen) !== SOCKET_ERROR) break;
      closesocket(conn_socket);
      conn_socket = INVALID_SOCKET;
    }
    freeaddrinfo(results);

    if (conn_socket === INVALID_SOCKET) {
      console.log('Unable to establish connection...');
      return 1;
    }
    console.log('Connection established...');

    for (let i = 0; i < iterations; i++) {
      const length = buffer.write(`A message from the client, number ${i}`);
      retval = send(conn_socket, buffer, length, 0);
      if (retval === SOCKET_ERROR) {
        console.error(`send failed: error ${WSAGetLastError()}`);
        return 1;
      }
      console.log(`wrote ${retval} bytes`);

      retval = recv(conn_socket, buffer, BUFFER_LEN, 0);
      if (retval === SOCKET_ERROR) {
        console.error(`recv failed: error ${WSAGetLastError()}`);
        return 1;
      }
      if (retval === 0) {
        console.log('Server closed connection');
        break;
      }
      const data = buffer.toString('latin1', 0, retval);
      console.log(`read ${retval} bytes, data [${data}] from server`);
    }

    // An empty datagram tells a UDP server nothing, so only a stream says that it is done.
    if (socktype === SOCK_STREAM && shutdown(conn_socket, SD_SEND) === SOCKET_ERROR) {
      console.error(`shutdown failed: ${WSAGetLastError()}`);
    }
    return 0;
  } finally {
    if (conn_socket !== INVALID_SOCKET) closesocket(conn_socket);
    WSACleanup();
  }
}

process.exitCode = main();
