/**
 * The macros that ioctl codes are made with (ws2def.h, winsock2.h). A code says in its highest bits
 * whether the call passes memory in, out, both or not at all.
 */
import { IOC_IN, IOC_INOUT, IOC_OUT, IOC_VOID, IOCPARM_MASK } from '../../../defs/winsock2.g.ts';
import { hostArch } from '../../ffi/types/arch.ts';
import type { CType } from '../../ffi/types/ctype.ts';
import { describe } from '../../ffi/types/describe.ts';
import { low32 } from '../check.ts';

/** The group of a Unix-style code: a number, or the one character that C writes in quotes. */
export type IoctlGroup = number | string;

function combine(name: string, direction: number, x: number, y: number): number {
  return (direction | low32(x, `${name}: x`) | low32(y, `${name}: y`)) >>> 0;
}

/**
 * The code of a Winsock 2 ioctl without parameters.
 *
 * @param x the vendor or address family: IOC_WS2, IOC_PROTOCOL, IOC_VENDOR, IOC_UNIX
 * @param y the number of the ioctl
 * @returns the code, unsigned
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaioctl
 */
export function _WSAIO(x: number, y: number): number {
  return combine('_WSAIO', IOC_VOID, x, y);
}

/**
 * The code of a Winsock 2 ioctl that gives memory back.
 *
 * @param x the vendor or address family: IOC_WS2, IOC_PROTOCOL, IOC_VENDOR, IOC_UNIX
 * @param y the number of the ioctl
 * @returns the code, unsigned
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaioctl
 */
export function _WSAIOR(x: number, y: number): number {
  return combine('_WSAIOR', IOC_OUT, x, y);
}

/**
 * The code of a Winsock 2 ioctl that takes memory in.
 *
 * @param x the vendor or address family: IOC_WS2, IOC_PROTOCOL, IOC_VENDOR, IOC_UNIX
 * @param y the number of the ioctl
 * @returns the code, unsigned
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaioctl
 */
export function _WSAIOW(x: number, y: number): number {
  return combine('_WSAIOW', IOC_IN, x, y);
}

/**
 * The code of a Winsock 2 ioctl that takes memory in and gives memory back.
 *
 * @param x the vendor or address family: IOC_WS2, IOC_PROTOCOL, IOC_VENDOR, IOC_UNIX
 * @param y the number of the ioctl
 * @returns the code, unsigned
 * @see https://learn.microsoft.com/windows/win32/api/winsock2/nf-winsock2-wsaioctl
 */
export function _WSAIORW(x: number, y: number): number {
  return combine('_WSAIORW', IOC_INOUT, x, y);
}

function unixCode(
  name: string,
  direction: number,
  x: IoctlGroup,
  y: number,
  t?: Pick<CType<unknown>, 'sizeOf'>,
): number {
  const group = typeof x === 'string' ? characterCode(x, name) : low32(x, `${name}: x`);
  const bytes = t ? t.sizeOf(hostArch) & IOCPARM_MASK : 0;
  return (direction | (bytes << 16) | (group << 8) | low32(y, `${name}: y`)) >>> 0;
}

function characterCode(text: string, name: string): number {
  const code = text.charCodeAt(0);
  if (text.length === 1 && code < 0x80) return code;
  throw new RangeError(`${name}: x must be one ASCII character, got ${describe(text)}`);
}

function typed(name: string, t: Pick<CType<unknown>, 'sizeOf'>): Pick<CType<unknown>, 'sizeOf'> {
  if (typeof t?.sizeOf === 'function') return t;
  throw new TypeError(`${name}: t must be a type, got ${describe(t)}`);
}

/**
 * The code of a Unix-style ioctl without parameters.
 *
 * @param x the group: a number or one character, as in `_IO('t', 122)`
 * @param y the number of the ioctl
 * @returns the code, unsigned
 * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket
 */
export function _IO(x: IoctlGroup, y: number): number {
  return unixCode('_IO', IOC_VOID, x, y);
}

/**
 * The code of a Unix-style ioctl that gives a value back: `_IOR('f', 127, u_long)` is FIONREAD.
 *
 * @param x the group: a number or one character
 * @param y the number of the ioctl
 * @param t the type of the value
 * @returns the code, unsigned
 * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket
 */
export function _IOR(x: IoctlGroup, y: number, t: Pick<CType<unknown>, 'sizeOf'>): number {
  return unixCode('_IOR', IOC_OUT, x, y, typed('_IOR', t));
}

/**
 * The code of a Unix-style ioctl that takes a value in: `_IOW('f', 126, u_long)` is FIONBIO.
 *
 * @param x the group: a number or one character
 * @param y the number of the ioctl
 * @param t the type of the value
 * @returns the code, unsigned
 * @see https://learn.microsoft.com/windows/win32/api/winsock/nf-winsock-ioctlsocket
 */
export function _IOW(x: IoctlGroup, y: number, t: Pick<CType<unknown>, 'sizeOf'>): number {
  return unixCode('_IOW', IOC_IN, x, y, typed('_IOW', t));
}
