import { WSAEINVAL, WSAENOTSOCK, WSANOTINITIALISED } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { stateError } from '../calls/check.ts';
import type { SocketAddress } from '../families/address.ts';
import type { OperationOptions } from '../ops/give-up.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { handOut } from '../port/listeners.ts';
import { join, type Reader } from '../sockets/readers.ts';
import { type DatagramDetails, NO_DETAILS } from './datagram-details.ts';
import {
  DatagramReceiver,
  type DatagramReceiverOptions,
  type DatagramReceiverOwner,
} from './datagram-receiver.ts';
import { UnreachableError } from './unreachable.ts';

/** Errors that end receiving: somebody has closed the socket's handle, or ended Winsock. */
const FOR_GOOD: readonly number[] = [WSA_OPERATION_ABORTED, WSAENOTSOCK, WSANOTINITIALISED];

/** What was received, from whom, and what else was asked for. */
export interface Datagram extends Partial<DatagramDetails> {
  /** Memory of its own. */
  readonly data: Buffer;
  /** The address of its sender. */
  readonly from: SocketAddress;
}

/** What is shown what comes, in memory that is valid until it returns. */
export type DatagramHandler = (
  bytes: Buffer,
  from: SocketAddress,
  details: DatagramDetails,
) => void;

/** How an inbox receives. */
export interface DatagramInboxOptions extends DatagramReceiverOptions {
  /** How many receives wait for datagrams at once. */
  readonly receives: number;
  /** Whether a datagram is wanted; undefined where all are. */
  readonly isWanted: ((details: DatagramDetails) => boolean) | undefined;
  /** What was received before. */
  readonly unread: readonly Datagram[];
}

/** A datagram that waits: with the details that events show beside it. */
interface Waiting {
  readonly data: Buffer;
  readonly from: SocketAddress;
  readonly details: DatagramDetails;
}

/** What a datagram socket is told by its inbox. */
export interface DatagramInboxOwner {
  /** @returns whether anybody listens */
  message(data: Buffer, from: SocketAddress, details: DatagramDetails): boolean;
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
  readonly #waiting: Waiting[] = [];
  readonly #isWanted: ((details: DatagramDetails) => boolean) | undefined;
  #borrower: DatagramHandler | undefined;
  /** Whether the owner is shown what comes. */
  #flowing = false;
  /** Whether the socket is bound: only then it can receive. */
  #bound = false;
  /** Whether nothing is shown any more: the socket is about to be given away. */
  #halted = false;

