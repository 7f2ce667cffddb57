/**
 * What kind of IPv6 address one is (ws2ipdef.h, mstcpip.h). Every function answers by the bytes
 * alone, on any system.
 */
import { in6_addr } from '../../../defs/in6addr.g.ts';
import { assertRecord, integerIn } from '../check.ts';

/** Whether the bytes from `start` to before `end` are all zero. */
function zero(a: in6_addr, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (a[i] !== 0) return false;
  return true;
}

function matches(a: in6_addr, start: number, ...expected: number[]): boolean {
  return expected.every((byte, index) => a[start + index] === byte);
}

/**
 * Whether two addresses are the same.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_addr_equal
 */
export function IN6_ADDR_EQUAL(a: in6_addr, b: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_ADDR_EQUAL: a');
  return matches(a, 0, ...assertRecord(b, in6_addr, 'IN6_ADDR_EQUAL: b'));
}

/** IN6_ADDR_EQUAL under the name of RFC 3542. */
export const IN6_ARE_ADDR_EQUAL = IN6_ADDR_EQUAL;

/**
 * Whether two addresses begin with the same bits.
 *
 * @param a an address
 * @param b an address
 * @param len how many bits are compared, 0 to 128
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_prefix_equal
 */
export function IN6_PREFIX_EQUAL(a: in6_addr, b: in6_addr, len: number): boolean {
  assertRecord(a, in6_addr, 'IN6_PREFIX_EQUAL: a');
  assertRecord(b, in6_addr, 'IN6_PREFIX_EQUAL: b');
  const whole = integerIn(len, 0, 128, 'IN6_PREFIX_EQUAL: len') >> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  const rest = len & 7;
  return rest === 0 || (a[whole]! ^ b[whole]!) >> (8 - rest) === 0;
}

/**
 * Whether an address is `::`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_unspecified
 */
export function IN6_IS_ADDR_UNSPECIFIED(a: in6_addr): boolean {
  return zero(assertRecord(a, in6_addr, 'IN6_IS_ADDR_UNSPECIFIED'), 0, 16);
}

/**
 * Whether an address is `::1`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_loopback
 */
export function IN6_IS_ADDR_LOOPBACK(a: in6_addr): boolean {
  return zero(assertRecord(a, in6_addr, 'IN6_IS_ADDR_LOOPBACK'), 0, 15) && a[15] === 1;
}

/**
 * Whether an address is in `ff00::/8`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_multicast
 */
export function IN6_IS_ADDR_MULTICAST(a: in6_addr): boolean {
  return assertRecord(a, in6_addr, 'IN6_IS_ADDR_MULTICAST')[0] === 0xff;
}

/**
 * Whether an address is of a prefix whose interface identifiers are EUI-64: 001 to 111, but not
 * multicast.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_eui64
 */
export function IN6_IS_ADDR_EUI64(a: in6_addr): boolean {
  const first = assertRecord(a, in6_addr, 'IN6_IS_ADDR_EUI64')[0]!;
  return first >= 0x20 && first !== 0xff;
}

/**
 * Whether an address is the anycast address of a subnet's routers: an EUI-64 prefix and 64 zeros.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_subnet_router_anycast
 */
export function IN6_IS_ADDR_SUBNET_ROUTER_ANYCAST(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_SUBNET_ROUTER_ANYCAST');
  return IN6_IS_ADDR_EUI64(a) && zero(a, 8, 16);
}

/**
 * Whether an address is one of the anycast addresses that RFC 2526 reserves in each subnet.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_subnet_reserved_anycast
 */
export function IN6_IS_ADDR_SUBNET_RESERVED_ANYCAST(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_SUBNET_RESERVED_ANYCAST');
  return (
    IN6_IS_ADDR_EUI64(a) &&
    matches(a, 8, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) &&
    a[15]! >= 0x80
  );
}

/**
 * Whether an address is an anycast address, as far as its bytes show it: one of a subnet's routers
 * or one that RFC 2526 reserves.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_anycast
 */
export function IN6_IS_ADDR_ANYCAST(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_ANYCAST');
  return IN6_IS_ADDR_SUBNET_RESERVED_ANYCAST(a) || IN6_IS_ADDR_SUBNET_ROUTER_ANYCAST(a);
}

