/** Whatever a C program could point at: its bytes and its address. */
import { refNapi } from '../native/ref-napi.ts';
import type { Pointer } from '../types/ctype.ts';
import { describe } from '../types/describe.ts';
import { homeOf } from './copies.ts';
import { bufferOf, byteLengthOf, bytesOfView, canShrink, isBuffer, isView } from './intrinsics.ts';

/**
 * Something whose contents a C program could point at. A class, not a shape: memory is recognised
 * without asking an argument's own code, which could answer differently each time.
 */
export abstract class HasBytes {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** The memory, as bytes. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** The bytes of a value that is one; undefined for any other, whatever its prototype says. */
  static bytesOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
    return typeof value === 'object' && value !== null && #bytes in value
      ? value.#bytes
      : undefined;
  }
}

export type Memory = ArrayBufferView | ArrayBufferLike | HasBytes;

export function isMemory(value: unknown): value is Memory {
  return isView(value) || isBuffer(value) || HasBytes.bytesOf(value) !== undefined;
}

/**
 * The bytes of a value that has memory. The result shares the memory.
 *
 * @param where what the memory is for, for the error
 * @throws TypeError for an ArrayBuffer, or a view other than of bytes, whose memory is gone
 */
export function bytesOf(value: Memory, where = 'memory'): Uint8Array<ArrayBuffer> {
  const bytes = HasBytes.bytesOf(value);
  if (bytes) return bytes;
  try {
    // What is no view is a buffer: see above.
    return isView(value) ? bytesOfView(value) : new Uint8Array(value as ArrayBuffer);
  } catch {
    throw new TypeError(`${where}: the ArrayBuffer is detached, or has shrunk`);
  }
}

/** Whether the bytes of a view are gone: transferred to another thread, or to another buffer. */
export function isDetached(memory: Uint8Array | Uint16Array): boolean {
  if (byteLengthOf(memory) > 0) return false;
  try {
    // Refused for such a buffer. (`buffer.detached` is newer than the oldest Node.js that imports this.)
    new Uint8Array(bufferOf(memory));
    return false;
  } catch {
    return true;
  }
}

/**
 * Checks memory whose address native code holds for longer than a call. The memory of a buffer that
 * can shrink would be taken back under its hands; a shared one only grows.
 */
export function refuseUnstable(memory: Uint8Array, where: string): void {
  if (isDetached(memory)) throw new TypeError(`${where}: the ArrayBuffer is detached`);
  if (canShrink(bufferOf(memory))) {
    throw new TypeError(
      `${where}: a resizable ArrayBuffer can shrink while native code has its address; use one of fixed length`,
    );
  }
}

/**
 * The address of a value's memory, as C's `&value`.
 *
 * The caller keeps the value referenced for as long as the address is in use: an address alone
 * does not keep memory alive.
 *
 * @throws TypeError where the value has no memory
 */
export function addressOf(value: Memory): Pointer {
  if (!isMemory(value)) throw new TypeError(`addressOf: ${describe(value)} has no memory`);
  const bytes = bytesOf(value);
  // Moves a small typed array out of the JavaScript heap, where it could be relocated.
  void bufferOf(bytes);
  if (byteLengthOf(bytes) === 0) return 0 as Pointer;
  const home = homeOf(bytes);
  if (home !== undefined) return home as Pointer;
  // It gives an address as a number.
  return refNapi().address(bytes) as Pointer;
}
