import { WSAETIMEDOUT } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { checkTimeout, LONGEST_TIMEOUT, type OperationOptions } from './perform.ts';

/**
 * Runs something that consists of several operations within one limit of time.
 *
 * @param options the signal and the timeout of the whole
 * @param syscall the name for the error when the time is over
 * @param action gets a signal that aborts for either
 */
export async function limited<T>(
  { signal, timeout }: OperationOptions,
  syscall: string,
  action: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  checkTimeout(timeout, syscall);
  signal?.throwIfAborted();
  if (timeout === undefined || timeout > LONGEST_TIMEOUT) return action(signal);
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal!.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(
    () => controller.abort(new WinsockError(WSAETIMEDOUT, syscall)),
    timeout,
  );
  try {
    return await action(controller.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
