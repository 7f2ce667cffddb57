/**
 * The server of the getting-started guide: accepts one client, sends back what it receives, and ends
 * when the client has shut down.
 *
 *   npm start -- examples/getting-started/server.ts [PORT]
 */

import {
  AF_INET,
  AI_PASSIVE,
  accept,
  addrinfo,
  bind,
  closesocket,
  freeaddrinfo,
  getaddrinfo,
  INVALID_SOCKET,
  IPPROTO_TCP,
  listen,
  MAKEWORD,
  ptr,
  recv,
  ref,
  SD_SEND,
  SOCK_STREAM,
  SOCKET_ERROR,
  SOMAXCONN,
  send,
  shutdown,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';

const DEFAULT_BUFLEN = 512;
const DEFAULT_PORT = '27015';

function main(argv: string[]): number {
  const wsaData = new WSADATA();
  let ListenSocket = INVALID_SOCKET;
  let ClientSocket = INVALID_SOCKET;
  const result = ref(ptr(addrinfo));
  const recvbuf = Buffer.alloc(DEFAULT_BUFLEN);
  const [port = DEFAULT_PORT] = argv;

  if (port.startsWith('-')) {
    console.log('usage: server [PORT]');
    return port === '--help' ? 0 : 1;
  }

  let iResult = WSAStartup(MAKEWORD(2, 2), wsaData);
  if (iResult !== 0) {
    console.log(`WSAStartup failed with error: ${iResult}`);
    return 1;
  }

  try {
    const hints = new addrinfo({
      ai_family: AF_INET,
      ai_socktype: SOCK_STREAM,
      ai_protocol: IPPROTO_TCP,
      ai_flags: AI_PASSIVE,
    });
    iResult = getaddrinfo(null, port, hints, result);
    if (iResult !== 0) {
      console.log(`getaddrinfo failed with error: ${iResult}`);
      return 1;
    }
    const { ai_family, ai_socktype, ai_protocol, ai_addr, ai_addrlen } = result.value!;

    ListenSocket = socket(ai_family, ai_socktype, ai_protocol);
    if (ListenSocket === INVALID_SOCKET) {
      console.log(`socket failed with error: ${WSAGetLastError()}`);
      return 1;
    }

    iResult = bind(ListenSocket, ai_addr, ai_addrlen);
    if (iResult === SOCKET_ERROR) {
      console.log(`bind failed with error: ${WSAGetLastError()}`);
      return 1;
    }
    freeaddrinfo(result.value);

    iResult = listen(ListenSocket, SOMAXCONN);
    if (iResult === SOCKET_ERROR) {
      console.log(`listen failed with error: ${WSAGetLastError()}`);
      return 1;
    }

    ClientSocket = accept(ListenSocket, null, null);
    if (ClientSocket === INVALID_SOCKET) {
      console.log(`accept failed with error: ${WSAGetLastError()}`);
      return 1;
    }
    closesocket(ListenSocket);
    ListenSocket = INVALID_SOCKET;

    do {
      iResult = recv(ClientSocket, recvbuf, recvbuf.length, 0);
      if (iResult > 0) {
        console.log(`Bytes received: ${iResult}`);
        const iSendResult = send(ClientSocket, recvbuf, iResult, 0);
        if (iSendResult === SOCKET_ERROR) {
          console.log(`send failed with error: ${WSAGetLastError()}`);
          return 1;
        }
        console.log(`Bytes sent: ${iSendResult}`);
      } else if (iResult === 0) {
        console.log('Connection closing...');
      } else {
        console.log(`recv failed with error: ${WSAGetLastError()}`);
        return 1;
      }
    } while (iResult > 0);

    if (shutdown(ClientSocket, SD_SEND) === SOCKET_ERROR) {
      console.log(`shutdown failed with error: ${WSAGetLastError()}`);
      return 1;
    }
    return 0;
  } finally {
    for (const s of [ClientSocket, ListenSocket]) if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main(process.argv.slice(2));
