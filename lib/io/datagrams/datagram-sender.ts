import { WSAENOTCONN } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { PooledBuffer } from '../calls/buffers.ts';
import { startGatherTo, startSendTo } from '../ops/datagram.ts';
import { type OperationOptions, watch } from '../ops/give-up.ts';
import { startSendMessage } from '../ops/message.ts';
import { pieceOf } from '../ops/pieces.ts';
import { startGather, startSend } from '../ops/send.ts';
import { optionsOf } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { COMPLETED, type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import { type AddressLike, peerSockaddr, sockaddrOf } from '../sockets/address.ts';
import { bytesOfData, type Data } from '../sockets/data.ts';
import { addressOfData, endLease, leaseOf } from '../sockets/lease.ts';
import { groupsOf, portionsOf, takesApart } from './segments.ts';
import { type DatagramSendOptions, goesByIPv4, SEND_OPTIONS, sendControl } from './send-control.ts';
import { withTtl } from './ttl.ts';

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
  /** The sockaddr of the peer of a connected socket. */
  peer: Uint8Array | undefined;
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
      kept = bytesOfPieces(data);
      code = this.#start(operation, kept, to);
    } catch (error) {
      operation.release();
      return Promise.reject(error);
    }
    return this.#started(operation, code, kept, 'WSASendTo');
  }

  /** Sends with options that are for this data only. */
  async sendWith(
    data: Data | readonly ArrayBufferView[],
    to: AddressLike | undefined,
    given: DatagramSendOptions,
  ): Promise<void> {
    const options = optionsOf(given, 'send', SEND_OPTIONS);
    options.signal?.throwIfAborted();
    const bytes = bytesOfPieces(data);
    const { segmentSize } = options;
    const length = lengthOf(bytes);
    if (segmentSize === undefined || length <= segmentSize)
      return this.#sendOne(bytes, to, options);
    const whole = bytes instanceof Uint8Array ? bytes : Buffer.concat(bytes, length);
    const portions = portionsOf(length, segmentSize, takesApart(this.#on.handle));
    await all(
      portions.map(({ begin, end, segmentSize }) =>
        this.#sendOne(whole.subarray(begin, end), to, options, segmentSize),
      ),
    );
  }

  /** Sends several datagrams, with as few calls as the system allows. */
  async sendAll(
    datagrams: readonly Data[],
    to: AddressLike | undefined,
    given: DatagramSendOptions,
  ): Promise<void> {
    const options = optionsOf(given, 'sendAll', SEND_OPTIONS);
    options.signal?.throwIfAborted();
    const list = datagrams.map(bytesOfData);
    const groups = takesApart(this.#on.handle) ? groupsOf(list) : list.map((one) => [one]);
    await all(
      groups.map((group) => {
        const first = group[0]!;
        if (group.length === 1) return this.#sendOne(first, to, options);
        return this.#sendOne(Buffer.concat(group), to, options, first.byteLength);
      }),
    );
  }

  /** @param segmentSize in bytes, where the system is to take the data apart */
  #sendOne(
    data: Uint8Array | readonly Uint8Array[],
    to: AddressLike | undefined,
    options: DatagramSendOptions,
    segmentSize?: number,
  ): Promise<void> {
    const { segmentSize: _, ...others } = options;
    const { ttl } = others;
    const isPlain = segmentSize === undefined && Object.keys(others).length === 0;
    if (isPlain) return this.send(data as Uint8Array | readonly ArrayBufferView[], to);
    const on = this.#on;
    const sockaddr = to && peerSockaddr(sockaddrOf(to));
    const goal = sockaddr ?? this.peer;
    if (!goal) return Promise.reject(new WinsockError(WSAENOTCONN, 'WSASendMsg'));
    const operation = this.#delivery.takeRecord();
    let code: number;
    try {
      const four = goesByIPv4(goal);
      const control = sendControl(options, four, segmentSize);
      const pieces = (data instanceof Uint8Array ? [data] : data).map((one) => ({
        address: addressOfData(one),
        length: one.byteLength,
      }));
      const around = control.length > 0 ? pieceOf(control) : null;
      const start = () =>
        startSendMessage(operation, on, pieces, sockaddr ?? null, around, [data, control]);
      code = ttl === undefined ? start() : withTtl(on.handle, goal, ttl, start);
      this.#boundBy(code);
    } catch (error) {
      operation.release();
      return Promise.reject(error);
    }
    return this.#started(operation, code, data, 'WSASendMsg', options);
  }

  /** What becomes of a send: settles when the system has taken it. */
  #started(
    operation: Operation,
    code: number,
    kept: Uint8Array | readonly Uint8Array[],
    syscall: string,
    giveUp?: OperationOptions,
  ): Promise<void> {
    if (code === COMPLETED && this.#delivery.maySettleNow()) {
      operation.release();
      return SENT;
    }
    if (!operation.goesOn(code)) {
      operation.release();
      return Promise.reject(new WinsockError(code, syscall));
    }
    this.#underWay++;
    // What a handler was shown would be received into again when it returns.
    const leases = leasesOf(kept);
    return new Promise((resolve, reject) => {
      const sending = new Sending(leases, syscall, this.#ended, resolve, reject);
      operation.target = sending;
      if (giveUp && (giveUp.signal || giveUp.timeout !== undefined)) {
        sending.watch(operation, giveUp);
      }
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

function bytesOfPieces(
  data: Data | readonly ArrayBufferView[],
): Uint8Array | readonly Uint8Array[] {
  return Array.isArray(data) ? data.map(bytesOfData) : bytesOfData(data as Data);
}

function lengthOf(data: Uint8Array | readonly Uint8Array[]): number {
  if (data instanceof Uint8Array) return data.byteLength;
  return data.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Waits until all have ended; the first failure is that of the whole. */
async function all(sends: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(sends)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

function leasesOf(data: Uint8Array | readonly Uint8Array[]): PooledBuffer[] {
  const list = data instanceof Uint8Array ? [data] : data;
  return list.map(leaseOf).filter((lease) => lease !== undefined);
}

class Sending implements CompletionTarget {
  readonly #leases: readonly PooledBuffer[];
  readonly #syscall: string;
  readonly #ended: () => void;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #endWatch: (() => void) | undefined;
  /** Why it was given up, once it was. */
  #givenUp: { reason: unknown } | undefined;

  constructor(
    leases: readonly PooledBuffer[],
    syscall: string,
    ended: () => void,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#leases = leases;
    this.#syscall = syscall;
    this.#ended = ended;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Gives the send up by signal or time. */
  watch(operation: Operation, options: OperationOptions): void {
    this.#endWatch = watch(options, this.#syscall, (reason) => {
      this.#givenUp = { reason };
      operation.cancel();
    });
  }

  completed(operation: Operation): void {
    const { code } = operation;
    operation.release();
    this.#endWatch?.();
    for (const lease of this.#leases) endLease(lease);
    if (code === 0) this.#resolve();
    else if (this.#givenUp && code === WSA_OPERATION_ABORTED) this.#reject(this.#givenUp.reason);
    else this.#reject(new WinsockError(code, this.#syscall));
    this.#ended();
  }
}
