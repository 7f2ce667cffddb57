import { WSAECONNABORTED } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { COMPLETED, type CompletionTarget, type Operation } from '../port/operation.ts';
import { checkGiveUp, type OperationOptions, watch } from './give-up.ts';

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
 * @throws by rejection: WinsockError of the call, what `checkGiveUp` and the start function throw,
 *   the signal's reason, WSAETIMEDOUT
 */
export function perform<T>(
  delivery: Delivery,
  start: (operation: Operation) => number,
  result: (operation: Operation) => T,
  syscall: string,
  options: OperationOptions = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    checkGiveUp(options, syscall);
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
    const call = new PendingPromise(result, syscall, resolve, reject);
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
 * Runs one operation on a socket or handle as a promise, which rejects where that is closed.
 *
 * @throws by rejection: as `perform` does, and WinsockError where the socket or handle is closed
 */
export function performOn<T>(
  delivery: Delivery,
  on: Association,
  start: (operation: Operation) => number,
  result: (operation: Operation) => T,
  syscall: string,
  options: OperationOptions | undefined,
): Promise<T> {
  const startOpen = (operation: Operation) => {
    on.handleFor(syscall);
    return start(operation);
  };
  return perform(delivery, startOpen, result, syscall, options);
}

function takeResult<T>(operation: Operation, result: (operation: Operation) => T): T {
  try {
    return result(operation);
  } finally {
    operation.release();
  }
}

class PendingPromise<T> implements CompletionTarget {
  readonly #result: (operation: Operation) => T;
  readonly #syscall: string;
  readonly #resolve: (value: T) => void;
  readonly #reject: (reason: unknown) => void;
  #endWatch: (() => void) | undefined;
  #again: NodeJS.Timeout | undefined;
  /** Why it was given up, once it was. */
  #givenUp: { reason: unknown } | undefined;

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

  watch(operation: Operation, options: OperationOptions): void {
    if (!options.signal && options.timeout === undefined) return;
    this.#endWatch = watch(options, this.#syscall, (reason) => {
      this.#givenUp = { reason };
      operation.cancel();
      this.#again = setInterval(() => operation.cancel(), CANCEL_AGAIN_MILLISECONDS);
    });
  }

  completed(operation: Operation): void {
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

/** Windows says of a cancelled TransmitFile that the connection was aborted, which then it is. */
function isCancellation(code: number): boolean {
  return code === WSA_OPERATION_ABORTED || code === WSAECONNABORTED;
}