/**
 * Whether an address is in `fe80::/10`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_linklocal
 */
export function IN6_IS_ADDR_LINKLOCAL(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_LINKLOCAL');
  return a[0] === 0xfe && (a[1]! & 0xc0) === 0x80;
}

/**
 * Whether an address is in `fec0::/10`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_sitelocal
 */
export function IN6_IS_ADDR_SITELOCAL(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_SITELOCAL');
  return a[0] === 0xfe && a[1]! >= 0xc0;
}

/**
 * Whether an address is global, by its first four bits: neither all zero nor all one.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_global
 */
export function IN6_IS_ADDR_GLOBAL(a: in6_addr): boolean {
  const high = assertRecord(a, in6_addr, 'IN6_IS_ADDR_GLOBAL')[0]! >> 4;
  return high !== 0 && high !== 0xf;
}

/** Whether an address is a multicast address of a scope. */
function isMulticastOf(scope: number, a: in6_addr, where: string): boolean {
  assertRecord(a, in6_addr, where);
  return a[0] === 0xff && (a[1]! & 0xf) === scope;
}

/**
 * Whether an address is a multicast address that does not leave the node, `ffx1::/16`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_mc_nodelocal
 */
export function IN6_IS_ADDR_MC_NODELOCAL(a: in6_addr): boolean {
  return isMulticastOf(1, a, 'IN6_IS_ADDR_MC_NODELOCAL');
}

/**
 * Whether an address is a multicast address that does not leave the link, `ffx2::/16`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_mc_linklocal
 */
export function IN6_IS_ADDR_MC_LINKLOCAL(a: in6_addr): boolean {
  return isMulticastOf(2, a, 'IN6_IS_ADDR_MC_LINKLOCAL');
}

/**
 * Whether an address is a multicast address that does not leave the site, `ffx5::/16`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_mc_sitelocal
 */
export function IN6_IS_ADDR_MC_SITELOCAL(a: in6_addr): boolean {
  return isMulticastOf(5, a, 'IN6_IS_ADDR_MC_SITELOCAL');
}

/**
 * Whether an address is a multicast address that does not leave the organisation, `ffx8::/16`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_mc_orglocal
 */
export function IN6_IS_ADDR_MC_ORGLOCAL(a: in6_addr): boolean {
  return isMulticastOf(8, a, 'IN6_IS_ADDR_MC_ORGLOCAL');
}

/**
 * Whether an address is a global multicast address, `ffxe::/16`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/nf-ws2ipdef-in6_is_addr_mc_global
 */
export function IN6_IS_ADDR_MC_GLOBAL(a: in6_addr): boolean {
  return isMulticastOf(14, a, 'IN6_IS_ADDR_MC_GLOBAL');
}

/**
 * Whether an address is that of all nodes on the node, `ff01::1`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_is_addr_allnodesonnode
 */
export function IN6_IS_ADDR_ALLNODESONNODE(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_ALLNODESONNODE');
  return matches(a, 0, 0xff, 0x01) && zero(a, 2, 15) && a[15] === 1;
}

/**
 * Whether an address is that of all nodes on the link, `ff02::1`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_is_addr_allnodesonlink
 */
export function IN6_IS_ADDR_ALLNODESONLINK(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_ALLNODESONLINK');
  return matches(a, 0, 0xff, 0x02) && zero(a, 2, 15) && a[15] === 1;
}

/**
 * Whether an address is that of all routers on the link, `ff02::2`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_is_addr_allroutersonlink
 */
export function IN6_IS_ADDR_ALLROUTERSONLINK(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_ALLROUTERSONLINK');
  return matches(a, 0, 0xff, 0x02) && zero(a, 2, 15) && a[15] === 2;
}

/**
 * Whether an address is a solicited-node multicast address, in `ff02::1:ff00:0/104`.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_is_addr_solicitednode
 */
export function IN6_IS_ADDR_SOLICITEDNODE(a: in6_addr): boolean {
  assertRecord(a, in6_addr, 'IN6_IS_ADDR_SOLICITEDNODE');
  return matches(a, 0, 0xff, 0x02) && zero(a, 2, 11) && matches(a, 11, 0x01, 0xff);
}
