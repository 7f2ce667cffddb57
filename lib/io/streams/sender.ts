import type { PooledBuffer } from '../calls/buffers.ts';
import type { Piece } from '../ops/pieces.ts';
import { startGather, startSend } from '../ops/send.ts';
import type { Association } from '../port/association.ts';
import { inThisContext } from '../port/async-context.ts';
import { COMPLETED, type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import { MAX_BUFFERS } from '../port/operation-layout.ts';
import { throwLater } from '../port/throw-later.ts';
import { addressOfData, endLease, leaseOf } from './lease.ts';

/** Sends on their way at once. More of them keep a fast network busy; each is a call. */
const MOST_SENDS = 4;
/** What waits is worth a send of its own from here on; less waits for the send before it. */
const WORTHWHILE = 65536;
/** As much as goes into one send: the more, the faster. */
export const MOST_BYTES = 1 << 20;

/** Called when the data was handed to the network, or could not be. */
export type SentCallback = (error?: Error) => void;

/** Who is told what becomes of what is sent. */
export interface SenderOwner {
  failed(code: number, syscall: string): void;
  /** Something was sent: there is room again. */
  sentSome(): void;
  /** Nothing is pending any more, after the socket was closed. */
  senderIdle(): void;
}

interface Waiting {
  readonly data: Uint8Array;
  /** The pooled memory it is in, where it was lent. */
  readonly lease: PooledBuffer | undefined;
  readonly callback: SentCallback | undefined;
}

/** What belongs to a send under way. */
interface Batch {
  readonly bytes: number;
  readonly callbacks: readonly SentCallback[];
  readonly leases: readonly PooledBuffer[];
}

const NONE: readonly never[] = [];

/** Calls them all: an exception of one is uncaught, and keeps no other from being called. */
export function callAll(callbacks: readonly SentCallback[], error?: Error): void {
  for (const callback of callbacks) {
    try {
      if (error) callback(error);
      else callback();
    } catch (thrown) {
      throwLater(thrown);
    }
  }
}

/**
 * The sending half of a connection. What is written goes out at once where nothing waits; what
 * waits for a send under way goes out together, in one call.
 */
export class Sender implements CompletionTarget {
  readonly #on: Association;
  readonly #owner: SenderOwner;
  #queue: Waiting[] = [];
  #queued = 0;
  #underWay = 0;
  #unsent = 0;
  /** The callbacks and size of each send under way. */
  #batches: Map<Operation, Batch> | undefined;
  #corked = false;
  #flushing = false;
  /** The turn of the event loop in which the last write was. */
  #turn = -1;

  constructor(on: Association, owner: SenderOwner) {
    this.#on = on;
    this.#owner = owner;
  }

  /** Bytes written that the system has not taken yet. */
  get pendingBytes(): number {
    return this.#unsent;
  }

  get isIdle(): boolean {
    return this.#underWay === 0 && this.#queue.length === 0;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /**
   * Writes. The callback is called later, or never where the result says that all is done.
   *
   * @returns whether the system has taken the data already
   */
  write(data: Uint8Array, callback: SentCallback | undefined): boolean {
    const length = data.byteLength;
    this.#unsent += length;
    const { turn } = this.#on.port;
    const again = turn === this.#turn;
    this.#turn = turn;
    if (again || this.#underWay > 0 || this.#corked || this.#queue.length > 0) {
      this.#queue.push({
        data,
        lease: leaseOf(data),
        callback: callback && inThisContext(callback),
      });
      this.#queued += length;
      if (this.#underWay === 0) this.#flushSoon();
      else if (this.#queued >= WORTHWHILE) this.#flush();
      return false;
    }
    const operation = this.#on.port.take();
    const code = startSend(operation, this.#on, addressOfData(data), length, data);
    if (code === COMPLETED) {
      operation.release();
      this.#unsent -= length;
      return true;
    }
    const lease = leaseOf(data);
    this.#started(operation, code, {
      bytes: length,
      callbacks: callback ? [inThisContext(callback)] : NONE,
      leases: lease ? [lease] : NONE,
    });
    return false;
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    this.#flush();
  }

  completed(operation: Operation): void {
    const batch = this.#batches!.get(operation)!;
    const { code } = operation;
    const complete = operation.bytes === batch.bytes;
    this.#batches!.delete(operation);
    operation.release();
    this.#underWay--;
    for (const lease of batch.leases) endLease(lease);
    if (this.#on.closed) {
      this.#returned.push(...batch.callbacks);
      if (this.#underWay === 0) this.#owner.senderIdle();
      return;
    }
    if (code !== 0 || !complete) {
      this.#returned.push(...batch.callbacks);
      this.#owner.failed(code, 'WSASend');
      return;
    }
    this.#unsent -= batch.bytes;
    this.#flush();
    callAll(batch.callbacks);
    if (!this.#on.closed) this.#owner.sentSome();
  }

  /** Callbacks of sends that did not succeed. */
  readonly #returned: SentCallback[] = [];

  /** Gives everything back. Nothing may be under way. Returns the callbacks not called. */
  release(): SentCallback[] {
    const left = this.#returned;
    for (const { callback, lease } of this.#queue) {
      if (callback) left.push(callback);
      if (lease) endLease(lease);
    }
    this.#queue = [];
    return left;
  }

  /**
   * A second write in one turn waits for the third: what is written in one go then goes out in one
   * call, and how much a call sends decides how fast it goes.
   */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  /** Sends what waits, as far as it is worth a call. */
  #flush(): void {
    while (
      this.#queue.length > 0 &&
      !this.#corked &&
      !this.#on.closed &&
      (this.#underWay === 0 || (this.#underWay < MOST_SENDS && this.#queued >= WORTHWHILE))
    ) {
      this.#gather();
    }
  }

  #gather(): void {
    const queue = this.#queue;
    const pieces: Piece[] = [];
    const kept: Uint8Array[] = [];
    const callbacks: SentCallback[] = [];
    const leases: PooledBuffer[] = [];
    let bytes = 0;
    while (pieces.length < queue.length && pieces.length < MAX_BUFFERS && bytes < MOST_BYTES) {
      const { data, lease, callback } = queue[pieces.length]!;
      const length = data.byteLength;
      pieces.push({ address: addressOfData(data), length });
      kept.push(data);
      bytes += length;
      if (callback) callbacks.push(callback);
      if (lease) leases.push(lease);
    }
    queue.splice(0, pieces.length);
    this.#queued -= bytes;
    const operation = this.#on.port.take();
    const code = startGather(operation, this.#on, pieces, kept);
    this.#started(operation, code, { bytes, callbacks, leases });
  }

  #started(operation: Operation, code: number, batch: Batch): void {
    if (code === COMPLETED || code === PENDING) {
      operation.target = this;
      this.#underWay++;
      this.#batches ??= new Map();
      this.#batches.set(operation, batch);
      // A callback is never called from within write.
      if (code === COMPLETED) operation.deliver();
      return;
    }
    operation.release();
    for (const lease of batch.leases) endLease(lease);
    this.#returned.push(...batch.callbacks);
    this.#owner.failed(code, 'WSASend');
  }
}
