import { INVALID_HANDLE_VALUE } from '../../../defs/kernel.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { type BufferPoolStats, bufferStats } from '../calls/buffers.ts';
import { CreateIoCompletionPort, PostQueuedCompletionStatus } from '../calls/calls.ts';
import { checkNotZero } from '../calls/check.ts';
import { maySkipPackets, protocolInfo } from '../calls/provider.ts';
import { startWinsock, stopWinsock } from '../calls/startup.ts';
import { closeAfterThreads, closeOnce, closeWithThread } from '../calls/thread-end.ts';
import { flag, whole } from '../options/kinds.ts';
import { type Check, type OptionTable, optionsOf } from '../options/options.ts';
import type { Association } from './association.ts';
import type { PacketHandler } from './baton.ts';
import { type Deferred, Delivery } from './delivery.ts';
import { INSPECT, type Inspect, printed } from './inspection.ts';
import { throwLater } from './listeners.ts';
import { atExit, notAtExit } from './liveness.ts';
import type { Operation } from './operation.ts';

/**
 * How many threads of a port may run at once, which is both: while only one may, the system counts this one, which has
 * looked for packets, and keeps the poller waiting although a packet is there.
 */
const THREADS = 2;

/** After how many milliseconds an operation that has not ended is cancelled again. */
const CANCEL_AGAIN_MILLISECONDS = 20;

/** How a completion port works. */
export interface CompletionPortOptions {
  /**
   * Whether operations that complete at their start are delivered without a packet, where the
   * provider of the socket allows it. Default true.
   */
  skipOnSuccess?: boolean;
  /**
   * How many turns of the event loop to look for packets inline after the last one, before the
   * poller thread waits for the next. Each turn costs processor time and may save a wake-up.
   * At most 10000. Default 1.
   */
  idleTurns?: number;
  /**
   * For how many milliseconds this thread itself waits for packets where nothing else is to be done on the port,
   * before the poller thread waits for the next: 0 to 1000. A lone message then comes without a hop between
   * threads. The thread does nothing else meanwhile: timers and the I/O of others may come so much later,
   * again and again. For threads that do little beside the port's work, such as workers. Default 0.
   */
  waitFor?: number;
}

/** More turns than this would be a busy loop rather than a look. */
const MOST_IDLE_TURNS = 10_000;

/** How long this thread may wait at most: a program that wants more wants to block. */
const LONGEST_WAIT_MILLISECONDS = 1000;

const OPTIONS: OptionTable<CompletionPortOptions> = {
  skipOnSuccess: flag,
  idleTurns: whole(0, MOST_IDLE_TURNS),
  waitFor: whole(0, LONGEST_WAIT_MILLISECONDS),
};

/** What a completion port has done, and what it holds. */
export interface CompletionPortStats {
  /** Batches of packets dequeued, by either thread. */
  batches: number;
  /** Batches that the poller thread handed over: wake-ups of this thread. */
  wakeUps: number;
  /** Batches dequeued on this thread, without a wake-up. */
  inlineDequeues: number;
  /** Packets dequeued. */
  packets: number;
  /** Completions that needed no packet. */
  completedAtStart: number;
  /** Operations whose packet has not come. */
  pending: number;
  /** Operation records: all, and those not in use. */
  records: { total: number; free: number };
  /** Memory pooled for receiving, of all ports. */
  buffers: BufferPoolStats;
}

/** One operation that has not ended, for a leak report. */
export interface PendingOperation {
  /** What it does: 'receive'. */
  kind: string;
  /** What it was started on. */
  handle: number;
}

/**
 * The machine behind a port, for those who make sockets on it.
 *
 * @throws TypeError for what is no completion port
 */
export let deliveryOf: (port: CompletionPort) => Delivery;

/** The option that names a port, for those who make sockets on it. */
export const completionPortOption: Check = (value, name) => {
  if (value instanceof CompletionPort) return;
  throw new TypeError(`${name} is a CompletionPort, got ${describe(value)}`);
};

let shared: CompletionPort | undefined;

/**
 * A completion port and the operations that complete through it.
 *
 * Completions are always delivered from the event loop, never from within the call that started
 * the operation, and an exception thrown by a target is an uncaught exception like that of any
 * event handler. At most 128 are delivered in one turn, so that a busy socket starves neither
 * timers nor its neighbours.
 */
export class CompletionPort {
  /** The HANDLE of the completion port. */
  readonly handle: number;
  readonly #delivery: Delivery;
  /** What posted packets belong to. */
  readonly #own: Association;
  #closing: Promise<void> | undefined;

