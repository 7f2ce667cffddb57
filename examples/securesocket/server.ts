/**
 * The server of TCP connections that IPsec secures: it asks for encryption before it listens, receives,
 * acts as its client for a moment, and answers. Needs Windows; Wine has none of the functions.
 *
 *   npm start -- examples/securesocket/server.ts
 */

import {
  AF_INET,
  AF_INET6,
  addressOf,
  bind,
  cast,
  closesocket,
  DWORD,
  htons,
  INVALID_SOCKET,
  IPPROTO_TCP,
  listen,
  MAKEWORD,
  ref,
  SOCK_STREAM,
  type SOCKET,
  SOCKET_ERROR,
  SOCKET_SECURITY_SETTINGS,
  type SOCKET_SECURITY_SETTINGS_IPSEC,
  sizeof,
  sockaddr_in,
  sockaddr_in6,
  WSAAccept,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAImpersonateSocketPeer,
  WSARecv,
  WSARevertImpersonation,
  WSASend,
  WSASetSocketSecurity,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { getopt } from '../shared/options.ts';
import {
  ADV_USAGE,
  failed,
  PrintSecurity,
  RECV_DATA_BUF_SIZE,
  SERVER_PORT,
  SecuritySettings,
} from '../shared/secure.ts';

const USAGE = `usage: server [-adv KEY] [-v6]
  -v6       use IPv6 (default: IPv4)
${ADV_USAGE}
Needs Windows, and machines that share an IPsec policy or a domain.`;

function SecureTcpAcceptConnection(
  addrFamily: number,
  securitySettings: SOCKET_SECURITY_SETTINGS | SOCKET_SECURITY_SETTINGS_IPSEC,
): number {
  const listenSock = WSASocketW(addrFamily, SOCK_STREAM, IPPROTO_TCP, null, 0, 0);
  if (listenSock === INVALID_SOCKET) return failed('WSASocket');
  try {
    const settings = cast(SOCKET_SECURITY_SETTINGS, securitySettings);
    const settingsLen = sizeof(securitySettings);
    if (WSASetSocketSecurity(listenSock, settings, settingsLen, null, null) === SOCKET_ERROR) {
      return failed('WSASetSocketSecurity');
    }
    const port = htons(SERVER_PORT);
    const addr =
      addrFamily === AF_INET
        ? new sockaddr_in({ sin_family: AF_INET, sin_port: port })
        : new sockaddr_in6({ sin6_family: AF_INET6, sin6_port: port });
    if (bind(listenSock, addr, sizeof(addr)) === SOCKET_ERROR) return failed('bind');
    if (listen(listenSock, 10) === SOCKET_ERROR) return failed('listen');
    while (true) {
      console.log('Listening on socket...');
      const clientSock = WSAAccept(listenSock, null, null, null, 0);
      if (clientSock === INVALID_SOCKET) return failed('WSAAccept');
      console.log('Connected to a client');
      const result = HandleClient(clientSock);
      closesocket(clientSock);
      if (result !== 0) return result;
    }
  } finally {
    // What IPsec has set up for the socket goes when all data have been sent.
    closesocket(listenSock);
  }
}

function HandleClient(clientSock: SOCKET): number {
  if (!PrintSecurity(clientSock)) return failed('WSAQuerySocketSecurity');
  const recvBuf = Buffer.alloc(RECV_DATA_BUF_SIZE);
  const wsaBuf = new WSABUF({ len: recvBuf.length, buf: addressOf(recvBuf) });
  const bytes = ref(DWORD);
  if (WSARecv(clientSock, wsaBuf, 1, bytes, ref(DWORD, 0), null, null) === SOCKET_ERROR) {
    return failed('WSARecv');
  }
  console.log(`Received ${bytes.value} bytes of data from the client`);

  // What this thread opens between the two is opened, or refused, with the client's rights.
  if (WSAImpersonateSocketPeer(clientSock, null, 0) === SOCKET_ERROR) {
    return failed('WSAImpersonateSocketPeer');
  }
  console.log('Impersonating the client');
  if (WSARevertImpersonation() === SOCKET_ERROR) return failed('WSARevertImpersonation');
  console.log('Reverted Impersonation');

  const data = Buffer.from('91011121314');
  Object.assign(wsaBuf, { len: data.length, buf: addressOf(data) });
  if (WSASend(clientSock, wsaBuf, 1, bytes, 0, null, null) === SOCKET_ERROR) {
    return failed('WSASend');
  }
  console.log(`Sent ${bytes.value} bytes of data to the client`);
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, ['adv:', 'v6']);
  const settings = SecuritySettings(options.adv);
  console.log('This program needs Windows: it secures connections with IPsec.');
  const result = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (result !== 0) {
    console.log(`WSAStartup returned error ${result}`);
    return 1;
  }
  try {
    return SecureTcpAcceptConnection(options.v6 === undefined ? AF_INET : AF_INET6, settings);
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
