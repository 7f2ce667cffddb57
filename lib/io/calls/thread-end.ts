/**
 * The end of a worker runs no JavaScript where it is terminated, and frees no SOCKET: its ports would stay
 * taken and its peers without an answer until the process ends. Here the system itself closes what a worker
 * has opened: it waits for the end of the thread, and then calls closesocket or CloseHandle.
 */
import {
  INFINITE,
  SYNCHRONIZE,
  WAIT_OBJECT_0,
  WT_EXECUTEONLYONCE,
} from '../../../defs/kernel.g.ts';
import { isMainThread } from '../../ffi/native/builtins.ts';
import { giveBackKoffiMemory } from '../../ffi/native/koffi-memory.ts';
import { processWords } from '../../ffi/native/process-words.ts';
import { POINTER_BYTES, readPointer } from '../port/operation-layout.ts';
import {
  CloseHandle,
  closesocket,
  GetCurrentThreadId,
  GetModuleHandleW,
  GetProcAddress,
  OpenThread,
  RegisterWaitForSingleObject,
  UnregisterWaitEx,
  WaitForSingleObject,
} from './calls.ts';
import { check, checkNotZero } from './check.ts';
import { withScratch } from './scratch.ts';

const CLOSERS = {
  closesocket: 'ws2_32.dll',
  CloseHandle: 'kernel32.dll',
} as const;

let thread = 0;

interface Wait {
  /** What the system calls it. */
  readonly address: number;
  /** Where it is noted for others; -1 for nowhere. */
  readonly slot: number;
}

/** The waits of this thread, by the handle that they close. */
const waits = new Map<number, Wait>();
const closers = new Map<keyof typeof CLOSERS, number>();

/** In bytes, with the NUL. */
const LONGEST_NAME = 64;

/** The address of one of the functions, for the system to call. */
function addressOf(closer: keyof typeof CLOSERS): number {
  let address = closers.get(closer);
  if (address === undefined) {
    const withName = <T>(name: string, encoding: BufferEncoding, use: (at: number) => T): T =>
      withScratch(LONGEST_NAME, (at, bytes) => {
        bytes.set(Buffer.from(`${name}\0`, encoding));
        return use(at);
      });
    const dll = withName(CLOSERS[closer], 'utf16le', (at) => GetModuleHandleW(at));
    address = withName(closer, 'latin1', (at) => GetProcAddress(dll, at));
    closers.set(closer, checkNotZero(address, 'GetProcAddress'));
  }
  return address;
}

/**
 * Has a handle of a worker closed when the thread ends. Nothing is done on the main thread, whose end is
 * that of the process.
 *
 * @throws WinsockError where the system has no more waits
 */
export function closeWithThread(handle: number, closer: keyof typeof CLOSERS): void {
  if (isMainThread() || waits.has(handle)) return;
  if (thread === 0) {
    thread = checkNotZero(OpenThread(SYNCHRONIZE, 0, GetCurrentThreadId()), 'OpenThread');
    noteThread();
  }
  // The callback is given the handle, and what it does with it is all that is wanted.
  const callback = addressOf(closer);
  withScratch(POINTER_BYTES, (at, bytes) => {
    const ok = RegisterWaitForSingleObject(
      at,
      thread,
      callback,
      handle,
      INFINITE,
      WT_EXECUTEONLYONCE,
    );
    checkNotZero(ok, 'RegisterWaitForSingleObject');
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, POINTER_BYTES / 4);
    waits.set(handle, { address: readPointer(words, 0), slot: noteWait(words) });
  });
}

/** Takes that back: the handle is somebody else's from now on. */
export function spareFromThreadEnd(handle: number): void {
  const wait = waits.get(handle);
  if (wait === undefined) return;
  waits.delete(handle);
  forgetWait(wait.slot);
  UnregisterWaitEx(wait.address, 0);
  leaveWhereLast();
}

/**
 * Closes a handle, and takes back that the system does it.
 *
 * @throws WinsockError as its function fails
 */
export function closeOnce(handle: number, closer: keyof typeof CLOSERS): void {
  const wait = waits.get(handle);
  const isSocket = closer === 'closesocket';
  const name = isSocket ? handle : -handle;
  try {
    if (wait !== undefined) {
      waits.delete(handle);
      forgetWait(wait.slot);
      // A thread that is terminated ends where a native function returns, or where one of JavaScript begins. So none
      // begins here, and when it ends after the first call the number is noted, and after the second it is not.
      threads[CLOSING + place] = name;
      UnregisterWaitEx(wait.address, 0);
      threads[CLOSING + place] = 0;
    }
    if (isSocket) check(closesocket(handle), closer);
    else checkNotZero(CloseHandle(handle), closer);
  } finally {
    if (wait !== undefined) leaveWhereLast();
  }
}

/** Where nothing is left to be closed, nobody needs to know of this thread. */
function leaveWhereLast(): void {
  // Somebody may be about to look at the handle, whose number would be another's. Then it is left to them.
  if (waits.size > 0 || !lock()) return;
  forgetThread();
  CloseHandle(thread);
  thread = 0;
  unlock();
}

/**
 * What a thread that is terminated leaves all the same: its own handle, which nobody in it can close and which its
 * waits look at until its end; those waits, with the threads of the system that wait for them; and the handle that it
 * was about to close itself, where it has just taken that from the system. The threads of a process note all of it in
 * memory that they share. Whoever has started the thread closes what it was about to close as soon as it has ended,
 * and gives the rest back a little later, or somebody does who makes a completion port.
 */
