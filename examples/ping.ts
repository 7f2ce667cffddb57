/**
 * Ping over raw sockets: echo requests of ICMPv4 or ICMPv6, answers by an overlapped WSARecvFrom.
 * Needs the right to open raw sockets.
 *
 *   npm start -- examples/ping.ts -a 4 127.0.0.1
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
  INVALID_SOCKET,
  IP_OPTIONS,
  IP_TTL,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_UNICAST_HOPS,
  in_addr,
  inet_ntoa,
  int,
  MAKEWORD,
  OVERLAPPED,
  ref,
  SIO_ROUTING_INTERFACE_QUERY,
  SOCK_RAW,
  SOCKADDR_STORAGE,
  type SOCKET,
  SOCKET_ERROR,
  sendto,
  setsockopt,
  sizeof,
  type sockaddr,
  sockaddr_in6,
  socket,
  WSA_IO_PENDING,
  WSA_WAIT_FAILED,
  WSA_WAIT_TIMEOUT,
  WSABUF,
  WSACleanup,
  WSACloseEvent,
  WSACreateEvent,
  WSADATA,
  WSAGetLastError,
  WSAGetOverlappedResult,
  WSAIoctl,
  WSARecvFrom,
  WSAResetEvent,
  WSAStartup,
} from 'winsock';
import { GetCurrentProcessId, GetTickCount, Sleep, WaitForSingleObject } from 'winsock/kernel';
import { checksum, ICMP_HDR, IPV4_HDR } from './shared/iphdr.ts';
import { getopt, integer, oneOf, wrong } from './shared/options.ts';
import { NameInfo, ResolveAddress } from './shared/resolve.ts';

const ICMPV4_ECHO_REQUEST_TYPE = 8;
const ICMPV4_ECHO_REPLY_TYPE = 0;
const ICMPV6_ECHO_REQUEST_TYPE = 128;
const ICMPV6_ECHO_REPLY_TYPE = 129;
const IP_RECORD_ROUTE = 7;
const MAX_RECV_BUF_LEN = 0xffff;
const TIMEOUT_MS = 6000;
const USAGE = `usage: ping [OPTIONS] HOST
  -a 4|6     address family (default: either)
  -i TTL     time to live (default: 128)
  -l BYTES   how much data to send (default: 32)
  -n COUNT   how many requests to send (default: 4)
  -r         record the route (IPv4 only)`;

const failed = (what: string) => {
  console.error(`${what} failed: ${WSAGetLastError()}`);
  return 1;
};

/** An echo request: the header, which identifies this process, and data. */
function InitIcmpHeader(isV4: boolean, dataSize: number): Buffer {
  const packet = Buffer.alloc(sizeof(ICMP_HDR) + dataSize, 'E');
  const header = cast(ICMP_HDR, packet);
  header.icmp_type = isV4 ? ICMPV4_ECHO_REQUEST_TYPE : ICMPV6_ECHO_REQUEST_TYPE;
  header.icmp_code = 0;
  header.icmp_id = GetCurrentProcessId() & 0xffff;
  return packet;
}

/** The checksum of ICMPv6 goes over the addresses too, so that of the sender must be known. */
function PseudoHeader6(s: SOCKET, dest: sockaddr_in6, length: number): Buffer {
  const local = new sockaddr_in6();
  const bytes = ref(DWORD);
  const rc = WSAIoctl(
    s,
    SIO_ROUTING_INTERFACE_QUERY,
    dest,
    sizeof(dest),
    local,
    sizeof(local),
    bytes,
    null,
    null,
  );
  // Where the system cannot say, it is the destination: to oneself.
  if (rc === SOCKET_ERROR) local.sin6_addr.set(dest.sin6_addr);
  const header = Buffer.alloc(40);
  header.set(local.sin6_addr, 0);
  header.set(dest.sin6_addr, 16);
  header.writeUInt32BE(length, 32);
  header[39] = IPPROTO_ICMPV6;
  return header;
}

function ComputeIcmpChecksum(s: SOCKET, packet: Buffer, dest: sockaddr, sequence: number) {
  const header = cast(ICMP_HDR, packet);
  header.icmp_sequence = htons(sequence);
  header.icmp_checksum = 0;
  header.icmp_checksum =
    dest.sa_family === AF_INET
      ? checksum(packet)
      : checksum(PseudoHeader6(s, cast(sockaddr_in6, dest), packet.length), packet);
}

/** The routers that the record route option has gathered. */
function PrintRoute(options: Buffer): void {
  const count = Math.floor((options[2]! - 4) / 4);
  const hops = Array.from({ length: count }, (_, i) =>
    inet_ntoa(cast(in_addr, options, 3 + 4 * i)),
  );
  console.log(`    Route: ${hops.join(' ->\n           ')}`);
}

/** Whether a packet answers this process: raw sockets get those of everybody, and the requests too. */
function IsReply(buffer: Buffer, isV4: boolean, id: number): boolean {
  const hasHeader = isV4 && buffer[0]! >>> 4 === 4;
  const start = hasHeader ? (cast(IPV4_HDR, buffer).ip_verlen & 0xf) * 4 : 0;
  if (start > sizeof(IPV4_HDR) && buffer[sizeof(IPV4_HDR)] === IP_RECORD_ROUTE) {
    PrintRoute(buffer.subarray(sizeof(IPV4_HDR)));
  }
  const { icmp_type, icmp_id } = cast(ICMP_HDR, buffer, start);
  return icmp_type === (isV4 ? ICMPV4_ECHO_REPLY_TYPE : ICMPV6_ECHO_REPLY_TYPE) && icmp_id === id;
}

