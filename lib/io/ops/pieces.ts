import { refuseUnstable } from '../../ffi/memory/memory.ts';
import { koffi } from '../../ffi/native/native.ts';
import type { Operation } from '../port/operation.ts';
import { checkLength, MAX_BUFFERS, writeBuffer } from '../port/operation-layout.ts';

/** A piece of memory. Its owner must be among what the operation keeps. */
export interface Piece {
  /** Of native memory, or of memory that is kept alive meanwhile. */
  readonly address: number;
  /** In bytes. */
  readonly length: number;
}

/**
 * Fills the record's WSABUFs.
 *
 * @throws RangeError for more buffers or bytes than one operation takes
 */
export function putPieces(operation: Operation, pieces: readonly Piece[]): void {
  if (pieces.length > MAX_BUFFERS) {
    throw new RangeError(`${pieces.length} buffers; an operation has room for ${MAX_BUFFERS}`);
  }
  let bytes = 0;
  for (let i = 0; i < pieces.length; i++) {
    const { address, length } = pieces[i]!;
    bytes += length;
    writeBuffer(operation.words, i, address, length);
  }
  checkLength(bytes);
}

/**
 * The address of a caller's memory, which does not move while it is referenced. Its ArrayBuffer must not be
 * transferred while an operation uses it, and in a worker the memory ends with the thread, whatever is under
 * way: there an operation should use native memory.
 *
 * @throws TypeError for what is no memory, or an ArrayBuffer that is detached or can shrink
 */
export function addressOfView(view: ArrayBufferView): number {
  if (!ArrayBuffer.isView(view)) throw new TypeError('memory is a Buffer or another typed array');
  refuseUnstable(view as Uint8Array, 'memory');
  // A small typed array may lie on the JavaScript heap; this moves its bytes out of it for good.
  void view.buffer;
  return view.byteLength === 0 ? 0 : Number(koffi().address(view));
}

/**
 * The address and length of some memory, which must be kept alive and must not move.
 *
 * @throws TypeError as `addressOfView`; RangeError for 4 GiB or more
 */
export function pieceOf(view: ArrayBufferView): Piece {
  return { address: addressOfView(view), length: checkLength(view.byteLength) };
}
