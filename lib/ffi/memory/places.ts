/**
 * Where structures live. Memory of a record never moves: it is backed by an ArrayBuffer, whose
 * bytes are outside the JavaScript heap. (A small typed array made without one may lie on the heap
 * and move with a collection; reading its `.buffer` moves it out for good.)
 */
const CHUNK_BYTES = 8192;
const LARGEST_SHARED = 512;
const ALIGNMENT = 16;

let chunk = new ArrayBuffer(CHUNK_BYTES);
let chunkUsed = 0;

export interface Place {
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
}

/**
 * Zeroed memory for one value. Small values share a chunk, which is 10 times cheaper than an
 * ArrayBuffer each; `own` asks for memory of its own, for values that hold addresses: what they
 * keep alive must go when they go, not when their neighbours do.
 */
export function place(bytes: number, own: boolean): Place {
  if (own || bytes > LARGEST_SHARED) return { buffer: new ArrayBuffer(bytes), byteOffset: 0 };
  const needed = (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  if (chunkUsed + needed > CHUNK_BYTES) {
    chunk = new ArrayBuffer(CHUNK_BYTES);
    chunkUsed = 0;
  }
  const byteOffset = chunkUsed;
  chunkUsed += needed;
  return { buffer: chunk, byteOffset };
}
