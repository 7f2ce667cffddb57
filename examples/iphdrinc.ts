/**
 * Datagrams with headers made by hand: IPv4 or IPv6, UDP and data, cut into fragments where they are
 * longer than the MTU, sent through a raw socket with IP_HDRINCL; or received, raw (-r) or not (-R).
 * Needs the right to open raw sockets; IPv6 needs Windows.
 *
 *   npm start -- examples/iphdrinc.ts -R 5150 -n 1
 *   npm start -- examples/iphdrinc.ts -S 127.0.0.1 -s 5151 -D 127.0.0.1 -d 5150 -n 1 -m hello
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  bind,
  cast,
  closesocket,
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
  SOCKADDR_STORAGE,
  SOCKET_ERROR,
  sendto,
  setsockopt,
  sizeof,
  sockaddr_in,
  sockaddr_in6,
  socket,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAStartup,
} from 'winsock';
import { checksum, IPV4_HDR, IPV6_HDR, UDP_HDR } from './shared/iphdr.ts';
import { getopt, integer, oneOf } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';

const IPV6_FRAGMENT = 44;
const MORE_FRAGMENTS = 0x2000;
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

const failed = (what: string) => {
  console.error(`${what} failed: ${WSAGetLastError()}`);
  return 1;
};

/** The UDP header and the data; its checksum goes over the addresses too. */
function InitUdpHeader(from: SOCKADDR_STORAGE, to: SOCKADDR_STORAGE, data: Buffer): Buffer {
  const datagram = Buffer.concat([Buffer.alloc(sizeof(UDP_HDR)), data]);
  const udphdr = cast(UDP_HDR, datagram);
  // Ports are at the same place in the addresses of both families.
  udphdr.src_portno = cast(sockaddr_in, from).sin_port;
  udphdr.dst_portno = cast(sockaddr_in, to).sin_port;
  udphdr.udp_length = htons(datagram.length);
  const isV4 = from.ss_family === AF_INET;
  const [at, size] = isV4 ? [4, 4] : [8, 16];
  const pseudo = Buffer.alloc(2 * size + 8);
  pseudo.set(from.subarray(at, at + size), 0);
  pseudo.set(to.subarray(at, at + size), size);
  pseudo.writeUInt32BE(datagram.length, 2 * size);
  pseudo[2 * size + 7] = IPPROTO_UDP;
  udphdr.udp_checksum = checksum(pseudo, datagram) || 0xffff;
  return datagram;
}

function InitIpv4Header(
  from: SOCKADDR_STORAGE,
  to: SOCKADDR_STORAGE,
  proto: number,
  id: number,
  fragment: number,
  payload: Buffer,
): Buffer {
  const v4hdr = new IPV4_HDR({
    ip_verlen: (4 << 4) | (sizeof(IPV4_HDR) / 4),
    ip_totallength: htons(sizeof(IPV4_HDR) + payload.length),
    ip_id: htons(id),
    ip_offset: htons(fragment),
    ip_ttl: 8,
    ip_protocol: proto,
    ip_srcaddr: cast(sockaddr_in, from).sin_addr.s_addr,
    ip_destaddr: cast(sockaddr_in, to).sin_addr.s_addr,
  });
  v4hdr.ip_checksum = checksum(v4hdr);
  return Buffer.concat([v4hdr, payload]);
}

function InitIpv6Header(
  from: SOCKADDR_STORAGE,
  to: SOCKADDR_STORAGE,
  proto: number,
  payload: Buffer,
): Buffer {
  const v6hdr = new IPV6_HDR({
    ipv6_vertcflow: htonl(6 << 28),
    ipv6_payloadlen: htons(payload.length),
    ipv6_nexthdr: proto,
    ipv6_hoplimit: 8,
    ipv6_srcaddr: from.subarray(8, 24),
    ipv6_destaddr: to.subarray(8, 24),
  });
  return Buffer.concat([v6hdr, payload]);
}

/** The packets that carry a datagram: one, or as many fragments as the MTU makes necessary. */
function PacketizeV4V6(
  from: SOCKADDR_STORAGE,
  to: SOCKADDR_STORAGE,
  proto: number,
  mtu: number,
  datagram: Buffer,
): Buffer[] {
  const isV4 = from.ss_family === AF_INET;
  const header = isV4 ? sizeof(IPV4_HDR) : sizeof(IPV6_HDR);
  if (header + datagram.length <= mtu) {
    return isV4
      ? [InitIpv4Header(from, to, proto, 1, 0, datagram)]
      : [InitIpv6Header(from, to, proto, datagram)];
  }
  // All fragments but the last carry a multiple of eight bytes.
  const room = Math.floor((mtu - header - (isV4 ? 0 : 8)) / 8) * 8;
  const packets: Buffer[] = [];
  for (let at = 0; at < datagram.length; at += room) {
    const part = datagram.subarray(at, at + room);
    const more = at + room < datagram.length;
    if (isV4) {
      const fragment = (more ? MORE_FRAGMENTS : 0) | (at / 8);
      packets.push(InitIpv4Header(from, to, proto, 1, fragment, part));
    } else {
      const extension = Buffer.alloc(8);
      extension[0] = proto;
      extension.writeUInt16BE(at | (more ? 1 : 0), 2);
      extension.writeUInt32BE(1, 4);
      const payload = Buffer.concat([extension, part]);
      packets.push(InitIpv6Header(from, to, IPV6_FRAGMENT, payload));
    }
  }
  return packets;
}

