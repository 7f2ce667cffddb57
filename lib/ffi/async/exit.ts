/** The end of the process while a call on another thread does not return. */
import { isMainThread, util, writeError } from '../native/builtins.ts';
import { systemFunction } from '../native/native.ts';
import { GetCurrentProcess, TerminateProcess } from '../windows.g.ts';

const getCurrentProcess = systemFunction(GetCurrentProcess);
const terminateProcess = systemFunction(TerminateProcess);

let callsUnderWay: () => number = () => 0;
let isWatching = false;
let fatal: { readonly error: unknown } | undefined;

function terminate(code: number): void {
  // A HANDLE is a number.
  terminateProcess(BigInt.asUintN(64, BigInt(getCurrentProcess() as number)), code);
}

function onFatal(error: unknown): void {
  fatal = { error };
}

/**
 * Node.js waits at its end for the threads of its pool, and one that is in a call which does not return,
 * such as a receive of which nothing comes, would have it wait for ever. What is left to do then is the
 * system's: it closes sockets and handles with the process.
 */
function onExit(code: number): void {
  if (callsUnderWay() === 0) return;
  if (fatal) {
    // Node.js prints the error after this, which it would not come to.
    writeError(`Uncaught:\n${util().inspect(fatal.error)}\n`);
    terminate(code);
  }
  // Asked when all listeners of 'exit' have been called.
  Object.assign(process, { reallyExit: terminate });
}

/**
 * Has the process end though calls are under way on other threads. Asked when one begins, so that the
 * listener is behind those that the program has by then.
 *
 * @param underWay how many calls have not returned
 */
export function exitWithout(underWay: () => number): void {
  callsUnderWay = underWay;
  // Bun does not wait for them; in a worker the process is the main thread's to end.
  const waits =
    process.platform === 'win32' && process.versions.bun === undefined && isMainThread();
  if (!waits) return;
  if (!isWatching) {
    isWatching = true;
    process.on('uncaughtExceptionMonitor', onFatal);
    // Bound now: at the end of the process is no time to load anything.
    getCurrentProcess();
  }
  process.off('exit', onExit);
  process.on('exit', onExit);
}
