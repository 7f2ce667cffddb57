/**
 * Addresses of either IP version, told apart by an address family (mstcpip.h). Another family than
 * AF_INET and AF_INET6 is refused with a RangeError; the C functions read it as AF_INET.
 */
import { in6_addr } from '../../../defs/in6addr.g.ts';
import { in_addr } from '../../../defs/inaddr.g.ts';
import { SCOPE_ID, sockaddr_in } from '../../../defs/ws2def.g.ts';
import { sockaddr_in6 } from '../../../defs/ws2ipdef.g.ts';
import { addressOf, isMemory, type Memory } from '../../ffi/memory/memory.ts';
import { hostArch } from '../../ffi/types/arch.ts';
import type { CType } from '../../ffi/types/ctype.ts';
import { describe } from '../../ffi/types/describe.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { assertRecord, isFamily6, recordIn } from '../check.ts';
import { IN4_UNCANONICALIZE_SCOPE_ID, IN6_UNCANONICALIZE_SCOPE_ID } from './address-scope.ts';
import {
  IN4_ADDR_EQUAL,
  IN4_IS_ADDR_BROADCAST,
  IN4_IS_ADDR_LOOPBACK,
  IN4_IS_ADDR_MULTICAST,
  IN4_IS_ADDR_UNSPECIFIED,
} from './ipv4.ts';
import {
  IN6_ADDR_EQUAL,
  IN6_IS_ADDR_LOOPBACK,
  IN6_IS_ADDR_MULTICAST,
  IN6_IS_ADDR_UNSPECIFIED,
} from './ipv6.ts';
import { in4addr_any, in6addr_any } from './well-known-addresses.ts';

/** An address of either IP version, as C's `void *`: the record, or memory that begins with it. */
export type InetBytes = in_addr | in6_addr | Uint8Array;

function address4(a: InetBytes, where: string): in_addr {
  return recordIn(a, in_addr, 4, where);
}

function address6(a: InetBytes, where: string): in6_addr {
  return recordIn(a, in6_addr, 16, where);
}

/**
 * Whether two addresses of a family are the same.
 *
 * @param af AF_INET or AF_INET6
 * @param a an address of that family
 * @param b an address of that family
 */
export function INET_ADDR_EQUAL(af: number, a: InetBytes, b: InetBytes): boolean {
  const name = 'INET_ADDR_EQUAL';
  return isFamily6(af, `${name}: af`)
    ? IN6_ADDR_EQUAL(address6(a, `${name}: a`), address6(b, `${name}: b`))
    : IN4_ADDR_EQUAL(address4(a, `${name}: a`), address4(b, `${name}: b`));
}

/** INET_ADDR_EQUAL; memory is never misaligned here. */
export const INET_UNALIGNED_ADDR_EQUAL = INET_ADDR_EQUAL;

/**
 * Whether an address is 0.0.0.0 or `::`.
 *
 * @param af AF_INET or AF_INET6
 * @param a an address of that family
 */
export function INET_IS_ADDR_UNSPECIFIED(af: number, a: InetBytes): boolean {
  const name = 'INET_IS_ADDR_UNSPECIFIED';
  return isFamily6(af, `${name}: af`)
    ? IN6_IS_ADDR_UNSPECIFIED(address6(a, `${name}: a`))
    : IN4_IS_ADDR_UNSPECIFIED(address4(a, `${name}: a`));
}

/** INET_IS_ADDR_UNSPECIFIED; memory is never misaligned here. */
export const INET_IS_UNALIGNED_ADDR_UNSPECIFIED = INET_IS_ADDR_UNSPECIFIED;

/**
 * Whether an address is in 127.0.0.0/8 or is `::1`.
 *
 * @param af AF_INET or AF_INET6
 * @param a an address of that family
 */
export function INET_IS_ADDR_LOOPBACK(af: number, a: InetBytes): boolean {
  const name = 'INET_IS_ADDR_LOOPBACK';
  return isFamily6(af, `${name}: af`)
    ? IN6_IS_ADDR_LOOPBACK(address6(a, `${name}: a`))
    : IN4_IS_ADDR_LOOPBACK(address4(a, `${name}: a`));
}

/**
 * Whether an address is 255.255.255.255. IPv6 has no broadcast address.
 *
 * @param af AF_INET or AF_INET6
 * @param a an address of that family
 */
export function INET_IS_ADDR_BROADCAST(af: number, a: InetBytes): boolean {
  const name = 'INET_IS_ADDR_BROADCAST';
  if (!isFamily6(af, `${name}: af`)) return IN4_IS_ADDR_BROADCAST(address4(a, `${name}: a`));
  address6(a, `${name}: a`);
  return false;
}

/**
 * Whether an address is in 224.0.0.0/4 or in `ff00::/8`.
 *
 * @param af AF_INET or AF_INET6
 * @param a an address of that family
 */
