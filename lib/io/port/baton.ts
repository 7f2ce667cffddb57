import type { Worker } from 'node:worker_threads';
import {
  GetQueuedCompletionStatusEx as DEQUEUE,
  SetEvent,
  WAIT_OBJECT_0,
} from '../../../defs/kernel.g.ts';
import { WAIT_TIMEOUT } from '../../../defs/winerror.g.ts';
import { bindingOf } from '../../ffi/calls/unchecked.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { isMainThread, workerThreads } from '../../ffi/native/builtins.ts';
import { HERE } from '../../ffi/native/here.ts';
import { koffi, placeOfKoffi } from '../../ffi/native/koffi.ts';
import { type Observer, observer } from '../../ffi/trace/observer.ts';
import {
  CloseHandle,
  CreateEventW,
  GetLastError,
  GetQueuedCompletionStatusEx,
  PostQueuedCompletionStatus,
  WaitForSingleObject,
} from '../calls/calls.ts';
import { checkNotZero } from '../calls/check.ts';
import {
  BATCH,
  COUNT,
  ENTRIES_OFFSET,
  ERROR,
  HOLDER,
  HOLDER_IS_OWNER,
  HOLDER_IS_POLLER,
  type PollerStart,
  READY,
  STOP,
  TIMES_OFFSET,
  tellToStop,
} from './baton-state.ts';
import { throwLater } from './listeners.ts';
import {
  ENTRY_BYTES,
  ENTRY_BYTES_WORD,
  ENTRY_KEY_WORD,
  ENTRY_OVERLAPPED_WORD,
  ENTRY_WORDS,
  readPointer,
} from './operation-layout.ts';
import { POLLER_TEXT } from './poller-text.ts';

/** Packets that belong to no operation: another thread or native code has posted them. */
export type PacketHandler = (key: number, bytes: number, overlapped: number) => void;

/** The key of a packet that only wakes the poller. */
const WAKE_KEY = 0x77696e73;

/**
 * How long the poller may stay in one wait, in milliseconds. It is woken when its port ends. But a thread may be
 * terminated, and a process be ended by `process.reallyExit`, without a word to anybody, and both wait for native calls:
 * so every wait ends soon by itself.
 */
const WAIT_MILLISECONDS = 1000;

/**
 * How old a port of a thread of the application is before it gets a poller, in milliseconds: the thread waits until that
 * is loaded, and one that is soon over shall not.
 */
const OLD_MILLISECONDS = 200;

/**
 * How long such a thread waits at most until its poller is loaded, in milliseconds; that takes tens of them. It may be
 * terminated, its poller with it, and where that comes while koffi is being loaded koffi ends the process. So it waits in
 * a native call, which termination waits for in its turn. The end of the process waits by itself, see
 * lib/ffi/native/loading.ts.
 */
const LONGEST_LOADING = 2000;

/**
 * The right to dequeue from a port. Exactly one of two threads has it: this one, which dequeues
 * without waiting while it is busy anyway, or the poller thread, which waits while this one is
 * idle and hands the right back with every batch. Waiting costs a wake-up across threads for each
 * batch; dequeuing here costs none.
 */
export class Baton {
  /** Whether the poller thread has the turn. */
  given = false;
  /** Whether there can be no poller, or it has ended before its time. */
  lost = false;

  /** The OVERLAPPED_ENTRY array of the last batch. */
  readonly #entries: Uint32Array;
  readonly #port: number;
  readonly #control = new SharedArrayBuffer(ENTRIES_OFFSET + BATCH * ENTRY_BYTES);
  readonly #state = new Int32Array(this.#control);
  readonly #address: number;
  readonly #onBatch: () => void;
  readonly #observer = observer();
  readonly #made = performance.now();
  #poller: Worker | undefined;
  #ended: Promise<void> | undefined;

  /**
   * @param port the handle of the completion port
   * @param onBatch called when the poller has handed a batch over: `take()` it
   */
  constructor(port: number, onBatch: () => void) {
    this.#port = port;
    this.#onBatch = onBatch;
    this.#entries = new Uint32Array(this.#control, ENTRIES_OFFSET);
    this.#address = Number(koffi().address(new Uint8Array(this.#control)));
  }

