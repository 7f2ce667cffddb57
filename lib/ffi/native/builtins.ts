/**
 * What is used of Node.js' larger modules: by `require`, and where it can be at the first use only. An `import` of one
 * asks it for each of its exports, some of which load others; with node:util, node:fs and node:worker_threads that
 * takes as long as the import of all the rest.
 */
import type * as Fs from 'node:fs';
import type * as Os from 'node:os';
import type * as Timers from 'node:timers/promises';
import type * as Util from 'node:util';
import type * as Threads from 'node:worker_threads';
import { createRequire, HERE } from './here.ts';

const builtIn = createRequire(HERE);

/** What the engine says of values, of whatever realm. */
export const { types } = util();

/** node:util */
export function util(): typeof Util {
  return builtIn('node:util') as typeof Util;
}

const STANDARD_ERROR = 2;

/**
 * Writes to standard error at once.
 *
 * @throws Error where nobody can read it
 */
export function writeError(text: string): void {
  (builtIn('node:fs') as typeof Fs).writeSync(STANDARD_ERROR, text);
}

/** Whether there is a file of that name, or a link to one. */
export function isThere(name: string): boolean {
  return (builtIn('node:fs') as typeof Fs).existsSync(name);
}

/** Resolves after so many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return (builtIn('node:timers/promises') as typeof Timers).setTimeout(milliseconds);
}

/** How many threads the system runs at once. */
export function availableParallelism(): number {
  return (builtIn('node:os') as typeof Os).availableParallelism();
}

let known: typeof Threads | undefined;

/** node:worker_threads */
export function workerThreads(): typeof Threads {
  known ??= builtIn('node:worker_threads') as typeof Threads;
  return known;
}

/** Whether Node.js has loaded a part of itself; false where that cannot be told. */
export function isBuiltInLoaded(part: string): boolean {
  // Node.js has this list and does not document it.
  const { moduleLoadList = [] } = process as unknown as { moduleLoadList?: string[] };
  return moduleLoadList.includes(`NativeModule ${part}`);
}

let isMain: boolean | undefined;

/** Whether this is the main thread of the process. */
export function isMainThread(): boolean {
  isMain ??= workerThreads().isMainThread;
  return isMain;
}
