/** How a connection gives its SOCKET back. */
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { GIVE_UP, type OperationOptions, within } from '../ops/give-up.ts';
import { flag } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import { takeOffPort } from './completion-information.ts';
import type { DetachedSocket } from './foreign.ts';

/** How a socket is given back. */
export interface DetachOptions extends OperationOptions {
  /**
   * Whether it is given back although the system cannot take it off its completion port. Calls that wait, and
   * overlapped ones with an event, work on it all the same; no other completion port takes it. Default
   * false: `detach` rejects then, and the socket goes on.
   */
  evenOnPort?: boolean | undefined;
}

export const DETACH_OPTIONS: OptionTable<DetachOptions> = { ...GIVE_UP, evenOnPort: flag };

/** A part of a socket that has something under way. */
export interface Halting {
  /** Has it start nothing any more. Resolves when nothing is under way. */
  halt(): Promise<void>;
  /** Takes that back. */
  goOn(): void;
}

/**
 * Has a socket come to rest and takes it off its completion port. Where that fails, it goes on as before.
 *
 * @param sent resolves when all that is written is sent; undefined where nothing is
 * @param receiver what may wait for the peer
 * @throws by rejection: as `TcpSocket.detach` does
 */
export async function bringToRest(
  on: Association,
  options: DetachOptions,
  sent: (() => Promise<unknown>) | undefined,
  receiver: Halting,
): Promise<void> {
  try {
    if (sent) await within(options, 'detach', sent());
    await receiver.halt();
    if (on.closed) throw new WinsockError(WSA_OPERATION_ABORTED, 'detach');
    try {
      takeOffPort(on.handle);
    } catch (error) {
      if (!options.evenOnPort) throw error;
    }
  } catch (error) {
    if (!on.closed) receiver.goOn();
    throw error;
  }
}

/** @param unread what has come and nobody has taken */
export function detached(on: Association, unread: Uint8Array): DetachedSocket {
  const handle = on.giveAway();
  return unread.length > 0 ? { handle, unread } : { handle };
}
