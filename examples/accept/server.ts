/**
 * An echo server that accepts in one of two ways: on non-blocking sockets with select, or by
 * WSAAsyncSelect with the window messages that a window procedure handles.
 *
 *   npm start -- examples/accept/server.ts -t 2 -e 27015
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type addrinfo,
  bind,
  closesocket,
  FD_ACCEPT,
  FD_CLOSE,
  FD_ISSET,
  FD_READ,
  FD_SET,
  FD_WRITE,
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
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  SOMAXCONN,
  select,
  send,
  sizeof,
  ULONG,
  WSA_FLAG_OVERLAPPED,
  WSAAccept,
  WSAAsyncSelect,
  WSACleanup,
  WSADATA,
  WSAEWOULDBLOCK,
  WSAGETSELECTERROR,
  WSAGETSELECTEVENT,
  WSAGetLastError,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { MessageWindow, PostMessageW, WM_USER } from 'winsock/kernel';
import { getopt, type Options, oneOf } from '../shared/options.ts';
import { FormatAddress, ResolveAddress } from '../shared/resolve.ts';

const BUFFER_SIZE = 4096;
const WM_SOCKET = WM_USER + 1;
const DEFAULT_PORT = '7243';
const USAGE = `usage: server OPTIONS
  -a 0|4|6      address family: 0 for either (default: 0)
  -i INTERFACE  address to listen on (default: any)
  -e PORT       port (default: ${DEFAULT_PORT})
  -t 1|2        how to accept (default: 1)
                1: non-blocking sockets and select
                2: WSAAsyncSelect and a window procedure`;

/** What is known of a connection: the data that have yet to be sent, and whether the peer is done. */
interface SOCKET_INFO {
  readonly sock: SOCKET;
  readonly pending: Buffer[];
  closing: boolean;
}
const sockets = new Map<SOCKET, SOCKET_INFO>();

const ERR = (what: string) => console.log(`${what} failed. Error = ${WSAGetLastError()}`);

function CreateListenSockets(options: Options): SOCKET[] {
  const family = oneOf('-a', options.a, { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 });
  const port = options.e ?? DEFAULT_PORT;
  const res = ResolveAddress(options.i, port, family, SOCK_STREAM, IPPROTO_TCP);
  const listening: SOCKET[] = [];
  for (let ai: addrinfo | null = res; ai; ai = ai.ai_next) {
    const { ai_family, ai_socktype, ai_protocol, ai_addr, ai_addrlen } = ai;
    const sock = WSASocketW(ai_family, ai_socktype, ai_protocol, null, 0, WSA_FLAG_OVERLAPPED);
    if (sock === INVALID_SOCKET) {
      ERR('WSASocket');
    } else if (bind(sock, ai_addr, ai_addrlen) === SOCKET_ERROR) {
      ERR('bind');
    } else if (listen(sock, SOMAXCONN) === SOCKET_ERROR) {
      ERR('listen');
    } else {
      console.log(`Listening on ${FormatAddress(ai_addr, ai_addrlen)}`);
      listening.push(sock);
    }
  }
  freeaddrinfo(res);
  return listening;
}

/** Takes a connection; a non-blocking listening socket may have none after all. */
function HandleAccept(listening: SOCKET): SOCKET_INFO | undefined {
  const from = new SOCKADDR_STORAGE();
  const fromlen = ref(int, sizeof(from));
  const sock = WSAAccept(listening, from, fromlen, null, 0);
  if (sock === INVALID_SOCKET) {
    if (WSAGetLastError() !== WSAEWOULDBLOCK) ERR('WSAAccept');
    return undefined;
  }
  console.log(`Accepted a connection from ${FormatAddress(from, fromlen.value)}`);
  const info = { sock, pending: [], closing: false };
  sockets.set(sock, info);
  return info;
}

function HandleRead(info: SOCKET_INFO): void {
  const buffer = Buffer.alloc(BUFFER_SIZE);
  const received = recv(info.sock, buffer, buffer.length, 0);
  if (received > 0) {
    info.pending.push(buffer.subarray(0, received));
  } else if (received === 0) {
    info.closing = true;
  } else if (WSAGetLastError() !== WSAEWOULDBLOCK) {
    ERR('recv');
    info.pending.length = 0;
    info.closing = true;
  }
}

