/**
 * IP multicast by socket options, for IPv4 and IPv6: joins groups, sets the sending interface, TTL and
 * loopback, then sends (-s) or receives.
 *
 *   npm start -- examples/mcastip/ws1.ts -m 239.255.77.1 -i 127.0.0.1 -p 25000 -n 2
 *   npm start -- examples/mcastip/ws1.ts -s -m 239.255.77.1 -i 127.0.0.1 -p 25000 -n 2
 */

import {
  AF_INET,
  AF_UNSPEC,
  type addrinfo,
  bind,
  cast,
  closesocket,
  connect,
  INVALID_SOCKET,
  IP_ADD_MEMBERSHIP,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  IPV6_ADD_MEMBERSHIP,
  int,
  ip_mreq,
  ipv6_mreq,
  MAKEWORD,
  recvfrom,
  ref,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  SOL_SOCKET,
  send,
  sendto,
  setsockopt,
  sizeof,
  sockaddr_in,
  sockaddr_in6,
  socket,
  WSACleanup,
  WSADATA,
  WSAStartup,
} from 'winsock';
import {
  failed,
  SetMulticastLoopBack,
  SetMulticastTtl,
  SetSendInterface,
} from '../shared/multicast.ts';
import { getopt, integer } from '../shared/options.ts';
import { FormatAddress, ResolveAddress } from '../shared/resolve.ts';

const MCASTADDRV4 = '234.5.6.7';
const MCASTPORT = '25000';
const USAGE = `usage: ws1 -s -m ADDRESS -p PORT -i ADDRESS -l 0|1 -n COUNT
  -b ADDRESS  address to bind to
  -c          connect before sending
  -i ADDRESS  local interface to join the group on
  -j          do not join the group
  -l 0|1      turn loopback off or on
  -m ADDRESS  multicast group to join (default: ${MCASTADDRV4})
  -n COUNT    how many messages to send or receive (default: 500)
  -p PORT     port (default: ${MCASTPORT})
  -r          use raw sockets
  -s          act as the server, which sends; otherwise receive
  -t TTL      set the multicast TTL (default: 8)
  -u          set SO_REUSEADDR
  -z SIZE     size of the buffer (default: 1024)`;

/** Joins the group on an interface: by its address for IPv4, by its index for IPv6. */
function JoinMulticastGroup(s: SOCKET, group: addrinfo, iface: addrinfo): number {
  let rc: number;
  if (group.ai_family === AF_INET) {
    const mreqv4 = new ip_mreq({
      imr_multiaddr: cast(sockaddr_in, group.ai_addr!).sin_addr,
      imr_interface: cast(sockaddr_in, iface.ai_addr!).sin_addr,
    });
    rc = setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, mreqv4, sizeof(mreqv4));
  } else {
    const mreqv6 = new ipv6_mreq({
      ipv6mr_multiaddr: cast(sockaddr_in6, group.ai_addr!).sin6_addr,
      ipv6mr_interface: cast(sockaddr_in6, iface.ai_addr!).sin6_scope_id,
    });
    rc = setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, mreqv6, sizeof(mreqv6));
  }
  if (rc === SOCKET_ERROR) failed('setsockopt to join the group');
  else console.log(`Joined group: ${FormatAddress(group.ai_addr, group.ai_addrlen)}`);
  return rc;
}

function main(): number {
  const [options] = getopt(USAGE, 'b:ci:jl:m:n:p:rst:uz:');
  const bSender = options.s !== undefined;
  const gCount = integer('-n', options.n, 500);
  const gPort = options.p ?? MCASTPORT;
  const gTtl = integer('-t', options.t, 8, 0, 255);
  const gLoopBack = integer('-l', options.l, 1, 0, 1);
  const gSocketType = options.r === undefined ? SOCK_DGRAM : SOCK_RAW;
  const buf = Buffer.alloc(integer('-z', options.z, 1024, 1, 65507), '#');

  let rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== 0) {
    console.error(`WSAStartup failed: ${rc}`);
    return 1;
  }

  let s = INVALID_SOCKET;
  try {
    const group = options.m ?? MCASTADDRV4;
    const resmulti = ResolveAddress(group, gPort, AF_UNSPEC, gSocketType, IPPROTO_UDP);
    if (resmulti === null) {
      console.error(`Unable to convert multicast address '${group}'`);
      return 1;
    }
    // A receiver binds to the port of the group, a sender to any.
    const { ai_family, ai_socktype, ai_protocol, ai_addrlen } = resmulti;
    const port = bSender ? '0' : gPort;
    const resbind = ResolveAddress(options.b, port, ai_family, ai_socktype, ai_protocol);
    const resif = ResolveAddress(options.i, '0', ai_family, ai_socktype, ai_protocol);
    if (resbind === null || resif === null) {
      console.error(`Unable to convert '${options.b}' or '${options.i}'`);
      return 1;
    }

    s = socket(ai_family, ai_socktype, ai_protocol);
    if (s === INVALID_SOCKET) return failed('socket');
    if (options.u !== undefined) {
      const optval = ref(int, 1);
      rc = setsockopt(s, SOL_SOCKET, SO_REUSEADDR, optval, sizeof(optval));
      if (rc === SOCKET_ERROR) return failed('setsockopt (SO_REUSEADDR)');
    }
    rc = bind(s, resbind.ai_addr, resbind.ai_addrlen);
    if (rc === SOCKET_ERROR) return failed('bind');
    console.log(`Binding to ${FormatAddress(resbind.ai_addr, resbind.ai_addrlen)}`);

    if (options.j === undefined && JoinMulticastGroup(s, resmulti, resif) === SOCKET_ERROR) {
      return 1;
    }
    if (SetSendInterface(s, resif) === SOCKET_ERROR) return 1;
    if (SetMulticastTtl(s, ai_family, gTtl) === SOCKET_ERROR) return 1;
    if (options.l !== undefined) {
      if (SetMulticastLoopBack(s, ai_family, gLoopBack) === SOCKET_ERROR) return 1;
    }

    const destination = resmulti.ai_addr;
    const connected = bSender && options.c !== undefined;
    if (connected) {
      rc = connect(s, destination, ai_addrlen);
      if (rc === SOCKET_ERROR) return failed('connect');
    }

    for (let i = 0; i < gCount; i++) {
      if (bSender) {
        if (connected) rc = send(s, buf, buf.length, 0);
        else rc = sendto(s, buf, buf.length, 0, destination, ai_addrlen);
        if (rc === SOCKET_ERROR) return failed('sendto');
        console.log(`SENT ${rc} bytes to ${FormatAddress(destination, ai_addrlen)}`);
      } else {
        const safrom = new SOCKADDR_STORAGE();
        const fromlen = ref(int, sizeof(safrom));
        rc = recvfrom(s, buf, buf.length, 0, safrom, fromlen);
        if (rc === SOCKET_ERROR) return failed('recvfrom');
        console.log(`read ${rc} bytes from <${FormatAddress(safrom, fromlen.value)}>`);
      }
    }
    return 0;
  } finally {
    if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
