/**
 * The end of a worker runs no JavaScript where it is terminated, and frees no SOCKET: its ports would stay
 * taken and its peers without an answer until the process ends. Here the system itself closes what a worker
 * has opened: it waits for the end of the thread, and then calls closesocket or CloseHandle.
 */
import { isMainThread } from 'node:worker_threads';
import { INFINITE, SYNCHRONIZE, WT_EXECUTEONLYONCE } from '../../../defs/kernel.g.ts';
import { POINTER_BYTES, readPointer } from '../port/operation-layout.ts';
import {
  CloseHandle,
  GetCurrentThreadId,
  GetModuleHandleW,
  GetProcAddress,
  OpenThread,
  RegisterWaitForSingleObject,
  UnregisterWaitEx,
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
  // Where the thread is terminated before, this one handle stays until the process ends: nobody can close it
  // while waits of others may still look at it.
  if (waits.size > 0) return;
  CloseHandle(thread);
  thread = 0;
}
