import { sockaddr_un, UNIX_PATH_MAX } from '../../../defs/afunix.g.ts';
import { AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC } from '../../../defs/ws2def.g.ts';
import { ipv4Text, ipv6Text, socketAddressText } from '../../ffi/memory/address-text.ts';
import { textOf } from '../../ffi/memory/strings.ts';
import { describe } from '../../ffi/types/describe.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import { SOCKADDR_IN_LAYOUT as IN, SOCKADDR_IN6_LAYOUT as IN6 } from '../../ffi/windows.g.ts';
import { parseIPv4, parseIPv6 } from './ip-text.ts';

/** An address of IPv4 or IPv6, with its port. */
export interface InternetAddress {
  /** IPv4 or IPv6. */
  readonly family: 'IPv4' | 'IPv6';
  /** '192.0.2.1', '2001:db8::1', 'fe80::1%4' */
  readonly address: string;
  /** In host byte order. */
  readonly port: number;
}

/** An address of AF_UNIX. */
export interface UnixAddress {
  /** Always this. */
  readonly family: 'Unix';
  /** Empty for a socket without a name. */
  readonly path: string;
}

/** Where a socket is, or its peer. */
export type SocketAddress = InternetAddress | UnixAddress;

/**
 * What may be given for an address: an IP address with its port, under either name; a path; or the
 * bytes of a sockaddr.
 */
export type AddressLike =
  | { address: string; port: number }
  | { host: string; port: number }
  | { path: string }
  | Uint8Array;

/**
 * The sockaddr of an address. A sockaddr is returned as it is.
 *
 * @throws TypeError where the address is neither IPv4 nor IPv6 nor a path; names are not looked up.
 *   RangeError for a port outside 0 to 65535, or a path of more than 107 bytes
 */
export function encodeAddress(address: AddressLike): Uint8Array {
  if (address instanceof Uint8Array) return address;
  if (typeof address !== 'object' || address === null) {
    throw new TypeError(
      `an address is an object or the bytes of a sockaddr, got ${describe(address)}`,
    );
  }
  const {
    path,
    address: own,
    host,
  } = address as { path?: string; address?: string; host?: string };
  const text = path ?? own ?? host;
  if (typeof text !== 'string') {
    throw new TypeError(`an address or a path is text, got ${describe(text)}`);
  }
  if (path !== undefined) return encodePath(text);
  const { port } = address as { port: number };
  checkPort(port);
  const four = parseIPv4(text);
  if (four) {
    const bytes = new Uint8Array(new ArrayBuffer(IN.size));
    const view = new DataView(bytes.buffer);
    view.setUint16(IN.sin_family, AF_INET, true);
    view.setUint16(IN.sin_port, port);
    bytes.set(four, IN.sin_addr);
    return bytes;
  }
  const [bare, zone] = text.split('%', 2);
  const groups = parseIPv6(bare!);
  const scope = zone === undefined ? 0 : Number(zone);
  if (!groups || !Number.isInteger(scope)) {
    throw new TypeError(
      `${JSON.stringify(text)} is not an IP address; resolve(name) looks names up`,
    );
  }
  const bytes = new Uint8Array(new ArrayBuffer(IN6.size));
  const view = new DataView(bytes.buffer);
  view.setUint16(IN6.sin6_family, AF_INET6, true);
  view.setUint16(IN6.sin6_port, port);
  groups.forEach((group, index) => {
    view.setUint16(IN6.sin6_addr + 2 * index, group);
  });
  view.setUint32(IN6.sin6_scope_id, scope, true);
  return bytes;
}

/** @throws RangeError for what is no port of TCP or UDP */
export function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`a port is a number from 0 to 65535, got ${describe(port)}`);
  }
}

/** @throws TypeError for what is no family of IP; undefined leaves the choice open */
export function checkFamily(family: InternetAddress['family'] | undefined): void {
  if (family !== undefined && family !== 'IPv4' && family !== 'IPv6') {
    throw new TypeError(`a family is 'IPv4' or 'IPv6', got ${JSON.stringify(family)}`);
  }
}

/** The sockaddrs of addresses that nobody can change any more. */
const sockaddrs = new WeakMap<object, Uint8Array>();

/** An address that does not change, and that `sockaddrOf` need not encode. */
export function frozenAddress(sockaddr: Uint8Array): SocketAddress {
  const address = Object.freeze(decodeAddress(sockaddr));
  sockaddrs.set(address, sockaddr.slice());
  return address;
}

/**
 * The sockaddr of an address, for those who only read it: the one of a `frozenAddress` is shared.
 *
 * @throws as `encodeAddress` does
 */
export function sockaddrOf(address: AddressLike): Uint8Array {
  return sockaddrs.get(address) ?? encodeAddress(address);
}

