/**
 * Names for numbers, for people who read logs: the constants of all headers turned back, those of every
 * entry point. They are a table of their own, which is why this is a module of its own: a bundle that
 * names nothing carries none of it.
 */
import {
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../../defs/winsock2.g.ts';
import {
  AF_APPLETALK,
  AF_ATM,
  AF_BTH,
  AF_HYPERV,
  AF_INET,
  AF_IPX,
  AF_IRDA,
  AF_ISO,
} from '../../../defs/ws2def.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { HEADER_CONSTANTS } from './constants.g.ts';

/** Names that programmers know better than another name of the same number. */
const PREFERRED = new Set([
  'AF_IPX',
  'AF_ISO',
  'PF_IPX',
  'PF_ISO',
  'EAI_NONAME',
  'IPPROTO_RM',
  'WSA_IO_PENDING',
  'IP_DEST_NET_UNREACHABLE',
  'IP_DEST_HOST_UNREACHABLE',
  'IP_DEST_PROT_UNREACHABLE',
  'IP_TTL_EXPIRED_TRANSIT',
]);

/** Names of limits and of bit numbers, which are the number's name only where it has no other. */
const MARKER = /(_MAX|_MIN|_BIT|_MASK|_COUNT|_BASE|BASEERR|_LAST|_FIRST)$/;

function rank(name: string): number {
  if (PREFERRED.has(name)) return 0;
  return MARKER.test(name) ? 2 : 1;
}

/** Numbers of up to 32 bits are the same number in both signednesses. */
function keyOf(value: number | bigint): string {
  const number = Number(value);
  const small = number >= -0x80000000 && number <= 0xffffffff;
  return String(small ? number >>> 0 : value);
}

/** The names of a prefix by number, and the single bits among them. */
interface Table {
  readonly names: ReadonlyMap<string, string>;
  readonly bits: ReadonlyMap<number, string>;
}

const tables = new Map<string, Table>();

function tableOf(prefix: string, where: string): Table {
  checkPrefix(prefix, where);
  let table = tables.get(prefix);
  if (!table) {
    table = build(prefix, where);
    tables.set(prefix, table);
  }
  return table;
}

function build(prefix: string, where: string): Table {
  const constants = HEADER_CONSTANTS.flatMap((header, order) =>
    Object.entries(header)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => ({ name, value, order })),
  );
  if (constants.length === 0) {
    throw new TypeError(`${where}: no constant of the headers begins with ${describe(prefix)}`);
  }
  constants.sort(
    (a, b) =>
      rank(a.name) - rank(b.name) ||
      a.order - b.order ||
      a.name.length - b.name.length ||
      (a.name < b.name ? -1 : 1),
  );
  const names = new Map<string, string>();
  const bits = new Map<number, string>();
  for (const { name, value } of constants) {
    const key = keyOf(value);
    if (names.has(key)) continue;
    names.set(key, name);
    const bit = Math.log2(Number(key));
    if (bit <= 31 && Number.isInteger(bit) && rank(name) < 2) bits.set(bit, name);
  }
  return { names, bits };
}

function checkPrefix(prefix: string, where: string): void {
  if (typeof prefix !== 'string' || prefix === '') {
    throw new TypeError(`${where}: prefix must be the start of a name, got ${describe(prefix)}`);
  }
}

/**
 * The name of a constant: `nameOf('WSAE', 10054)` is `'WSAECONNRESET'`, `nameOf('SIO_', code)` the
 * name of an ioctl, `nameOf('AF_', 2)` that of an address family.
 *
 * Where several constants of the prefix have the number, the one of the more general header is
 * given, and the shorter one; markers such as AF_MAX come last.
 *
 * @param prefix how the name begins, as narrow as the kind of number: numbers mean different things
 * @param value the number; 32-bit numbers may be given signed or unsigned
 * @returns undefined where no constant of the prefix has the number
 * @throws TypeError where no constant of any header begins so
 */
export function nameOf(prefix: string, value: number | bigint): string | undefined {
  return tableOf(prefix, 'nameOf').names.get(keyOf(value));
}

/**
 * The names of the flags in a number: `flagsOf('MSG_', 3)` is `'MSG_OOB|MSG_PEEK'`.
 *
 * @param prefix how the names begin
 * @param value the flags, 32 bits
 * @returns the names from the lowest bit up; what has no name follows as one hexadecimal number, and
 *   no flags are `'0'`
 * @throws TypeError where no constant of any header begins so
 */
export function flagsOf(prefix: string, value: number): string {
  const { bits } = tableOf(prefix, 'flagsOf');
  let rest = value >>> 0;
  const parts: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const name = (value >>> bit) & 1 ? bits.get(bit) : undefined;
    if (name === undefined) continue;
    parts.push(name);
    rest = (rest & ~(1 << bit)) >>> 0;
  }
  if (rest !== 0 || parts.length === 0) parts.push(rest === 0 ? '0' : `0x${rest.toString(16)}`);
  return parts.join('|');
}

/** The name of an address family: `'AF_INET'` for 2; undefined where there is none. */
export function addressFamilyName(family: number): string | undefined {
  return nameOf('AF_', family);
}

const SOCKET_TYPES = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET };

/** The name of a socket type: `'SOCK_STREAM'` for 1; undefined where there is none. */
export function socketTypeName(type: number): string | undefined {
  return Object.entries(SOCKET_TYPES).find(([, value]) => value === type)?.[0];
}

/** Families whose protocols are numbered by themselves. */
const PROTOCOL_PREFIXES = new Map<number, string>([
  [AF_IPX, 'NSPROTO_'],
  [AF_ISO, 'ISOPROTO_'],
  [AF_APPLETALK, 'ATPROTO_'],
  [AF_ATM, 'ATMPROTO_'],
  [AF_IRDA, 'IRDA_PROTO_'],
  [AF_BTH, 'BTHPROTO_'],
  [AF_HYPERV, 'HV_PROTOCOL_'],
]);

/**
 * The name of a protocol: `'IPPROTO_TCP'` for 6.
 *
 * @param protocol the protocol
 * @param family the address family it belongs to; left out, that of IP
 * @returns undefined where there is none
 */
export function protocolName(protocol: number, family?: number): string | undefined {
  return nameOf(PROTOCOL_PREFIXES.get(family ?? AF_INET) ?? 'IPPROTO_', protocol);
}
