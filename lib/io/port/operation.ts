import { STATUS_PENDING } from '../../../defs/kernel.g.ts';
import { WSAEALREADY, WSAECONNABORTED, WSAENOTSOCK } from '../../../defs/winerror.g.ts';
import {
  WSA_INVALID_HANDLE,
  WSA_IO_PENDING,
  WSA_OPERATION_ABORTED,
} from '../../../defs/winsock2.g.ts';
import type { WinsockError } from '../../ffi/errors/errors.ts';
import { keepInPlace } from '../../ffi/memory/held.ts';
import { WSAGetLastError } from '../calls/calls.ts';
import { stateError } from '../calls/check.ts';
import { cancelIo } from '../calls/provider.ts';
import { codeOfHandleStatus, codeOfStatus, isWarning } from '../calls/status.ts';
import { type Association, associations } from './association.ts';
import {
  ADDRESS,
  ADDRESS_BYTES,
  BYTES_WORD,
  clearOverlapped,
  INTERNAL_HIGH_WORD,
} from './operation-layout.ts';
import { OURS, type Ours, requireOurs } from './ours.ts';

/** A start function's result when the operation is complete: nothing will be delivered. */
export const COMPLETED = 0;
/** A start function's result when the operation goes on: its completion will be delivered. */
export const PENDING = WSA_IO_PENDING;

/** The object that is told when an operation is complete; the operation's `code` and `bytes` say how. */
export interface CompletionTarget {
  /** Called from the port's turn, never from within a start. */
  completed(operation: Operation): void;
}

/** What an operation needs of the port it was taken from. */
export interface OperationHost {
  /** The operation is pending: its packet will come. */
  began(operation: Operation): void;
  /** The operation is complete and waits for its delivery. */
  enqueue(operation: Operation): void;
  /** The operation was released. */
  give(operation: Operation): void;
}

/**
 * Where an operation is in its life: in the arena; taken and at rest; between its start and the
 * dequeuing of its packet; between that and the call of its target; its record another port's.
 */
type State = 'free' | 'resting' | 'pending' | 'delivered' | 'retired';

/** What only the port may do with its operations. */
interface PortSide {
  create(host: OperationHost, address: number, words: Uint32Array): Operation;
  take(operation: Operation): void;
  retire(operation: Operation): void;
  /**
   * The packet has been dequeued: the memory is ours again. False where the packet is none of this
   * start's. A layered provider may send one where it was told to skip it, and the record may be in
   * use again by then; what is under way ends by its own packet.
   */
  finish(operation: Operation, bytes: number): boolean;
  /** Calls the target. */
  deliver(operation: Operation): void;
  /** Whether a value is an operation at rest whose record holds the result of its kind. */
  hasResultOf(kind: string, value: unknown): boolean;
}

export let operations: PortSide;

/**
 * One overlapped operation: its record in native memory, and everything the system may touch until
 * its packet was dequeued. It is taken from a port, started any number of times one after another,
 * and released.
 *
 * What keeps memory safe:
 * - the record is native memory that is never freed;
 * - `kept` holds the caller's memory from the start until the packet was dequeued, whatever happens
 *   to the socket, the port or the caller meanwhile; the port's arena holds the operation;
 * - an operation that is pending, or whose target has not been told yet, can neither be started
 *   again nor released.
 */
export class Operation {
  /** The address of the record, which begins with the OVERLAPPED. */
  readonly address: number;
  /** The record as 32-bit words. */
  readonly words: Uint32Array;
  /** What it does: 'receive'. For reports. */
  kind = '';
  /** The socket or handle it was last started on. */
  on: Association | undefined;
  /** The object that is told of its completion. */
  target: CompletionTarget | undefined;
  /** The memory that belongs to the system while the operation is pending. */
  kept: unknown;
  /** Winsock's code of the last completion; 0 for success. */
  code = 0;
  /** Bytes transferred by the last completion. */
  bytes = 0;
  readonly #host: OperationHost;
  #state: State = 'free';
  #addressBytes: Uint8Array | undefined;

  static {
    operations = {
      create: (host, address, words) => new this(OURS, host, address, words),
      take: (operation) => {
        operation.#state = 'resting';
      },
      retire: (operation) => {
        operation.#state = 'retired';
      },
      finish: (operation, bytes) => operation.#finish(bytes),
      deliver: (operation) => {
        operation.#state = 'resting';
        operation.target?.completed(operation);
      },
      hasResultOf: (kind, value) =>
        typeof value === 'object' &&
        value !== null &&
        #state in value &&
        value.#state === 'resting' &&
        value.kind === kind &&
        value.code === 0,
    };
  }

  private constructor(key: Ours, host: OperationHost, address: number, words: Uint32Array) {
    requireOurs(key, 'Operation');
    this.#host = host;
    this.address = address;
    this.words = words;
  }

  /** Whether it is between its start and the dequeuing of its packet. */
  get pending(): boolean {
    return this.#state === 'pending';
  }

  /** The record's room for a sockaddr. */
  get addressBytes(): Uint8Array {
    const { buffer, byteOffset } = this.words;
    this.#addressBytes ??= new Uint8Array(buffer, byteOffset + ADDRESS, ADDRESS_BYTES);
    return this.#addressBytes;
  }

