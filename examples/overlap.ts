/**
 * Overlapped input and output in one thread: AcceptEx, WSARecv and WSASend are under way at the same
 * time, each with an event, and WSAWaitForMultipleEvents says which is over.
 *
 *   npm start -- examples/overlap.ts -e 5001
 */

import {
  AcceptEx,
  AF_UNSPEC,
  arrayOf,
  bind,
  closesocket,
  DWORD,
  FALSE,
  freeaddrinfo,
  HANDLE,
  INVALID_SOCKET,
  IPPROTO_TCP,
  listen,
  MAKEWORD,
  OVERLAPPED,
  ref,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  sizeof,
  WSA_FLAG_OVERLAPPED,
  WSA_INFINITE,
  WSA_IO_PENDING,
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
import { NameInfo, ResolveAddress } from './shared/resolve.ts';

const DEFAULT_PORT = '5001';
const DEFAULT_BACKLOG = 5;
const MAX_IO_PEND = 10; // Connections at a time, with the one that is yet to come.
const BUFFER_SIZE = 128;
const ADDRESS_LENGTH = sizeof(SOCKADDR_STORAGE) + 16;
const OP_READ = 0x10;
const OP_WRITE = 0x20;
const USAGE = `usage: overlap -e ENDPOINT -i INTERFACE
  ENDPOINT   the port to listen on (default: ${DEFAULT_PORT})
  INTERFACE  the IPv4 or IPv6 address to bind to (default: any)`;

/** A socket and its operation. The list keeps all memory that the system uses meanwhile. */
interface Socklist {
  sock: SOCKET;
  SockAccepted: SOCKET;
  overlap: OVERLAPPED;
  Op: number;
  readonly Buffer: Buffer;
  readonly DataBuf: WSABUF;
}

function NewSocklist(sock: SOCKET, overlap: OVERLAPPED): Socklist {
  const buffer = Buffer.alloc(BUFFER_SIZE);
  const DataBuf = new WSABUF({ len: buffer.length, buf: buffer });
  return { sock, SockAccepted: INVALID_SOCKET, overlap, Op: OP_READ, Buffer: buffer, DataBuf };
}

const ERR = (what: string) => console.error(`${what} failed with error: ${WSAGetLastError()}`);

/** Closes a connection and its event, and takes it off the list. */
function CloseEntry(index: number, socklist: Socklist[]): void {
  const [entry] = socklist.splice(index, 1);
  closesocket(entry!.sock);
  WSACloseEvent(entry!.overlap.hEvent);
}

/** Queues a read. The event is set when it is over, even where it is over at once. */
function QueueRead(index: number, socklist: Socklist[]): void {
  const { sock, DataBuf, overlap } = socklist[index]!;
  DataBuf.len = BUFFER_SIZE;
  const rc = WSARecv(sock, DataBuf, 1, ref(DWORD), ref(DWORD, 0), overlap, null);
  if (rc === SOCKET_ERROR && WSAGetLastError() !== WSA_IO_PENDING) {
    ERR('WSARecv()');
    CloseEntry(index, socklist);
    return;
  }
  socklist[index]!.Op = OP_READ;
}

/** Takes the result of the operation that is over, and queues the next one of the socket. */
function HandleEvent(index: number, socklist: Socklist[]): void {
  const entry = socklist[index]!;
  const bytes = ref(DWORD);
  if (!WSAResetEvent(entry.overlap.hEvent)) ERR('WSAResetEvent()');
  if (!WSAGetOverlappedResult(entry.sock, entry.overlap, bytes, FALSE, ref(DWORD))) {
    ERR('WSAGetOverlappedResult()');
  }

  if (index === 0) {
    // The listening socket: the connection takes over the event of the accept.
    if (socklist.length >= MAX_IO_PEND) {
      console.error('Too many pending requests');
      closesocket(entry.SockAccepted);
      WSACloseEvent(entry.overlap.hEvent);
      return;
    }
    socklist.push(NewSocklist(entry.SockAccepted, entry.overlap));
    QueueRead(socklist.length - 1, socklist);
  } else if (bytes.value === 0) {
    CloseEntry(index, socklist);
  } else if (entry.Op === OP_READ) {
    console.log(`Read buffer [${entry.Buffer.toString('latin1', 0, bytes.value)}]`);
    console.log('Echoing back to client');
    entry.DataBuf.len = bytes.value;
    const rc = WSASend(entry.sock, entry.DataBuf, 1, bytes, 0, entry.overlap, null);
    if (rc === SOCKET_ERROR && WSAGetLastError() !== WSA_IO_PENDING) {
      ERR('WSASend()');
      CloseEntry(index, socklist);
      return;
    }
    entry.Op = OP_WRITE;
  } else {
    console.log(`Wrote ${bytes.value} bytes`);
    console.log('Queueing read');
    QueueRead(index, socklist);
  }
}

/** Waits for an operation to end; gives its index, -1 on error. */
function DoWait(socklist: Socklist[]): number {
  // The first event that is set wins, so each connection gets its turn at the front.
  socklist.push(...socklist.splice(1, 1));
  const Handles = arrayOf(
    HANDLE,
    socklist.map(({ overlap }) => overlap.hEvent),
  );
  const wait_rc = WSAWaitForMultipleEvents(Handles.length, Handles, FALSE, WSA_INFINITE, FALSE);
  if (wait_rc === WSA_WAIT_FAILED) {
    ERR('WSAWaitForMultipleEvents()');
    return -1;
  }
  return wait_rc - WSA_WAIT_EVENT_0;
}

function main(): number {
  const [options] = getopt(USAGE, 'e:i:');

  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) {
    ERR('WSAStartup()');
    return 1;
  }

  const socklist: Socklist[] = [];
  try {
    const port = options.e ?? DEFAULT_PORT;
    const local = ResolveAddress(options.i, port, AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP);
    if (local === null) return 1;
    const { ai_family, ai_socktype, ai_protocol, ai_addr, ai_addrlen } = local;
    const listen_socket = WSASocketW(
      ai_family,
      ai_socktype,
      ai_protocol,
      null,
      0,
      WSA_FLAG_OVERLAPPED,
    );
    if (listen_socket === INVALID_SOCKET) {
      ERR('WSASocket()');
      return 1;
    }
    socklist.push(NewSocklist(listen_socket, new OVERLAPPED()));
    if (bind(listen_socket, ai_addr, ai_addrlen) === SOCKET_ERROR) {
      ERR('bind()');
      return 1;
    }
    if (listen(listen_socket, DEFAULT_BACKLOG) === SOCKET_ERROR) {
      ERR('listen()');
      return 1;
    }
    const [host, serv] = NameInfo(ai_addr, ai_addrlen);
    console.log(`Listening on ${host}:${serv}`);
    freeaddrinfo(local);

    const addresses = Buffer.alloc(2 * ADDRESS_LENGTH);
    while (true) {
      // An accept is always under way: entry 0 has its socket and its event.
      const accept_socket = WSASocketW(ai_family, SOCK_STREAM, 0, null, 0, WSA_FLAG_OVERLAPPED);
      if (accept_socket === INVALID_SOCKET) {
        ERR('WSASocket()');
        return 1;
      }
      const overlap = new OVERLAPPED({ hEvent: WSACreateEvent() });
      socklist[0]!.overlap = overlap;
      socklist[0]!.SockAccepted = accept_socket;
      const accepted = AcceptEx(
        listen_socket,
        accept_socket,
        addresses,
        0, // Read nothing yet.
        ADDRESS_LENGTH,
        ADDRESS_LENGTH,
        ref(DWORD),
        overlap,
      );
      if (!accepted && WSAGetLastError() !== WSA_IO_PENDING) {
        ERR('AcceptEx()');
        return 1;
      }

      let index: number;
      do {
        index = DoWait(socklist);
        if (index < 0) return 1;
        HandleEvent(index, socklist);
      } while (index > 0);
    }
  } finally {
    while (socklist.length > 0) CloseEntry(0, socklist);
    WSACleanup();
  }
}

process.exitCode = main();
