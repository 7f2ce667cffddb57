/**
 * The load client of the completion port servers: each thread keeps a connection, sends a buffer,
 * waits for all of it to come back and compares.
 *
 *   npm start -- examples/iocp/client.ts -n:localhost -e:5001 -t:4 -b:4 -l:100
 */

import {
  AF_INET,
  type addrinfo,
  closesocket,
  connect,
  freeaddrinfo,
  INVALID_SOCKET,
  IPPROTO_TCP,
  LINGER,
  MAKEWORD,
  recv,
  SO_LINGER,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  send,
  setsockopt,
  sizeof,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt, integer } from '../shared/options.ts';
import { ResolveAddress } from '../shared/resolve.ts';
import { CreateThread, printf, start, type Thread, WaitForThreads } from '../shared/threads.ts';

const MAXTHREADS = 64;
const USAGE = `usage: client [-b:SIZE] [-e:PORT] [-n:HOST] [-t:THREADS] [-l:LOOPS] [-v] [-?]
  -b:SIZE     size of the buffer to send, in steps of 1 KiB (default: 4)
  -e:PORT     port of the server (default: 5001)
  -n:HOST     the server (default: localhost)
  -t:THREADS  how many threads send, at most ${MAXTHREADS} (default: 1)
  -l:LOOPS    how many buffers each thread sends (default: until Ctrl-C)
  -v          print an ack when an echo was received and verified
  -?          display this help`;

interface OPTIONS {
  readonly szHostname: string;
  readonly port: string;
  readonly nTotalThreads: number;
  readonly nBufSize: number;
  readonly nLoops: number;
  readonly bVerbose: boolean;
  /** [0] becomes 1 when the threads are to end, [1] counts the buffers that came back wrong. */
  readonly shared: Int32Array<SharedArrayBuffer>;
}

function CreateConnectedSocket(options: OPTIONS, nThreadNum: number): SOCKET {
  const { szHostname, port } = options;
  const addr_srv = ResolveAddress(szHostname, port, AF_INET, SOCK_STREAM, IPPROTO_TCP);
  let sd = INVALID_SOCKET;
  for (let p: addrinfo | null = addr_srv; p && sd === INVALID_SOCKET; p = p.ai_next) {
    sd = socket(p.ai_family, p.ai_socktype, p.ai_protocol);
    if (sd === INVALID_SOCKET) {
      printf('socket(thread %d) failed: %d\n', nThreadNum, WSAGetLastError());
      continue;
    }
    if (connect(sd, p.ai_addr, p.ai_addrlen) === SOCKET_ERROR) {
      printf('connect(thread %d) failed: %d\n', nThreadNum, WSAGetLastError());
      closesocket(sd);
      sd = INVALID_SOCKET;
    }
  }
  freeaddrinfo(addr_srv);
  if (sd !== INVALID_SOCKET) printf('connected(thread %d)\n', nThreadNum);
  return sd;
}

/** A stream may take less than it is given. */
function SendBuffer(sd: SOCKET, outbuf: Buffer, nThreadNum: number): boolean {
  for (let nTotalSend = 0; nTotalSend < outbuf.length; ) {
    const rest = outbuf.subarray(nTotalSend);
    const nSend = send(sd, rest, rest.length, 0);
    if (nSend === SOCKET_ERROR) {
      printf('send(thread=%d) failed: %d\n', nThreadNum, WSAGetLastError());
      return false;
    }
    nTotalSend += nSend;
  }
  return true;
}

function RecvBuffer(sd: SOCKET, inbuf: Buffer, nThreadNum: number): boolean {
  for (let nTotalRecv = 0; nTotalRecv < inbuf.length; ) {
    const rest = inbuf.subarray(nTotalRecv);
    const nRecv = recv(sd, rest, rest.length, 0);
    if (nRecv === SOCKET_ERROR) {
      printf('recv(thread=%d) failed: %d\n', nThreadNum, WSAGetLastError());
      return false;
    }
    if (nRecv === 0) {
      printf('connection closed\n');
      return false;
    }
    nTotalRecv += nRecv;
  }
  return true;
}

interface THREADINFO {
  readonly options: OPTIONS;
  readonly nThreadNum: number;
  readonly sd: SOCKET;
}

function EchoThread({ options, nThreadNum, sd }: THREADINFO): void {
  const { nBufSize, nLoops, bVerbose, shared } = options;
  printf('Starting thread %d\n', nThreadNum);
  const outbuf = Buffer.alloc(nBufSize, nThreadNum);
  const inbuf = Buffer.alloc(nBufSize);
  for (let loop = 0; (nLoops === 0 || loop < nLoops) && Atomics.load(shared, 0) === 0; loop++) {
    inbuf.fill(0);
    const echoed = SendBuffer(sd, outbuf, nThreadNum) && RecvBuffer(sd, inbuf, nThreadNum);
    if (echoed && inbuf.equals(outbuf)) {
      if (bVerbose) printf('ack(%d)\n', nThreadNum);
      continue;
    }
    if (echoed) printf('nak(%d) in[0]=%d, out[0]=%d\n', nThreadNum, inbuf[0], outbuf[0]);
    if (Atomics.load(shared, 0) === 0) Atomics.add(shared, 1, 1);
    break;
  }
}

async function main(): Promise<number> {
  const [given] = getopt(USAGE, 'b:e:n:t:l:v');
  const options: OPTIONS = {
    szHostname: given.n ?? 'localhost',
    port: given.e ?? '5001',
    nTotalThreads: integer('-t', given.t, 1, 1, MAXTHREADS),
    nBufSize: 1024 * integer('-b', given.b, 4, 1, 1 << 16),
    nLoops: integer('-l', given.l, 0),
    bVerbose: given.v !== undefined,
    shared: new Int32Array(new SharedArrayBuffer(8)),
  };
  const nRet = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (nRet !== 0) {
    printf('WSAStartup() failed: %d\n', nRet);
    return 1;
  }
  const sockets: SOCKET[] = [];
  const CloseSockets = (abort: boolean) => {
    const lingerStruct = new LINGER({ l_onoff: 1, l_linger: 0 });
    for (const sd of sockets.splice(0)) {
      if (abort) setsockopt(sd, SOL_SOCKET, SO_LINGER, lingerStruct, sizeof(lingerStruct));
      closesocket(sd);
    }
  };
  // The calls that threads wait in fail when their sockets are closed.
  const CtrlHandler = () => {
    printf('Closing handles and sockets\n');
    Atomics.store(options.shared, 0, 1);
    CloseSockets(true);
  };
  process.on('SIGINT', CtrlHandler).on('SIGBREAK', CtrlHandler);
  const threads: Thread[] = [];
  for (let nThreadNum = 0; nThreadNum < options.nTotalThreads; nThreadNum++) {
    if (Atomics.load(options.shared, 0) !== 0) break;
    const sd = CreateConnectedSocket(options, nThreadNum);
    if (sd === INVALID_SOCKET) {
      Atomics.add(options.shared, 1, 1);
      continue;
    }
    sockets.push(sd);
    threads.push(await CreateThread(import.meta.url, { options, nThreadNum, sd }));
  }
  await WaitForThreads(threads);
  CloseSockets(false);
  const wrong = Atomics.load(options.shared, 1);
  printf('%d threads are done, %d of them in error\n', threads.length, wrong);
  WSACleanup();
  return wrong === 0 ? 0 : 1;
}

await start(main, EchoThread);
