/**
 * Captures the IP packets of an interface: SIO_RCVALL and its relatives on a raw socket, with the
 * headers taken apart. Needs Windows and administrators' rights; Wine has no SIO_RCVALL.
 *
 *   npm start -- examples/rcvall.ts -t ip -i 192.168.1.2
 */

import {
  AF_INET,
  AF_UNSPEC,
  bind,
  cast,
  closesocket,
  DWORD,
  INADDR_ANY,
  INVALID_SOCKET,
  IPPROTO_ICMP,
  IPPROTO_IGMP,
  IPPROTO_IP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  in_addr,
  inet_addr,
  inet_ntoa,
  MAKEWORD,
  ntohl,
  ntohs,
  offsetof,
  RCVALL_ON,
  RCVALL_SOCKETLEVELONLY,
  ref,
  SIO_ADDRESS_LIST_QUERY,
  SIO_RCVALL,
  SIO_RCVALL_IGMPMCAST,
  SIO_RCVALL_MCAST,
  SOCK_RAW,
  SOCK_STREAM,
  SOCKET_ADDRESS,
  SOCKET_ADDRESS_LIST,
  SOCKET_ERROR,
  sizeof,
  socket,
  WSA_FLAG_OVERLAPPED,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAGetLastError,
  WSAIoctl,
  WSARecv,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { ICMP_HDR, IPV4_HDR, TCP_HDR, UDP_HDR } from './shared/iphdr.ts';
import { getopt, integer, oneOf } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';

const USAGE = `usage: rcvall -t TYPE -i ADDRESS [-sa ADDRESS] [-sp PORT] [-da ADDRESS] [-dp PORT]
              [-n COUNT]
  -t TYPE     ip: all IP packets; igmp: IGMP packets; multicast: multicast packets;
              socket: what reaches the level of sockets (default: ip)
  -i ADDRESS  the local interface to capture on; without it the interfaces are listed
  -sa, -sp    only packets from an address, from a port
  -da, -dp    only packets to an address, to a port
  -n COUNT    how many packets (default: until Ctrl-C)
Needs Windows, and administrators' rights.`;

/** The addresses of this machine. */
function PrintInterfaceList(): void {
  const s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  const slist = Buffer.alloc(4096);
  const bytesReturned = ref(DWORD);
  const rc = WSAIoctl(
    s,
    SIO_ADDRESS_LIST_QUERY,
    null,
    0,
    slist,
    slist.length,
    bytesReturned,
    null,
    null,
  );
  if (rc === SOCKET_ERROR) {
    console.error(`WSAIoctl(SIO_ADDRESS_LIST_QUERY) failed: ${WSAGetLastError()}`);
  } else {
    const { iAddressCount } = cast(SOCKET_ADDRESS_LIST, slist);
    const first = offsetof(SOCKET_ADDRESS_LIST, 'Address');
    for (let i = 0; i < iAddressCount; i++) {
      const entry = cast(SOCKET_ADDRESS, slist, first + i * sizeof(SOCKET_ADDRESS));
      const name = FormatAddress(entry.lpSockaddr, entry.iSockaddrLength);
      console.log(`  ${i + 1} ........ ${name}`);
    }
  }
  closesocket(s);
}

interface Filter {
  readonly address: number;
  readonly port: number;
}

function ParseFilter(
  option: string,
  address: string | undefined,
  port: string | undefined,
): Filter {
  return {
    address: address === undefined ? INADDR_ANY : inet_addr(address),
    port: integer(`${option}p`, port, 0, 0, 65_535),
  };
}

const matches = (filter: Filter, address: number, port: number) =>
  (filter.address === 0 || filter.address === address) &&
  (filter.port === 0 || filter.port === port);

const dotted = (address: number) => inet_ntoa(new in_addr({ s_addr: address }));

function PrintHex(buf: Buffer): void {
  for (let at = 0; at < buf.length; at += 16) {
    const line = buf.subarray(at, at + 16);
    const hex = line.toString('hex').replace(/..(?!$)/g, '$& ');
    const ascii = line.toString('latin1').replace(/[^ -~]/g, '.');
    console.log(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${ascii}`);
  }
}

/** Takes an IPv4 packet apart and prints it, where the filters let it pass. */
function DecodeIPHeader(buf: Buffer, source: Filter, dest: Filter): boolean {
  if (buf.length < sizeof(IPV4_HDR)) return false;
  const hdr = cast(IPV4_HDR, buf);
  const length = (hdr.ip_verlen & 0xf) * 4;
  const payload = buf.subarray(length);
  const protocol = hdr.ip_protocol;
  const hasPorts = (protocol === IPPROTO_TCP || protocol === IPPROTO_UDP) && payload.length >= 8;
  const ports = hasPorts ? cast(UDP_HDR, payload) : undefined;
  const from = ports ? ntohs(ports.src_portno) : 0;
  const to = ports ? ntohs(ports.dst_portno) : 0;
  if (!matches(source, hdr.ip_srcaddr, from) || !matches(dest, hdr.ip_destaddr, to)) return false;

  console.log('IPv4 HEADER');
  console.log(`   Version: ${hdr.ip_verlen >> 4}  Header length: ${length}  TOS: ${hdr.ip_tos}`);
  console.log(`   Total length: ${ntohs(hdr.ip_totallength)}  Id: ${ntohs(hdr.ip_id)}`);
  const fragment = ntohs(hdr.ip_offset);
  console.log(`   Flags: ${fragment >> 13}  Fragment offset: ${(fragment & 0x1fff) * 8}`);
  console.log(`   TTL: ${hdr.ip_ttl}  Protocol: ${protocol}  Checksum: ${ntohs(hdr.ip_checksum)}`);
  console.log(`   Source: ${dotted(hdr.ip_srcaddr)}  Destination: ${dotted(hdr.ip_destaddr)}`);
  let header = 0;
  if (protocol === IPPROTO_UDP && ports) {
    header = sizeof(UDP_HDR);
    console.log(`UDP HEADER\n   From port ${from} to port ${to}, ${ntohs(ports.udp_length)} bytes`);
  } else if (protocol === IPPROTO_TCP && payload.length >= sizeof(TCP_HDR)) {
    const tcp = cast(TCP_HDR, payload);
    const lenflags = ntohs(tcp.lenflags);
    header = (lenflags >> 12) * 4;
    const flags = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'].filter((_, i) => lenflags & (1 << i));
    console.log(`TCP HEADER\n   From port ${from} to port ${to}, ${flags.join(' ')}`);
    console.log(`   Seq: ${ntohl(tcp.seq)}  Ack: ${ntohl(tcp.ack)}  Window: ${ntohs(tcp.window)}`);
  } else if (protocol === IPPROTO_ICMP && payload.length >= sizeof(ICMP_HDR)) {
    const icmp = cast(ICMP_HDR, payload);
    header = sizeof(ICMP_HDR);
    console.log(`ICMP HEADER\n   Type: ${icmp.icmp_type}  Code: ${icmp.icmp_code}`);
  } else if (protocol === IPPROTO_IGMP && payload.length >= 8) {
    header = 8;
    console.log(`IGMP HEADER\n   Type: 0x${payload[0]!.toString(16)}`);
    console.log(`   Group: ${dotted(payload.readUInt32LE(4))}`);
  }
  PrintHex(payload.subarray(header));
  return true;
}

function main(): number {
  const [options] = getopt(USAGE, ['t:', 'i:', 'sa:', 'sp:', 'da:', 'dp:', 'n:']);
  const types = {
    ip: [SIO_RCVALL, IPPROTO_IP, RCVALL_ON],
    igmp: [SIO_RCVALL_IGMPMCAST, IPPROTO_IGMP, RCVALL_ON],
    multicast: [SIO_RCVALL_MCAST, IPPROTO_UDP, RCVALL_ON],
    socket: [SIO_RCVALL, IPPROTO_IP, RCVALL_SOCKETLEVELONLY],
  } as const;
  const [code, protocol, value] = oneOf<(typeof types)[keyof typeof types]>('-t', options.t, types);
  const source = ParseFilter('-s', options.sa, options.sp);
  const dest = ParseFilter('-d', options.da, options.dp);
  const most = options.n === undefined ? Infinity : integer('-n', options.n, 0);
  console.log("This program needs Windows, and administrators' rights.");

  const rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== 0) {
    console.log(`WSAStartup() failed: ${rc}`);
    return 1;
  }
  let s = INVALID_SOCKET;
  try {
    if (options.i === undefined) {
      console.error(`A local interface must be specified!\n\n${USAGE}\nThe interfaces are:`);
      PrintInterfaceList();
      return 1;
    }
    const local = ResolveAddress(options.i, '0', AF_UNSPEC, 0, 0);
    if (local === null) return 1;
    const { ai_family, ai_addr, ai_addrlen } = local;

    s = WSASocketW(ai_family, SOCK_RAW, protocol, null, 0, WSA_FLAG_OVERLAPPED);
    if (s === INVALID_SOCKET) {
      console.log(`WSASocket() failed: ${WSAGetLastError()}`);
      return 1;
    }
    if (bind(s, ai_addr, ai_addrlen) === SOCKET_ERROR) {
      console.log(`bind() failed: ${WSAGetLastError()}`);
      return 1;
    }
    console.log(`Binding to: ${FormatAddress(ai_addr, ai_addrlen)}`);

    const optval = ref(DWORD, value);
    const returned = ref(DWORD);
    if (WSAIoctl(s, code, optval, sizeof(optval), null, 0, returned, null, null) === SOCKET_ERROR) {
      console.log(`WSAIoctl(0x${code.toString(16)}) failed: ${WSAGetLastError()}`);
      return 1;
    }

    const rcvbuf = Buffer.alloc(0xffff);
    const wbuf = new WSABUF({ len: rcvbuf.length, buf: rcvbuf });
    for (let count = 0; count < most; ) {
      if (WSARecv(s, wbuf, 1, returned, ref(DWORD, 0), null, null) === SOCKET_ERROR) {
        console.log(`WSARecv() failed: ${WSAGetLastError()}`);
        return 1;
      }
      if (DecodeIPHeader(rcvbuf.subarray(0, returned.value), source, dest)) count++;
    }
    return 0;
  } finally {
    if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
