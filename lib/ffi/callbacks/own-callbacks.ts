/** Calls that would wait for the JavaScript thread on the JavaScript thread. */

import type { Call } from '../calls/definition.ts';
import { isRegistered } from '../types/callback.ts';
import { INVALID_HANDLE_VALUE, WAITS_FOR_CALLBACKS } from '../windows.g.ts';

/**
 * Has a function refuse to wait for callbacks while JavaScript may be called by them: they could not run
 * before it returns.
 *
 * @returns the call itself for a function that waits for none
 */
export function withoutOwnCallbacks(call: Call, name: string): Call {
  const types = WAITS_FOR_CALLBACKS[name];
  if (!types) return call;
  return (...args) => {
    const [, event = INVALID_HANDLE_VALUE] = args;
    const own = event === INVALID_HANDLE_VALUE && types.find(isRegistered);
    if (own) {
      throw Object.assign(
        new Error(
          `${name} waits until each ${own} has returned, and JavaScript runs on this thread: ` +
            `call ${name}.async`,
        ),
        { code: 'ERR_WINSOCK_WAITS_FOR_ITSELF' },
      );
    }
    return call(...args);
  };
}
