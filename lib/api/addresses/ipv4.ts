/**
 * What kind of IPv4 address one is (ws2def.h, mstcpip.h). Every function answers by the bytes alone,
 * on any system. The C functions with UNALIGNED in their names are for processors that cannot read
 * an odd address; memory is never misaligned here, so they are the same functions.
 */
import { in_addr } from '../../../defs/inaddr.g.ts';
import {
  type NL_ADDRESS_TYPE,
  NlatBroadcast,
  NlatInvalid,
  NlatMulticast,
  NlatUnicast,
  NlatUnspecified,
} from '../../../defs/nldef.g.ts';
import {
  type SCOPE_LEVEL,
  ScopeLevelAdmin,
  ScopeLevelGlobal,
  ScopeLevelLink,
  ScopeLevelSite,
} from '../../../defs/ws2def.g.ts';
import { assertRecord, low32, recordIn } from '../check.ts';

/** An IPv4 address as C's `UCHAR *`: an in_addr, or memory whose first 4 bytes are one. */
export type Ipv4Bytes = in_addr | Uint8Array;

function octets(address: Ipv4Bytes, where: string): in_addr {
  return recordIn(address, in_addr, 4, where);
}

/** Whether an address in host byte order is of class A, 0.0.0.0 to 127.255.255.255. */
export function IN_CLASSA(i: number): boolean {
  return low32(i, 'IN_CLASSA') >>> 31 === 0;
}

/** Whether an address in host byte order is of class B, 128.0.0.0 to 191.255.255.255. */
export function IN_CLASSB(i: number): boolean {
  return low32(i, 'IN_CLASSB') >>> 30 === 0b10;
}

/** Whether an address in host byte order is of class C, 192.0.0.0 to 223.255.255.255. */
export function IN_CLASSC(i: number): boolean {
  return low32(i, 'IN_CLASSC') >>> 29 === 0b110;
}

/** Whether an address in host byte order is of class D, 224.0.0.0 to 239.255.255.255. */
export function IN_CLASSD(i: number): boolean {
  return low32(i, 'IN_CLASSD') >>> 28 === 0b1110;
}

/** Whether an address in host byte order is a multicast address, which is class D. */
export function IN_MULTICAST(i: number): boolean {
  return low32(i, 'IN_MULTICAST') >>> 28 === 0b1110;
}

/**
 * Whether an address in network byte order (an `s_addr`) is of class A.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_classa
 */
export function IN4_CLASSA(i: number): boolean {
  return (low32(i, 'IN4_CLASSA') & 0x80) === 0;
}

/**
 * Whether an address in network byte order (an `s_addr`) is of class B.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_classb
 */
export function IN4_CLASSB(i: number): boolean {
  return (low32(i, 'IN4_CLASSB') & 0xc0) === 0x80;
}

/**
 * Whether an address in network byte order (an `s_addr`) is of class C.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_classc
 */
export function IN4_CLASSC(i: number): boolean {
  return (low32(i, 'IN4_CLASSC') & 0xe0) === 0xc0;
}

/**
 * Whether an address in network byte order (an `s_addr`) is of class D.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_classd
 */
export function IN4_CLASSD(i: number): boolean {
  return (low32(i, 'IN4_CLASSD') & 0xf0) === 0xe0;
}

/**
 * Whether an address in network byte order (an `s_addr`) is a multicast address, which is class D.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_multicast
 */
export function IN4_MULTICAST(i: number): boolean {
  return (low32(i, 'IN4_MULTICAST') & 0xf0) === 0xe0;
}

/**
 * Whether two addresses are the same.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_addr_equal
 */
export function IN4_ADDR_EQUAL(a: in_addr, b: in_addr): boolean {
  const left = assertRecord(a, in_addr, 'IN4_ADDR_EQUAL: a');
  return left.s_addr === assertRecord(b, in_addr, 'IN4_ADDR_EQUAL: b').s_addr;
}

/**
 * Whether an address is 0.0.0.0.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_unspecified
 */
