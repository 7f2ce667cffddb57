/**
 * Multicast with packet information: WSARecvMsg says with each datagram to which address it was sent
 * and on which interface it came in. The program joins a group, sends itself a datagram and reads it.
 *
 *   npm start -- examples/recvmsg.ts 239.255.77.3
 */

import {
  AF_INET,
  AF_UNSPEC,
  type addrinfo,
  arrayOf,
  bind,
  cast,
  char,
  closesocket,
  DWORD,
  getsockname,
  IN_PKTINFO,
  IN6_PKTINFO,
  INVALID_SOCKET,
  IP_ADD_MEMBERSHIP,
  IP_MULTICAST_IF,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_ADD_MEMBERSHIP,
  IPV6_PKTINFO,
  in_addr,
  inet_ntoa,
  int,
  ip_mreq,
  ipv6_mreq,
  MAKEWORD,
  MSG_CTRUNC,
  MSG_TRUNC,
  RtlIpv6AddressToStringA,
  ref,
  SIO_ROUTING_INTERFACE_QUERY,
  SOCK_DGRAM,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  sendto,
  setsockopt,
  sizeof,
  sockaddr,
  sockaddr_in,
  sockaddr_in6,
  socket,
  WSA_CMSG_DATA,
  WSA_CMSG_FIRSTHDR,
  WSA_CMSG_NXTHDR,
  WSA_CMSG_SPACE,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAIoctl,
  WSAMSG,
  WSARecvMsg,
  WSAStartup,
} from 'winsock';
import { getopt } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';

const DEFAULT_GROUP = '239.255.77.3';
const USAGE = `usage: recvmsg [GROUP [PORT]] [-i INTERFACE]
  GROUP         the IPv4 or IPv6 group to join (default: ${DEFAULT_GROUP})
  PORT          the port (default: 0, which is any)
  -i INTERFACE  address of the interface to use (default: the one that routes to the group)`;

const ERR = (what: string) => console.error(`${what} failed: ${WSAGetLastError()}`);

/** The interface that datagrams to the group would leave by. */
function RoutingInterface(s: SOCKET, group: addrinfo): SOCKADDR_STORAGE | undefined {
  const local = new SOCKADDR_STORAGE();
  const bytes = ref(DWORD);
  const rc = WSAIoctl(
    s,
    SIO_ROUTING_INTERFACE_QUERY,
    group.ai_addr,
    group.ai_addrlen,
    local,
    sizeof(local),
    bytes,
    null,
    null,
  );
  if (rc !== SOCKET_ERROR) return local;
  ERR('WSAIoctl(SIO_ROUTING_INTERFACE_QUERY)');
  return undefined;
}

/** Asks for packet information, and joins the group. */
function Prepare(s: SOCKET, group: addrinfo, local: sockaddr | SOCKADDR_STORAGE): boolean {
  const isV4 = group.ai_family === AF_INET;
  const on = ref(int, 1);
  const [level, option] = isV4 ? [IPPROTO_IP, IP_PKTINFO] : [IPPROTO_IPV6, IPV6_PKTINFO];
  if (setsockopt(s, level, option, on, sizeof(on)) === SOCKET_ERROR) {
    ERR('setsockopt(IP_PKTINFO)');
    return false;
  }
  let rc: number;
  if (isV4) {
    const imr_interface = cast(sockaddr_in, local).sin_addr;
    const imr_multiaddr = cast(sockaddr_in, group.ai_addr!).sin_addr;
    const mreq = new ip_mreq({ imr_multiaddr, imr_interface });
    rc = setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, mreq, sizeof(mreq));
    const out = new in_addr(imr_interface);
    if (rc !== SOCKET_ERROR) rc = setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, out, sizeof(out));
  } else {
    const mreq = new ipv6_mreq({
      ipv6mr_multiaddr: cast(sockaddr_in6, group.ai_addr!).sin6_addr,
      ipv6mr_interface: cast(sockaddr_in6, local).sin6_scope_id,
    });
    rc = setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, mreq, sizeof(mreq));
  }
  if (rc !== SOCKET_ERROR) return true;
  ERR('setsockopt(IP_ADD_MEMBERSHIP)');
  return false;
}

