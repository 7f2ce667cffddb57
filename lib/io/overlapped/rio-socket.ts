import { RIO_MSG_COMMIT_ONLY, RIO_MSG_DEFER, RIO_MSG_WAITALL } from '../../../defs/mswsockdef.g.ts';
import { WSAENOTSOCK } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { WSAGetLastError } from '../calls/calls.ts';
import { checkMade, stateError } from '../calls/check.ts';
import {
  type AddressLike,
  decodeAddress,
  encodeAddress,
  peerSockaddr,
} from '../families/address.ts';
import { GIVE_UP, type OperationOptions, watch } from '../ops/give-up.ts';
import { flag, whole } from '../options/kinds.ts';
import { type OptionTable, optionsOf } from '../options/options.ts';
import { OURS, type Ours, requireOurs } from '../port/ours.ts';
import type { OverlappedSocket } from './overlapped-socket.ts';
import type { ReceivedDatagram } from './overlapped-types.ts';
import { type RioMemory, rioMemories } from './rio-memory.ts';
import type { RioQueue } from './rio-queue.ts';
import { dataPart, remotePart } from './rio-scratch.ts';

/** The room for one address; a SOCKADDR_INET has 28 bytes. */
const ADDRESS_BYTES = 32;

/** How many requests the queues of a socket take. */
export interface RioSocketOptions {
  /** How many receives may be pending. Default 16. */
  receives?: number;
  /** How many sends may be pending. Default 16. */
  sends?: number;
}

/**
 * Which part of the memory a request uses. The system cannot take a single request back: where the
 * signal aborts or the timeout passes, the socket is closed, which ends all of them.
 */
export interface RioRequestOptions extends OperationOptions {
  /** Where the part begins, in bytes. Default 0. */
  offset?: number;
  /** In bytes. Default: to the end of the memory. */
  length?: number;
  /** Queues the request only, until one follows that is not deferred, or `commit()`. */
  defer?: boolean;
}

/** How to receive. */
export interface RioReceiveOptions extends RioRequestOptions {
  /** Completes when all the memory is filled. For streams. */
  waitAll?: boolean;
}

/** The memory that is registered has less than 4 GiB. */
const part = whole(0, 0xffffffff);

const REQUEST: OptionTable<RioRequestOptions> = {
  ...GIVE_UP,
  offset: part,
  length: part,
  defer: flag,
};

const RECEIVE: OptionTable<RioReceiveOptions> = { ...REQUEST, waitAll: flag };

/** What a socket needs of the Registered I/O that it is attached to. */
interface RioSocketOwner {
  register(what: Uint8Array | number): RioMemory;
  /** @throws WinsockError where it is closed */
  assertOpen(): void;
  /** Forgets a closed socket that has no more requests. */
  detach(socket: RioSocket): void;
}

/** What only Registered I/O may do with its sockets. */
interface PackageSide {
  /** @throws WinsockError where the provider makes no queue of requests */
  attach(
    socket: OverlappedSocket,
    queue: RioQueue,
    receives: number,
    sends: number,
    owner: RioSocketOwner,
  ): RioSocket;
}

export let rioSockets: PackageSide;

/**
 * A socket whose data passes through registered memory. See `RegisteredIo.attach`.
 *
 * The promises of its requests reject with WinsockError, also WSAETIMEDOUT after `timeout` milliseconds;
 * the signal's reason; WinsockError also where the socket or the Registered I/O is closed, or the memory was
 * released; RangeError for a part that the memory does not have; TypeError and RangeError for options that
 * are none.
 */
export class RioSocket {
  /** For what Registered I/O does not do: bind, connect, accept, options, addresses. */
  readonly socket: OverlappedSocket;
  readonly #completions: RioQueue;
  readonly #owner: RioSocketOwner;
  /** The RIO_RQ. */
  readonly #queue: number;
  readonly #room: number;
  readonly #addressSlots: number[];
  #addresses: RioMemory | undefined;
  #outstanding = 0;

  static {
    rioSockets = {
      attach: (socket, queue, receives, sends, owner) =>
        new this(OURS, socket, queue, receives, sends, owner),
    };
  }

