/**
 * Words, bytes and longs taken apart and put together: the macros of minwindef.h that Winsock
 * programs use. As C's casts do, they drop the bits that do not fit.
 */
import { low32 } from '../check.ts';

/**
 * Makes a WORD of two bytes: `MAKEWORD(2, 2)` is the version that WSAStartup is asked for.
 *
 * @param low the low byte
 * @param high the high byte
 * @see https://learn.microsoft.com/previous-versions/windows/desktop/legacy/ms632663(v=vs.85)
 */
export function MAKEWORD(low: number, high: number): number {
  return (low32(low, 'MAKEWORD: low') & 0xff) | ((low32(high, 'MAKEWORD: high') & 0xff) << 8);
}

/**
 * Makes a LONG, which is signed, of two words.
 *
 * @param low the low word
 * @param high the high word
 * @see https://learn.microsoft.com/previous-versions/windows/desktop/legacy/ms632660(v=vs.85)
 */
export function MAKELONG(low: number, high: number): number {
  return (low32(low, 'MAKELONG: low') & 0xffff) | (low32(high, 'MAKELONG: high') << 16);
}

/**
 * The low word of a value.
 *
 * @see https://learn.microsoft.com/previous-versions/windows/desktop/legacy/ms632659(v=vs.85)
 */
export function LOWORD(value: number | bigint): number {
  return low32(value, 'LOWORD') & 0xffff;
}

/**
 * The second lowest word of a value.
 *
 * @see https://learn.microsoft.com/previous-versions/windows/desktop/legacy/ms632657(v=vs.85)
 */
export function HIWORD(value: number | bigint): number {
  return (low32(value, 'HIWORD') >>> 16) & 0xffff;
}

/**
 * The low byte of a value: the major version in a Winsock version number.
 *
 * @see https://learn.microsoft.com/previous-versions/windows/desktop/legacy/ms632658(v=vs.85)
 */
export function LOBYTE(value: number | bigint): number {
  return low32(value, 'LOBYTE') & 0xff;
}

/**
 * The second lowest byte of a value: the minor version in a Winsock version number.
 *
 * @see https://learn.microsoft.com/previous-versions/windows/desktop/legacy/ms632656(v=vs.85)
 */
export function HIBYTE(value: number | bigint): number {
  return (low32(value, 'HIBYTE') >>> 8) & 0xff;
}