function main(): number {
  const [options, gDestination] = getopt(USAGE, 'a:i:l:n:r', 1);
  if (gDestination === undefined) wrong('The host is missing');
  const gTtl = integer('-i', options.i, 128, 1, 255);
  const gDataSize = integer('-l', options.l, 32, 0, 65_500);
  const gSendCount = integer('-n', options.n, 4, 1);
  const gAddressFamily = oneOf('-a', options.a, { 0: AF_UNSPEC, 4: AF_INET, 6: AF_INET6 });

  const rc = WSAStartup(MAKEWORD(2, 2), new WSADATA());
  if (rc !== 0) {
    console.error(`WSAStartup() failed: ${rc}`);
    return 1;
  }
  let s = INVALID_SOCKET;
  const recvol = new OVERLAPPED({ hEvent: WSACreateEvent() });
  try {
    const dest = ResolveAddress(gDestination, '0', gAddressFamily, 0, 0);
    if (dest === null) {
      console.log(`bad name ${gDestination}`);
      return 1;
    }
    const isV4 = dest.ai_family === AF_INET;
    const to = dest.ai_addr!;
    const local = ResolveAddress(undefined, '0', dest.ai_family, 0, 0);
    if (local === null) return 1;

    s = socket(dest.ai_family, SOCK_RAW, isV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    if (s === INVALID_SOCKET) return failed("socket (raw sockets need administrators' rights)");
    const ttl = ref(int, gTtl);
    const [level, option] = isV4 ? [IPPROTO_IP, IP_TTL] : [IPPROTO_IPV6, IPV6_UNICAST_HOPS];
    if (setsockopt(s, level, option, ttl, sizeof(ttl)) === SOCKET_ERROR) failed('SetTtl');
    if (options.r !== undefined && isV4) {
      const route = Buffer.alloc(40);
      route.set([IP_RECORD_ROUTE, 39, 4]);
      if (setsockopt(s, IPPROTO_IP, IP_OPTIONS, route, route.length) === SOCKET_ERROR) {
        return failed('setsockopt(IP_OPTIONS)');
      }
    }
    if (bind(s, local.ai_addr, local.ai_addrlen) === SOCKET_ERROR) return failed('bind');

    const recvbuf = Buffer.alloc(MAX_RECV_BUF_LEN);
    const wbuf = new WSABUF({ len: recvbuf.length, buf: recvbuf });
    const from = new SOCKADDR_STORAGE();
    const fromlen = ref(int);
    const flags = ref(DWORD);
    const bytes = ref(DWORD);
    const PostRecvfrom = () => {
      fromlen.value = sizeof(from);
      flags.value = 0;
      const rc = WSARecvFrom(s, wbuf, 1, bytes, flags, from, fromlen, recvol, null);
      return rc !== SOCKET_ERROR || WSAGetLastError() === WSA_IO_PENDING;
    };
    if (!PostRecvfrom()) return failed('WSARecvFrom');

    const [host] = NameInfo(to, dest.ai_addrlen);
    console.log(`\nPinging ${host} with ${gDataSize} bytes of data\n`);
    const icmpbuf = InitIcmpHeader(isV4, gDataSize);
    const { icmp_id } = cast(ICMP_HDR, icmpbuf);
    let replies = 0;
    for (let i = 0; i < gSendCount; i++) {
      if (i > 0) Sleep(1000);
      ComputeIcmpChecksum(s, icmpbuf, to, i);
      const time = GetTickCount();
      if (sendto(s, icmpbuf, icmpbuf.length, 0, to, dest.ai_addrlen) === SOCKET_ERROR) {
        return failed('sendto');
      }
      for (let answered = false; !answered; ) {
        const wait = Math.max(0, TIMEOUT_MS - (GetTickCount() - time));
        const waited = WaitForSingleObject(recvol.hEvent, wait);
        if (waited === WSA_WAIT_FAILED) return failed('WaitForSingleObject');
        if (waited === WSA_WAIT_TIMEOUT) {
          console.log('Request timed out.');
          break;
        }
        if (!WSAGetOverlappedResult(s, recvol, bytes, 0, flags)) {
          return failed('WSAGetOverlappedResult');
        }
        answered = IsReply(recvbuf.subarray(0, bytes.value), isV4, icmp_id);
        if (answered) {
          const ms = GetTickCount() - time;
          const [replier] = NameInfo(from, fromlen.value);
          const took = ms === 0 ? 'time<1ms' : `time=${ms}ms`;
          console.log(`Reply from ${replier}: bytes=${gDataSize} ${took} TTL=${gTtl}`);
          replies++;
        }
        WSAResetEvent(recvol.hEvent);
        if (!PostRecvfrom()) return failed('WSARecvFrom');
      }
    }
    return replies > 0 ? 0 : 1;
  } finally {
    // The receive that is still under way ends with the socket.
    if (s !== INVALID_SOCKET) {
      closesocket(s);
      WSAGetOverlappedResult(s, recvol, ref(DWORD), 0, ref(DWORD));
    }
    WSACloseEvent(recvol.hEvent);
    WSACleanup();
  }
}

process.exitCode = main();
