/** Addresses of all families, as plain objects and as the bytes of a sockaddr. */
import {
  AF_BTH,
  AF_HYPERV,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
} from '../../../defs/ws2def.g.ts';
import { bufferOf, byteLengthOf, byteOffsetOf, isUint8Array } from '../../ffi/memory/intrinsics.ts';
import { describe } from '../../ffi/types/describe.ts';
import { SOCKADDR_IN_LAYOUT as IN, SOCKADDR_IN6_LAYOUT as IN6 } from '../../ffi/windows.g.ts';
import {
  type BluetoothAddress,
  type BluetoothPlace,
  decodeBluetooth,
  encodeBluetooth,
  textOfBluetooth,
} from './bluetooth.ts';
import {
  decodeHyperV,
  encodeHyperV,
  type HyperVAddress,
  type HyperVPlace,
  textOfHyperV,
} from './hyperv.ts';
import {
  decodeIPv4,
  decodeIPv6,
  encodeInternet,
  type InternetAddress,
  textOfInternet,
} from './ip.ts';
import { decodePath, encodePath, type UnixAddress, unnamed } from './unix.ts';

/** An address of a family that has no form of its own here. */
export interface OtherAddress {
  /** AF_IPX, AF_IRDA … */
  readonly family: number;
  /** The sockaddr, with its family at the beginning. */
  readonly bytes: Uint8Array;
}

/** Where a socket is, or its peer. */
export type SocketAddress =
  | InternetAddress
  | UnixAddress
  | BluetoothAddress
  | HyperVAddress
  | OtherAddress;

/** A place of a family that is neither IP nor Unix. */
export type OtherPlace = BluetoothPlace | HyperVPlace | OtherAddress;

/**
 * What may be given for an address: what sockets tell of theirs; an IP address with its port, under
 * either name; a path; or the bytes of a sockaddr. The zone of an IPv6 address may be the name of an
 * interface: 'fe80::1%Ethernet'.
 */
export type AddressLike =
  | { address: string; port: number }
  | { host: string; port: number }
  | { path: string }
  | OtherPlace
  | Uint8Array;

/**
 * The sockaddr of an address. Of a sockaddr it is the same memory.
 *
 * @throws TypeError for what is no address of its family; names are not looked up. RangeError for a
 *   port outside 0 to 65535, a path of more than 107 bytes, a channel or service that none can
 *   have, and a sockaddr of more than 128 bytes.
 *   WinsockError, ERROR_NOT_FOUND, where a zone names an interface that is not there
 */
export function encodeAddress(address: AddressLike): Uint8Array {
  if (isUint8Array(address)) return plainSockaddr(address);
  if (typeof address !== 'object' || address === null) {
    throw new TypeError(
      `an address is an object or the bytes of a sockaddr, got ${describe(address)}`,
    );
  }
  if (isOtherPlace(address)) return encodeOther(address);
  // From JavaScript any of them may be there, of any type.
  const given = address as { path?: string; address?: string; host?: string; port: number };
  const text = given.path ?? given.address ?? given.host;
  if (typeof text !== 'string') {
    throw new TypeError(`an address or a path is text, got ${describe(text)}`);
  }
  const sockaddr = given.path === undefined ? encodeInternet(text, given.port) : encodePath(text);
  const family: unknown = 'family' in address ? address.family : undefined;
  if (family === undefined || NAMES.get(familyOf(sockaddr))!.includes(family)) return sockaddr;
  throw new TypeError(`${JSON.stringify(text)} is no address of ${describe(family)}`);
}

/** No sockaddr is longer: a SOCKADDR_STORAGE has room for each. */
const MOST_BYTES = 128;

/** The bytes of a sockaddr as they are, whatever the array that was given says of itself. */
function plainSockaddr(given: Uint8Array<ArrayBuffer>): Uint8Array {
  const bytes = byteLengthOf(given);
  if (bytes > MOST_BYTES) {
    throw new RangeError(`an address of ${bytes} bytes; the longest has ${MOST_BYTES}`);
  }
  return new Uint8Array(bufferOf(given), byteOffsetOf(given), bytes);
}

/** How families are called; `dns.lookup` of Node.js says 4 and 6. */
const NAMES: ReadonlyMap<number, readonly unknown[]> = new Map([
  [AF_INET, ['IPv4', 4]],
  [AF_INET6, ['IPv6', 6]],
  [AF_UNIX, ['Unix']],
]);

/** Whether an object is a place of a family that is neither IP nor Unix. */
export function isOtherPlace(place: object): place is OtherPlace {
  const family = 'family' in place ? place.family : undefined;
  const isNumber = typeof family === 'number' && 'bytes' in place;
  return family === 'Bluetooth' || family === 'HyperV' || isNumber;
}

