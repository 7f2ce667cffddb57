/** Connecting without ConnectEx: for sockets that are neither of IPv4 nor of IPv6. */

import { connectElsewhere } from '../calls/socket-calls.ts';
import { isInternet } from '../families/ip.ts';
import { type OperationOptions, watch } from '../ops/give-up.ts';
import type { Association } from '../port/association.ts';

/**
 * Whether sockets of a family are connected by `connect` on another thread. ConnectEx is documented for
 * TCP; AF_UNIX has it in younger systems only, and other families need not be bound to connect.
 */
export function connectsElsewhere(family: number): boolean {
  return !isInternet(family);
}

/**
 * Connects on another thread. Giving up closes the socket, which ends the call there.
 *
 * @param options that were checked
 * @throws by rejection: WinsockError of connect, the signal's reason, WSAETIMEDOUT
 */
export async function connectAndWait(
  on: Association,
  sockaddr: Uint8Array,
  options: OperationOptions,
): Promise<void> {
  options.signal?.throwIfAborted();
  const handle = on.handleFor('connect');
  let givenUp: { reason: unknown } | undefined;
  const end = watch(options, 'connect', (reason) => {
    givenUp = { reason };
    on.close();
  });
  try {
    await connectElsewhere(handle, sockaddr);
  } catch (error) {
    throw givenUp ? givenUp.reason : error;
  } finally {
    end();
  }
  if (givenUp) throw givenUp.reason;
}
