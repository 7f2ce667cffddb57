/** What the samples take from the C library and kernel32 for their threads. */

import { writeSync } from 'node:fs';
import { format } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { WSAGetLastError } from 'winsock';

/** A thread: it has ended when the promise resolves, to C's "signaled". */
export interface Thread {
  readonly ended: Promise<void>;
}

/**
 * CreateThread: runs the same program again as a worker, where `start` calls the thread's routine.
 * Handles, addresses and shared memory may be passed; they mean the same in every thread.
 */
export async function CreateThread(file: string, parameter: unknown): Promise<Thread> {
  const worker = new Worker(new URL(file), { workerData: parameter });
  const message = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      worker.on('message', (message) => message === wanted && resolve());
      worker.once('error', reject);
      worker.once('exit', () => resolve());
    });
  const ended = message('ended');
  // One after the other: Bun does not load a native module in two threads at a time.
  await message('started');
  return { ended };
}

/** WaitForMultipleObjects, for all threads. */
export async function WaitForThreads(threads: readonly Thread[]): Promise<void> {
  await Promise.all(threads.map(({ ended }) => ended));
}

/** The program: `main` in the main thread, `routine` in each thread that CreateThread makes. */
export async function start<T>(
  main: () => Promise<number>,
  routine: (parameter: T) => void,
): Promise<void> {
  if (isMainThread) process.exit(await main());
  WSAGetLastError();
  parentPort!.postMessage('started');
  routine(workerData as T);
  parentPort!.postMessage('ended');
  // Bun crashes when a thread ends that has looked at native memory: there it stays until the process ends.
  if (process.versions.bun) parentPort!.on('message', () => {});
}

/** Prints at once, from whichever thread: a worker's console waits for the main thread. */
export function printf(text: string, ...values: unknown[]): void {
  writeSync(1, format(text, ...values));
}
