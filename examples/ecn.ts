/**
 * Explicit congestion notification: sends a datagram with an ECN code point in its control data, and
 * reads that of a datagram from the control data that WSARecvMsg gives. Needs Windows Server 2022.
 *
 *   npm start -- examples/ecn.ts
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  bind,
  cast,
  closesocket,
  DWORD,
  getsockname,
  getsockopt,
  INET_SOCKADDR_LENGTH,
  INETADDR_ISANY,
  INETADDR_ISV4MAPPED,
  INT,
  INVALID_SOCKET,
  IP_ECN,
  IP_RECVECN,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_ECN,
  IPV6_RECVECN,
  IPV6_V6ONLY,
  int,
  MAKEWORD,
  ref,
  SOCK_DGRAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  setsockopt,
  sizeof,
  sockaddr,
  socket,
  WSA_CMSG_DATA,
  WSA_CMSG_FIRSTHDR,
  WSA_CMSG_LEN,
  WSA_CMSG_NXTHDR,
  WSA_CMSG_SPACE,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAMSG,
  WSARecvMsg,
  WSASendMsg,
  WSAStartup,
} from 'winsock';
import { getopt, integer } from './shared/options.ts';
import { ResolveAddress } from './shared/resolve.ts';

const ECN_ECT_0 = 2;
const ECN_ECT_CE = 3;
const USAGE = `usage: ecn [-a ADDRESS] [-c POINT]
  -a ADDRESS  of this machine, which sends to itself (default: 127.0.0.1)
  -c POINT    the code point to send: 0 to 2 (default: ${ECN_ECT_0}, ECT(0))
Needs Windows Server 2022 or Windows 11.`;

const failed = (what: string) => console.log(`${what} failed ${WSAGetLastError()}`);

function Message(addr: SOCKADDR_STORAGE, namelen: number, data: Buffer): WSAMSG {
  const control = Buffer.alloc(WSA_CMSG_SPACE(sizeof(INT)));
  return new WSAMSG({
    name: cast(sockaddr, addr),
    namelen,
    lpBuffers: new WSABUF({ len: data.length, buf: data }),
    dwBufferCount: 1,
    Control: { len: control.length, buf: control },
  });
}

function sendEcn(sock: SOCKET, addr: SOCKADDR_STORAGE, data: Buffer, codePoint: number): void {
  const wsaMsg = Message(addr, INET_SOCKADDR_LENGTH(addr.ss_family), data);
  const isV4 = addr.ss_family === AF_INET;
  const cmsg = WSA_CMSG_FIRSTHDR(wsaMsg)!;
  cmsg.cmsg_len = WSA_CMSG_LEN(sizeof(INT));
  cmsg.cmsg_level = isV4 ? IPPROTO_IP : IPPROTO_IPV6;
  cmsg.cmsg_type = isV4 ? IP_ECN : IPV6_ECN;
  cast(INT, WSA_CMSG_DATA(cmsg)).value = codePoint;
  if (WSASendMsg(sock, wsaMsg, 0, ref(DWORD), null, null) === SOCKET_ERROR) failed('sendmsg');
}

/** The size of a datagram, and the code point that came with it; -1 where either is not there. */
function recvEcn(sock: SOCKET, data: Buffer): { numBytes: number; ecnVal: number } {
  const remoteAddr = new SOCKADDR_STORAGE();
  const wsaMsg = Message(remoteAddr, sizeof(remoteAddr), data);
  const numBytes = ref(DWORD);
  if (WSARecvMsg(sock, wsaMsg, numBytes, null, null) === SOCKET_ERROR) {
    failed('recvmsg');
    return { numBytes: -1, ecnVal: -1 };
  }
  let ecnVal = -1;
  for (let cmsg = WSA_CMSG_FIRSTHDR(wsaMsg); cmsg; cmsg = WSA_CMSG_NXTHDR(wsaMsg, cmsg)) {
    const { cmsg_level, cmsg_type } = cmsg;
    if (
      (cmsg_level === IPPROTO_IP && cmsg_type === IP_ECN) ||
      (cmsg_level === IPPROTO_IPV6 && cmsg_type === IPV6_ECN)
    ) {
      ecnVal = cast(INT, WSA_CMSG_DATA(cmsg)).value;
      break;
    }
  }
  return { numBytes: numBytes.value, ecnVal };
}

/** Binds the socket, and has code points received of each family that may come to it. */
function receiver(sock: SOCKET, addr: SOCKADDR_STORAGE): boolean {
  if (bind(sock, addr, INET_SOCKADDR_LENGTH(addr.ss_family)) === SOCKET_ERROR) {
    failed('bind');
    return false;
  }
  const enable = (level: number, option: number, name: string) => {
    const enabled = ref(DWORD, 1);
    if (setsockopt(sock, level, option, enabled, sizeof(enabled)) !== SOCKET_ERROR) return true;
    failed(`setsockopt(${name})`);
    return false;
  };
  const enableV4 = () => enable(IPPROTO_IP, IP_RECVECN, 'IP_RECVECN');
  if (addr.ss_family === AF_INET || INETADDR_ISV4MAPPED(addr)) return enableV4();
  if (!enable(IPPROTO_IPV6, IPV6_RECVECN, 'IPV6_RECVECN')) return false;
  if (addr.ss_family !== AF_INET6 || !INETADDR_ISANY(addr)) return true;
  const v6Only = ref(DWORD);
  const length = ref(int, sizeof(v6Only));
  if (getsockopt(sock, IPPROTO_IPV6, IPV6_V6ONLY, v6Only, length) === SOCKET_ERROR) {
    failed('getsockopt(IPV6_V6ONLY)');
    return false;
  }
  return v6Only.value !== 0 || enableV4();
}

function main(): number {
  const [options] = getopt(USAGE, 'a:c:');
  const codePoint = integer('-c', options.c, ECN_ECT_0, 0, 2);
  console.log('This program needs Windows Server 2022 or Windows 11.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  let sock = INVALID_SOCKET;
  try {
    const found = ResolveAddress(options.a ?? '127.0.0.1', '0', AF_UNSPEC, SOCK_DGRAM, IPPROTO_UDP);
    if (found === null) return 1;
    const addr = new SOCKADDR_STORAGE();
    addr.set(cast(SOCKADDR_STORAGE, found.ai_addr!).subarray(0, found.ai_addrlen));
    sock = socket(found.ai_family, SOCK_DGRAM, IPPROTO_UDP);
    if (sock === INVALID_SOCKET) {
      failed('socket');
      return 1;
    }
    if (!receiver(sock, addr)) return 1;
    getsockname(sock, addr, ref(int, sizeof(addr)));
    sendEcn(sock, addr, Buffer.from('a datagram'), codePoint);
    const { numBytes, ecnVal } = recvEcn(sock, Buffer.alloc(512));
    if (numBytes >= 0) console.log(`Received ${numBytes} bytes`);
    console.log(ecnVal < 0 ? 'No ECN code point came' : `ECN code point: ${ecnVal}`);
    if (ecnVal === ECN_ECT_CE) console.log('The network is congested');
    return ecnVal < 0 ? 1 : 0;
  } finally {
    if (sock !== INVALID_SOCKET) closesocket(sock);
    WSACleanup();
  }
}

process.exitCode = main();
