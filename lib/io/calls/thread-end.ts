/**
 * The end of a worker runs no JavaScript where it is terminated, and frees no SOCKET: its ports would stay
 * taken and its peers without an answer until the process ends. Here the system itself closes what a worker
 * has opened: it waits for the end of the thread, and then calls closesocket or CloseHandle.
 */
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import {
  INFINITE,
  SYNCHRONIZE,
  WAIT_OBJECT_0,
  WT_EXECUTEONLYONCE,
} from '../../../defs/kernel.g.ts';
import { POINTER_BYTES, readPointer } from '../port/operation-layout.ts';
import {
  CloseHandle,
  GetCurrentThreadId,
  GetModuleHandleW,
  GetProcAddress,
  OpenThread,
  RegisterWaitForSingleObject,
  UnregisterWaitEx,
  WaitForSingleObject,
} from './calls.ts';
import { checkNotZero } from './check.ts';
import { withScratch } from './scratch.ts';

const CLOSERS = {
  closesocket: 'ws2_32.dll',
  CloseHandle: 'kernel32.dll',
} as const;

let thread = 0;
/** The waits of this thread, by the handle that they close. */
const waits = new Map<number, number>();
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
  if (isMainThread || waits.has(handle)) return;
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
    waits.set(handle, readPointer(words, 0));
  });
}

/** Takes that back: the handle is about to be closed, and its number may soon be another's. */
export function spareFromThreadEnd(handle: number): void {
  const wait = waits.get(handle);
  if (wait === undefined) return;
  waits.delete(handle);
  UnregisterWaitEx(wait, 0);
  if (waits.size > 0) return;
  forgetThread();
  CloseHandle(thread);
  thread = 0;
}

/**
 * The handle of a thread that is terminated is left: nobody in it can close it, and its waits look at it until its
 * end. The threads of a process note their handles in memory that they share, and whoever makes a completion port
 * later closes those of threads that are gone. The main thread shares that memory when it makes its first port; in a
 * program whose main thread makes none, the one handle of each terminated worker stays until the process ends.
 */
const SHARED = 'winsock: threads';
const MOST_THREADS = 1000;
/** When a thread is seen to have ended, so many seconds pass before its handle is closed: its waits end meanwhile. */
const SETTLED_SECONDS = 2;

/** Where in the shared memory: who closes; the handle of each thread; when it was seen to have ended. */
const CLOSER = 0;
const HANDLES = 1;
const ENDED = HANDLES + MOST_THREADS;

let shared: Int32Array | undefined;
/** Where the handle of this thread is noted. */
let place = -1;

/** @returns undefined where the main thread has made no port before this thread began */
function sharedMemory(): Int32Array | undefined {
  if (shared) return shared;
  let memory = getEnvironmentData(SHARED) as unknown;
  if (!(memory instanceof SharedArrayBuffer)) {
    if (!isMainThread) return undefined;
    const made = new SharedArrayBuffer((ENDED + MOST_THREADS) * Int32Array.BYTES_PER_ELEMENT);
    setEnvironmentData(SHARED, made);
    memory = made;
  }
  shared = new Int32Array(memory as SharedArrayBuffer);
  return shared;
}

function noteThread(): void {
  const memory = sharedMemory();
  if (!memory) return;
  for (let at = 0; at < MOST_THREADS && place < 0; at++) {
    if (Atomics.compareExchange(memory, HANDLES + at, 0, thread) === 0) place = at;
  }
}

function forgetThread(): void {
  if (place >= 0) Atomics.store(shared!, HANDLES + place, 0);
  place = -1;
}

/** Closes the handles of threads that were terminated. */
export function closeEndedThreads(): void {
  const memory = sharedMemory();
  // One at a time, or two might close the same, and one of them another's by then.
  if (!memory || Atomics.compareExchange(memory, CLOSER, 0, 1) !== 0) return;
  const now = Math.ceil(performance.timeOrigin / 1000 + performance.now() / 1000) | 0;
  for (let at = 0; at < MOST_THREADS; at++) {
    const handle = Atomics.load(memory, HANDLES + at);
    if (handle === 0 || at === place || WaitForSingleObject(handle, 0) !== WAIT_OBJECT_0) continue;
    const seen = Atomics.load(memory, ENDED + at);
    if (seen === 0) Atomics.store(memory, ENDED + at, now);
    if (seen === 0 || now - seen < SETTLED_SECONDS) continue;
    Atomics.store(memory, ENDED + at, 0);
    Atomics.store(memory, HANDLES + at, 0);
    CloseHandle(handle);
  }
  Atomics.store(memory, CLOSER, 0);
}