export function IN4_IS_ADDR_UNSPECIFIED(a: in_addr): boolean {
  return assertRecord(a, in_addr, 'IN4_IS_ADDR_UNSPECIFIED').s_addr === 0;
}

/**
 * Whether an address is in 127.0.0.0/8.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_loopback
 */
export function IN4_IS_ADDR_LOOPBACK(a: in_addr): boolean {
  return assertRecord(a, in_addr, 'IN4_IS_ADDR_LOOPBACK')[0] === 127;
}

/**
 * Whether an address is 255.255.255.255.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_broadcast
 */
export function IN4_IS_ADDR_BROADCAST(a: in_addr): boolean {
  return assertRecord(a, in_addr, 'IN4_IS_ADDR_BROADCAST').s_addr === 0xffffffff;
}

/**
 * Whether an address is in 224.0.0.0/4.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_multicast
 */
export function IN4_IS_ADDR_MULTICAST(a: in_addr): boolean {
  return IN4_MULTICAST(assertRecord(a, in_addr, 'IN4_IS_ADDR_MULTICAST').s_addr);
}

/**
 * Whether an address is in 169.254.0.0/16.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_linklocal
 */
export function IN4_IS_ADDR_LINKLOCAL(a: in_addr): boolean {
  assertRecord(a, in_addr, 'IN4_IS_ADDR_LINKLOCAL');
  return a[0] === 169 && a[1] === 254;
}

/**
 * Whether an address is site-local: never, because the private addresses of RFC 1918 count as
 * global. See IN4_IS_ADDR_RFC1918.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_sitelocal
 */
export function IN4_IS_ADDR_SITELOCAL(a: in_addr): boolean {
  assertRecord(a, in_addr, 'IN4_IS_ADDR_SITELOCAL');
  return false;
}

/**
 * Whether an address is a private one: in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_rfc1918
 */
export function IN4_IS_ADDR_RFC1918(a: in_addr): boolean {
  assertRecord(a, in_addr, 'IN4_IS_ADDR_RFC1918');
  return a[0] === 10 || (a[0] === 172 && a[1]! >> 4 === 1) || (a[0] === 192 && a[1] === 168);
}

/**
 * Whether an address is a multicast address that routers do not forward, in 224.0.0.0/24.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_mc_linklocal
 */
export function IN4_IS_ADDR_MC_LINKLOCAL(a: in_addr): boolean {
  assertRecord(a, in_addr, 'IN4_IS_ADDR_MC_LINKLOCAL');
  return a[0] === 224 && a[1] === 0 && a[2] === 0;
}

/**
 * Whether an address is an administratively scoped multicast address, in 239.255.0.0/16.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_mc_adminlocal
 */
export function IN4_IS_ADDR_MC_ADMINLOCAL(a: in_addr): boolean {
  assertRecord(a, in_addr, 'IN4_IS_ADDR_MC_ADMINLOCAL');
  return a[0] === 239 && a[1] === 255;
}

/**
 * Whether an address is a site-local multicast address: in 239.0.0.0/8, but not in 239.255.0.0/16.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_mc_sitelocal
 */
export function IN4_IS_ADDR_MC_SITELOCAL(a: in_addr): boolean {
  assertRecord(a, in_addr, 'IN4_IS_ADDR_MC_SITELOCAL');
  return a[0] === 239 && a[1] !== 255;
}

/**
 * The scope of a unicast address: link for loopback and link-local addresses, global for others.
 *
 * @returns a SCOPE_LEVEL
 */
export function Ipv4UnicastAddressScope(Address: Ipv4Bytes): SCOPE_LEVEL {
  const a = octets(Address, 'Ipv4UnicastAddressScope');
  return IN4_IS_ADDR_LINKLOCAL(a) || IN4_IS_ADDR_LOOPBACK(a) ? ScopeLevelLink : ScopeLevelGlobal;
}

/**
 * The scope of a multicast address: link, admin, site or global, after RFC 2365.
 *
 * @returns a SCOPE_LEVEL
 */