  private constructor(
    key: Ours,
    socket: OverlappedSocket,
    completions: RioQueue,
    receives: number,
    sends: number,
    owner: RioSocketOwner,
  ) {
    requireOurs(key, 'RioSocket');
    this.socket = socket;
    this.#completions = completions;
    this.#owner = owner;
    this.#room = receives + sends;
    this.#addressSlots = Array.from({ length: this.#room }, (_, index) => index);
    const { handle } = completions;
    this.#queue = checkMade(
      completions.functions.RIOCreateRequestQueue(
        socket.handle,
        receives,
        1,
        sends,
        1,
        handle,
        handle,
        0,
      ),
      'RIOCreateRequestQueue',
    );
  }

  /**
   * RIOReceive. Resolves to how many bytes came; 0 is the end of a stream.
   *
   * @throws by rejection: WinsockError as RIOReceive fails, also where the socket is closed or the memory given back;
   *   TypeError and RangeError for arguments that are none
   */
  receive(into: RioMemory, options?: RioReceiveOptions): Promise<number> {
    const { RIOReceive } = this.#completions.functions;
    const start = (data: number, flags: number, context: number) =>
      RIOReceive(this.#queue, data, 1, flags, context);
    return this.#request('RIOReceive', into, options, start, (bytes) => bytes);
  }

  /**
   * RIOSend. Resolves to how many bytes went.
   *
   * @throws by rejection: WinsockError as RIOSend fails, also where the socket is closed or the memory given back;
   *   TypeError and RangeError for arguments that are none
   */
  send(from: RioMemory, options?: RioRequestOptions): Promise<number> {
    const { RIOSend } = this.#completions.functions;
    const start = (data: number, flags: number, context: number) =>
      RIOSend(this.#queue, data, 1, flags, context);
    return this.#request('RIOSend', from, options, start, (bytes) => bytes);
  }

  /**
   * RIOReceiveEx: a datagram, its length in bytes, and the address of its sender.
   *
   * @throws by rejection: also RangeError where as many requests with an address are pending as the
   *   queues take
   */
  receiveFrom(into: RioMemory, options?: RioRequestOptions): Promise<ReceivedDatagram> {
    const { RIOReceiveEx } = this.#completions.functions;
    return this.#withAddress((slot, memory) => {
      const bytes = memory.bytes.subarray(slot, slot + ADDRESS_BYTES).fill(0);
      const start = (data: number, flags: number, context: number) => {
        const remote = remotePart(memory.id, slot, ADDRESS_BYTES);
        return RIOReceiveEx(this.#queue, data, 1, 0, remote, 0, 0, flags, context);
      };
      return this.#request('RIOReceiveEx', into, options, start, (count) => ({
        bytes: count,
        address: decodeAddress(bytes),
      }));
    });
  }

  /**
   * RIOSendEx: a datagram to an address. Resolves to how many bytes went.
   *
   * @param to an address of IPv4 or IPv6; the unspecified address means this computer
   * @throws by rejection: also TypeError or RangeError for what is no such address, and RangeError where as
   *   many requests with an address are pending as the queues take
   */
  sendTo(from: RioMemory, to: AddressLike, options?: RioRequestOptions): Promise<number> {
    const { RIOSendEx } = this.#completions.functions;
    return this.#withAddress((slot, memory) => {
      const sockaddr = peerSockaddr(encodeAddress(to));
      if (sockaddr.length > ADDRESS_BYTES) throw new RangeError('an address of IPv4 or IPv6');
      memory.bytes
        .subarray(slot, slot + ADDRESS_BYTES)
        .fill(0)
        .set(sockaddr);
      const start = (data: number, flags: number, context: number) => {
        const remote = remotePart(memory.id, slot, ADDRESS_BYTES);
        return RIOSendEx(this.#queue, data, 1, 0, remote, 0, 0, flags, context);
      };
      return this.#request('RIOSendEx', from, options, start, (bytes) => bytes);
    });
  }

  /**
   * Hands over what was deferred.
   *
   * @throws WinsockError, also where the socket or the Registered I/O is closed
   */
  commit(): void {
    const { RIOReceive, RIOSend } = this.#completions.functions;
    this.#assertOpen();
    for (const [name, call] of Object.entries({ RIOReceive, RIOSend })) {
      checkMade(call(this.#queue, 0, 0, RIO_MSG_COMMIT_ONLY, 0), name);
    }
  }

  /**
   * Closes the socket. What is pending rejects with the code that the provider then gives.
   *
   * @throws WinsockError where somebody else has closed it before
   */
  close(): void {
    this.socket.close();
    this.#detachWhenIdle();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #withAddress<T>(use: (slot: number, memory: RioMemory) => Promise<T>): Promise<T> {
    this.#assertOpen();
    const index = this.#addressSlots.pop();
    if (index === undefined) throw new RangeError(`${this.#room} requests are pending already`);
    try {
      this.#addresses ??= this.#owner.register(this.#room * ADDRESS_BYTES);
      return await use(index * ADDRESS_BYTES, this.#addresses);
    } finally {
      this.#addressSlots.push(index);
    }
  }

  #request<T>(
    syscall: string,
    memory: RioMemory,
    given: RioReceiveOptions | undefined,
    start: (data: number, flags: number, context: number) => number,
    result: (bytes: number) => T,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // All of them may be waiting for data; only a receive of a stream may wait until its memory is full.
      const table = syscall === 'RIOReceive' ? RECEIVE : REQUEST;
      // Of a send `waitAll` is unknown, and refused.
      const options: RioReceiveOptions = optionsOf(given, syscall, table as typeof RECEIVE);
      this.#assertOpen();
      options.signal?.throwIfAborted();
      const { offset, length } = rioMemories.part(memory, options.offset, options.length);
      const flags = (options.defer ? RIO_MSG_DEFER : 0) | (options.waitAll ? RIO_MSG_WAITALL : 0);
      let givenUp: { reason: unknown } | undefined;
      const endWatch = watch(options, syscall, (reason) => {
        givenUp = { reason };
        this.close();
      });
      const settle = (code: number, bytes: number) => {
        rioMemories.count(memory, -1);
        this.#outstanding--;
        this.#detachWhenIdle();
        endWatch();
        if (code === 0) resolve(result(bytes));
        else reject(givenUp ? givenUp.reason : new WinsockError(code, syscall));
      };
      const context = this.#completions.begin({ completed: settle });
      rioMemories.count(memory, 1);
      this.#outstanding++;
      if (start(dataPart(memory.id, offset, length), flags, context) === 0) {
        const code = WSAGetLastError();
        this.#completions.end(context);
        settle(code, 0);
        return;
      }
      this.#completions.arm();
    });
  }

  #detachWhenIdle(): void {
    if (!this.socket.association.closed || this.#outstanding > 0) return;
    this.#owner.detach(this);
    this.#addresses?.release();
    this.#addresses = undefined;
  }

  #assertOpen(): void {
    this.#owner.assertOpen();
    if (this.socket.association.closed)
      throw stateError(WSAENOTSOCK, 'RIOCreateRequestQueue', 'the socket is closed');
  }
}
