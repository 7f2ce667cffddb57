import { WSAECONNABORTED, WSAENOTSOCK } from '../../../defs/winerror.g.ts';
import { WSA_IO_PENDING, WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { CancelIoEx, WSAGetLastError } from '../calls/calls.ts';
import { codeOfHandleStatus, codeOfStatus, isWarning } from '../calls/status.ts';
import type { Association } from './association.ts';
import {
  ADDRESS,
  ADDRESS_BYTES,
  BYTES_WORD,
  clearOverlapped,
  INTERNAL_HIGH_WORD,
} from './operation-layout.ts';
import type { CompletionPort } from './port.ts';

/** A start function's result when the operation is complete: nothing will be delivered. */
export const COMPLETED = 0;
/** A start function's result when the operation goes on: its completion will be delivered. */
export const PENDING = WSA_IO_PENDING;

/** Who is told that an operation is complete. `code` and `bytes` of the operation say how. */
export interface CompletionTarget {
  /** Called from the port's turn, never from within a start. */
  completed(operation: Operation): void;
}

/**
 * One overlapped operation: its record in native memory, and everything the system may touch until
 * its packet was dequeued. It is taken from a port, started any number of times one after another,
 * and released.
 *
 * What keeps memory safe:
 * - the record is native memory that is never freed;
 * - `kept` holds the caller's memory from the start until the packet was dequeued, whatever happens
 *   to the socket, the port or the caller meanwhile; the port's arena holds the operation;
 * - a pending operation can neither be started again nor released.
 */
export class Operation {
  /** The port it was taken from. */
  readonly port: CompletionPort;
  /** Of the record, and so of its OVERLAPPED. */
  readonly address: number;
  /** The record as 32-bit words. */
  readonly words: Uint32Array;
  /** What it does: 'receive'. For reports. */
  kind = '';
  /** The socket or handle it was last started on. */
  on: Association | undefined;
  /** Who is told of its completion. */
  target: CompletionTarget | undefined;
  /** The memory that belongs to the system while the operation is pending. */
  kept: unknown;
  /** Winsock's code of the last completion; 0 for success. */
  code = 0;
  /** Bytes transferred by the last completion. */
  bytes = 0;
  /** Between its start and the dequeuing of its packet. */
  pending = false;
  /** @internal Whether it keeps the process alive. */
  holds = false;
  /** @internal Back in the arena. */
  free = false;
  /** @internal Its port is gone, and its record belongs to another port's operation. */
  retired = false;
  #addressBytes: Uint8Array | undefined;

  /** @internal Operations come from `port.take()`. */
  constructor(port: CompletionPort, address: number, words: Uint32Array) {
    this.port = port;
    this.address = address;
    this.words = words;
  }

  /** @internal The record's room for a sockaddr. */
  get addressBytes(): Uint8Array {
    const { buffer, byteOffset } = this.words;
    this.#addressBytes ??= new Uint8Array(buffer, byteOffset + ADDRESS, ADDRESS_BYTES);
    return this.#addressBytes;
  }

  /**
   * Readies the record for a start on a socket or handle. A closed one is refused: its number may be
   * that of somebody else's.
   */
  prepare(on: Association, kind: string): void {
    if (this.pending || this.free || on.closed) throw this.#misuse(`started as ${kind}`, on);
    this.on = on;
    this.kind = kind;
    clearOverlapped(this.words);
    this.words[BYTES_WORD] = 0;
  }

  /**
   * Judges the native call that a start function has just made.
   *
   * @param failed whether it reported failure, which includes "pending"
   * @returns COMPLETED, PENDING, or the error code; with an error nothing will be delivered
   */
  started(failed: boolean): number {
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
    this.pending = true;
    on.pending++;
    this.port.began(this);
    return PENDING;
  }

  /**
   * Judges a native call on the record that was made without its OVERLAPPED, and so is over.
   *
   * @returns COMPLETED or the error code; nothing will be delivered
   */
  returned(failed: boolean): number {
    this.code = failed ? WSAGetLastError() : 0;
    this.bytes = failed ? 0 : this.words[BYTES_WORD]!;
    return this.code;
  }

  /**
   * Delivers the completion through the port's queue, as if a packet had come. For an operation
   * that completed at its start: the target is called in its turn and never from within the start.
   */
  deliver(): void {
    this.port.enqueue(this);
  }

  /** @internal The packet has been dequeued: the memory is ours again. */
  finish(status: number, bytes: number): void {
    const on = this.on!;
    this.pending = false;
    this.kept = undefined;
    on.pending--;
    this.bytes = bytes;
    this.code = status === 0 ? 0 : on.isSocket ? codeOfStatus(status) : codeOfHandleStatus(status);
    // What closing ends is told as such, however the provider words it.
    if (on.closed && (this.code === WSAECONNABORTED || this.code === WSAENOTSOCK)) {
      this.code = WSA_OPERATION_ABORTED;
    }
  }

  /**
   * Asks the system to give up. The operation still ends by its packet, with WSA_OPERATION_ABORTED
   * or, where it was faster, with its result. Nothing happens where it is not pending.
   */
  cancel(): void {
    // NOT_FOUND means that its packet is on the way; a closed handle has cancelled everything.
    if (this.pending && !this.on!.closed) CancelIoEx(this.on!.handle, this.address);
  }

  /** Gives the record back to the port. A closed port has taken it already. */
  release(): void {
    if (this.retired) return;
    if (this.pending || this.free) throw this.#misuse('released');
    this.target = undefined;
    this.on = undefined;
    this.kept = undefined;
    this.port.give(this);
  }

  #misuse(what: string, on?: Association): Error {
    if (this.retired) return new Error(`operation ${what}, but its completion port is closed`);
    if (this.pending) return new Error(`operation ${what}, but it is pending as ${this.kind}`);
    if (this.free) return new Error(`operation ${what}, but it was released before`);
    return new Error(`operation ${what}, but the ${on!.isSocket ? 'socket' : 'handle'} is closed`);
  }
}
