/**
 * An echo server that accepts without blocking, in two ways: in one loop around select, or by
 * WSAAsyncSelect and a window procedure.
 *
 *   npm start -- examples/accept/server.ts -t 2
 */

import { once } from 'node:events';
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
  FD_SETSIZE,
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
  SD_SEND,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  select,
  send,
  shutdown,
  sizeof,
  timeval,
  ULONG,
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
import { MessageWindow, PostMessage, WM_USER } from 'winsock/kernel';
import { getopt, type Options, oneOf } from '../shared/options.ts';
import { FormatAddress, ResolveAddress } from '../shared/resolve.ts';

const DEFAULT_PORT = '7243';
const MAX_CLIENTS = FD_SETSIZE;
const RECV_DATA_SIZE = 4096;
const HEART_BEAT_INTERVAL = 30;
const WM_USER_ASYNCSELECT_MSG = WM_USER + 1;
const USAGE = `usage: server OPTIONS
  -a 0|4|6      address family: 0 for either (default: 0)
  -i INTERFACE  address to listen on (default: any)
  -e PORT       port (default: ${DEFAULT_PORT})
  -t 1|2        type of accept (default: 1)
                1: non-blocking accept
                2: accept with WSAAsyncSelect`;

/** A socket, and what was received of its peer and has yet to be sent back. */
interface SOCK_INFO {
  readonly sock: SOCKET;
  readonly isSocketListening: boolean;
  recdData: Buffer;
  isFdCloseRecd: boolean;
  nTotalRecd: number;
  nTotalSent: number;
}

/** What all functions use. */
const g_AcceptContext = {
  typeOfAccept: 1,
  sockList: new Map<SOCKET, SOCK_INFO>(),
  hAcceptWindow: undefined as MessageWindow | undefined,
};

function AddSockInfoToList(sock: SOCKET, isSocketListening: boolean): SOCK_INFO {
  const recdData = Buffer.alloc(0);
  const counts = { nTotalRecd: 0, nTotalSent: 0 };
  const sockInfo = { sock, isSocketListening, recdData, isFdCloseRecd: false, ...counts };
  g_AcceptContext.sockList.set(sock, sockInfo);
  return sockInfo;
}

function SetNonBlocking(sock: SOCKET): void {
  if (ioctlsocket(sock, FIONBIO, ref(ULONG, 1)) !== SOCKET_ERROR) return;
  console.log(`Can't put socket into non-blocking mode. Error = ${WSAGetLastError()}`);
}

/** A listening socket for each address, as far as they can be had. */
function CreateListeningSockets(options: Options): void {
  const family = oneOf('-a', options.a, { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 });
  const port = options.e ?? DEFAULT_PORT;
  const res = ResolveAddress(options.i, port, family, SOCK_STREAM, IPPROTO_TCP);
  for (let addr: addrinfo | null = res; addr !== null; addr = addr.ai_next) {
    const { ai_family, ai_socktype, ai_protocol, ai_addr, ai_addrlen } = addr;
    const newSock = WSASocketW(ai_family, ai_socktype, ai_protocol, null, 0, 0);
    if (newSock === INVALID_SOCKET) {
      console.log(`WSASocket failed. Error = ${WSAGetLastError()}`);
      continue;
    }
    if (bind(newSock, ai_addr, ai_addrlen) === SOCKET_ERROR) {
      console.log(`bind failed. Error = ${WSAGetLastError()}`);
      closesocket(newSock);
      continue;
    }
    if (listen(newSock, MAX_CLIENTS) === SOCKET_ERROR) {
      console.log(`listen failed. Error = ${WSAGetLastError()}`);
      closesocket(newSock);
      continue;
    }
    console.log(`Listening on ${FormatAddress(ai_addr, ai_addrlen)}`);
    if (g_AcceptContext.typeOfAccept === 1) SetNonBlocking(newSock);
    AddSockInfoToList(newSock, true);
  }
  freeaddrinfo(res);
}

function DestroyListeningSockets(): void {
  for (const sock of g_AcceptContext.sockList.keys()) closesocket(sock);
  g_AcceptContext.sockList.clear();
}

