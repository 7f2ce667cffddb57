import { koffi, refNapi } from '../native/native.ts';
import { hostArch } from '../types/arch.ts';
import type { Pointer } from '../types/ctype.ts';
import { describe } from '../types/ctype.ts';

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
  readonly buffer: ArrayBufferLike;
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

/**
 * Something whose contents a C program could point at. A class, not a shape: memory is recognised
 * without asking an argument's own code, which could answer differently each time.
 */
export abstract class HasBytes {
  abstract readonly bytes: Uint8Array;
}

export type Memory = ArrayBufferView | ArrayBufferLike | HasBytes;

const HIGHEST_ADDRESS = hostArch === 'ia32' ? 0xffffffff : 2 ** 48;

/** Nothing is ever mapped below: a smaller number is a length, a handle or a flag gone astray. */
const LOWEST_ADDRESS = 0x10000;

export function isMemory(value: unknown): value is Memory {
  return (
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    value instanceof SharedArrayBuffer ||
    value instanceof HasBytes
  );
}

/** The bytes of a value that has memory. The result shares the memory. */
export function bytesOf(value: Memory): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
    return new Uint8Array(value);
  }
  return value.bytes;
}

/** Whether the bytes of a view are gone: transferred to another thread, or to another buffer. */
export function isDetached(memory: Uint8Array): boolean {
  if (memory.byteLength > 0) return false;
  try {
    // Refused for such a buffer. (`buffer.detached` is newer than the oldest Node.js that imports this.)
    new Uint8Array(memory.buffer);
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
  if ((memory.buffer as { resizable?: boolean }).resizable === true) {
    throw new TypeError(
      `${where}: a resizable ArrayBuffer can shrink while native code has its address; use one of fixed length`,
    );
  }
}

/** What to write in place of a value that is no address; empty where nothing is known. */
export type Advice = (value: unknown) => string;

const noAdvice: Advice = () => '';

/** Checks that a number fits a pointer, whether or not there is memory at it; NULL is 0. */
export function checkPointer(
  value: unknown,
  where: string,
  wanted = 'memory, an address or null',
  advice = noAdvice,
): Pointer {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    throw new TypeError(`${where} must be ${wanted}, got ${describe(value)}${advice(value)}`);
  }
  if (number < 0 || number >= HIGHEST_ADDRESS) throw notAnAddress(value, where, advice);
  return number as Pointer;
}

/** Checks that a number can be the address of memory; NULL is 0. */
export function checkAddress(
  value: unknown,
  where: string,
  wanted?: string,
  advice = noAdvice,
): Pointer {
  const pointer = checkPointer(value, where, wanted, advice);
  if (pointer !== 0 && pointer < LOWEST_ADDRESS) throw notAnAddress(value, where, advice);
  return pointer;
}

function notAnAddress(value: unknown, where: string, advice: Advice): RangeError {
  return new RangeError(`${where}: ${describe(value)} is not an address${advice(value)}`);
}

/**
 * The address of a value's memory, as C's `&value`.
 *
 * The caller keeps the value referenced for as long as the address is in use: an address alone
 * does not keep memory alive.
 */
export function addressOf(value: Memory): Pointer {
  if (!isMemory(value)) throw new TypeError(`addressOf: ${describe(value)} has no memory`);
  const bytes = bytesOf(value);
  // Moves a small typed array out of the JavaScript heap, where it could be relocated.
  void bytes.buffer;
  if (bytes.byteLength === 0) return 0 as Pointer;
  return refNapi().address(bytes as Buffer) as Pointer;
}

const origins = new WeakMap<Uint8Array, Uint8Array>();

/** The memory that a view was cut from, so that what is longer than the view can be reached from it. */
export function originOf(view: Uint8Array): Uint8Array {
  return origins.get(view) ?? view;
}

export function setOrigin(view: Uint8Array, origin: Uint8Array): void {
  if (origin.byteLength > view.byteLength) origins.set(view, origin);
}

/** ArrayBuffers over memory that JavaScript does not own, so its extent is not known. */
const foreign = new WeakSet<ArrayBufferLike>();

export function isForeign(buffer: ArrayBufferLike): boolean {
  return foreign.has(buffer);
}

/** Memory that was handed to a function which frees it. */
const freed = new WeakSet<ArrayBufferLike>();

/** Notes that memory is about to be freed; false where it was freed before. */
export function markFreed(buffer: ArrayBufferLike): boolean {
  if (freed.has(buffer)) return false;
  freed.add(buffer);
  return true;
}

/**
 * Memory at an address, without copying. Nothing tells JavaScript when the memory is freed: reading
 * it later is undefined, as in C.
 */
export function memoryAt(address: Pointer, bytes: number): Uint8Array {
  if (address === 0) throw new TypeError('memory at NULL cannot be read');
  // koffi rather than ref-napi: ref-napi's buffers over foreign memory claim 1 GiB each, and every
  // one of them sets off garbage collections.
  const buffer = koffi().view(BigInt(address), bytes);
  foreign.add(buffer);
  return new Uint8Array(buffer);
}

/**
 * Whether there are as many bytes from the start of a view, which may be beyond its end: a view that was
 * cast from longer memory reaches to the end of that, and of memory of the system's nothing says how far
 * it goes.
 */
export function reaches(view: Uint8Array, bytes: number): boolean {
  if (bytes <= view.byteLength || isForeign(view.buffer)) return true;
  const whole = originOf(view);
  return view.byteOffset + bytes <= whole.byteOffset + whole.byteLength;
}

/** That memory, from an offset on; undefined where there is less. */
export function reach(view: Uint8Array, offset: number, bytes: number): Uint8Array | undefined {
  if (!reaches(view, offset + bytes)) return undefined;
  return isForeign(view.buffer)
    ? memoryAt((addressOf(view) + offset) as Pointer, bytes)
    : new Uint8Array(view.buffer, view.byteOffset + offset, bytes);
}

interface Kept {
  readonly target: object;
  readonly address: number;
}

/** What the addresses written into some memory point at, so that it lives as long as that memory. */
const kept = new WeakMap<ArrayBufferLike, Map<number, Kept>>();

/** Ties `target` to the pointer stored at `offset` of `memory`, in place of what was tied before. */
export function keepAlive(
  memory: Uint8Array,
  offset: number,
  target: object | null,
  address: number,
): void {
  let targets = kept.get(memory.buffer);
  const at = memory.byteOffset + offset;
  if (target === null) {
    targets?.delete(at);
    return;
  }
  if (!targets) {
    targets = new Map();
    kept.set(memory.buffer, targets);
  }
  targets.set(at, { target, address });
}

/** Ties what is tied to the pointers in `source` to their copies, which lie at an offset of `memory`. */
export function copyKept(source: Uint8Array, memory: Uint8Array, offset: number): void {
  const targets = kept.get(source.buffer);
  if (!targets) return;
  const end = source.byteOffset + source.byteLength;
  for (const [at, { target, address }] of [...targets]) {
    if (at < source.byteOffset || at >= end) continue;
    keepAlive(memory, offset + at - source.byteOffset, target, address);
  }
}

/** What keepAlive tied to this place, if the pointer stored there is still the one it was tied to. */
export function keptAt(memory: Uint8Array, offset: number, address: number): object | undefined {
  const entry = kept.get(memory.buffer)?.get(memory.byteOffset + offset);
  return entry && entry.address === address ? entry.target : undefined;
}
