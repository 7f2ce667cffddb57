/** Control messages of Registered I/O (mswsockdef.h, Windows 8): a RIO_CMSG_BUFFER and what follows it. */

import { RIO_CMSG_BUFFER } from '../../../defs/mswsockdef.g.ts';
import { WSACMSGHDR } from '../../../defs/ws2def.g.ts';
import { isForeign } from '../../ffi/memory/foreign.ts';
import { bufferOf, byteLengthOf, byteOffsetOf } from '../../ffi/memory/intrinsics.ts';
import { holdsMany } from '../../ffi/memory/places.ts';
import { partOf } from '../../ffi/memory/views.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { assertRecord, recordIn } from '../check.ts';
import { alignHeader, headerAfter, headerAt } from './control-buffer.ts';

/** The bytes of a control buffer, as far as its TotalLength says. */
function controlOf(buffer: RIO_CMSG_BUFFER | Uint8Array, where: string): Uint8Array {
  const size = sizeof(RIO_CMSG_BUFFER);
  const { TotalLength } = recordIn(buffer, RIO_CMSG_BUFFER, size, where);
  const memory = bufferOf(buffer);
  const start = byteOffsetOf(buffer);
  // A record that was made over memory of the program's reaches to the end of that.
  const isWhole = buffer instanceof RIO_CMSG_BUFFER && !holdsMany(memory);
  const room =
    isWhole && !isForeign(memory)
      ? new Uint8Array(memory).byteLength - start
      : byteLengthOf(buffer);
  if (TotalLength <= room || isForeign(memory)) {
    return isForeign(memory)
      ? partOf(buffer, 0, TotalLength)
      : new Uint8Array(memory, start, TotalLength);
  }
  throw new RangeError(`${where}: TotalLength is ${TotalLength}, the buffer has ${room} bytes`);
}

/**
 * The first control message after a RIO_CMSG_BUFFER.
 *
 * @param buffer the memory that RIOReceiveEx filled, which begins with a RIO_CMSG_BUFFER
 * @returns the header, a view; null where there is none
 * @throws TypeError if `buffer` is no memory
 * @throws RangeError if TotalLength says more than the memory has
 */
export function RIO_CMSG_FIRSTHDR(buffer: RIO_CMSG_BUFFER | Uint8Array): WSACMSGHDR | null {
  const where = 'RIO_CMSG_FIRSTHDR';
  return headerAt(controlOf(buffer, where), alignHeader(sizeof(RIO_CMSG_BUFFER), where));
}

/**
 * The control message after one.
 *
 * @param buffer the memory that RIOReceiveEx filled, which begins with a RIO_CMSG_BUFFER
 * @param cmsg a header in it; null for the first
 * @returns the header, a view; null where there is none
 * @throws TypeError if an argument is of another type
 * @throws RangeError if TotalLength says more than the memory has, or `cmsg` is not in it
 */
export function RIO_CMSG_NEXTHDR(
  buffer: RIO_CMSG_BUFFER | Uint8Array,
  cmsg: WSACMSGHDR | null,
): WSACMSGHDR | null {
  if (cmsg === null) return RIO_CMSG_FIRSTHDR(buffer);
  const where = 'RIO_CMSG_NEXTHDR';
  return headerAfter(assertRecord(cmsg, WSACMSGHDR, where), controlOf(buffer, where), where);
}