  static {
    deliveryOf = (port) => {
      if (typeof port !== 'object' || port === null || !(#delivery in port)) {
        throw new TypeError(`a completion port is a CompletionPort, got ${describe(port)}`);
      }
      return port.#delivery;
    };
  }

  /**
   * @throws WinsockError where the system makes no port or Winsock cannot be started; TypeError or
   *   RangeError for options that are none
   */
  constructor(options?: CompletionPortOptions) {
    const given = optionsOf(options, 'CompletionPort', OPTIONS);
    const { skipOnSuccess = true, idleTurns = 1, waitFor = 0 } = given;
    startWinsock();
    closeAfterThreads();
    this.handle = CreateIoCompletionPort(INVALID_HANDLE_VALUE, 0, 0, THREADS);
    checkNotZero(this.handle, 'CreateIoCompletionPort');
    closeWithThread(this.handle, 'CloseHandle');
    this.#delivery = new Delivery(this.handle, skipOnSuccess, idleTurns, waitFor);
    this.#own = this.#delivery.associateNothing();
    atExit(this.#delivery);
  }

  /**
   * The port that sockets use where none is named. It is made at the first use.
   *
   * @throws WinsockError where the system makes no port or Winsock cannot be started
   */
  static get default(): CompletionPort {
    if (!shared || shared.closed) shared = new this();
    return shared;
  }

  /** Called for packets that belong to no operation. */
  get onPacket(): PacketHandler | undefined {
    return this.#delivery.onPacket;
  }

  set onPacket(handler: PacketHandler | undefined) {
    this.#delivery.onPacket = handler;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const { handle, closed } = this;
    const { pending } = this.#delivery;
    return printed('CompletionPort', { handle, pending, closed }, options, inspect);
  }

  /**
   * Has the operations of a socket complete through this port. A handle can have one port only, for
   * good.
   *
   * @param socket a SOCKET made for overlapped use; it is closed by the result's `close`
   * @throws WinsockError, also where the port is closed
   */
  associate(socket: number): Association {
    return this.#delivery.associate(socket, true, () => maySkipPackets(protocolInfo(socket)));
  }

  /**
   * Has the operations of a file, pipe or other handle opened for overlapped use complete here.
   *
   * @throws WinsockError, also where the port is closed
   */
  associateHandle(handle: number): Association {
    return this.#delivery.associate(handle, false, () => true);
  }

  /**
   * An operation to start. Release it when it is no longer needed.
   *
   * @throws WinsockError where the port is closed
   */
  take(): Operation {
    return this.#delivery.takeForProgram();
  }

  /**
   * Posts a packet of our own: the operation completes with it.
   *
   * @param operation one that is not pending
   * @param bytes what it will report as bytes transferred, 0 to 4294967295
   * @throws WinsockError; RangeError for a number of bytes that is none; WinsockError where the port is closed, or
   *   the operation is under way or released
   */
  post(operation: Operation, bytes = 0): void {
    this.#delivery.assertOpen();
    if (bytes !== bytes >>> 0) {
      throw new RangeError(
        `what is posted counts bytes from 0 to ${0xffffffff}, got ${describe(bytes)}`,
      );
    }
    operation.prepare(this.#own, 'post');
    checkNotZero(
      PostQueuedCompletionStatus(this.handle, bytes, 0, operation.address),
      'PostQueuedCompletionStatus',
    );
    operation.becomePending();
  }

  /**
   * Has a task run before what completes next is delivered: in the next turn of the event loop, or later in this
   * one while the port is busy.
   *
   * @throws TypeError for what has no `run`
   */
  defer(task: Deferred): void {
    if (typeof task?.run !== 'function') {
      throw new TypeError(`defer takes an object with a method run, got ${describe(task)}`);
    }
    this.#delivery.defer(task);
  }

  /** Pending operations keep the process alive, which is how a port starts. */
  ref(): this {
    this.#delivery.keepAlive.enable(true);
    return this;
  }

  /** Lets the process end although operations are pending. */
  unref(): this {
    this.#delivery.keepAlive.enable(false);
    return this;
  }

  /** What the port has done so far, and what it holds now. */
  stats(): CompletionPortStats {
    const { batches, wakeUps, packets, completedAtStart, pending, arena } = this.#delivery;
    return {
      batches,
      wakeUps,
      inlineDequeues: batches - wakeUps,
      packets,
      completedAtStart,
      pending,
      records: { total: arena.size, free: arena.available },
      buffers: bufferStats(),
    };
  }

  /** The operations that have not ended: what a port that does not close waits for. */
  pendingOperations(): PendingOperation[] {
    const pending = this.#delivery.arena.pending();
    return Array.from(pending, ({ kind, on }) => ({ kind, handle: on!.handle }));
  }

  /**
   * Closes the port: destroys the sockets that were made on it, cancels every other operation,
   * waits until the last packet has come, and ends the poller thread. Resolves when all that is over.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const delivery = this.#delivery;
    delivery.closing = true;
    // Deferred, so that `closed` is true for whatever the dependents do.
    await undefined;
    for (const dependent of delivery.dependents) {
      try {
        dependent.destroy();
      } catch (error) {
        // One whose handle was closed behind its back keeps no other from being closed.
        throwLater(error);
      }
    }
    delivery.cancelAll();
    delivery.keepAlive.force();
    const again = setInterval(() => delivery.cancelAll(), CANCEL_AGAIN_MILLISECONDS);
    await delivery.drained();
    clearInterval(again);
    await delivery.end();
    notAtExit(delivery);
    try {
      closeOnce(this.handle, 'CloseHandle');
    } catch {
      // Somebody else has closed it, and it is closed.
    }
    stopWinsock();
  }
}
