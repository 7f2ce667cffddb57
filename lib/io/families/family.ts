/** How families of addresses and types of sockets are written in `winsock/io`. */
import { SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from '../../../defs/winsock2.g.ts';
import { AF_BTH, AF_HYPERV, AF_INET, AF_INET6, AF_UNIX } from '../../../defs/ws2def.g.ts';

/** A family of addresses. */
export type Family = 'IPv4' | 'IPv6' | 'Unix' | 'Bluetooth' | 'HyperV';

/** A type of sockets. */
export type SocketType = 'stream' | 'datagram' | 'raw';

const FAMILIES: ReadonlyMap<unknown, number> = new Map([
  ['IPv4', AF_INET],
  ['IPv6', AF_INET6],
  ['Unix', AF_UNIX],
  ['Bluetooth', AF_BTH],
  ['HyperV', AF_HYPERV],
]);

const TYPES: ReadonlyMap<unknown, number> = new Map([
  ['stream', SOCK_STREAM],
  ['datagram', SOCK_DGRAM],
  ['raw', SOCK_RAW],
]);

/**
 * The AF_… of a family. One that has no name here, as AF_IRDA, is given by its number.
 *
 * @throws TypeError for what is no family
 */
export function familyNumber(family: Family | number): number {
  return numberOf(family, FAMILIES, 'a family');
}

/**
 * The SOCK_… of a type. One that has no name here, as SOCK_SEQPACKET, is given by its number.
 *
 * @throws TypeError for what is no type of sockets
 */
export function typeNumber(type: SocketType | number): number {
  return numberOf(type, TYPES, 'a type of sockets');
}

function numberOf(given: unknown, named: ReadonlyMap<unknown, number>, what: string): number {
  const number = named.get(given);
  if (number !== undefined) return number;
  const names = [...named.keys()].map((name) => `'${name}'`).join(', ');
  const known = [...named].find(([, value]) => value === given);
  if (known) throw new TypeError(`${what} is one of ${names}: '${known[0]}' in place of ${given}`);
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0) return given;
  throw new TypeError(`${what} is one of ${names}, got ${String(given)}`);
}
