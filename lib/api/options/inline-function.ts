import { throwing } from '../../ffi/calls/flavours.ts';
import { pending, SocketError } from '../../ffi/errors/failure.ts';
import { lastError } from '../../ffi/native/last-error.ts';

/** A function that a header writes out in terms of exported ones; it fails with SOCKET_ERROR. */
export type InlineFunction<F extends (...args: never[]) => number> = F & {
  /** Calls the function, and throws a WinsockError where it fails. */
  readonly orThrow: F;
};

/**
 * Gives such a function the `orThrow` that exported functions have.
 *
 * @param name its C name, for errors
 * @param call the function
 * @param codes what the last error is where the operation goes on
 */
export function inlineFunction<F extends (...args: never[]) => number>(
  name: string,
  call: F,
  ...codes: number[]
): InlineFunction<F> {
  const orThrow = throwing(
    call,
    { dll: '', name, failure: pending(SocketError, ...codes) },
    lastError,
  );
  Object.defineProperty(call, 'name', { value: name });
  return Object.assign(call, { orThrow });
}
