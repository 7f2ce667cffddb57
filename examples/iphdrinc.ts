/**
 * Sends UDP datagrams whose IP and UDP headers the program makes itself (IP_HDRINCL, IPV6_HDRINCL), in
 * fragments where they are larger than the MTU; or receives such datagrams.
 *
 *   npm start -- examples/iphdrinc.ts -rd 5150 -n 1
 *   npm start -- examples/iphdrinc.ts -sa 127.0.0.1 -sp 5151 -da 127.0.0.1 -dp 5150 -n 1
 *
 * Raw sockets need administrators' rights.
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type addrinfo,
  bind,
  cast,
  closesocket,
  FD_READ,
  htonl,
  htons,
  INVALID_SOCKET,
  IP_HDRINCL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_RAW,
  IPPROTO_UDP,
  IPV6_HDRINCL,
  int,
  MAKEWORD,
  recvfrom,
  ref,
  SOCK_DGRAM,
  SOCK_RAW,
  type SOCKADDR,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  SS_PORT,
  sendto,
  setsockopt,
  sizeof,
  sockaddr_in,
  sockaddr_in6,
  socket,
  WSA_INVALID_EVENT,
  WSACleanup,
  WSACloseEvent,
  WSACreateEvent,
  WSADATA,
  WSAEventSelect,
  WSAGetLastError,
  WSAResetEvent,
  WSAStartup,
} from 'winsock';
import { INFINITE, WAIT_FAILED, WaitForSingleObject } from 'winsock/kernel';
import { checksum, IPV4_HDR, IPV6_FRAGMENT_HDR, IPV6_HDR, UDP_HDR } from './shared/iphdr.ts';
import { getopt, integer, oneOf } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';

const FRAGMENT_HEADER_PROTOCOL = 44;
const IP_MORE_FRAGMENTS = 0x2000;
const DEFAULT_TTL = 8;
const MAX_PACKET = 65_535;
const USAGE = `usage: iphdrinc OPTIONS
  -a 4|6   address family (default: that of the addresses)
  -sa ADDR address of the sender, -sp PORT its port
  -da ADDR address of the recipient, -dp PORT its port (default: 5150)
  -n COUNT how often to send or receive (default: 5)
  -m TEXT  what to fill the datagram with
  -z SIZE  how many bytes of data (default: those of the text)
  -t MTU   size of the largest packet, beyond which it is sent in fragments (default: 1496)
  -p PROTO protocol in the header (default: 17, UDP)
  -r PORT  receive raw datagrams (SOCK_RAW) of that port
  -rd PORT receive datagrams (SOCK_DGRAM) on that port`;
const NAMES = ['a:', 'sa:', 'sp:', 'da:', 'dp:', 'n:', 'm:', 'z:', 't:', 'p:', 'r:', 'rd:'];

/** Says what failed. The result is the program's exit code. */
function failed(what: string): number {
  console.error(`${what} failed: ${WSAGetLastError()}`);
  return 1;
}

function InitIpv4Header(
  src: sockaddr_in,
  dest: sockaddr_in,
  proto: number,
  fragment: number,
  payload: Uint8Array,
): Buffer {
  const v4hdr = new IPV4_HDR({
    ip_verlen: (4 << 4) | (sizeof(IPV4_HDR) / 4),
    ip_totallength: htons(sizeof(IPV4_HDR) + payload.length),
    ip_id: htons(1),
    ip_offset: htons(fragment),
    ip_ttl: DEFAULT_TTL,
    ip_protocol: proto,
    ip_srcaddr: src.sin_addr.s_addr,
    ip_destaddr: dest.sin_addr.s_addr,
  });
  v4hdr.ip_checksum = checksum(v4hdr);
  return Buffer.concat([v4hdr, payload]);
}

function InitIpv6Header(
  src: sockaddr_in6,
  dest: sockaddr_in6,
  proto: number,
  payload: Uint8Array,
): Buffer {
  const v6hdr = new IPV6_HDR({
    ipv6_vertcflow: htonl(6 << 28),
    ipv6_payloadlen: htons(payload.length),
    ipv6_nexthdr: proto,
    ipv6_hoplimit: DEFAULT_TTL,
    ipv6_srcaddr: src.sin6_addr,
    ipv6_destaddr: dest.sin6_addr,
  });
  return Buffer.concat([v6hdr, payload]);
}

function InitIpv6FragmentHeader(
  offset: number,
  proto: number,
  lastfragment: boolean,
  payload: Uint8Array,
): Buffer {
  const fraghdr = new IPV6_FRAGMENT_HDR({
    ipv6_frag_nexthdr: proto,
    ipv6_frag_offset: htons(offset | (lastfragment ? 0 : 1)),
    ipv6_frag_id: htonl(1),
  });
  return Buffer.concat([fraghdr, payload]);
}

