import { WSAENOTCONN } from '../../../defs/winerror.g.ts';
import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { byteLengthOf, isUint8Array } from '../../ffi/memory/intrinsics.ts';
import type { NativeBlock, PooledBuffer } from '../calls/buffers.ts';
import { type AddressLike, sockaddrOf } from '../families/address.ts';
import { Waiters } from '../handles/waiters.ts';
import { startGatherTo, startSendTo } from '../ops/datagram.ts';
import { type OperationOptions, watch } from '../ops/give-up.ts';
import { copyToSend } from '../ops/lend.ts';
import { startSendMessage } from '../ops/message.ts';
import type { Piece } from '../ops/pieces.ts';
import { startGather, startSend } from '../ops/send.ts';
import { optionsOf } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import { COMPLETED, type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import { bytesOfData, type Data, listOf } from '../sockets/data.ts';
import { addressOfData, endLease, leaseOf } from '../sockets/lease.ts';
import { groupsOf, portionsOf, takesApart } from './segments.ts';
import {
  type DatagramSendOptions,
  goesByIPv4,
  SEND_ALL_OPTIONS,
  SEND_OPTIONS,
  sendControl,
} from './send-control.ts';
import { withTtl } from './ttl.ts';

/** What a datagram socket is told by its sends. */
export interface DatagramSenderOwner {
  /** Sending to an address has bound the socket. */
  bound(): void;
  /** A send has ended after the socket was closed. */
  idle(): void;
}

type Bytes = Uint8Array<ArrayBuffer>;

const SENT = Promise.resolve();
const NONE: readonly NativeBlock[] = [];

/** The sending half of a datagram socket. */
export class DatagramSender {
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: DatagramSenderOwner;
  /** The sockaddr of the peer of a connected socket. */
  peer: Uint8Array | undefined;
  #underWay = 0;
  readonly #allSent = new Waiters();
  /** What the send that is being started gives to the system in place of the data: see `copyToSend`. */
  #copies = NONE;

  constructor(delivery: Delivery, on: Association, owner: DatagramSenderOwner) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
  }

  /** Sends whose end has not been delivered. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Resolves when nothing is being sent. */
  allSent(): Promise<void> {
    return this.#underWay === 0 ? Promise.resolve() : this.#allSent.next();
  }

  send(data: Data | readonly ArrayBufferView[], to: AddressLike | undefined): Promise<void> {
    const operation = this.#delivery.takeRecord();
    let code: number;
    let kept: Bytes | readonly Bytes[];
    try {
      kept = bytesOfPieces(data);
      code = this.#start(operation, kept, to);
    } catch (error) {
      this.#giveBack(operation);
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
    // Once for all portions, and first: it may run code of the program's own, which could take the data away.
    const sockaddr = to && sockaddrOf(to);
    const { segmentSize } = options;
    const length = lengthOf(bytes);
    if (segmentSize === undefined || length <= segmentSize)
      return this.#sendOne(bytes, sockaddr, options);
    const whole = isUint8Array(bytes) ? bytes : Buffer.concat(bytes, length);
    const portions = portionsOf(length, segmentSize, takesApart(this.#on.handle));
    // A failure of one leaves no promise of another alone.
    const sends = portions.map(async ({ begin, end, segmentSize }) =>
      this.#sendOne(whole.subarray(begin, end), sockaddr, options, segmentSize),
    );
    await all(sends);
  }

  /** Sends several datagrams, with as few calls as the system allows. */
  async sendAll(
    datagrams: readonly Data[],
    to: AddressLike | undefined,
    given: Omit<DatagramSendOptions, 'segmentSize'>,
  ): Promise<void> {
    const options = optionsOf(given, 'sendAll', SEND_ALL_OPTIONS);
    options.signal?.throwIfAborted();
    const list = listOf(datagrams, bytesOfData);
    const sockaddr = to && sockaddrOf(to);
    const groups = takesApart(this.#on.handle) ? groupsOf(list) : list.map((one) => [one]);
    const sends = groups.map(async (group) => {
      const first = group[0]!;
      if (group.length === 1) return this.#sendOne(first, sockaddr, options);
      return this.#sendOne(Buffer.concat(group), sockaddr, options, byteLengthOf(first));
    });
    await all(sends);
  }

  /**
   * @param sockaddr whom to; undefined for the peer
   * @param segmentSize in bytes, where the system is to take the data apart
   */
  #sendOne(
    data: Bytes | readonly Bytes[],
    sockaddr: Uint8Array | undefined,
    options: DatagramSendOptions,
    segmentSize?: number,
  ): Promise<void> {
    const { segmentSize: _, ...others } = options;
    const { ttl } = others;
    const isPlain = segmentSize === undefined && Object.keys(others).length === 0;
    // Bytes are memory, one piece or several.
    if (isPlain) return this.send(data as Uint8Array | readonly ArrayBufferView[], sockaddr);
    const on = this.#on;
    const goal = sockaddr ?? this.peer;
    if (!goal) return Promise.reject(new WinsockError(WSAENOTCONN, 'WSASendMsg'));
    const operation = this.#delivery.takeRecord();
    let code: number;
    try {
      const four = goesByIPv4(goal);
      const control = sendControl(options, four, segmentSize);
      const pieces = (isUint8Array(data) ? [data] : data).map((one) => this.#pieceOf(one));
      const around = control.length > 0 ? this.#pieceOf(control) : null;
      const start = () =>
        startSendMessage(operation, on, pieces, sockaddr ?? null, around, [data, control]);
      code = ttl === undefined ? start() : withTtl(on.handle, goal, ttl, start);
      this.#boundBy(code);
    } catch (error) {
      this.#giveBack(operation);
      return Promise.reject(error);
    }
    return this.#started(operation, code, data, 'WSASendMsg', options);
  }

  /** What becomes of a send: settles when the system has taken it. */
  #started(
    operation: Operation,
    code: number,
    kept: Bytes | readonly Bytes[],
    syscall: string,
    giveUp?: OperationOptions,
  ): Promise<void> {
    if (code !== PENDING) {
      this.#giveBack(operation);
      if (code !== COMPLETED) return Promise.reject(new WinsockError(code, syscall));
      return this.#delivery.maySettleNow() ? SENT : this.#delivery.nextTurn();
    }
    this.#underWay++;
    // What a handler was shown would be received into again when it returns.
    const leases = leasesOf(kept);
    const copies = this.#copies;
    this.#copies = NONE;
    return new Promise((resolve, reject) => {
      const sending = new Sending(leases, copies, syscall, this.#ended, resolve, reject);
      operation.target = sending;
      if (giveUp && (giveUp.signal || giveUp.timeout !== undefined)) {
        sending.watch(operation, giveUp);
      }
    });
  }

  #start(
    operation: Operation,
    data: Bytes | readonly Bytes[],
    to: AddressLike | undefined,
  ): number {
    const on = this.#on;
    // First, because it may run code of the program's own, which could take the data away.
    const sockaddr = to && sockaddrOf(to);
    if (isUint8Array(data)) {
      const address = this.#addressOf(data);
      const length = byteLengthOf(data);
      if (!sockaddr) return startSend(operation, on, address, length, data);
      return this.#boundBy(startSendTo(operation, on, address, length, sockaddr, data));
    }
    const pieces = data.map((one) => this.#pieceOf(one));
    if (!sockaddr) return startGather(operation, on, pieces, data);
    return this.#boundBy(startGatherTo(operation, on, pieces, sockaddr, data));
  }

  #pieceOf(data: Uint8Array): Piece {
    return { address: this.#addressOf(data), length: byteLengthOf(data) };
  }

  #addressOf(data: Uint8Array): number {
    const copy = copyToSend(data);
    if (!copy) return addressOfData(data);
    this.#copies = [...this.#copies, copy];
    return copy.address;
  }

  /** What a send that goes no further has taken. */
  #giveBack(operation: Operation): void {
    for (const copy of this.#copies) copy.give();
    this.#copies = NONE;
    operation.release();
  }

  /** A send that the system takes has bound the socket; one that it refuses perhaps not. */
  #boundBy(code: number): number {
    if (code === COMPLETED || code === PENDING) this.#owner.bound();
    return code;
  }

  readonly #ended = (): void => {
    this.#underWay--;
    if (this.#underWay === 0) this.#allSent.tell();
    if (this.#on.closed) this.#owner.idle();
  };
}

function bytesOfPieces(data: Data | readonly ArrayBufferView[]): Bytes | readonly Bytes[] {
  // `isArray` tells nothing of what a read-only array may be.
  return Array.isArray(data) ? listOf(data, bytesOfData) : bytesOfData(data as Data);
}

function lengthOf(data: Bytes | readonly Bytes[]): number {
  if (isUint8Array(data)) return byteLengthOf(data);
  return data.reduce((sum, one) => sum + byteLengthOf(one), 0);
}

/** Waits until all have ended; the first failure is that of the whole. */
async function all(sends: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(sends)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

function leasesOf(data: Bytes | readonly Bytes[]): PooledBuffer[] {
  const list = isUint8Array(data) ? [data] : data;
  return list.map(leaseOf).filter((lease) => lease !== undefined);
}

class Sending implements CompletionTarget {
  readonly #leases: readonly PooledBuffer[];
  readonly #copies: readonly NativeBlock[];
  readonly #syscall: string;
  readonly #ended: () => void;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #endWatch: (() => void) | undefined;
  /** Why it was given up, once it was. */
  #givenUp: { reason: unknown } | undefined;

  constructor(
    leases: readonly PooledBuffer[],
    copies: readonly NativeBlock[],
    syscall: string,
    ended: () => void,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#leases = leases;
    this.#copies = copies;
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
    for (const copy of this.#copies) copy.give();
    if (code === 0) this.#resolve();
    else if (this.#givenUp && code === WSA_OPERATION_ABORTED) this.#reject(this.#givenUp.reason);
    else this.#reject(new WinsockError(code, this.#syscall));
    this.#ended();
  }
}
