/**
 * The simple server in one thread: listens on every address that getaddrinfo gives, over TCP or UDP, and sends back
 * what it receives. All sockets are waited for in one select.
 *
 *   npm start -- examples/simple/server-select.ts -p tcp -e 5150
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  accept,
  type addrinfo,
  bind,
  closesocket,
  FD_ISSET,
  FD_SET,
  FD_ZERO,
  fd_set,
  freeaddrinfo,
  INVALID_SOCKET,
  IPPROTO_TCP,
  IPPROTO_UDP,
  int,
  listen,
  MAKEWORD,
  recv,
  recvfrom,
  ref,
  SD_SEND,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  select,
  send,
  sendto,
  shutdown,
  sizeof,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt, oneOf } from '../shared/options.ts';
import { NameInfo, ResolveAddress } from '../shared/resolve.ts';

const BUFFER_SIZE = 4096;
const DEFAULT_PORT = '5001';
const USAGE = `usage: server-select -p PROTOCOL -e ENDPOINT -i INTERFACE [-4] [-6]
  PROTOCOL   tcp or udp (default: tcp)
  ENDPOINT   port to listen on (default: ${DEFAULT_PORT})
  INTERFACE  address to bind to (default: all)
  -4, -6     only IPv4, only IPv6`;

const buffer = Buffer.alloc(BUFFER_SIZE);
const from = new SOCKADDR_STORAGE();
const fromlen = ref(int);

/** Accepts a connection, which is then waited for like the others. */
function HandleAccept(server: SOCKET): SOCKET {
  fromlen.value = sizeof(from);
  const s = accept(server, from, fromlen);
  if (s === INVALID_SOCKET) {
    console.error(`accept failed: ${WSAGetLastError()}`);
    return s;
  }
  const [hoststr, servstr] = NameInfo(from, fromlen.value);
  console.log(`Accepted connection from host ${hoststr} and port ${servstr}`);
  return s;
}

/** Echoes what a connection has; false when there will be no more of it. */
function HandleStream(s: SOCKET): boolean {
  let bytecount = recv(s, buffer, buffer.length, 0);
  if (bytecount === SOCKET_ERROR) {
    console.error(`recv failed: ${WSAGetLastError()}`);
    return false;
  }
  if (bytecount === 0) {
    if (shutdown(s, SD_SEND) === SOCKET_ERROR) {
      console.error(`shutdown failed: ${WSAGetLastError()}`);
    }
    return false;
  }
  console.log(`read ${bytecount} bytes`);
  bytecount = send(s, buffer, bytecount, 0);
  if (bytecount === SOCKET_ERROR) {
    console.error(`send failed: ${WSAGetLastError()}`);
    return false;
  }
  console.log(`wrote ${bytecount} bytes`);
  return true;
}

function HandleDatagram(s: SOCKET): void {
  fromlen.value = sizeof(from);
  let bytecount = recvfrom(s, buffer, buffer.length, 0, from, fromlen);
  if (bytecount === SOCKET_ERROR) {
    console.error(`recvfrom failed; ${WSAGetLastError()}`);
    return;
  }
  const [hoststr, servstr] = NameInfo(from, fromlen.value);
  console.log(`read ${bytecount} bytes from host ${hoststr} and port ${servstr}`);
  bytecount = sendto(s, buffer, bytecount, 0, from, fromlen.value);
  if (bytecount === SOCKET_ERROR) console.error(`sendto failed: ${WSAGetLastError()}`);
  else console.log(`sent ${bytecount} bytes to host ${hoststr} and port ${servstr}`);
}

function main(): number {
  const [options] = getopt(USAGE, 'p:e:i:46');
  const family =
    options[4] !== undefined ? AF_INET : options[6] !== undefined ? AF_INET6 : AF_UNSPEC;
  const socktype = oneOf('-p', options.p, { tcp: SOCK_STREAM, udp: SOCK_DGRAM });
  const protocol = socktype === SOCK_DGRAM ? IPPROTO_UDP : IPPROTO_TCP;

  const retval = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (retval !== 0) {
    console.error(`WSAStartup failed with error ${retval}`);
    return 1;
  }

  try {
    const port = options.e ?? DEFAULT_PORT;
    const results = ResolveAddress(options.i, port, family, socktype, protocol);
    if (results === null) {
      console.error(`Unable to resolve interface ${options.i}`);
      return 1;
    }

    const serversocks: SOCKET[] = [];
    for (let addrptr: addrinfo | null = results; addrptr; addrptr = addrptr.ai_next) {
      const s = socket(addrptr.ai_family, addrptr.ai_socktype, addrptr.ai_protocol);
      if (s === INVALID_SOCKET) {
        console.error(`socket failed: ${WSAGetLastError()}`);
        return 1;
      }
      if (bind(s, addrptr.ai_addr, addrptr.ai_addrlen) === SOCKET_ERROR) {
        console.error(`bind failed: ${WSAGetLastError()}`);
        return 1;
      }
      if (socktype === SOCK_STREAM && listen(s, 7) === SOCKET_ERROR) {
        console.error(`listen failed: ${WSAGetLastError()}`);
        return 1;
      }
      const [hoststr, servstr] = NameInfo(addrptr.ai_addr, addrptr.ai_addrlen);
      console.log(`socket 0x${s.toString(16)} bound to address ${hoststr} and port ${servstr}`);
      serversocks.push(s);
    }
    freeaddrinfo(results);

    let clientsocks: SOCKET[] = [];
    while (true) {
      const readfds = new fd_set();
      FD_ZERO(readfds);
      for (const s of [...serversocks, ...clientsocks]) FD_SET(s, readfds);
      if (select(0, readfds, null, null, null) === SOCKET_ERROR) {
        console.error(`select failed: ${WSAGetLastError()}`);
        return 1;
      }
      clientsocks = clientsocks.filter((s) => {
        if (!FD_ISSET(s, readfds) || HandleStream(s)) return true;
        closesocket(s);
        return false;
      });
      for (const server of serversocks.filter((s) => FD_ISSET(s, readfds))) {
        if (socktype === SOCK_DGRAM) {
          HandleDatagram(server);
        } else {
          const s = HandleAccept(server);
          if (s !== INVALID_SOCKET) clientsocks.push(s);
        }
      }
    }
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
