/**
 * The echo server on a completion port: the main thread accepts, worker threads take completion
 * packets. Contexts lie in memory of the process heap, which all threads see.
 *
 *   npm start -- examples/iocp/server.ts -e:5001 -v
 */

import { cpus } from 'node:os';
import {
  AF_INET,
  AI_PASSIVE,
  addressOf,
  addrinfo,
  array,
  bind,
  cast,
  closesocket,
  DWORD,
  freeaddrinfo,
  getaddrinfo,
  type HANDLE,
  INVALID_SOCKET,
  IPPROTO_IP,
  int,
  LINGER,
  listen,
  MAKEWORD,
  OVERLAPPED,
  type Pointer,
  ptr,
  ref,
  SO_LINGER,
  SO_SNDBUF,
  SOCK_STREAM,
  SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  type Struct,
  type StructType,
  setsockopt,
  sizeof,
  struct,
  ULONG_PTR,
  uint8,
  WSA_FLAG_OVERLAPPED,
  WSA_IO_PENDING,
  WSAAccept,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSARecv,
  WSASend,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import {
  CloseHandle,
  CreateIoCompletionPort,
  GetLastError,
  GetProcessHeap,
  GetQueuedCompletionStatus,
  HEAP_ZERO_MEMORY,
  HeapAlloc,
  HeapFree,
  INFINITE,
  INVALID_HANDLE_VALUE,
  PostQueuedCompletionStatus,
} from 'winsock/kernel';
import { getopt } from '../shared/options.ts';
import { CreateThread, printf, start, type Thread, WaitForThreads } from '../shared/threads.ts';

const DEFAULT_PORT = '5001';
const MAX_BUFF_SIZE = 8192;
const MAX_WORKER_THREAD = 16;
const MAX_CLIENTS = 1024;
const USAGE = `usage: server [-e:PORT] [-v] [-?]
  -e:PORT  the port to echo on (default: ${DEFAULT_PORT})
  -v       say what happens
  -?       display this help`;

const ClientIoRead = 0;
const ClientIoWrite = 1;

/** One operation of a socket: from a completed OVERLAPPED, its first member, the rest is found. */
interface PER_IO_CONTEXT extends Struct {
  Overlapped: OVERLAPPED;
  Buffer: Uint8Array;
  wsabuf: WSABUF;
  nTotalBytes: number;
  nSentBytes: number;
  IOOperation: number;
}
const PER_IO_CONTEXT: StructType<PER_IO_CONTEXT> = struct('PER_IO_CONTEXT', () => ({
  Overlapped: OVERLAPPED,
  Buffer: array(uint8, MAX_BUFF_SIZE),
  wsabuf: WSABUF,
  nTotalBytes: int,
  nSentBytes: int,
  IOOperation: int,
}));

/** One connection: what the completion key points to. */
interface PER_SOCKET_CONTEXT extends Struct {
  Socket: SOCKET;
  Slot: number;
  IOContext: PER_IO_CONTEXT;
}
const PER_SOCKET_CONTEXT: StructType<PER_SOCKET_CONTEXT> = struct('PER_SOCKET_CONTEXT', () => ({
  Socket: SOCKET,
  Slot: int,
  IOContext: PER_IO_CONTEXT,
}));

/** What C has in global variables: every thread is handed it. */
interface Globals {
  readonly g_hIOCP: HANDLE;
  readonly g_bVerbose: boolean;
  /** The contexts of the open connections; 0 where a place is free. */
  readonly g_CtxtList: Float64Array<SharedArrayBuffer>;
  readonly g_CtxtUsed: Int32Array<SharedArrayBuffer>;
}

/** The context of a socket, in memory of the process heap. */
function CtxtAllocate(sd: SOCKET): PER_SOCKET_CONTEXT {
  const memory = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(PER_SOCKET_CONTEXT));
  const lpPerSocketContext = cast(PER_SOCKET_CONTEXT, memory);
  lpPerSocketContext.Socket = sd;
  return lpPerSocketContext;
}

/** Adds a context to the list of those to close at the end; false where there is no room. */
function CtxtListAddTo(globals: Globals, lpPerSocketContext: PER_SOCKET_CONTEXT): boolean {
  const { g_CtxtList, g_CtxtUsed } = globals;
  const Slot = g_CtxtUsed.findIndex((_, i) => Atomics.compareExchange(g_CtxtUsed, i, 0, 1) === 0);
  lpPerSocketContext.Slot = Slot;
  if (Slot >= 0) g_CtxtList[Slot] = addressOf(lpPerSocketContext);
  return Slot >= 0;
}

/** Takes a context off the list, and frees it. */
function CtxtListDeleteFrom(globals: Globals, lpPerSocketContext: PER_SOCKET_CONTEXT): void {
  const { Slot } = lpPerSocketContext;
  if (Slot >= 0) {
    globals.g_CtxtList[Slot] = 0;
    Atomics.store(globals.g_CtxtUsed, Slot, 0);
  }
  HeapFree(GetProcessHeap(), 0, addressOf(lpPerSocketContext));
}

