import {
  WSAECONNREFUSED,
  WSAECONNRESET,
  WSAEHOSTUNREACH,
  WSAEMSGSIZE,
  WSAENETRESET,
  WSAENETUNREACH,
  WSAEWOULDBLOCK,
} from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { AF_UNSPEC } from '../../../defs/ws2def.g.ts';
import {
  giveBuffer,
  type PooledBuffer,
  type SizeClass,
  sizeClassFor,
  takeBuffer,
} from '../calls/buffers.ts';
import { decodeAddress, familyOf, frozenAddress, type SocketAddress } from '../families/address.ts';
import { Waiters } from '../handles/waiters.ts';
import { addressLength, takeAddress } from '../ops/address.ts';
import { receiveFromNow, startReceiveFrom } from '../ops/datagram.ts';
import { takeMessage } from '../ops/message.ts';
import type { Association } from '../port/association.ts';
import type { Deferred, Delivery } from '../port/delivery.ts';
import { type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import { lend, viewOf } from '../sockets/lease.ts';
import { type DatagramDetails, NO_DETAILS } from './datagram-details.ts';
import type { MessageWay } from './message-way.ts';

/** In bytes: where a sockaddr has its family. */
const FAMILY_BYTES = 2;
/** The most datagrams that are taken in one go. */
const DATAGRAMS_PER_TURN = 32;
/**
 * A datagram that is there is taken by a plain call, which costs half as much as one that is waited for. After so many
 * that were not there yet in a row the plain call is seldom worth itself.
 */
const VAIN_TRIES = 4;
const RECEIVES_BETWEEN_TRIES = 8;
/** After how many milliseconds a receive that fails again and again is tried again. */
const RETRY_MILLISECONDS = 100;
/**
 * What a receive tells of a datagram that was sent before and found nobody. Each is news of its own. Windows
 * says the first two; the others are what Wine passes on of its host.
 */
const UNREACHABLE: readonly number[] = [
  WSAECONNRESET,
  WSAENETRESET,
  WSAECONNREFUSED,
  WSAEHOSTUNREACH,
  WSAENETUNREACH,
];

/** What a datagram socket is told by its receives. */
export interface DatagramReceiverOwner {
  /** A datagram has come: take it with `copyOut` or `lend`. */
  received(
    receiver: DatagramReceiver,
    bytes: number,
    from: SocketAddress,
    details: DatagramDetails,
  ): void;
  /** @param from who could not be reached, where a datagram that was sent before is meant */
  failed(code: number, from: SocketAddress | undefined): void;
  /** Nothing is pending any more, after the socket was closed. */
  idle(): void;
}

let lastSockaddr = new Uint8Array();
let lastAddress: SocketAddress;

/** Most datagrams come from whoever sent the one before. */
function senderOf(operation: Operation): SocketAddress {
  if (addressLength(operation) !== lastSockaddr.length || !isLast(operation.addressBytes)) {
    lastSockaddr = takeAddress(operation).slice();
    lastAddress = frozenAddress(lastSockaddr);
  }
  return lastAddress;
}

function isLast(sockaddr: Uint8Array): boolean {
  for (let i = 0; i < lastSockaddr.length; i++) {
    if (sockaddr[i] !== lastSockaddr[i]) return false;
  }
  return true;
}

/** How datagrams are received. */
export interface DatagramReceiverOptions {
  /** The longest datagram that is wanted, in bytes. */
  readonly longest: number;
  /** Whether receives tell who could not be reached. */
  readonly tellsUnreachable: boolean;
  /** Makes what receives by WSARecvMsg; undefined where WSARecvFrom will do. */
  readonly messageWay: (() => MessageWay) | undefined;
}

/**
 * One receive after another on a datagram socket, which is non-blocking: each is tried when asked, and
 * waits for a packet where no datagram has come yet.
 */
export class DatagramReceiver implements CompletionTarget, Deferred {
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: DatagramReceiverOwner;
  readonly #messages: MessageWay | undefined;
  readonly #longest: number;
  /** Of the memory for one receive. */
  readonly #size: SizeClass;
  readonly #tellsUnreachable: boolean;
  #operation: Operation | undefined;
  #block: PooledBuffer | undefined;
  /** Somebody wants a datagram, and no receive has ended since. */
  #asked = false;
  /** Whether the receive has ended at its start. */
  #atStart = false;
  /** How many receives in a row have found nothing at their start. */
  #vain = 0;
  /** While the owner is told: what it asks for is seen to afterwards. */
  #completing = false;
  /** The code of the last failure, with no datagram since. */
  #failure = 0;
  /** Whether no receive is started any more: the socket is about to be given away. */
  #halted = false;
  /** Those who wait for the end of what is under way; made when somebody does. */
  #stopped: Waiters | undefined;

  constructor(
    delivery: Delivery,
    on: Association,
    owner: DatagramReceiverOwner,
    options: DatagramReceiverOptions,
  ) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
    this.#messages = options.messageWay?.();
    this.#longest = options.longest;
    this.#size = sizeClassFor(options.longest)!;
    this.#tellsUnreachable = options.tellsUnreachable;
  }

  /** Whether a receive is started and its end not delivered. */
  get underWay(): boolean {
    return this.#operation?.underWay ?? false;
  }

  /** As `Receiver.halt`: what comes all the same is told. */
  halt(): Promise<void> {
    this.#halted = true;
    if (!this.underWay) return Promise.resolve();
    this.#operation!.cancel();
    this.#stopped ??= new Waiters();
    return this.#stopped.next();
  }

  /** Takes `halt` back. What is wanted has to be asked for. */
  goOn(): void {
    this.#halted = false;
  }

  /** Asks for one more datagram. */
  ask(): void {
    if (this.#asked || this.#halted) return;
    this.#asked = true;
    if (!this.#completing) this.#delivery.defer(this);
  }

  run(): void {
    if (this.#on.closed || this.#halted) {
      this.#asked = false;
      return;
    }
    this.#prepare();
    const tries = this.#vain < VAIN_TRIES || this.#vain % RECEIVES_BETWEEN_TRIES === 0;
    let code = tries ? this.#receiveNow() : WSAEWOULDBLOCK;
    if (code === WSAEWOULDBLOCK) code = this.#receiveLater();
    this.#atStart = code !== PENDING;
    this.#vain = this.#atStart ? 0 : this.#vain + 1;
    // A failure is told in its turn, as a datagram is.
    if (this.#atStart) this.#operation!.deliver();
  }

  completed(operation: Operation): void {
    const atStart = this.#atStart;
    this.#atStart = false;
    this.#completing = true;
    try {
      this.#take(operation);
      // One that had to be waited for is seldom followed by more at once.
      if (atStart) this.#drain(operation);
    } finally {
      this.#completing = false;
      if (this.#asked) this.#again();
      this.#stopped?.tell();
    }
  }

  /** What fails again and again is not tried without rest. */
  #again(): void {
    if (this.#failure === 0) this.#delivery.defer(this);
    else setTimeout(() => this.#delivery.defer(this), RETRY_MILLISECONDS).unref();
  }

  /** What is queued already is taken without a turn of the event loop for each. */
  #drain(operation: Operation): void {
    for (let budget = DATAGRAMS_PER_TURN; this.#mayDrain && budget > 0; budget--) {
      this.#prepare();
      if (this.#receiveNow() === WSAEWOULDBLOCK) return;
      this.#take(operation);
    }
  }

  get #mayDrain(): boolean {
    return this.#asked && this.#failure === 0 && !this.#on.closed && !this.#halted;
  }

  /** Sees to the record and the memory of a receive. */
  #prepare(): void {
    if (!this.#operation) {
      this.#operation = this.#delivery.takeRecord();
      this.#operation.target = this;
    }
    this.#block ??= takeBuffer(this.#size);
    // The address of a failure is looked for only where the system may tell one.
    if (this.#tellsUnreachable) this.#operation.addressBytes.fill(0, 0, FAMILY_BYTES);
  }

  #receiveNow(): number {
    const operation = this.#operation!;
    const { address } = this.#block!;
    if (this.#messages) {
      return this.#messages.receiveNow(operation, this.#on, address, this.#longest);
    }
    return receiveFromNow(operation, this.#on, address, this.#longest);
  }

  #receiveLater(): number {
    const block = this.#block!;
    const operation = this.#operation!;
    if (this.#messages) {
      return this.#messages.receiveLater(operation, this.#on, block.address, this.#longest, block);
    }
    return startReceiveFrom(operation, this.#on, block.address, this.#longest, block);
  }

  #take(operation: Operation): void {
    this.#asked = false;
    const { code } = operation;
    if (this.#on.closed) {
      this.#owner.idle();
    } else if (this.#halted && code === WSA_OPERATION_ABORTED) {
      return;
    } else if (code === 0) {
      this.#failure = 0;
      const details = this.#messages ? this.#messages.take(operation) : NO_DETAILS;
      this.#owner.received(this, operation.bytes, senderOf(operation), details);
    } else if (this.#messages && code === WSAEMSGSIZE) {
      // What has room is there, and the rest is lost.
      this.#failure = 0;
      const details = { ...this.#messages.take(operation), truncated: true };
      this.#owner.received(this, this.#longest, senderOf(operation), details);
    } else this.#fail(operation, code);
  }

  /** One failure that repeats is told once; but each datagram that found nobody. */
  #fail(operation: Operation, code: number): void {
    const isOfDatagram = this.#tellsUnreachable && UNREACHABLE.includes(code);
    const isNews = code !== this.#failure;
    this.#failure = isOfDatagram ? 0 : code;
    if (isOfDatagram) this.#owner.failed(code, this.#unreachable(operation));
    else if (isNews) this.#owner.failed(code, undefined);
    else this.#asked = true;
  }

  #unreachable(operation: Operation): SocketAddress | undefined {
    if (this.#messages) takeMessage(operation);
    const sockaddr = takeAddress(operation);
    return familyOf(sockaddr) === AF_UNSPEC ? undefined : decodeAddress(sockaddr.slice());
  }

  /** What was received, as memory of the caller's own. */
  copyOut(bytes: number): Buffer {
    const data = Buffer.allocUnsafe(bytes);
    data.set(viewOf(this.#block!, bytes));
    return data;
  }

  /** Shows what was received where it is, for as long as the handler runs. */
  lend(
    bytes: number,
    handler: (bytes: Buffer, from: SocketAddress, details: DatagramDetails) => void,
    from: SocketAddress,
    details: DatagramDetails,
  ): void {
    const block = this.#block!;
    // The next receive gets other memory where a send of this one is on its way.
    this.#block = undefined;
    lend(block, bytes, handler, from, details);
  }

  /** Gives everything back. Nothing may be under way. */
  release(): void {
    this.#operation?.release();
    this.#operation = undefined;
    if (this.#block) giveBuffer(this.#block);
    this.#block = undefined;
    this.#messages?.release();
  }
}