  /**
   * Whether the poller waits when it is let. It is started by the first who asks when it may; until it has begun,
   * which takes tens of milliseconds, a packet would wait for it. Where there can be none it never is.
   */
  get isReady(): boolean {
    if (!this.lost && this.#mayStart) this.#poller ??= this.#start();
    return !this.lost && Atomics.load(this.#state, READY) !== 0;
  }

  /** Lets the poller wait, which must be ready. */
  give(): void {
    if (this.given) return;
    this.given = true;
    Atomics.store(this.#state, HOLDER, HOLDER_IS_POLLER);
    Atomics.notify(this.#state, HOLDER);
    // Cheaper than a message. It comes after `notify`, which would wake this waiter too. The poller
    // may have been faster, and then the value is no promise.
    const { value } = Atomics.waitAsync(this.#state, HOLDER, HOLDER_IS_POLLER);
    Promise.resolve(value).then(this.#onBatch).catch(throwLater);
  }

  /** The batch that the poller has handed over: how many entries, 0 where there is none. */
  take(): number {
    if (!this.given || Atomics.load(this.#state, HOLDER) === HOLDER_IS_POLLER) return 0;
    this.given = false;
    if (this.#observer) this.#tell(this.#observer);
    const error = this.#state[ERROR]!;
    // Waiting has become impossible, and nobody waits for an answer here.
    if (error !== 0) throwLater(new WinsockError(error, 'GetQueuedCompletionStatusEx'));
    return this.#state[COUNT]!;
  }

  /** Tells whoever looks at calls of the one that the poller has made. */
  #tell(seen: Observer): void {
    const [started = 0n, ended = 0n] = new BigInt64Array(this.#control, TIMES_OFFSET, 2);
    const error = this.#state[ERROR]!;
    const entries = this.#address + ENTRIES_OFFSET;
    const args = [this.#port, entries, BATCH, this.#address + COUNT * 4, WAIT_MILLISECONDS, 0];
    const outcome = error === 0 ? { result: 1 } : { result: 0, code: error };
    seen.madeElsewhere(DEQUEUE.definition, args, outcome, 'poller', started, ended);
  }

  /** Dequeues on this thread, which must have the turn. */
  dequeue(milliseconds = 0): number {
    const ok = GetQueuedCompletionStatusEx(
      this.#port,
      this.#address + ENTRIES_OFFSET,
      BATCH,
      this.#address + COUNT * 4,
      milliseconds,
      0,
    );
    if (ok !== 0) return this.#state[COUNT]!;
    const code = GetLastError();
    if (code !== WAIT_TIMEOUT) throw new WinsockError(code, 'GetQueuedCompletionStatusEx');
    return 0;
  }

  /** The address of an entry's OVERLAPPED. */
  overlapped(index: number): number {
    return readPointer(this.#entries, index * ENTRY_WORDS + ENTRY_OVERLAPPED_WORD);
  }

  /** The bytes transferred that an entry tells. */
  bytes(index: number): number {
    return this.#entries[index * ENTRY_WORDS + ENTRY_BYTES_WORD]!;
  }

  /** Tells somebody of an entry that belongs to no operation, unless it was only meant to wake. */
  announce(index: number, handler: PacketHandler): void {
    const key = readPointer(this.#entries, index * ENTRY_WORDS + ENTRY_KEY_WORD);
    const overlapped = this.overlapped(index);
    if (key === WAKE_KEY && overlapped === 0) return;
    setImmediate(handler, key, this.bytes(index), overlapped);
  }

  /** Tells the poller to end, without waiting for it: the process is ending. */
  stop(): void {
    tellToStop(this.#state);
    if (this.#poller) PostQueuedCompletionStatus(this.#port, 0, WAKE_KEY, 0);
  }

  /** There is no poller, and will be none. What it has dequeued last, if anything, is still there. */
  #lose(reason: unknown): void {
    this.lost = true;
    const why = reason instanceof Error ? `: ${reason.message}` : '';
    process.emitWarning(
      `the thread that waits on the completion port cannot run${why}; the port is looked at every few milliseconds instead`,
      { code: 'WINSOCK_NO_POLLER' },
    );
    if (!this.given) return;
    Atomics.store(this.#state, HOLDER, HOLDER_IS_OWNER);
    Atomics.notify(this.#state, HOLDER);
  }

  /** Ends the poller and resolves when its thread is gone. */
  async end(): Promise<void> {
    this.#poller?.ref();
    this.stop();
    await this.#ended;
    this.given = false;
  }

  get #mayStart(): boolean {
    return isMainThread() || performance.now() - this.#made >= OLD_MILLISECONDS;
  }

  #start(): Worker | undefined {
    const start: PollerStart = {
      koffi: placeOfKoffi(),
      control: this.#control,
      port: this.#port,
      entriesAddress: this.#address + ENTRIES_OFFSET,
      countAddress: this.#address + COUNT * 4,
      milliseconds: WAIT_MILLISECONDS,
      binding: bindingOf(DEQUEUE.definition, 'addresses'),
      timedOut: WAIT_TIMEOUT,
      loaded: isMainThread()
        ? undefined
        : { event: newEvent(), binding: bindingOf(SetEvent.definition, 'addresses') },
      timed: this.#observer !== undefined,
    };
    let poller: Worker;
    try {
      poller = new (workerThreads().Worker)(POLLER_TEXT ?? new URL('./poller.ts', HERE), {
        eval: POLLER_TEXT !== undefined,
        workerData: start,
        name: 'winsock poller',
        // The application's own loaders, hooks and agents have no business in this thread.
        execArgv: [],
        env: {},
        stdin: false,
        resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
      });
    } catch (error) {
      if (start.loaded) CloseHandle(start.loaded.event);
      this.#lose(error);
      return undefined;
    }
    if (start.loaded) awaitLoaded(start.loaded.event);
    let reason: unknown;
    poller.once('error', (error) => {
      reason = error;
    });
    this.#ended = new Promise((resolve) => {
      poller.once('exit', () => {
        if (Atomics.load(this.#state, STOP) === 0 && this.#state[ERROR] === 0) this.#lose(reason);
        resolve();
      });
    });
    // What keeps the process alive is the port's pending operations, not the thread.
    poller.unref();
    return poller;
  }
}

/** An event that stays set. */
function newEvent(): number {
  return checkNotZero(CreateEventW(0, 1, 0, 0), 'CreateEventW');
}

/** Where the poller is late it may still set the event, which then stays. */
function awaitLoaded(event: number): void {
  if (WaitForSingleObject(event, LONGEST_LOADING) === WAIT_OBJECT_0) CloseHandle(event);
}
