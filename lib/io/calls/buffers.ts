import { allocateNative, GRANULARITY } from './native-memory.ts';

/** The sizes of pooled memory: 4, 16, 64 and 256 KiB. */
export const SIZES = [4096, 16384, 65536, 262144] as const;
export type SizeClass = 0 | 1 | 2 | 3;
export const LARGEST: SizeClass = 3;

/** Pooled native memory. It never moves and is never freed, only used again. */
export interface PooledBuffer {
  readonly address: number;
  readonly bytes: Buffer;
  /** The part of it that was shown last. */
  view: Buffer;
  readonly size: SizeClass;
}

/** The pooled memory of a thread, which all its ports share. */
export interface BufferPoolStats {
  /** Bytes taken from the system. */
  bytes: number;
  /** Bytes of them that are not in use. */
  free: number;
}

const free: PooledBuffer[][] = [[], [], [], []];
let total = 0;
let available = 0;

/** Memory of at least a size class, until `giveBuffer`. Its contents are left over. */
export function takeBuffer(size: SizeClass): PooledBuffer {
  const list = free[size]!;
  if (list.length === 0) grow(size);
  available -= SIZES[size];
  return list.pop()!;
}

/** The system must be done with it, and nothing may point into it any more. */
export function giveBuffer(buffer: PooledBuffer): void {
  available += SIZES[buffer.size];
  free[buffer.size]!.push(buffer);
}

export function bufferStats(): BufferPoolStats {
  return { bytes: total, free: available };
}

function grow(size: SizeClass): void {
  const length = SIZES[size];
  const slab = allocateNative(Math.max(length, GRANULARITY));
  total += slab.bytes.length;
  available += slab.bytes.length;
  for (let at = slab.bytes.length - length; at >= 0; at -= length) {
    const bytes = Buffer.from(slab.bytes.buffer, slab.bytes.byteOffset + at, length);
    free[size]!.push({ address: slab.address + at, bytes, view: bytes, size });
  }
}
