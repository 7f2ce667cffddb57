import {
  giveBuffer,
  LARGEST,
  type PooledBuffer,
  SIZES,
  type SizeClass,
  takeBuffer,
} from '../calls/buffers.ts';
import type { Callback } from '../port/listeners.ts';
import { lend, viewOf } from '../sockets/lease.ts';

/** After how many reads in a row that fit into the next smaller size, that size is taken again. */
const PATIENCE = 32;

const show = (bytes: Buffer, handler: Callback<[Buffer]>): void => handler.run(bytes);

/**
 * Where a connection receives: native memory, taken from the pool for each receive and given back
 * after it. A connection starts with half a KiB, so that many idle ones cost little. A full read makes it
 * larger: where less is read than has come, the peer's window stays shut and the connection stalls.
 *
 * What is received is copied out for the caller, or lent. Memory that was just used is in the
 * processor's cache and mapped; fresh memory of JavaScript's own is neither, and for large chunks
 * touching it for the first time costs more than receiving does.
 */
export class ReceiveMemory {
  #least: SizeClass = 0;
  #size: SizeClass = 0;
  /** Small reads in a row. */
  #small = 0;
  #block: PooledBuffer | undefined;

  get address(): number {
    return this.#block!.address;
  }

  get length(): number {
    return SIZES[this.#size];
  }

  /** What must be kept while the system writes. */
  get owner(): unknown {
    return this.#block;
  }

  /** Has no receive from now on have less memory than this. */
  takeAtLeast(size: SizeClass): void {
    this.#least = size;
    this.#size = Math.max(this.#size, size) as SizeClass;
  }

  /** Takes memory for the next receive. */
  prepare(): void {
    this.#block ??= takeBuffer(this.#size);
  }

  /** The received bytes as memory of the caller's own. */
  copyOut(bytes: number): Buffer {
    const copy = Buffer.allocUnsafe(bytes);
    const block = this.#block!;
    copy.set(viewOf(block, bytes));
    this.#block = undefined;
    giveBuffer(block);
    this.#adapt(bytes);
    return copy;
  }

  /** Shows the received bytes where they are, for as long as the handler runs. */
  lend(bytes: number, handler: Callback<[Buffer]>): void {
    const block = this.#block!;
    this.#block = undefined;
    this.#adapt(bytes);
    lend(block, bytes, show, handler, undefined);
  }

  /** Gives back what was taken. The system must be done with it. */
  release(): void {
    if (this.#block) giveBuffer(this.#block);
    this.#block = undefined;
  }

  #adapt(bytes: number): void {
    const size = this.#size;
    if (bytes === SIZES[size]) {
      // One class more or less, within the first and the last, is a class.
      this.#size = Math.min(size + 1, LARGEST) as SizeClass;
      this.#small = 0;
    } else if (size > this.#least && bytes < SIZES[(size - 1) as SizeClass]) {
      if (++this.#small < PATIENCE) return;
      this.#size = (size - 1) as SizeClass;
      this.#small = 0;
    } else {
      this.#small = 0;
    }
  }
}