export function Ipv4MulticastAddressScope(Address: Ipv4Bytes): SCOPE_LEVEL {
  const a = octets(Address, 'Ipv4MulticastAddressScope');
  if (IN4_IS_ADDR_MC_LINKLOCAL(a)) return ScopeLevelLink;
  if (IN4_IS_ADDR_MC_ADMINLOCAL(a)) return ScopeLevelAdmin;
  return IN4_IS_ADDR_MC_SITELOCAL(a) ? ScopeLevelSite : ScopeLevelGlobal;
}

/**
 * The scope of an address of any kind. The broadcast address is of link scope.
 *
 * @returns a SCOPE_LEVEL
 */
export function Ipv4AddressScope(Address: Ipv4Bytes): SCOPE_LEVEL {
  const a = octets(Address, 'Ipv4AddressScope');
  if (IN4_IS_ADDR_BROADCAST(a)) return ScopeLevelLink;
  return IN4_IS_ADDR_MULTICAST(a) ? Ipv4MulticastAddressScope(a) : Ipv4UnicastAddressScope(a);
}

/**
 * The type of an address. Loopback addresses are unicast; 0.0.0.0/8 and 240.0.0.0/4 are invalid
 * but for 0.0.0.0 (unspecified) and 255.255.255.255 (broadcast).
 *
 * @returns an NL_ADDRESS_TYPE
 */
export function Ipv4AddressType(Address: Ipv4Bytes): NL_ADDRESS_TYPE {
  const a = octets(Address, 'Ipv4AddressType');
  if (IN4_IS_ADDR_MULTICAST(a)) return NlatMulticast;
  if (IN4_IS_ADDR_BROADCAST(a)) return NlatBroadcast;
  if (IN4_IS_ADDR_UNSPECIFIED(a)) return NlatUnspecified;
  return a[0] === 0 || a[0]! >= 240 ? NlatInvalid : NlatUnicast;
}

/**
 * Whether a 6to4 address may be made from an address: a unicast address that is not loopback,
 * link-local or private.
 *
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_6to4eligible
 */
export function IN4_IS_ADDR_6TO4ELIGIBLE(a: in_addr): boolean {
  assertRecord(a, in_addr, 'IN4_IS_ADDR_6TO4ELIGIBLE');
  return (
    Ipv4AddressType(a) === NlatUnicast &&
    !IN4_IS_ADDR_LOOPBACK(a) &&
    !IN4_IS_ADDR_LINKLOCAL(a) &&
    !IN4_IS_ADDR_RFC1918(a)
  );
}

/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_unaligned_addr_equal */
export const IN4_UNALIGNED_ADDR_EQUAL = IN4_ADDR_EQUAL;
/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_unaligned_addr_unspecified */
export const IN4_IS_UNALIGNED_ADDR_UNSPECIFIED = IN4_IS_ADDR_UNSPECIFIED;
/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_unaligned_addr_loopback */
export const IN4_IS_UNALIGNED_ADDR_LOOPBACK = IN4_IS_ADDR_LOOPBACK;
/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_unaligned_addr_broadcast */
export const IN4_IS_UNALIGNED_ADDR_BROADCAST = IN4_IS_ADDR_BROADCAST;
/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_unaligned_addr_multicast */
export const IN4_IS_UNALIGNED_ADDR_MULTICAST = IN4_IS_ADDR_MULTICAST;
/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_unaligned_addr_linklocal */
export const IN4_IS_UNALIGNED_ADDR_LINKLOCAL = IN4_IS_ADDR_LINKLOCAL;
/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_addr_sitelocal */
export const IN4_IS_UNALIGNED_ADDR_SITELOCAL = IN4_IS_ADDR_SITELOCAL;
/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_unaligned_addr_rfc1918 */
export const IN4_IS_UNALIGNED_ADDR_RFC1918 = IN4_IS_ADDR_RFC1918;
/** @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_is_unaligned_addr_6to4eligible */
export const IN4_IS_UNALIGNED_ADDR_6TO4ELIGIBLE = IN4_IS_ADDR_6TO4ELIGIBLE;
