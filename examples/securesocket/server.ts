/**
 * The server of a TCP connection that IPsec secures: it asks for encryption before it listens, then acts
 * as its client while it reads and answers. Needs Windows; Wine has none of the functions.
 *
 *   npm start -- examples/securesocket/server.ts
 */

import {
  AF_INET,
  AF_INET6,
  accept,
  bind,
  closesocket,
  htons,
  INVALID_SOCKET,
  IPPROTO_TCP,
  int,
  listen,
  MAKEWORD,
  recv,
  ref,
  SD_SEND,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  SOCKET_SECURITY_PROTOCOL_DEFAULT,
  SOCKET_SECURITY_SETTINGS,
  SOCKET_SETTINGS_GUARANTEE_ENCRYPTION,
  send,
  shutdown,
  sizeof,
  sockaddr_in,
  sockaddr_in6,
  systemMessage,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAImpersonateSocketPeer,
  WSARevertImpersonation,
  WSASetSocketSecurity,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { getopt } from '../shared/options.ts';
import { FormatAddress } from '../shared/resolve.ts';

const SERVER_PORT = 27017;
const USAGE = `usage: server [-v6]
  -v6  listen on IPv6
Needs Windows, and an IPsec policy that both machines share.`;

const failed = (what: string) => {
  const code = WSAGetLastError();
  console.error(`${what} returned error ${code}: ${systemMessage(code)}`);
  return 1;
};

/** Serves one client, with the client's own rights while it reads. */
function HandleClient(s: SOCKET, peer: SOCKADDR_STORAGE, length: number): number {
  if (WSAImpersonateSocketPeer(s, peer, length) === SOCKET_ERROR) {
    return failed('WSAImpersonateSocketPeer');
  }
  const buffer = Buffer.alloc(512);
  const received = recv(s, buffer, buffer.length, 0);
  if (WSARevertImpersonation() === SOCKET_ERROR) return failed('WSARevertImpersonation');
  if (received === SOCKET_ERROR) return failed('recv');
  console.log(`Received: ${buffer.toString('utf8', 0, received)}`);
  if (send(s, buffer, received, 0) === SOCKET_ERROR) return failed('send');
  shutdown(s, SD_SEND);
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, ['v6']);
  console.log('This program needs Windows: it secures connections with IPsec.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return failed('WSAStartup');
  const isV4 = options.v6 === undefined;
  const s = WSASocketW(isV4 ? AF_INET : AF_INET6, SOCK_STREAM, IPPROTO_TCP, null, 0, 0);
  try {
    if (s === INVALID_SOCKET) return failed('WSASocket');
    const settings = new SOCKET_SECURITY_SETTINGS({
      SecurityProtocol: SOCKET_SECURITY_PROTOCOL_DEFAULT,
      SecurityFlags: SOCKET_SETTINGS_GUARANTEE_ENCRYPTION,
    });
    if (WSASetSocketSecurity(s, settings, sizeof(settings), null, null) === SOCKET_ERROR) {
      return failed('WSASetSocketSecurity');
    }
    const local = isV4
      ? new sockaddr_in({ sin_family: AF_INET, sin_port: htons(SERVER_PORT) })
      : new sockaddr_in6({ sin6_family: AF_INET6, sin6_port: htons(SERVER_PORT) });
    if (bind(s, local, sizeof(local)) === SOCKET_ERROR) return failed('bind');
    if (listen(s, 1) === SOCKET_ERROR) return failed('listen');
    console.log('Listening');
    while (true) {
      const peer = new SOCKADDR_STORAGE();
      const length = ref(int, sizeof(peer));
      const client = accept(s, peer, length);
      if (client === INVALID_SOCKET) return failed('accept');
      console.log(`Accepted a client from ${FormatAddress(peer, length.value)}`);
      HandleClient(client, peer, length.value);
      closesocket(client);
    }
  } finally {
    if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
