/**
 * What koffi keeps of a thread that has ended. It makes the calls of each thread on a stack of their own, with memory
 * for their arguments beside it, and does not give them back: 3 MiB that the system has to have ready for each worker
 * that ever made a call, and for each poller. So every thread but the main one is noted with them in memory that all
 * threads share, and whichever thread begins after its end gives them back.
 *
 * Nobody runs on such a stack any more: a thread's handle is signalled when the thread is gone, and all that belongs to
 * it in JavaScript is gone before it. Calls that koffi makes on other threads have stacks of their own.
 */
import {
  CloseHandle,
  GetCurrentThreadId,
  GetCurrentThreadStackLimits,
  lstrcpyA,
  MEM_RELEASE,
  MEMORY_BASIC_INFORMATION_LAYOUT,
  OpenThread,
  SYNCHRONIZE,
  VirtualFree,
  VirtualQuery,
  WAIT_OBJECT_0,
  WaitForSingleObject,
} from '../windows.g.ts';
import { isMainThread } from './builtins.ts';
import { ABI_POINTER_RESULT, bindKernel32, kernel32 } from './kernel32.ts';
import { koffi } from './koffi.ts';
import { processWords } from './process-words.ts';

/** Versions of koffi whose source keeps them: one that gives them back itself must not have them taken from it. */
const KEEPING: readonly string[] = ['3.3.4'];

const MOST_THREADS = 4096;
/** What is allocated begins at multiples of this many bytes, on every Windows. */
const UNIT = 65536;

/** Where in the shared memory, for each thread: its handle, and where its stack and its memory begin, in units. */
const HANDLES = 0;
const STACKS = MOST_THREADS;
const HEAPS = 2 * MOST_THREADS;
const WORDS = 3 * MOST_THREADS;
/** In place of a handle: somebody looks whether the thread is gone. */
const TAKEN = -1;

/** The memory of all threads; undefined where koffi is another one, or there is no such memory. */
function notes(): Int32Array | undefined {
  return KEEPING.includes(koffi().version) ? processWords('koffi 1', WORDS) : undefined;
}

/** Notes what koffi has allocated for this thread, for another to give it back. */
export function noteKoffiMemory(): void {
  if (isMainThread()) return;
  const words = notes();
  if (!words) return;
  giveBackKoffiMemory();
  note(words);
}

/** Gives back what koffi has of threads that are gone. */
export function giveBackKoffiMemory(): void {
  const words = notes();
  if (!words) return;
  const waitFor = bindKernel32(WaitForSingleObject);
  for (let at = 0; at < MOST_THREADS; at++) {
    const handle = Atomics.load(words, HANDLES + at);
    // Taken before it is waited for: another thread may give all of it back meanwhile and close the handle, and its
    // number may then be that of a thread that has just begun and has noted itself here. A thread that is terminated
    // while it has one leaves it taken: then what was to be given back stays.
    if (handle === 0 || handle === TAKEN) continue;
    if (Atomics.compareExchange(words, HANDLES + at, handle, TAKEN) !== handle) continue;
    if (waitFor(handle, 0) === WAIT_OBJECT_0) {
      for (const part of [STACKS, HEAPS]) free(Atomics.exchange(words, part + at, 0) * UNIT);
      bindKernel32(CloseHandle)(handle);
      Atomics.store(words, HANDLES + at, 0);
    } else {
      Atomics.store(words, HANDLES + at, handle);
    }
  }
}

function free(address: number): void {
  if (address !== 0) bindKernel32(VirtualFree)(BigInt(address), 0, MEM_RELEASE);
}

function note(words: Int32Array): void {
  const { sync_stack_size: stackBytes, sync_heap_size: heapBytes } = koffi().config();
  const stack = allocationOf(lowEndOfStack(), stackBytes) / UNIT;
  const heap = allocationOf(placeOfArgument(), heapBytes) / UNIT;
  // Another copy of this package in the same thread may have the same koffi, and has noted it: it is to be given back
  // once. Whoever does so takes the note away first.
  if (stack === 0 || words.subarray(STACKS, HEAPS).includes(stack)) return;
  // It gives a handle, which is an integer here.
  const own = bindKernel32(OpenThread)(
    SYNCHRONIZE,
    0,
    bindKernel32(GetCurrentThreadId)(),
  ) as number;
  if (own === 0) return;
  for (let at = 0; at < MOST_THREADS; at++) {
    if (Atomics.compareExchange(words, HANDLES + at, 0, own) !== 0) continue;
    // Nobody reads them before this thread is gone.
    Atomics.store(words, STACKS + at, stack);
    Atomics.store(words, HEAPS + at, heap);
    return;
  }
  // So many threads are there that this one is not noted, and what it has stays.
  bindKernel32(CloseHandle)(own);
}

/** Where the stack ends on which this very call runs: koffi tells the system of its own, as long as a call takes. */
function lowEndOfStack(): number {
  const low = Buffer.alloc(8);
  bindKernel32(GetCurrentThreadStackLimits)(low, Buffer.alloc(8));
  return Number(low.readBigUInt64LE());
}

/** Where koffi puts the strings that it is given: the function returns the address of the first. */
function placeOfArgument(): number {
  const copy = kernel32().func('__stdcall', lstrcpyA.name, ABI_POINTER_RESULT, ['str', 'str']);
  return copy('', '') as number;
}

/**
 * Where what was allocated with an address in it begins; 0 where from that page on it has not as many bytes as koffi
 * allocates.
 */
function allocationOf(address: number, bytes: number | undefined): number {
  const offsets = MEMORY_BASIC_INFORMATION_LAYOUT;
  const answer = Buffer.alloc(offsets.size);
  if (bindKernel32(VirtualQuery)(BigInt(address), answer, offsets.size) === 0) return 0;
  const read = (offset: number) =>
    offsets.size === 48 ? Number(answer.readBigUInt64LE(offset)) : answer.readUInt32LE(offset);
  return read(offsets.RegionSize) === bytes ? read(offsets.AllocationBase) : 0;
}
