/** The queue of calls on other threads: any number may be asked for, and each waits for its turn. */
import { availableParallelism, isMainThread } from '../native/builtins.ts';
import type { NativeFunction } from '../native/kernel32.ts';
import { endable } from './endable.ts';
import { exitWithout } from './exit.ts';

/** koffi takes 256 calls at a time, those of other packages included; the pool has few threads anyway. */
const MOST_IN_KOFFI = 128;

/** How many threads the pool of the run time has, where nothing else is asked for. */
const usualThreads = () => (process.versions.bun === undefined ? 4 : availableParallelism());

/**
 * In a worker no more than run at once: what has begun can be cancelled when the worker ends, and what waits here is
 * never begun then, but what waits in the pool would be.
 */
function mostAtATime(): number {
  if (isMainThread()) return MOST_IN_KOFFI;
  return Math.min(Number(process.env.UV_THREADPOOL_SIZE) || usualThreads(), MOST_IN_KOFFI);
}

let most: number | undefined;

/** What koffi says where other packages have used up its calls; the call has not been made then. */
const TOO_MANY = /^Too many asynchronous calls/;
const RETRY_MS = 5;

type Done = (error: unknown, result: unknown) => void;

export interface Call {
  /** The function. */
  readonly name: string;
  readonly native: NativeFunction;
  /** Its arguments, asked when its turn has come; what this throws goes to `done`. */
  readonly args: () => readonly unknown[];
  /** Called once, on this thread; until it has returned, the last error is that of the call. */
  readonly done: Done;
  /** The SOCKET or HANDLE that the call is about; undefined where it is about none. */
  readonly handle: number | undefined;
}

let running = 0;
const waiting: Call[] = [];
const { apply } = Reflect;

/** How many calls are under way on other threads. */
export function callsUnderWay(): number {
  return running;
}

/** Makes a call on another thread, when its turn comes. */
export function queueCall(call: Call): void {
  most ??= mostAtATime();
  if (running >= most) waiting.push(call);
  else start(call);
}

function start(call: Call): void {
  if (running === 0) exitWithout(callsUnderWay);
  running++;
  let spare = () => {};
  const done: Done = (error, result) => {
    running--;
    // First, because the last error is that of this call until another native call is made.
    call.done(error, result);
    spare();
    const next = waiting.shift();
    if (next) start(next);
  };
  try {
    const { native } = call;
    const handed = endable(call.name, { native, args: call.args() }, call.handle);
    spare = handed.spare;
    apply(handed.native.async, handed.native, [...handed.args, done]);
  } catch (error) {
    if (error instanceof Error && TOO_MANY.test(error.message)) {
      spare();
      setTimeout(() => {
        running--;
        start(call);
      }, RETRY_MS);
      return;
    }
    done(error, undefined);
  }
}
