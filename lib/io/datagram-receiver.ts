import { decodeAddress, type SocketAddress } from './address.ts';
import type { Association } from './association.ts';
import { giveBuffer, type PooledBuffer, takeBuffer } from './buffers.ts';
import { COMPLETED, type CompletionTarget, type Operation, PENDING } from './operation.ts';
import { takeAddress } from './ops/address.ts';
import { startReceiveFrom } from './ops/datagram.ts';
import type { Deferred } from './port-types.ts';

/** No datagram is longer. */
const SIZE_64_KIB = 2;

export interface DatagramReceiverOwner {
  received(data: Buffer, from: SocketAddress): void;
  failed(code: number): void;
  receiverIdle(): void;
}

let lastSockaddr: Buffer | undefined;
let lastAddress: SocketAddress | undefined;

/** Most datagrams come from whoever sent the one before. */
function addressOf(sockaddr: Uint8Array): SocketAddress {
  if (lastSockaddr?.equals(sockaddr)) return lastAddress!;
  lastAddress = Object.freeze(decodeAddress(sockaddr));
  lastSockaddr = Buffer.from(sockaddr);
  return lastAddress;
}

/** One receive after another on a datagram socket, each started when asked. */
export class DatagramReceiver implements CompletionTarget, Deferred {
  readonly #on: Association;
  readonly #owner: DatagramReceiverOwner;
  #operation: Operation | undefined;
  #block: PooledBuffer | undefined;
  #asked = false;
  underWay = false;

  constructor(on: Association, owner: DatagramReceiverOwner) {
    this.#on = on;
    this.#owner = owner;
  }

  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#on.port.defer(this);
  }

  resume(): void {
    if (this.#on.closed) {
      this.#asked = false;
      return;
    }
    if (!this.#operation) {
      this.#operation = this.#on.port.take();
      this.#operation.target = this;
    }
    this.#block ??= takeBuffer(SIZE_64_KIB);
    const { address, bytes } = this.#block;
    this.underWay = true;
    const code = startReceiveFrom(this.#operation, this.#on, address, bytes.length, this.#block);
    if (code === PENDING) return;
    if (code === COMPLETED) this.#operation.deliver();
    else {
      this.#asked = false;
      this.underWay = false;
      this.#owner.failed(code);
    }
  }

  completed(operation: Operation): void {
    this.#asked = false;
    this.underWay = false;
    if (this.#on.closed) {
      this.#owner.receiverIdle();
      return;
    }
    if (operation.code !== 0) {
      this.#owner.failed(operation.code);
      return;
    }
    const data = Buffer.allocUnsafe(operation.bytes);
    this.#block!.bytes.copy(data, 0, 0, operation.bytes);
    this.#owner.received(data, addressOf(takeAddress(operation)));
  }

  /** Gives everything back. Nothing may be under way. */
  release(): void {
    this.#operation?.release();
    this.#operation = undefined;
    if (this.#block) giveBuffer(this.#block);
    this.#block = undefined;
  }
}
