/**
 * Socket addresses of either IP version (mstcpip.h, ws2ipdef.h, mswsockdef.h). They take any record
 * that holds one: a sockaddr_in, a sockaddr_in6, a SOCKADDR_INET, a SOCKADDR_STORAGE. What looks at
 * an address answers false for one of another family; what reads or writes a place in it refuses
 * another family with a RangeError, where the C functions take it for AF_INET.
 */
import { in6_addr } from '../../../defs/in6addr.g.ts';
import { in_addr } from '../../../defs/inaddr.g.ts';
import { AF_INET, AF_INET6, SCOPE_ID, sockaddr_in } from '../../../defs/ws2def.g.ts';
import { sockaddr_in6 } from '../../../defs/ws2ipdef.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { Struct } from '../../ffi/types/record.ts';
import { uint16 } from '../../ffi/types/scalars.ts';
import { assertRecord, isFamily6, recordIn } from '../check.ts';
import type { InetBytes } from './inet.ts';
import {
  IN4ADDR_ISANY,
  IN4ADDR_ISEQUAL,
  IN4ADDR_ISLOOPBACK,
  IN4ADDR_ISUNSPECIFIED,
  IN4ADDR_SETANY,
  IN4ADDR_SETLOOPBACK,
  IN4ADDR_SETSOCKADDR,
} from './ipv4-sockaddr.ts';
import {
  IN6ADDR_ISANY,
  IN6ADDR_ISEQUAL,
  IN6ADDR_ISLOOPBACK,
  IN6ADDR_ISUNSPECIFIED,
  IN6ADDR_ISV4MAPPED,
  IN6ADDR_SETANY,
  IN6ADDR_SETLOOPBACK,
  IN6ADDR_SETSOCKADDR,
} from './ipv6-sockaddr.ts';

/** A record that is, or has room for, a socket address. */
export type SockaddrRecord = Struct;

const SMALLEST_SOCKADDR = 2;

/** Checks that an argument is a record that could hold a socket address. */
function sockaddrRecord(a: SockaddrRecord, where: string): SockaddrRecord {
  if (!(a instanceof Struct)) {
    throw new TypeError(`${where} must be a socket address, got ${describe(a)}`);
  }
  if (a.byteLength < SMALLEST_SOCKADDR) {
    throw new RangeError(`${where} has ${a.byteLength} bytes, too few for a socket address`);
  }
  return a;
}

function familyOf(a: SockaddrRecord): number {
  return uint16.get(a, 0);
}

/** The address as the record of its family; undefined for another family. */
function asInet(a: SockaddrRecord, where: string): sockaddr_in | sockaddr_in6 | undefined {
  const family = familyOf(sockaddrRecord(a, where));
  if (family === AF_INET6) return cast(sockaddr_in6, a);
  return family === AF_INET ? cast(sockaddr_in, a) : undefined;
}

function inet(a: SockaddrRecord, where: string): sockaddr_in | sockaddr_in6 {
  const address = asInet(a, where);
  if (address) return address;
  throw new RangeError(`${where}: its family must be AF_INET or AF_INET6, not ${familyOf(a)}`);
}

function isV6(address: sockaddr_in | sockaddr_in6 | undefined): address is sockaddr_in6 {
  return address instanceof sockaddr_in6;
}

/**
 * Fills in a socket address.
 *
 * @param af AF_INET or AF_INET6
 * @param a the record to write, large enough for the family
 * @param addr the address
 * @param scope the link or site the address is in; IPv4 has none and takes no notice
 * @param port the port in network byte order
 */
export function INETADDR_SETSOCKADDR(
  af: number,
  a: SockaddrRecord,
  addr: InetBytes,
  scope: SCOPE_ID,
  port: number,
): void {
  const name = 'INETADDR_SETSOCKADDR';
  const six = isFamily6(af, `${name}: af`);
  sockaddrRecord(a, `${name}: a`);
  assertRecord(scope, SCOPE_ID, `${name}: scope`);
  if (six) {
    const address = recordIn(addr, in6_addr, 16, `${name}: addr`);
    IN6ADDR_SETSOCKADDR(cast(sockaddr_in6, a), address, scope, port);
  } else {
    IN4ADDR_SETSOCKADDR(cast(sockaddr_in, a), recordIn(addr, in_addr, 4, `${name}: addr`), port);
  }
}

/**
 * Makes a socket address the unspecified one of its family, port 0.
 *
 * @param a the address to change; its family stays
 */
export function INETADDR_SETANY(a: SockaddrRecord): void {
  const address = inet(a, 'INETADDR_SETANY');
  if (isV6(address)) IN6ADDR_SETANY(address);
  else IN4ADDR_SETANY(address);
}

