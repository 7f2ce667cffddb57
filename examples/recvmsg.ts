/**
 * WSARecvMsg: joins a multicast group of IPv6, sends datagrams to it, and reads with one of them, from
 * the control data, to which address and by which interface it came.
 *
 *   npm start -- examples/recvmsg.ts
 */

import {
  AF_INET6,
  bind,
  cast,
  closesocket,
  DWORD,
  ERROR_BUFFER_OVERFLOW,
  ERROR_SUCCESS,
  FALSE,
  gai_strerror,
  htons,
  IN6_ADDR_EQUAL,
  IN6_PKTINFO,
  INVALID_SOCKET,
  IPPROTO_IPV6,
  IPV6_ADD_MEMBERSHIP,
  IPV6_MREQ,
  IPV6_MULTICAST_IF,
  IPV6_PKTINFO,
  int,
  MAKEWORD,
  MSG_MCAST,
  OVERLAPPED,
  ref,
  SIO_ROUTING_INTERFACE_QUERY,
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
  ULONG,
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
  WSAIoctl,
  WSAMSG,
  WSARecvMsg,
  WSAStartup,
  WSAStringToAddress,
} from 'winsock';
import {
  GAA_FLAG_SKIP_ANYCAST,
  GAA_FLAG_SKIP_DNS_SERVER,
  GAA_FLAG_SKIP_MULTICAST,
  GetAdaptersAddresses,
  IP_ADAPTER_ADDRESSES,
} from 'winsock/iphlpapi';
import { WAIT_OBJECT_0, WaitForSingleObject } from 'winsock/kernel';
import { getopt, integer } from './shared/options.ts';
import { NameInfo } from './shared/resolve.ts';

const DEFAULT_PORT = 12345;
const DEFAULT_WAIT = 5000;
const MCAST_V6 = 'ff1f::1';
const TST_MSG = Buffer.from('Hello');
const USAGE = `usage: recvmsg [GROUP [PORT]] [-i INTERFACE]
  GROUP         the group of IPv6 to join (default: ${MCAST_V6})
  PORT          the port (default: ${DEFAULT_PORT})
  -i INTERFACE  address to send from (default: the one that routes to the group)
  -b ADDRESS    address to bind to (default: that of the interface)`;

const ERR = (what: string) => console.error(`${what} failed: ${WSAGetLastError()}`);

/** An address of IPv6 from its text. */
function InitAddr(address: string, port: number): SOCKADDR_IN6 | undefined {
  const addr = new SOCKADDR_IN6({ sin6_family: AF_INET6 });
  const size = ref(int, sizeof(addr));
  if (WSAStringToAddress(address, AF_INET6, null, addr, size) === SOCKET_ERROR) {
    ERR(`WSAStringToAddress(${address})`);
    return undefined;
  }
  addr.sin6_port = htons(port);
  return addr;
}

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
  const [host] = NameInfo(addr, sizeof(addr));
  console.log(`Sent to ${host}, interface ${PktInfo.ipi6_ifindex}`);
  return true;
}

/** The address that datagrams to another address are sent from. */
function RouteLookup(destAddr: SOCKADDR_IN6): SOCKADDR_IN6 | undefined {
  const s = socket(destAddr.sin6_family, SOCK_DGRAM, 0);
  if (s === INVALID_SOCKET) {
    ERR('socket');
    return undefined;
  }
  const localAddr = new SOCKADDR_IN6();
  const rc = WSAIoctl(
    s,
    SIO_ROUTING_INTERFACE_QUERY,
    destAddr,
    sizeof(destAddr),
    localAddr,
    sizeof(localAddr),
    ref(DWORD),
    null,
    null,
  );
  if (rc === SOCKET_ERROR) ERR('WSAIoctl(SIO_ROUTING_INTERFACE_QUERY)');
  closesocket(s);
  return rc === SOCKET_ERROR ? undefined : localAddr;
}

/** The index of the interface that has an address, SOCKET_ERROR where none has it. */
function GetInterfaceIndexForAddress(addr: SOCKADDR_IN6): number {
  const flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
  const size = ref(ULONG);
  let rc = GetAdaptersAddresses(AF_INET6, flags, null, null, size);
  if (rc !== ERROR_BUFFER_OVERFLOW) {
    console.error(`GetAdaptersAddresses failed: ${rc}`);
    return SOCKET_ERROR;
  }
  const AdaptAddr = Buffer.alloc(size.value);
  rc = GetAdaptersAddresses(AF_INET6, flags, null, AdaptAddr, size);
  if (rc !== ERROR_SUCCESS) {
    console.error(`GetAdaptersAddresses failed: ${rc}`);
    return SOCKET_ERROR;
  }
  let adapter: IP_ADAPTER_ADDRESSES | null = cast(IP_ADAPTER_ADDRESSES, AdaptAddr);
  for (; adapter !== null; adapter = adapter.Next) {
    for (let uni = adapter.FirstUnicastAddress; uni; uni = uni.Next) {
      const own = cast(SOCKADDR_IN6, uni.Address.lpSockaddr!);
      if (IN6_ADDR_EQUAL(addr.sin6_addr, own.sin6_addr)) return adapter.Ipv6IfIndex;
    }
  }
  console.error('No interface has that address.');
  return SOCKET_ERROR;
}

