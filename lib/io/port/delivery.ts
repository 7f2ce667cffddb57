import { SOCK_STREAM, WSA_INVALID_HANDLE } from '../../../defs/winsock2.g.ts';
import { isMainThread } from '../../ffi/native/builtins.ts';
import { observer } from '../../ffi/trace/observer.ts';
import { CreateIoCompletionPort } from '../calls/calls.ts';
import { checkNotZero, stateError } from '../calls/check.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { enableSkip, ownHasIfsHandles } from '../calls/provider.ts';
import { closeWithThread } from '../calls/thread-end.ts';
import { Members, type PlaceOf } from '../lists/members.ts';
import { Queue } from '../lists/queue.ts';
import { Arena } from './arena.ts';
import {
  type Association,
  type AssociationHost,
  associations,
  MOST_RECEIVED,
} from './association.ts';
import { Baton, type PacketHandler } from './baton.ts';
import { asNobody } from './listeners.ts';
import { KeepAlive } from './liveness.ts';
import { type Operation, type OperationHost, operations } from './operation.ts';

// How a port shares the event loop with everybody else.

/**
 * The most completions delivered in one turn of the event loop, so that timers and others get theirs. The loop of
 * Node.js takes as many packets in a turn itself, and a turn costs as much as ten small messages.
 */
const DELIVERIES_PER_TURN = 128;
/**
 * Where a round of deliveries has so many, the next one follows in the same turn of the event loop, as far as the
 * budget goes: a turn of the event loop is a call of the system. After fewer it is worth the turn, because what
 * answers them is often there by then, and a receive that completes at its start costs half as much.
 */
const WORTHWHILE_DELIVERIES = 8;
/** In how many turns no other round is tried after few deliveries, once such a round has brought nothing. */
const TURNS_BETWEEN_TRIES = 16;
/** After how many turns the port is looked at again while there is always something to deliver. */
const TURNS_BETWEEN_POLLS = 8;
/** After how many milliseconds of rest a packet counts as a lone one, which no more will follow soon. */
const LONE_MILLISECONDS = 1;

/** How many milliseconds pass between looks for packets while there is no poller thread. */
const POLLER_START_MILLISECONDS = 1;

/** Something to be done in the next round of deliveries: in the next turn of the event loop at the latest. */
export interface Deferred {
  /** Called in the next round of deliveries. */
  run(): void;
}

/** What ends with its port. */
export interface Dependent {
  /** Among the dependents of its port; −1 where it is none of them. */
  place: number;
  destroy(): void;
}

const PLACE: PlaceOf<Dependent> = {
  get: ({ place }) => place,
  set: (one, place) => {
    one.place = place;
  },
};

/**
 * A port's place in the event loop: it takes packets from the port, or lets the poller thread wait
 * for them, and calls the targets of what has completed. Sockets and operations use it; programs
 * have `CompletionPort`, which is made of one of these.
 */
export class Delivery implements OperationHost, AssociationHost {
  /** The HANDLE of the completion port. */
  readonly handle: number;
  /** Whether the port is closed, or about to be. */
  closing = false;
  readonly arena = new Arena(this);
  readonly keepAlive = new KeepAlive();
  /** What ends with the port. */
  readonly dependents = new Members(PLACE);
  // What `stats` tells.
  batches = 0;
  wakeUps = 0;
  packets = 0;
  completedAtStart = 0;
  /** Counts the turns of the event loop in which the port has looked for something to do. See `wantTurns`. */
  turns = 0;

  readonly #skipOnSuccess: boolean;
  readonly #turnsBeforeRest: number;
  readonly #waitFor: number;
  readonly #baton: Baton;
  readonly #queue = new Queue<Operation>();
  #onPacket: PacketHandler | undefined;
  readonly #deferred = new Queue<Deferred>();
  /** Operations whose packets have not come. */
  #pending = 0;
  /** Counts the rounds of deliveries. */
  #turn = 0;
  #scheduled = false;
  #again: NodeJS.Timeout | undefined;
  #idleTurns = 0;
  /** While targets are called: what they ask for is seen to afterwards. */
  #delivering = false;
  #lone = false;
  #restingSince = 0;
  /** Completions at their start that were reported at once since the last turn. */
  #settledNow = 0;
  #turnsSincePoll = 0;
  /** Up to which turn of the event loop they shall come though nothing is to be done. */
  #turnsWanted = 0;
  #turnsToTry = 0;
  #onDrained: (() => void) | undefined;
  #nextTurn: Promise<void> | undefined;

