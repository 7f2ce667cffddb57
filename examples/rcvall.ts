/**
 * Captures what arrives at an interface, with the SIO_RCVALL controls, and takes the headers apart.
 *
 *   npm start -- examples/rcvall.ts -i 192.168.1.2 -t ip -dp 80
 *
 * Needs Windows, and administrators' rights.
 */

import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  bind,
  cast,
  closesocket,
  DWORD,
  htons,
  INADDR_ANY,
  INADDR_NONE,
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
  sockaddr_in,
  socket,
  WSA_FLAG_OVERLAPPED,
  WSABUF,
  WSACleanup,
  WSADATA,
  WSAEFAULT,
  WSAEINVAL,
  WSAGetLastError,
  WSAIoctl,
  WSARecv,
  WSASocketW,
  WSAStartup,
} from 'winsock';
import { IPV4_HDR, TCP_HDR, UDP_HDR } from './shared/iphdr.ts';
import { getopt, integer, oneOf, wrong } from './shared/options.ts';
import { FormatAddress, ResolveAddress } from './shared/resolve.ts';

const MAX_IP_SIZE = 0xffff;
const USAGE = `usage: rcvall -t TYPE -i ADDRESS [-sa ADDRESS] [-sp PORT] [-da ADDRESS] [-dp PORT]
              [-n COUNT]
  -t TYPE     ip: all IP packets; igmp: IGMP packets; multicast: multicast packets;
              socket: what reaches the level of sockets (default: ip)
  -i ADDRESS  the local interface to capture on; without it the interfaces are listed
  -sa, -sp    only packets from an address, from a port
  -da, -dp    only packets to an address, to a port
  -n COUNT    how many packets (default: until Ctrl-C)
Needs Windows, and administrators' rights.`;

/** The addresses of this machine, of either family. */
function PrintInterfaceList(): void {
  let k = 0;
  for (const family of [AF_INET, AF_INET6]) {
    const s = socket(family, SOCK_STREAM, 0);
    if (s === INVALID_SOCKET) {
      console.error(`socket failed: ${WSAGetLastError()}`);
      continue;
    }
    // Asked without memory, the call says how much it takes.
    const code = SIO_ADDRESS_LIST_QUERY;
    const dwBytesRet = ref(DWORD);
    let rc = WSAIoctl(s, code, null, 0, null, 0, dwBytesRet, null, null);
    if (rc === SOCKET_ERROR && WSAGetLastError() === WSAEFAULT) {
      const buf = Buffer.alloc(dwBytesRet.value);
      rc = WSAIoctl(s, code, null, 0, buf, buf.length, dwBytesRet, null, null);
      const count = rc === SOCKET_ERROR ? 0 : cast(SOCKET_ADDRESS_LIST, buf).iAddressCount;
      for (let j = 0; j < count; j++) {
        const at = offsetof(SOCKET_ADDRESS_LIST, 'Address') + j * sizeof(SOCKET_ADDRESS);
        const { lpSockaddr, iSockaddrLength } = cast(SOCKET_ADDRESS, buf, at);
        console.log(`  ${++k} ........ ${FormatAddress(lpSockaddr, iSockaddrLength)}`);
      }
    }
    if (rc === SOCKET_ERROR) {
      console.error(`WSAIoctl(SIO_ADDRESS_LIST_QUERY) failed: ${WSAGetLastError()}`);
    }
    closesocket(s);
  }
}

const dotted = (address: number) => inet_ntoa(new in_addr({ s_addr: address }));
const hex = (value: number) => `0x${value.toString(16).padStart(4, '0')}`;

