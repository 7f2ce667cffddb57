import { WSAECONNABORTED } from '../../../defs/winerror.g.ts';
import { MSG_OOB, SD_SEND } from '../../../defs/winsock2.g.ts';
import { byteLengthOf } from '../../ffi/memory/intrinsics.ts';
import { isMainThread } from '../../ffi/native/builtins.ts';
import type { NativeBlock } from '../calls/buffers.ts';
import { shutdown, WSAGetLastError } from '../calls/calls.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import { copyToSend } from '../ops/lend.ts';
import { refuseDetached } from '../ops/pieces.ts';
import { startGather, startSend } from '../ops/send.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { COMPLETED, type CompletionTarget, type Operation } from '../port/operation.ts';
import { addressOfData, endLease } from '../sockets/lease.ts';
import { SendQueue } from './send-queue.ts';
import { SendWaiters } from './send-waiters.ts';
import { callAll, NO_DATA, type SentCallback, split, type Waiting, waitingOf } from './written.ts';

/** The most sends on their way at once. More of them keep a fast network busy; each is a call. */
const MOST_SENDS = 4;
/** How many waiting bytes are worth a send of their own; fewer wait for the send before them. */
const WORTHWHILE_BYTES = 65536;
/** Data of more bytes goes in several sends: the length of a WSABUF is a ULONG, and in a worker it is copied. */
const largestPieceBytes = () => (isMainThread() ? 1 << 30 : 1 << 18);
/** Milliseconds after which a send that has taken nothing is tried again. */
const RETRY_MILLISECONDS = 10;

/** A send whose end has not been delivered. */
interface UnderWay {
  readonly operation: Operation;
  /** What it sends. */
  readonly batch: readonly Waiting[];
  /** What of it the system has in place of the data: see `copyToSend`. */
  readonly copies: readonly NativeBlock[];
}

const NONE: readonly NativeBlock[] = [];
const NOTHING: readonly Waiting[] = [];

/** What a connection tells its sending half, and is told by it. */
export interface SenderOwner {
  /** Why the connection failed, where it has. */
  readonly error: Error | undefined;
  failed(code: number, syscall: string): void;
  /** What is to be sent is not what was written. */
  failedWith(error: Error): void;
  /** Something was sent. */
  active(): void;
  /** All that was written is taken, after a write that gave false. */
  drained(): void;
  /** Our end is sent. */
  endSent(): void;
  /** Nothing is pending any more, after the socket was closed. */
  idle(): void;
}

/**
 * The sending half of a connection. What is written goes out at once where nothing waits; what
 * waits for a send under way goes out together, in one call.
 */
export class Sender implements CompletionTarget {
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: SenderOwner;
  readonly #highWaterMark: number;
  /** Made when something waits. */
  #queue: SendQueue | undefined;
  /** Made when somebody waits. */
  #waiters: SendWaiters | undefined;
  /** Bytes written that the system has not taken. */
  #unsent = 0;
  #written = 0;
  /** In their order; made with the first. */
  #underWay: UnderWay[] | undefined;
  /** What sends that took only a part have left, in its order: it goes out before the queue. */
  #leftOver: readonly Waiting[] = NOTHING;
  /** What is no data and waits for its turn, or is being sent. */
  #turns = 0;
  /** Whether something that is no data is being sent: nothing else is, meanwhile. */
  #inTurn = false;
  #corked = false;
  #flushing = false;
  #retry: NodeJS.Timeout | undefined;
  #full = false;
  /** The turn of the event loop in which the last write was. */
  #turn = -1;
  /** Our half: open; to be ended when everything is sent; ended. */
  #outgoing: 'open' | 'ending' | 'finished' = 'open';