  /**
   * @param handle a completion port's, which stays the caller's
   * @param skip whether operations that complete at their start may do without a packet
   * @param idleTurns how many turns without a packet pass before the poller thread waits
   * @param waitFor how many milliseconds this thread waits itself before that
   */
  constructor(handle: number, skip: boolean, idleTurns: number, waitFor: number) {
    this.handle = handle;
    this.#skipOnSuccess = skip;
    this.#turnsBeforeRest = idleTurns;
    this.#waitFor = waitFor;
    const seen = observer();
    if (seen) {
      this.#onBatch = seen.watchTurns('wake-up', this.#onBatch);
      this.#onImmediate = seen.watchTurns('turn', this.#onImmediate);
    }
    this.#baton = new Baton(handle, this.#onBatch);
  }

  get pending(): number {
    return this.#pending;
  }

  get onPacket(): PacketHandler | undefined {
    return this.#onPacket;
  }

  set onPacket(handler: PacketHandler | undefined) {
    this.#onPacket = handler;
    if (handler) this.#schedule();
  }

  // Sockets and handles.

  /**
   * Puts a socket or handle on the port.
   *
   * @param maySkip whether what completes at its start may do without a packet
   * @param skips whether it does so already, which cannot be taken back
   * @throws WinsockError, also where the port is closed
   */
  associate(handle: number, isSocket: boolean, maySkip: () => boolean, skips = false): Association {
    this.assertOpen();
    const shallSkip = !skips && this.#skipOnSuccess && maySkip();
    return this.#put(handle, isSocket, shallSkip, skips, 0);
  }

