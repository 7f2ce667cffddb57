/**
 * Scopes and types of addresses (mstcpip.h, mswsockdef.h). A scope says how far an address is
 * unique: on the link, in the site, everywhere; a SCOPE_ID says in which link or site.
 */

import { in6_addr } from '../../../defs/in6addr.g.ts';
import { in_addr } from '../../../defs/inaddr.g.ts';
import {
  type NL_ADDRESS_TYPE,
  NlatInvalid,
  NlatMulticast,
  NlatUnicast,
  NlatUnspecified,
} from '../../../defs/nldef.g.ts';
import {
  SCOPE_ID,
  type SCOPE_LEVEL,
  ScopeLevelGlobal,
  ScopeLevelLink,
  ScopeLevelSite,
} from '../../../defs/ws2def.g.ts';
import { assertRecord, recordIn } from '../check.ts';
import { IN4_IS_ADDR_LOOPBACK, Ipv4AddressScope, Ipv4AddressType } from './ipv4.ts';
import {
  IN6_IS_ADDR_LINKLOCAL,
  IN6_IS_ADDR_LOOPBACK,
  IN6_IS_ADDR_MULTICAST,
  IN6_IS_ADDR_SITELOCAL,
  IN6_IS_ADDR_UNSPECIFIED,
} from './ipv6.ts';
import {
  IN6_EXTRACT_V4ADDR_FROM_6TO4,
  IN6_EXTRACT_V4ADDR_FROM_ISATAP,
  IN6_IS_ADDR_6TO4,
  IN6_IS_ADDR_ISATAP,
  IN6_IS_ADDR_V4COMPAT,
  IN6_IS_ADDR_V4MAPPED,
  IN6_IS_ADDR_V4TRANSLATED,
} from './ipv6-embedded-ipv4.ts';

/** An IPv6 address as C's `UCHAR *`: an in6_addr, or memory whose first 16 bytes are one. */
export type Ipv6Bytes = in6_addr | Uint8Array;

function bytesIn(address: Ipv6Bytes, where: string): in6_addr {
  return recordIn(address, in6_addr, 16, where);
}

/**
 * The scope in a multicast address.
 *
 * @returns the four bits as a SCOPE_LEVEL; of another address, whatever stands there
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_multicast_scope
 */
export function IN6_MULTICAST_SCOPE(Address: Ipv6Bytes): SCOPE_LEVEL {
  return bytesIn(Address, 'IN6_MULTICAST_SCOPE')[1]! & 0xf;
}

/**
 * The scope of a unicast address: link for link-local addresses and the loopback address, site for
 * site-local addresses, global for others.
 *
 * @returns a SCOPE_LEVEL
 */
export function Ipv6UnicastAddressScope(Address: Ipv6Bytes): SCOPE_LEVEL {
  const a = bytesIn(Address, 'Ipv6UnicastAddressScope');
  if (IN6_IS_ADDR_LINKLOCAL(a) || IN6_IS_ADDR_LOOPBACK(a)) return ScopeLevelLink;
  return IN6_IS_ADDR_SITELOCAL(a) ? ScopeLevelSite : ScopeLevelGlobal;
}

/**
 * The scope of an address of any kind.
 *
 * @returns a SCOPE_LEVEL
 */
export function Ipv6AddressScope(Address: Ipv6Bytes): SCOPE_LEVEL {
  const a = bytesIn(Address, 'Ipv6AddressScope');
  return IN6_IS_ADDR_MULTICAST(a) ? IN6_MULTICAST_SCOPE(a) : Ipv6UnicastAddressScope(a);
}

/** The IPv4 address inside an IPv6 address that decides its type, if it has one. */
function embeddedIpv4(a: in6_addr): in_addr | undefined {
  if (
    IN6_IS_ADDR_ISATAP(a) ||
    IN6_IS_ADDR_V4COMPAT(a) ||
    IN6_IS_ADDR_V4MAPPED(a) ||
    IN6_IS_ADDR_V4TRANSLATED(a)
  ) {
    return IN6_EXTRACT_V4ADDR_FROM_ISATAP(a);
  }
  return IN6_IS_ADDR_6TO4(a) ? IN6_EXTRACT_V4ADDR_FROM_6TO4(a) : undefined;
}

/**
 * The type of an address. Loopback and anycast addresses are unicast; an address with an IPv4
 * address in it is invalid where that is no unicast address.
 *
 * @returns an NL_ADDRESS_TYPE
 */
export function Ipv6AddressType(Address: Ipv6Bytes): NL_ADDRESS_TYPE {
  const a = bytesIn(Address, 'Ipv6AddressType');
  if (IN6_IS_ADDR_MULTICAST(a)) return NlatMulticast;
  if (IN6_IS_ADDR_UNSPECIFIED(a)) return NlatUnspecified;
  const embedded = embeddedIpv4(a);
  if (!embedded || Ipv4AddressType(embedded) === NlatUnicast) return NlatUnicast;
  return NlatInvalid;
}

/** Drops what a scope id says that the address says already. */
function uncanonicalize(ScopeId: SCOPE_ID, level: SCOPE_LEVEL, isLoopback: boolean): void {
  if (isLoopback || level === ScopeLevelGlobal) ScopeId.Value = 0;
  if (ScopeId.Level === level) ScopeId.Level = 0;
}

/**
 * Turns a scope id into the form that goes with an IPv4 address: zero for a loopback or global
 * address, and otherwise without the level that the address has by itself.
 *
 * @param Address the address
 * @param ScopeId the scope id to change
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in4_uncanonicalize_scope_id
 */
export function IN4_UNCANONICALIZE_SCOPE_ID(Address: in_addr, ScopeId: SCOPE_ID): void {
  assertRecord(Address, in_addr, 'IN4_UNCANONICALIZE_SCOPE_ID: Address');
  assertRecord(ScopeId, SCOPE_ID, 'IN4_UNCANONICALIZE_SCOPE_ID: ScopeId');
  uncanonicalize(ScopeId, Ipv4AddressScope(Address), IN4_IS_ADDR_LOOPBACK(Address));
}

/**
 * Turns a scope id into the form that goes with an IPv6 address: zero for the loopback address or a
 * global one, and otherwise without the level that the address has by itself.
 *
 * @param Address the address
 * @param ScopeId the scope id to change
 * @see https://learn.microsoft.com/windows/win32/api/mstcpip/nf-mstcpip-in6_uncanonicalize_scope_id
 */
export function IN6_UNCANONICALIZE_SCOPE_ID(Address: in6_addr, ScopeId: SCOPE_ID): void {
  assertRecord(Address, in6_addr, 'IN6_UNCANONICALIZE_SCOPE_ID: Address');
  assertRecord(ScopeId, SCOPE_ID, 'IN6_UNCANONICALIZE_SCOPE_ID: ScopeId');
  uncanonicalize(ScopeId, Ipv6AddressScope(Address), IN6_IS_ADDR_LOOPBACK(Address));
}

/** The level in a scope id, as a SCOPE_LEVEL. */
export function ScopeLevel(ScopeId: SCOPE_ID): SCOPE_LEVEL {
  return assertRecord(ScopeId, SCOPE_ID, 'ScopeLevel').Level;
}
