/** Calls on another thread. */
import { WinsockError } from '../errors/errors.ts';
import { bufferOf, isUint8Array } from '../memory/intrinsics.ts';
import { refuseUnstable } from '../memory/memory.ts';
import { isTraced, traceCall } from '../trace/trace.ts';
import { verifyAll } from './assemble.ts';
import type { Definition } from './definition.ts';
import { failureCode, type Prepared } from './prepare.ts';
import { closeAll, errorOf } from './thrown.ts';

/** koffi takes 256 calls at a time; they wait for the few threads of the pool anyway. */
const MOST_AT_A_TIME = 128;
let running = 0;
const waiting: (() => void)[] = [];

function startOrWait(start: () => void): void {
  if (running >= MOST_AT_A_TIME) {
    waiting.push(start);
    return;
  }
  running++;
  start();
}

function startNext(): void {
  const next = waiting.shift();
  if (next) next();
  else running--;
}

/** The arguments of a call on another thread, and the callbacks that end with it. */
function prepareArguments(
  { parameters, convert, checks, transients }: Prepared,
  args: readonly unknown[],
  syscall: string,
) {
  const before = transients.length;
  try {
    const converted = convert.map((one, index) => one(args[index]));
    verifyAll(checks, converted);
    for (const [index, item] of converted.entries()) {
      if (!isUint8Array(item)) continue;
      refuseUnstable(item, `${syscall}: ${parameters[index]!.name}`);
      // Small typed arrays may lie on the JavaScript heap; this moves their bytes out of it for good.
      void bufferOf(item);
    }
    return { converted, callbacks: transients.splice(before) };
  } catch (error) {
    closeAll(transients, before);
    throw error;
  }
}

/** Makes a call on another thread; rejects where it fails. */
export function callAsync(
  { failure, name }: Definition,
  binding: Prepared,
  args: readonly unknown[],
): Promise<unknown> {
  const { parameters, native, finish } = binding;
  return new Promise((resolve, reject) => {
    const { converted, callbacks } = prepareArguments(binding, args, name);
    const started = isTraced(name) ? process.hrtime.bigint() : undefined;
    const finished = (error: unknown, raw: unknown) => {
      startNext();
      // `converted` is named here so that the memory lives until the call is over.
      const errors = closeAll(callbacks);
      if (error || errors.length > 0) {
        reject(error || errorOf(errors));
        return;
      }
      const result = finish ? finish(raw) : raw;
      // Only inside this callback does the thread show the error of the call that ran elsewhere.
      const code = failure.fails(result)
        ? failureCode(failure, parameters, result, converted)
        : undefined;
      if (started !== undefined) {
        const outcome = { result, ...(code === undefined ? {} : { code }) };
        traceCall(name, parameters, args, outcome, process.hrtime.bigint() - started);
      }
      if (code !== undefined && !failure.pending.includes(code))
        reject(new WinsockError(code, name));
      else resolve(result);
    };
    startOrWait(() => {
      try {
        native.async(...converted, finished);
      } catch (error) {
        finished(error, undefined);
      }
    });
  });
}