/** Closes every connection that is still open. */
function CtxtListFree(globals: Globals): void {
  for (const address of globals.g_CtxtList.filter((used) => used !== 0)) {
    CloseClient(globals, cast(PER_SOCKET_CONTEXT, address), false);
  }
}

/** Posts a receive for the whole buffer, or a send for the part that has yet to go. */
function Post(lpPerSocketContext: PER_SOCKET_CONTEXT, IOOperation: number): boolean {
  const { Socket, IOContext } = lpPerSocketContext;
  const { wsabuf, Overlapped } = IOContext;
  IOContext.IOOperation = IOOperation;
  Overlapped.fill(0);
  let nRet: number;
  if (IOOperation === ClientIoRead) {
    wsabuf.buf = addressOf(IOContext.Buffer);
    wsabuf.len = MAX_BUFF_SIZE;
    nRet = WSARecv(Socket, wsabuf, 1, ref(DWORD), ref(DWORD, 0), Overlapped, null);
  } else {
    wsabuf.buf = addressOf(IOContext.Buffer.subarray(IOContext.nSentBytes));
    wsabuf.len = IOContext.nTotalBytes - IOContext.nSentBytes;
    nRet = WSASend(Socket, wsabuf, 1, ref(DWORD), 0, Overlapped, null);
  }
  if (nRet !== SOCKET_ERROR || WSAGetLastError() === WSA_IO_PENDING) return true;
  const name = IOOperation === ClientIoRead ? 'WSARecv' : 'WSASend';
  printf('%s() Failed: %d\n', name, WSAGetLastError());
  return false;
}

/** Makes the context of a connection and has the port report on its socket. */
function UpdateCompletionPort(globals: Globals, sd: SOCKET): PER_SOCKET_CONTEXT | null {
  const lpPerSocketContext = CtxtAllocate(sd);
  const added = CtxtListAddTo(globals, lpPerSocketContext);
  const key = addressOf(lpPerSocketContext);
  if (!added || !CreateIoCompletionPort(sd as number, globals.g_hIOCP, key, 0)) {
    const error = GetLastError();
    if (added) printf('CreateIoCompletionPort() failed: %d\n', error);
    else printf('More than %d connections\n', MAX_CLIENTS);
    closesocket(sd);
    CtxtListDeleteFrom(globals, lpPerSocketContext);
    return null;
  }
  if (globals.g_bVerbose) printf('UpdateCompletionPort: Socket(%d) added to IOCP\n', sd);
  return lpPerSocketContext;
}

/** Closes a connection, at once or after what was sent, and frees its context. */
function CloseClient(globals: Globals, lpPerSocketContext: PER_SOCKET_CONTEXT, bGraceful: boolean) {
  const { Socket } = lpPerSocketContext;
  if (globals.g_bVerbose) {
    printf('CloseClient: Socket(%d) connection closing (graceful=%s)\n', Socket, bGraceful);
  }
  if (!bGraceful) {
    const lingerStruct = new LINGER({ l_onoff: 1, l_linger: 0 });
    setsockopt(Socket, SOL_SOCKET, SO_LINGER, lingerStruct, sizeof(lingerStruct));
  }
  closesocket(Socket);
  CtxtListDeleteFrom(globals, lpPerSocketContext);
}

/** What each worker thread does: takes packets off the port until one without a context comes. */
function WorkerThread({ globals, number }: { globals: Globals; number: number }): void {
  const { g_hIOCP, g_bVerbose } = globals;
  const dwIoSize = ref(DWORD);
  const key = ref(ULONG_PTR);
  const lpOverlapped = ref(ptr(OVERLAPPED));
  const say = (Socket: SOCKET, what: string) => {
    if (g_bVerbose) printf('WorkerThread %d: Socket(%d) %s\n', number, Socket, what);
  };

  while (true) {
    const bSuccess = GetQueuedCompletionStatus(g_hIOCP, dwIoSize, key, lpOverlapped, INFINITE);
    if (!bSuccess && lpOverlapped.value === null) {
      printf('GetQueuedCompletionStatus() failed: %d\n', GetLastError());
    }
    const lpPerSocketContext = cast(PER_SOCKET_CONTEXT, key.value as Pointer | null);
    if (lpPerSocketContext === null) return;

    const { Socket } = lpPerSocketContext;
    if (!bSuccess || dwIoSize.value === 0) {
      CloseClient(globals, lpPerSocketContext, bSuccess !== 0);
      continue;
    }

    const lpIOContext = cast(PER_IO_CONTEXT, lpOverlapped.value!);
    let next = ClientIoWrite;
    if (lpIOContext.IOOperation === ClientIoRead) {
      say(Socket, `Recv completed (${dwIoSize.value} bytes), Send posted`);
      lpIOContext.nTotalBytes = dwIoSize.value;
      lpIOContext.nSentBytes = 0;
    } else {
      lpIOContext.nSentBytes += dwIoSize.value;
      const partially = lpIOContext.nSentBytes < lpIOContext.nTotalBytes;
      if (!partially) next = ClientIoRead;
      say(
        Socket,
        partially
          ? `Send partially completed (${dwIoSize.value} bytes), Send posted`
          : `Send completed (${dwIoSize.value} bytes), Recv posted`,
      );
    }
    if (!Post(lpPerSocketContext, next)) CloseClient(globals, lpPerSocketContext, false);
  }
}