function encodePath(path: string): Uint8Array {
  if (path === '' || path.includes('\0')) {
    // Windows has no abstract names: nobody could connect to one.
    throw new TypeError(`a path is not empty and has no NUL, got ${JSON.stringify(path)}`);
  }
  const text = Buffer.from(path);
  if (text.length >= UNIX_PATH_MAX) {
    throw new RangeError(`a path of ${text.length} bytes; ${UNIX_PATH_MAX - 1} fit`);
  }
  const bytes = new Uint8Array(new ArrayBuffer(sizeof(sockaddr_un)));
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, true);
  bytes.set(text, offsetof(sockaddr_un, 'sun_path'));
  return bytes;
}

/**
 * The address in a sockaddr.
 *
 * @throws TypeError for a family other than IPv4, IPv6 and Unix
 */
export function decodeAddress(bytes: Uint8Array): SocketAddress {
  // A Unix socket without a name may have no address at all.
  const family = bytes.length === 0 ? AF_UNIX : familyOf(bytes);
  if (family === AF_INET) {
    return {
      family: 'IPv4',
      address: ipv4Text(bytes.subarray(IN.sin_addr)),
      port: bytes[IN.sin_port]! * 256 + bytes[IN.sin_port + 1]!,
    };
  }
  if (family === AF_INET6) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const text = ipv6Text(bytes.subarray(IN6.sin6_addr));
    const scope = view.getUint32(IN6.sin6_scope_id, true);
    return {
      family: 'IPv6',
      address: scope === 0 ? text : `${text}%${scope}`,
      port: view.getUint16(IN6.sin6_port),
    };
  }
  if (family === AF_UNIX) {
    return { family: 'Unix', path: textOf(bytes.subarray(offsetof(sockaddr_un, 'sun_path'))) };
  }
  throw new TypeError(`an address of family ${family}`);
}

/** An address as messages and traces show it: `127.0.0.1:80`, `[::1]:80`, or the path. */
export function textOfAddress(address: SocketAddress): string {
  if (address.family === 'Unix') return address.path;
  const { family, address: host, port } = address;
  return family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * A sockaddr as messages and traces show it: `127.0.0.1:80`, `[::1]:80`, or the path; undefined where it
 * holds no address of IPv4, IPv6 or Unix.
 */
export function textOfSockaddr(sockaddr: Uint8Array): string | undefined {
  if (familyOf(sockaddr) !== AF_UNIX) return socketAddressText(sockaddr);
  return textOfAddress(decodeAddress(sockaddr));
}

export function familyOf(sockaddr: Uint8Array): number {
  return sockaddr.length < 2 ? AF_UNSPEC : sockaddr[0]! + sockaddr[1]! * 256;
}

/** What binds a socket to nothing in particular: the wildcard address, or for Unix no name. */
export function anyAddress(family: number): Uint8Array {
  // The family and an empty path; a longer address would be that of a file.
  if (family === AF_UNIX) return Uint8Array.of(AF_UNIX, 0, 0);
  return encodeAddress({ address: family === AF_INET6 ? '::' : '0.0.0.0', port: 0 });
}

/**
 * The sockaddr to connect or send to. The unspecified address (0.0.0.0 or ::) means this computer, as in
 * node:net; Windows itself refuses it as WSAEADDRNOTAVAIL.
 *
 * @returns the loopback address with the same port in place of the unspecified one, else what was given
 */
export function peerSockaddr(bytes: Uint8Array): Uint8Array {
  const family = familyOf(bytes);
  if (family === AF_INET) return orLoopback(bytes, IN.sin_addr, [127, 0, 0, 1]);
  if (family !== AF_INET6) return bytes;
  return orLoopback(bytes, IN6.sin6_addr, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
}

/** @param at where the IP address begins, in bytes */
function orLoopback(bytes: Uint8Array, at: number, loopback: readonly number[]): Uint8Array {
  const end = at + loopback.length;
  if (bytes.length < end) return bytes;
  for (let i = at; i < end; i++) if (bytes[i] !== 0) return bytes;
  const own = Uint8Array.from(bytes);
  own.set(loopback, at);
  return own;
}

/** Whether an address is one by which this computer reaches itself: 127.0.0.0/8 or ::1. */
export function isLoopback(bytes: Uint8Array): boolean {
  const family = familyOf(bytes);
  // INETADDR_ISLOOPBACK says the same of a record, and brings all that is known of addresses along.
  if (family === AF_INET) return bytes[IN.sin_addr] === 127;
  if (family !== AF_INET6 || bytes.length < IN6.size) return false;
  const last = IN6.sin6_addr + 15;
  return bytes[last] === 1 && bytes.subarray(IN6.sin6_addr, last).every((byte) => byte === 0);
}