function encodeOther(place: OtherPlace): Uint8Array {
  if (place.family === 'Bluetooth') return encodeBluetooth(place);
  if (place.family === 'HyperV') return encodeHyperV(place);
  const { family, bytes } = place;
  if (!isUint8Array(bytes)) {
    throw new TypeError(`an address of family ${family} is its bytes, got ${describe(bytes)}`);
  }
  const sockaddr = plainSockaddr(bytes);
  if (familyOf(sockaddr) === family) return sockaddr;
  throw new TypeError(`the bytes of family ${family} begin with ${familyOf(sockaddr)}`);
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

const PACKED = 'latin1';

/**
 * A sockaddr with a letter for each byte: memory of its own would take ten times as much. Of IPv4 it is a number: the
 * port and the address, six bytes together.
 */
export type PackedAddress = string | number;

const PORT_AND_IPV4_BYTES = 6;

/** Packs a sockaddr. */
export function packAddress(sockaddr: Uint8Array): PackedAddress {
  return packPart(Buffer.from(sockaddr), 0, sockaddr.length);
}

/** Packs the sockaddr that lies somewhere in memory. */
export function packPart(memory: Buffer, at: number, bytes: number): PackedAddress {
  const isIPv4 = bytes === IN.size && memory[at] === AF_INET && memory[at + 1] === 0;
  if (isIPv4) return memory.readUIntBE(at + IN.sin_port, PORT_AND_IPV4_BYTES);
  return memory.toString(PACKED, at, at + bytes);
}

/** The sockaddr that was packed. */
export function unpackAddress(packed: PackedAddress): Uint8Array {
  if (typeof packed === 'string') return new Uint8Array(Buffer.from(packed, PACKED));
  const sockaddr = new Uint8Array(IN.size);
  sockaddr[0] = AF_INET;
  Buffer.from(sockaddr.buffer).writeUIntBE(packed, IN.sin_port, PORT_AND_IPV4_BYTES);
  return sockaddr;
}

/**
 * The address in a sockaddr. One of a family that has no form of its own here, or one that is cut off,
 * is told as its bytes.
 */
export function decodeAddress(bytes: Uint8Array): SocketAddress {
  // A Unix socket without a name may have no address at all.
  const family = bytes.length === 0 ? AF_UNIX : familyOf(bytes);
  return decodeKnown(family, bytes) ?? { family, bytes: bytes.slice() };
}

function decodeKnown(family: number, bytes: Uint8Array): SocketAddress | undefined {
  if (family === AF_INET) return bytes.length < IN.size ? undefined : decodeIPv4(bytes);
  if (family === AF_INET6) return bytes.length < IN6.size ? undefined : decodeIPv6(bytes);
  if (family === AF_UNIX) return decodePath(bytes);
  if (family === AF_BTH) return decodeBluetooth(bytes);
  if (family === AF_HYPERV) return decodeHyperV(bytes);
  return undefined;
}

/**
 * An address as messages and traces show it: `127.0.0.1:80`, `[::1]:80`, the path,
 * `(00:1A:7D:DA:71:13):5` for Bluetooth, both ids for Hyper-V, and the bytes of what is not known.
 */
export function addressText(address: SocketAddress): string {
  switch (address.family) {
    case 'IPv4':
    case 'IPv6':
      return textOfInternet(address);
    case 'Unix':
      return address.path;
    case 'Bluetooth':
      return textOfBluetooth(address);
    case 'HyperV':
      return textOfHyperV(address);
    default:
      return `family ${address.family}: ${Buffer.from(address.bytes).toString('hex')}`;
  }
}

/** A sockaddr as messages and traces show it. */
export function textOfSockaddr(sockaddr: Uint8Array): string {
  return addressText(decodeAddress(sockaddr));
}

/** The AF_… of a sockaddr; AF_UNSPEC where it is too short to have one. */
export function familyOf(sockaddr: Uint8Array): number {
  return sockaddr.length < 2 ? AF_UNSPEC : sockaddr[0]! + sockaddr[1]! * 256;
}

/** What binds a socket of IP or Unix to nothing in particular: the wildcard address, or no name. */
export function anyAddress(family: number): Uint8Array {
  if (family === AF_UNIX) return unnamed();
  return encodeInternet(family === AF_INET6 ? '::' : '0.0.0.0', 0);
}

/** Whether it is an IP address, with a port. */
export function isInternetAddress(address: SocketAddress): address is InternetAddress {
  return address.family === 'IPv4' || address.family === 'IPv6';
}

/**
 * The sockaddr to connect or send to. The unspecified address (0.0.0.0 or ::) means this computer, as in
 * node:net; Windows itself refuses it as WSAEADDRNOTAVAIL.
 *
 * @returns the loopback address with the same port in place of the unspecified one, else what was given
 */
export function peerSockaddr(bytes: Uint8Array): Uint8Array {
  const family = familyOf(bytes);
  if (family === AF_INET) return orLoopback(bytes, IN.sin_addr, LOOPBACK);
  if (family !== AF_INET6) return bytes;
  return orLoopback(bytes, IN6.sin6_addr, LOOPBACK6);
}

const LOOPBACK = [127, 0, 0, 1];
const LOOPBACK6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

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
