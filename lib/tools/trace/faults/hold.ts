/**
 * Completions that are held back, for a time or until they are cancelled. The system is done with such an
 * operation, the program is not told: its memory stays until it is.
 */

import { PostQueuedCompletionStatus } from '../../../../defs/kernel.g.ts';
import { WAIT_TIMEOUT } from '../../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED as CANCELLED } from '../../../../defs/winsock2.g.ts';
import type { Call } from '../../../ffi/calls/definition.ts';
import type { Parameter } from '../../../ffi/calls/parameter.ts';
import { bindUnchecked, type Unchecked } from '../../../ffi/calls/unchecked.ts';
import { lastError, leavingLastError, setLastError } from '../../../ffi/native/last-error.ts';
import { OVERLAPPED_LAYOUT as OVERLAPPED } from '../../../ffi/windows.g.ts';
import { OVERLAPPED_ENTRY_LAYOUT as ENTRY } from '../../../io/calls/layouts.g.ts';
import { Arguments, memoryOf, pointerAt, viewAt, viewOf } from '../calls/arguments.ts';
import { Bounded } from '../calls/bounded.ts';
import { packetsOf } from '../calls/completions.ts';
import { overlappedAt } from '../calls/operations.ts';

const STATUS_CANCELLED = 0xc0000120;
const INFINITE = 0xffffffff;
const FILE_SKIP_COMPLETION_PORT_ON_SUCCESS = 1;
const MOST_HANDLES = 65536;

/** Where the packets of a handle go. */
interface Association {
  readonly port: number;
  readonly key: number;
  skips: boolean;
}

/** An operation whose packet is not to arrive. */
interface Held {
  readonly handle: number;
  readonly association: Association;
  /** When its packet may arrive, by `performance.now`; never, where it waits for its end. */
  readonly due: number;
  readonly text: string;
  /** The arguments of its call: they hold its memory. */
  readonly args: readonly unknown[];
  /** How many bytes it has carried, once its packet has come. */
  bytes: number | undefined;
}

/** A function of kernel32 fails. */
function failed(code: number): number {
  setLastError(code);
  return 0;
}

type Post = Unchecked<typeof PostQueuedCompletionStatus>;

export class HeldBack {
  readonly #associations = new Bounded<number, Association>(MOST_HANDLES);
  readonly #held = new Map<number, Held>();
  /** What is to be said of the next completion of an OVERLAPPED. */
  readonly #marks = new Bounded<number, string>(MOST_HANDLES);
  /** Those whose packets are under way that say that they were cancelled. */
  readonly #cancelled = new Set<number>();
  #post: Post | undefined;

  /** The functions that are looked at for this, beside those that begin operations. */
  static readonly FUNCTIONS: readonly string[] = [
    'CreateIoCompletionPort',
    'SetFileCompletionNotificationModes',
    'GetQueuedCompletionStatus',
    'GetQueuedCompletionStatusEx',
    'CancelIo',
    'CancelIoEx',
    'closesocket',
    'CloseHandle',
  ];

  /** The association of a handle; undefined where its completions go to no port. */
  of(handle: number): Association | undefined {
    return this.#associations.get(handle);
  }

  /**
   * Holds an operation back that has just been begun.
   *
   * @param overlapped the address of its OVERLAPPED
   * @param milliseconds for how long; infinite until it is cancelled
   * @param isOver whether it is over already, and no packet will come
   * @param bytes how many it has carried then
   */
  hold(
    overlapped: number,
    handle: number,
    milliseconds: number,
    text: string,
    args: readonly unknown[],
    isOver: boolean,
    bytes: number,
  ): void {
    const association = this.of(handle);
    if (!association) return;
    const due = performance.now() + milliseconds;
    const held: Held = { handle, association, due, text, args, bytes: undefined };
    this.#held.set(overlapped, held);
    if (isOver) this.#came(overlapped, held, bytes);
  }

  /** The operation was not begun. */
  forget(overlapped: number): void {
    this.#held.delete(overlapped);
  }

  /** What was done to an operation, once. */
  takeMark(overlapped: number): string | undefined {
    const mark = this.#marks.get(overlapped);
    this.#marks.delete(overlapped);
    return mark;
  }

  watch(name: string, call: Call, parameters: readonly Parameter[]): Call {
    const named = (args: readonly unknown[]) => new Arguments(parameters, args);
    switch (name) {
      case 'CreateIoCompletionPort':
        return (...args) => {
          const port = call(...args);
          const given = named(args);
          const handle = given.number('FileHandle');
          if (handle !== -1 && port !== 0 && port !== null) {
            const key = given.number('CompletionKey');
            this.#associations.set(handle, { port: Number(port), key, skips: false });
          }
          return port;
        };
      case 'SetFileCompletionNotificationModes':
        return (...args) => {
          const result = call(...args);
          const given = named(args);
          const association = this.of(given.number('FileHandle'));
          const skips = (given.number('Flags') & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) !== 0;
          if (association && result !== 0) association.skips ||= skips;
          return result;
        };
      case 'GetQueuedCompletionStatus':
        return (...args) => this.#wait(call, parameters, args, (given) => this.#takeOne(given));
      case 'GetQueuedCompletionStatusEx':
        return (...args) => this.#wait(call, parameters, args, (given) => this.takeOut(given));
      default:
        return (...args) => this.#ending(name, call, args, named(args));
    }
  }