/** Sets the interface that datagrams to groups leave by. */
function SetSendInterface(s: SOCKET, iface: SOCKADDR_IN6): number {
  const index = GetInterfaceIndexForAddress(iface);
  if (index === SOCKET_ERROR) return SOCKET_ERROR;
  const optval = ref(DWORD, index);
  const rc = setsockopt(s, IPPROTO_IPV6, IPV6_MULTICAST_IF, optval, sizeof(optval));
  if (rc === SOCKET_ERROR) ERR('setsockopt IPV6_MULTICAST_IF');
  return rc;
}

function main(): number {
  const [options, group = MCAST_V6, port] = getopt(USAGE, 'b:i:', 2);
  const gPort = integer('PORT', port, DEFAULT_PORT, 1, 65_535);

  const nErr = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (nErr !== 0) {
    console.error(`WSAStartup failed: ${nErr}`);
    return 1;
  }
  let sock = INVALID_SOCKET;
  const over = new OVERLAPPED({ hEvent: WSACreateEvent() });
  try {
    const mcaddr = InitAddr(group, gPort);
    if (mcaddr === undefined) return 1;
    sock = socket(AF_INET6, SOCK_DGRAM, 0);
    if (sock === INVALID_SOCKET) {
      ERR('socket');
      return 1;
    }
    const addr = options.i ? InitAddr(options.i, gPort) : RouteLookup(mcaddr);
    if (addr === undefined) return 1;
    const bindaddr = InitAddr(options.b ?? '::', gPort);
    if (bindaddr === undefined) return 1;
    if (options.b === undefined) bindaddr.sin6_addr = addr.sin6_addr;
    if (bind(sock, bindaddr, sizeof(bindaddr)) === SOCKET_ERROR) {
      ERR('bind');
      return 1;
    }

    const mreq = new IPV6_MREQ({ ipv6mr_multiaddr: mcaddr.sin6_addr });
    if (setsockopt(sock, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, mreq, sizeof(mreq)) === SOCKET_ERROR) {
      ERR('setsockopt IPV6_ADD_MEMBERSHIP');
      return 1;
    }
    if (!SetIpv6PktInfoOption(sock)) return 1;

    const remoteaddr = new SOCKADDR_STORAGE();
    const data = Buffer.alloc(100);
    const wsamsg = new WSAMSG({
      name: cast(sockaddr, remoteaddr),
      namelen: sizeof(remoteaddr),
      lpBuffers: new WSABUF({ len: data.length, buf: data }),
      dwBufferCount: 1,
    });
    AllocAndInitIpv6PktInfo(wsamsg);

    // The receive is under way before there is anything to receive.
    const dwBytes = ref(DWORD);
    const rc = WSARecvMsg(sock, wsamsg, dwBytes, over, null);
    if (rc === SOCKET_ERROR && WSAGetLastError() !== WSA_IO_PENDING) {
      ERR('WSARecvMsg');
      return 1;
    }

    if (SetSendInterface(sock, addr) === SOCKET_ERROR) return 1;
    for (let i = 0; i < 5; i++) {
      const sent = sendto(sock, TST_MSG, TST_MSG.length, 0, mcaddr, sizeof(mcaddr));
      if (sent === SOCKET_ERROR) {
        ERR('sendto');
        return 1;
      }
      console.log(`Sent ${sent} bytes`);
    }

    const dwRet = WaitForSingleObject(over.hEvent, DEFAULT_WAIT);
    if (dwRet !== WAIT_OBJECT_0) {
      console.log(gai_strerror(dwRet));
      return 1;
    }
    if (!WSAGetOverlappedResult(sock, over, dwBytes, FALSE, ref(DWORD))) {
      ERR('WSAGetOverlappedResult');
      return 1;
    }
    console.log(`WSARecvMsg completed with ${dwBytes.value} bytes`);
    if (!ProcessIpv6Msg(wsamsg)) return 1;
    if (wsamsg.dwFlags & MSG_MCAST) console.log('Received a multicast message.');
    return 0;
  } finally {
    if (sock !== INVALID_SOCKET) closesocket(sock);
    WSACloseEvent(over.hEvent);
    WSACleanup();
  }
}

process.exitCode = main();
