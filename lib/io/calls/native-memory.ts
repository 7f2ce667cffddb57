import { MEM_COMMIT, MEM_RESERVE, MEM_RESET, PAGE_READWRITE } from '../../../defs/kernel.g.ts';
import { viewOf } from '../../ffi/memory/copies.ts';
import { markForeign } from '../../ffi/memory/foreign.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import { isMainThread } from '../../ffi/native/builtins.ts';
import { koffi } from '../../ffi/native/koffi.ts';
import { processWords } from '../../ffi/native/process-words.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { VirtualAlloc } from './calls.ts';
import { checkNotZero } from './check.ts';

/** VirtualAlloc hands out memory at multiples of this many bytes, on every Windows. */
export const GRANULARITY = 65536;

/** Memory of the process rather than of JavaScript: it neither moves nor ends with a thread. */
export interface NativeMemory {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/**
 * Allocates zeroed memory that the system may write into at any time.
 *
 * The memory is never given back to the system, and that is the point: an operation may outlive the port,
 * the socket and even the thread that started it (`worker.terminate()` runs no JavaScript), and
 * whatever it then writes must land in memory that is still there. Callers pool what they take.
 *
 * @throws WinsockError where the system has no more memory
 */
export function allocateNative(bytes: number): NativeMemory {
  if (isForbidden) return allocateOwn(bytes);
  const left = takeLeft(bytes, false);
  return seen(left ?? checkNotZero(reserve(0, bytes), 'VirtualAlloc'), bytes);
}

/**
 * Memory as that of `allocateNative`, whose addresses are small integers to the engine where that can be had: to hand
 * such a one to a native function takes a third of the time less, and nothing of the heap.
 */
export function allocateLow(bytes: number): NativeMemory {
  if (isForbidden) return allocateOwn(bytes);
  const left = takeLeft(bytes, true);
  if (left !== undefined) return seen(left, bytes);
  for (let tries = 0; tries < TRIES; tries++) {
    // Behind what was taken last, or anywhere: nobody shall know beforehand where it is.
    lowest ??= Math.floor((Math.random() * LOW_END) / GRANULARITY) * GRANULARITY;
    const end = lowest + bytes;
    const address = lowest > 0 && end <= LOW_END ? reserve(lowest, bytes) : 0;
    lowest = address === 0 ? undefined : end;
    if (address !== 0) return seen(address, bytes);
  }
  return allocateNative(bytes);
}

/** Addresses below are small integers to every engine. */
const LOW_END = 2 ** 30;
/** How many places are tried. */
const TRIES = 8;
/** Where the next low memory may be. */
let lowest: number | undefined;

function reserve(address: number, bytes: number): number {
  return VirtualAlloc(address, bytes, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
}

/** Memory of the system as JavaScript sees it. */
function seen(address: number, bytes: number): NativeMemory {
  const buffer = viewOf(address, bytes);
  if (buffer === undefined) {
    isForbidden = true;
    return allocateOwn(bytes);
  }
  markForeign(buffer);
  return { address, bytes: new Uint8Array(buffer) };
}

/**
 * What a thread leaves to those that come later: it would stay for good with each thread that ends. What is free at its
 * end is noted in memory that all threads share, and whoever needs some takes that first. A thread that is terminated
 * runs no JavaScript any more, and its memory stays.
 */
const SHARED = 'memory 1';
/** So many pieces of 64 KiB are noted at most. */
const MOST_LEFT = 4096;
/** Where in the shared memory: how many are noted; and their addresses in units of 64 KiB, 0 where none is. */
const COUNT = 0;
const LEFT = 1;
const WORDS = LEFT + MOST_LEFT;

let noted: Int32Array | undefined;
let isAsked = false;

/** The memory of all threads, which this one leaves something in when it ends; undefined where there is none. */
function notes(): Int32Array | undefined {
  if (isAsked) return noted;
  isAsked = true;
  noted = processWords(SHARED, WORDS);
  // Behind whoever listens already: what they do then may still need memory.
  if (noted && !isMainThread()) process.once('exit', leaveAll);
  return noted;
}

/** @param isLow whether it is to be below `LOW_END`: what is not is kept for others */
function takeLeft(bytes: number, isLow: boolean): number | undefined {
  const words = notes();
  if (!words || bytes !== GRANULARITY || Atomics.load(words, COUNT) <= 0) return undefined;
  for (let at = LEFT; at < WORDS; at++) {
    const unit = Atomics.load(words, at);
    if (unit === 0 || unit * GRANULARITY < LOW_END !== isLow) continue;
    if (Atomics.compareExchange(words, at, unit, 0) !== unit) continue;
    Atomics.sub(words, COUNT, 1);
    return unit * GRANULARITY;
  }
  return undefined;
}

const givers: (() => readonly MemoryPart[])[] = [];

/** A part of the address space. */
export interface MemoryPart {
  readonly address: number;
  /** How many bytes it has, a multiple of GRANULARITY. */
  readonly length: number;
}

/**
 * Has native memory left to other threads when this one ends.
 *
 * @param give gives what is free by then, and has no more to do with it: what needs memory afterwards takes other
 */
export function leaveAtEnd(give: () => readonly MemoryPart[]): void {
  givers.push(give);
}

function leaveAll(): void {
  if (isForbidden) return;
  for (const give of givers) {
    for (const { address, length } of give()) {
      for (let at = 0; at < length; at += GRANULARITY) leave((address + at) / GRANULARITY);
    }
  }
}

function leave(unit: number): void {
  for (let at = LEFT; at < WORDS; at++) {
    if (Atomics.compareExchange(noted!, at, 0, unit) !== 0) continue;
    Atomics.add(noted!, COUNT, 1);
    return;
  }
}

/** Native memory for the arguments of calls, which a module has for as long as its thread lives. */
export class ThreadMemory {
  #memory: (NativeMemory & { readonly words: Uint32Array }) | undefined;

  constructor() {
    leaveAtEnd(() => this.#give());
  }

  /** GRANULARITY bytes, also as 32-bit words; taken at the first use. */
  get(): NativeMemory & { readonly words: Uint32Array } {
    if (!this.#memory) {
      const { address, bytes } = allocateLow(GRANULARITY);
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset, GRANULARITY / 4);
      this.#memory = { address, bytes, words };
    }
    return this.#memory;
  }

  #give(): readonly MemoryPart[] {
    const memory = this.#memory;
    this.#memory = undefined;
    return memory ? [{ address: memory.address, length: GRANULARITY }] : [];
  }
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Every run time has it; its types are those of browsers. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
};

/** Whether the run time forbids buffers over memory that is not JavaScript's. */
let isForbidden = false;

/** Memory of JavaScript's own in their place: that of WebAssembly neither moves nor is ever given back here. */
const own: { readonly address: number; readonly memory: WasmMemory }[] = [];

function allocateOwn(bytes: number): NativeMemory {
  const pages = Math.ceil(bytes / GRANULARITY);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const whole = new Uint8Array(memory.buffer, 0, bytes);
  const address = Number(koffi().address(whole));
  if (address % GRANULARITY !== 0) {
    throw new Error('winsock/io: this run time gives no memory at multiples of 64 KiB');
  }
  own.push({ address, memory });
  markForeign(memory.buffer);
  return { address, bytes: whole };
}

/** The memory of `allocateOwn` that has an address. */
function ownAt(address: number, bytes: number): Uint8Array | undefined {
  const found = own.find(
    (one) =>
      address >= one.address && address + bytes <= one.address + one.memory.buffer.byteLength,
  );
  return found && new Uint8Array(found.memory.buffer, address - found.address, bytes);
}

/**
 * Tells the system that what is in some memory of `allocateNative` is of no interest any more: it may take the
 * pages, and gives others when the memory is used again. The addresses stay valid.
 */
export function resetNative(address: number, bytes: number): void {
  if (isForbidden) return;
  // Where the system will not, the pages stay.
  VirtualAlloc(address, bytes, MEM_RESET, PAGE_READWRITE);
}

/** Memory that `allocateNative` gave, seen through an ArrayBuffer of its own. */
export function nativeView(address: number, bytes: number): Uint8Array {
  // VirtualAlloc gave it as a number.
  return ownAt(address, bytes) ?? memoryAt(address as Pointer, bytes);
}