function CreateListenSocket(port: string): SOCKET {
  const addrlocal = ref(ptr(addrinfo));
  const hints = new addrinfo({
    ai_flags: AI_PASSIVE,
    ai_family: AF_INET,
    ai_socktype: SOCK_STREAM,
    ai_protocol: IPPROTO_IP,
  });
  if (getaddrinfo(null, port, hints, addrlocal) !== 0) {
    printf('getaddrinfo() failed with error %d\n', WSAGetLastError());
    return INVALID_SOCKET;
  }
  const { ai_family, ai_socktype, ai_protocol, ai_addr, ai_addrlen } = addrlocal.value!;
  const sd = WSASocketW(ai_family, ai_socktype, ai_protocol, null, 0, WSA_FLAG_OVERLAPPED);
  if (sd === INVALID_SOCKET) {
    printf('WSASocket() failed: %d\n', WSAGetLastError());
    return INVALID_SOCKET;
  }
  if (bind(sd, ai_addr, ai_addrlen) === SOCKET_ERROR) {
    printf('bind() failed: %d\n', WSAGetLastError());
    return INVALID_SOCKET;
  }
  if (listen(sd, 5) === SOCKET_ERROR) {
    printf('listen() failed: %d\n', WSAGetLastError());
    return INVALID_SOCKET;
  }
  freeaddrinfo(addrlocal.value);
  // Without a send buffer data go from the program's memory: one copy less.
  const nZero = ref(int, 0);
  if (setsockopt(sd, SOL_SOCKET, SO_SNDBUF, nZero, sizeof(nZero)) === SOCKET_ERROR) {
    printf('setsockopt(SNDBUF) failed: %d\n', WSAGetLastError());
    return INVALID_SOCKET;
  }
  return sd;
}

async function main(): Promise<number> {
  const [options] = getopt(USAGE, 'e:v');

  const nRet = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (nRet !== 0) {
    printf('WSAStartup() failed: %d\n', nRet);
    return 1;
  }
  let g_bRestart: boolean;
  do {
    g_bRestart = await Serve(options.e ?? DEFAULT_PORT, options.v !== undefined);
    printf(`\niocpserver is ${g_bRestart ? 'restarting' : 'exiting'}...\n`);
  } while (g_bRestart);
  WSACleanup();
  return 0;
}

/** Serves until Ctrl-C, or until Ctrl-Break, after which it returns true: the server is to start again. */
async function Serve(g_Port: string, g_bVerbose: boolean): Promise<boolean> {
  const globals: Globals = {
    g_hIOCP: CreateIoCompletionPort(INVALID_HANDLE_VALUE, 0, 0, 0),
    g_bVerbose,
    g_CtxtList: new Float64Array(new SharedArrayBuffer(8 * MAX_CLIENTS)),
    g_CtxtUsed: new Int32Array(new SharedArrayBuffer(4 * MAX_CLIENTS)),
  };
  if (globals.g_hIOCP === 0) {
    printf('CreateIoCompletionPort() failed to create I/O completion port: %d\n', GetLastError());
    return false;
  }
  const g_dwThreadCount = Math.min(2 * cpus().length, MAX_WORKER_THREAD);
  const g_ThreadHandles: Thread[] = [];
  for (let number = 0; number < g_dwThreadCount; number++) {
    g_ThreadHandles.push(await CreateThread(import.meta.url, { globals, number }));
  }
  const g_sdListen = CreateListenSocket(g_Port);
  let g_bRestart = false;
  // Closing the listening socket ends the wait for connections.
  const CtrlHandler = (dwEvent: NodeJS.Signals) => {
    if (g_bVerbose) printf('CtrlHandler: closing listening socket\n');
    g_bRestart = dwEvent === 'SIGBREAK';
    closesocket(g_sdListen);
  };
  process.once('SIGINT', CtrlHandler).once('SIGBREAK', CtrlHandler);
  if (g_sdListen !== INVALID_SOCKET) {
    printf('Listening on port %s\n', g_Port);
    await AcceptClients(globals, g_sdListen);
  }
  process.off('SIGINT', CtrlHandler).off('SIGBREAK', CtrlHandler);

  for (const _ of g_ThreadHandles) PostQueuedCompletionStatus(globals.g_hIOCP, 0, 0, null);
  await WaitForThreads(g_ThreadHandles);
  CtxtListFree(globals);
  CloseHandle(globals.g_hIOCP);
  return g_bRestart;
}

async function AcceptClients(globals: Globals, g_sdListen: SOCKET): Promise<void> {
  while (true) {
    const sdAccept = await WSAAccept.async(g_sdListen, null, null, null, 0).catch(() => null);
    if (sdAccept === null) return;
    const lpPerSocketContext = UpdateCompletionPort(globals, sdAccept);
    if (lpPerSocketContext === null) continue;
    if (!Post(lpPerSocketContext, ClientIoRead)) CloseClient(globals, lpPerSocketContext, false);
  }
}

await start(main, WorkerThread);
