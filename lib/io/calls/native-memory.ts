import { MEM_COMMIT, MEM_RESERVE, MEM_RESET, PAGE_READWRITE } from '../../../defs/kernel.g.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
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
 */
export function allocateNative(bytes: number): NativeMemory {
  const address = VirtualAlloc(0, bytes, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
  checkNotZero(address, 'VirtualAlloc');
  return { address, bytes: nativeView(address, bytes) };
}

/**
 * Tells the system that what is in some memory of `allocateNative` is of no interest any more: it may take the
 * pages, and gives others when the memory is used again. The addresses stay valid.
 */
export function resetNative(address: number, bytes: number): void {
  // Where the system will not, the pages stay.
  VirtualAlloc(address, bytes, MEM_RESET, PAGE_READWRITE);
}

/** Memory that `allocateNative` gave, seen through an ArrayBuffer of its own. */
export function nativeView(address: number, bytes: number): Uint8Array {
  // VirtualAlloc gave it as a number.
  return memoryAt(address as Pointer, bytes);
}
