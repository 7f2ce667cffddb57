import { WSAEWOULDBLOCK } from '../../../defs/winerror.g.ts';
import { giveBuffer, type PooledBuffer, takeBuffer } from '../calls/buffers.ts';
import { addressLength, takeAddress } from '../ops/address.ts';
import { receiveFromNow, startReceiveFrom } from '../ops/datagram.ts';
import type { Association } from '../port/association.ts';
import { type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import type { Deferred } from '../port/port-types.ts';
import { frozenAddress, type SocketAddress } from '../sockets/address.ts';
import { lend } from '../streams/lease.ts';

/** No datagram is longer. */
const SIZE_64_KIB = 2;
/** Datagrams taken in one go. */
const BUDGET = 32;

export interface DatagramReceiverOwner {
  /** A datagram has come: take it with `copyOut` or `lend`. */
  received(receiver: DatagramReceiver, bytes: number, from: SocketAddress): void;
  failed(code: number): void;
  receiverIdle(): void;
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
  readonly #on: Association;
  readonly #owner: DatagramReceiverOwner;
  #operation: Operation | undefined;
  #block: PooledBuffer | undefined;
  #asked = false;
  #atStart = false;
  #completing = false;
  underWay = false;

  constructor(on: Association, owner: DatagramReceiverOwner) {
    this.#on = on;
    this.#owner = owner;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    if (!this.#completing) this.#on.port.defer(this);
  }

  resume(): void {
    if (this.#on.closed) {
      this.#asked = false;
      return;
    }
    let code = this.#receiveNow();
    if (code === WSAEWOULDBLOCK) code = this.#receiveLater();
    this.underWay = true;
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
      if (this.#asked) this.#on.port.defer(this);
    }
  }

  /** What is queued already is taken without a turn of the event loop for each. */
  #drain(operation: Operation): void {
    for (let budget = BUDGET; budget > 0 && this.#asked && !this.#on.closed; budget--) {
      if (this.#receiveNow() === WSAEWOULDBLOCK) return;
      this.#take(operation);
    }
  }

  #receiveNow(): number {
    if (!this.#operation) {
      this.#operation = this.#on.port.take();
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
    this.underWay = false;
    if (this.#on.closed) {
      this.#owner.receiverIdle();
      return;
    }
    if (operation.code !== 0) this.#owner.failed(operation.code);
    else this.#owner.received(this, operation.bytes, senderOf(operation));
  }

  /** The datagram as memory of the caller's own. */
  copyOut(bytes: number): Buffer {
    const data = Buffer.allocUnsafe(bytes);
    this.#block!.bytes.copy(data, 0, 0, bytes);
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