const SHARED = 'threads 1';
const MOST_THREADS = 1000;
/** When a thread is seen to have ended, so many seconds pass before its handle is closed: its waits end meanwhile. */
const SETTLED_SECONDS = 2;
const LONGEST_LOCK_SECONDS = 60;
/** Of all threads together. What comes beyond is not noted, and stays where its thread is terminated. */
const MOST_WAITS = 16_384;
/** In how many places one looks for a free one. */
const TRIES = 64;
/** So long after a thread is said to have ended it is looked for: Bun says so a little before. */
const LOOKS_MILLISECONDS = [0, 100, 4000];

/**
 * Where in the shared memory: since when somebody closes; the handle of each thread; when it was seen to have ended; what it is about
 * to close, as a negative number where that is no socket, with room for threads that are not noted; of each wait the
 * place of its thread plus one; and its address, which is 0 while there is none to be given back.
 */
const CLOSER = 0;
const HANDLES = 1;
const ENDED = HANDLES + MOST_THREADS;
const CLOSING = ENDED + MOST_THREADS;
const OWNERS = CLOSING + MOST_THREADS + 1;
const WAITS = OWNERS + MOST_WAITS;
const WORDS = WAITS + 2 * MOST_WAITS;

let threads: Int32Array = new Int32Array(WORDS);
let isShared = false;
/** Where this thread is noted. */
let place = MOST_THREADS;

/** Looks for the memory of all threads; where the run time has none, a thread notes what it leaves for itself. */
function share(): void {
  if (isShared) return;
  const shared = processWords(SHARED, WORDS);
  if (!shared) return;
  threads = shared;
  isShared = true;
}

function noteThread(): void {
  share();
  if (!isShared) return;
  for (let at = 0; at < MOST_THREADS && place === MOST_THREADS; at++) {
    if (Atomics.compareExchange(threads, HANDLES + at, 0, thread) === 0) place = at;
  }
  if (place < MOST_THREADS) Atomics.store(threads, ENDED + place, 0);
}

let nextSlot = 0;

/**
 * Notes a wait of this thread, which may be terminated wherever a loop or a function begins.
 *
 * @param address the words of its address
 * @returns its slot; -1 where there is no room
 */
function noteWait(address: Uint32Array): number {
  if (place === MOST_THREADS) return -1;
  for (let tries = 0; tries < TRIES; tries++) {
    const slot = nextSlot;
    nextSlot = (slot + 1) % MOST_WAITS;
    if (Atomics.compareExchange(threads, OWNERS + slot, 0, place + 1) !== 0) continue;
    threads[WAITS + 2 * slot] = address[0]!;
    threads[WAITS + 2 * slot + 1] = address[1] ?? 0;
    return slot;
  }
  return -1;
}

/** Forgets a wait that is about to be given back. */
function forgetWait(slot: number): void {
  if (slot < 0) return;
  threads[WAITS + 2 * slot] = 0;
  threads[WAITS + 2 * slot + 1] = 0;
  Atomics.store(threads, OWNERS + slot, 0);
}

/** Gives back the waits of a thread that has ended. */
function endWaitsOf(at: number): void {
  for (let slot = 0; slot < MOST_WAITS; slot++) {
    if (Atomics.load(threads, OWNERS + slot) !== at + 1) continue;
    const words = Uint32Array.from(threads.subarray(WAITS + 2 * slot, WAITS + 2 * slot + 2));
    const address = readPointer(words, 0);
    forgetWait(slot);
    if (address !== 0) UnregisterWaitEx(address, 0);
  }
}

function forgetThread(): void {
  if (place < MOST_THREADS) Atomics.store(threads, HANDLES + place, 0);
  place = MOST_THREADS;
}

let watches = false;

/** Closes what threads have left that were terminated, and does so again at the end of each that is begun here. */
export function closeAfterThreads(): void {
  share();
  if (!isShared) return;
  if (!watches) {
    watches = true;
    process.on('worker', (worker) => worker.once('exit', threadEnded));
  }
  closeLeft();
}

function threadEnded(): void {
  for (const milliseconds of LOOKS_MILLISECONDS) setTimeout(closeLeft, milliseconds).unref();
}

const secondsNow = () => Math.ceil(performance.timeOrigin / 1000 + performance.now() / 1000) | 0;

/**
 * One closes at a time, or two might close the same, and one of them another's by then.
 *
 * @returns whether this thread may; who had it may have been terminated, and has it no longer than a minute
 */
function lock(): boolean {
  const now = secondsNow();
  const since = Atomics.load(threads, CLOSER);
  if (since !== 0 && now - since < LONGEST_LOCK_SECONDS) return false;
  return Atomics.compareExchange(threads, CLOSER, since, now) === since;
}

function unlock(): void {
  Atomics.store(threads, CLOSER, 0);
}

function closeLeft(): void {
  giveBackKoffiMemory();
  if (!lock()) return;
  const now = secondsNow();
  for (let at = 0; at < MOST_THREADS; at++) {
    const handle = Atomics.load(threads, HANDLES + at);
    if (handle === 0 || at === place || WaitForSingleObject(handle, 0) !== WAIT_OBJECT_0) continue;
    const seen = Atomics.load(threads, ENDED + at);
    if (seen === 0) {
      closeUnclosed(Atomics.exchange(threads, CLOSING + at, 0));
      Atomics.store(threads, ENDED + at, now);
    } else if (now - seen >= SETTLED_SECONDS) {
      endWaitsOf(at);
      Atomics.store(threads, ENDED + at, 0);
      Atomics.store(threads, HANDLES + at, 0);
      CloseHandle(handle);
    }
  }
  unlock();
}

/** @param noted see `CLOSING` */
function closeUnclosed(noted: number): void {
  if (noted > 0) closesocket(noted);
  else if (noted < 0) CloseHandle(-noted);
}
