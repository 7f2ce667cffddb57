import type { EventEmitter } from 'eventemitter3';
import { WSAENOTSOCK, WSAETIMEDOUT } from '../../../defs/winerror.g.ts';
import { SOCK_DGRAM } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6, IPPROTO_UDP } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { createSocket } from '../calls/create-socket.ts';
import { bindSocket, connectSocket, localAddress, setNonBlocking } from '../calls/socket-calls.ts';
import { checkTimeout, LONGEST_TIMEOUT, type OperationOptions } from '../ops/perform.ts';
import { inThisContext } from '../port/async-context.ts';
import { CompletionPort } from '../port/port.ts';
import {
  type AddressLike,
  anyAddress,
  checkFamily,
  decodeAddress,
  encodeAddress,
  type InternetAddress,
  type SocketAddress,
} from '../sockets/address.ts';
import { SocketBase } from '../sockets/socket-base.ts';
import { type SocketOptions, setConnectionReset, setOptions } from '../sockets/socket-options.ts';
import type { Data } from '../streams/tcp-types.ts';
import { DatagramReceiver } from './datagram-receiver.ts';
import { DatagramSender, type DatagramSenderOwner } from './datagram-sender.ts';
import { changeMembership, type Membership, type MembershipChange } from './multicast.ts';

/** What a datagram socket tells. */
export interface UdpSocketEvents {
  /** A datagram has come. Listening starts receiving. */
  message: (data: Buffer, from: SocketAddress) => void;
  /** Receiving failed; the socket goes on. */
  error: (error: Error) => void;
  /** It is closed, and nothing is pending any more. */
  close: () => void;
}

/** What kind of datagram socket to make. */
export interface UdpSocketOptions {
  /** Default 'IPv4'. */
  family?: 'IPv4' | 'IPv6';
  /** The completion port. Default `CompletionPort.default`. */
  port?: CompletionPort;
  /**
   * How many receives wait for datagrams at once. Default 1, which keeps them in order, and is the
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
  /** Whoever has sent it. */
  readonly from: SocketAddress;
}

interface Reader {
  resolve: (datagram: Datagram | null) => void;
  reject: (reason: unknown) => void;
}

/** A datagram socket. */
export class UdpSocket extends SocketBase<UdpSocketEvents> implements DatagramSenderOwner {
  /** Settles when everything is over and given back. */
  readonly closed: Promise<void>;
  readonly #family: number;
  readonly #receivers: DatagramReceiver[];
  readonly #sender: DatagramSender;
  readonly #readers: Reader[] = [];
  readonly #waiting: Datagram[] = [];
  #borrower: ((bytes: Buffer, from: SocketAddress) => void) | undefined;
  #flowing = false;
  #bound = false;
  #destroyed = false;
  #closeReported = false;
  #resolveClosed!: () => void;

