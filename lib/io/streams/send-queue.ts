import { byteLengthOf } from '../../ffi/memory/intrinsics.ts';
import type { NativeBlock } from '../calls/buffers.ts';
import { copyToSend } from '../ops/lend.ts';
import type { Piece } from '../ops/pieces.ts';
import { MAX_BUFFERS } from '../port/operation-layout.ts';
import type { Waiting } from './written.ts';

/** The most bytes that go into one send: the more, the faster. */
export const LARGEST_SEND_BYTES = 1 << 20;

/** What one send takes. */
export interface Gathered {
  readonly batch: readonly Waiting[];
  /** Where its data is. */
  readonly pieces: readonly Piece[];
  /** The data, to be kept until the send is over. */
  readonly kept: readonly Uint8Array[];
  /** What the system has in place of the data: see `copyToSend`. */
  readonly copies: readonly NativeBlock[];
}

/** What was written to a connection and waits to be sent, in its order. */
export class SendQueue {
  /** Made with the first. */
  #waiting: Waiting[] | undefined;
  #bytes = 0;

  /** Bytes of data that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#waiting === undefined || this.#waiting.length === 0;
  }

  /** Whether data comes next, and not something that is sent alone. */
  get startsWithData(): boolean {
    return !this.isEmpty && this.#waiting![0]!.turn === undefined;
  }

  push(one: Waiting): void {
    this.#waiting ??= [];
    this.#waiting.push(one);
    this.#bytes += one.length;
  }

  /** Puts what was taken back to the front. */
  putBack(left: readonly Waiting[]): void {
    this.#waiting = [...left, ...(this.#waiting ?? [])];
    for (const { length } of left) this.#bytes += length;
  }

  /** Takes what is sent alone, which must come next, and begins it. */
  beginTurn(): void {
    this.#waiting!.shift()!.turn!();
  }

  /**
   * Takes as much data as one send does. Data must come next.
   *
   * @returns undefined where memory was transferred or resized since it was written
   */
  gather(): Gathered | undefined {
    const waiting = this.#waiting!;
    const pieces: Piece[] = [];
    const kept: Uint8Array[] = [];
    const copies: NativeBlock[] = [];
    let bytes = 0;
    while (
      pieces.length < waiting.length &&
      pieces.length < MAX_BUFFERS &&
      bytes < LARGEST_SEND_BYTES
    ) {
      const { data, address, length, turn } = waiting[pieces.length]!;
      if (turn) break;
      if (byteLengthOf(data) !== length) {
        for (const copy of copies) copy.give();
        return undefined;
      }
      const copy = copyToSend(data);
      if (copy) copies.push(copy);
      pieces.push({ address: copy ? copy.address : address, length });
      kept.push(data);
      bytes += length;
    }
    this.#bytes -= bytes;
    return { batch: waiting.splice(0, pieces.length), pieces, kept, copies };
  }

  /** Takes everything. */
  takeAll(): Waiting[] {
    this.#bytes = 0;
    return this.#waiting?.splice(0) ?? [];
  }
}
