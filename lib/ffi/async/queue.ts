/** The queue of calls on other threads: any number may be asked for, and each waits for its turn. */
import type { NativeFunction } from '../native/native.ts';
import { exitWithout } from './exit.ts';

/** koffi takes 256 calls at a time, those of other packages included; the pool has few threads anyway. */
const MOST_AT_A_TIME = 128;

/** What koffi says where other packages have used up its calls; the call has not been made then. */
const TOO_MANY = /^Too many asynchronous calls/;
const RETRY_MS = 5;

type Done = (error: unknown, result: unknown) => void;

interface Call {
  readonly native: NativeFunction;
  /** Asked when its turn has come; throws where the call must not be made any more. */
  readonly args: () => readonly unknown[];
  readonly done: Done;
}

let running = 0;
const waiting: Call[] = [];
const { apply } = Reflect;

/** How many calls are under way on other threads. */
export function callsUnderWay(): number {
  return running;
}

/**
 * Makes a call on another thread, when its turn comes.
 *
 * @param native what is called
 * @param args its arguments, asked when its turn has come; what it throws goes to `done`
 * @param done called once, on this thread; until it has returned, the last error is that of the call
 */
export function queueCall(
  native: NativeFunction,
  args: () => readonly unknown[],
  done: Done,
): void {
  const call = { native, args, done };
  if (running >= MOST_AT_A_TIME) waiting.push(call);
  else start(call);
}

function start(call: Call): void {
  if (running === 0) exitWithout(callsUnderWay);
  running++;
  const done: Done = (error, result) => {
    running--;
    // First, because the last error is that of this call until another native call is made.
    call.done(error, result);
    const next = waiting.shift();
    if (next) start(next);
  };
  try {
    apply(call.native.async, call.native, [...call.args(), done]);
  } catch (error) {
    if (error instanceof Error && TOO_MANY.test(error.message)) {
      setTimeout(() => {
        running--;
        start(call);
      }, RETRY_MS);
      return;
    }
    done(error, undefined);
  }
}
