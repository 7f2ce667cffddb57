import { WSAETIMEDOUT } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { abortSignal, milliseconds } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';

/** In milliseconds: the timers of the run times take any longer time for none at all. */
export const LONGEST_TIMEOUT = 0x7fffffff;

/** How an operation may end early. */
export interface OperationOptions {
  /** Cancels the operation; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the operation is cancelled; the promise rejects with WSAETIMEDOUT. */
  timeout?: number | undefined;
}

/** What these options may be. */
export const GIVE_UP: OptionTable<OperationOptions> = {
  signal: abortSignal,
  timeout: milliseconds,
};

/**
 * Has somebody give up when a signal aborts, or when the time is over.
 *
 * @param syscall the name for the error when the time is over
 * @param giveUp is called once at most, with why: the signal's reason, or WSAETIMEDOUT
 * @returns ends the watch
 */
export function watch(
  { signal, timeout }: OperationOptions,
  syscall: string,
  giveUp: (reason: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
  const onAbort = () => {
    end();
    giveUp(signal!.reason);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  if (timeout !== undefined && timeout <= LONGEST_TIMEOUT) {
    timer = setTimeout(() => {
      end();
      giveUp(new WinsockError(WSAETIMEDOUT, syscall));
    }, timeout);
  }
  return end;
}

/**
 * Waits for something that goes on whatever the waiter does: giving up ends the wait only.
 *
 * @param options that were checked
 * @throws by rejection: as the promise does; the signal's reason, WSAETIMEDOUT
 */
export function within<T>(
  options: OperationOptions,
  syscall: string,
  promise: Promise<T>,
): Promise<T> {
  if (!options.signal && options.timeout === undefined) return promise;
  return new Promise((resolve, reject) => {
    const end = watch(options, syscall, reject);
    promise.then(resolve, reject).finally(end);
  });
}

/**
 * Runs something that consists of several operations within one limit of time.
 *
 * @param options the signal and the timeout of the whole
 * @param syscall the name for the error when the time is over
 * @param action gets a signal that aborts for either
 * @throws the reason of a signal that has aborted already; what the action throws
 */
export async function limited<T>(
  options: OperationOptions,
  syscall: string,
  action: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  if (options.timeout === undefined) return action(options.signal);
  const controller = new AbortController();
  const end = watch(options, syscall, (reason) => controller.abort(reason));
  try {
    return await action(controller.signal);
  } finally {
    end();
  }
}