/** The header of UDP, with the data. Its checksum is that of the whole and the addresses. */
function InitUdpHeader(src: SOCKADDR, dest: SOCKADDR, payload: Buffer): Buffer {
  const udphdr = new UDP_HDR({
    src_portno: SS_PORT(src),
    dst_portno: SS_PORT(dest),
    udp_length: htons(sizeof(UDP_HDR) + payload.length),
  });
  udphdr.udp_checksum = ComputeUdpPseudoHeaderChecksum(src, dest, udphdr, payload);
  return Buffer.concat([udphdr, payload]);
}

function ComputeUdpPseudoHeaderChecksum(
  src: SOCKADDR,
  dest: SOCKADDR,
  udphdr: UDP_HDR,
  payload: Buffer,
): number {
  const isV4 = src.sa_family === AF_INET;
  const addresses = isV4
    ? [cast(sockaddr_in, src).sin_addr, cast(sockaddr_in, dest).sin_addr]
    : [cast(sockaddr_in6, src).sin6_addr, cast(sockaddr_in6, dest).sin6_addr];
  const rest = Buffer.alloc(8);
  rest.writeUInt32BE(sizeof(udphdr) + payload.length, 0);
  rest[7] = IPPROTO_UDP;
  return checksum(...addresses, rest, udphdr, payload) || 0xffff;
}

/** The packets of a datagram: all fragments but the last have a multiple of eight bytes. */
function PacketizeIpv4(
  source: SOCKADDR,
  destination: SOCKADDR,
  proto: number,
  mtu: number,
  datagram: Buffer,
): Buffer[] {
  const [src, dest] = [cast(sockaddr_in, source), cast(sockaddr_in, destination)];
  const Packets: Buffer[] = [];
  const room = (mtu - sizeof(IPV4_HDR)) & ~7;
  for (let offset = 0, end = 0; end < datagram.length; offset = end) {
    end = sizeof(IPV4_HDR) + datagram.length - offset <= mtu ? datagram.length : offset + room;
    const fragment = (offset / 8) | (end < datagram.length ? IP_MORE_FRAGMENTS : 0);
    Packets.push(InitIpv4Header(src, dest, proto, fragment, datagram.subarray(offset, end)));
  }
  return Packets;
}

function PacketizeIpv6(
  source: SOCKADDR,
  destination: SOCKADDR,
  proto: number,
  mtu: number,
  datagram: Buffer,
): Buffer[] {
  const [src, dest] = [cast(sockaddr_in6, source), cast(sockaddr_in6, destination)];
  if (sizeof(IPV6_HDR) + datagram.length <= mtu) {
    return [InitIpv6Header(src, dest, proto, datagram)];
  }
  const Packets: Buffer[] = [];
  const room = (mtu - sizeof(IPV6_HDR) - sizeof(IPV6_FRAGMENT_HDR)) & ~7;
  for (let offset = 0; offset < datagram.length; offset += room) {
    const part = datagram.subarray(offset, offset + room);
    const lastfragment = offset + room >= datagram.length;
    const payload = InitIpv6FragmentHeader(offset, proto, lastfragment, part);
    Packets.push(InitIpv6Header(src, dest, FRAGMENT_HEADER_PROTOCOL, payload));
  }
  return Packets;
}

/** Sends the packets, headers and all. */
function Send(s: SOCKET, dest: addrinfo, fragments: Buffer[], gSendCount: number): number {
  const optval = ref(int, 1);
  const isV4 = dest.ai_family === AF_INET;
  const [optlevel, option] = isV4 ? [IPPROTO_IP, IP_HDRINCL] : [IPPROTO_IPV6, IPV6_HDRINCL];
  if (setsockopt(s, optlevel, option, optval, sizeof(optval)) === SOCKET_ERROR) {
    return failed('setsockopt: IP_HDRINCL');
  }
  console.log(`${fragments.length} fragments required`);
  for (let i = 0; i < gSendCount; i++) {
    for (const fragment of fragments) {
      const rc = sendto(s, fragment, fragment.length, 0, dest.ai_addr, dest.ai_addrlen);
      if (rc === SOCKET_ERROR) return failed('sendto()');
      console.log(`sent ${rc} bytes`);
    }
  }
  return 0;
}