  /**
   * Waits for packets, and passes those over that are held back.
   *
   * @param left takes out what is held back, and tells whether something is left
   */
  #wait(
    call: Call,
    parameters: readonly Parameter[],
    args: readonly unknown[],
    left: (args: Arguments) => boolean,
  ): unknown {
    const given = new Arguments(parameters, args);
    const index = parameters.findIndex(({ name }) => name === 'dwMilliseconds');
    const wanted = given.number('dwMilliseconds') >>> 0;
    const end = wanted === INFINITE ? Number.POSITIVE_INFINITY : performance.now() + wanted;
    for (;;) {
      this.#deliverDue();
      const now = performance.now();
      const wait = Math.min(end, this.#nextDue()) - now;
      const milliseconds =
        wait === Number.POSITIVE_INFINITY ? INFINITE : Math.max(0, Math.ceil(wait));
      const result = call(...args.map((value, at) => (at === index ? milliseconds : value)));
      const isTimeout = result === 0 && lastError() === WAIT_TIMEOUT;
      if (!isTimeout && left(given)) return this.#isCancelled(given) ? failed(CANCELLED) : result;
      if (performance.now() >= end) return failed(WAIT_TIMEOUT);
    }
  }

  /** Takes the packets out that are held back; whether others are left, or none was there. */
  takeOut(given: Arguments): boolean {
    const packets = packetsOf(given);
    for (const { overlapped } of packets) this.#cancelled.delete(overlapped);
    const stays = packets.filter(({ overlapped, bytes }) => !this.#takes(overlapped, bytes));
    if (stays.length === packets.length) return true;
    const entries = memoryOf(given.of('lpCompletionPortEntries'), packets.length * ENTRY.size)!;
    const kept = stays.map(({ at }) => entries.slice(at, at + ENTRY.size));
    for (const [index, entry] of kept.entries()) entries.set(entry, index * ENTRY.size);
    viewOf(memoryOf(given.of('ulNumEntriesRemoved'), 4)!).setUint32(0, kept.length, true);
    return kept.length > 0;
  }

  /** Whether a packet of GetQueuedCompletionStatus is that of an operation that was cancelled here. */
  #isCancelled(given: Arguments): boolean {
    const overlapped = given.of('lpOverlapped');
    return overlapped !== undefined && this.#cancelled.delete(pointerAt(overlapped) ?? 0);
  }

  #takeOne(given: Arguments): boolean {
    const overlapped = pointerAt(given.of('lpOverlapped')) ?? 0;
    const bytes = memoryOf(given.of('lpNumberOfBytesTransferred'), 4);
    return !this.#takes(overlapped, bytes ? viewOf(bytes).getUint32(0, true) : 0);
  }

  #takes(overlapped: number, bytes: number): boolean {
    const held = this.#held.get(overlapped);
    if (held?.bytes !== undefined || held === undefined) return false;
    this.#came(overlapped, held, bytes);
    return this.#held.has(overlapped);
  }

  /** The operation is over. */
  #came(overlapped: number, held: Held, bytes: number): void {
    held.bytes = bytes;
    if (held.due === Number.POSITIVE_INFINITY) return;
    const left = held.due - performance.now();
    if (left <= 0) {
      this.#held.delete(overlapped);
      this.#marks.set(overlapped, held.text);
    } else setTimeout(() => this.#deliverDue(), left);
  }

  #nextDue(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { due, bytes } of this.#held.values())
      if (bytes !== undefined) next = Math.min(next, due);
    return next;
  }

  #deliverDue(): void {
    const now = performance.now();
    for (const [overlapped, held] of this.#held) {
      if (held.bytes !== undefined && held.due <= now) this.#deliver(overlapped, held, held.bytes);
    }
  }

  #deliver(overlapped: number, { association, text }: Held, bytes: number): void {
    this.#held.delete(overlapped);
    this.#marks.set(overlapped, text);
    leavingLastError(() => {
      this.#post ??= bindUnchecked(PostQueuedCompletionStatus, 'addresses');
      this.#post(association.port, bytes, association.key, overlapped);
    });
  }

  /** A call that ends operations: those that are held back end with them. */
  #ending(name: string, call: Call, args: readonly unknown[], given: Arguments): unknown {
    const isClose = name === 'closesocket' || name === 'CloseHandle';
    const handle = isClose ? Number(args[0]) : given.number('hFile');
    const only = name === 'CancelIoEx' ? overlappedAt(given.of('lpOverlapped')) : 0;
    let ended = 0;
    for (const [overlapped, held] of this.#held) {
      if (held.handle !== handle || (only !== 0 && only !== overlapped)) continue;
      if (held.bytes === undefined) {
        // What the system now ends arrives as it ends it.
        this.#held.delete(overlapped);
        this.#marks.set(overlapped, held.text);
        continue;
      }
      ended++;
      if (held.due !== Number.POSITIVE_INFINITY) {
        this.#deliver(overlapped, held, held.bytes);
        continue;
      }
      const record = viewOf(viewAt(overlapped, OVERLAPPED.size));
      record.setUint32(OVERLAPPED.Internal, STATUS_CANCELLED, true);
      record.setUint32(OVERLAPPED.InternalHigh, 0, true);
      this.#cancelled.add(overlapped);
      this.#deliver(overlapped, held, 0);
    }
    const result = call(...args);
    if (isClose) {
      this.#associations.delete(handle);
      return result;
    }
    // To the system they were over before.
    return ended > 0 ? 1 : result;
  }
}
