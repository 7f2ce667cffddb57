/**
 * Memory of the caller's while the system has it. What holds, here and nowhere else:
 *
 * - The system has it from the start of an operation until its packet was dequeued, whatever the caller,
 *   the socket or the port does meanwhile; until then the operation holds it (`Operation.kept`).
 * - It must be there for that long. Memory that can be taken away is refused: a detached ArrayBuffer, one
 *   that can shrink, and more bytes than the system counts. What the system writes into can be transferred
 *   no more from then on. Where it was taken away all the same, the operation fails instead of telling of
 *   bytes that nobody has.
 * - The end of a worker frees its memory without a word, and ends no operation. There the system gets
 *   native memory, which is never freed, and the caller's is copied from and to.
 */
import { isMainThread } from 'node:worker_threads';
import { isDetached } from '../../ffi/memory/memory.ts';
import { pin } from '../../ffi/memory/pinned.ts';
import { type NativeBlock, takeBlock } from '../calls/buffers.ts';
import { type Piece, pieceOf } from './pieces.ts';

/** Memory that an operation may use. */
export interface Lent {
  /** What the system is told. */
  readonly pieces: readonly Piece[];
  /** What the operation must keep. */
  readonly kept: unknown;
  /**
   * Tells how many bytes have come, from the beginning of the first piece on.
   *
   * @throws TypeError where the memory was taken away meanwhile
   */
  received(bytes: number): void;
}

type Views = readonly ArrayBufferView[];

/**
 * Lends memory to an operation that writes into it.
 *
 * @param use starts the operation and gives its promise, which settles when its packet has come
 * @throws by rejection: as the promise, and TypeError or RangeError for memory that cannot be lent
 */
export function lendToReceive<T>(views: Views, use: (lent: Lent) => Promise<T>): Promise<T> {
  return lend(views, false, use);
}

/**
 * Lends memory to an operation that reads it.
 *
 * @param use starts the operation and gives its promise, which settles when its packet has come
 * @throws by rejection: as the promise, and TypeError or RangeError for memory that cannot be lent
 */
export function lendToSend<T>(views: Views, use: (lent: Lent) => Promise<T>): Promise<T> {
  return lend(views, true, use);
}

async function inWorker<T>(
  views: Views,
  filled: boolean,
  use: (lent: Lent) => Promise<T>,
): Promise<T> {
  const copy = new Copy(views, filled);
  try {
    return await use(copy);
  } finally {
    copy.end();
  }
}

function lend<T>(views: Views, filled: boolean, use: (lent: Lent) => Promise<T>): Promise<T> {
  if (!isMainThread) return inWorker(views, filled, use);
  try {
    return use(new Original(views, filled));
  } catch (error) {
    return Promise.reject(error);
  }
}

function refuseDetached(views: Views): void {
  for (const view of views) {
    if (view.byteLength === 0 && isDetached(view as Uint8Array)) {
      throw new TypeError('the memory was transferred while the operation was under way');
    }
  }
}

/** The caller's memory itself. */
class Original implements Lent {
  readonly pieces: readonly Piece[];
  readonly kept: Views;

  constructor(views: Views, filled: boolean) {
    this.pieces = views.map(pieceOf);
    this.kept = [...views];
    if (filled) return;
    // What the system only reads may go elsewhere: what it writes would come into somebody else's memory.
    for (const { buffer } of views) pin(buffer as ArrayBuffer);
  }

  received(bytes: number): void {
    if (bytes > 0) refuseDetached(this.kept);
  }
}

/** Native memory in place of the caller's. */
class Copy implements Lent {
  readonly pieces: readonly Piece[];
  readonly #views: readonly Uint8Array[];
  readonly #block: NativeBlock;

  constructor(views: Views, filled: boolean) {
    const pieces = views.map(pieceOf);
    this.#views = views.map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
    this.#block = takeBlock(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    this.pieces = pieces.map(({ length }, index) => {
      const offset = at;
      at += length;
      if (filled) this.#block.bytes.set(this.#views[index]!, offset);
      return { address: this.#block.address + offset, length };
    });
  }

  get kept(): unknown {
    return this.#block;
  }

  received(bytes: number): void {
    if (bytes > 0) refuseDetached(this.#views);
    let at = 0;
    for (const view of this.#views) {
      const end = Math.min(at + view.length, bytes);
      if (end <= at) return;
      view.set(this.#block.bytes.subarray(at, end));
      at = end;
    }
  }

  end(): void {
    this.#block.give();
  }
}
