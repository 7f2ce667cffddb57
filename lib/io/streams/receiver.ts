import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { Waiters } from '../handles/waiters.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import { startReceive } from '../ops/receive.ts';
import type { Association } from '../port/association.ts';
import type { Deferred, Delivery } from '../port/delivery.ts';
import { type Callback, handOut } from '../port/listeners.ts';
import type { CompletionTarget, Operation } from '../port/operation.ts';
import { join, type Reader } from '../sockets/readers.ts';
import { ReceiveMemory } from './receive-memory.ts';

/** 16 KiB: programs of Node.js take a message of some KiB for one piece. Pages that nothing comes into cost nothing. */
const MEMORY_OF_STREAMS = 2;

/**
 * Where so many operations are under way on a port, a connection that rests waits until there is something, and takes
 * memory then: what they would hold together is more than a call more for each of them costs.
 */
const MANY_OPERATIONS = 512;
/** A connection to which nothing came in so many turns of the event loop rests. So does one to which nothing came yet. */
const TURNS_OF_REST = 4096;

/** What a connection tells its receiving half, and is told by it. */
export interface ReceiverOwner {
  /** Why the connection failed, where it has. */
  readonly error: Error | undefined;
  /** Whether our end of the connection is sent. */
  readonly finished: boolean;
  /** Something has come. */
  active(): void;
  /** Bytes for whoever listens. */
  data(chunk: Buffer): void;
  /** The peer has ended the stream, and everything before that is read. */
  ended(): void;
  failed(code: number, syscall: string): void;
  /** Nothing is pending any more, after the socket was closed. */
  idle(): void;
}

/**
 * What is done with received data: nobody has said anything; `read()` takes it chunk by chunk; `data` listeners
 * get all of it; listeners wait until `resume()`.
 */
type Demand = 'none' | 'reads' | 'flowing' | 'paused';

/**
 * So many turns of the event loop after a write all are told of it, and have had a turn for what they do then: one
 * may have begun before they asked for theirs.
 */
const TURNS_TO_TELL = 2;

/**
 * The receiving half of a connection: at most one receive at a time, started when asked.
 *
 * The receive is started in the turn of the event loop after it was asked for: by then the answer
 * to what was just sent has often arrived, and the receive completes at its start, which costs half
 * as much as waiting for its packet.
 */
export class Receiver implements CompletionTarget, Deferred {
  /** Bytes received. */
  bytesRead = 0;
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: ReceiverOwner;
  /** Made with the first receive that has some. */
  #memory: ReceiveMemory | undefined;
  /** Those who wait for something to be received; made when somebody does. */
  #readers: Reader<Buffer | null>[] | undefined;
  /** Received, and not taken yet; made when something is. */
  #chunks: Buffer[] | undefined;
  #operation: Operation | undefined;
  #borrower: Callback<[Buffer]> | undefined;
  #demand: Demand = 'none';
  /** The peer's half: open; its end has come; that was told to whoever reads. */
  #incoming: 'open' | 'ended' | 'told' = 'open';
  /** Whether the next receive begins as soon as what came is handed over. */
  #atOnce = false;
  /** The turn of the event loop from which on whoever has written was told of it. */
  #toldIn = 0;
  /** The turn of the event loop in which the next receive begins at the earliest. */
  #startIn = 0;
  /** Whether everything is over and was told; nothing is shown after that. */
  #released = false;
  /** Whether no receive is started any more: the socket is about to be given away. */
  #halted = false;
  /** Those who wait for the end of what is under way; made when somebody does. */
  #stopped: Waiters | undefined;
  #gate: (() => boolean) | undefined;
  /** Whether the receive that is under way only waits, without memory. */
  #waits = false;
  /** Whether the last receive took long. */
  #rests = true;
  /** The turn of the event loop from which on something is waited for. */
  #since = 0;
  /** The next receive: not asked for; to be started; under way. */
  #receive: 'none' | 'asked' | 'underWay' = 'none';