/** Takes a connection, where there still is one. */
function ProcessAcceptEvent({ sock }: SOCK_INFO): SOCK_INFO | undefined {
  const clientAddress = new SOCKADDR_STORAGE();
  const clientAddressLen = ref(int, sizeof(clientAddress));
  const newSock = WSAAccept(sock, clientAddress, clientAddressLen, null, 0);
  if (newSock === INVALID_SOCKET) {
    console.log(`ERROR: WSAAccept failed. Error = ${WSAGetLastError()}`);
    return undefined;
  }
  const client = FormatAddress(clientAddress, clientAddressLen.value);
  console.log(`Accepted connection from client: ${client}`);
  SetNonBlocking(newSock);
  return AddSockInfoToList(newSock, false);
}

/** Receives, unless there are data to send first. True when the socket is to be closed. */
function ProcessReadEvent(sockInfo: SOCK_INFO): boolean {
  if (sockInfo.recdData.length > 0) return false;
  const buf = Buffer.alloc(RECV_DATA_SIZE);
  const nBytesRecd = recv(sockInfo.sock, buf, buf.length, 0);
  if (nBytesRecd === SOCKET_ERROR) {
    const err = WSAGetLastError();
    if (err === WSAEWOULDBLOCK) return false;
    console.log(`ERROR: recv failed. Error = ${err}`);
    return true;
  }
  if (nBytesRecd === 0) {
    console.log('recv returned 0. The remote side has closed gracefully.');
    return true;
  }
  console.log(`Received ${nBytesRecd} bytes`);
  sockInfo.recdData = buf.subarray(0, nBytesRecd);
  sockInfo.nTotalRecd += nBytesRecd;
  return false;
}

/** Sends what the socket takes of what was received. True when the socket is to be closed. */
function SendData(sockInfo: SOCK_INFO): boolean {
  const { sock, recdData } = sockInfo;
  if (recdData.length === 0) return false;
  const nBytesSent = send(sock, recdData, recdData.length, 0);
  if (nBytesSent === SOCKET_ERROR) {
    const err = WSAGetLastError();
    if (err === WSAEWOULDBLOCK) return false;
    console.log(`ERROR: send failed. Error = ${err}`);
    return true;
  }
  sockInfo.recdData = recdData.subarray(nBytesSent);
  sockInfo.nTotalSent += nBytesSent;
  console.log(`Sent ${nBytesSent} bytes. Remaining = ${sockInfo.recdData.length} bytes.`);
  return false;
}

function CloseSocket({ sock, nTotalRecd, nTotalSent }: SOCK_INFO): void {
  g_AcceptContext.sockList.delete(sock);
  closesocket(sock);
  console.log(
    `Closed socket ${sock}. Total bytes received = ${nTotalRecd}, total bytes sent = ${nTotalSent}`,
  );
}

function NonBlockingAcceptMain(): number {
  const { sockList } = g_AcceptContext;
  while (true) {
    const readFDSet = new fd_set();
    const writeFDSet = new fd_set();
    FD_ZERO(readFDSet);
    FD_ZERO(writeFDSet);
    // A set takes so many sockets; those beyond have their turn when others have gone.
    for (const { sock, recdData } of [...sockList.values()].slice(0, MAX_CLIENTS)) {
      FD_SET(sock, recdData.length > 0 ? writeFDSet : readFDSet);
    }
    const interval = new timeval({ tv_sec: HEART_BEAT_INTERVAL });
    const nReady = select(0, readFDSet, writeFDSet, null, interval);
    if (nReady === SOCKET_ERROR) {
      console.log(`ERROR: select failed. Error = ${WSAGetLastError()}`);
      return 1;
    }
    if (nReady === 0) {
      console.log(`No connections or data in the last ${HEART_BEAT_INTERVAL} seconds.`);
      continue;
    }
    for (const sockInfo of [...sockList.values()]) {
      if (FD_ISSET(sockInfo.sock, readFDSet)) {
        if (sockInfo.isSocketListening) ProcessAcceptEvent(sockInfo);
        else if (ProcessReadEvent(sockInfo) || SendData(sockInfo)) CloseSocket(sockInfo);
      } else if (FD_ISSET(sockInfo.sock, writeFDSet)) {
        if (SendData(sockInfo)) CloseSocket(sockInfo);
      }
    }
  }
}

