import {
  bufferOf,
  byteLengthOf,
  byteOffsetOf,
  bytesOfBuffer,
  bytesOfView,
  isShared,
  isView,
} from '../../ffi/memory/intrinsics.ts';
import { isDetached, refuseUnstable } from '../../ffi/memory/memory.ts';
import { koffi } from '../../ffi/native/koffi.ts';
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
 * @returns how many bytes they have together
 * @throws RangeError for more buffers or bytes than one operation takes
 */
export function putPieces(operation: Operation, pieces: readonly Piece[]): number {
  const count = pieces.length;
  if (count > MAX_BUFFERS) {
    throw new RangeError(`${count} buffers; an operation has room for ${MAX_BUFFERS}`);
  }
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const { address, length } = pieces[i]!;
    bytes += length;
    writeBuffer(operation.words, i, address, length);
  }
  return checkLength(bytes);
}

/**
 * The address of a caller's memory, which does not move while it is referenced. Its ArrayBuffer must not be
 * transferred while an operation uses it, and in a worker the memory ends with the thread, whatever is under
 * way: there an operation should use native memory.
 *
 * @throws TypeError for what is no memory, or an ArrayBuffer that is detached or can shrink
 */
export function addressOfView(view: ArrayBufferView): number {
  return addressOfBytes(bytesOfMemory(view));
}

/**
 * The address and length of some memory, which must be kept alive and must not move.
 *
 * @throws TypeError as `addressOfView`; RangeError for 4 GiB or more
 */
export function pieceOf(view: ArrayBufferView): Piece {
  const bytes = bytesOfMemory(view);
  return { address: addressOfBytes(bytes), length: checkLength(byteLengthOf(bytes)) };
}

/** @throws TypeError for memory of data that was transferred before it was sent: nothing of it is left to send */
export function refuseDetached(data: Uint8Array): void {
  if (isDetached(data)) throw new TypeError('the memory was transferred before it was sent');
}

/** @throws TypeError for what is no memory */
export function bytesOfMemory(view: ArrayBufferView): Uint8Array<ArrayBuffer> {
  if (!isView(view)) throw new TypeError('memory is a Buffer or another typed array');
  return bytesOfView(view);
}

/** The longest buffer whose address is remembered, in bytes: remembering keeps it alive. */
const REMEMBERED_BYTES = 1 << 16;

/** A buffer that was asked for last, and its address: small Buffers share one, and are often sent one after another. */
let lastBuffer: ArrayBuffer | undefined;
let lastAddress = 0;

function addressOfBytes(bytes: Uint8Array<ArrayBuffer>): number {
  // Looking at its buffer moves the bytes of a small typed array out of the JavaScript heap for good.
  const buffer = bufferOf(bytes);
  const length = byteLengthOf(bytes);
  // The memory of a buffer that is not detached stays where it is, and a view of a detached one has no bytes.
  if (buffer === lastBuffer && length > 0) return lastAddress + byteOffsetOf(bytes);
  refuseUnstable(bytes, 'memory');
  if (length === 0) return 0;
  const address = Number(koffi().address(bytes));
  if (!isShared(buffer) && bytesOfBuffer(buffer) <= REMEMBERED_BYTES) {
    lastBuffer = buffer;
    lastAddress = address - byteOffsetOf(bytes);
  }
  return address;
}
