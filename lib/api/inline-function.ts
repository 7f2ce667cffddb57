import { SOCKET_ERROR, WSAGetLastError } from '../../defs/winsock2.g.ts';
import { WinsockError } from '../ffi/errors/errors.ts';

/** A function that a header writes out in terms of exported ones; it fails with SOCKET_ERROR. */
export type InlineFunction<F extends (...args: never[]) => number> = F & {
  /** The same call; failure is thrown as a WinsockError. */
  readonly orThrow: F;
};

/**
 * Gives such a function the `orThrow` that exported functions have.
 *
 * @param name its C name, for errors
 * @param call the function
 * @param pending codes that mean that the operation goes on
 */
export function inlineFunction<F extends (...args: never[]) => number>(
  name: string,
  call: F,
  ...pending: number[]
): InlineFunction<F> {
  const orThrow = (...args: never[]) => {
    const result = call(...args);
    if (result !== SOCKET_ERROR) return result;
    const code = WSAGetLastError();
    if (pending.includes(code)) return result;
    throw new WinsockError(code, name);
  };
  Object.defineProperty(call, 'name', { value: name });
  return Object.assign(call, { orThrow: orThrow as unknown as F });
}
