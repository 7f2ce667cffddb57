/**
 * The client of a TCP connection that IPsec secures: it asks for encryption, names the peer that it
 * expects, connects, sends, and prints how the connection is secured. Needs Windows; Wine has none of
 * the functions.
 *
 *   npm start -- examples/securesocket/client.ts server.example.com
 */

import {
  AF_INET,
  AF_INET6,
  addrinfoW,
  cast,
  closesocket,
  DWORD,
  FreeAddrInfoW,
  GetAddrInfoW,
  INVALID_SOCKET,
  IPPROTO_TCP,
  MAKEWORD,
  ptr,
  recv,
  ref,
  SD_SEND,
  SOCK_STREAM,
  SOCKADDR_STORAGE,
  SOCKET_ERROR,
  SOCKET_PEER_TARGET_NAME,
  SOCKET_SECURITY_PROTOCOL_DEFAULT,
  SOCKET_SECURITY_QUERY_INFO,
  SOCKET_SECURITY_SETTINGS,
  SOCKET_SETTINGS_GUARANTEE_ENCRYPTION,
  send,
  shutdown,
  sizeof,
  systemMessage,
  WSACleanup,
  WSAConnect,
  WSADATA,
  WSAGetLastError,
  WSAQuerySocketSecurity,
  WSASetSocketPeerTargetName,
  WSASetSocketSecurity,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { getopt, wrong } from '../shared/options.ts';

const SERVER_PORT = '27017';
const USAGE = `usage: client [-v6] SERVER [-p NAME]
  SERVER   DNS name of the server
  -v6      connect by IPv6
  -p NAME  the peer that is expected, as user@domain or host/name (default: host/SERVER)
Needs Windows, and an IPsec policy that both machines share.`;

const failed = (what: string) => {
  const code = WSAGetLastError();
  console.error(`${what} returned error ${code}: ${systemMessage(code)}`);
  return 1;
};

/** The structure ends in the name, which is as long as it is. */
function PeerTargetName(peer: string, address: SOCKADDR_STORAGE): SOCKET_PEER_TARGET_NAME {
  const memory = new ArrayBuffer(sizeof(SOCKET_PEER_TARGET_NAME) + 2 * peer.length);
  const name = new SOCKET_PEER_TARGET_NAME(memory);
  name.SecurityProtocol = SOCKET_SECURITY_PROTOCOL_DEFAULT;
  name.PeerAddress.set(address);
  name.PeerTargetNameStringLen = 2 * peer.length;
  const at = name.AllStrings.byteOffset;
  Buffer.from(memory, at).write(peer, 'utf16le');
  return name;
}

function main(): number {
  const [options, server] = getopt(USAGE, ['v6', 'p:'], 1);
  if (server === undefined) wrong('The server is missing');
  console.log('This program needs Windows: it secures a connection with IPsec.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return failed('WSAStartup');
  const family = options.v6 === undefined ? AF_INET : AF_INET6;
  const s = WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, null, 0, 0);
  const result = ref(ptr(addrinfoW));
  try {
    if (s === INVALID_SOCKET) return failed('WSASocket');
    const hints = new addrinfoW({ ai_family: family, ai_socktype: SOCK_STREAM });
    if (GetAddrInfoW(server, SERVER_PORT, hints, result) !== 0) return failed('GetAddrInfo');
    const { ai_addr, ai_addrlen } = result.value!;
    const address = new SOCKADDR_STORAGE();
    address.set(cast(SOCKADDR_STORAGE, ai_addr!).subarray(0, ai_addrlen));

    const settings = new SOCKET_SECURITY_SETTINGS({
      SecurityProtocol: SOCKET_SECURITY_PROTOCOL_DEFAULT,
      SecurityFlags: SOCKET_SETTINGS_GUARANTEE_ENCRYPTION,
    });
    if (WSASetSocketSecurity(s, settings, sizeof(settings), null, null) === SOCKET_ERROR) {
      return failed('WSASetSocketSecurity');
    }
    const peer = PeerTargetName(options.p ?? `host/${server}`, address);
    const length = peer.buffer.byteLength;
    if (WSASetSocketPeerTargetName(s, peer, length, null, null) === SOCKET_ERROR) {
      return failed('WSASetSocketPeerTargetName');
    }
    if (WSAConnect(s, address, ai_addrlen, null, null, null, null) === SOCKET_ERROR) {
      return failed('WSAConnect');
    }
    const info = new SOCKET_SECURITY_QUERY_INFO();
    const size = ref(DWORD, sizeof(info));
    if (WSAQuerySocketSecurity(s, null, 0, info, size, null, null) === SOCKET_ERROR) {
      return failed('WSAQuerySocketSecurity');
    }
    console.log('The connection is secured:', info);

    const message = Buffer.from('a secured message');
    if (send(s, message, message.length, 0) === SOCKET_ERROR) return failed('send');
    const buffer = Buffer.alloc(512);
    const received = recv(s, buffer, buffer.length, 0);
    if (received === SOCKET_ERROR) return failed('recv');
    console.log(`Received: ${buffer.toString('utf8', 0, received)}`);
    shutdown(s, SD_SEND);
    return 0;
  } finally {
    FreeAddrInfoW(result.value);
    if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
