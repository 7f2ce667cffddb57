import type { EventEmitter } from 'eventemitter3';
import { WSAENOTSOCK, WSANOTINITIALISED } from '../../../defs/winerror.g.ts';
import { SOCK_DGRAM, WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6 } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { bindSocket, connectSocket, localAddress, setNonBlocking } from '../calls/socket-calls.ts';
import { checkGiveUp, type OperationOptions, watch } from '../ops/give-up.ts';
import type { Delivery } from '../port/delivery.ts';
import { handOut, inThisContext } from '../port/listeners.ts';
import { CompletionPort, deliveryOf } from '../port/port.ts';
import {
  type AddressLike,
  checkFamily,
  decodeAddress,
  encodeAddress,
  type InternetAddress,
  type SocketAddress,
} from '../sockets/address.ts';
import type { Data } from '../sockets/data.ts';
import { openSocket, usualKind } from '../sockets/open.ts';
import { SocketBase } from '../sockets/socket-base.ts';
import {
  type SettableOptionName,
  type SocketOptions,
  type SocketOptionValue,
  setConnectionReset,
  setOption,
  setOptions,
} from '../sockets/socket-options.ts';
import { DatagramReceiver, type DatagramReceiverOwner } from './datagram-receiver.ts';
import { DatagramSender, type DatagramSenderOwner } from './datagram-sender.ts';
import { changeMembership, type Membership, type MembershipChange } from './multicast.ts';

/** The most receives that may wait for datagrams at once. */
const MOST_RECEIVES = 1024;
/** Errors that end receiving: somebody has closed the socket's handle, or ended Winsock. */
const FOR_GOOD: readonly number[] = [WSA_OPERATION_ABORTED, WSAENOTSOCK, WSANOTINITIALISED];

/** What a datagram socket tells. */
export interface UdpSocketEvents {
  /** A datagram has come. Listening starts receiving. */
  message: (data: Buffer, from: SocketAddress) => void;
  /** Receiving failed; the socket goes on unless `close` follows. One error that repeats is told once. */
  error: (error: Error) => void;
  /** The socket is closed, and nothing is pending any more. */
  close: () => void;
}

/** What kind of datagram socket to make. */
export interface UdpSocketOptions {
  /** Default 'IPv4'. */
  family?: 'IPv4' | 'IPv6';
  /** Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /**
   * How many receives wait for datagrams at once, at most 1024. Default 1, which keeps them in order, and is the
   * fastest where it was measured; more may deliver them out of order.
   */
  receives?: number;
  /**
   * Whether a datagram that found nobody shows in a later receive, as WSAECONNRESET or WSAENETRESET.
   * Default false.
   */
  connectionReset?: boolean;
  /** Options to set before anything else. */
  socketOptions?: SocketOptions;
}

/** What was received, and from whom. */
export interface Datagram {
  /** Memory of its own. */
  readonly data: Buffer;
  /** The address of its sender. */
  readonly from: SocketAddress;
}

interface Reader {
  resolve: (datagram: Datagram | null) => void;
  reject: (reason: unknown) => void;
}

/** Several datagrams that come as one would lose their bounds, which only control data tells. */
function checkOption(name: string): void {
  if (name !== 'receiveCoalesced') return;
  throw new TypeError(
    'a UdpSocket cannot take receiveCoalesced; OverlappedSocket.receiveMessage can',
  );
}

let ownerOf: (owned: UdpSocket) => DatagramReceiverOwner & DatagramSenderOwner;

/** A datagram socket. */
export class UdpSocket extends SocketBase<UdpSocketEvents> {
  /** Settles when everything is over and given back. */
  readonly closed: Promise<void>;
  readonly #delivery: Delivery;
  readonly #family: number;
  readonly #receivers: DatagramReceiver[];
  readonly #sender: DatagramSender;
  readonly #readers: Reader[] = [];
  /** Received, and not taken yet. */
  readonly #waiting: Datagram[] = [];
  #borrower: ((bytes: Buffer, from: SocketAddress) => void) | undefined;
  /** Whether `message` events come. */
  #flowing = false;
  /** Whether the socket is bound: only then it can receive. */
  #bound = false;
  /** Open: the handle may be used. Destroyed: it may not. Closed: everything is over and was told. */
  #life: 'open' | 'destroyed' | 'closed' = 'open';
  #failure: Error | undefined;
  #resolveClosed!: () => void;

