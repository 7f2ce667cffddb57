/** The inline functions of qos2.h and the macro of qospol.h. */
import { AF_INET, IPPROTO_TCP } from '../../../defs/ws2def.g.ts';
import { int, uint32, uint64 } from '../../ffi/types/scalars.ts';
import { asLength } from '../check.ts';

/**
 * The size of the IP and transport headers of a packet, in bytes.
 *
 * @param af AF_INET; anything else counts as AF_INET6
 * @param protocol IPPROTO_TCP; anything else counts as IPPROTO_UDP
 */
export function QOS_HEADER_OVERHEAD(af: number, protocol: number): number {
  const ip = int.check(af, 'QOS_HEADER_OVERHEAD: af') === AF_INET ? 20 : 40;
  return ip + (int.check(protocol, 'QOS_HEADER_OVERHEAD: protocol') === IPPROTO_TCP ? 20 : 8);
}

function packetBits(size: number, where: string): number {
  // In C the product is an UINT32 too.
  return (uint32.check(size, `${where}: targetDataPacketSize`) * 8) % 2 ** 32;
}

/**
 * A data rate with the overhead of packet headers added.
 *
 * @param af AF_INET or AF_INET6
 * @param protocol IPPROTO_TCP or IPPROTO_UDP
 * @param targetDataPacketSize the expected size of the data in a packet, in bytes; not 0
 * @param dataRate the rate of the data, in bits a second
 * @returns the rate on the wire, in bits a second
 * @throws RangeError if the packet size is 0
 */
export function QOS_ADD_OVERHEAD(
  af: number,
  protocol: number,
  targetDataPacketSize: number,
  dataRate: bigint | number,
): bigint {
  const where = 'QOS_ADD_OVERHEAD';
  const rate = uint64.check(dataRate, `${where}: dataRate`);
  const packet = packetBits(targetDataPacketSize, where);
  if (packet === 0) throw new RangeError(`${where}: targetDataPacketSize must not be 0`);
  const added = ((QOS_HEADER_OVERHEAD(af, protocol) * 8) / packet) * Number(rate);
  return BigInt.asUintN(64, rate + BigInt(Math.trunc(added)));
}

/**
 * A data rate with the overhead of packet headers taken off.
 *
 * @param af AF_INET or AF_INET6
 * @param protocol IPPROTO_TCP or IPPROTO_UDP
 * @param targetDataPacketSize the expected size of the data in a packet, in bytes
 * @param dataRate the rate on the wire, in bits a second
 * @returns the rate of the data, in bits a second
 */
export function QOS_SUBTRACT_OVERHEAD(
  af: number,
  protocol: number,
  targetDataPacketSize: number,
  dataRate: bigint | number,
): bigint {
  const where = 'QOS_SUBTRACT_OVERHEAD';
  const rate = uint64.check(dataRate, `${where}: dataRate`);
  const overhead = QOS_HEADER_OVERHEAD(af, protocol) * 8;
  const taken = (overhead / (packetBits(targetDataPacketSize, where) + overhead)) * Number(rate);
  return BigInt.asUintN(64, rate - BigInt(Math.trunc(taken)));
}

/** A size in bytes rounded up to whole 4-byte words, as RSVP objects are. */
export function RSVP_BYTE_MULTIPLE(x: number): number {
  return Math.floor((asLength(x, 'RSVP_BYTE_MULTIPLE') + 3) / 4) * 4;
}
