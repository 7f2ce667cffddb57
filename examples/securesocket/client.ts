/**
 * The client of a TCP connection that IPsec secures: it asks for encryption, names the peer that it
 * expects, connects, prints how the connection is secured, sends and receives. Needs Windows; Wine has
 * none of the functions.
 *
 *   npm start -- examples/securesocket/client.ts server.example.com
 */

import {
  AF_INET,
  AF_INET6,
  addressOf,
  addrinfoW,
  type BufferArg,
  cast,
  closesocket,
  DWORD,
  FreeAddrInfoW,
  GetAddrInfoW,
  INVALID_SOCKET,
  IPPROTO_TCP,
  MAKEWORD,
  MSG_WAITALL,
  ptr,
  ref,
  SOCK_STREAM,
  SOCKET_ERROR,
  SOCKET_PEER_TARGET_NAME,
  SOCKET_SECURITY_SETTINGS,
  type SOCKET_SECURITY_SETTINGS_IPSEC,
  sizeof,
  sockaddr,
  WSABUF,
  WSACleanup,
  WSAConnect,
  WSADATA,
  WSARecv,
  WSASend,
  WSASetSocketPeerTargetName,
  WSASetSocketSecurity,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { getopt, wrong } from '../shared/options.ts';
import {
  ADV_USAGE,
  failed,
  PrintSecurity,
  RECV_DATA_BUF_SIZE,
  SERVER_PORT,
  SecuritySettings,
} from '../shared/secure.ts';

const USAGE = `usage: client [-adv KEY] [-v6] SERVER
  SERVER    DNS name of the server
  -v6       use IPv6 (default: IPv4)
${ADV_USAGE}
Needs Windows, and machines that share an IPsec policy or a domain.`;

/** The structure ends in the name, which is as long as it is: its length is in characters. */
function PeerTargetName(SecurityProtocol: number, serverSPN: string): SOCKET_PEER_TARGET_NAME {
  const memory = new ArrayBuffer(sizeof(SOCKET_PEER_TARGET_NAME) + 2 * serverSPN.length);
  const name = new SOCKET_PEER_TARGET_NAME(memory, 0);
  name.SecurityProtocol = SecurityProtocol;
  name.PeerTargetNameStringLen = serverSPN.length;
  Buffer.from(memory, name.AllStrings.byteOffset).write(serverSPN, 'utf16le');
  return name;
}

function SecureTcpConnect(
  serverAddr: BufferArg,
  serverAddrLen: number,
  serverSPN: string,
  securitySettings: SOCKET_SECURITY_SETTINGS | SOCKET_SECURITY_SETTINGS_IPSEC,
): number {
  const { sa_family } = cast(sockaddr, serverAddr)!;
  const sock = WSASocketW(sa_family, SOCK_STREAM, IPPROTO_TCP, null, 0, 0);
  if (sock === INVALID_SOCKET) return failed('WSASocket');
  try {
    const settings = cast(SOCKET_SECURITY_SETTINGS, securitySettings);
    const settingsLen = sizeof(securitySettings);
    if (WSASetSocketSecurity(sock, settings, settingsLen, null, null) === SOCKET_ERROR) {
      return failed('WSASetSocketSecurity');
    }
    const peer = PeerTargetName(securitySettings.SecurityProtocol, serverSPN);
    const peerLen = peer.buffer.byteLength;
    if (WSASetSocketPeerTargetName(sock, peer, peerLen, null, null) === SOCKET_ERROR) {
      return failed('WSASetSocketPeerTargetName');
    }
    if (WSAConnect(sock, serverAddr, serverAddrLen, null, null, null, null) === SOCKET_ERROR) {
      return failed('WSAConnect');
    }
    console.log('Secure connection established to the server');
    if (!PrintSecurity(sock)) return failed('WSAQuerySocketSecurity');

    const data = Buffer.from('12345678');
    const wsaBuf = new WSABUF({ len: data.length, buf: addressOf(data) });
    const bytes = ref(DWORD);
    if (WSASend(sock, wsaBuf, 1, bytes, 0, null, null) === SOCKET_ERROR) return failed('WSASend');
    console.log(`Sent ${bytes.value} bytes of data to the server`);

    const recvBuf = Buffer.alloc(RECV_DATA_BUF_SIZE);
    const flags = ref(DWORD, MSG_WAITALL);
    Object.assign(wsaBuf, { len: recvBuf.length, buf: addressOf(recvBuf) });
    if (WSARecv(sock, wsaBuf, 1, bytes, flags, null, null) === SOCKET_ERROR) {
      return failed('WSARecv');
    }
    console.log(`Received ${bytes.value} bytes of data from the server`);
    return 0;
  } finally {
    // What IPsec has set up for the socket goes when all data have been sent.
    closesocket(sock);
  }
}

function main(): number {
  const [options, server] = getopt(USAGE, ['adv:', 'v6'], 1);
  if (server === undefined) wrong('The server is missing');
  const settings = SecuritySettings(options.adv);
  console.log('This program needs Windows: it secures a connection with IPsec.');
  const result = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (result !== 0) {
    console.log(`WSAStartup returned error ${result}`);
    return 1;
  }
  const aiList = ref(ptr(addrinfoW));
  try {
    const aiHints = new addrinfoW({
      ai_family: options.v6 === undefined ? AF_INET : AF_INET6,
      ai_socktype: SOCK_STREAM,
      ai_protocol: IPPROTO_TCP,
    });
    const rc = GetAddrInfoW(server, String(SERVER_PORT), aiHints, aiList);
    if (rc !== 0) {
      console.log(`GetAddrInfoW returned error ${rc}`);
      return 1;
    }
    const { ai_addr, ai_addrlen } = aiList.value!;
    // The name of the host as a service, as DsMakeSpn makes it.
    const serverSPN = `host/${server}`;
    if (SecureTcpConnect(ai_addr!, ai_addrlen, serverSPN, settings) !== 0) return 1;
    console.log('Finished');
    return 0;
  } finally {
    FreeAddrInfoW(aiList.value);
    WSACleanup();
  }
}

process.exitCode = main();
