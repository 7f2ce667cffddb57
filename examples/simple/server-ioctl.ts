/**
 * The simple server on non-blocking sockets: ioctlsocket(FIONBIO), and one select for reading and
 * writing. It serves one client at a time.
 *
 *   npm start -- examples/simple/server-ioctl.ts -e 5150
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
  FIONBIO,
  fd_set,
  freeaddrinfo,
  INVALID_SOCKET,
  IPPROTO_TCP,
  int,
  ioctlsocket,
  listen,
  MAKEWORD,
  recv,
  ref,
  SD_SEND,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  select,
  send,
  shutdown,
  sizeof,
  socket,
  ULONG,
  WSACleanup,
  WSADATA,
  WSAEWOULDBLOCK,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt } from '../shared/options.ts';
import { NameInfo, ResolveAddress } from '../shared/resolve.ts';

const DEFAULT_BUFFER_LEN = 4096;
const DEFAULT_PORT = '5001';
const USAGE = `usage: server-ioctl -e ENDPOINT -i INTERFACE [-4] [-6]
  ENDPOINT   port to listen on (default: ${DEFAULT_PORT})
  INTERFACE  address to bind to (default: all)
  -4, -6     only IPv4, only IPv6`;

/** Closes a socket; one that has not failed is shut down before. */
function FreeSocket(s: SOCKET, rc: number): void {
  if (rc !== SOCKET_ERROR && shutdown(s, SD_SEND) === SOCKET_ERROR) {
    console.error(`FreeSocket: shutdown failed: ${WSAGetLastError()}`);
  }
  if (closesocket(s) === SOCKET_ERROR) {
    console.error(`FreeSocket: closesocket failed: ${WSAGetLastError()}`);
  }
}

function main(): number {
  const [options] = getopt(USAGE, 'e:i:46');
  const family =
    options[4] !== undefined ? AF_INET : options[6] !== undefined ? AF_INET6 : AF_UNSPEC;

  let retval = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (retval !== 0) {
    console.error(`WSAStartup failed with error ${retval}`);
    return 1;
  }

  const optval = ref(ULONG, 1);
  const server_sockets: SOCKET[] = [];
  let client_socket = INVALID_SOCKET;
  try {
    const port = options.e ?? DEFAULT_PORT;
    const results = ResolveAddress(options.i, port, family, SOCK_STREAM, IPPROTO_TCP);
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
      if (listen(s, 7) === SOCKET_ERROR) {
        console.error(`listen failed: ${WSAGetLastError()}`);
        return 1;
      }
      if (ioctlsocket(s, FIONBIO, optval) === SOCKET_ERROR) {
        console.error(`ioctlsocket failed: ${WSAGetLastError()}`);
        return 1;
      }
      const [host, serv] = NameInfo(addrptr.ai_addr, addrptr.ai_addrlen);
      console.log(`Server socket 0x${s.toString(16)} listening on ${host} and port ${serv}`);
    }
    freeaddrinfo(results);

    // The sets that select is given: what it leaves in them is asked for again by the next call,
    // until the client has come to its next step.
    const readfds = new fd_set();
    const writefds = new fd_set();
    const waitFor = (reading: readonly SOCKET[], writing: readonly SOCKET[] = []) => {
      FD_ZERO(readfds);
      FD_ZERO(writefds);
      for (const s of reading) FD_SET(s, readfds);
      for (const s of writing) FD_SET(s, writefds);
    };
    const freeClient = () => {
      FreeSocket(client_socket, retval);
      client_socket = INVALID_SOCKET;
      waitFor(server_sockets);
    };

    const buffer = Buffer.alloc(DEFAULT_BUFFER_LEN);
    let pbuffer = buffer;
    waitFor(server_sockets);
    while (true) {
      if (select(0, readfds, writefds, null, null) === SOCKET_ERROR) {
        console.error(`select failed ${WSAGetLastError()}`);
        return 1;
      }

      if (client_socket !== INVALID_SOCKET && FD_ISSET(client_socket, readfds)) {
        retval = recv(client_socket, buffer, buffer.length, 0);
        if (retval > 0) {
          console.log(`read ${retval} bytes`);
          pbuffer = buffer.subarray(0, retval);
          waitFor([], [client_socket]);
        } else if (retval === 0 || WSAGetLastError() !== WSAEWOULDBLOCK) {
          freeClient();
        }
      } else if (client_socket !== INVALID_SOCKET && FD_ISSET(client_socket, writefds)) {
        retval = send(client_socket, pbuffer, pbuffer.length, 0);
        if (retval === SOCKET_ERROR) {
          const err = WSAGetLastError();
          if (err === WSAEWOULDBLOCK) continue;
          console.error(`send failed: ${err}`);
          freeClient();
        } else {
          console.log(`sent ${retval} bytes`);
          // What the socket has not taken is sent when it is writable again.
          pbuffer = pbuffer.subarray(retval);
          if (pbuffer.length === 0) waitFor([client_socket]);
        }
      } else {
        const server = server_sockets.find((s) => FD_ISSET(s, readfds));
        if (server === undefined) continue;
        const client = new SOCKADDR_STORAGE();
        const clientlen = ref(int, sizeof(client));
        client_socket = accept(server, client, clientlen);
        if (client_socket === INVALID_SOCKET) {
          console.error(`accept failed: ${WSAGetLastError()}`);
          return 1;
        }
        const [hoststr, servstr] = NameInfo(client, clientlen.value);
        console.log(`Accepted client connection from ${hoststr} and port ${servstr}`);
        // One client at a time: the next is accepted when this one has gone.
        waitFor([client_socket]);
      }
    }
  } finally {
    if (client_socket !== INVALID_SOCKET) FreeSocket(client_socket, 0);
    for (const s of server_sockets) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
