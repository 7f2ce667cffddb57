/**
 * Control messages of WSARecvMsg and WSASendMsg (ws2def.h): walked, read and laid out in the control
 * buffer of a WSAMSG.
 *
 *     for (let c = WSA_CMSG_FIRSTHDR(msg); c; c = WSA_CMSG_NXTHDR(msg, c)) {
 *       if (c.cmsg_type === IP_PKTINFO) cast(IN_PKTINFO, WSA_CMSG_DATA(c));
 *     }
 */
import { WSABUF, WSACMSGHDR, WSAMSG } from '../../../defs/ws2def.g.ts';
import { keptAt } from '../../ffi/memory/kept.ts';
import { bytesOf, isMemory } from '../../ffi/memory/memory.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import { asLength, assertRecord } from '../check.ts';
import { alignData, alignHeader, dataAfter, headerAfter, headerAt } from './control-buffer.ts';

/** A length in bytes, rounded up to where the next header may begin. */
export function WSA_CMSGHDR_ALIGN(length: number): number {
  return alignHeader(length, 'WSA_CMSGHDR_ALIGN');
}

/** A length in bytes, rounded up to where data may begin. */
export function WSA_CMSGDATA_ALIGN(length: number): number {
  return alignData(length, 'WSA_CMSGDATA_ALIGN');
}

/**
 * How many bytes of a control buffer a message takes, with its header and padding.
 *
 * @param length bytes of data
 */
export function WSA_CMSG_SPACE(length: number): number {
  const header = sizeof(WSACMSGHDR);
  return WSA_CMSGDATA_ALIGN(header + alignHeader(length, 'WSA_CMSG_SPACE'));
}

/**
 * What to store in `cmsg_len`, in bytes.
 *
 * @param length bytes of data
 */
export function WSA_CMSG_LEN(length: number): number {
  return WSA_CMSGDATA_ALIGN(sizeof(WSACMSGHDR)) + asLength(length, 'WSA_CMSG_LEN');
}

/** The control buffer of a message, as far as `Control.len` says; undefined where it has none. */
function controlOf(msg: WSAMSG, where: string): Uint8Array | undefined {
  const { Control } = assertRecord(msg, WSAMSG, where);
  const { len } = Control;
  const address = Control.buf;
  if (address === 0) return undefined;
  // The memory that was stored, where it is known, so that views of it keep it alive.
  const stored = keptAt(Control, offsetof(WSABUF, 'buf'), address);
  if (!stored || !isMemory(stored)) return memoryAt(address, len);
  const bytes = bytesOf(stored);
  if (bytes.byteLength >= len) return bytes.subarray(0, len);
  throw new RangeError(`${where}: Control.len is ${len}, the buffer has ${bytes.byteLength} bytes`);
}

/**
 * The first control message of a message.
 *
 * @returns the header, a view of the control buffer; null where there is none
 * @throws TypeError if `msg` is no WSAMSG
 * @throws RangeError if `Control.len` says more than the buffer has
 * @see https://learn.microsoft.com/windows/win32/api/ws2def/ns-ws2def-wsamsg
 */
export function WSA_CMSG_FIRSTHDR(msg: WSAMSG): WSACMSGHDR | null {
  const control = controlOf(msg, 'WSA_CMSG_FIRSTHDR: msg');
  return control ? headerAt(control, 0) : null;
}

/**
 * The control message after one. Like the C macro it goes by `cmsg_len`, so while a buffer is being
 * written that of `cmsg` is set first; after one of 0 nothing follows.
 *
 * @param msg the message
 * @param cmsg a header in its control buffer; null for the first
 * @returns the header, a view of the control buffer; null where there is none
 * @throws TypeError if an argument is of another type
 * @throws RangeError if `cmsg` is not in the control buffer
 * @see https://learn.microsoft.com/windows/win32/api/ws2def/ns-ws2def-wsamsg
 */
export function WSA_CMSG_NXTHDR(msg: WSAMSG, cmsg: WSACMSGHDR | null): WSACMSGHDR | null {
  if (cmsg === null) return WSA_CMSG_FIRSTHDR(msg);
  assertRecord(cmsg, WSACMSGHDR, 'WSA_CMSG_NXTHDR: cmsg');
  const control = controlOf(msg, 'WSA_CMSG_NXTHDR: msg');
  return control ? headerAfter(cmsg, control, 'WSA_CMSG_NXTHDR') : null;
}

/**
 * The data of a control message.
 *
 * @param cmsg the header
 * @returns the bytes after the header, as many as `cmsg_len` says, as a view
 * @throws TypeError if `cmsg` is no WSACMSGHDR
 * @throws RangeError if `cmsg_len` says more than the control buffer has
 * @see https://learn.microsoft.com/windows/win32/api/ws2def/ns-ws2def-wsamsg
 */
export function WSA_CMSG_DATA(cmsg: WSACMSGHDR): Uint8Array {
  return dataAfter(assertRecord(cmsg, WSACMSGHDR, 'WSA_CMSG_DATA'), 'WSA_CMSG_DATA');
}

/** WSA_CMSGHDR_ALIGN under its shorter name. */
export const CMSGHDR_ALIGN = WSA_CMSGHDR_ALIGN;
/** WSA_CMSGDATA_ALIGN under its shorter name. */
export const CMSGDATA_ALIGN = WSA_CMSGDATA_ALIGN;
/** WSA_CMSG_FIRSTHDR under its POSIX name. */
export const CMSG_FIRSTHDR = WSA_CMSG_FIRSTHDR;
/** WSA_CMSG_NXTHDR under its POSIX name. */
export const CMSG_NXTHDR = WSA_CMSG_NXTHDR;
/** WSA_CMSG_SPACE under its POSIX name. */
export const CMSG_SPACE = WSA_CMSG_SPACE;
/** WSA_CMSG_LEN under its POSIX name. */
export const CMSG_LEN = WSA_CMSG_LEN;
