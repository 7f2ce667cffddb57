import { WSAEWOULDBLOCK } from '../../../defs/winerror.g.ts';
import { bytesOf, giveBuffer, type PooledBuffer, takeBuffer } from '../calls/buffers.ts';
import { addressLength, takeAddress } from '../ops/address.ts';
import { receiveFromNow, startReceiveFrom } from '../ops/datagram.ts';
import type { Association } from '../port/association.ts';
import type { Deferred, Delivery } from '../port/delivery.ts';
import { type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import { frozenAddress, type SocketAddress } from '../sockets/address.ts';
import { lend } from '../sockets/lease.ts';

/** The size class of pooled memory that has 64 KiB: no datagram is longer. */
const SIZE_64_KIB = 2;
/** The most datagrams that are taken in one go. */
const DATAGRAMS_PER_TURN = 32;
/** After how many milliseconds a receive that fails again and again is tried again. */
const RETRY_MILLISECONDS = 100;

/** What a datagram socket is told by its receives. */
export interface DatagramReceiverOwner {
  /** A datagram has come: take it with `copyOut` or `lend`. */
  received(receiver: DatagramReceiver, bytes: number, from: SocketAddress): void;
  failed(code: number): void;
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

/**
 * One receive after another on a datagram socket, which is non-blocking: each is tried when asked, and
 * waits for a packet where no datagram has come yet.
 */
export class DatagramReceiver implements CompletionTarget, Deferred {
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: DatagramReceiverOwner;
  #operation: Operation | undefined;
  #block: PooledBuffer | undefined;
  /** Somebody wants a datagram, and no receive has ended since. */
  #asked = false;
  /** Whether the receive has ended at its start. */
  #atStart = false;
  /** While the owner is told: what it asks for is seen to afterwards. */
  #completing = false;
  /** The code of the last failure, with no datagram since. */
  #failure = 0;

  constructor(delivery: Delivery, on: Association, owner: DatagramReceiverOwner) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
  }

  /** Whether a receive is started and its end not delivered. */
  get underWay(): boolean {
    return this.#operation?.underWay ?? false;
  }

  /** Asks for one more datagram. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    if (!this.#completing) this.#delivery.defer(this);
  }

  run(): void {
    if (this.#on.closed) {
      this.#asked = false;
      return;
    }
    let code = this.#receiveNow();
    if (code === WSAEWOULDBLOCK) code = this.#receiveLater();
    this.#atStart = code !== PENDING;
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
      if (this.#receiveNow() === WSAEWOULDBLOCK) return;
      this.#take(operation);
    }
  }

  get #mayDrain(): boolean {
    return this.#asked && this.#failure === 0 && !this.#on.closed;
  }

  #receiveNow(): number {
    if (!this.#operation) {
      this.#operation = this.#delivery.takeRecord();
      this.#operation.target = this;
    }
    this.#block ??= takeBuffer(SIZE_64_KIB);
    const { address, bytes } = this.#block;
    return receiveFromNow(this.#operation, this.#on, address, bytes.length);
  }

  #receiveLater(): number {
    const { address, bytes } = this.#block!;
    return startReceiveFrom(this.#operation!, this.#on, address, bytes.length, this.#block);
  }

  #take(operation: Operation): void {
    this.#asked = false;
    const { code } = operation;
    const isNews = code !== this.#failure;
    this.#failure = code;
    if (this.#on.closed) this.#owner.idle();
    else if (code === 0) this.#owner.received(this, operation.bytes, senderOf(operation));
    else if (isNews) this.#owner.failed(code);
    else this.#asked = true;
  }

  /** The datagram as memory of the caller's own. */
  copyOut(bytes: number): Buffer {
    const data = Buffer.allocUnsafe(bytes);
    bytesOf(this.#block!).copy(data, 0, 0, bytes);
    return data;
  }

  /** Shows the datagram where it is, for as long as the handler runs. */
  lend(
    bytes: number,
    handler: (bytes: Buffer, from: SocketAddress) => void,
    from: SocketAddress,
  ): void {
    const block = this.#block!;
    // The next receive gets other memory where a send of this one is on its way.
    this.#block = undefined;
    lend(block, bytes, handler, from);
  }

  /** Gives everything back. Nothing may be under way. */
  release(): void {
    this.#operation?.release();
    this.#operation = undefined;
    if (this.#block) giveBuffer(this.#block);
    this.#block = undefined;
  }
}
