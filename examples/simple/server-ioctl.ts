/**
 * The simple server on non-blocking sockets: ioctlsocket(FIONBIO), select for reading and writing,
 * and a queue of buffers for each connection, so that no client makes the others wait.
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
  timeval,
  ULONG,
  WSACleanup,
  WSADATA,
  WSAEWOULDBLOCK,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt } from '../shared/options.ts';
import { NameInfo, ResolveAddress } from '../shared/resolve.ts';

const BUFFER_SIZE = 4096;
const DEFAULT_PORT = '5001';
const USAGE = `usage: server-ioctl -e ENDPOINT -i INTERFACE [-4] [-6]
  ENDPOINT   port to listen on (default: ${DEFAULT_PORT})
  INTERFACE  address to bind to (default: all)
  -4, -6     only IPv4, only IPv6`;

/** A connection and what it has yet to be sent. */
interface SOCKET_OBJ {
  readonly s: SOCKET;
  readonly pending: Buffer[];
  closing: boolean;
}

/** Makes a socket return WSAEWOULDBLOCK rather than wait. */
function SetNonBlocking(s: SOCKET): boolean {
  const nonblocking = ref(ULONG, 1);
  if (ioctlsocket(s, FIONBIO, nonblocking) !== SOCKET_ERROR) return true;
  console.error(`ioctlsocket failed: ${WSAGetLastError()}`);
  return false;
}

/** Reads all there is into the queue. */
function ReceivePendingData(sock: SOCKET_OBJ): void {
  while (true) {
    const buffer = Buffer.alloc(BUFFER_SIZE);
    const bytesread = recv(sock.s, buffer, buffer.length, 0);
    if (bytesread === SOCKET_ERROR) {
      const err = WSAGetLastError();
      if (err !== WSAEWOULDBLOCK) {
        console.error(`recv failed: ${err}`);
        sock.pending.length = 0;
        sock.closing = true;
      }
      return;
    }
    if (bytesread === 0) {
      sock.closing = true;
      return;
    }
    console.log(`read ${bytesread} bytes`);
    sock.pending.push(buffer.subarray(0, bytesread));
  }
}

/** Sends from the queue until it is empty or the socket takes no more. */
function SendPendingData(sock: SOCKET_OBJ): void {
  for (let buffer = sock.pending[0]; buffer; buffer = sock.pending[0]) {
    const sent = send(sock.s, buffer, buffer.length, 0);
    if (sent === SOCKET_ERROR) {
      const err = WSAGetLastError();
      if (err === WSAEWOULDBLOCK) return;
      console.error(`send failed: ${err}`);
      sock.pending.length = 0;
      sock.closing = true;
      return;
    }
    console.log(`sent ${sent} bytes`);
    if (sent === buffer.length) sock.pending.shift();
    else sock.pending[0] = buffer.subarray(sent);
  }
}

function AcceptClients(server: SOCKET, clients: SOCKET_OBJ[]): void {
  while (true) {
    const from = new SOCKADDR_STORAGE();
    const fromlen = ref(int, sizeof(from));
    const s = accept(server, from, fromlen);
    if (s === INVALID_SOCKET) {
      const err = WSAGetLastError();
      if (err !== WSAEWOULDBLOCK) console.error(`accept failed: ${err}`);
      return;
    }
    const [host, serv] = NameInfo(from, fromlen.value);
    console.log(`Accepted client connection from ${host} and port ${serv}`);
    if (SetNonBlocking(s)) clients.push({ s, pending: [], closing: false });
  }
}

function FreeSocket({ s }: SOCKET_OBJ): void {
  if (shutdown(s, SD_SEND) === SOCKET_ERROR) {
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

  const retval = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (retval !== 0) {
    console.error(`WSAStartup failed with error ${retval}`);
    return 1;
  }

  try {
    const port = options.e ?? DEFAULT_PORT;
    const results = ResolveAddress(options.i, port, family, SOCK_STREAM, IPPROTO_TCP);
    if (results === null) {
      console.error(`Unable to resolve interface ${options.i}`);
      return 1;
    }

    const servers: SOCKET[] = [];
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
      if (listen(s, 7) === SOCKET_ERROR) {
        console.error(`listen failed: ${WSAGetLastError()}`);
        return 1;
      }
      if (!SetNonBlocking(s)) return 1;
      const [host, serv] = NameInfo(addrptr.ai_addr, addrptr.ai_addrlen);
      console.log(`Server socket 0x${s.toString(16)} listening on ${host} and port ${serv}`);
      servers.push(s);
    }
    freeaddrinfo(results);

    let clients: SOCKET_OBJ[] = [];
    while (true) {
      const fdread = new fd_set();
      const fdwrite = new fd_set();
      const fdexcept = new fd_set();
      for (const set of [fdread, fdwrite, fdexcept]) FD_ZERO(set);
      for (const s of servers) FD_SET(s, fdread);
      for (const sock of clients) {
        if (!sock.closing) FD_SET(sock.s, fdread);
        if (sock.pending.length > 0) FD_SET(sock.s, fdwrite);
        FD_SET(sock.s, fdexcept);
      }

      const timeout = new timeval({ tv_sec: 5 });
      const ready = select(0, fdread, fdwrite, fdexcept, timeout);
      if (ready === SOCKET_ERROR) {
        console.error(`select failed ${WSAGetLastError()}`);
        return 1;
      }
      if (ready === 0) continue;

      for (const sock of clients) {
        if (FD_ISSET(sock.s, fdexcept)) console.log(`socket 0x${sock.s.toString(16)}: out of band`);
        if (FD_ISSET(sock.s, fdread)) ReceivePendingData(sock);
        if (sock.pending.length > 0) SendPendingData(sock);
      }
      for (const sock of clients.filter((c) => c.closing && c.pending.length === 0))
        FreeSocket(sock);
      clients = clients.filter((c) => !c.closing || c.pending.length > 0);
      for (const s of servers) if (FD_ISSET(s, fdread)) AcceptClients(s, clients);
    }
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