  /** @param leastRoom in bytes: into less nothing is received here */
  #put(
    handle: number,
    isSocket: boolean,
    shallSkip: boolean,
    skips: boolean,
    leastRoom: number,
  ): Association {
    checkNotZero(CreateIoCompletionPort(handle, this.handle, 0, 0), 'CreateIoCompletionPort');
    closeWithThread(handle, isSocket ? 'closesocket' : 'CloseHandle');
    const doesSkip = skips || (shallSkip && enableSkip(handle));
    return associations.create(this, handle, isSocket, doesSkip, leastRoom);
  }

  /**
   * Puts a socket of the package's own making on the port: what its provider can do is known.
   *
   * @param fits whether nothing that is received can be longer than the memory for it: see `maySkipPackets`.
   *   Streams always fit; of others memory for the longest datagram is demanded
   */
  associateOwn(socket: number, kind: SocketKind, fits = kind.type === SOCK_STREAM): Association {
    this.assertOpen();
    const leastRoom = fits && kind.type !== SOCK_STREAM ? MOST_RECEIVED : 0;
    const shallSkip = this.#skipOnSuccess && fits && ownHasIfsHandles(socket, kind);
    return this.#put(socket, true, shallSkip, false, leastRoom);
  }

  /** Stands for no socket, but for the port itself: what is posted to it. */
  associateNothing(): Association {
    return associations.create(this, 0, false, false);
  }

  referenceChanged(association: Association): void {
    const { pending, referenced } = association;
    if (pending > 0) this.keepAlive.change(referenced ? pending : -pending);
  }

  /** @throws WinsockError where the port is closed */
  assertOpen(): void {
    if (this.closing) {
      throw stateError(
        WSA_INVALID_HANDLE,
        'CreateIoCompletionPort',
        'the completion port is closed',
      );
    }
  }

  // Operations.

  /**
   * An operation to start.
   *
   * @throws WinsockError where the port is closed
   */
  take(): Operation {
    this.assertOpen();
    return this.arena.take();
  }

  /**
   * An operation of a socket's, which ends with the port: what the socket still has to do while the
   * port is being closed needs one.
   */
  takeRecord(): Operation {
    return this.arena.take();
  }

  /** As `takeRecord`, for `startReceive` only. */
  takeReceiveRecord(): Operation {
    return this.arena.takeForReceive();
  }

  /**
   * An operation for the program itself.
   *
   * @throws WinsockError where the port is closed
   */
  takeForProgram(): Operation {
    this.assertOpen();
    return this.arena.takeForProgram();
  }

  give(operation: Operation): void {
    this.arena.give(operation);
  }

  began(operation: Operation): void {
    this.#pending++;
    if (operation.on!.referenced) this.keepAlive.hold();
    // A port that is closing waits for all that is pending, and nobody else would end this.
    if (this.closing) operation.cancel();
    if (!this.#baton.given) this.#schedule();
  }

  enqueue(operation: Operation): void {
    this.completedAtStart++;
    this.#queue.push(operation);
    this.#schedule();
  }

  /** Has `run()` called in the next round of deliveries. */
  defer(task: Deferred): void {
    this.#deferred.push(task);
    this.#schedule();
  }

  /**
   * Whether an operation that completed at its start may be reported at once. A loop that awaits one
   * such operation after another would otherwise never let the event loop turn.
   */
  maySettleNow(): boolean {
    if (this.#settledNow >= DELIVERIES_PER_TURN) return false;
    if (this.#settledNow++ === 0) this.#schedule();
    this.completedAtStart++;
    return true;
  }

  /**
   * Resolves in the next turn of the event loop. For what was complete at its start and may not be reported at once:
   * all of a turn is told by one promise.
   */
  nextTurn(): Promise<void> {
    this.#nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#nextTurn = undefined;
        resolve();
      });
    });
    return this.#nextTurn;
  }

  /** The round of deliveries that this is. It is another one when this one, or the turn of the event loop, is over. */
  turnOfNow(): number {
    this.#schedule();
    return this.#turn;
  }

  /**
   * Has so many turns of the event loop come and be counted, also where nothing is to be done in them.
   *
   * @returns the number of the last of them
   */
  wantTurns(count: number): number {
    this.#turnsWanted = this.turns + count;
    this.#schedule();
    return this.#turnsWanted;
  }

  // The end.

  cancelAll(): void {
    for (const operation of this.arena.pending()) operation.cancel();
  }

  /** Resolves when nothing is pending any more, and everything is delivered. */
  async drained(): Promise<void> {
    if (this.#isDrained) return;
    await new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
  }

  /** Ends the poller thread. Nothing may be pending. */
  async end(): Promise<void> {
    await this.#baton.end();
    this.keepAlive.end();
    this.arena.retire();
  }

  /** The thread ends: nothing more will be delivered. */
  abandon(): void {
    this.cancelAll();
    this.#baton.stop();
    // Other threads may have its memory.
    if (!isMainThread() && this.#isDrained) this.arena.retire();
  }

  get #isDrained(): boolean {
    return this.#pending === 0 && this.#queue.isEmpty && this.#deferred.isEmpty;
  }

  // The turns.

  #schedule(): void {
    if (this.#scheduled || this.#delivering) return;
    this.#scheduled = true;
    setImmediate(asNobody, this.#onImmediate);
  }

  /** The poller has handed a batch over. */
  #onBatch = (): void => {
    const count = this.#takeBatch();
    if (count === 0) {
      // Handed over although nothing has come: nobody waits for what comes next.
      if (!this.#baton.given && this.#mayReceive) this.#schedule();
      return;
    }
    this.#lone = performance.now() - this.#restingSince > LONE_MILLISECONDS;
    this.#delivering = true;
    try {
      this.#collect(count);
      this.#deliver(DELIVERIES_PER_TURN);
      // After a lone packet nothing is gained by waiting for the next turn, or by looking for more.
      if (this.#lone && this.#queue.isEmpty) this.#runDeferred();
    } finally {
      this.#settle();
    }
  };

  /** There is no poller, or not yet. */
  readonly #onTimer = (): void => {
    this.#again = undefined;
    this.#onImmediate();
  };

  #onImmediate = (): void => {
    this.#scheduled = false;
    this.turns++;
    this.#lone = false;
    this.#delivering = true;
    try {
      this.#collect(this.#takeBatch());
      const delivered = this.#deliverRounds();
      // Where something was delivered, the program may have more to do than it has done yet.
      if (!delivered && this.#waitFor > 0) this.#waitHere();
    } finally {
      this.#settle();
    }
  };

  /** @returns whether anything was delivered */
  #deliverRounds(): boolean {
    let isTry = false;
    for (let budget = DELIVERIES_PER_TURN; budget > 0; ) {
      this.#runDeferred();
      this.#pollInline();
      const left = this.#deliver(budget);
      const delivered = budget - left;
      budget = left;
      this.#turn++;
      if (delivered === 0) {
        if (isTry) this.#turnsToTry = TURNS_BETWEEN_TRIES;
        return budget < DELIVERIES_PER_TURN;
      }
      isTry = delivered < WORTHWHILE_DELIVERIES;
      if (isTry && this.#turnsToTry > 0) {
        this.#turnsToTry--;
        return true;
      }
    }
    return true;
  }

  /** Waits for packets in place of the poller. Once nothing has come for so long it is the poller's turn. */
  #waitHere(): void {
    if (this.#baton.given || !this.#mayReceive || this.closing) return;
    if (!this.#queue.isEmpty || !this.#deferred.isEmpty) return;
    const count = this.#baton.dequeue(this.#waitFor);
    if (count === 0) {
      this.#idleTurns = this.#turnsBeforeRest;
      return;
    }
    this.#collect(count);
    this.#deliver(DELIVERIES_PER_TURN);
    // The next receive waits while the program does what it does.
    if (this.#queue.isEmpty) this.#runDeferred();
  }

  #takeBatch(): number {
    const count = this.#baton.take();
    if (count > 0) this.wakeUps++;
    return count;
  }

  /** What is deferred meanwhile, and after an exception the rest, has its turn with the next. */
  #runDeferred(): void {
    for (let count = this.#deferred.length; count > 0; count--) this.#deferred.shift()!.run();
  }

  #pollInline(): void {
    if (this.#baton.given || !this.#mayReceive) return;
    if (!this.#queue.isEmpty && ++this.#turnsSincePoll < TURNS_BETWEEN_POLLS) return;
    this.#turnsSincePoll = 0;
    this.#collect(this.#baton.dequeue());
  }

  /** Reads a batch of packets: their operations are ours again, and wait for delivery. */
  #collect(count: number): void {
    if (count === 0) return;
    const baton = this.#baton;
    this.#idleTurns = 0;
    this.batches++;
    this.packets += count;
    for (let i = 0; i < count; i++) {
      const operation = this.arena.at(baton.overlapped(i));
      if (operation === undefined) {
        if (this.#onPacket) baton.announce(i, this.#onPacket);
        continue;
      }
      if (!operations.finish(operation, baton.bytes(i))) continue;
      this.#pending--;
      if (operation.on!.referenced) this.keepAlive.drop();
      this.#queue.push(operation);
    }
  }

  /**
   * Every step leaves the queue whole, so that an exception of a target loses nothing.
   *
   * @param budget how many may be delivered
   * @returns how many more might have been
   */
  #deliver(budget: number): number {
    for (let left = budget; left > 0; left--) {
      const operation = this.#queue.shift();
      if (operation === undefined) return left;
      operations.deliver(operation);
    }
    return 0;
  }

  /** What comes next: another turn, or rest. */
  #settle(): void {
    this.#turn++;
    this.#delivering = false;
    this.#settledNow = 0;
    this.keepAlive.update();
    if (this.#onDrained && this.#isDrained) this.#onDrained();
    else if (!this.#queue.isEmpty || !this.#deferred.isEmpty) this.#schedule();
    else if (this.turns < this.#turnsWanted) this.#schedule();
    else if (this.#mayReceive && !this.#baton.given) this.#rest();
  }

  /** Where nothing can come, nobody needs to wait for it. */
  get #mayReceive(): boolean {
    return this.#pending > 0 || (this.#onPacket !== undefined && !this.closing);
  }

  /** Looks a few turns more, then lets the poller wait. */
  #rest(): void {
    if (!this.#lone && this.#idleTurns++ < this.#turnsBeforeRest) {
      this.#schedule();
      return;
    }
    this.#idleTurns = 0;
    this.#restingSince = performance.now();
    if (this.#baton.isReady) this.#baton.give();
    else this.#again ??= setTimeout(asNobody, POLLER_START_MILLISECONDS, this.#onTimer).unref();
  }
}