export function INET_IS_ADDR_MULTICAST(af: number, a: InetBytes): boolean {
  const name = 'INET_IS_ADDR_MULTICAST';
  return isFamily6(af, `${name}: af`)
    ? IN6_IS_ADDR_MULTICAST(address6(a, `${name}: a`))
    : IN4_IS_ADDR_MULTICAST(address4(a, `${name}: a`));
}

/**
 * The unspecified address of a family.
 *
 * @param af AF_INET or AF_INET6
 * @returns in4addr_any or in6addr_any
 */
export function INET_ADDR_UNSPECIFIED(af: number): Readonly<in_addr> | Readonly<in6_addr> {
  return isFamily6(af, 'INET_ADDR_UNSPECIFIED: af') ? in6addr_any : in4addr_any;
}

/**
 * Copies an address.
 *
 * @param Family AF_INET or AF_INET6
 * @param Address the address to write
 * @param Value the address to copy
 */
export function INET_SET_ADDRESS(Family: number, Address: InetBytes, Value: InetBytes): void {
  const name = 'INET_SET_ADDRESS';
  const address = isFamily6(Family, `${name}: Family`) ? address6 : address4;
  address(Address, `${name}: Address`).set(address(Value, `${name}: Value`));
}

/**
 * The size of an address of a family in bytes: 4 or 16.
 *
 * @param af AF_INET or AF_INET6
 */
export function INET_ADDR_LENGTH(af: number): number {
  return sizeof(isFamily6(af, 'INET_ADDR_LENGTH: af') ? in6_addr : in_addr);
}

/**
 * The size of a socket address of a family in bytes: 16 or 28.
 *
 * @param af AF_INET or AF_INET6
 */
export function INET_SOCKADDR_LENGTH(af: number): number {
  return sizeof(isFamily6(af, 'INET_SOCKADDR_LENGTH: af') ? sockaddr_in6 : sockaddr_in);
}

/**
 * Turns a scope id into the form that goes with an address: zero for a loopback or global address,
 * and otherwise without the level that the address has by itself.
 *
 * @param AddressFamily AF_INET or AF_INET6
 * @param Address an address of that family
 * @param ScopeId the scope id to change
 */
export function INET_UNCANONICALIZE_SCOPE_ID(
  AddressFamily: number,
  Address: InetBytes,
  ScopeId: SCOPE_ID,
): void {
  const name = 'INET_UNCANONICALIZE_SCOPE_ID';
  assertRecord(ScopeId, SCOPE_ID, `${name}: ScopeId`);
  if (isFamily6(AddressFamily, `${name}: AddressFamily`)) {
    IN6_UNCANONICALIZE_SCOPE_ID(address6(Address, `${name}: Address`), ScopeId);
  } else {
    IN4_UNCANONICALIZE_SCOPE_ID(address4(Address, `${name}: Address`), ScopeId);
  }
}

/**
 * Whether two addresses and their scopes are the same.
 *
 * @param af AF_INET or AF_INET6
 * @param sa the scope of the first
 * @param aa the first address
 * @param sb the scope of the second
 * @param ab the second address
 */
export function NL_ADDR_EQUAL(
  af: number,
  sa: SCOPE_ID,
  aa: InetBytes,
  sb: SCOPE_ID,
  ab: InetBytes,
): boolean {
  const sameScope =
    assertRecord(sa, SCOPE_ID, 'NL_ADDR_EQUAL: sa').Value ===
    assertRecord(sb, SCOPE_ID, 'NL_ADDR_EQUAL: sb').Value;
  return INET_ADDR_EQUAL(af, aa, ab) && sameScope;
}

/**
 * Whether an address is 0.0.0.0 or `::`, without a scope.
 *
 * @param af AF_INET or AF_INET6
 * @param s the scope
 * @param a the address
 */
export function NL_IS_ADDR_UNSPECIFIED(af: number, s: SCOPE_ID, a: InetBytes): boolean {
  const noScope = assertRecord(s, SCOPE_ID, 'NL_IS_ADDR_UNSPECIFIED: s').Value === 0;
  return INET_IS_ADDR_UNSPECIFIED(af, a) && noScope;
}

/**
 * Whether memory is aligned for a type.
 *
 * @param Pointer memory or an address
 * @param Type the type
 */
export function INET_IS_ALIGNED(
  Pointer: Memory | number,
  Type: Pick<CType<unknown>, 'alignOf'>,
): boolean {
  if (typeof Type?.alignOf !== 'function') {
    throw new TypeError(`INET_IS_ALIGNED: Type must be a type, got ${describe(Type)}`);
  }
  const address = isMemory(Pointer) ? addressOf(Pointer) : Pointer;
  if (!Number.isSafeInteger(address) || address < 0) {
    throw new TypeError(`INET_IS_ALIGNED: ${describe(Pointer)} is no memory and no address`);
  }
  return address % Type.alignOf(hostArch) === 0;
}