  /**
   * @throws WinsockError; TypeError and RangeError for options that are none; Error where the
   *   completion port is closed
   */
  constructor(options: UdpSocketOptions = {}) {
    const { receives = 1, family: wanted = 'IPv4', socketOptions } = options;
    checkFamily(wanted);
    if (!Number.isInteger(receives) || receives < 1 || receives > MOST_RECEIVES) {
      throw new RangeError(`a whole number of receives, 1 to ${MOST_RECEIVES}; got ${receives}`);
    }
    if (socketOptions) for (const name of Object.keys(socketOptions)) checkOption(name);
    const family = wanted === 'IPv6' ? AF_INET6 : AF_INET;
    const port = options.completionPort ?? CompletionPort.default;
    const delivery = deliveryOf(port);
    const association = openSocket(delivery, usualKind(family, SOCK_DGRAM), (socket) => {
      setConnectionReset(socket, options.connectionReset ?? false);
      setNonBlocking(socket);
      // IPv4 reaches it too, and is written as IPv6 there.
      if (family === AF_INET6) setOption(socket, 'v6Only', false);
      if (socketOptions) setOptions(socket, socketOptions);
    });
    super(port, association);
    this.#delivery = delivery;
    this.#family = family;
    const owner = ownerOf(this);
    this.#receivers = Array.from(
      { length: receives },
      () => new DatagramReceiver(delivery, association, owner),
    );
    this.#sender = new DatagramSender(delivery, association, owner);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    delivery.dependents.add(this);
  }

  /**
   * setsockopt, by name and with the type that the option has.
   *
   * @throws WinsockError, or TypeError and RangeError for a value that is none of the option's; TypeError
   *   for `receiveCoalesced`
   */
  override setOption<Name extends SettableOptionName>(
    name: Name,
    value: SocketOptionValue<Name>,
  ): this {
    checkOption(name);
    return super.setOption(name, value);
  }

  /**
   * Where the socket is: getsockname.
   *
   * @throws WinsockError, WSAENOTSOCK where it is closed
   */
  override get localAddress(): InternetAddress {
    // Sending and connecting may change it.
    return decodeAddress(
      localAddress(this.association.handleFor('getsockname')),
    ) as InternetAddress;
  }

  /** Nothing is sent any more, and nothing received. */
  get destroyed(): boolean {
    return this.#life !== 'open';
  }

  /**
   * Binds to an address: to any, or with a port of the system's choice, where these are left out.
   *
   * @throws WinsockError, TypeError and RangeError for what is no address
   */
  bind(address: AddressLike | { port?: number } = {}): this {
    const isWhole = address instanceof Uint8Array || 'address' in address || 'host' in address;
    const any = this.#family === AF_INET6 ? '::' : '0.0.0.0';
    const { port = 0 } = address as { port?: number };
    const sockaddr = encodeAddress(isWhole ? { port, ...address } : { address: any, port });
    bindSocket(this.association.handleFor('bind'), sockaddr);
    this.#becomeBound();
    return this;
  }

  /**
   * Names the peer: `send` needs no address then, and others' datagrams are not received.
   *
   * @param address the unspecified address means this computer
   * @throws WinsockError, TypeError and RangeError for what is no address
   */
  connect(address: AddressLike): this {
    connectSocket(this.association.handleFor('connect'), encodeAddress(address));
    this.#becomeBound();
    return this;
  }

  #becomeBound(): void {
    if (this.#bound) return;
    this.#bound = true;
    this.#askWhereWanted();
  }

  /**
   * Sends one datagram. Resolves when the system has taken it.
   *
   * @param data one piece, or up to 16 that become one datagram
   * @param to the unspecified address means this computer; left out on a connected socket
   * @throws by rejection: WinsockError, WSAENOTSOCK where the socket is closed; TypeError for what is no
   *   data or no address; RangeError for more pieces than 16, and for what is no port
   */
  send(data: Data | readonly ArrayBufferView[], to?: AddressLike): Promise<void> {
    if (this.destroyed) return Promise.reject(new WinsockError(WSAENOTSOCK, 'WSASendTo'));
    return this.#sender.send(data, to);
  }

  protected override listened(event: EventEmitter.EventNames<UdpSocketEvents>): void {
    if (event === 'message') this.resume();
  }

  /** Stops `message` events. What the system cannot hold meanwhile is lost, as datagrams are. */
  pause(): this {
    this.#flowing = false;
    return this;
  }

  /** Lets `message` events come. */
  resume(): this {
    if (this.#flowing) return this;
    this.#flowing = true;
    if (this.#waiting.length > 0) this.#drainLater();
    else this.#askWhereWanted();
    return this;
  }

  /**
   * Receives without copying: in place of `message` events, the handler is shown the memory that was
   * received into. The bytes are valid until it returns. Within it they may be given to `send` of
   * any datagram socket or `write` of any connection, which keep them for as long as sending takes;
   * anything else must be copied.
   *
   * @throws TypeError for what is no function
   */
  borrow(handler: (bytes: Buffer, from: SocketAddress) => void): this {
    this.#borrower = inThisContext(handler);
    return this.resume();
  }

  /** Shows a datagram to the listeners. Without one it waits, as while paused. */
  #show(data: Buffer, from: SocketAddress): void {
    if (this.#borrower) {
      this.#borrower(data, from);
      return;
    }
    if (this.emit('message', data, from)) return;
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

  /**
   * The next datagram, or null when the socket is closed. A datagram that comes after the signal or
   * the timeout is kept for the next call.
   *
   * @throws by rejection: WinsockError, the signal's reason, WSAETIMEDOUT; TypeError and RangeError
   *   for options that are none
   */
  receive(options: OperationOptions = {}): Promise<Datagram | null> {
    return new Promise((resolve, reject) => {
      checkGiveUp(options, 'WSARecvFrom');
      const reader = { resolve, reject };
      if (this.#waiting.length > 0) resolve(this.#waiting.shift()!);
      else if (this.destroyed) resolve(null);
      else {
        if (options.signal || options.timeout !== undefined) this.#limit(reader, options);
        this.#readers.push(reader);
        this.#askWhereWanted();
      }
    });
  }

  /** What comes after a reader gave up waits for the next one. */
  #limit(reader: Reader, options: OperationOptions): void {
    const { resolve, reject } = reader;
    const end = watch(options, 'WSARecvFrom', (reason) => {
      this.#readers.splice(this.#readers.indexOf(reader), 1);
      reject(reason);
    });
    reader.resolve = (datagram) => {
      end();
      resolve(datagram);
    };
    reader.reject = (reason) => {
      end();
      reject(reason);
    };
  }

  /**
   * Datagrams until the socket is closed. Leaving the loop closes it.
   *
   * @throws in the loop: WinsockError where receiving fails
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Datagram, void, undefined> {
    try {
      for (;;) {
        const datagram = await this.receive();
        if (datagram === null) return;
        yield datagram;
      }
    } finally {
      this.destroy();
    }
  }

  /**
   * Joins a group.
   *
   * @throws WinsockError, WSAENOTSOCK where the socket is closed; TypeError for a group, interface or
   *   source that is none
   */
  join(group: string, membership?: Membership): this {
    return this.#change('join', group, membership);
  }

  /**
   * Leaves a group.
   *
   * @throws WinsockError, WSAENOTSOCK where the socket is closed; TypeError for a group, interface or
   *   source that is none
   */
  leave(group: string, membership?: Membership): this {
    return this.#change('leave', group, membership);
  }

  /**
   * Leaves out what one source sends to a group that was joined for any source.
   *
   * @throws WinsockError, WSAENOTSOCK where the socket is closed; TypeError for a group, interface or
   *   source that is none
   */
  block(group: string, source: string, membership?: Omit<Membership, 'source'>): this {
    return this.#change('block', group, { ...membership, source });
  }

  /**
   * Receives again what `block` left out.
   *
   * @throws WinsockError, WSAENOTSOCK where the socket is closed; TypeError for a group, interface or
   *   source that is none
   */
  unblock(group: string, source: string, membership?: Omit<Membership, 'source'>): this {
    return this.#change('unblock', group, { ...membership, source });
  }

  #change(what: MembershipChange, group: string, membership: Membership | undefined): this {
    changeMembership(this.association.handleFor('setsockopt'), what, group, membership);
    return this;
  }

  /** Closes at once; `close` follows. */
  destroy(): this {
    if (this.#life !== 'open') return this;
    this.#life = 'destroyed';
    try {
      this.association.close();
    } catch (error) {
      // Somebody else has closed the handle, or ended Winsock.
      this.#failure ??= error as Error;
    }
    this.#delivery.defer({ run: () => this.#closeWhenIdle() });
    return this;
  }

  /** Closes the socket. Resolves when everything is over. */
  close(): Promise<void> {
    this.destroy();
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What the receives and sends report to, and not a part of what programs see. */
  static {
    class Owner implements DatagramReceiverOwner, DatagramSenderOwner {
      readonly #socket: UdpSocket;

      constructor(socket: UdpSocket) {
        this.#socket = socket;
      }

      received(receiver: DatagramReceiver, bytes: number, from: SocketAddress): void {
        this.#socket.#received(receiver, bytes, from);
      }

      failed(code: number): void {
        this.#socket.#failed(code);
      }

      bound(): void {
        this.#socket.#becomeBound();
      }

      idle(): void {
        this.#socket.#closeWhenIdle();
      }
    }

    ownerOf = (owned) => new Owner(owned);
  }

  #received(receiver: DatagramReceiver, bytes: number, from: SocketAddress): void {
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

  #failed(code: number): void {
    const error = new WinsockError(code, 'WSARecvFrom');
    const reader = this.#readers.shift();
    if (FOR_GOOD.includes(code)) {
      reader?.reject(error);
      this.#failure = error;
      this.destroy();
      return;
    }
    try {
      if (reader) reader.reject(error);
      else this.emit('error', error);
    } finally {
      this.#askWhereWanted();
    }
  }

  #askWhereWanted(): void {
    if (!this.#bound || this.#life !== 'open') return;
    if (!this.#flowing && this.#readers.length === 0) return;
    for (const receiver of this.#receivers) receiver.ask();
  }

  #closeWhenIdle(): void {
    if (this.#life === 'closed' || this.#sender.underWay > 0) return;
    if (this.#receivers.some(({ underWay }) => underWay)) return;
    this.#life = 'closed';
    for (const receiver of this.#receivers) receiver.release();
    this.#delivery.dependents.delete(this);
    for (const reader of this.#readers.splice(0)) reader.resolve(null);
    this.#resolveClosed();
    try {
      if (this.#failure) this.emit('error', this.#failure);
    } finally {
      this.emit('close');
    }
  }
}
