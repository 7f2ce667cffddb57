/**
 * Tests an echo server: connects, sends data in the order of the scenario, and counts and checks what
 * comes back.
 *
 *   npm start -- examples/accept/client.ts -n localhost -b 50000 -s 3
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type addrinfo,
  closesocket,
  connect,
  INVALID_SOCKET,
  IPPROTO_TCP,
  MAKEWORD,
  recv,
  SD_SEND,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  send,
  shutdown,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { Sleep } from 'winsock/kernel';
import { getopt, integer, oneOf } from '../shared/options.ts';
import { FormatAddress, ResolveAddress } from '../shared/resolve.ts';
import { CreateThread, printf, start } from '../shared/threads.ts';

const DEFAULT_PORT = '7243';
const RECV_BUFFER_SIZE = 4096;
const H = 'H'.charCodeAt(0);
const USAGE = `usage: client OPTIONS
  -a 0|4|6   address family: 0 for either (default: 0)
  -n SERVER  name or address of the server (default: localhost)
  -e PORT    port (default: ${DEFAULT_PORT})
  -b BYTES   bytes to send (default: 1024)
  -l COUNT   how many times (default: 1); -l alone goes on until Ctrl-C
  -d MS      delay after or before the send, see -s 3 and -s 4 (default: 5000)
  -s 1..5    scenario (default: 5)
             1: finish all sends, then receive
             2: finish all sends, receive nothing
             3: finish all sends, wait, then receive
             4: wait first, then send, then receive
             5: send and receive at the same time`;

/** What the functions share; a thread is given its own copy, but for the count. */
interface ClientContext {
  sock: SOCKET;
  readonly sendBufSize: number;
  nBytesRemainingToBeSent: number;
  readonly delay: number;
  /** Bytes received, in memory that the threads share. */
  readonly nBytesRecd: Int32Array;
}

/** Connects to the first address that takes the connection. */
function CreateClientSocket(res: addrinfo): SOCKET {
  for (let addr: addrinfo | null = res; addr !== null; addr = addr.ai_next) {
    const { ai_family, ai_socktype, ai_protocol, ai_addr, ai_addrlen } = addr;
    const clientSock = WSASocketW(ai_family, ai_socktype, ai_protocol, null, 0, 0);
    if (clientSock === INVALID_SOCKET) {
      printf('WSASocket failed. Error = %d\n', WSAGetLastError());
      continue;
    }
    if (connect(clientSock, ai_addr, ai_addrlen) !== SOCKET_ERROR) {
      printf('Connected to %s\n', FormatAddress(ai_addr, ai_addrlen));
      return clientSock;
    }
    printf('connect failed. Error = %d\n', WSAGetLastError());
    closesocket(clientSock);
  }
  return INVALID_SOCKET;
}

/** Sends once what is left; gives the error. */
function DoSendOnce(context: ClientContext, sendBuf: Buffer): number {
  const rest = sendBuf.subarray(context.sendBufSize - context.nBytesRemainingToBeSent);
  const nBytesSent = send(context.sock, rest, rest.length, 0);
  if (nBytesSent === SOCKET_ERROR) return WSAGetLastError();
  context.nBytesRemainingToBeSent -= nBytesSent;
  return 0;
}

/** Receives once; gives the number of bytes, SOCKET_ERROR also for what was not sent. */
function DoRecvOnce({ sock, nBytesRecd }: ClientContext, recvBuf: Buffer): number {
  const rc = recv(sock, recvBuf, recvBuf.length, 0);
  if (rc === SOCKET_ERROR) {
    printf('recv failed. Error = %d\n', WSAGetLastError());
    return SOCKET_ERROR;
  }
  if (recvBuf.subarray(0, rc).some((byte) => byte !== H)) {
    printf('ERROR: received what was not sent\n');
    return SOCKET_ERROR;
  }
  nBytesRecd[0]! += rc;
  return rc;
}

function DoSendUntilDone(context: ClientContext): void {
  const sendBuf = Buffer.alloc(context.sendBufSize, H);
  while (context.nBytesRemainingToBeSent > 0) {
    const err = DoSendOnce(context, sendBuf);
    if (err === 0) continue;
    printf('ERROR: send failed. Error = %d\n', err);
    return;
  }
  printf('Send completed\n');
}

