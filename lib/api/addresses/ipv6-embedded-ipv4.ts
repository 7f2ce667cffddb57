/**
 * IPv6 addresses that hold an IPv4 address, or are made of other addresses (ws2ipdef.h, mstcpip.h):
 * mapped, compatible, translated, 6to4, ISATAP, Teredo, solicited-node.
 */
import { in6_addr } from '../../../defs/in6addr.g.ts';
import { in_addr } from '../../../defs/inaddr.g.ts';
import { assertRecord } from '../check.ts';
import { IN4_IS_ADDR_6TO4ELIGIBLE } from './ipv4.ts';

function startsWith(a: in6_addr, ...expected: number[]): boolean {
  return expected.every((byte, index) => a[index] === byte);
}

/**
 * Whether an address is an IPv4 address for an IPv6 socket, `::ffff:a.b.c.d`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_v4mapped
 */
export function IN6_IS_ADDR_V4MAPPED(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_V4MAPPED');
  return startsWith(a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);
}

/**
 * Whether an address is an IPv4-compatible one, `::a.b.c.d`, other than `::` and `::1`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_v4compat
 */
export function IN6_IS_ADDR_V4COMPAT(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_V4COMPAT');
  if (!startsWith(a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) return false;
  return a[12] !== 0 || a[13] !== 0 || a[14] !== 0 || a[15]! > 1;
}

/**
 * Whether an address is an IPv4-translated one, `::ffff:0:a.b.c.d`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_v4translated
 */
export function IN6_IS_ADDR_V4TRANSLATED(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_V4TRANSLATED');
  return startsWith(a, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0);
}

/**
 * Whether an address has an ISATAP interface identifier, `0:5efe:a.b.c.d` or `200:5efe:a.b.c.d`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_is_addr_isatap
 */
export function IN6_IS_ADDR_ISATAP(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_ISATAP');
  return (a[8]! & 0xfd) === 0 && a[9] === 0 && a[10] === 0x5e && a[11] === 0xfe;
}

/**
 * Whether an address is a 6to4 one, in `2002::/16`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_is_addr_6to4
 */
export function IN6_IS_ADDR_6TO4(a: in6_addr): boolean {
  return startsWith(assertRecord(a, in6_addr, 'IN6_IS_ADDR_6TO4'), 0x20, 0x02);
}

/**
 * Whether an address is a Teredo one, in `2001::/32` or, as before 2006, in `3ffe:831f::/32`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_is_addr_teredo
 */
export function IN6_IS_ADDR_TEREDO(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_TEREDO');
  return startsWith(a, 0x20, 0x01, 0, 0) || startsWith(a, 0x3f, 0xfe, 0x83, 0x1f);
}

/** The IPv4 address inside an IPv6 address, as a view. */
function inside(address: in6_addr, offset: number, where: string): in_addr {
  const { buffer, byteOffset } = assertRecord(address, in6_addr, where);
  return new in_addr(buffer, byteOffset + offset);
}

/**
 * The IPv4 address in an IPv4-mapped address.
 *
 * @returns a view: writing to it changes `Ipv6Address`
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_get_addr_v4mapped
 */
export function IN6_GET_ADDR_V4MAPPED(Ipv6Address: in6_addr): in_addr {
  return inside(Ipv6Address, 12, 'IN6_GET_ADDR_V4MAPPED');
}

/**
 * The IPv4 address in an IPv4-compatible address.
 *
 * @returns a view: writing to it changes `Ipv6Address`
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_get_addr_v4compat
 */
export function IN6_GET_ADDR_V4COMPAT(Ipv6Address: in6_addr): in_addr {
  return inside(Ipv6Address, 12, 'IN6_GET_ADDR_V4COMPAT');
}

/**
 * The IPv4 address in an ISATAP address.
 *
 * @returns a view: writing to it changes `Ipv6Address`
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_extract_v4addr_from_isatap
 */
export function IN6_EXTRACT_V4ADDR_FROM_ISATAP(Ipv6Address: in6_addr): in_addr {
  return inside(Ipv6Address, 12, 'IN6_EXTRACT_V4ADDR_FROM_ISATAP');
}

/**
 * The IPv4 address in a 6to4 address.
 *
 * @returns a view: writing to it changes `Ipv6Address`
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_extract_v4addr_from_6to4
 */
export function IN6_EXTRACT_V4ADDR_FROM_6TO4(Ipv6Address: in6_addr): in_addr {
  return inside(Ipv6Address, 2, 'IN6_EXTRACT_V4ADDR_FROM_6TO4');
}

/**
 * Makes an address `::`.
 *
 * @param a the address to write
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_set_addr_unspecified
 */
export function IN6_SET_ADDR_UNSPECIFIED(a: in6_addr): void {
  assertRecord(a, in6_addr, 'IN6_SET_ADDR_UNSPECIFIED').fill(0);
}

/**
 * Makes an address `::1`.
 *
 * @param a the address to write
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_set_addr_loopback
 */
export function IN6_SET_ADDR_LOOPBACK(a: in6_addr): void {
  assertRecord(a, in6_addr, 'IN6_SET_ADDR_LOOPBACK').fill(0);
  a[15] = 1;
}

/** Writes an IPv6 address whose last bytes are an IPv4 address. */
function setWithIpv4(a6: in6_addr, a4: in_addr, marker: number, name: string): void {
  assertRecord(a6, in6_addr, `${name}: a6`);
  assertRecord(a4, in_addr, `${name}: a4`);
  // Read first: the IPv4 address may be a view into the same memory.
  const octets = [...a4];
  a6.fill(0, 0, 10);
  a6.fill(marker, 10, 12);
  a6.set(octets, 12);
}

/**
 * Makes an address the IPv4-mapped form of an IPv4 address.
 *
 * @param a6 the address to write
 * @param a4 the IPv4 address
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_set_addr_v4mapped
 */
export function IN6_SET_ADDR_V4MAPPED(a6: in6_addr, a4: in_addr): void {
  setWithIpv4(a6, a4, 0xff, 'IN6_SET_ADDR_V4MAPPED');
}

/**
 * Makes an address the IPv4-compatible form of an IPv4 address.
 *
 * @param a6 the address to write
 * @param a4 the IPv4 address
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_set_addr_v4compat
 */
export function IN6_SET_ADDR_V4COMPAT(a6: in6_addr, a4: in_addr): void {
  setWithIpv4(a6, a4, 0, 'IN6_SET_ADDR_V4COMPAT');
}

/**
 * Makes an address the solicited-node multicast address of a unicast address.
 *
 * @param Multicast the address to write
 * @param Unicast the unicast address, of which the last 24 bits count
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_set_addr_solicitednode
 */
export function IN6_SET_ADDR_SOLICITEDNODE(Multicast: in6_addr, Unicast: in6_addr): void {
  assertRecord(Multicast, in6_addr, 'IN6_SET_ADDR_SOLICITEDNODE: Multicast');
  const tail = [
    ...assertRecord(Unicast, in6_addr, 'IN6_SET_ADDR_SOLICITEDNODE: Unicast').subarray(13),
  ];
  Multicast.set([0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff, ...tail]);
}

/**
 * Writes an ISATAP interface identifier into the lower half of an address.
 *
 * @param Ipv6Address the address to change; its first 64 bits stay
 * @param Ipv4Address the IPv4 address; a globally routable one sets the identifier's universal bit
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_set_isatap_identifier
 */
export function IN6_SET_ISATAP_IDENTIFIER(Ipv6Address: in6_addr, Ipv4Address: in_addr): void {
  assertRecord(Ipv6Address, in6_addr, 'IN6_SET_ISATAP_IDENTIFIER: Ipv6Address');
  assertRecord(Ipv4Address, in_addr, 'IN6_SET_ISATAP_IDENTIFIER: Ipv4Address');
  const universal = IN4_IS_ADDR_6TO4ELIGIBLE(Ipv4Address) ? 0x02 : 0x00;
  Ipv6Address.set([universal, 0x00, 0x5e, 0xfe, ...Ipv4Address], 8);
}

/**
 * Writes the 6to4 prefix of an IPv4 address into the upper half of an address: `2002:`, the IPv4
 * address, and a zero subnet.
 *
 * @param Ipv6Address the address to change; its last 64 bits stay
 * @param Ipv4Address the IPv4 address
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_set_6to4_prefix
 */
export function IN6_SET_6TO4_PREFIX(Ipv6Address: in6_addr, Ipv4Address: in_addr): void {
  assertRecord(Ipv6Address, in6_addr, 'IN6_SET_6TO4_PREFIX: Ipv6Address');
  assertRecord(Ipv4Address, in_addr, 'IN6_SET_6TO4_PREFIX: Ipv4Address');
  Ipv6Address.set([0x20, 0x02, ...Ipv4Address, 0, 0]);
}
