/** How sockets give their SOCKET back. */
import { WSAEINVAL } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { stateError } from '../calls/check.ts';
import { GIVE_UP, type OperationOptions, within } from '../ops/give-up.ts';
import { flag } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import { takeOffPort } from './completion-information.ts';

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

/** A socket's way back to whoever wants its SOCKET, which it goes once. */
export class Leaving {
  readonly #on: Association;
  #begun = false;

  constructor(on: Association) {
    this.#on = on;
  }

  /** Whether it is being given back, or was. Nothing new may be sent and received then. */
  get begun(): boolean {
    return this.#begun;
  }

  /**
   * Has the socket come to rest, and takes it off its completion port. Where that fails, it goes on as before.
   *
   * @param options that were checked
   * @param sent resolves when all that is written is sent; undefined where nothing is
   * @param receiver what may wait for the peer
   * @returns the SOCKET, which is open, and closed here
   * @throws by rejection: as `TcpSocket.detach` does
   */
  async giveBack(
    options: DetachOptions,
    sent: (() => Promise<unknown>) | undefined,
    receiver: Halting,
  ): Promise<number> {
    options.signal?.throwIfAborted();
    const on = this.#on;
    on.handleFor('detach');
    if (this.#begun) {
      throw stateError(WSAEINVAL, 'detach', 'the socket is being given back already');
    }
    this.#begun = true;
    try {
      if (sent) await within(options, 'detach', sent());
      await receiver.halt();
      if (on.closed) throw new WinsockError(WSA_OPERATION_ABORTED, 'detach');
      try {
        takeOffPort(on.handle);
      } catch (error) {
        if (!options.evenOnPort) throw error;
      }
      return on.giveAway();
    } catch (error) {
      this.#begun = false;
      if (!on.closed) receiver.goOn();
      throw error;
    }
  }
}
