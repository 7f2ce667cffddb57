/**
 * Memory of the caller's while the system has it. What holds, here and nowhere else:
 *
 * - The system has it from the start of an operation until its packet was dequeued, whatever the caller,
 *   the socket or the port does meanwhile; until then the operation holds it (`Operation.kept`).
 * - It must be there for that long. Memory that can be taken away is refused: a detached ArrayBuffer, one
 *   that can shrink, and more bytes than the system counts. What the system writes into can be transferred
 *   no more from then on, nor can what it still reads when the start has returned (`Operation.becomePending`).
 *   Where it was taken away all the same, the operation fails instead of telling of
 *   bytes that nobody has.
 * - The end of a worker frees its memory without a word, and ends no operation. There the system gets
 *   native memory, which is never freed, and the caller's is copied from and to.
 */
import { isForeign } from '../../ffi/memory/foreign.ts';
import { bufferOf, byteLengthOf } from '../../ffi/memory/intrinsics.ts';
import { isDetached } from '../../ffi/memory/memory.ts';
import { pin } from '../../ffi/memory/pinned.ts';
import { isMainThread } from '../../ffi/native/builtins.ts';
import { type NativeBlock, takeBlock } from '../calls/buffers.ts';
import { bytesOfMemory, type Piece, pieceOf } from './pieces.ts';

/** Memory that an operation may use. */
export interface Lent {
  /**
   * What the system is told. To be asked right before the start, when no code of the program's own runs any
   * more: the getter of an option, or of an address, could take the memory away in between.
   */
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
  if (!isMainThread()) return inWorker(views, filled, use);
  try {
    return use(new Original(views, filled));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * A copy of data that is about to be sent, where the system needs one: in a worker. Memory that is not
 * JavaScript's own stays whatever ends.
 *
 * @returns to be given back when the send is over; undefined where the data itself will do
 */
export function copyToSend(data: Uint8Array): NativeBlock | undefined {
  if (isMainThread() || isForeign(bufferOf(data))) return undefined;
  const block = takeBlock(byteLengthOf(data));
  block.bytes.set(data);
  return block;
}

function refuseDetached(views: readonly Uint8Array[]): void {
  for (const view of views) {
    if (isDetached(view)) {
      throw new TypeError('the memory was transferred while the operation was under way');
    }
  }
}

/** The caller's memory itself. */
class Original implements Lent {
  readonly kept: readonly Uint8Array<ArrayBuffer>[];

  constructor(views: Views, filled: boolean) {
    this.kept = views.map(bytesOfMemory);
    if (filled) return;
    // What is sent is most often over when the start has returned, and may then go elsewhere.
    for (const bytes of this.kept) pin(bufferOf(bytes));
  }

  get pieces(): readonly Piece[] {
    return this.kept.map(pieceOf);
  }

  received(bytes: number): void {
    if (bytes > 0) refuseDetached(this.kept);
  }
}

/** Native memory in place of the caller's. */
class Copy implements Lent {
  readonly #views: readonly Uint8Array<ArrayBuffer>[];
  readonly #filled: boolean;
  #block: NativeBlock | undefined;

  constructor(views: Views, filled: boolean) {
    this.#views = views.map(bytesOfMemory);
    this.#filled = filled;
  }

  get pieces(): readonly Piece[] {
    const pieces = this.#views.map(pieceOf);
    this.#block ??= takeBlock(pieces.reduce((sum, { length }) => sum + length, 0));
    const { address, bytes } = this.#block;
    let at = 0;
    return pieces.map(({ length }, index) => {
      const offset = at;
      at += length;
      if (this.#filled) bytes.set(this.#views[index]!, offset);
      return { address: address + offset, length };
    });
  }

  get kept(): unknown {
    return this.#block;
  }

  received(bytes: number): void {
    if (bytes > 0) refuseDetached(this.#views);
    let at = 0;
    for (const view of this.#views) {
      const end = Math.min(at + byteLengthOf(view), bytes);
      if (end <= at) return;
      view.set(this.#block!.bytes.subarray(at, end));
      at = end;
    }
  }

  end(): void {
    this.#block?.give();
  }
}
