/** How far memory reaches that a function of C is given a place in. */
import { checkAddress } from '../../ffi/memory/address.ts';
import { bufferOf, byteLengthOf, byteOffsetOf } from '../../ffi/memory/intrinsics.ts';
import { holdsMany } from '../../ffi/memory/places.ts';
import { memoryAt, originOf } from '../../ffi/memory/views.ts';
import { checkCount } from '../text/checks.ts';
import { type Bytes, bytesOf } from '../text/text.ts';

/**
 * The bytes of memory, as many as are asked for. A structure reaches as far as what it was cast from.
 *
 * @throws TypeError for what is no memory, RangeError where there are fewer bytes
 */
export function exactly(memory: Bytes, size: number, where: string): Uint8Array {
  checkCount(size, `${where}: the size`);
  if (typeof memory === 'number')
    return memoryAt(checkAddress(memory, where, { bytes: size }), size);
  const bytes = bytesOf(memory);
  const offset = byteOffsetOf(bytes);
  const rest = wholeOf(bytes).end - offset;
  if (size > byteLengthOf(bytes) && size > rest) {
    throw new RangeError(`${where}: ${size} bytes of ${byteLengthOf(bytes)}`);
  }
  return new Uint8Array(bufferOf(bytes), offset, size);
}

/**
 * The piece of memory that a view is a part of, in bytes of its ArrayBuffer. Small structures share one, and so do
 * small Buffers of Node.js: what lies beside them there is somebody else's.
 */
export function wholeOf(bytes: Uint8Array): { start: number; end: number } {
  const buffer = bufferOf(bytes);
  const isPooled = bytes instanceof Buffer && buffer.byteLength === Buffer.poolSize;
  if (!isPooled && !holdsMany(buffer)) return { start: 0, end: buffer.byteLength };
  const origin = originOf(bytes);
  return { start: byteOffsetOf(origin), end: byteOffsetOf(origin) + byteLengthOf(origin) };
}