function PrintIpv4Header(hdr: IPV4_HDR): void {
  const { ip_verlen, ip_protocol } = hdr;
  const protocols: Record<number, string> = {
    [IPPROTO_ICMP]: 'ICMP',
    [IPPROTO_IGMP]: 'IGMP',
    [IPPROTO_TCP]: 'TCP',
    [IPPROTO_UDP]: 'UDP',
  };
  const tos = hex(hdr.ip_tos);
  console.log(`IPv4: Version ${ip_verlen >> 4} : Length ${(ip_verlen & 0xf) * 4} : TOS ${tos}`);
  const id = hex(ntohs(hdr.ip_id));
  console.log(`IPv4: Total Length ${ntohs(hdr.ip_totallength)} : ID ${id} : TTL ${hdr.ip_ttl}`);
  const fragment = ntohs(hdr.ip_offset);
  console.log(`IPv4: Flags ${fragment >> 13} : Fragment Offset ${(fragment & 0x1fff) * 8}`);
  const protocol = protocols[ip_protocol] ?? ip_protocol;
  console.log(`IPv4: Protocol ${protocol} : Checksum ${hex(ntohs(hdr.ip_checksum))}`);
  console.log(`IPv4: Source Address      ${dotted(hdr.ip_srcaddr)}`);
  console.log(`IPv4: Destination Address ${dotted(hdr.ip_destaddr)}`);
}

function PrintUdpHeader(hdr: UDP_HDR): void {
  const { src_portno, dst_portno, udp_length, udp_checksum } = hdr;
  console.log(`UDP: Source Port ${ntohs(src_portno)} : Destination Port ${ntohs(dst_portno)}`);
  console.log(`UDP: Length ${ntohs(udp_length)} : Checksum ${hex(ntohs(udp_checksum))}`);
}

function PrintTcpHeader(hdr: TCP_HDR): void {
  const { src_portno, dst_portno, seq, ack, checksum, urgent } = hdr;
  const lenflags = ntohs(hdr.lenflags);
  const flags = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'].filter((_, i) => lenflags & (1 << i));
  console.log(`TCP: Source Port ${ntohs(src_portno)} : Destination Port ${ntohs(dst_portno)}`);
  console.log(`TCP: Sequence Num ${ntohl(seq)} : ACK ${ntohl(ack)}`);
  console.log(`TCP: Length ${(lenflags >> 12) * 4} : Flags ${flags.join(' ')}`);
  const [sum, pointer] = [hex(ntohs(checksum)), hex(ntohs(urgent))];
  console.log(`TCP: Window ${ntohs(hdr.window)} : Checksum ${sum} : Urgent Pointer ${pointer}`);
}

/** Version 1 and 2, and the head of version 3. */
function PrintIgmpHeader(payload: Buffer): void {
  const types: Record<number, string> = {
    17: 'Membership Query',
    18: 'Membership Report v1',
    22: 'Membership Report v2',
    23: 'Leave Group',
    34: 'Membership Report v3',
  };
  const [type, time] = [payload[0]!, payload[1]!];
  console.log(`IGMP: Type ${types[type] ?? type} : Maximum Response Time ${time}`);
  const sum = hex(payload.readUInt16BE(2));
  if (type === 34) {
    console.log(`IGMP: Checksum ${sum} : Number of Records ${payload.readUInt16BE(6)}`);
  } else {
    console.log(`IGMP: Checksum ${sum} : Group ${dotted(payload.readUInt32LE(4))}`);
  }
}

/** What the options ask for; an address or a port that is zero is any. */
interface Filter {
  readonly saSource: sockaddr_in;
  readonly saDestination: sockaddr_in;
}

/** Whether the filters let a packet pass: ports only those of UDP and TCP, which begin alike. */
function CheckForMatchIPv4(hdr: IPV4_HDR, ports: UDP_HDR | undefined, filter: Filter): boolean {
  const matches = ({ sin_addr, sin_port }: sockaddr_in, address: number, port?: number) =>
    (sin_addr.s_addr === INADDR_ANY || sin_addr.s_addr === address) &&
    (sin_port === 0 || sin_port === port);
  return (
    matches(filter.saSource, hdr.ip_srcaddr, ports?.src_portno) &&
    matches(filter.saDestination, hdr.ip_destaddr, ports?.dst_portno)
  );
}