  /** @param highWaterMark unsent bytes from which on `write` gives false */
  constructor(delivery: Delivery, on: Association, owner: SenderOwner, highWaterMark: number) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
    this.#highWaterMark = highWaterMark;
  }

  /** Bytes written that the system has not taken yet. */
  get pendingBytes(): number {
    return this.#unsent;
  }

  /** Bytes written, with those that the system has not taken yet. */
  get bytesWritten(): number {
    return this.#written;
  }

  /** Whether all that was written is taken. */
  get isIdle(): boolean {
    return this.underWay === 0 && !this.#hasQueue && this.#leftOver.length === 0;
  }

  get #hasQueue(): boolean {
    return this.#queue !== undefined && !this.#queue.isEmpty;
  }

  #madeQueue(): SendQueue {
    this.#queue ??= new SendQueue();
    return this.#queue;
  }

  /** Sends whose end has not been delivered. */
  get underWay(): number {
    return this.#sends + (this.#inTurn ? 1 : 0);
  }

  /** Sends of data whose end has not been delivered. */
  get #sends(): number {
    return this.#underWay === undefined ? 0 : this.#underWay.length;
  }

  /** Whether our half is open, about to be ended, or ended. */
  get outgoing(): 'open' | 'ending' | 'finished' {
    return this.#outgoing;
  }

  /**
   * Sends data, or queues it behind what is still being sent.
   *
   * @param callback is never called from within
   * @returns whether there is room for more
   */
  write(data: Uint8Array, callback: SentCallback | undefined): boolean {
    const length = byteLengthOf(data);
    if (length === 0) {
      refuseDetached(data);
      if (callback) setImmediate(callback);
      return !this.#full;
    }
    if (length > largestPieceBytes()) return this.#writeInPieces(data, callback);
    if (this.#put(data, length, callback, this.#mustWait())) {
      if (callback) this.#callSoon(callback);
      return true;
    }
    this.#full ||= this.#unsent >= this.#highWaterMark;
    return !this.#full;
  }

  /**
   * Writes, for those who hold back the next write until this one is over.
   *
   * @param callback is called later, where the result is false
   * @returns whether the data is as good as sent: the system has it, or gets it when this turn of the
   *   event loop is over or the socket is destroyed
   */
  writeNow(data: Uint8Array, callback: SentCallback): boolean {
    const length = byteLengthOf(data);
    if (length === 0) {
      refuseDetached(data);
      return true;
    }
    if (length > largestPieceBytes()) {
      this.#writeInPieces(data, callback);
      return false;
    }
    const mustWait = this.#mustWait();
    const isSoon = this.underWay + this.#turns === 0 && this.#leftOver.length === 0;
    if (!mustWait || !isSoon || this.#unsent + length > WORTHWHILE_BYTES) {
      return this.#put(data, length, callback, mustWait);
    }
    this.#put(data, length, undefined, true);
    return true;
  }

  /**
   * Has something else than data sent in its turn: behind all that was written before, and in front of all
   * that is written later.
   *
   * @param send begins when the turn has come; until its promise settles nothing else is sent
   * @returns how many bytes of it were sent
   * @throws by rejection: as `send` does; the connection's error where its turn never comes
   */
  inTurn(send: () => Promise<number>): Promise<number> {
    return new Promise((resolve, reject) => {
      const turn = async () => {
        this.#inTurn = true;
        try {
          const bytes = await send();
          this.#written += bytes;
          resolve(bytes);
        } catch (error) {
          reject(error);
        }
        this.#turnOver();
      };
      this.#turns++;
      const nothing = waitingOf(NO_DATA, 0, undefined);
      this.#madeQueue().push({ ...nothing, callback: reject, turn });
      this.#flush();
    });
  }

  #turnOver(): void {
    this.#inTurn = false;
    this.#turns--;
    if (this.#on.closed) {
      if (this.underWay === 0) this.#owner.idle();
      return;
    }
    this.#flush();
    this.#sentSome();
  }

  /** Sends out-of-band data at once, past what waits. */
  sendUrgent(data: Uint8Array, callback: SentCallback): void {
    const length = byteLengthOf(data);
    const address = addressOfData(data);
    this.#unsent += length;
    this.#written += length;
    const operation = this.#delivery.takeRecord();
    const copy = copyToSend(data);
    const from = copy ? copy.address : address;
    const code = startSend(operation, this.#on, from, length, data, MSG_OOB);
    this.#started(operation, code, [waitingOf(data, address, callback)], copy ? [copy] : NONE);
  }

  /** Whether what is written waits for others. It does so from the second write of a turn on. */
  #mustWait(): boolean {
    const turn = this.#delivery.turnOfNow();
    const again = turn === this.#turn;
    this.#turn = turn;
    return again || this.#corked || !this.isIdle;
  }

  /**
   * @param length the data's, in bytes
   * @returns whether the system has taken the data; then the callback is not called
   */
  #put(
    data: Uint8Array,
    length: number,
    callback: SentCallback | undefined,
    mustWait: boolean,
  ): boolean {
    // Refuses what cannot be sent before anything is noted.
    const address = addressOfData(data);
    this.#unsent += length;
    this.#written += length;
    if (mustWait) {
      this.#madeQueue().push(waitingOf(data, address, callback));
      if (this.#sends === 0) this.#flushSoon();
      else if (this.#queue!.bytes >= WORTHWHILE_BYTES) this.#flush();
      return false;
    }
    const operation = this.#delivery.takeRecord();
    const copy = copyToSend(data);
    const code = startSend(operation, this.#on, copy ? copy.address : address, length, data);
    if (code === COMPLETED && operation.bytes === length) {
      operation.release();
      copy?.give();
      this.#unsent -= length;
      return true;
    }
    this.#started(operation, code, [waitingOf(data, address, callback)], copy ? [copy] : NONE);
    return false;
  }

  #writeInPieces(data: Uint8Array, callback: SentCallback | undefined): boolean {
    const largest = largestPieceBytes();
    let room = true;
    for (let at = 0; at < byteLengthOf(data); at += largest) {
      const piece = data.subarray(at, at + largest);
      const isLast = at + byteLengthOf(piece) === byteLengthOf(data);
      room = this.write(piece, isLast ? callback : undefined);
    }
    return room;
  }

  #callSoon(callback: SentCallback): void {
    if (this.#delivery.maySettleNow()) queueMicrotask(callback);
    else setImmediate(callback);
  }

  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    this.#flush();
  }

  /** Ends our half when everything is sent. Rejects where something could not be. */
  end(): Promise<void> {
    if (this.#outgoing === 'open') this.#outgoing = 'ending';
    const finished =
      this.#outgoing === 'finished' ? Promise.resolve() : this.#waiting().untilEnded();
    // Nobody has to wait for it.
    finished.catch(() => undefined);
    this.uncork();
    this.#finishWhenSent();
    return finished;
  }

  /** Resolves when all that was written is taken. Rejects where it could not be. */
  drained(options: OperationOptions): Promise<void> {
    if (this.#unsent === 0) return Promise.resolve();
    const drained = this.#waiting().untilDrained(options);
    if (this.#on.closed && this.#sends === 0) this.release();
    return drained;
  }

  #waiting(): SendWaiters {
    this.#waiters ??= new SendWaiters();
    return this.#waiters;
  }

  #finishWhenSent(): void {
    if (this.#outgoing !== 'ending' || this.#on.closed || !this.isIdle) return;
    this.#outgoing = 'finished';
    if (shutdown(this.#on.handle, SD_SEND) !== 0) {
      this.#outgoing = 'ending';
      this.#owner.failed(WSAGetLastError(), 'shutdown');
      return;
    }
    this.#waiters?.ended();
    this.#owner.endSent();
  }

  completed(operation: Operation): void {
    const { batch, copies } = this.#end(operation);
    const { code, bytes } = operation;
    for (const copy of copies) copy.give();
    operation.release();
    const sent = code === 0 ? bytes : 0;
    this.#unsent -= sent;
    const { taken, left } = split(batch, sent);
    if (this.#on.closed) {
      this.#giveUp(left);
      callAll(taken);
      if (this.underWay === 0) this.#owner.idle();
      return;
    }
    if (code !== 0) {
      this.#giveUp(left);
      callAll(taken);
      this.#owner.failed(code, 'WSASend');
      return;
    }
    if (left.length > 0 || this.#leftOver.length > 0) this.#sentInPart(left, bytes);
    this.#flush();
    callAll(taken);
    if (!this.#on.closed) this.#sentSome();
  }

  /** A send took a part of its data only. The rest goes out before anything else. */
  #sentInPart(left: readonly Waiting[], bytes: number): void {
    if (this.#leftOver.length > 0 && bytes > 0) {
      // What came behind the gap is with the peer already.
      this.#giveUp(left);
      this.#owner.failed(WSAECONNABORTED, 'WSASend');
      return;
    }
    this.#leftOver = [...this.#leftOver, ...left];
    if (this.#sends > 0) return;
    if (bytes > 0) this.#sendLeftOver();
    else this.#retry = setTimeout(() => this.#sendLeftOver(), RETRY_MILLISECONDS);
  }

  #sendLeftOver(): void {
    if (this.#on.closed) return;
    const left = this.#leftOver;
    this.#leftOver = NOTHING;
    this.#madeQueue().putBack(left);
    this.#gather();
  }

  #sentSome(): void {
    this.#owner.active();
    const drained = this.#full && this.#unsent === 0;
    if (this.#unsent === 0) this.#waiters?.drained();
    try {
      if (drained) {
        this.#full = false;
        this.#owner.drained();
      }
    } finally {
      this.#finishWhenSent();
    }
  }

  /** Has what waits go out as far as the system takes it at once: the socket is about to be closed. */
  flushNow(): void {
    clearTimeout(this.#retry);
    this.#corked = false;
    while (this.#mayGather && this.#leftOver.length === 0 && !this.#on.closed) {
      if (this.#gather() !== COMPLETED && this.#on.skips) return;
      // Where each send has its packet, nobody can tell whether it is waiting.
      if (this.#sends > MOST_SENDS && !this.#on.skips) return;
    }
  }

  /** Whether data comes next. */
  get #mayGather(): boolean {
    return this.#queue?.startsWithData === true && !this.#inTurn;
  }

  /** Gives everything back, and settles what waits for it. Nothing may be under way. */
  release(): void {
    const left = this.#leftOver;
    this.#leftOver = NOTHING;
    this.#giveUp(left);
    this.#giveUp(this.#queue?.takeAll() ?? NOTHING);
    // The error is made when it is asked for, which costs more than all else about a lost connection.
    if (this.#waiters?.any) this.#waiters.release(this.#owner.error, this.#unsent > 0);
  }

  #giveUp(unsent: readonly Waiting[]): void {
    for (const { callback, lease, turn } of unsent) {
      if (turn) this.#turns--;
      if (callback) this.#waiting().lost(callback);
      if (lease) endLease(lease);
    }
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
      this.#hasQueue &&
      this.#leftOver.length === 0 &&
      !this.#corked &&
      !this.#inTurn &&
      !this.#on.closed &&
      (this.#sends === 0 || (this.#sends < MOST_SENDS && this.#queue!.bytes >= WORTHWHILE_BYTES))
    ) {
      if (this.#mayGather) this.#gather();
      else if (this.#sends > 0) return;
      else this.#queue!.beginTurn();
    }
  }

  /** Sends as much of the queue as one call takes. */
  #gather(): number {
    const gathered = this.#queue!.gather();
    if (!gathered) return this.#refuse();
    const { batch, pieces, kept, copies } = gathered;
    const operation = this.#delivery.takeRecord();
    const code = startGather(operation, this.#on, pieces, kept);
    this.#started(operation, code, batch, copies);
    return code;
  }

  /** Memory was taken away before it was sent: the stream cannot go on without it. */
  #refuse(): number {
    this.#giveUp(this.#queue?.takeAll() ?? NOTHING);
    this.#owner.failedWith(
      new TypeError('memory was transferred or resized after it was written, before it was sent'),
    );
    return WSAECONNABORTED;
  }

  #started(
    operation: Operation,
    code: number,
    batch: readonly Waiting[],
    copies: readonly NativeBlock[],
  ): void {
    operation.target = this;
    this.#underWay ??= [];
    this.#underWay.push({ operation, batch, copies });
    if (operation.goesOn(code)) return;
    this.#end(operation);
    for (const copy of copies) copy.give();
    operation.release();
    this.#giveUp(batch);
    this.#owner.failed(code, 'WSASend');
  }

  /** The operation of a send is over. */
  #end(operation: Operation): UnderWay {
    const underWay = this.#underWay!;
    const at = underWay.findIndex((one) => one.operation === operation);
    return underWay.splice(at, 1)[0]!;
  }
}
