/** Socket addresses of IPv6 (ws2ipdef.h, mstcpip.h): filled in and looked at. */
import { in6_addr } from '../../../defs/in6addr.g.ts';
import { in_addr } from '../../../defs/inaddr.g.ts';
import { AF_INET6, SCOPE_ID } from '../../../defs/ws2def.g.ts';
import { sockaddr_in6 } from '../../../defs/ws2ipdef.g.ts';
import { uint16 } from '../../ffi/types/scalars.ts';
import { assertRecord } from '../check.ts';
import { IN4_UNCANONICALIZE_SCOPE_ID, IN6_UNCANONICALIZE_SCOPE_ID } from './address-scope.ts';
import { IN6_ADDR_EQUAL, IN6_IS_ADDR_LOOPBACK, IN6_IS_ADDR_UNSPECIFIED } from './ipv6.ts';
import {
  IN6_IS_ADDR_6TO4,
  IN6_IS_ADDR_ISATAP,
  IN6_IS_ADDR_TEREDO,
  IN6_IS_ADDR_V4MAPPED,
  IN6_SET_ADDR_V4MAPPED,
} from './ipv6-embedded-ipv4.ts';

function reset(a: sockaddr_in6, port: number): void {
  a.fill(0);
  a.sin6_family = AF_INET6;
  a.sin6_port = port;
}

/**
 * Fills in a socket address.
 *
 * @param a the socket address to write
 * @param addr the IPv6 address
 * @param scope the link or site the address is in; it is kept as far as the address has a scope
 * @param port the port in network byte order
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6addr_setsockaddr
 */
export function IN6ADDR_SETSOCKADDR(
  a: sockaddr_in6,
  addr: in6_addr,
  scope: SCOPE_ID,
  port: number,
): void {
  assertRecord(a, sockaddr_in6, 'IN6ADDR_SETSOCKADDR: a');
  const bytes = [...assertRecord(addr, in6_addr, 'IN6ADDR_SETSOCKADDR: addr')];
  const { Value } = assertRecord(scope, SCOPE_ID, 'IN6ADDR_SETSOCKADDR: scope');
  reset(a, uint16.check(port, 'IN6ADDR_SETSOCKADDR: port'));
  a.sin6_addr.set(bytes);
  a.sin6_scope_id = Value;
  IN6_UNCANONICALIZE_SCOPE_ID(a.sin6_addr, a.sin6_scope_struct);
}

/**
 * Fills in a socket address with an IPv4 address in its IPv4-mapped form.
 *
 * @param a6 the socket address to write
 * @param a4 the IPv4 address
 * @param scope the link the address is in; it is kept as far as the address has a scope
 * @param port the port in network byte order
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6addr_setv4mapped
 */
export function IN6ADDR_SETV4MAPPED(
  a6: sockaddr_in6,
  a4: in_addr,
  scope: SCOPE_ID,
  port: number,
): void {
  assertRecord(a6, sockaddr_in6, 'IN6ADDR_SETV4MAPPED: a6');
  const ipv4 = new in_addr(assertRecord(a4, in_addr, 'IN6ADDR_SETV4MAPPED: a4'));
  const { Value } = assertRecord(scope, SCOPE_ID, 'IN6ADDR_SETV4MAPPED: scope');
  reset(a6, uint16.check(port, 'IN6ADDR_SETV4MAPPED: port'));
  IN6_SET_ADDR_V4MAPPED(a6.sin6_addr, ipv4);
  a6.sin6_scope_id = Value;
  IN4_UNCANONICALIZE_SCOPE_ID(ipv4, a6.sin6_scope_struct);
}

/**
 * Makes a socket address `::`, port 0.
 *
 * @param a the socket address to write
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6addr_setany
 */
export function IN6ADDR_SETANY(a: sockaddr_in6): void {
  reset(assertRecord(a, sockaddr_in6, 'IN6ADDR_SETANY'), 0);
}

/**
 * Makes a socket address `::1`, port 0.
 *
 * @param a the socket address to write
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6addr_setloopback
 */
export function IN6ADDR_SETLOOPBACK(a: sockaddr_in6): void {
  reset(assertRecord(a, sockaddr_in6, 'IN6ADDR_SETLOOPBACK'), 0);
  a.sin6_addr[15] = 1;
}

function isInet6(a: sockaddr_in6, where: string): boolean {
  return assertRecord(a, sockaddr_in6, where).sin6_family === AF_INET6;
}

/**
 * Whether a socket address is `::` with any port. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6addr_isany
 */
export function IN6ADDR_ISANY(a: sockaddr_in6): boolean {
  return isInet6(a, 'IN6ADDR_ISANY') && IN6_IS_ADDR_UNSPECIFIED(a.sin6_addr);
}

/**
 * Whether a socket address is `::1`. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6addr_isloopback
 */
export function IN6ADDR_ISLOOPBACK(a: sockaddr_in6): boolean {
  return isInet6(a, 'IN6ADDR_ISLOOPBACK') && IN6_IS_ADDR_LOOPBACK(a.sin6_addr);
}

/**
 * Whether a socket address is `::` without a scope. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6addr_isunspecified
 */
export function IN6ADDR_ISUNSPECIFIED(a: sockaddr_in6): boolean {
  return (
    isInet6(a, 'IN6ADDR_ISUNSPECIFIED') &&
    a.sin6_scope_id === 0 &&
    IN6_IS_ADDR_UNSPECIFIED(a.sin6_addr)
  );
}

/**
 * Whether two socket addresses hold the same IPv6 address and scope; their ports and flow
 * information do not count. Those of another family are not equal to anything.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6addr_isequal
 */
export function IN6ADDR_ISEQUAL(a: sockaddr_in6, b: sockaddr_in6): boolean {
  const bothInet6 = [isInet6(a, 'IN6ADDR_ISEQUAL: a'), isInet6(b, 'IN6ADDR_ISEQUAL: b')];
  return (
    !bothInet6.includes(false) &&
    a.sin6_scope_id === b.sin6_scope_id &&
    IN6_ADDR_EQUAL(a.sin6_addr, b.sin6_addr)
  );
}

/**
 * Whether a socket address is an IPv4-mapped one. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6addr_isv4mapped
 */
export function IN6ADDR_ISV4MAPPED(a: sockaddr_in6): boolean {
  return isInet6(a, 'IN6ADDR_ISV4MAPPED') && IN6_IS_ADDR_V4MAPPED(a.sin6_addr);
}

/**
 * Whether a socket address is an ISATAP one. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6addr_isisatap
 */
export function IN6ADDR_ISISATAP(a: sockaddr_in6): boolean {
  return isInet6(a, 'IN6ADDR_ISISATAP') && IN6_IS_ADDR_ISATAP(a.sin6_addr);
}

/**
 * Whether a socket address is a 6to4 one. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6addr_is6to4
 */
export function IN6ADDR_IS6TO4(a: sockaddr_in6): boolean {
  return isInet6(a, 'IN6ADDR_IS6TO4') && IN6_IS_ADDR_6TO4(a.sin6_addr);
}

/**
 * Whether a socket address is a Teredo one. One of another family is not.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6addr_isteredo
 */
export function IN6ADDR_ISTEREDO(a: sockaddr_in6): boolean {
  return isInet6(a, 'IN6ADDR_ISTEREDO') && IN6_IS_ADDR_TEREDO(a.sin6_addr);
}
