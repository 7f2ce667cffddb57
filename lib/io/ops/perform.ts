import { WSAECONNABORTED } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { COMPLETED, type CompletionTarget, type Operation } from '../port/operation.ts';
import { type OperationOptions, watch } from './give-up.ts';

/**
 * A cancel is repeated every so many milliseconds while its packet has not come. Wine forgets one
 * that comes while it is busy with the next part of a long send.
 */
export const CANCEL_AGAIN_MILLISECONDS = 20;

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
 * @param options that were checked
 * @throws by rejection: WinsockError of the call, what the start function throws, the
 *   signal's reason, WSAETIMEDOUT
 */
export function perform<T>(
  delivery: Delivery,
  start: (operation: Operation) => number,
  result: (operation: Operation) => T,
  syscall: string,
  options: OperationOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    const operation = delivery.take();
    let code: number;
    try {
      code = start(operation);
    } catch (error) {
      operation.release();
      throw error;
    }
    if (code === COMPLETED && delivery.maySettleNow()) {
      resolve(takeResult(operation, result));
      return;
    }
    const call = new PendingPromise(delivery, start, result, syscall, resolve, reject);
    operation.target = call;
    if (operation.goesOn(code)) {
      if (operation.pending) call.watch(operation, options);
    } else {
      operation.release();
      reject(new WinsockError(code, syscall));
    }
  });
}

/**
 * Runs one operation on a socket or handle as a promise, where that is open.
 *
 * @throws by rejection: as `perform` does, and WinsockError where the socket or handle is closed
 */
export function performOpen<T>(
  delivery: Delivery,
  on: Association,
  start: (operation: Operation) => number,
  result: (operation: Operation) => T,
  syscall: string,
  options: OperationOptions,
): Promise<T> {
  const startOpen = (operation: Operation) => {
    on.handleFor(syscall);
    return start(operation);
  };
  return perform(delivery, startOpen, result, syscall, options);
}

/** The result of an operation that has moved bytes: how many. */
export function bytesOf({ bytes }: Operation): number {
  return bytes;
}

function takeResult<T>(operation: Operation, result: (operation: Operation) => T): T {
  try {
    return result(operation);
  } finally {
    operation.release();
  }
}

class PendingPromise<T> implements CompletionTarget {
  readonly #delivery: Delivery;
  readonly #start: (operation: Operation) => number;
  readonly #result: (operation: Operation) => T;
  readonly #syscall: string;
  readonly #resolve: (value: T) => void;
  readonly #reject: (reason: unknown) => void;
  #endWatch: (() => void) | undefined;
  #again: NodeJS.Timeout | undefined;
  /** Why it was given up, once it was. */
  #givenUp: { reason: unknown } | undefined;

  /** How often all that is pending on the socket had been cancelled when this was started. */
  #cancelsBefore = 0;

  constructor(
    delivery: Delivery,
    start: (operation: Operation) => number,
    result: (operation: Operation) => T,
    syscall: string,
    resolve: (value: T) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#delivery = delivery;
    this.#start = start;
    this.#result = result;
    this.#syscall = syscall;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  watch(operation: Operation, options: OperationOptions): void {
    this.#cancelsBefore = operation.on!.cancels;
    if (!options.signal && options.timeout === undefined) return;
    this.#endWatch = watch(options, this.#syscall, (reason) => {
      this.#givenUp = { reason };
      operation.cancel();
      this.#again = setInterval(() => operation.cancel(), CANCEL_AGAIN_MILLISECONDS);
    });
  }

  /**
   * Windows cancels all receives of a socket with the one that somebody has given up: the others are
   * started again, where nothing has come.
   */
  #startAgain(operation: Operation): boolean {
    const on = operation.on!;
    if (operation.code !== WSA_OPERATION_ABORTED || operation.bytes > 0 || this.#givenUp)
      return false;
    if (on.closed || this.#delivery.closing || on.cancels !== this.#cancelsBefore) return false;
    if (!RECEIVES.includes(operation.kind)) return false;
    return operation.goesOn(this.#start(operation));
  }

  completed(operation: Operation): void {
    if (this.#startAgain(operation)) return;
    this.#endWatch?.();
    clearInterval(this.#again);
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
    if (this.#givenUp && isCancellation(code)) this.#reject(this.#givenUp.reason);
    else this.#reject(new WinsockError(code, this.#syscall));
  }
}

/** What a start function calls the operations that one cancel ends together. */
const RECEIVES: readonly string[] = ['receive', 'receiveFrom', 'receiveMessage'];

/** Windows says of a cancelled TransmitFile that the connection was aborted, which then it is. */
function isCancellation(code: number): boolean {
  return code === WSA_OPERATION_ABORTED || code === WSAECONNABORTED;
}
