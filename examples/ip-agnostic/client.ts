/**
 * The client for either address family: tries each address of the server in turn, then sends messages
 * and prints what comes back.
 *
 *   npm start -- examples/ip-agnostic/client.ts -s localhost -t tcp -p 5001 -n 2
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  addrinfo,
  closesocket,
  connect,
  freeaddrinfo,
  gai_strerror,
  getaddrinfo,
  getpeername,
  getsockname,
  INVALID_SOCKET,
  int,
  MAKEWORD,
  ptr,
  recv,
  ref,
  SD_SEND,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  send,
  shutdown,
  sizeof,
  socket,
  systemMessage,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt, integer, oneOf } from '../shared/options.ts';
import { NameInfo } from '../shared/resolve.ts';

const DEFAULT_PORT = '5001';
const BUFFER_SIZE = 65536;
const USAGE = `usage: client [-s SERVER] [-f FAMILY] [-t TRANSPORT] [-p PORT] [-b BYTES] [-n NUMBER]
  SERVER     name or address of the server (default: the loopback address)
  FAMILY     PF_UNSPEC, PF_INET or PF_INET6 (default: PF_UNSPEC)
  TRANSPORT  tcp or udp (default: tcp)
  PORT       port of the server (default: ${DEFAULT_PORT})
  BYTES      extra bytes in each message (default: 0)
  NUMBER     how many messages (default: 1); -n alone goes on until Ctrl-C`;

function PrintError(what: string): void {
  const error = WSAGetLastError();
  console.error(`${what} failed with error ${error}: ${systemMessage(error)}`);
}

/** Receives what is there: as much as the server sent at once, or a part of it. */
function ReceiveAndPrint(ConnSocket: SOCKET, Data: Buffer): number {
  const AmountRead = recv(ConnSocket, Data, Data.length, 0);
  if (AmountRead === SOCKET_ERROR) {
    PrintError('recv()');
    return SOCKET_ERROR;
  }
  if (AmountRead === 0) {
    console.log('Server closed connection');
    return 0;
  }
  const Text = Data.toString('latin1', 0, AmountRead);
  console.log(`Received ${AmountRead} bytes from server: [${Text}]`);
  return AmountRead;
}

function main(): number {
  const [options] = getopt(USAGE, 's:f:t:p:b:n::');
  const Server = options.s ?? null;
  const Port = options.p ?? DEFAULT_PORT;
  const Families = { unspec: AF_UNSPEC, inet: AF_INET, inet6: AF_INET6 };
  const Family = oneOf('-f', options.f?.replace(/^[ap]f_/i, ''), Families);
  const SocketType = oneOf('-t', options.t, { tcp: SOCK_STREAM, udp: SOCK_DGRAM });
  const ExtraBytes = integer('-b', options.b, 0, 0, BUFFER_SIZE - 32);
  const MaxIterations = options.n === '' ? Infinity : integer('-n', options.n, 1);
  const Data = Buffer.alloc(BUFFER_SIZE);

  const RetVal = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (RetVal !== 0) {
    console.error(`WSAStartup failed with error ${RetVal}: ${systemMessage(RetVal)}`);
    return 1;
  }

  let ConnSocket = INVALID_SOCKET;
  try {
    const AddrInfo = ref(ptr(addrinfo));
    const Hints = new addrinfo({ ai_family: Family, ai_socktype: SocketType });
    const code = getaddrinfo(Server, Port, Hints, AddrInfo);
    if (code !== 0) {
      const what = `Cannot resolve address [${Server}] and port [${Port}]`;
      console.error(`${what}, error ${code}: ${gai_strerror(code)}`);
      return 1;
    }

    // The first address that takes the connection is the one.
    let AI = AddrInfo.value;
    for (; AI !== null; AI = AI.ai_next) {
      const { ai_family, ai_socktype, ai_protocol } = AI;
      ConnSocket = socket(ai_family, ai_socktype, ai_protocol);
      const types = `socktype: ${ai_socktype}, protocol: ${ai_protocol}`;
      console.log(`socket call with family: ${ai_family} ${types}`);
      if (ConnSocket === INVALID_SOCKET) {
        PrintError('socket()');
        continue;
      }
      console.log(`Attempting to connect to: ${Server ?? 'localhost'}`);
      if (connect(ConnSocket, AI.ai_addr, AI.ai_addrlen) !== SOCKET_ERROR) break;
      PrintError(`connect() to ${NameInfo(AI.ai_addr, AI.ai_addrlen)[0]}`);
      closesocket(ConnSocket);
      ConnSocket = INVALID_SOCKET;
    }
    const isV4 = AI?.ai_family === AF_INET;
    freeaddrinfo(AddrInfo.value);
    if (ConnSocket === INVALID_SOCKET) {
      console.error('Fatal error: unable to connect to the server.');
      return 1;
    }

    const Addr = new SOCKADDR_STORAGE();
    const AddrLen = ref(int, sizeof(Addr));
    if (getpeername(ConnSocket, Addr, AddrLen) === SOCKET_ERROR) PrintError('getpeername()');
    else {
      const [PeerName, PeerPort] = NameInfo(Addr, AddrLen.value);
      const protocol = SocketType === SOCK_STREAM ? 'TCP' : 'UDP';
      const family = isV4 ? 'PF_INET' : 'PF_INET6';
      const where = `${PeerName}, port ${PeerPort}`;
      console.log(`Connected to ${where}, protocol ${protocol}, protocol family ${family}`);
    }
    AddrLen.value = sizeof(Addr);
    if (getsockname(ConnSocket, Addr, AddrLen) === SOCKET_ERROR) PrintError('getsockname()');
    else {
      const [LocalName, LocalPort] = NameInfo(Addr, AddrLen.value);
      console.log(`Using local address ${LocalName}, port ${LocalPort}`);
    }

    for (let i = 0; i < MaxIterations; i++) {
      let AmountToSend = Data.write(`Message #${i + 1}`);
      for (let extra = 0; extra < ExtraBytes; extra++) {
        Data[AmountToSend++] = (extra & 0x3f) + 0x20;
      }
      const Sent = send(ConnSocket, Data, AmountToSend, 0);
      if (Sent === SOCKET_ERROR) {
        PrintError('send()');
        return 1;
      }
      const Text = Data.toString('latin1', 0, AmountToSend);
      console.log(`Sent ${Sent} bytes (out of ${AmountToSend} bytes) of data: [${Text}]`);
      const AmountRead = ReceiveAndPrint(ConnSocket, Data);
      if (AmountRead <= 0) return AmountRead === 0 ? 0 : 1;
    }

    console.log('Done sending');
    shutdown(ConnSocket, SD_SEND);
    // A stream may have come in pieces: the rest of them is still to be received.
    let AmountRead = SocketType === SOCK_STREAM ? 1 : 0;
    while (AmountRead > 0) AmountRead = ReceiveAndPrint(ConnSocket, Data);
    return AmountRead === 0 ? 0 : 1;
  } finally {
    if (ConnSocket !== INVALID_SOCKET) closesocket(ConnSocket);
    WSACleanup();
  }
}

process.exitCode = main();
