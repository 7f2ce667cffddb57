/**
 * The simple server: listens on every address that getaddrinfo gives, over TCP or UDP, with a thread
 * for each, and sends back what it receives. Each thread serves one client at a time.
 *
 *   npm start -- examples/simple/server.ts -p tcp -e 5001
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  accept,
  type addrinfo,
  bind,
  closesocket,
  freeaddrinfo,
  getsockopt,
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
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  send,
  sendto,
  shutdown,
  sizeof,
  socket,
  WSACleanup,
  WSADATA,
  WSAECONNRESET,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt, oneOf } from '../shared/options.ts';
import { NameInfo, ResolveAddress } from '../shared/resolve.ts';
import { CreateThread, printf, start, type Thread, WaitForThreads } from '../shared/threads.ts';

const BUFFER_SIZE = 4096;
const DEFAULT_PORT = '5001';
const USAGE = `usage: server -p PROTOCOL -e ENDPOINT -i INTERFACE [-4] [-6]
  PROTOCOL   tcp or udp (default: tcp)
  ENDPOINT   port to listen on (default: ${DEFAULT_PORT})
  INTERFACE  address to bind to (default: all)
  -4, -6     only IPv4, only IPv6`;

async function main(): Promise<number> {
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

  const server_sockets: SOCKET[] = [];
  try {
    const port = options.e ?? DEFAULT_PORT;
    const results = ResolveAddress(options.i, port, family, socktype, protocol);
    if (results === null) {
      console.error(`Unable to resolve interface ${options.i}`);
      return 1;
    }

    for (let addrptr: addrinfo | null = results; addrptr; addrptr = addrptr.ai_next) {
      const s = socket(addrptr.ai_family, addrptr.ai_socktype, addrptr.ai_protocol);
      if (s === INVALID_SOCKET) {
        console.error(`socket failed: ${WSAGetLastError()}`);
        return 1;
      }
      server_sockets.push(s);
      if (bind(s, addrptr.ai_addr, addrptr.ai_addrlen) === SOCKET_ERROR) {
        console.error(`bind failed: ${WSAGetLastError()}`);
        return 1;
      }
      if (socktype === SOCK_STREAM && listen(s, 7) === SOCKET_ERROR) {
        console.error(`listen failed: ${WSAGetLastError()}`);
        return 1;
      }
      const [hoststr, servstr] = NameInfo(addrptr.ai_addr, addrptr.ai_addrlen);
      printf('socket 0x%s bound to address %s and port %s\n', s.toString(16), hoststr, servstr);
    }
    freeaddrinfo(results);

    const server_threads: Thread[] = [];
    for (const s of server_sockets) {
      server_threads.push(await CreateThread(import.meta.url, s));
    }
    await WaitForThreads(server_threads);
    return 0;
  } finally {
    for (const s of server_sockets) closesocket(s);
    WSACleanup();
  }
}

/** Serves a socket: a listening one, or one for datagrams. */
function ServerThread(s: SOCKET): void {
  const buffer = Buffer.alloc(BUFFER_SIZE);
  const from = new SOCKADDR_STORAGE();
  const fromlen = ref(int);
  let sc = INVALID_SOCKET;

  const socket_type = ref(int);
  if (getsockopt(s, SOL_SOCKET, SO_TYPE, socket_type, ref(int, sizeof(int))) === SOCKET_ERROR) {
    printf('getsockopt(SO_TYPE) failed: %d\n', WSAGetLastError());
    return;
  }

  while (true) {
    fromlen.value = sizeof(from);
    if (socket_type.value === SOCK_DGRAM) {
      let bytecount = recvfrom(s, buffer, BUFFER_SIZE, 0, from, fromlen);
      if (bytecount === SOCKET_ERROR) {
        // An earlier answer found nobody at its port: that is no matter of the next datagram.
        if (WSAGetLastError() === WSAECONNRESET) continue;
        printf('recvfrom failed; %d\n', WSAGetLastError());
        return;
      }
      const [hoststr, servstr] = NameInfo(from, fromlen.value);
      printf('read %d bytes from host %s and port %s\n', bytecount, hoststr, servstr);
      bytecount = sendto(s, buffer, bytecount, 0, from, fromlen.value);
      if (bytecount === SOCKET_ERROR) {
        printf('sendto failed: %d\n', WSAGetLastError());
        return;
      }
      printf('sent %d bytes to host %s and port %s\n', bytecount, hoststr, servstr);
    } else if (sc === INVALID_SOCKET) {
      sc = accept(s, from, fromlen);
      if (sc === INVALID_SOCKET) {
        printf('accept failed: %d\n', WSAGetLastError());
        return;
      }
      const [hoststr, servstr] = NameInfo(from, fromlen.value);
      printf('Accepted connection from host %s and port %s\n', hoststr, servstr);
    } else if (!Echo(sc)) {
      closesocket(sc);
      sc = INVALID_SOCKET;
    }
  }

  /** Sends back what a connection has; false when there will be no more of it. */
  function Echo(sc: SOCKET): boolean {
    let bytecount = recv(sc, buffer, BUFFER_SIZE, 0);
    if (bytecount === SOCKET_ERROR) {
      printf('recv failed: %d\n', WSAGetLastError());
      return false;
    }
    if (bytecount === 0) {
      if (shutdown(sc, SD_SEND) === SOCKET_ERROR) {
        printf('shutdown failed: %d\n', WSAGetLastError());
      }
      return false;
    }
    printf('read %d bytes\n', bytecount);
    bytecount = send(sc, buffer, bytecount, 0);
    if (bytecount === SOCKET_ERROR) {
      printf('send failed: %d\n', WSAGetLastError());
      return false;
    }
    printf('wrote %d bytes\n', bytecount);
    return true;
  }
}

await start(main, ServerThread);
