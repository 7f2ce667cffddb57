/** The multicast options of a socket, which IPv4 and IPv6 have at different levels and in different forms. */

import {
  AF_INET,
  type addrinfo,
  cast,
  IN_ADDR,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  ref,
  type SOCKET,
  SOCKET_ERROR,
  setsockopt,
  sizeof,
  sockaddr_in,
  sockaddr_in6,
  ULONG,
  WSAGetLastError,
} from 'winsock';
import { FormatAddress } from './resolve.ts';

/** Says which function failed and why. The result is the program's exit code. */
export function failed(what: string): number {
  console.error(`${what} failed: ${WSAGetLastError()}`);
  return 1;
}

function SetOption(s: SOCKET, level: number, name: number, value: number, what: string): number {
  const optval = ref(ULONG, value);
  const rc = setsockopt(s, level, name, optval, sizeof(optval));
  if (rc === SOCKET_ERROR) failed(`setsockopt (${what})`);
  else console.log(`Set ${what} to: ${value}`);
  return rc;
}

export function SetMulticastTtl(s: SOCKET, af: number, ttl: number): number {
  return af === AF_INET
    ? SetOption(s, IPPROTO_IP, IP_MULTICAST_TTL, ttl, 'multicast ttl')
    : SetOption(s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl, 'multicast ttl');
}

export function SetMulticastLoopBack(s: SOCKET, af: number, loopval: number): number {
  return af === AF_INET
    ? SetOption(s, IPPROTO_IP, IP_MULTICAST_LOOP, loopval, 'multicast loopback')
    : SetOption(s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loopval, 'multicast loopback');
}

/** Sets the interface that datagrams leave by: by its address for IPv4, by its index for IPv6. */
export function SetSendInterface(s: SOCKET, iface: addrinfo): number {
  const sa = iface.ai_addr!;
  let rc: number;
  if (iface.ai_family === AF_INET) {
    const optval = new IN_ADDR(cast(sockaddr_in, sa).sin_addr);
    rc = setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, optval, sizeof(optval));
  } else {
    const optval = ref(ULONG, cast(sockaddr_in6, sa).sin6_scope_id);
    rc = setsockopt(s, IPPROTO_IPV6, IPV6_MULTICAST_IF, optval, sizeof(optval));
  }
  if (rc === SOCKET_ERROR) failed('setsockopt (multicast interface)');
  else console.log(`Set sending interface to: ${FormatAddress(sa, iface.ai_addrlen)}`);
  return rc;
}