/** Prints the headers of a packet; false where it is not asked for. */
function DecodeIPHeader(buf: Buffer, filter: Filter): boolean {
  if (buf.length < sizeof(IPV4_HDR)) return false;
  const hdr = cast(IPV4_HDR, buf);
  if (hdr.ip_verlen >> 4 !== 4) return false; // The controls are of IPv4.
  const payload = buf.subarray((hdr.ip_verlen & 0xf) * 4);
  const { ip_protocol } = hdr;
  const hasPorts = ip_protocol === IPPROTO_TCP || ip_protocol === IPPROTO_UDP;
  const ports = hasPorts && payload.length >= 8 ? cast(UDP_HDR, payload) : undefined;
  if (!CheckForMatchIPv4(hdr, ports, filter)) return false;

  PrintIpv4Header(hdr);
  if (ip_protocol === IPPROTO_UDP && ports) PrintUdpHeader(ports);
  else if (ip_protocol === IPPROTO_TCP && payload.length >= sizeof(TCP_HDR)) {
    PrintTcpHeader(cast(TCP_HDR, payload));
  } else if (ip_protocol === IPPROTO_IGMP && payload.length >= 8) PrintIgmpHeader(payload);
  else console.log(`   No decoder for protocol: ${ip_protocol}`);
  console.log();
  return true;
}

function main(): number {
  const [options] = getopt(USAGE, ['t:', 'i:', 'sa:', 'sp:', 'da:', 'dp:', 'n:']);
  const types: Record<string, readonly [code: number, protocol: number, value: number]> = {
    ip: [SIO_RCVALL, IPPROTO_IP, RCVALL_ON],
    igmp: [SIO_RCVALL_IGMPMCAST, IPPROTO_IGMP, RCVALL_ON],
    multicast: [SIO_RCVALL_MCAST, IPPROTO_IP, RCVALL_ON],
    socket: [SIO_RCVALL, IPPROTO_IP, RCVALL_SOCKETLEVELONLY],
  };
  const [dwIoControlCode, dwProtocol, value] = oneOf('-t', options.t, types);
  const address = (name: string, text = '0.0.0.0', port?: string) => {
    const s_addr = inet_addr(text);
    if (s_addr === INADDR_NONE) wrong(`-${name}a takes an IPv4 address, not ${text}`);
    const sin_port = htons(integer(`-${name}p`, port, 0, 0, 65_535));
    return new sockaddr_in({ sin_family: AF_INET, sin_port, sin_addr: { s_addr } });
  };
  const saSource = address('s', options.sa, options.sp);
  const saDestination = address('d', options.da, options.dp);
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
    const resif = ResolveAddress(options.i, '0', AF_UNSPEC, 0, 0);
    if (resif === null) return 1;
    const { ai_family, ai_addr, ai_addrlen } = resif;
    const print = (sa: sockaddr_in) => FormatAddress(sa, sizeof(sa));
    if (options.sa ?? options.sp) console.log(`Source address filter     : ${print(saSource)}`);
    if (options.da ?? options.dp)
      console.log(`Destination address filter: ${print(saDestination)}`);

    s = WSASocketW(ai_family, SOCK_RAW, dwProtocol, null, 0, WSA_FLAG_OVERLAPPED);
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
    const dwBytesRet = ref(DWORD);
    const [code, size] = [dwIoControlCode, sizeof(optval)];
    if (WSAIoctl(s, code, optval, size, null, 0, dwBytesRet, null, null) === SOCKET_ERROR) {
      const err = WSAGetLastError();
      console.log(`WSAIoctl(0x${code.toString(16)}) failed: ${err}`);
      if (err === WSAEINVAL) console.log('IPv6 may not have the SIO_RCVALL controls.');
      return 1;
    }

    const rcvbuf = Buffer.alloc(MAX_IP_SIZE);
    const wbuf = new WSABUF({ len: rcvbuf.length, buf: rcvbuf });
    for (let count = 0; count < most; ) {
      if (WSARecv(s, wbuf, 1, dwBytesRet, ref(DWORD, 0), null, null) === SOCKET_ERROR) {
        console.log(`WSARecv() failed: ${WSAGetLastError()}`);
        return 1;
      }
      const filter = { saSource, saDestination };
      if (DecodeIPHeader(rcvbuf.subarray(0, dwBytesRet.value), filter)) count++;
    }
    return 0;
  } finally {
    if (s !== INVALID_SOCKET) closesocket(s);
    WSACleanup();
  }
}

process.exitCode = main();
