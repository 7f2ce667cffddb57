/**
 * Where structures live. Memory of a record never moves: it is backed by an ArrayBuffer, whose
 * bytes are outside the JavaScript heap. (A small typed array made without one may lie on the heap
 * and move with a collection; reading its `.buffer` moves it out for good.)
 */
import { bytesOfBuffer } from './intrinsics.ts';
import { pin } from './pinned.ts';

const CHUNK_BYTES = 8192;
const LARGEST_SHARED = 512;
const ALIGNMENT = 16;

export interface Place {
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
}

/** Memory that is handed out piece by piece. Many values lie in one chunk, so no one may take it away. */
class Chunks {
  #chunk: ArrayBuffer | undefined;
  #used = CHUNK_BYTES;

  place(bytes: number): Place {
    const needed = (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    const chunk = this.#chunkFor(needed);
    const byteOffset = this.#used;
    this.#used += needed;
    return { buffer: chunk, byteOffset };
  }

  #chunkFor(needed: number): ArrayBuffer {
    const chunk = this.#chunk;
    // A chunk that was detached all the same has no memory left.
    if (chunk && this.#used + needed <= bytesOfBuffer(chunk)) return chunk;
    const next = new ArrayBuffer(CHUNK_BYTES);
    pin(next);
    shared.add(next);
    this.#chunk = next;
    this.#used = 0;
    return next;
  }
}

const shared = new WeakSet<ArrayBuffer>();
const chunks = new Chunks();
const constants = new Chunks();

/**
 * Zeroed memory for one value. Small values share a chunk, which is 10 times cheaper than an
 * ArrayBuffer each; `own` asks for memory of its own, for values that hold addresses: what they
 * keep alive must go when they go, not when their neighbours do.
 */
export function place(bytes: number, own: boolean): Place {
  if (own || bytes > LARGEST_SHARED) return { buffer: new ArrayBuffer(bytes), byteOffset: 0 };
  return chunks.place(bytes);
}

/** Zeroed memory for a constant, apart from the program's own values. */
export function placeOfConstant(bytes: number): Place {
  return constants.place(bytes);
}

/** Whether a buffer holds values that have nothing to do with each other. */
export function holdsMany(buffer: ArrayBuffer): boolean {
  return shared.has(buffer);
}