  constructor(
    delivery: Delivery,
    on: Association,
    owner: DatagramInboxOwner,
    options: DatagramInboxOptions,
  ) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
    this.#isWanted = options.isWanted;
    for (const { data, from, ...details } of options.unread) {
      // What a datagram has beside its data and its sender are details.
      const has = Object.keys(details).length > 0;
      this.#waiting.push({ data, from, details: has ? (details as DatagramDetails) : NO_DETAILS });
    }
    this.#receivers = Array.from(
      { length: options.receives },
      () => new DatagramReceiver(delivery, on, this, options),
    );
  }

  /** Whether what comes is shown at once. */
  get #shows(): boolean {
    return this.#flowing && !this.#halted;
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
  borrow(handler: DatagramHandler): void {
    this.#borrower = handler;
  }

  /** The next datagram; null where the socket is destroyed. */
  read(options: OperationOptions): Promise<Datagram | null> {
    if (this.#waiting.length > 0) return Promise.resolve(asDatagram(this.#waiting.shift()!));
    if (this.#on.closed) return Promise.resolve(null);
    // Sending binds it too, and may come right after.
    if (!this.#bound) setImmediate(() => this.#refuseUnbound());
    const next = join(this.#readers, options, 'WSARecvFrom');
    this.#askWhereWanted();
    return next;
  }

  /** Nobody can send to a socket that is not bound: whoever reads of it would wait for ever. */
  #refuseUnbound(): void {
    if (this.#bound) return;
    const why = 'the socket is not bound: bind it, or send first';
    for (const { reject } of this.#readers.splice(0)) {
      reject(stateError(WSAEINVAL, 'WSARecvFrom', why));
    }
  }

  received(
    receiver: DatagramReceiver,
    bytes: number,
    from: SocketAddress,
    details: DatagramDetails,
  ): void {
    try {
      if (this.#isWanted && !this.#isWanted(details)) return;
      const { segmentSize } = details;
      if (segmentSize !== undefined && segmentSize > 0 && segmentSize < bytes) {
        this.#receivedTogether(receiver, bytes, from, details);
        return;
      }
      const reader = this.#readers.length > 0 ? this.#readers.shift() : undefined;
      const waits = !this.#shows || this.#waiting.length > 0;
      if (reader) reader.resolve(datagram(receiver.copyOut(bytes), from, details));
      else if (waits) this.#waiting.push({ data: receiver.copyOut(bytes), from, details });
      else if (this.#borrower) receiver.lend(bytes, this.#borrower, from, details);
      else this.#show(receiver.copyOut(bytes), from, details);
    } finally {
      // Also after an exception of the listener.
      this.#askWhereWanted();
    }
  }

  /** Datagrams that have come as one are taken apart: each is given to whoever is next. */
  #receivedTogether(
    receiver: DatagramReceiver,
    bytes: number,
    from: SocketAddress,
    details: DatagramDetails,
  ): void {
    const isShown = this.#shows && this.#waiting.length === 0 && this.#readers.length === 0;
    if (isShown && this.#borrower) receiver.lend(bytes, this.#showEach, from, details);
    else this.#handOutEach(receiver.copyOut(bytes), from, details);
  }

  readonly #showEach = (whole: Buffer, from: SocketAddress, details: DatagramDetails): void => {
    const borrower = this.#borrower!;
    let next = 0;
    try {
      for (const data of segmentsOf(whole, details)) {
        if (!this.#shows) break;
        next += data.length;
        borrower(data, from, details);
      }
    } finally {
      // The memory is lent until this returns.
      this.#keep(segmentsOf(Buffer.from(whole.subarray(next)), details), from, details);
    }
  };

  #handOutEach(whole: Buffer, from: SocketAddress, details: DatagramDetails): void {
    const segments = segmentsOf(whole, details);
    let next = 0;
    try {
      for (const data of segments) {
        const reader = this.#readers.shift();
        if (!reader && (!this.#shows || this.#waiting.length > 0)) break;
        next++;
        if (reader) reader.resolve(datagram(data, from, details));
        else this.#show(data, from, details);
      }
    } finally {
      this.#keep(segments.slice(next), from, details);
    }
  }

  /** What nobody has taken waits. */
  #keep(segments: readonly Buffer[], from: SocketAddress, details: DatagramDetails): void {
    for (const data of segments) this.#waiting.push({ data, from, details });
    if (segments.length > 0 && this.#flowing) this.#drainLater();
  }

  failed(code: number, from: SocketAddress | undefined): void {
    const error = from
      ? new UnreachableError(code, 'WSARecvFrom', from)
      : new WinsockError(code, 'WSARecvFrom');
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
  #show(data: Buffer, from: SocketAddress, details: DatagramDetails): void {
    if (this.#borrower) {
      this.#borrower(data, from, details);
      return;
    }
    if (this.#owner.message(data, from, details)) return;
    this.#flowing = false;
    this.#waiting.unshift({ data, from, details });
  }

  #drainLater(): void {
    this.#delivery.defer({ run: this.#drain });
  }

  readonly #drain = (): void => {
    handOut(
      this.#waiting,
      () => this.#shows,
      ({ data, from, details }) => this.#show(data, from, details),
      () => this.#drainLater(),
    );
    this.#askWhereWanted();
  };

  #askWhereWanted(): void {
    if (!this.#bound || this.#on.closed) return;
    if (!this.#flowing && this.#readers.length === 0) return;
    for (const receiver of this.#receivers) receiver.ask();
  }

  /** As `Receiver.halt`: what comes all the same is kept. */
  async halt(): Promise<void> {
    this.#halted = true;
    await Promise.all(this.#receivers.map((receiver) => receiver.halt()));
  }

  /** Takes `halt` back. */
  goOn(): void {
    this.#halted = false;
    for (const receiver of this.#receivers) receiver.goOn();
    if (this.#waiting.length > 0 && this.#flowing) this.#drainLater();
    else this.#askWhereWanted();
  }

  /** Takes what has come and nobody has taken. */
  takeUnread(): Datagram[] {
    return this.#waiting.splice(0).map(asDatagram);
  }

  /** Gives everything back, and settles what reads. Nothing may be under way. */
  release(): void {
    for (const receiver of this.#receivers) receiver.release();
    for (const reader of this.#readers.splice(0)) reader.resolve(null);
  }
}

function asDatagram({ data, from, details }: Waiting): Datagram {
  return datagram(data, from, details);
}

function datagram(data: Buffer, from: SocketAddress, details: DatagramDetails): Datagram {
  return details === NO_DETAILS ? { data, from } : { data, from, ...details };
}

/** The datagrams that have come as one, as views of it. */
function segmentsOf(whole: Buffer, { segmentSize }: DatagramDetails): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < whole.length; at += segmentSize!) {
    found.push(whole.subarray(at, at + segmentSize!));
  }
  return found;
}
