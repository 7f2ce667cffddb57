import { GetLastError, SetLastError } from '../windows.g.ts';
import { systemFunction } from './native.ts';

const get = systemFunction(GetLastError);
const set = systemFunction(SetLastError);

/** The calling thread's last error: koffi keeps it from call to call, whatever the run time does between. */
export function lastError(): number {
  return get() as number;
}

/** Sets the calling thread's last error. */
export function setLastError(code: number): void {
  set(code);
}

/** Runs something that may call the system, and leaves the thread's last error as it was: it is the program's. */
export function leavingLastError<T>(use: () => T): T {
  if (process.platform !== 'win32') return use();
  const before = lastError();
  try {
    return use();
  } finally {
    setLastError(before);
  }
}