function DoRecvUntilDone(context: ClientContext): void {
  const recvBuf = Buffer.alloc(RECV_BUFFER_SIZE);
  let rc: number;
  do rc = DoRecvOnce(context, recvBuf);
  while (rc > 0);
  if (rc === 0) printf('recv returned 0. The server has closed gracefully.\n');
}

/** Only when this side is done does the server's recv return 0. */
function DoShutDown({ sock }: ClientContext): void {
  if (shutdown(sock, SD_SEND) !== SOCKET_ERROR) return;
  printf('shutdown failed. Error = %d\n', WSAGetLastError());
}

function DoSendThenRecv(context: ClientContext): void {
  DoSendUntilDone(context);
  DoShutDown(context);
  DoRecvUntilDone(context);
}

function DoSendNoRecv(context: ClientContext): void {
  DoSendUntilDone(context);
  DoShutDown(context);
}

/** The server has nobody who takes the echo for a while: its send returns WSAEWOULDBLOCK. */
function DoSendWaitRecv(context: ClientContext): void {
  DoSendUntilDone(context);
  DoShutDown(context);
  printf('Waiting before doing recv ...\n');
  Sleep(context.delay);
  DoRecvUntilDone(context);
}

/** The server gets FD_WRITE before FD_READ. */
function DoWaitSendRecv(context: ClientContext): void {
  printf('Waiting before doing initial send ...\n');
  Sleep(context.delay);
  DoSendThenRecv(context);
}

function ReceiverThread(context: ClientContext): void {
  DoRecvUntilDone(context);
}

/** One thread receives while this one sends, so that neither side ever waits for the other. */
async function DoIdealSendRecv(context: ClientContext): Promise<void> {
  const thread = await CreateThread(import.meta.url, context);
  DoSendUntilDone(context);
  DoShutDown(context);
  await thread.ended;
}

async function main(): Promise<number> {
  const [options] = getopt(USAGE, 'a:n:e:b:l::d:s:');
  const family = oneOf('-a', options.a, { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 });
  const sendBufSize = integer('-b', options.b, 1024, 1);
  const loopCount = options.l === '' ? Infinity : integer('-l', options.l, 1, 1);
  const delay = integer('-d', options.d, 5000);
  const Scenario = oneOf<(context: ClientContext) => unknown>('-s', options.s ?? '5', {
    1: DoSendThenRecv,
    2: DoSendNoRecv,
    3: DoSendWaitRecv,
    4: DoWaitSendRecv,
    5: DoIdealSendRecv,
  });

  const retVal = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (retVal !== 0) {
    printf('WSAStartup failed. Error = %d\n', retVal);
    return 1;
  }
  try {
    const server = options.n ?? 'localhost';
    const port = options.e ?? DEFAULT_PORT;
    const res = ResolveAddress(server, port, family, SOCK_STREAM, IPPROTO_TCP);
    if (res === null) return 1;
    for (let i = 1; i <= loopCount; i++) {
      printf('\nPerforming iteration %d\n', i);
      const sock = CreateClientSocket(res);
      if (sock === INVALID_SOCKET) return 1;
      const nBytesRecd = new Int32Array(new SharedArrayBuffer(4));
      const sizes = { sendBufSize, nBytesRemainingToBeSent: sendBufSize };
      const context: ClientContext = { sock, ...sizes, delay, nBytesRecd };
      await Scenario(context);
      closesocket(sock);
      const sent = sendBufSize - context.nBytesRemainingToBeSent;
      const received = nBytesRecd[0]!;
      const total = `Total bytes received = ${received}, total bytes sent = ${sent}`;
      printf('Closed socket %d. %s\n', sock, total);
      const expected = Scenario === DoSendNoRecv ? 0 : sent;
      if (sent !== sendBufSize || received !== expected) return 1;
    }
    return 0;
  } finally {
    WSACleanup();
  }
}

await start(main, ReceiverThread);
