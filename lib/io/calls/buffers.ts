import { asNobody } from '../port/listeners.ts';
import {
  allocateNative,
  GRANULARITY,
  leaveAtEnd,
  type MemoryPart,
  type NativeMemory,
  nativeView,
  resetNative,
} from './native-memory.ts';

/** The sizes of pooled memory: half a KiB, and 4, 16, 64 and 256 KiB. */
export const SIZES = [512, 4096, 16384, 65536, 262144] as const;
export type SizeClass = 0 | 1 | 2 | 3 | 4;
export const LARGEST: SizeClass = 4;

/** Pooled native memory. It never moves and is never freed, only used again. */
export interface PooledBuffer {
  readonly address: number;
  /** Whether the system may have its pages, because nobody has used it for a while. */
  isReset: boolean;
  bytes: Buffer;
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

const free: PooledBuffer[][] = SIZES.map(() => []);
let total = 0;
let available = 0;

/** The smallest size class that so many bytes fit into; undefined where they fit into none. */
export function sizeClassFor(bytes: number): SizeClass | undefined {
  const size = SIZES.findIndex((one) => bytes <= one);
  // A size class is an index of the sizes.
  return size < 0 ? undefined : (size as SizeClass);
}

/** Memory of at least a size class, until `giveBuffer`. Its contents are left over. */
export function takeBuffer(size: SizeClass): PooledBuffer {
  const list = free[size]!;
  if (list.length === 0) grow(size);
  available -= SIZES[size];
  const buffer = list.pop()!;
  buffer.isReset = false;
  return buffer;
}

/** The system must be done with it, and nothing may point into it any more. */
export function giveBuffer(buffer: PooledBuffer): void {
  available += SIZES[buffer.size];
  free[buffer.size]!.push(buffer);
  if (available > KEPT_BYTES && !resetting) resetLater(RESET_MILLISECONDS);
}

// What a burst of connections has taken, and nobody uses any more. The addresses stay, and may be read and
// written at any time; only what was there is lost.

/** So much free memory keeps its pages. */
const KEPT_BYTES = 4 << 20;
/** How long memory is left alone after it became free, in milliseconds. */
const RESET_MILLISECONDS = 1000;
/** Of every processor that Windows runs on. */
const PAGE_BYTES = 4096;
/** The most calls in one turn of the event loop. */
const RESETS_PER_TURN = 64;
/** Between two such turns, in milliseconds. */
const TURN_MILLISECONDS = 20;

let resetting = false;

function resetLater(milliseconds: number): void {
  resetting = true;
  setTimeout(asNobody, milliseconds, reset).unref();
}

/** Lets the system have the pages of free memory that was not used for longest. */
function reset(): void {
  resetting = false;
  let kept = 0;
  const unused: PooledBuffer[] = [];
  for (const list of free) {
    // What was used last is taken next.
    for (let at = list.length - 1; at >= 0; at--) {
      const buffer = list[at]!;
      if (kept < KEPT_BYTES) kept += SIZES[buffer.size];
      else if (!buffer.isReset) unused.push(buffer);
    }
  }
  unused.sort((one, other) => one.address - other.address);
  let calls = 0;
  for (let first = 0; first < unused.length; calls++) {
    if (calls === RESETS_PER_TURN) {
      resetLater(TURN_MILLISECONDS);
      return;
    }
    const { address } = unused[first]!;
    let end = address;
    // Neighbours go in one call.
    for (; unused[first]?.address === end; first++) {
      end += SIZES[unused[first]!.size];
      unused[first]!.isReset = true;
    }
    // A page that neighbours use as well stays as it is.
    const from = Math.ceil(address / PAGE_BYTES) * PAGE_BYTES;
    const to = Math.floor(end / PAGE_BYTES) * PAGE_BYTES;
    if (to > from) resetNative(from, to - from);
  }
}

export function bufferStats(): BufferPoolStats {
  return { bytes: total, free: available };
}

/** Native memory for as long as somebody needs it. */
export interface NativeBlock {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Gives it back to the pool. The system must be done with it. */
  give(): void;
}

/** Memory that is larger than the pool's, by its size, which is a power of two. */
const freeLarge = new Map<number, NativeMemory[]>();

/**
 * Native memory of at least so many bytes, out of the pool where it is large enough. Its contents are
 * left over.
 *
 * @throws WinsockError where the system has no more
 */
export function takeBlock(bytes: number): NativeBlock {
  const size = sizeClassFor(bytes);
  if (size !== undefined) {
    const buffer = takeBuffer(size);
    return { address: buffer.address, bytes: bytesOf(buffer), give: () => giveBuffer(buffer) };
  }
  const length = 2 ** Math.ceil(Math.log2(bytes));
  const list = freeLarge.get(length) ?? [];
  freeLarge.set(length, list);
  const memory = list.pop() ?? allocateNative(length);
  return { ...memory, give: () => list.push(memory) };
}

/**
 * The bytes of a buffer. A handler that was shown them may have transferred their ArrayBuffer to another
 * thread: the memory is still there, and is seen through a new one then.
 */
export function bytesOf(buffer: PooledBuffer): Buffer {
  const size = SIZES[buffer.size];
  if (buffer.bytes.length !== size) {
    const { buffer: memory, byteOffset } = nativeView(buffer.address, size);
    buffer.bytes = Buffer.from(memory, byteOffset, size);
    buffer.view = buffer.bytes;
  }
  return buffer.bytes;
}

leaveAtEnd(takeFree);

/** Takes everything out of the pool, and gives of it what is free as a whole. */
function takeFree(): readonly MemoryPart[] {
  const parts: MemoryPart[] = [];
  for (const list of free) {
    const freeOf = new Map<number, number>();
    for (const { address, size } of list.splice(0)) {
      const length = SIZES[size];
      total -= length;
      available -= length;
      const start = Math.floor(address / GRANULARITY) * GRANULARITY;
      const bytes = (freeOf.get(start) ?? 0) + length;
      freeOf.set(start, bytes);
      if (bytes >= GRANULARITY) parts.push({ address: start, length: bytes });
    }
  }
  for (const [length, list] of freeLarge) {
    for (const { address } of list.splice(0)) parts.push({ address, length });
  }
  return parts;
}

function grow(size: SizeClass): void {
  const length = SIZES[size];
  const slab = allocateNative(Math.max(length, GRANULARITY));
  total += slab.bytes.length;
  available += slab.bytes.length;
  for (let at = slab.bytes.length - length; at >= 0; at -= length) {
    const bytes = Buffer.from(slab.bytes.buffer, slab.bytes.byteOffset + at, length);
    free[size]!.push({ address: slab.address + at, isReset: false, bytes, view: bytes, size });
  }
}
