import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { CreateEventW, SetEvent } from '../../../defs/kernel.g.ts';
import type { HANDLE } from '../../../defs/windows.g.ts';

interface ThreadData {
  readonly winsockRoutine: string;
  readonly parameter: number;
  readonly handle: HANDLE;
}

/** Threads that run: what is not referenced could be collected. */
const running = new Set<Worker>();

/**
 * As C's CreateThread: a worker runs the same program, where `runThread` calls the routine.
 *
 * @param file `import.meta.url`
 * @param routine its name
 * @param parameter a number: a socket, a handle, an address
 * @returns a handle to wait for, which is signaled when the routine has returned
 */
export function CreateThread(file: string, routine: string, parameter: number): HANDLE {
  const handle = CreateEventW(null, 1, 0, null);
  const data: ThreadData = { winsockRoutine: routine, parameter, handle };
  const worker = new Worker(new URL(file), { workerData: data });
  running.add(worker);
  worker.on('exit', () => running.delete(worker));
  return handle;
}

let ended: HANDLE | undefined;

/** Ends the thread that calls it; in the main thread, the program. */
export function _endthreadex(code = 0): never {
  if (ended !== undefined) SetEvent(ended);
  // Of a worker this ends the worker alone.
  process.exit(code);
}

/**
 * In a thread of `CreateThread`, runs its routine.
 *
 * @returns false in the main thread, which goes on with the program
 */
export function runThread(
  routines: Readonly<Record<string, (parameter: number) => unknown>>,
): boolean {
  const data = workerData as ThreadData | null;
  if (isMainThread || !data?.winsockRoutine) return false;
  ended = data.handle;
  const routine = routines[data.winsockRoutine];
  if (!routine) throw new TypeError(`there is no routine ${data.winsockRoutine}`);
  try {
    routine(data.parameter);
  } finally {
    SetEvent(data.handle);
  }
  return true;
}