/** Has the socket read, or found closed, once the data before are sent. */
function PostDummyRead(sock: SOCKET): void {
  PostMessage(g_AcceptContext.hAcceptWindow!.handle, WM_USER_ASYNCSELECT_MSG, sock, FD_READ);
}

/** wParam is the socket, lParam the event and the error. */
function ProcessAsyncSelectMessage(wParam: number, lParam: number): void {
  const sockInfo = g_AcceptContext.sockList.get(wParam);
  if (sockInfo === undefined) return; // It was closed since.
  const hWnd = g_AcceptContext.hAcceptWindow!.handle;
  let bSocketToBeClosed = WSAGETSELECTERROR(lParam) !== 0;
  if (!bSocketToBeClosed) {
    switch (WSAGETSELECTEVENT(lParam)) {
      case FD_ACCEPT: {
        const accepted = ProcessAcceptEvent(sockInfo);
        if (accepted === undefined) break;
        // Until then it has the events of the listening socket.
        const events = FD_READ | FD_WRITE | FD_CLOSE;
        const rc = WSAAsyncSelect(accepted.sock, hWnd, WM_USER_ASYNCSELECT_MSG, events);
        if (rc !== SOCKET_ERROR) break;
        console.log(`ERROR: WSAAsyncSelect failed. Error = ${WSAGetLastError()}`);
        CloseSocket(accepted);
        break;
      }
      case FD_READ:
        bSocketToBeClosed = ProcessReadEvent(sockInfo) || SendData(sockInfo);
        if (sockInfo.isFdCloseRecd && sockInfo.recdData.length === 0) PostDummyRead(wParam);
        break;
      case FD_WRITE:
        bSocketToBeClosed = SendData(sockInfo);
        PostDummyRead(wParam);
        break;
      case FD_CLOSE:
        // There may be data still: what recv says decides.
        sockInfo.isFdCloseRecd = true;
        PostDummyRead(wParam);
    }
  }
  if (!bSocketToBeClosed) return;
  WSAAsyncSelect(wParam, hWnd, 0, 0);
  if (shutdown(wParam, SD_SEND) === SOCKET_ERROR) {
    console.log(`ERROR: shutdown failed. Error = ${WSAGetLastError()}`);
  }
  CloseSocket(sockInfo);
}

/** The window procedure. */
function MainWndProc(message: number, wParam: number, lParam: number): number | undefined {
  if (message !== WM_USER_ASYNCSELECT_MSG) return undefined; // As DefWindowProc.
  ProcessAsyncSelectMessage(wParam, lParam);
  return 0;
}

/** The messages come while the event loop runs: it is what GetMessage and DispatchMessage are in C. */
async function AsyncSelectAcceptMain(): Promise<number> {
  const hAcceptWindow = new MessageWindow(MainWndProc);
  g_AcceptContext.hAcceptWindow = hAcceptWindow;
  for (const sock of g_AcceptContext.sockList.keys()) {
    const events = FD_ACCEPT | FD_CLOSE;
    const rc = WSAAsyncSelect(sock, hAcceptWindow.handle, WM_USER_ASYNCSELECT_MSG, events);
    if (rc !== SOCKET_ERROR) continue;
    console.log(`ERROR: WSAAsyncSelect failed. Error = ${WSAGetLastError()}`);
  }
  await once(process, 'SIGINT');
  hAcceptWindow.close();
  return 0;
}

async function main(): Promise<number> {
  const [options] = getopt(USAGE, 'a:i:e:t:');
  g_AcceptContext.typeOfAccept = oneOf('-t', options.t, { 1: 1, 2: 2 });
  const retVal = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (retVal !== 0) {
    console.log(`WSAStartup failed. Error = ${retVal}`);
    return 1;
  }
  try {
    CreateListeningSockets(options);
    if (g_AcceptContext.sockList.size === 0) return 1;
    return g_AcceptContext.typeOfAccept === 1
      ? NonBlockingAcceptMain()
      : await AsyncSelectAcceptMain();
  } finally {
    DestroyListeningSockets();
    WSACleanup();
  }
}

process.exitCode = await main();