  /**
   * Readies the record for a start on a socket or handle. A closed one is refused: its number may be
   * that of somebody else's.
   *
   * @param kind what it will do, for reports
   * @throws WinsockError where the operation is under way or released, or the socket or handle is closed
   *   TypeError where they are of two ports: the packet would come to the one, and be awaited at the other
   */
  prepare(on: Association, kind: string): void {
    if (this.#state !== 'resting' || on.closed) throw this.#misuse(kind, `started as ${kind}`, on);
    if (!associations.isOf(on, this.#host)) throw ofAnotherPort(kind);
    this.on = on;
    this.kind = kind;
    clearOverlapped(this.words);
    this.words[BYTES_WORD] = 0;
  }

  /**
   * Judges the overlapped call that a start function has just made.
   *
   * @param failed whether it reported failure, which includes "pending"
   * @returns COMPLETED, PENDING, or the error code; with an error nothing will be delivered
   */
  judgeStart(failed: boolean): number {
    const on = this.on!;
    if (failed) {
      const code = WSAGetLastError();
      // A datagram that was longer than its memory is a warning to the system, not an error: its
      // packet comes like that of a success.
      if (code !== PENDING && (on.skips || !isWarning(this.words[0]!))) {
        this.kept = undefined;
        this.code = code;
        this.bytes = 0;
        return code;
      }
    } else if (on.skips) {
      // The provider has filled in the record and no packet will come.
      this.kept = undefined;
      this.code = 0;
      // Functions without a parameter for the count leave it in the OVERLAPPED only.
      this.bytes = this.words[BYTES_WORD]! || this.words[INTERNAL_HIGH_WORD]!;
      return COMPLETED;
    }
    this.becomePending();
    return PENDING;
  }

  /**
   * Judges a native call on the record that was made without its OVERLAPPED, and so is over.
   *
   * @param failed whether it reported failure
   * @returns COMPLETED or the error code; nothing will be delivered
   */
  judgeCall(failed: boolean): number {
    this.code = failed ? WSAGetLastError() : 0;
    this.bytes = failed ? 0 : this.words[BYTES_WORD]!;
    return this.code;
  }

  /**
   * What becomes of a start: one that is complete already is delivered in the port's turn.
   *
   * @param code what the start function has returned
   * @returns whether the target will be told; where not, the code is an error
   */
  goesOn(code: number): boolean {
    if (code === COMPLETED) this.deliver();
    return code === COMPLETED || code === PENDING;
  }

  /** Whether its target has still to be told of its completion. */
  get underWay(): boolean {
    return this.#state === 'pending' || this.#state === 'delivered';
  }

  /** Notes that a packet with this OVERLAPPED will come. `judgeStart` does so where it is needed. */
  becomePending(): void {
    this.#state = 'pending';
    keepInPlace(this.kept);
    associations.count(this.on!, 1, this.kind);
    this.#host.began(this);
  }

  /**
   * Delivers the completion through the port's queue, as if a packet had come. For an operation
   * that completed at its start: the target is called in its turn and never from within the start.
   *
   * @throws WinsockError where it is under way or released
   */
  deliver(): void {
    if (this.#state !== 'resting') throw this.#misuse('deliver', 'delivered');
    this.#state = 'delivered';
    this.#host.enqueue(this);
  }

  #finish(bytes: number): boolean {
    const status = this.words[0]!;
    if (this.#state !== 'pending' || status === STATUS_PENDING) return false;
    const on = this.on!;
    this.#state = 'delivered';
    this.kept = undefined;
    associations.count(on, -1, this.kind);
    this.bytes = bytes;
    this.code = status === 0 ? 0 : on.isSocket ? codeOfStatus(status) : codeOfHandleStatus(status);
    // What closing ends is told as such, however the provider words it.
    if (on.closed && (this.code === WSAECONNABORTED || this.code === WSAENOTSOCK)) {
      this.code = WSA_OPERATION_ABORTED;
    }
    return true;
  }

  /**
   * Asks the system to give up. The operation still ends by its packet, with WSA_OPERATION_ABORTED
   * or, where it was faster, with its result. Nothing happens where it is not pending.
   */
  cancel(): void {
    // NOT_FOUND means that its packet is on the way; a closed handle has cancelled everything.
    if (this.pending && !this.on!.closed) cancelIo(this.on!, this.address);
  }

  /**
   * Gives the record back to the port. A closed port has taken it already.
   *
   * @throws WinsockError where it is under way, or was released before
   */
  release(): void {
    if (this.#state === 'retired') return;
    if (this.#state !== 'resting') throw this.#misuse('release', 'released');
    this.#state = 'free';
    this.target = undefined;
    this.on = undefined;
    this.kept = undefined;
    this.#host.give(this);
  }

  #misuse(call: string, what: string, on?: Association): WinsockError {
    const [code, why] = this.#refusal(on);
    return stateError(code, call, `operation ${what}, but ${why}`);
  }

  /** Why it can be neither started nor given back, and what Windows calls such a state. */
  #refusal(on: Association | undefined): [code: number, why: string] {
    switch (this.#state) {
      case 'retired':
        return [WSA_INVALID_HANDLE, 'its completion port is closed'];
      case 'pending':
        return [WSAEALREADY, `it is pending as ${this.kind}`];
      case 'delivered':
        return [WSAEALREADY, 'its completion has not been delivered yet'];
      case 'free':
        return [WSA_INVALID_HANDLE, 'it was released before'];
      case 'resting':
        return on?.isSocket
          ? [WSAENOTSOCK, 'the socket is closed']
          : [WSA_INVALID_HANDLE, 'the handle is closed'];
    }
  }
}

function ofAnotherPort(kind: string): TypeError {
  return new TypeError(
    `an operation cannot be started as ${kind} on what is on another completion port than its own`,
  );
}
