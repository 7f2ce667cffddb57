/**
 * Byte order of the types that htons and htonl of Ws2_32.dll do not cover (winsock2.h, Windows 8.1
 * headers and later; computed here, so on any Windows). Network order is big-endian; every Windows
 * is little-endian, so both directions reverse the bytes.
 */
import { describe } from '../../ffi/types/describe.ts';
import { uint32, uint64 } from '../../ffi/types/scalars.ts';
import { low32 } from '../check.ts';

const scratch = new DataView(new ArrayBuffer(8));

/**
 * Reverses the bytes of a 32-bit integer.
 *
 * @returns the reversed integer, unsigned
 */
export function _WS2_32_WINSOCK_SWAP_LONG(l: number): number {
  scratch.setInt32(0, low32(l, '_WS2_32_WINSOCK_SWAP_LONG'), true);
  return scratch.getUint32(0);
}

/**
 * Reverses the bytes of a 64-bit integer.
 *
 * @returns the reversed integer, unsigned
 */
export function _WS2_32_WINSOCK_SWAP_LONGLONG(l: bigint | number): bigint {
  scratch.setBigUint64(0, uint64.check(l, '_WS2_32_WINSOCK_SWAP_LONGLONG'), true);
  return scratch.getBigUint64(0);
}

/**
 * A 64-bit integer from host to network byte order.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-htonll
 */
export function htonll(Value: bigint | number): bigint {
  return _WS2_32_WINSOCK_SWAP_LONGLONG(uint64.check(Value, 'htonll'));
}

/**
 * A 64-bit integer from network to host byte order.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-ntohll
 */
export function ntohll(Value: bigint | number): bigint {
  return _WS2_32_WINSOCK_SWAP_LONGLONG(uint64.check(Value, 'ntohll'));
}

/**
 * A float to the 32 bits that stand for it in network byte order.
 *
 * @param Value the number; it is rounded to single precision, as C's argument conversion does
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-htonf
 */
export function htonf(Value: number): number {
  scratch.setFloat32(0, float(Value, 'htonf'), true);
  return scratch.getUint32(0);
}

/**
 * The float that 32 bits in network byte order stand for.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-ntohf
 */
export function ntohf(Value: number): number {
  scratch.setUint32(0, uint32.check(Value, 'ntohf'));
  return scratch.getFloat32(0, true);
}

/**
 * A double to the 64 bits that stand for it in network byte order.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-htond
 */
export function htond(Value: number): bigint {
  scratch.setFloat64(0, float(Value, 'htond'), true);
  return scratch.getBigUint64(0);
}

/**
 * The double that 64 bits in network byte order stand for.
 *
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-ntohd
 */
export function ntohd(Value: bigint | number): number {
  scratch.setBigUint64(0, uint64.check(Value, 'ntohd'));
  return scratch.getFloat64(0, true);
}

function float(value: number, where: string): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`${where}: Value must be a number, got ${describe(value)}`);
}
