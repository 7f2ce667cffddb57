import { WSAETIMEDOUT } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { Association } from '../port/association.ts';
import { COMPLETED, type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import { CANCEL_AGAIN_MILLISECONDS } from '../port/pace.ts';
import type { CompletionPort } from '../port/port.ts';

/** The timers of the run times take any longer time for none at all. */
export const LONGEST_TIMEOUT = 0x7fffffff;

/** How an operation may end early. */
export interface OperationOptions {
  /** Cancels the operation; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the operation is cancelled; the promise rejects with WSAETIMEDOUT. */
  timeout?: number | undefined;
}

/**
 * Runs one operation as a promise.
 *
 * A cancelled operation settles when its packet has come, not when it was cancelled: until then the
 * system may still use the caller's memory. Where it was faster than the cancel, its result counts:
 * no received byte is lost.
 *
 * @param start a start function: COMPLETED, PENDING, or an error code
 * @param result reads the result out of the operation's record
 * @param syscall the name for errors
 */
export function perform<T>(
  port: CompletionPort,
  start: (operation: Operation) => number,
  result: (operation: Operation) => T,
  syscall: string,
  options?: OperationOptions,
): Promise<T> {
  const { signal, timeout } = options ?? {};
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    checkTimeout(timeout, syscall);
    const operation = port.take();
    let code: number;
    try {
      code = start(operation);
    } catch (error) {
      operation.release();
      throw error;
    }
    if (code === COMPLETED && port.maySettleNow()) {
      resolve(takeResult(operation, result));
      return;
    }
    if (code !== COMPLETED && code !== PENDING) {
      operation.release();
      reject(new WinsockError(code, syscall));
      return;
    }
    const call = new Call(result, syscall, resolve, reject);
    operation.target = call;
    if (code === COMPLETED) operation.deliver();
    else call.watch(operation, signal, timeout);
  });
}

export function checkTimeout(timeout: number | undefined, syscall: string): void {
  if (timeout === undefined || timeout >= 0) return;
  throw new RangeError(`${syscall}: a timeout of ${timeout} milliseconds`);
}

/** The same for an operation on a socket or handle, which must be open. */
export function performOn<T>(
  on: Association,
  start: (operation: Operation) => number,
  result: (operation: Operation) => T,
  syscall: string,
  options: OperationOptions | undefined,
): Promise<T> {
  if (on.closed) return Promise.reject(on.closedError(syscall));
  return perform(on.port, start, result, syscall, options);
}

function takeResult<T>(operation: Operation, result: (operation: Operation) => T): T {
  try {
    return result(operation);
  } finally {
    operation.release();
  }
}

class Call<T> implements CompletionTarget {
  readonly #result: (operation: Operation) => T;
  readonly #syscall: string;
  readonly #resolve: (value: T) => void;
  readonly #reject: (reason: unknown) => void;
  #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  #timedOut = false;
  #abort: (() => void) | undefined;

  constructor(
    result: (operation: Operation) => T,
    syscall: string,
    resolve: (value: T) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#result = result;
    this.#syscall = syscall;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  watch(operation: Operation, signal: AbortSignal | undefined, timeout: number | undefined): void {
    if (signal) {
      this.#signal = signal;
      this.#abort = () => this.#cancel(operation);
      signal.addEventListener('abort', this.#abort, { once: true });
    }
    if (timeout !== undefined && timeout <= LONGEST_TIMEOUT) {
      this.#timer = setTimeout(() => {
        this.#timedOut = true;
        this.#cancel(operation);
      }, timeout);
    }
  }

  /** Cancels until the packet has come: see `CANCEL_AGAIN_MILLISECONDS`. */
  #cancel(operation: Operation): void {
    operation.cancel();
    this.#again ??= setInterval(() => operation.cancel(), CANCEL_AGAIN_MILLISECONDS);
  }

  completed(operation: Operation): void {
    clearTimeout(this.#timer);
    clearInterval(this.#again);
    if (this.#abort) this.#signal!.removeEventListener('abort', this.#abort);
    const { code } = operation;
    if (code === 0) {
      let value: T;
      try {
        value = takeResult(operation, this.#result);
      } catch (error) {
        this.#reject(error);
        return;
      }
      this.#resolve(value);
      return;
    }
    operation.release();
    if (code === WSA_OPERATION_ABORTED && this.#signal?.aborted) this.#reject(this.#signal.reason);
    else if (code === WSA_OPERATION_ABORTED && this.#timedOut) {
      this.#reject(new WinsockError(WSAETIMEDOUT, this.#syscall));
    } else this.#reject(new WinsockError(code, this.#syscall));
  }
}
