/**
 * WSAPoll: a listener and a client in a thread of its own, both on non-blocking sockets of IPv6, wait
 * until they can accept, send and receive, and exchange a message.
 *
 *   npm start -- examples/wsapoll.ts
 */

import {
  AF_INET6,
  accept,
  arrayOf,
  bind,
  closesocket,
  connect,
  FIONBIO,
  type HANDLE,
  htons,
  INETADDR_SETANY,
  INETADDR_SETLOOPBACK,
  INVALID_SOCKET,
  ioctlsocket,
  listen,
  MAKEWORD,
  POLLRDNORM,
  POLLWRNORM,
  recv,
  ref,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  send,
  sizeof,
  sockaddr_in6,
  socket,
  ULONG,
  WSACleanup,
  WSADATA,
  WSAEWOULDBLOCK,
  WSAGetLastError,
  WSAPOLLFD,
  WSAPoll,
  WSAStartup,
} from 'winsock';
import { CloseHandle, CreateEventW, SetEvent, WaitForSingleObject } from 'winsock/kernel';
import { getopt, integer } from './shared/options.ts';
import { CreateThread, printf, start, WaitForThreads } from './shared/threads.ts';

const DEFAULT_WAIT = 30_000;
const DEFAULT_PORT = 12_345;
const TST_MSG = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz\0');
const USAGE = `usage: wsapoll [-e PORT]
  -e PORT  the port that the listener takes (default: ${DEFAULT_PORT})`;

const ERR = (what: string) => {
  printf('%s failed: %d\n', what, WSAGetLastError());
  return false;
};

/** Waits for an event of a socket; false where the wait has failed, or ended without the event. */
function Poll(fd: SOCKET, events: number): boolean {
  const fdarray = arrayOf(WSAPOLLFD, [{ fd, events }]);
  const ret = WSAPoll(fdarray, 1, DEFAULT_WAIT);
  if (ret === SOCKET_ERROR) return ERR('WSAPoll');
  return ret > 0 && (fdarray[0]!.revents & events) !== 0;
}

function Send(who: string, s: SOCKET): boolean {
  const sent = send(s, TST_MSG, TST_MSG.length, 0);
  if (sent === SOCKET_ERROR) return ERR('send');
  printf('%s: sent %d bytes\n', who, sent);
  return true;
}

function Receive(who: string, s: SOCKET): boolean {
  const buf = Buffer.alloc(260);
  const received = recv(s, buf, buf.length, 0);
  if (received === SOCKET_ERROR) return ERR('recv');
  printf('%s: recvd %d bytes\n', who, received);
  return true;
}

/** A non-blocking socket; INVALID_SOCKET, after a line that says why, where there is none. */
function NonBlockingSocket(): SOCKET {
  const s = socket(AF_INET6, SOCK_STREAM, 0);
  if (s === INVALID_SOCKET) ERR('socket');
  else if (ioctlsocket(s, FIONBIO, ref(ULONG, 1)) === SOCKET_ERROR) ERR('FIONBIO');
  return s;
}

interface Parameter {
  readonly port: number;
  readonly hCloseSignal: HANDLE;
}

function ConnectThread({ port, hCloseSignal }: Parameter): void {
  const csock = NonBlockingSocket();
  const addrLoopback = new sockaddr_in6({ sin6_family: AF_INET6 });
  INETADDR_SETLOOPBACK(addrLoopback);
  addrLoopback.sin6_port = htons(port);
  const rc = connect(csock, addrLoopback, sizeof(addrLoopback));
  if (rc === SOCKET_ERROR && WSAGetLastError() !== WSAEWOULDBLOCK) {
    ERR('connect');
  } else if (Poll(csock, POLLWRNORM)) {
    printf('ConnectThread: Established connection\n');
    if (Send('ConnectThread', csock) && Poll(csock, POLLRDNORM)) Receive('ConnectThread', csock);
    WaitForSingleObject(hCloseSignal, DEFAULT_WAIT);
  }
  closesocket(csock);
}

/** Accepts the connection, receives once the message is there, and answers. */
function Serve(lsock: SOCKET): boolean {
  if (!Poll(lsock, POLLRDNORM)) return false;
  printf('Main: Connection established.\n');
  const asock = accept(lsock, null, null);
  if (asock === INVALID_SOCKET) return ERR('accept');
  // What the listener hands on does not block, as it does not.
  const done =
    Poll(asock, POLLRDNORM) &&
    Receive('Main', asock) &&
    Poll(asock, POLLWRNORM) &&
    Send('Main', asock);
  closesocket(asock);
  return done;
}

async function main(): Promise<number> {
  const [options] = getopt(USAGE, 'e:');
  const port = integer('-e', options.e, DEFAULT_PORT, 1, 65_535);
  const nErr = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (nErr !== 0) {
    printf('WSAStartup failed: %d\n', nErr);
    return 1;
  }
  const hCloseSignal = CreateEventW(null, 1, 0, null);
  const lsock = NonBlockingSocket();
  try {
    const addr = new sockaddr_in6({ sin6_family: AF_INET6 });
    INETADDR_SETANY(addr);
    addr.sin6_port = htons(port);
    let failed = bind(lsock, addr, sizeof(addr)) === SOCKET_ERROR && 'bind';
    if (!failed) failed = listen(lsock, 1) === SOCKET_ERROR && 'listen';
    if (failed) {
      ERR(failed);
      return 1;
    }
    // The thread starts when there is something to connect to.
    const hThread = await CreateThread(import.meta.url, { port, hCloseSignal });
    const done = Serve(lsock);
    SetEvent(hCloseSignal);
    await WaitForThreads([hThread]);
    return done ? 0 : 1;
  } finally {
    closesocket(lsock);
    CloseHandle(hCloseSignal);
    WSACleanup();
  }
}

await start(main, ConnectThread);
