import { WSABUF } from '../../../defs/ws2def.g.ts';
import type { Memory } from '../../ffi/memory/memory.ts';
import { array } from '../../ffi/types/array.ts';
import type { CType } from '../../ffi/types/ctype.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { uint8 } from '../../ffi/types/scalars.ts';

/**
 * The elements from an address on, as C's `first[i]`: the buffers of a call, for one, of which a
 * function of a provider gets the first and their number.
 *
 * As in C nothing checks that the memory at an address has so many; that of JavaScript is checked.
 *
 * @param type the element type
 * @param first the first element, or its address
 * @param length how many elements
 */
export function arrayAt<T>(
  type: CType<T>,
  first: Memory | number,
  length: number,
): ArrayLike<T> & Iterable<T> {
  if (length === 0) return [];
  // The value of an array of T is one of these.
  return cast(array(type, length), first).value as ArrayLike<T> & Iterable<T>;
}

/**
 * The memory of the buffers that a function of a provider is given: what WSPSend reads and WSPRecv
 * fills. It is the caller's, and good until the function returns or, of an overlapped call, until the
 * operation is over.
 *
 * @param first `lpBuffers`
 * @param count `dwBufferCount`
 */
export function buffersAt(first: WSABUF | null, count: number): Uint8Array[] {
  if (!first) return [];
  return Array.from(arrayAt(WSABUF, first, count), ({ len, buf }) =>
    len === 0 ? new Uint8Array() : (cast(array(uint8, len), buf).value as Uint8Array),
  );
}