/** Sends what there is, as far as it goes; closes the connection where nothing is left to come or go. */
function HandleWrite(info: SOCKET_INFO): void {
  for (let part = info.pending[0]; part; part = info.pending[0]) {
    const sent = send(info.sock, part, part.length, 0);
    if (sent === SOCKET_ERROR) {
      if (WSAGetLastError() === WSAEWOULDBLOCK) return;
      ERR('send');
      info.pending.length = 0;
      info.closing = true;
      break;
    }
    if (sent === part.length) info.pending.shift();
    else info.pending[0] = part.subarray(sent);
  }
  if (!info.closing) return;
  sockets.delete(info.sock);
  closesocket(info.sock);
  console.log('Closed a connection');
}

function SetNonBlocking(sock: SOCKET): void {
  if (ioctlsocket(sock, FIONBIO, ref(ULONG, 1)) === SOCKET_ERROR) ERR('ioctlsocket(FIONBIO)');
}

/** One loop around select. */
function NonBlockingAcceptMain(listening: SOCKET[]): number {
  for (const sock of listening) SetNonBlocking(sock);
  while (true) {
    const readfds = new fd_set();
    const writefds = new fd_set();
    FD_ZERO(readfds);
    FD_ZERO(writefds);
    for (const sock of listening) FD_SET(sock, readfds);
    for (const { sock, pending, closing } of sockets.values()) {
      if (!closing) FD_SET(sock, readfds);
      if (pending.length > 0) FD_SET(sock, writefds);
    }
    if (select(0, readfds, writefds, null, null) === SOCKET_ERROR) {
      ERR('select');
      return 1;
    }
    for (const info of [...sockets.values()]) {
      if (FD_ISSET(info.sock, readfds)) HandleRead(info);
      if (info.closing || info.pending.length > 0) HandleWrite(info);
    }
    for (const sock of listening) {
      if (!FD_ISSET(sock, readfds)) continue;
      const info = HandleAccept(sock);
      if (info) SetNonBlocking(info.sock);
    }
  }
}

/** The window procedure: wParam is the socket, lParam the event and the error. */
function WindowProc(window: MessageWindow, wParam: number, lParam: number): void {
  const error = WSAGETSELECTERROR(lParam);
  const info = sockets.get(wParam);
  if (error !== 0) console.log(`Socket ${wParam}: error ${error}`);
  switch (WSAGETSELECTEVENT(lParam)) {
    case FD_ACCEPT: {
      // An accepted socket begins with the events of the listening one.
      const accepted = HandleAccept(wParam);
      if (!accepted) break;
      const events = FD_READ | FD_WRITE | FD_CLOSE;
      if (WSAAsyncSelect(accepted.sock, window.handle, WM_SOCKET, events) === SOCKET_ERROR) {
        ERR('WSAAsyncSelect');
      }
      break;
    }
    case FD_READ:
      if (info) HandleRead(info);
      if (info) HandleWrite(info);
      break;
    case FD_WRITE:
      if (info) HandleWrite(info);
      break;
    case FD_CLOSE:
      if (!info) break;
      // There may be data still: they are read first, and the message comes again.
      HandleRead(info);
      if (!info.closing) PostMessageW(window.handle, WM_SOCKET, wParam, lParam);
      HandleWrite(info);
  }
}

/** A window whose messages say what happens to the sockets. */
function AsyncSelectAcceptMain(listening: SOCKET[]): number {
  const window: MessageWindow = new MessageWindow((message, wParam, lParam) => {
    if (message !== WM_SOCKET) return undefined;
    WindowProc(window, wParam, lParam);
    return 0;
  });
  for (const sock of listening) {
    if (WSAAsyncSelect(sock, window.handle, WM_SOCKET, FD_ACCEPT) === SOCKET_ERROR) {
      ERR('WSAAsyncSelect');
      return 1;
    }
  }
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, 'a:i:e:t:');
  const mains = { 1: NonBlockingAcceptMain, 2: AsyncSelectAcceptMain };
  const AcceptMain = oneOf('-t', options.t, mains);
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) {
    ERR('WSAStartup');
    return 1;
  }
  const listening = CreateListenSockets(options);
  if (listening.length === 0) {
    WSACleanup();
    return 1;
  }
  return AcceptMain(listening);
}

process.exitCode = main();