/** Receives what was sent, on a raw socket or on one of UDP. */
function Receiver(family: number, raw: boolean, port: string, count: number): number {
  const type = raw ? SOCK_RAW : SOCK_DGRAM;
  const s = socket(family, type, IPPROTO_UDP);
  if (s === INVALID_SOCKET) return failed('socket');
  const local = ResolveAddress(undefined, port, family, SOCK_DGRAM, 0);
  if (local === null) return 1;
  if (bind(s, local.ai_addr, local.ai_addrlen) === SOCKET_ERROR) return failed('bind');
  console.log(`Receiving at ${FormatAddress(local.ai_addr, local.ai_addrlen)}`);
  const buf = Buffer.alloc(0xffff);
  for (let i = 0; i < count; ) {
    const from = new SOCKADDR_STORAGE();
    const fromlen = ref(int, sizeof(from));
    const rc = recvfrom(s, buf, buf.length, 0, from, fromlen);
    if (rc === SOCKET_ERROR) return failed('recvfrom');
    let data = buf.subarray(0, rc);
    if (raw) {
      // A raw IPv4 socket gets the IP header as well, and the datagrams of all ports.
      if (family === AF_INET) data = data.subarray((cast(IPV4_HDR, data).ip_verlen & 0xf) * 4);
      if (cast(UDP_HDR, data).dst_portno !== htons(Number(port))) continue;
      data = data.subarray(sizeof(UDP_HDR));
    }
    const text = data.toString('latin1', 0, 64);
    console.log(`read ${data.length} bytes from ${FormatAddress(from, fromlen.value)}: ${text}`);
    i++;
  }
  closesocket(s);
  return 0;
}

/** Sends packets that are headers and all. */
function Sender(from: SOCKADDR_STORAGE, to: SOCKADDR_STORAGE, packets: Buffer[], count: number) {
  const isV4 = from.ss_family === AF_INET;
  const s = socket(from.ss_family, SOCK_RAW, isV4 ? IPPROTO_RAW : IPPROTO_UDP);
  if (s === INVALID_SOCKET) return failed('socket');
  const optval = ref(int, 1);
  const [level, name] = isV4 ? [IPPROTO_IP, IP_HDRINCL] : [IPPROTO_IPV6, IPV6_HDRINCL];
  if (setsockopt(s, level, name, optval, sizeof(optval)) === SOCKET_ERROR) {
    return failed('setsockopt(HDRINCL)');
  }
  const length = isV4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  for (let i = 0; i < count; i++) {
    for (const packet of packets) {
      const rc = sendto(s, packet, packet.length, 0, to, length);
      if (rc === SOCKET_ERROR) return failed('sendto');
      console.log(`sent ${rc} bytes`);
    }
  }
  closesocket(s);
  return 0;
}

function main(): number {
  const [options] = getopt(USAGE, NAMES);
  const family = oneOf('-a', options.a, { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 });
  const count = integer('-n', options.n, 5);

  const rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== 0) {
    console.error(`WSAStartup failed: ${rc}`);
    return 1;
  }
  // The default addresses are those of the family that is asked for.
  const LOOPBACK = family === AF_INET6 ? '::1' : '127.0.0.1';
  try {
    const port = options.r ?? options.rd;
    if (port !== undefined) {
      return Receiver(family || AF_INET, options.r !== undefined, port, count);
    }
    const source = ResolveAddress(options.sa ?? LOOPBACK, options.sp, family, SOCK_DGRAM, 0);
    const dest = ResolveAddress(
      options.da ?? LOOPBACK,
      options.dp ?? '5150',
      family,
      SOCK_DGRAM,
      0,
    );
    if (source === null || dest === null) return 1;
    const from = cast(SOCKADDR_STORAGE, source.ai_addr!);
    const to = cast(SOCKADDR_STORAGE, dest.ai_addr!);
    const text = options.m ?? 'This is a test';
    const data = Buffer.alloc(integer('-z', options.z, text.length, 0, 65_507), text);
    const datagram = InitUdpHeader(from, to, data);
    const proto = integer('-p', options.p, IPPROTO_UDP, 0, 255);
    const mtu = integer('-t', options.t, 1496, 68, 65_535);
    const packets = PacketizeV4V6(from, to, proto, mtu, datagram);
    return Sender(from, to, packets, count);
  } finally {
    WSACleanup();
  }
}

process.exitCode = main();
