import { INVALID_HANDLE_VALUE, STATUS_PENDING } from '../../../defs/kernel.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { bufferStats } from '../calls/buffers.ts';
import {
  CloseHandle,
  CreateIoCompletionPort,
  GetLastError,
  PostQueuedCompletionStatus,
} from '../calls/calls.ts';
import { hasIfsHandles, ownHasIfsHandles } from '../calls/provider.ts';
import { startWinsock, stopWinsock } from '../calls/startup.ts';
import { Arena } from './arena.ts';
import { Association, associate } from './association.ts';
import { asNobody } from './async-context.ts';
import { Baton } from './baton.ts';
import { atExit, notAtExit } from './exit.ts';
import { INSPECT, type Inspect, printed } from './inspection.ts';
import { KeepAlive } from './keep-alive.ts';
import type { Operation } from './operation.ts';
import {
  BUDGET,
  CANCEL_AGAIN_MILLISECONDS,
  LONE_MILLISECONDS,
  TURNS_BETWEEN_POLLS,
} from './pace.ts';
import type {
  CompletionPortOptions,
  CompletionPortStats,
  Deferred,
  PacketHandler,
  PendingOperation,
} from './port-types.ts';
import { DeliveryQueue } from './queue.ts';

let shared: CompletionPort | undefined;

/**
 * A completion port and the operations that complete through it.
 *
 * Completions are always delivered from the event loop, never from within the call that started
 * the operation, and an exception thrown by a target is an uncaught exception like that of any
 * event handler. At most 64 are delivered in one turn, so that a busy socket starves neither
 * timers nor its neighbours.
 */
export class CompletionPort {
  /** The HANDLE of the completion port. */
  readonly handle: number;
  /** @internal Counts the turns of the event loop in which something was delivered. */
  turn = 0;

  #onPacket: PacketHandler | undefined;
  readonly #options: Required<CompletionPortOptions>;
  readonly #arena = new Arena(this);
  readonly #baton: Baton;
  readonly #queue = new DeliveryQueue();
  #deferred: Deferred[] = [];
  #deferredBefore: Deferred[] = [];
  readonly #own: Association;
  /** Sockets that end with the port. */
  readonly #owners = new Set<{ destroy(): void }>();
  readonly #keepAlive = new KeepAlive();
  #pending = 0;
  #scheduled = false;
  #idleTurns = 0;
  /** While targets are called: what they ask for is seen to afterwards. */
  #delivering = false;
  #lone = false;
  #givenAt = 0;
  /** Since the last turn. */
  #settledNow = 0;
  #turnsSincePoll = 0;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;
  #batches = 0;
  #wakeUps = 0;
  #packets = 0;
  #completedAtStart = 0;

  constructor(options: CompletionPortOptions = {}) {
    this.#options = { skipOnSuccess: true, idleTurns: 1, ...options };
    startWinsock();
    this.handle = CreateIoCompletionPort(INVALID_HANDLE_VALUE, 0, 0, 1);
    if (this.handle === 0) throw new WinsockError(GetLastError(), 'CreateIoCompletionPort');
    this.#own = new Association(this, 0, false, false);
    this.#baton = new Baton(this.handle, this.#onBatch);
    atExit(this);
  }

  /** The port that sockets use where none is named. It is made at the first use. */
  static get default(): CompletionPort {
    if (!shared || shared.closed) shared = new CompletionPort();
    return shared;
  }

  /** Called for packets that belong to no operation. */
  get onPacket(): PacketHandler | undefined {
    return this.#onPacket;
  }

