/**
 * Explicit congestion notification: sends a datagram with an ECN code point in its control data, and
 * reads that of a datagram from the control data that WSARecvMsg gives. Needs Windows Server 2022.
 *
 *   npm start -- examples/ecn.ts
 */

import {
  AF_INET,
  bind,
  cast,
  closesocket,
  DWORD,
  getsockname,
  htonl,
  INADDR_LOOPBACK,
  INT,
  INVALID_SOCKET,
  IP_ECN,
  IPPROTO_IP,
  IPPROTO_UDP,
  int,
  MAKEWORD,
  ref,
  SOCK_DGRAM,
  type SOCKET,
  SOCKET_ERROR,
  sizeof,
  sockaddr,
  sockaddr_in,
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
  WSASetRecvIPEcn,
  WSAStartup,
} from 'winsock';
import { getopt, integer } from './shared/options.ts';

const ECN_ECT_0 = 2;
const ECN_CE = 3;
const USAGE = `usage: ecn [-c POINT]
  -c POINT  the code point to send: 0 to 2 (default: ${ECN_ECT_0}, ECT(0))
Needs Windows Server 2022 or Windows 11.`;

function Message(data: Buffer, name: sockaddr_in): WSAMSG {
  const control = Buffer.alloc(WSA_CMSG_SPACE(sizeof(INT)));
  return new WSAMSG({
    name: cast(sockaddr, name),
    namelen: sizeof(name),
    lpBuffers: new WSABUF({ len: data.length, buf: data }),
    dwBufferCount: 1,
    Control: { len: control.length, buf: control },
  });
}

function SendEcn(s: SOCKET, to: sockaddr_in, point: number): boolean {
  const msg = Message(Buffer.from('a datagram'), to);
  const cmsg = WSA_CMSG_FIRSTHDR(msg)!;
  cmsg.cmsg_level = IPPROTO_IP;
  cmsg.cmsg_type = IP_ECN;
  cmsg.cmsg_len = WSA_CMSG_LEN(sizeof(INT));
  cast(INT, WSA_CMSG_DATA(cmsg)).value = point;
  const sent = ref(DWORD);
  if (WSASendMsg(s, msg, 0, sent, null, null) !== SOCKET_ERROR) return true;
  console.log(`WSASendMsg failed ${WSAGetLastError()}`);
  return false;
}

/** The code point that came with a datagram; undefined where none did. */
function ReceiveEcn(s: SOCKET): number | undefined {
  const msg = Message(Buffer.alloc(512), new sockaddr_in());
  const received = ref(DWORD);
  if (WSARecvMsg(s, msg, received, null, null) === SOCKET_ERROR) {
    console.log(`WSARecvMsg failed ${WSAGetLastError()}`);
    return undefined;
  }
  console.log(`Received ${received.value} bytes`);
  for (let cmsg = WSA_CMSG_FIRSTHDR(msg); cmsg; cmsg = WSA_CMSG_NXTHDR(msg, cmsg)) {
    if (cmsg.cmsg_level !== IPPROTO_IP || cmsg.cmsg_type !== IP_ECN) continue;
    return cast(INT, WSA_CMSG_DATA(cmsg)).value;
  }
  return undefined;
}

function main(): number {
  const [options] = getopt(USAGE, 'c:');
  const codePoint = integer('-c', options.c, ECN_ECT_0, 0, 2);
  console.log('This program needs Windows Server 2022 or Windows 11.');
  if (WSAStartup(MAKEWORD(2, 2), new WSADATA()) !== 0) return 1;
  const s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  try {
    const sin_addr = { s_addr: htonl(INADDR_LOOPBACK) };
    const address = new sockaddr_in({ sin_family: AF_INET, sin_addr });
    if (s === INVALID_SOCKET || bind(s, address, sizeof(address)) === SOCKET_ERROR) {
      console.log(`bind failed ${WSAGetLastError()}`);
      return 1;
    }
    getsockname(s, address, ref(int, sizeof(address)));
    if (WSASetRecvIPEcn(s, 1) === SOCKET_ERROR) {
      console.log(`WSASetRecvIPEcn failed ${WSAGetLastError()}`);
      return 1;
    }
    if (!SendEcn(s, address, codePoint)) return 1;
    const point = ReceiveEcn(s);
    console.log(point === undefined ? 'No ECN code point came' : `ECN code point: ${point}`);
    if (point === ECN_CE) console.log('The network is congested');
    return point === undefined ? 1 : 0;
  } finally {
    closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
