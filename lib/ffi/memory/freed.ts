/** What is known of memory that functions of Windows free. */
import type { Pointer } from '../types/ctype.ts';
import { intptr } from '../types/scalars.ts';
import { isForeign } from './foreign.ts';
import { bufferOf, byteLengthOf, byteOffsetOf } from './intrinsics.ts';
import { addressOf } from './memory.ts';

/** Addresses that a function has freed and none has given out since, the latest last. */
const freed = new Set<number>();

/** So many are remembered: what is freed twice is freed soon after. */
const MOST_REMEMBERED = 4096;

/** Variables that an operation which goes on after its call will write an address to. */
const awaited = new Set<WeakRef<Uint8Array>>();
const MOST_AWAITED = 256;

function forgetOldest<T>(of: Set<T>, most: number): void {
  if (of.size <= most) return;
  const [oldest] = of;
  of.delete(oldest!);
}

/** Whether one of those variables holds an address by now. */
function hasArrived(address: number): boolean {
  for (const one of awaited) {
    const variable = one.deref();
    if (variable && (byteLengthOf(variable) === 0 || intptr.get(variable, 0) !== address)) continue;
    awaited.delete(one);
    if (variable) return true;
  }
  return false;
}

/** Types of which functions without checks give out memory, unseen. */
const unseen = new Set<string>();

/** Notes that memory of a type may be given out without a word: its addresses say nothing any more. */
export function markUnseen(type: string): void {
  unseen.add(type);
  unseen.add(ANY_TYPE);
}

/** The type of memory that is freed whatever is in it. */
export const ANY_TYPE = 'void';

/** Notes that memory is about to be freed; false where it was freed before. */
export function markFreed(address: Pointer, type: string): boolean {
  if (unseen.has(type)) return true;
  if (freed.has(address) && !hasArrived(address)) return false;
  freed.add(address);
  forgetOldest(freed, MOST_REMEMBERED);
  return true;
}

/** Notes that a function has given out memory at an address, which may have been freed before. */
export function markAllocated(address: number): void {
  if (freed.size > 0) freed.delete(address);
}

/** Notes that a function has given out memory through a variable, now or when its operation is over. */
export function markGivenOut(variable: Uint8Array): void {
  if (byteLengthOf(variable) === 0) return;
  const address = intptr.get(variable, 0);
  if (address !== 0) {
    markAllocated(address);
    return;
  }
  // A variable in memory of the system's may be gone when it is looked at.
  if (isForeign(bufferOf(variable))) return;
  awaited.add(new WeakRef(variable));
  forgetOldest(awaited, MOST_AWAITED);
}

/** Buffers that begin within memory that a function has given out, not where it begins. */
const parts = new WeakSet<ArrayBuffer>();

/** Notes that a buffer begins within memory that a function has given out. */
export function markPart(buffer: ArrayBuffer): void {
  parts.add(buffer);
}

/** Whether memory is a part of a larger piece, such as a row of a table: only the whole can be freed. */
export function isPart(memory: Uint8Array): boolean {
  return byteOffsetOf(memory) > 0 || parts.has(bufferOf(memory));
}

/** Buffers over memory that has been freed: known where the program is watched. */
const gone = new WeakSet<ArrayBuffer>();

/** Notes that the memory of a buffer has been freed. */
export function markGone(buffer: ArrayBuffer): void {
  gone.add(buffer);
}

/** Whether the memory of a view is known to have been freed. */
export function isGone(memory: Uint8Array): boolean {
  return gone.has(bufferOf(memory));
}

/** Views that were handed to a function which frees their memory. */
const freedViews = new WeakSet<ArrayBuffer>();

/** @throws TypeError where memory cannot be what a function frees, or has been freed before */
export function checkFreeable(memory: Uint8Array<ArrayBuffer>, type: string, where: string): void {
  if (isPart(memory)) {
    throw new TypeError(`${where} is a part of the memory that this call frees; pass the whole`);
  }
  const buffer = bufferOf(memory);
  if (freedViews.has(buffer) || !markFreed(addressOf(memory), type)) {
    throw new TypeError(`${where} has been freed before`);
  }
  freedViews.add(buffer);
}
