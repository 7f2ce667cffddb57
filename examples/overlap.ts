/**
 * Overlapped input and output in one thread: AcceptEx, WSARecv and WSASend are under way at the same
 * time, each with an event, and WSAWaitForMultipleEvents says which is over.
 *
 *   npm start -- examples/overlap.ts -e 5001
 */

import {
  AcceptEx,
  AF_UNSPEC,
  AI_PASSIVE,
  addrinfo,
  arrayOf,
  bind,
  closesocket,
  DWORD,
  freeaddrinfo,
  getaddrinfo,
  HANDLE,
  INVALID_SOCKET,
  IPPROTO_TCP,
  listen,
  MAKEWORD,
  OVERLAPPED,
  ptr,
  ref,
  SO_UPDATE_ACCEPT_CONTEXT,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  setsockopt,
  sizeof,
  WSA_FLAG_OVERLAPPED,
  WSA_INFINITE,
  WSA_IO_PENDING,
  WSA_MAXIMUM_WAIT_EVENTS,
  WSA_WAIT_EVENT_0,
  WSA_WAIT_FAILED,
  WSABUF,
  WSACleanup,
  WSACloseEvent,
  WSACreateEvent,
  WSADATA,
  WSAGetLastError,
  WSAGetOverlappedResult,
  WSARecv,
  WSAResetEvent,
  WSASend,
  WSASocketW,
  WSAStartup,
  WSAWaitForMultipleEvents,
} from 'winsock';
import { getopt } from './shared/options.ts';
import { FormatAddress } from './shared/resolve.ts';

const DEFAULT_PORT = '5001';
const DATA_BUFSIZE = 4096;
const ADDRESS_LENGTH = sizeof(SOCKADDR_STORAGE) + 16;
const FALSE = 0;
const USAGE = `usage: overlap -e ENDPOINT -i INTERFACE
  ENDPOINT   the port to listen on (default: ${DEFAULT_PORT})
  INTERFACE  the IPv4 or IPv6 address to bind to (default: any)`;

type Operation = 'accept' | 'read' | 'write';

/** One socket with the operation it has under way. The list keeps the memory that the system uses. */
interface SOCKLIST {
  sock: SOCKET;
  operation: Operation;
  readonly Overlapped: OVERLAPPED;
  readonly Buffer: Buffer;
  readonly WSABuf: WSABUF;
}

const socklist: SOCKLIST[] = [];

const ERR = (what: string) => console.error(`${what} failed with error: ${WSAGetLastError()}`);

/** Adds a socket, with an event of its own. */
function Add(sock: SOCKET, operation: Operation): SOCKLIST | undefined {
  if (socklist.length === WSA_MAXIMUM_WAIT_EVENTS) {
    console.error('Too many pending requests');
    closesocket(sock);
    return undefined;
  }
  const memory = Buffer.alloc(DATA_BUFSIZE + 2 * ADDRESS_LENGTH);
  const entry = {
    sock,
    operation,
    Overlapped: new OVERLAPPED({ hEvent: WSACreateEvent() }),
    Buffer: memory,
    WSABuf: new WSABUF({ len: DATA_BUFSIZE, buf: memory }),
  };
  socklist.push(entry);
  return entry;
}

/** Closes a socket. Its event goes too, and nothing is under way that would use its memory. */
function Close(entry: SOCKLIST): void {
  closesocket(entry.sock);
  WSACloseEvent(entry.Overlapped.hEvent);
  socklist.splice(socklist.indexOf(entry), 1);
}

/** Asks for the next connection, into a new socket. */
function PostAccept(listensock: SOCKET, family: number): boolean {
  const sock = WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, null, 0, WSA_FLAG_OVERLAPPED);
  if (sock === INVALID_SOCKET) {
    ERR('WSASocket()');
    return false;
  }
  const entry = Add(sock, 'accept');
  if (!entry) return false;
  const { Overlapped, Buffer } = entry;
  const bytes = ref(DWORD);
  const accepted = AcceptEx(
    listensock,
    sock,
    Buffer,
    0,
    ADDRESS_LENGTH,
    ADDRESS_LENGTH,
    bytes,
    Overlapped,
  );
  if (!accepted && WSAGetLastError() !== WSA_IO_PENDING) {
    ERR('AcceptEx()');
    return false;
  }
  console.log('Queueing accept');
  return true;
}

