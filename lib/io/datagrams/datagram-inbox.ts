import { WSAENOTSOCK, WSANOTINITIALISED } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { handOut } from '../port/listeners.ts';
import type { SocketAddress } from '../sockets/address.ts';
import { join, type Reader } from '../sockets/readers.ts';
import { DatagramReceiver, type DatagramReceiverOwner } from './datagram-receiver.ts';

/** Errors that end receiving: somebody has closed the socket's handle, or ended Winsock. */
const FOR_GOOD: readonly number[] = [WSA_OPERATION_ABORTED, WSAENOTSOCK, WSANOTINITIALISED];

/** What was received, and from whom. */
export interface Datagram {
  /** Memory of its own. */
  readonly data: Buffer;
  /** The address of its sender. */
  readonly from: SocketAddress;
}

/** What a datagram socket is told by its inbox. */
export interface DatagramInboxOwner {
  /** @returns whether anybody listens */
  message(data: Buffer, from: SocketAddress): boolean;
  /** Receiving failed, and nobody reads who could be told instead. */
  failed(error: Error): void;
  /** Receiving failed, and can never succeed again. */
  failedForGood(error: Error): void;
  /** Nothing is pending any more, after the socket was closed. */
  idle(): void;
}

/** The receiving half of a datagram socket: who gets what its receives bring. */
export class DatagramInbox implements DatagramReceiverOwner {
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: DatagramInboxOwner;
  readonly #receivers: DatagramReceiver[];
  readonly #readers: Reader<Datagram | null>[] = [];
  /** Received, and not taken yet. */
  readonly #waiting: Datagram[] = [];
  #borrower: ((bytes: Buffer, from: SocketAddress) => void) | undefined;
  /** Whether the owner is shown what comes. */
  #flowing = false;
  /** Whether the socket is bound: only then it can receive. */
  #bound = false;

  /** @param receives how many receives wait for datagrams at once */
  constructor(delivery: Delivery, on: Association, owner: DatagramInboxOwner, receives: number) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
    this.#receivers = Array.from(
      { length: receives },
      () => new DatagramReceiver(delivery, on, this),
    );
  }

  /** Whether a receive is started and its end not delivered. */
  get underWay(): boolean {
    return this.#receivers.some(({ underWay }) => underWay);
  }

  /** The socket can receive from now on. */
  bound(): void {
    if (this.#bound) return;
    this.#bound = true;
    this.#askWhereWanted();
  }

  pause(): void {
    this.#flowing = false;
  }

  resume(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    if (this.#waiting.length > 0) this.#drainLater();
    else this.#askWhereWanted();
  }

  /** Shows what comes to a handler, in place of the owner's `message`. */
  borrow(handler: (bytes: Buffer, from: SocketAddress) => void): void {
    this.#borrower = handler;
  }

  /** The next datagram; null where the socket is destroyed. */
  read(options: OperationOptions): Promise<Datagram | null> {
    if (this.#waiting.length > 0) return Promise.resolve(this.#waiting.shift()!);
    if (this.#on.closed) return Promise.resolve(null);
    const next = join(this.#readers, options, 'WSARecvFrom');
    this.#askWhereWanted();
    return next;
  }

  received(receiver: DatagramReceiver, bytes: number, from: SocketAddress): void {
    const reader = this.#readers.length > 0 ? this.#readers.shift() : undefined;
    const waits = !this.#flowing || this.#waiting.length > 0;
    try {
      if (reader) reader.resolve({ data: receiver.copyOut(bytes), from });
      else if (waits) this.#waiting.push({ data: receiver.copyOut(bytes), from });
      else if (this.#borrower) receiver.lend(bytes, this.#borrower, from);
      else this.#show(receiver.copyOut(bytes), from);
    } finally {
      // Also after an exception of the listener.
      this.#askWhereWanted();
    }
  }

  failed(code: number): void {
    const error = new WinsockError(code, 'WSARecvFrom');
    const reader = this.#readers.shift();
    if (FOR_GOOD.includes(code)) {
      reader?.reject(error);
      this.#owner.failedForGood(error);
      return;
    }
    try {
      if (reader) reader.reject(error);
      else this.#owner.failed(error);
    } finally {
      this.#askWhereWanted();
    }
  }

  idle(): void {
    this.#owner.idle();
  }

  /** Shows a datagram to the listeners. Without one it waits, as while paused. */
  #show(data: Buffer, from: SocketAddress): void {
    if (this.#borrower) {
      this.#borrower(data, from);
      return;
    }
    if (this.#owner.message(data, from)) return;
    this.#flowing = false;
    this.#waiting.unshift({ data, from });
  }

  #drainLater(): void {
    this.#delivery.defer({ run: this.#drain });
  }

  readonly #drain = (): void => {
    handOut(
      this.#waiting,
      () => this.#flowing,
      ({ data, from }) => this.#show(data, from),
      () => this.#drainLater(),
    );
    this.#askWhereWanted();
  };

  #askWhereWanted(): void {
    if (!this.#bound || this.#on.closed) return;
    if (!this.#flowing && this.#readers.length === 0) return;
    for (const receiver of this.#receivers) receiver.ask();
  }

  /** Gives everything back, and settles what reads. Nothing may be under way. */
  release(): void {
    for (const receiver of this.#receivers) receiver.release();
    for (const reader of this.#readers.splice(0)) reader.resolve(null);
  }
}