  /** @param unread what was received before */
  constructor(delivery: Delivery, on: Association, owner: ReceiverOwner, unread?: Uint8Array) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
    if (unread && unread.length > 0) this.#keep(Buffer.from(unread));
  }

  /** Whether a receive is started and its end not delivered. */
  get underWay(): boolean {
    return this.#receive === 'underWay';
  }

  get paused(): boolean {
    return this.#demand === 'paused';
  }

  /** Whether the peer's end has come, and whether it was told. */
  get incoming(): 'open' | 'ended' | 'told' {
    return this.#incoming;
  }

  /** Whether something was received that nobody has taken. */
  get #hasChunks(): boolean {
    return this.#chunks !== undefined && this.#chunks.length > 0;
  }

  #keep(chunk: Buffer): void {
    this.#chunks ??= [];
    this.#chunks.push(chunk);
  }

  /** Whether somebody waits for what comes. */
  get #isRead(): boolean {
    return this.#readers !== undefined && this.#readers.length > 0;
  }

  #takeReaders(): Reader<Buffer | null>[] {
    return this.#readers?.splice(0) ?? [];
  }

  pause(): void {
    this.#demand = 'paused';
  }

  resume(): void {
    if (this.#demand === 'flowing') return;
    this.#demand = 'flowing';
    if (this.#hasChunks || this.#incoming !== 'open') this.#drainLater();
    else this.ask();
  }

  /** Shows what comes to a handler, in place of the owner's `data`. */
  borrow(handler: Callback<[Buffer]>): void {
    this.#borrower = handler;
  }

  /** The next bytes; null at the end of the stream, or where the socket is destroyed. */
  read(options: OperationOptions): Promise<Buffer | null> {
    if (this.#demand === 'none') this.#demand = 'reads';
    if (this.#hasChunks) {
      const chunk = this.#chunks!.shift()!;
      this.#askAhead();
      return Promise.resolve(chunk);
    }
    if (this.#incoming !== 'open') {
      this.tellEnd();
      return Promise.resolve(null);
    }
    if (this.#owner.error) return Promise.reject(this.#owner.error);
    if (this.#on.closed) return Promise.resolve(null);
    this.#readers ??= [];
    const next = join(this.#readers, options, 'WSARecv');
    this.ask();
    return next;
  }

  /**
   * Has each receive begin as soon as what came is handed over, and the first one now: nothing that is sent in
   * answer can then make the peer throw away what it had sent before, and none of its resets is missed.
   * This is for streams of Node.js, and gives them more memory to begin with.
   */
  receiveAtOnce(): void {
    this.#atOnce = true;
    this.#memory ??= new ReceiveMemory();
    this.#memory.takeAtLeast(MEMORY_OF_STREAMS);
    this.run();
  }

  /**
   * Something was written. Whoever has done so is told in the next ticks, and has a turn of the event loop for what
   * he does then: what comes before that is early.
   */
  written(): void {
    this.#toldIn = this.#delivery.wantTurns(TURNS_TO_TELL);
  }

  /** Whether somebody has still to be told of what he has written. */
  get isEarly(): boolean {
    return this.#delivery.turns < this.#toldIn;
  }

  /**
   * What came was answered: the next receive does not begin before that was told, in place of at once. Most often
   * the answer's answer is there by then, and a receive that completes at its start costs half as much.
   */
  awaitAnswer(): void {
    this.#startIn = this.#toldIn;
  }

  /**
   * Has a receive begin only where something is there to be received.
   *
   * @param gate says whether it is; where not, it has `run` called later
   */
  receiveOnlyWhere(gate: () => boolean): void {
    this.#gate = gate;
    // One that waits already is begun anew.
    if (this.#receive === 'underWay') void this.halt().then(() => this.goOn());
  }

  /** Asks for one more chunk, where none waits. */
  ask(): void {
    if (this.#hasChunks || this.#halted) return;
    if (this.#receive !== 'none' || this.#incoming !== 'open' || this.#on.closed) return;
    this.#receive = 'asked';
    this.#delivery.defer(this);
  }

  /** Receives the next chunk, unless there is one that nobody has taken. */
  #askAhead(): void {
    if (this.#hasChunks) return;
    const waits = !this.#atOnce || this.#delivery.turns < this.#startIn;
    if (waits || this.#halted || this.#receive !== 'none') this.ask();
    else if (this.#incoming === 'open') this.#start();
  }

  /** Starts the receive that was asked for, unless it was meanwhile. */
  run(): void {
    if (this.#receive !== 'asked') return;
    if (this.#delivery.turns < this.#startIn) this.#delivery.defer(this);
    else this.#start();
  }

  /** @param isThere whether there is something to be received */
  #start(isThere = false): void {
    if (this.#on.closed || this.#halted) {
      this.#receive = 'none';
      return;
    }
    if (this.#gate) {
      this.#receive = 'asked';
      if (!this.#gate()) return;
    }
    if (this.#operation === undefined) {
      this.#operation = this.#delivery.takeReceiveRecord();
      this.#operation.target = this;
    }
    this.#receive = 'underWay';
    if (!isThere) this.#since = this.#delivery.turns;
    this.#waits = this.#rests && !isThere && this.#shallWait;
    const code = this.#waits
      ? this.#startWaiting(this.#operation)
      : this.#startReceive(this.#operation);
    if (this.#operation.goesOn(code)) return;
    this.#receive = 'none';
    this.#owner.failed(code, 'WSARecv');
  }

  /** Whether it is worth a call more to hold no memory meanwhile. */
  get #shallWait(): boolean {
    return this.#delivery.pending >= MANY_OPERATIONS && !this.#atOnce;
  }

  #startReceive(operation: Operation): number {
    this.#memory ??= new ReceiveMemory();
    this.#memory.prepare();
    const { address, length, owner } = this.#memory;
    return startReceive(operation, this.#on, address, length, owner);
  }

  /** A receive of nothing ends when there is something, the end or a failure, and takes none of it. */
  #startWaiting(operation: Operation): number {
    return startReceive(operation, this.#on, operation.address, 0, undefined);
  }

  completed(operation: Operation): void {
    this.#receive = 'none';
    this.#stopped?.tell();
    if (this.#on.closed) this.#owner.idle();
    else if (this.#halted && operation.code === WSA_OPERATION_ABORTED) return;
    else if (operation.code !== 0) this.#owner.failed(operation.code, 'WSARecv');
    else if (this.#waits) this.#start(true);
    else if (operation.bytes === 0) this.#endCame();
    else this.#bytesCame(operation.bytes);
  }

  #bytesCame(bytes: number): void {
    const memory = this.#memory!;
    this.bytesRead += bytes;
    this.#rests = this.#delivery.turns - this.#since >= TURNS_OF_REST;
    this.#owner.active();
    const reader = this.#isRead ? this.#readers!.shift() : undefined;
    try {
      if (reader) reader.resolve(memory.copyOut(bytes));
      else if (this.#demand !== 'flowing' || this.#halted) this.#keep(memory.copyOut(bytes));
      else if (this.#borrower) memory.lend(bytes, this.#borrower);
      else this.#owner.data(memory.copyOut(bytes));
    } finally {
      // Also after an exception of the listener.
      this.#askAhead();
    }
  }

  #endCame(): void {
    this.#incoming = 'ended';
    // Whoever reads, and has not asked yet, may still want to answer before our half is ended too.
    const isAsked = this.#isRead || this.#demand === 'flowing';
    if (isAsked || this.#owner.finished || this.#demand === 'none') this.tellEnd();
  }

  /** Tells the peer's end to all who read, once. */
  tellEnd(): void {
    if (this.#incoming !== 'ended') return;
    this.#incoming = 'told';
    for (const reader of this.#takeReaders()) reader.resolve(null);
    this.#owner.ended();
  }

  #drainLater(): void {
    this.#delivery.defer({ run: () => this.#drain() });
  }

  #drain(): void {
    handOut(
      this.#chunks ?? [],
      () => this.#demand === 'flowing' && !this.#released && !this.#halted,
      (chunk) => (this.#borrower ? this.#borrower.run(chunk) : this.#owner.data(chunk)),
      () => this.#drainLater(),
    );
    if (this.#demand !== 'flowing' || this.#released || this.#halted) return;
    if (this.#incoming === 'ended') this.tellEnd();
    else this.ask();
  }

  /**
   * Starts no receive any more, and gives up the one that is under way. What comes all the same is kept.
   * Resolves when nothing is under way.
   */
  halt(): Promise<void> {
    this.#halted = true;
    if (this.#receive !== 'underWay') return Promise.resolve();
    this.#operation!.cancel();
    this.#stopped ??= new Waiters();
    return this.#stopped.next();
  }

  /** Takes `halt` back. */
  goOn(): void {
    this.#halted = false;
    if (this.#demand === 'flowing') this.#drainLater();
    else this.ask();
  }

  /** Takes what has come and nobody has taken. */
  takeUnread(): Uint8Array {
    return Buffer.concat(this.#chunks?.splice(0) ?? []);
  }

  /** Gives everything back, and settles what reads. Nothing may be under way. */
  release(): void {
    this.#released = true;
    this.#operation?.release();
    this.#operation = undefined;
    this.#memory?.release();
    for (const reader of this.#takeReaders()) {
      if (this.#owner.error) reader.reject(this.#owner.error);
      else reader.resolve(null);
    }
  }
}