/** Receives whenever the event says that there is something. */
function Receive(s: SOCKET, local: addrinfo, gReadRaw: boolean, gSendCount: number): number {
  if (bind(s, local.ai_addr, local.ai_addrlen) === SOCKET_ERROR) return failed('bind');
  const hEvent = WSACreateEvent();
  if (hEvent === WSA_INVALID_EVENT) return failed('WSACreateEvent');
  if (WSAEventSelect(s, hEvent, FD_READ) === SOCKET_ERROR) return failed('WSAEventSelect');
  console.log(`binding to: ${FormatAddress(local.ai_addr, local.ai_addrlen)}`);

  const buffer = Buffer.alloc(MAX_PACKET);
  const safrom = new SOCKADDR_STORAGE();
  const fromlen = ref(int);
  for (let count = 0; count < gSendCount; ) {
    if (WaitForSingleObject(hEvent, INFINITE) === WAIT_FAILED) return failed('WaitForSingleObject');
    WSAResetEvent(hEvent);
    fromlen.value = sizeof(safrom);
    const rc = recvfrom(s, buffer, buffer.length, 0, safrom, fromlen);
    if (rc === SOCKET_ERROR) return failed('recvfrom');
    let data = buffer.subarray(0, rc);
    if (gReadRaw) {
      // A raw socket has the datagrams of all ports; of IPv4 with the header of IP.
      const isV4 = local.ai_family === AF_INET;
      const start = isV4 ? (cast(IPV4_HDR, data).ip_verlen & 0xf) * 4 : 0;
      if (cast(UDP_HDR, data, start).dst_portno !== SS_PORT(local.ai_addr!)) continue;
      data = data.subarray(start + sizeof(UDP_HDR));
    }
    const from = FormatAddress(safrom, fromlen.value);
    console.log(`Read ${data.length} bytes from ${from}: ${data.toString('latin1', 0, 64)}`);
    count++;
  }
  WSACloseEvent(hEvent);
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, NAMES);
  const gAddressFamily = oneOf('-a', options.a, { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 });
  const gProtocol = integer('-p', options.p, IPPROTO_UDP, 0, 255);
  const gSendCount = integer('-n', options.n, 5);
  const gMessage = options.m ?? 'This is a test';
  const gSendSize = integer('-z', options.z, gMessage.length, 0, 65_507);
  const gMtuSize = integer('-t', options.t, 1496, 68, MAX_PACKET);
  const gReadRaw = options.r !== undefined;
  const gReadPort = options.r ?? options.rd;
  const gLoopback = gAddressFamily === AF_INET6 ? '::1' : '127.0.0.1';

  const rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== 0) {
    console.error(`WSAStartup() failed: ${rc}`);
    return 1;
  }
  let s = INVALID_SOCKET;
  try {
    if (gReadPort !== undefined) {
      const family = gAddressFamily || AF_INET;
      const local = ResolveAddress(options.sa, gReadPort, family, SOCK_DGRAM, IPPROTO_UDP);
      if (local === null) return 1;
      console.log(`Socket Type        : ${gReadRaw ? 'SOCK_RAW' : 'SOCK_DGRAM'}`);
      s = socket(family, gReadRaw ? SOCK_RAW : SOCK_DGRAM, IPPROTO_UDP);
      if (s === INVALID_SOCKET) return failed('socket');
      return Receive(s, local, gReadRaw, gSendCount);
    }

    const { sa = gLoopback, sp, da = gLoopback, dp = '5150' } = options;
    const ressrc = ResolveAddress(sa, sp, gAddressFamily, SOCK_DGRAM, IPPROTO_UDP);
    if (ressrc === null) return 1;
    const resdest = ResolveAddress(da, dp, ressrc.ai_family, SOCK_DGRAM, IPPROTO_UDP);
    if (resdest === null) return 1;
    const [src, dest] = [ressrc.ai_addr!, resdest.ai_addr!];
    console.log(`Source Address     : ${FormatAddress(src, ressrc.ai_addrlen)}`);
    console.log(`Destination Address: ${FormatAddress(dest, resdest.ai_addrlen)}`);
    console.log(`Message Size       : ${gSendSize}`);
    console.log(`Message Count      : ${gSendCount}`);
    console.log(`MTU Size           : ${gMtuSize}`);
    const isV4 = ressrc.ai_family === AF_INET;
    s = socket(ressrc.ai_family, SOCK_RAW, isV4 ? IPPROTO_RAW : IPPROTO_UDP);
    if (s === INVALID_SOCKET) return failed('socket');

    const datagram = InitUdpHeader(src, dest, Buffer.alloc(gSendSize, gMessage));
    const Packetize = isV4 ? PacketizeIpv4 : PacketizeIpv6;
    return Send(s, resdest, Packetize(src, dest, gProtocol, gMtuSize, datagram), gSendCount);
  } finally {
    if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
