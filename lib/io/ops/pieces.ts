import { koffi } from '../../ffi/native/native.ts';
import type { Operation } from '../port/operation.ts';
import { MAX_BUFFERS, writeBuffer } from '../port/operation-layout.ts';

/** A piece of memory. Its owner must be among what the operation keeps. */
export interface Piece {
  /** Of native memory, or of memory that is kept alive meanwhile. */
  readonly address: number;
  /** In bytes. */
  readonly length: number;
}

/** Fills the record's WSABUFs. */
export function putPieces(operation: Operation, pieces: readonly Piece[]): void {
  if (pieces.length > MAX_BUFFERS) {
    throw new RangeError(`${pieces.length} buffers; an operation has room for ${MAX_BUFFERS}`);
  }
  for (let i = 0; i < pieces.length; i++) {
    const { address, length } = pieces[i]!;
    writeBuffer(operation.words, i, address, length);
  }
}

/**
 * The address of a caller's memory, which does not move while it is referenced. An ArrayBuffer
 * must not be transferred or resized while an operation uses it.
 */
export function addressOfView(view: ArrayBufferView): number {
  if (!ArrayBuffer.isView(view)) throw new TypeError('memory is a Buffer or another typed array');
  // A small typed array may lie on the JavaScript heap; this moves its bytes out of it for good.
  void view.buffer;
  return view.byteLength === 0 ? 0 : Number(koffi().address(view));
}

/** The address and length of some memory, which must be kept alive and must not move. */
export function pieceOf(view: ArrayBufferView): Piece {
  return { address: addressOfView(view), length: view.byteLength };
}
