import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import { join, type Reader } from '../sockets/readers.ts';
import { callAll, type SentCallback } from './written.ts';

/** Those who wait for what a connection sends. */
export class SendWaiters {
  readonly #drains: Reader<void>[] = [];
  readonly #endings: Reader<void>[] = [];
  /** Callbacks of what was never sent: called when everything is over. */
  readonly #unsent: SentCallback[] = [];

  /** Whether anybody waits. */
  get any(): boolean {
    return this.#endings.length + this.#drains.length + this.#unsent.length > 0;
  }

  /** Waits until all that was written is taken. */
  untilDrained(options: OperationOptions): Promise<void> {
    return join(this.#drains, options, 'WSASend');
  }

  /** Waits until our half is ended. */
  untilEnded(): Promise<void> {
    return join(this.#endings, {}, 'shutdown');
  }

  /** Notes that something will never be sent. */
  lost(callback: SentCallback): void {
    this.#unsent.push(callback);
  }

  /** All that was written is taken. */
  drained(): void {
    for (const { resolve } of this.#drains.splice(0)) resolve();
  }

  /** Our half is ended. */
  ended(): void {
    for (const { resolve } of this.#endings.splice(0)) resolve();
  }

  /**
   * Everything is over: settles all.
   *
   * @param error why the connection failed, where it has
   * @param isUnsent whether something was not sent
   */
  release(error: Error | undefined, isUnsent: boolean): void {
    const waiting = [...this.#endings.splice(0), ...this.#drains.splice(0)];
    const callbacks = this.#unsent.splice(0);
    const isLost = error !== undefined || isUnsent || callbacks.length > 0;
    const lost = error ?? new WinsockError(WSA_OPERATION_ABORTED, 'WSASend');
    for (const { resolve, reject } of waiting) {
      if (isLost) reject(lost);
      else resolve();
    }
    callAll(callbacks, lost);
  }
}