/** Prints what the control messages say. */
function ProcessControl(msg: WSAMSG): boolean {
  if (msg.dwFlags & MSG_CTRUNC) console.log('The control data did not fit.');
  if (msg.dwFlags & MSG_TRUNC) console.log('The datagram did not fit.');
  for (let cmsg = WSA_CMSG_FIRSTHDR(msg); cmsg; cmsg = WSA_CMSG_NXTHDR(msg, cmsg)) {
    if (cmsg.cmsg_level === IPPROTO_IP && cmsg.cmsg_type === IP_PKTINFO) {
      const info = cast(IN_PKTINFO, WSA_CMSG_DATA(cmsg));
      console.log(`Sent to ${inet_ntoa(info.ipi_addr)}, interface ${info.ipi_ifindex}`);
      return true;
    }
    if (cmsg.cmsg_level === IPPROTO_IPV6 && cmsg.cmsg_type === IPV6_PKTINFO) {
      const info = cast(IN6_PKTINFO, WSA_CMSG_DATA(cmsg));
      const host = arrayOf(char, 46);
      RtlIpv6AddressToStringA(info.ipi6_addr, host);
      console.log(`Sent to ${host}, interface ${info.ipi6_ifindex}`);
      return true;
    }
  }
  return false;
}

function main(): number {
  const [options, group = DEFAULT_GROUP, port = '0'] = getopt(USAGE, 'i:', 2);

  const rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== 0) {
    console.error(`WSAStartup failed: ${rc}`);
    return 1;
  }
  let s = INVALID_SOCKET;
  try {
    const resmulti = ResolveAddress(group, port, AF_UNSPEC, SOCK_DGRAM, 0);
    if (resmulti === null) return 1;
    const { ai_family, ai_addrlen } = resmulti;
    const resbind = ResolveAddress(undefined, port, ai_family, SOCK_DGRAM, 0);
    if (resbind === null) return 1;

    s = socket(ai_family, SOCK_DGRAM, 0);
    if (s === INVALID_SOCKET) {
      ERR('socket');
      return 1;
    }
    if (bind(s, resbind.ai_addr, ai_addrlen) === SOCKET_ERROR) {
      ERR('bind');
      return 1;
    }
    const chosen = options.i ? ResolveAddress(options.i, '0', ai_family, SOCK_DGRAM, 0) : undefined;
    const local = chosen ? chosen.ai_addr! : RoutingInterface(s, resmulti);
    if (local === undefined || !Prepare(s, resmulti, local)) return 1;

    // The group, with the port that bind chose.
    const bound = new SOCKADDR_STORAGE();
    getsockname(s, bound, ref(int, sizeof(bound)));
    const destination = resmulti.ai_addr!;
    cast(sockaddr_in, destination).sin_port = cast(sockaddr_in, bound).sin_port;
    const message = Buffer.from('this is a multicast message');
    const sent = sendto(s, message, message.length, 0, destination, ai_addrlen);
    if (sent === SOCKET_ERROR) {
      ERR('sendto');
      return 1;
    }
    console.log(`Sent ${sent} bytes`);

    const from = new SOCKADDR_STORAGE();
    const data = Buffer.alloc(512);
    const control = Buffer.alloc(WSA_CMSG_SPACE(sizeof(IN6_PKTINFO)));
    const msg = new WSAMSG({
      name: cast(sockaddr, from),
      namelen: sizeof(from),
      lpBuffers: new WSABUF({ len: data.length, buf: data }),
      dwBufferCount: 1,
      Control: { len: control.length, buf: control },
    });
    const dwBytes = ref(DWORD);
    if (WSARecvMsg(s, msg, dwBytes, null, null) === SOCKET_ERROR) {
      ERR('WSARecvMsg');
      return 1;
    }
    console.log(`WSARecvMsg completed with ${dwBytes.value} bytes`);
    console.log(
      `From ${FormatAddress(from, msg.namelen)}: ${data.toString('utf8', 0, dwBytes.value)}`,
    );
    if (!ProcessControl(msg)) {
      console.log('No packet information came with it.');
      return 1;
    }
    console.log('Received the multicast message.');
    return 0;
  } finally {
    if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
