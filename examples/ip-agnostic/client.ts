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
  closesocket,
  connect,
  freeaddrinfo,
  getpeername,
  getsockname,
  INVALID_SOCKET,
  int,
  MAKEWORD,
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
import { NameInfo, ResolveAddress } from '../shared/resolve.ts';

const DEFAULT_PORT = '5001';
const BUFFER_SIZE = 65536;
const USAGE = `usage: client [-s SERVER] [-f FAMILY] [-t TRANSPORT] [-p PORT] [-b BYTES] [-n NUMBER]
  SERVER     name or address of the server (default: localhost)
  FAMILY     unspec, inet or inet6, also as PF_INET or AF_INET (default: unspec)
  TRANSPORT  tcp or udp (default: tcp)
  PORT       port of the server (default: ${DEFAULT_PORT})
  BYTES      extra bytes in each message (default: 0)
  NUMBER     how many messages (default: 1); -n alone goes on until Ctrl-C`;

function PrintError(what: string): void {
  const error = WSAGetLastError();
  console.error(`${what} failed with error ${error}: ${systemMessage(error)}`);
}

/** Receives what was sent: all of it, unless the server closes first. */
function ReceiveAndPrint(ConnSocket: SOCKET, Data: Buffer, BufLen: number): number {
  const AmountRead = recv(ConnSocket, Data, BufLen, 0);
  if (AmountRead === SOCKET_ERROR) {
    PrintError('recv()');
    return SOCKET_ERROR;
  }
  if (AmountRead === 0) {
    console.log('Server closed connection');
    return 0;
  }
  const Text = Data.toString('latin1', 0, AmountRead).replace(/\0.*/s, '');
  console.log(`Received ${AmountRead} bytes from server: [${Text}]`);
  return AmountRead;
}

function main(): number {
  const [options] = getopt(USAGE, 's:f:t:p:b:n::');
  const Server = options.s ?? 'localhost';
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

  try {
    const AddrInfo = ResolveAddress(Server, Port, Family, SocketType, 0);
    if (AddrInfo === null) return 1;

    // The first address that takes the connection is the one.
    let ConnSocket = INVALID_SOCKET;
    for (let AI: typeof AddrInfo | null = AddrInfo; AI !== null; AI = AI.ai_next) {
      ConnSocket = socket(AI.ai_family, AI.ai_socktype, AI.ai_protocol);
      if (ConnSocket === INVALID_SOCKET) {
        PrintError('socket()');
        continue;
      }
      const [AddrName] = NameInfo(AI.ai_addr, AI.ai_addrlen);
      console.log(`Attempting to connect to: ${Server} (${AddrName})`);
      if (connect(ConnSocket, AI.ai_addr, AI.ai_addrlen) !== SOCKET_ERROR) break;
      PrintError(`connect() to ${AddrName}`);
      closesocket(ConnSocket);
      ConnSocket = INVALID_SOCKET;
    }
    freeaddrinfo(AddrInfo);
    if (ConnSocket === INVALID_SOCKET) {
      console.error('Fatal error: unable to connect to the server.');
      return 1;
    }

    const Addr = new SOCKADDR_STORAGE();
    const AddrLen = ref(int, sizeof(Addr));
    if (getpeername(ConnSocket, Addr, AddrLen) === SOCKET_ERROR) PrintError('getpeername()');
    else {
      const [PeerName, PeerPort] = NameInfo(Addr, AddrLen.value);
      console.log(`Connected to ${PeerName}, port ${PeerPort}, with ${options.t ?? 'tcp'}`);
    }
    AddrLen.value = sizeof(Addr);
    if (getsockname(ConnSocket, Addr, AddrLen) === SOCKET_ERROR) PrintError('getsockname()');
    else {
      const [LocalName, LocalPort] = NameInfo(Addr, AddrLen.value);
      console.log(`Using local address ${LocalName}, port ${LocalPort}`);
    }

    for (let i = 0; i < MaxIterations; i++) {
      const Message = Data.write(`Message #${i + 1}\0`);
      const AmountToSend = Message + ExtraBytes;
      Data.fill('#', Message, AmountToSend);
      let RemainingData = send(ConnSocket, Data, AmountToSend, 0);
      if (RemainingData === SOCKET_ERROR) {
        PrintError('send()');
        return 1;
      }
      console.log(`Sent ${RemainingData} bytes out of ${AmountToSend} bytes`);

      // A stream may give the answer in pieces; a datagram comes whole or not at all.
      while (RemainingData > 0) {
        const AmountRead = ReceiveAndPrint(ConnSocket, Data, Data.length);
        if (AmountRead <= 0) return 1;
        RemainingData = SocketType === SOCK_DGRAM ? 0 : RemainingData - AmountRead;
      }
    }

    console.log('Done sending');
    if (shutdown(ConnSocket, SD_SEND) === SOCKET_ERROR) PrintError('shutdown()');
    if (SocketType === SOCK_STREAM) ReceiveAndPrint(ConnSocket, Data, Data.length);
    closesocket(ConnSocket);
    return 0;
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