/** Asks for data. The event is set when they are there, even where they are there at once. */
function PostRead(entry: SOCKLIST): void {
  entry.operation = 'read';
  entry.WSABuf.len = DATA_BUFSIZE;
  const flags = ref(DWORD, 0);
  const rc = WSARecv(entry.sock, entry.WSABuf, 1, ref(DWORD), flags, entry.Overlapped, null);
  if (rc === SOCKET_ERROR && WSAGetLastError() !== WSA_IO_PENDING) {
    ERR('WSARecv()');
    Close(entry);
  } else {
    console.log('Queueing read');
  }
}

function PostWrite(entry: SOCKLIST, bytes: number): void {
  entry.operation = 'write';
  entry.WSABuf.len = bytes;
  const rc = WSASend(entry.sock, entry.WSABuf, 1, ref(DWORD), 0, entry.Overlapped, null);
  if (rc === SOCKET_ERROR && WSAGetLastError() !== WSA_IO_PENDING) {
    ERR('WSASend()');
    Close(entry);
  }
}

/** Takes the result of the operation that is over, and begins the next one. */
function HandleIo(entry: SOCKLIST, listensock: SOCKET, family: number): void {
  WSAResetEvent(entry.Overlapped.hEvent);
  const bytes = ref(DWORD);
  const flags = ref(DWORD);
  const ofSocket = entry.operation === 'accept' ? listensock : entry.sock;
  if (!WSAGetOverlappedResult(ofSocket, entry.Overlapped, bytes, FALSE, flags)) {
    ERR('WSAGetOverlappedResult()');
    Close(entry);
    return;
  }
  switch (entry.operation) {
    case 'accept': {
      const context = ref(SOCKET, listensock);
      setsockopt(entry.sock, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, context, sizeof(context));
      console.log('Accepted a connection');
      PostAccept(listensock, family);
      PostRead(entry);
      break;
    }
    case 'read':
      if (bytes.value === 0) {
        console.log('Closing the connection');
        Close(entry);
        break;
      }
      console.log(`Read buffer [${entry.Buffer.toString('latin1', 0, bytes.value)}]`);
      console.log('Echoing back to client');
      PostWrite(entry, bytes.value);
      break;
    case 'write':
      console.log(`Wrote ${bytes.value} bytes`);
      PostRead(entry);
  }
}

function main(): number {
  const [options] = getopt(USAGE, 'e:i:');

  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) {
    ERR('WSAStartup()');
    return 1;
  }

  try {
    const res = ref(ptr(addrinfo));
    const hints = new addrinfo({
      ai_flags: AI_PASSIVE,
      ai_family: AF_UNSPEC,
      ai_socktype: SOCK_STREAM,
      ai_protocol: IPPROTO_TCP,
    });
    if (getaddrinfo(options.i ?? null, options.e ?? DEFAULT_PORT, hints, res) !== 0) {
      console.error('getaddrinfo() failed to resolve the interface');
      return 1;
    }
    const { ai_family, ai_addr, ai_addrlen } = res.value!;

    const listensock = WSASocketW(
      ai_family,
      SOCK_STREAM,
      IPPROTO_TCP,
      null,
      0,
      WSA_FLAG_OVERLAPPED,
    );
    if (listensock === INVALID_SOCKET) {
      ERR('WSASocket()');
      return 1;
    }
    if (bind(listensock, ai_addr, ai_addrlen) === SOCKET_ERROR) {
      ERR('bind()');
      return 1;
    }
    if (listen(listensock, 5) === SOCKET_ERROR) {
      ERR('listen()');
      return 1;
    }
    console.log(`Listening on ${FormatAddress(ai_addr, ai_addrlen)}`);
    freeaddrinfo(res.value);

    if (!PostAccept(listensock, ai_family)) return 1;
    while (true) {
      const events = arrayOf(
        HANDLE,
        socklist.map(({ Overlapped }) => Overlapped.hEvent),
      );
      const rc = WSAWaitForMultipleEvents(events.length, events, FALSE, WSA_INFINITE, FALSE);
      if (rc === WSA_WAIT_FAILED) {
        ERR('WSAWaitForMultipleEvents()');
        return 1;
      }
      HandleIo(socklist[rc - WSA_WAIT_EVENT_0]!, listensock, ai_family);
    }
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
