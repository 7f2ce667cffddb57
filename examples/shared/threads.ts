/** What the samples take from the C library and kernel32 for their threads. */

import { writeSync } from 'node:fs';
import { format } from 'node:util';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/**
 * CreateThread: runs the same program again as a worker, which asks `lpParameter` what it is for.
 * Handles, addresses and shared memory may be passed; they mean the same in every thread.
 */
export function CreateThread(file: string, parameter: unknown): Worker {
  return new Worker(new URL(file), { workerData: parameter });
}

/** What CreateThread was given, in the thread that it made; undefined in the main thread. */
export function lpParameter<T>(): T | undefined {
  return isMainThread ? undefined : (workerData as T);
}

/** Waits for the ends of threads, as WaitForMultipleObjects does. */
export async function WaitForThreads(threads: readonly Worker[]): Promise<void> {
  await Promise.all(
    threads.map((thread) => new Promise<void>((ended) => thread.once('exit', () => ended()))),
  );
}

/** Prints at once, from whichever thread: a worker's console waits for the main thread. */
export function printf(text: string, ...values: unknown[]): void {
  writeSync(1, format(text, ...values));
}
