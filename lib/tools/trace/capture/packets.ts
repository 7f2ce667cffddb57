/** Packets of IP, TCP and UDP with right lengths and checksums. */
import { AF_INET, AF_INET6, IPPROTO_TCP, IPPROTO_UDP } from '../../../../defs/ws2def.g.ts';
import { SOCKADDR_IN_LAYOUT as IN, SOCKADDR_IN6_LAYOUT as IN6 } from '../../../ffi/windows.g.ts';
import { familyOf } from '../../../io/families/address.ts';

/** An end of a connection. */
export interface Endpoint {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

const MAPPED = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);

/** The end that a sockaddr of IP names; undefined for another. What is IPv4 within IPv6 is IPv4. */
export function endpointOf(sockaddr: Uint8Array): Endpoint | undefined {
  const family = familyOf(sockaddr);
  if (family === AF_INET && sockaddr.length >= IN.size) {
    const port = sockaddr[IN.sin_port]! * 256 + sockaddr[IN.sin_port + 1]!;
    return { address: sockaddr.slice(IN.sin_addr, IN.sin_addr + 4), port };
  }
  if (family !== AF_INET6 || sockaddr.length < IN6.size) return undefined;
  const port = sockaddr[IN6.sin6_port]! * 256 + sockaddr[IN6.sin6_port + 1]!;
  const address = sockaddr.slice(IN6.sin6_addr, IN6.sin6_addr + 16);
  const isMapped = MAPPED.every((byte, index) => address[index] === byte);
  return { address: isMapped ? address.subarray(12) : address, port };
}

const isUnnamed = ({ address }: Endpoint) => address.every((byte) => byte === 0);

const isLoopback = ({ address }: Endpoint) =>
  address.length === 4
    ? address[0] === 127
    : address[15] === 1 && address.subarray(0, 15).every((byte) => byte === 0);

/**
 * This end of what goes to or comes from another end. A socket that is bound to no address in particular
 * reaches its own computer by the address that it is reached by.
 */
export function localEndpoint(local: Uint8Array, remote: Endpoint): Endpoint {
  const own = endpointOf(local) ?? { address: new Uint8Array(remote.address.length), port: 0 };
  if (!isUnnamed(own) && own.address.length === remote.address.length) return own;
  const address = isLoopback(remote) ? remote.address : new Uint8Array(remote.address.length);
  return { address, port: own.port };
}

/** A sum of 16-bit words with their carries, of bytes that are padded with a zero. */
function sumOf(bytes: Uint8Array, start = 0): number {
  let sum = start;
  const even = bytes.length & ~1;
  for (let at = 0; at < even; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (even < bytes.length) sum += bytes[even]! << 8;
  return sum;
}

function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

const HOPS = 128;

/** A packet as much of which is there as there is of its data. */
export interface Built {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/**
 * A packet of IP.
 *
 * @param head the header of TCP or UDP, its checksum 0
 * @param checksumAt where in the header its checksum is; undefined for none
 * @param data as much of the data as there is
 * @param length how much data there was
 */
export function ipPacket(
  from: Endpoint,
  to: Endpoint,
  protocol: number,
  head: Buffer,
  checksumAt: number | undefined,
  data: Uint8Array,
  length: number,
): Built {
  const isV4 = from.address.length === 4;
  const payload = head.length + length;
  if (checksumAt !== undefined && data.length === length) {
    // The pseudo header: both addresses, the protocol and the length.
    const addresses = sumOf(to.address, sumOf(from.address));
    const checksum = checksumOf(sumOf(data, sumOf(head, addresses + protocol + payload)));
    // To UDP 0 means that there is none.
    head.writeUInt16BE(checksum === 0 && protocol === IPPROTO_UDP ? 0xffff : checksum, checksumAt);
  }
  const ip = Buffer.alloc(isV4 ? 20 : 40);
  if (isV4) {
    ip[0] = 0x45;
    ip.writeUInt16BE(ip.length + payload, 2);
    // Not to be cut into fragments.
    ip.writeUInt16BE(0x4000, 6);
    ip[8] = HOPS;
    ip[9] = protocol;
    ip.set(from.address, 12);
    ip.set(to.address, 16);
    ip.writeUInt16BE(checksumOf(sumOf(ip)), 10);
  } else {
    ip[0] = 0x60;
    ip.writeUInt16BE(payload, 4);
    ip[6] = protocol;
    ip[7] = HOPS;
    ip.set(from.address, 8);
    ip.set(to.address, 24);
  }
  const bytes = Buffer.concat([ip, head, data]);
  return { bytes, length: ip.length + payload };
}

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;

export interface Segment {
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledged: number;
  /** As much of the data as there is. */
  readonly data: Uint8Array;
  readonly length: number;
}

/** How far windows are shifted: nothing that is under way is longer than 1 GiB. */
const WINDOW_SHIFT = 14;
/** The options of a SYN: the largest segment, and the shift of the window. */
const SYN_OPTIONS = Buffer.from([2, 4, 0xff, 0xd7, 1, 3, 3, WINDOW_SHIFT]);

export function tcpPacket(from: Endpoint, to: Endpoint, segment: Segment): Built {
  const { flags, sequence, acknowledged, data, length } = segment;
  const options = (flags & SYN) !== 0 ? SYN_OPTIONS : Buffer.alloc(0);
  const head = Buffer.alloc(20 + options.length);
  head.writeUInt16BE(from.port);
  head.writeUInt16BE(to.port, 2);
  head.writeUInt32BE(sequence >>> 0, 4);
  head.writeUInt32BE((flags & ACK) !== 0 ? acknowledged >>> 0 : 0, 8);
  head[12] = (head.length / 4) << 4;
  head[13] = flags;
  head.writeUInt16BE((flags & RST) !== 0 ? 0 : 0xffff, 14);
  if ((flags & URG) !== 0) head.writeUInt16BE(length, 18);
  options.copy(head, 20);
  return ipPacket(from, to, IPPROTO_TCP, head, 16, data, length);
}

export function udpPacket(from: Endpoint, to: Endpoint, data: Uint8Array, length: number): Built {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(from.port);
  head.writeUInt16BE(to.port, 2);
  head.writeUInt16BE(8 + length, 4);
  return ipPacket(from, to, IPPROTO_UDP, head, 6, data, length);
}
