/**
 * The client of the getting-started guide: connects to a server, sends one buffer, shuts down its
 * sending side and receives until the peer closes.
 *
 *   npm start -- examples/getting-started/client.ts SERVER [PORT]
 */

import {
  AF_UNSPEC,
  addrinfo,
  closesocket,
  connect,
  freeaddrinfo,
  getaddrinfo,
  INVALID_SOCKET,
  IPPROTO_TCP,
  MAKEWORD,
  ptr,
  recv,
  ref,
  SD_SEND,
  SOCK_STREAM,
  SOCKET_ERROR,
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
  let ConnectSocket = INVALID_SOCKET;
  const result = ref(ptr(addrinfo));
  const sendbuf = Buffer.from('this is a test');
  const recvbuf = Buffer.alloc(DEFAULT_BUFLEN);
  const [server, port = DEFAULT_PORT] = argv;

  if (server === undefined || server.startsWith('-')) {
    console.log('usage: client SERVER [PORT]');
    return server === '--help' ? 0 : 1;
  }

  let iResult = WSAStartup(MAKEWORD(2, 2), wsaData);
  if (iResult !== 0) {
    console.log(`WSAStartup failed with error: ${iResult}`);
    return 1;
  }

  try {
    const hints = new addrinfo({
      ai_family: AF_UNSPEC,
      ai_socktype: SOCK_STREAM,
      ai_protocol: IPPROTO_TCP,
    });
    iResult = getaddrinfo(server, port, hints, result);
    if (iResult !== 0) {
      console.log(`getaddrinfo failed with error: ${iResult}`);
      return 1;
    }

    // One of the addresses will do.
    for (let p = result.value; p; p = p.ai_next) {
      ConnectSocket = socket(p.ai_family, p.ai_socktype, p.ai_protocol);
      if (ConnectSocket === INVALID_SOCKET) {
        console.log(`socket failed with error: ${WSAGetLastError()}`);
        return 1;
      }
      if (connect(ConnectSocket, p.ai_addr, p.ai_addrlen) !== SOCKET_ERROR) break;
      closesocket(ConnectSocket);
      ConnectSocket = INVALID_SOCKET;
    }
    freeaddrinfo(result.value);

    if (ConnectSocket === INVALID_SOCKET) {
      console.log('Unable to connect to server!');
      return 1;
    }

    iResult = send(ConnectSocket, sendbuf, sendbuf.length, 0);
    if (iResult === SOCKET_ERROR) {
      console.log(`send failed with error: ${WSAGetLastError()}`);
      return 1;
    }
    console.log(`Bytes Sent: ${iResult}`);

    iResult = shutdown(ConnectSocket, SD_SEND);
    if (iResult === SOCKET_ERROR) {
      console.log(`shutdown failed with error: ${WSAGetLastError()}`);
      return 1;
    }

    do {
      iResult = recv(ConnectSocket, recvbuf, recvbuf.length, 0);
      if (iResult > 0) console.log(`Bytes received: ${iResult}`);
      else if (iResult === 0) console.log('Connection closed');
      else console.log(`recv failed with error: ${WSAGetLastError()}`);
    } while (iResult > 0);
    return 0;
  } finally {
    if (ConnectSocket !== INVALID_SOCKET) closesocket(ConnectSocket);
    WSACleanup();
  }
}

process.exitCode = main(process.argv.slice(2));