/**
 * Makes a socket address the loopback one of its family, port 0.
 *
 * @param a the address to change; its family stays
 */
export function INETADDR_SETLOOPBACK(a: SockaddrRecord): void {
  const address = inet(a, 'INETADDR_SETLOOPBACK');
  if (isV6(address)) IN6ADDR_SETLOOPBACK(address);
  else IN4ADDR_SETLOOPBACK(address);
}

/** Whether a socket address is 0.0.0.0 or `::`, with any port. */
export function INETADDR_ISANY(a: SockaddrRecord): boolean {
  const address = asInet(a, 'INETADDR_ISANY');
  if (isV6(address)) return IN6ADDR_ISANY(address);
  return address !== undefined && IN4ADDR_ISANY(address);
}

/** Whether a socket address is in 127.0.0.0/8 or is `::1`. */
export function INETADDR_ISLOOPBACK(a: SockaddrRecord): boolean {
  const address = asInet(a, 'INETADDR_ISLOOPBACK');
  if (isV6(address)) return IN6ADDR_ISLOOPBACK(address);
  return address !== undefined && IN4ADDR_ISLOOPBACK(address);
}

/** Whether a socket address is an IPv6 one that holds an IPv4-mapped address. */
export function INETADDR_ISV4MAPPED(a: SockaddrRecord): boolean {
  const address = asInet(a, 'INETADDR_ISV4MAPPED');
  return isV6(address) && IN6ADDR_ISV4MAPPED(address);
}

/** Whether a socket address is 0.0.0.0, or `::` without a scope. */
export function INETADDR_ISUNSPECIFIED(a: SockaddrRecord): boolean {
  const address = asInet(a, 'INETADDR_ISUNSPECIFIED');
  if (isV6(address)) return IN6ADDR_ISUNSPECIFIED(address);
  return address !== undefined && IN4ADDR_ISUNSPECIFIED(address);
}

/**
 * Whether two socket addresses hold the same address and scope; their ports do not count.
 *
 * @throws RangeError if the first is of another family
 */
export function INETADDR_ISEQUAL(a: SockaddrRecord, b: SockaddrRecord): boolean {
  const left = inet(a, 'INETADDR_ISEQUAL: a');
  const right = asInet(b, 'INETADDR_ISEQUAL: b');
  if (!right || isV6(left) !== isV6(right)) return false;
  return isV6(left)
    ? IN6ADDR_ISEQUAL(left, right as sockaddr_in6)
    : IN4ADDR_ISEQUAL(left, right as sockaddr_in);
}

/**
 * The scope of a socket address; zero for IPv4.
 *
 * @returns a copy
 */
export function INETADDR_SCOPE_ID(a: SockaddrRecord): SCOPE_ID {
  const address = inet(a, 'INETADDR_SCOPE_ID');
  return isV6(address) ? new SCOPE_ID(address.sin6_scope_struct) : new SCOPE_ID();
}

/** The port of a socket address, in network byte order. */
export function INETADDR_PORT(a: SockaddrRecord): number {
  const address = inet(a, 'INETADDR_PORT');
  return isV6(address) ? address.sin6_port : address.sin_port;
}

/**
 * The address in a socket address.
 *
 * @returns a view: writing to it changes `a`
 */
export function INETADDR_ADDRESS(a: SockaddrRecord): in_addr | in6_addr {
  const address = inet(a, 'INETADDR_ADDRESS');
  return isV6(address) ? address.sin6_addr : address.sin_addr;
}

/**
 * Sets the port of a socket address.
 *
 * @param a the address to change
 * @param Port the port in network byte order
 */
export function INETADDR_SET_PORT(a: SockaddrRecord, Port: number): void {
  const port = uint16.check(Port, 'INETADDR_SET_PORT: Port');
  const address = inet(a, 'INETADDR_SET_PORT: a');
  if (isV6(address)) address.sin6_port = port;
  else address.sin_port = port;
}

/**
 * Sets the address in a socket address.
 *
 * @param a the socket address to change
 * @param Address an address of the family that `a` has
 */
export function INETADDR_SET_ADDRESS(a: SockaddrRecord, Address: InetBytes): void {
  const name = 'INETADDR_SET_ADDRESS';
  const address = inet(a, `${name}: a`);
  if (isV6(address)) address.sin6_addr = recordIn(Address, in6_addr, 16, `${name}: Address`);
  else address.sin_addr = recordIn(Address, in_addr, 4, `${name}: Address`);
}

/**
 * The port of an IPv4 or IPv6 socket address, in network byte order. In C the macro is also a place
 * to assign to: for that there is INETADDR_SET_PORT.
 */
export function SS_PORT(ssp: SockaddrRecord): number {
  return cast(sockaddr_in, sockaddrRecord(ssp, 'SS_PORT')).sin_port;
}
