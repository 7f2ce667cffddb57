import { WinsockError } from '../../ffi/errors/errors.ts';
import type { PooledBuffer } from '../calls/buffers.ts';
import { startGatherTo, startSendTo } from '../ops/datagram.ts';
import { startGather, startSend } from '../ops/send.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { COMPLETED, type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import { type AddressLike, sockaddrOf } from '../sockets/address.ts';
import { bytesOfData, type Data } from '../sockets/data.ts';
import { addressOfData, endLease, leaseOf } from '../sockets/lease.ts';

/** What a datagram socket is told by its sends. */
export interface DatagramSenderOwner {
  /** Sending to an address has bound the socket. */
  bound(): void;
  /** A send has ended after the socket was closed. */
  idle(): void;
}

const SENT = Promise.resolve();

/** The sending half of a datagram socket. */
export class DatagramSender {
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: DatagramSenderOwner;
  #underWay = 0;

  constructor(delivery: Delivery, on: Association, owner: DatagramSenderOwner) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
  }

  /** Sends whose end has not been delivered. */
  get underWay(): number {
    return this.#underWay;
  }

  send(data: Data | readonly ArrayBufferView[], to: AddressLike | undefined): Promise<void> {
    const operation = this.#delivery.takeRecord();
    let code: number;
    let kept: Uint8Array | readonly Uint8Array[];
    try {
      kept = Array.isArray(data) ? data.map(bytesOfData) : bytesOfData(data as Data);
      code = this.#start(operation, kept, to);
    } catch (error) {
      operation.release();
      return Promise.reject(error);
    }
    if (code === COMPLETED && this.#delivery.maySettleNow()) {
      operation.release();
      return SENT;
    }
    if (!operation.goesOn(code)) {
      operation.release();
      return Promise.reject(new WinsockError(code, 'WSASendTo'));
    }
    this.#underWay++;
    // What a handler was shown would be received into again when it returns.
    const leases = leasesOf(kept);
    return new Promise((resolve, reject) => {
      operation.target = new Sending(leases, this.#ended, resolve, reject);
    });
  }

  #start(
    operation: Operation,
    data: Uint8Array | readonly Uint8Array[],
    to: AddressLike | undefined,
  ): number {
    const on = this.#on;
    if (data instanceof Uint8Array) {
      const address = addressOfData(data);
      if (!to) return startSend(operation, on, address, data.byteLength, data);
      const code = startSendTo(operation, on, address, data.byteLength, sockaddrOf(to), data);
      return this.#boundBy(code);
    }
    const pieces = data.map((one) => ({ address: addressOfData(one), length: one.byteLength }));
    if (!to) return startGather(operation, on, pieces, data);
    return this.#boundBy(startGatherTo(operation, on, pieces, sockaddrOf(to), data));
  }

  /** A send that the system takes has bound the socket; one that it refuses perhaps not. */
  #boundBy(code: number): number {
    if (code === COMPLETED || code === PENDING) this.#owner.bound();
    return code;
  }

  readonly #ended = (): void => {
    this.#underWay--;
    if (this.#on.closed) this.#owner.idle();
  };
}

function leasesOf(data: Uint8Array | readonly Uint8Array[]): PooledBuffer[] {
  const list = data instanceof Uint8Array ? [data] : data;
  return list.map(leaseOf).filter((lease) => lease !== undefined);
}

class Sending implements CompletionTarget {
  readonly #leases: readonly PooledBuffer[];
  readonly #ended: () => void;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;

  constructor(
    leases: readonly PooledBuffer[],
    ended: () => void,
    resolve: () => void,
    reject: (error: Error) => void,
  ) {
    this.#leases = leases;
    this.#ended = ended;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  completed(operation: Operation): void {
    const { code } = operation;
    operation.release();
    for (const lease of this.#leases) endLease(lease);
    if (code === 0) this.#resolve();
    else this.#reject(new WinsockError(code, 'WSASendTo'));
    this.#ended();
  }
}
