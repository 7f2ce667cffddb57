/**
 * WSASendMsg and WSARecvMsg: a socket sends itself a datagram, learns from the control data of what
 * arrives to which address and interface it came, and sends message and control data on to where it came
 * from: now they say which address and interface to send from.
 *
 *   npm start -- examples/sendmsg.ts
 */

import {
  AF_INET6,
  bind,
  cast,
  closesocket,
  DWORD,
  htons,
  IN6_PKTINFO,
  INETADDR_SETLOOPBACK,
  INVALID_SOCKET,
  IPPROTO_IPV6,
  IPV6_PKTINFO,
  MAKEWORD,
  OVERLAPPED,
  ref,
  SOCK_DGRAM,
  SOCKADDR_IN6,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  sendto,
  setsockopt,
  sizeof,
  sockaddr,
  socket,
  TRUE,
  WSA_CMSG_DATA,
  WSA_CMSG_FIRSTHDR,
  WSA_CMSG_SPACE,
  WSA_IO_PENDING,
  WSABUF,
  WSACleanup,
  WSACloseEvent,
  WSACreateEvent,
  WSADATA,
  WSAGetLastError,
  WSAGetOverlappedResult,
  WSAMSG,
  WSARecvMsg,
  WSASendMsg,
  WSAStartup,
} from 'winsock';
import { getopt, integer } from './shared/options.ts';
import { NameInfo } from './shared/resolve.ts';

const DEFAULT_PORT = 12345;
const DATA_SIZE = 100;
const TST_MSG = Buffer.from('Hello');
const USAGE = `usage: sendmsg [PORT]
  PORT  the port of IPv6 to use (default: ${DEFAULT_PORT})`;

const ERR = (what: string) => console.error(`${what} failed: ${WSAGetLastError()}`);

/** Asks for the packet information of what is received. */
function SetIpv6PktInfoOption(sock: SOCKET): boolean {
  const enable = ref(DWORD, 1);
  if (setsockopt(sock, IPPROTO_IPV6, IPV6_PKTINFO, enable, sizeof(enable)) !== SOCKET_ERROR) {
    return true;
  }
  ERR('setsockopt IPV6_PKTINFO');
  return false;
}

/** Gives a message the memory of its control data, which lives as long as the message. */
function AllocAndInitIpv6PktInfo(msg: WSAMSG): void {
  const CtrlBuf = Buffer.alloc(WSA_CMSG_SPACE(sizeof(IN6_PKTINFO)));
  msg.Control.buf = CtrlBuf;
  msg.Control.len = CtrlBuf.length;
}

/** Prints the packet information that came with a message. */
function ProcessIpv6Msg(msg: WSAMSG): boolean {
  const CtrlInfo = WSA_CMSG_FIRSTHDR(msg);
  if (CtrlInfo?.cmsg_level !== IPPROTO_IPV6 || CtrlInfo.cmsg_type !== IPV6_PKTINFO) return false;
  const PktInfo = cast(IN6_PKTINFO, WSA_CMSG_DATA(CtrlInfo));
  const addr = new SOCKADDR_IN6({ sin6_family: AF_INET6, sin6_addr: PktInfo.ipi6_addr });
  console.log('ProcessIpv6Msg:');
  console.log(`PktInfo.ipi6_addr: ${NameInfo(addr, sizeof(addr))[0]}`);
  console.log(`PktInfo.ipi6_ifindex: ${PktInfo.ipi6_ifindex}`);
  return true;
}

function main(): number {
  const [, port] = getopt(USAGE, '', 1);
  const gPort = integer('PORT', port, DEFAULT_PORT, 1, 65_535);

  const nErr = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (nErr !== 0) {
    console.error(`WSAStartup failed: ${nErr}`);
    return 1;
  }
  let sock = INVALID_SOCKET;
  const over = new OVERLAPPED({ hEvent: WSACreateEvent() });
  try {
    sock = socket(AF_INET6, SOCK_DGRAM, 0);
    if (sock === INVALID_SOCKET) {
      ERR('socket');
      return 1;
    }
    const localaddr = new SOCKADDR_IN6({ sin6_family: AF_INET6, sin6_port: htons(gPort) });
    if (bind(sock, localaddr, sizeof(localaddr)) === SOCKET_ERROR) {
      ERR('bind');
      return 1;
    }
    if (!SetIpv6PktInfoOption(sock)) return 1;

    const remoteaddr = new SOCKADDR_STORAGE();
    const data = Buffer.alloc(DATA_SIZE);
    const wsabuf = new WSABUF({ len: data.length, buf: data });
    const wsamsg = new WSAMSG({
      name: cast(sockaddr, remoteaddr),
      namelen: sizeof(remoteaddr),
      lpBuffers: wsabuf,
      dwBufferCount: 1,
    });
    AllocAndInitIpv6PktInfo(wsamsg);

    // The receive is under way before there is anything to receive.
    const dwBytes = ref(DWORD);
    let nRet = WSARecvMsg(sock, wsamsg, dwBytes, over, null);
    if (nRet === SOCKET_ERROR && WSAGetLastError() !== WSA_IO_PENDING) {
      ERR('WSARecvMsg');
      return 1;
    }

    const destaddr = new SOCKADDR_IN6({ sin6_family: AF_INET6 });
    INETADDR_SETLOOPBACK(destaddr); // Port and scope are zero then.
    destaddr.sin6_port = htons(gPort);
    nRet = sendto(sock, TST_MSG, TST_MSG.length, 0, destaddr, sizeof(destaddr));
    if (nRet === SOCKET_ERROR) {
      ERR('sendto');
      return 1;
    }
    if (!WSAGetOverlappedResult(sock, over, dwBytes, TRUE, ref(DWORD))) {
      ERR('WSAGetOverlappedResult');
      return 1;
    }
    console.log(`WSARecvMsg ${dwBytes.value} bytes`);
    if (!ProcessIpv6Msg(wsamsg)) console.log('Could not process the message.');

    // What came goes back as it is, the control data included.
    wsabuf.len = dwBytes.value;
    if (WSASendMsg(sock, wsamsg, 0, dwBytes, null, null) === SOCKET_ERROR) {
      ERR('WSASendMsg');
      return 1;
    }
    console.log(`WSASendMsg ${dwBytes.value} bytes`);
    if (WSARecvMsg(sock, wsamsg, dwBytes, null, null) === SOCKET_ERROR) {
      ERR('WSARecvMsg');
      return 1;
    }
    console.log(`WSARecvMsg ${dwBytes.value} bytes`);
    return 0;
  } finally {
    if (sock !== INVALID_SOCKET) closesocket(sock);
    WSACloseEvent(over.hEvent);
    WSACleanup();
  }
}

process.exitCode = main();