  set onPacket(handler: PacketHandler | undefined) {
    this.#onPacket = handler;
    if (handler) this.#schedule();
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const { handle, closed } = this;
    return printed('CompletionPort', { handle, pending: this.#pending, closed }, options, inspect);
  }

  /**
   * Has the operations of a socket complete through this port. A handle can have one port only, for
   * good.
   */
  associate(socket: number): Association {
    return associate(this, socket, true, this.#options.skipOnSuccess && hasIfsHandles(socket));
  }

  /** @internal The same for a socket of our own making, whose provider is known after the first. */
  adopt(socket: number, family: number, type: number, protocol: number): Association {
    const may = this.#options.skipOnSuccess && ownHasIfsHandles(socket, family, type, protocol);
    return associate(this, socket, true, may);
  }

  /** Has the operations of a file, pipe or other handle opened for overlapped use complete here. */
  associateHandle(handle: number): Association {
    return associate(this, handle, false, this.#options.skipOnSuccess);
  }

  /** An operation to start. Release it when it is no longer needed. */
  take(): Operation {
    this.#assertOpen();
    return this.#arena.take();
  }

  /** @internal */
  give(operation: Operation): void {
    this.#arena.give(operation);
  }

  /**
   * Posts a packet of our own: the operation completes with it.
   *
   * @param operation one that is not pending
   * @param bytes what it will report as bytes transferred
   */
  post(operation: Operation, bytes = 0): void {
    this.#assertOpen();
    operation.prepare(this.#own, 'post');
    if (PostQueuedCompletionStatus(this.handle, bytes, 0, operation.address) === 0) {
      throw new WinsockError(GetLastError(), 'PostQueuedCompletionStatus');
    }
    operation.pending = true;
    this.#own.pending++;
    this.began(operation);
  }

  /** @internal An operation is pending. */
  began(operation: Operation): void {
    this.#pending++;
    if (operation.on!.referenced) {
      operation.holds = true;
      this.#keepAlive.hold();
    }
    // A port that is closing waits for all that is pending, and nobody else would end this.
    if (this.#closing) operation.cancel();
    if (!this.#baton.given) this.#schedule();
  }

  /** @internal Delivers an operation that completed at its start. */
  enqueue(operation: Operation): void {
    this.#completedAtStart++;
    this.#queue.push(operation);
    this.#schedule();
  }

  /** @internal Has `resume()` called in the next turn of the event loop. */
  defer(task: Deferred): void {
    this.#deferred.push(task);
    this.#schedule();
  }

  /**
   * @internal Whether an operation that completed at its start may be reported at once. A loop that
   * awaits one such operation after another would otherwise never let the event loop turn.
   */
  maySettleNow(): boolean {
    if (this.#settledNow >= BUDGET) return false;
    if (this.#settledNow++ === 0) this.#schedule();
    this.#completedAtStart++;
    return true;
  }

  /** @internal An association was referenced or unreferenced. */
  referenceChanged(association: Association): void {
    if (association.pending === 0) return;
    for (const operation of this.#arena.pending()) {
      if (operation.on !== association || operation.holds === association.referenced) continue;
      operation.holds = association.referenced;
      if (operation.holds) this.#keepAlive.hold();
      else this.#keepAlive.drop();
    }
    this.#keepAlive.update();
  }

  /** Pending operations keep the process alive, which is how a port starts. */
  ref(): this {
    this.#keepAlive.enable(true);
    return this;
  }

  /** Lets the process end although operations are pending. */
  unref(): this {
    this.#keepAlive.enable(false);
    return this;
  }

  /** @internal Ends with the port. */
  own(owner: { destroy(): void }): void {
    this.#owners.add(owner);
  }

  /** @internal */
  disown(owner: { destroy(): void }): void {
    this.#owners.delete(owner);
  }

  /** What the port has done so far, and what it holds now. */
  stats(): CompletionPortStats {
    return {
      batches: this.#batches,
      wakeUps: this.#wakeUps,
      inlineDequeues: this.#batches - this.#wakeUps,
      packets: this.#packets,
      completedAtStart: this.#completedAtStart,
      pending: this.#pending,
      records: { total: this.#arena.size, free: this.#arena.available },
      buffers: bufferStats(),
    };
  }

  /** The operations that have not ended: what a port that does not close waits for. */
  pendingOperations(): PendingOperation[] {
    return Array.from(this.#arena.pending(), ({ kind, on }) => ({ kind, handle: on!.handle }));
  }

  /**
   * Closes the port: destroys the sockets that were made on it, cancels every other operation,
   * waits until the last packet has come, and ends the poller thread.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // Deferred, so that `closed` is true for whatever the owners do.
    await undefined;
    for (const owner of [...this.#owners]) owner.destroy();
    this.#cancelAll();
    this.#keepAlive.force();
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    const again = setInterval(() => this.#cancelAll(), CANCEL_AGAIN_MILLISECONDS);
    if (!this.#isDrained) await drained;
    clearInterval(again);
    await this.#baton.end();
    notAtExit(this);
    this.#keepAlive.end();
    CloseHandle(this.handle);
    this.#arena.retire();
    stopWinsock();
  }

  /** @internal The thread ends: nothing more will be delivered. */
  abandon(): void {
    this.#cancelAll();
    this.#baton.stop();
  }

  #cancelAll(): void {
    for (const operation of this.#arena.pending()) operation.cancel();
  }

  #assertOpen(): void {
    if (this.closed) throw new Error('the completion port is closed');
  }

  get #isDrained(): boolean {
    return this.#pending === 0 && this.#queue.isEmpty && this.#deferred.length === 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#delivering) return;
    this.#scheduled = true;
    setImmediate(asNobody, this.#turn);
  }

  /** The poller has handed a batch over. */
  readonly #onBatch = (): void => {
    const count = this.#takeBatch();
    if (count === 0) return;
    this.#lone = performance.now() - this.#givenAt > LONE_MILLISECONDS;
    this.#delivering = true;
    try {
      this.#accept(count);
      this.#deliver();
      // After a lone packet nothing is gained by waiting for the next turn, or by looking for more.
      if (this.#lone && this.#queue.isEmpty) this.#resumeDeferred();
    } finally {
      this.#settle();
    }
  };

  readonly #turn = (): void => {
    this.#scheduled = false;
    this.#lone = false;
    this.#delivering = true;
    try {
      this.#accept(this.#takeBatch());
      this.#resumeDeferred();
      this.#pollInline();
      this.#deliver();
    } finally {
      this.#settle();
    }
  };

  #takeBatch(): number {
    const count = this.#baton.take();
    if (count > 0) this.#wakeUps++;
    return count;
  }

  #resumeDeferred(): void {
    const tasks = this.#deferred;
    this.#deferred = this.#deferredBefore;
    this.#deferredBefore = tasks;
    let next = 0;
    try {
      while (next < tasks.length) tasks[next++]!.resume();
    } finally {
      // After an exception of one, the others have their turn with the next.
      if (next < tasks.length) this.#deferred.unshift(...tasks.slice(next));
      tasks.length = 0;
    }
  }

  #pollInline(): void {
    if (this.#baton.given || !this.#mayReceive) return;
    if (!this.#queue.isEmpty && ++this.#turnsSincePoll < TURNS_BETWEEN_POLLS) return;
    this.#turnsSincePoll = 0;
    this.#accept(this.#baton.dequeue());
  }

  /** Reads a batch of packets: their operations are ours again, and wait for delivery. */
  #accept(count: number): void {
    if (count === 0) return;
    const baton = this.#baton;
    this.#idleTurns = 0;
    this.#batches++;
    this.#packets += count;
    for (let i = 0; i < count; i++) {
      const operation = this.#arena.at(baton.overlapped(i));
      if (operation === undefined) {
        if (this.#onPacket) baton.announce(i, this.#onPacket);
        continue;
      }
      // A layered provider may send a packet where it was told to skip it. The record may be in use
      // again by then, and what is under way ends by its own packet.
      if (!operation.pending || operation.words[0] === STATUS_PENDING) continue;
      this.#pending--;
      if (operation.holds) {
        operation.holds = false;
        this.#keepAlive.drop();
      }
      operation.finish(operation.words[0]!, baton.bytes(i));
      this.#queue.push(operation);
    }
  }

  /** Every step leaves the queue whole, so that an exception of a target loses nothing. */
  #deliver(): void {
    for (let budget = BUDGET; budget > 0; budget--) {
      const operation = this.#queue.shift();
      if (operation === undefined) return;
      operation.target?.completed(operation);
    }
  }

  /** What comes next: another turn, or rest. */
  #settle(): void {
    this.turn++;
    this.#delivering = false;
    this.#settledNow = 0;
    this.#keepAlive.update();
    if (this.#onDrained && this.#isDrained) this.#onDrained();
    else if (!this.#queue.isEmpty || this.#deferred.length > 0) this.#schedule();
    else if (this.#mayReceive && !this.#baton.given) this.#rest();
  }

  /** Where nothing can come, nobody needs to wait for it. */
  get #mayReceive(): boolean {
    return this.#pending > 0 || (this.#onPacket !== undefined && !this.closed);
  }

  /** Looks a few turns more, then lets the poller wait. */
  #rest(): void {
    if (!this.#lone && this.#idleTurns++ < this.#options.idleTurns) {
      this.#schedule();
      return;
    }
    this.#idleTurns = 0;
    this.#givenAt = performance.now();
    this.#baton.give();
  }
}
