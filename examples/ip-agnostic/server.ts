/**
 * The server for either address family: opens a socket for each address that getaddrinfo gives, waits
 * for all of them in one select, and sends back what it receives.
 *
 *   npm start -- examples/ip-agnostic/server.ts -t tcp -p 5001
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  AI_NUMERICHOST,
  AI_PASSIVE,
  accept,
  addrinfo,
  bind,
  cast,
  closesocket,
  FD_CLR,
  FD_ISSET,
  FD_SET,
  FD_SETSIZE,
  FD_ZERO,
  fd_set,
  freeaddrinfo,
  gai_strerror,
  getaddrinfo,
  IN6_IS_ADDR_LINKLOCAL,
  INVALID_SOCKET,
  int,
  listen,
  MAKEWORD,
  ptr,
  recv,
  recvfrom,
  ref,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  select,
  send,
  sendto,
  sizeof,
  sockaddr_in6,
  socket,
  systemMessage,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { getopt, oneOf } from '../shared/options.ts';
import { NameInfo } from '../shared/resolve.ts';

const DEFAULT_PORT = '5001';
/** Small, to show what larger messages do: a stream comes in pieces, a datagram fails. */
const BUFFER_SIZE = 64;
const USAGE = `usage: server [-f FAMILY] [-t TRANSPORT] [-p PORT] [-a ADDRESS]
  FAMILY     PF_UNSPEC, PF_INET or PF_INET6 (default: PF_UNSPEC)
  TRANSPORT  tcp or udp (default: tcp)
  PORT       port to serve (default: ${DEFAULT_PORT})
  ADDRESS    numeric address to bind to (default: any)`;

function PrintError(what: string): void {
  const error = WSAGetLastError();
  console.error(`${what} failed with error ${error}: ${systemMessage(error)}`);
}

function main(): number {
  const [options] = getopt(USAGE, 'f:t:p:a:');
  const Port = options.p ?? DEFAULT_PORT;
  const Families = { unspec: AF_UNSPEC, inet: AF_INET, inet6: AF_INET6 };
  const Family = oneOf('-f', options.f?.replace(/^[ap]f_/i, ''), Families);
  const SocketType = oneOf('-t', options.t, { tcp: SOCK_STREAM, udp: SOCK_DGRAM });
  const Data = Buffer.alloc(BUFFER_SIZE);

  let RetVal = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (RetVal !== 0) {
    console.error(`WSAStartup failed with error ${RetVal}: ${systemMessage(RetVal)}`);
    return 1;
  }

  try {
    // Without a node name, AI_PASSIVE asks for addresses to bind to: one for each family.
    const AddrInfo = ref(ptr(addrinfo));
    const Hints = new addrinfo({
      ai_family: Family,
      ai_socktype: SocketType,
      ai_flags: AI_NUMERICHOST | AI_PASSIVE,
    });
    RetVal = getaddrinfo(options.a ?? null, Port, Hints, AddrInfo);
    if (RetVal !== 0) {
      console.error(`getaddrinfo failed with error ${RetVal}: ${gai_strerror(RetVal)}`);
      return 1;
    }

    const ServSock: SOCKET[] = [];
    for (let AI = AddrInfo.value; AI !== null; AI = AI.ai_next) {
      if (ServSock.length === FD_SETSIZE) {
        console.log('getaddrinfo returned more addresses than we could use.');
        break;
      }
      if (AI.ai_family !== AF_INET && AI.ai_family !== AF_INET6) continue;
      const s = socket(AI.ai_family, AI.ai_socktype, AI.ai_protocol);
      if (s === INVALID_SOCKET) {
        PrintError('socket()');
        continue;
      }
      // A link-local address is only one together with its scope.
      if (AI.ai_family === AF_INET6) {
        const { sin6_addr, sin6_scope_id } = cast(sockaddr_in6, AI.ai_addr!);
        if (IN6_IS_ADDR_LINKLOCAL(sin6_addr) && sin6_scope_id === 0) {
          console.error('IPv6 link local addresses should specify a scope ID!');
        }
      }
      if (bind(s, AI.ai_addr, AI.ai_addrlen) === SOCKET_ERROR) {
        PrintError('bind()');
        closesocket(s);
        continue;
      }
      if (SocketType === SOCK_STREAM && listen(s, 5) === SOCKET_ERROR) {
        PrintError('listen()');
        closesocket(s);
        continue;
      }
      const family = AI.ai_family === AF_INET6 ? 'PF_INET6' : 'PF_INET';
      const protocol = SocketType === SOCK_STREAM ? 'TCP' : 'UDP';
      console.log(`'Listening' on port ${Port}, protocol ${protocol}, protocol family ${family}`);
      ServSock.push(s);
    }
    freeaddrinfo(AddrInfo.value);
    if (ServSock.length === 0) {
      console.error('Fatal error: unable to serve on any address.');
      return 1;
    }

    const SockSet = new fd_set();
    FD_ZERO(SockSet);
    while (true) {
      const From = new SOCKADDR_STORAGE();
      const FromLen = ref(int, sizeof(From));

      // select leaves the sockets that are ready in the set, so it is filled again when none is left.
      if (!ServSock.some((s) => FD_ISSET(s, SockSet))) {
        FD_ZERO(SockSet);
        for (const s of ServSock) FD_SET(s, SockSet);
        if (select(ServSock.length, SockSet, null, null, null) === SOCKET_ERROR) {
          PrintError('select()');
          return 1;
        }
      }
      const Ready = ServSock.find((s) => FD_ISSET(s, SockSet))!;
      FD_CLR(Ready, SockSet);

      if (SocketType === SOCK_STREAM) {
        const ConnSock = accept(Ready, From, FromLen);
        if (ConnSock === INVALID_SOCKET) {
          PrintError('accept()');
          return 1;
        }
        const [Hostname] = NameInfo(From, FromLen.value);
        console.log(`\nAccepted connection from ${Hostname}`);

        while (true) {
          const AmountRead = recv(ConnSock, Data, Data.length, 0);
          if (AmountRead === SOCKET_ERROR) {
            PrintError('recv()');
            break;
          }
          if (AmountRead === 0) {
            console.log('Client closed connection');
            break;
          }
          const Text = Data.toString('latin1', 0, AmountRead);
          console.log(`Received ${AmountRead} bytes from client: [${Text}]`);
          console.log('Echoing same data back to client');
          if (send(ConnSock, Data, AmountRead, 0) === SOCKET_ERROR) {
            PrintError('send()');
            break;
          }
        }
        closesocket(ConnSock);
      } else {
        const AmountRead = recvfrom(Ready, Data, Data.length, 0, From, FromLen);
        if (AmountRead === SOCKET_ERROR) {
          PrintError('recvfrom()');
          return 1;
        }
        const [Hostname] = NameInfo(From, FromLen.value);
        const Text = Data.toString('latin1', 0, AmountRead);
        console.log(`Received a ${AmountRead} byte datagram from ${Hostname}: [${Text}]`);
        console.log('Echoing same data back to client');
        if (sendto(Ready, Data, AmountRead, 0, From, FromLen.value) === SOCKET_ERROR) {
          PrintError('sendto()');
        }
      }
    }
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