  constructor(options: UdpSocketOptions = {}) {
    const { receives = 1, family: wanted = 'IPv4' } = options;
    checkFamily(wanted);
    if (!Number.isInteger(receives) || receives < 1) {
      throw new RangeError(`a whole number of receives, at least 1; got ${receives}`);
    }
    const family = wanted === 'IPv6' ? AF_INET6 : AF_INET;
    const port = options.port ?? CompletionPort.default;
    const handle = createSocket({ family, type: SOCK_DGRAM, protocol: IPPROTO_UDP });
    super(port.adopt(handle, family, SOCK_DGRAM, IPPROTO_UDP));
    this.#family = family;
    setConnectionReset(handle, options.connectionReset ?? false);
    try {
      setNonBlocking(handle);
      if (options.socketOptions) setOptions(handle, options.socketOptions);
    } catch (error) {
      this.association.close();
      throw error;
    }
    this.#receivers = Array.from(
      { length: receives },
      () => new DatagramReceiver(this.association, this),
    );
    this.#sender = new DatagramSender(this.association, this);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    port.own(this);
  }

  override get localAddress(): InternetAddress {
    // Sending and connecting may change it.
    return decodeAddress(
      localAddress(this.association.handleFor('getsockname')),
    ) as InternetAddress;
  }

  /** Nothing is sent any more, and nothing received. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** Binds to an address; to any, with a port of the system's choice, where left out. */
  bind(address?: AddressLike): this {
    const sockaddr = address ? encodeAddress(address) : anyAddress(this.#family);
    bindSocket(this.association.handleFor('bind'), sockaddr);
    this.bound();
    return this;
  }

  /** Names the peer: `send` needs no address then, and others' datagrams are not received. */
  connect(address: AddressLike): this {
    connectSocket(this.association.handleFor('connect'), encodeAddress(address));
    this.bound();
    return this;
  }

  /** @internal Only a bound socket can receive. */
  bound(): void {
    if (this.#bound) return;
    this.#bound = true;
    if (this.#flowing || this.#readers.length > 0) this.#ask();
  }

  /** Sends one datagram. Resolves when the system has taken it. */
  send(data: Data | readonly ArrayBufferView[], to?: AddressLike): Promise<void> {
    if (this.#destroyed) return Promise.reject(new WinsockError(WSAENOTSOCK, 'WSASendTo'));
    return this.#sender.send(data, to);
  }

  override on<Event extends EventEmitter.EventNames<UdpSocketEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<UdpSocketEvents, Event>,
    context?: unknown,
  ): this {
    super.on(event, listener, context);
    if (event === 'message') this.resume();
    return this;
  }

  override addListener<Event extends EventEmitter.EventNames<UdpSocketEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<UdpSocketEvents, Event>,
    context?: unknown,
  ): this {
    return this.on(event, listener, context);
  }

  override once<Event extends EventEmitter.EventNames<UdpSocketEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<UdpSocketEvents, Event>,
    context?: unknown,
  ): this {
    super.once(event, listener, context);
    if (event === 'message') this.resume();
    return this;
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
    if (this.#waiting.length > 0) this.association.port.defer({ resume: this.#drainWaiting });
    else if (this.#bound) this.#ask();
    return this;
  }

  /**
   * Receives without copying: in place of `message` events, the handler is shown the memory that was
   * received into. The bytes are valid until it returns. Within it they may be given to `send` of
   * any datagram socket or `write` of any connection, which keep them for as long as sending takes;
   * anything else must be copied.
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

  readonly #drainWaiting = (): void => {
    while (this.#flowing && this.#waiting.length > 0) {
      const { data, from } = this.#waiting.shift()!;
      let taken = false;
      try {
        this.#show(data, from);
        taken = true;
      } finally {
        // After an exception of the listener it goes on in the next turn.
        if (!taken) this.association.port.defer({ resume: this.#drainWaiting });
      }
    }
    if (this.#flowing && this.#bound) this.#ask();
  };

  /**
   * The next datagram, or null when the socket is closed. A datagram that comes after the signal or
   * the timeout is kept for the next call.
   */
  receive(options: OperationOptions = {}): Promise<Datagram | null> {
    const { signal, timeout } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#waiting.length > 0) return Promise.resolve(this.#waiting.shift()!);
    if (this.#destroyed) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (signal || timeout !== undefined) this.#limit(reader, signal, timeout);
      this.#readers.push(reader);
      if (this.#bound) this.#ask();
    });
  }

  /** Has a reader give up, by a signal or in time. */
  #limit(reader: Reader, signal: AbortSignal | undefined, timeout: number | undefined): void {
    checkTimeout(timeout, 'WSARecvFrom');
    const { resolve, reject } = reader;
    let timer: NodeJS.Timeout | undefined;
    const giveUp = (reason: unknown) => {
      this.#readers.splice(this.#readers.indexOf(reader), 1);
      reader.reject(reason);
    };
    const onAbort = () => giveUp(signal!.reason);
    const over = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    reader.resolve = (datagram) => {
      over();
      resolve(datagram);
    };
    reader.reject = (reason) => {
      over();
      reject(reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeout !== undefined && timeout <= LONGEST_TIMEOUT) {
      timer = setTimeout(() => giveUp(new WinsockError(WSAETIMEDOUT, 'WSARecvFrom')), timeout);
    }
  }

  /** Datagrams until the socket is closed. Leaving the loop closes it. */
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

  /** Joins a group. */
  join(group: string, membership?: Membership): this {
    return this.#change('join', group, membership);
  }

  /** Leaves a group. */
  leave(group: string, membership?: Membership): this {
    return this.#change('leave', group, membership);
  }

  /** Leaves out what one source sends to a group that was joined for any source. */
  block(group: string, source: string, membership?: Omit<Membership, 'source'>): this {
    return this.#change('block', group, { ...membership, source });
  }

  /** Takes back `block`. */
  unblock(group: string, source: string, membership?: Omit<Membership, 'source'>): this {
    return this.#change('unblock', group, { ...membership, source });
  }

  #change(what: MembershipChange, group: string, membership: Membership | undefined): this {
    changeMembership(this.association.handleFor('setsockopt'), what, group, membership);
    return this;
  }

  /** Closes at once; `close` follows. */
  destroy(): this {
    if (this.#destroyed) return this;
    this.#destroyed = true;
    this.association.close();
    this.association.port.defer({ resume: this.#closeWhenIdle });
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

  // What the receivers report.

  /** @internal */
  received(receiver: DatagramReceiver, bytes: number, from: SocketAddress): void {
    const reader = this.#readers.length > 0 ? this.#readers.shift() : undefined;
    const waits = !this.#flowing || this.#waiting.length > 0;
    try {
      if (reader) reader.resolve({ data: receiver.copyOut(bytes), from });
      else if (waits) this.#waiting.push({ data: receiver.copyOut(bytes), from });
      else if (this.#borrower) receiver.lend(bytes, this.#borrower, from);
      else this.#show(receiver.copyOut(bytes), from);
    } finally {
      // Also after an exception of the listener.
      if (this.#flowing || this.#readers.length > 0) this.#ask();
    }
  }

  /** @internal */
  failed(code: number): void {
    const error = new WinsockError(code, 'WSARecvFrom');
    const reader = this.#readers.shift();
    try {
      if (reader) reader.reject(error);
      else this.emit('error', error);
    } finally {
      if (this.#flowing || this.#readers.length > 0) this.#ask();
    }
  }

  /** @internal */
  receiverIdle(): void {
    this.#closeWhenIdle();
  }

  /** @internal */
  senderIdle(): void {
    this.#closeWhenIdle();
  }

  #ask(): void {
    if (!this.#destroyed) for (const receiver of this.#receivers) receiver.ask();
  }

  readonly #closeWhenIdle = (): void => {
    if (this.#closeReported || this.#sender.underWay > 0) return;
    if (this.#receivers.some(({ underWay }) => underWay)) return;
    this.#closeReported = true;
    for (const receiver of this.#receivers) receiver.release();
    this.association.port.disown(this);
    for (const reader of this.#readers.splice(0)) reader.resolve(null);
    this.#resolveClosed();
    this.emit('close');
  };
}
