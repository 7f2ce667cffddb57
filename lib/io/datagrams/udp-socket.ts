import type { EventEmitter } from 'eventemitter3';
import { WSAENOTSOCK } from '../../../defs/winerror.g.ts';
import { SOCK_DGRAM } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6 } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { bindSocket, connectSocket, localAddress, setNonBlocking } from '../calls/socket-calls.ts';
import type { InternetAddress } from '../families/ip.ts';
import { GIVE_UP, type OperationOptions } from '../ops/give-up.ts';
import { checkedLater, flag, oneOf, port, text, whole } from '../options/kinds.ts';
import { type OptionTable, optionsOf, withOptions } from '../options/options.ts';
import type { Delivery } from '../port/delivery.ts';
import { inThisContext } from '../port/listeners.ts';
import { CompletionPort, completionPortOption, deliveryOf } from '../port/port.ts';
import {
  type AddressLike,
  decodeAddress,
  encodeAddress,
  type SocketAddress,
} from '../sockets/address.ts';
import type { Data } from '../sockets/data.ts';
import { Life } from '../sockets/life.ts';
import { openSocket, usualKind } from '../sockets/open.ts';
import { untilNull } from '../sockets/readers.ts';
import { SocketBase } from '../sockets/socket-base.ts';
import {
  type SettableOptionName,
  type SocketOptions,
  type SocketOptionValue,
  setConnectionReset,
  setOption,
  setOptions,
  socketOptionsOption,
} from '../sockets/socket-options.ts';
import { type Datagram, DatagramInbox, type DatagramInboxOwner } from './datagram-inbox.ts';
import { DatagramSender, type DatagramSenderOwner } from './datagram-sender.ts';
import { changeMembership, type Membership, type MembershipChange } from './multicast.ts';

/** The most receives that may wait for datagrams at once. */
const MOST_RECEIVES = 1024;
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

/** Several datagrams that come as one would lose their bounds, which only control data tells. */
function checkOption(name: string): void {
  if (name !== 'receiveCoalesced') return;
  throw new TypeError(
    'a UdpSocket cannot take receiveCoalesced; OverlappedSocket.receiveMessage can',
  );
}

const OPTIONS: OptionTable<UdpSocketOptions> = {
  family: oneOf('IPv4', 'IPv6'),
  completionPort: completionPortOption,
  receives: whole(1, MOST_RECEIVES),
  connectionReset: flag,
  socketOptions: (value, name) => {
    socketOptionsOption(value, name);
    Object.keys(value as SocketOptions).forEach(checkOption);
  },
};

/** Where to bind: what is left out is any. */
export interface BindAddress {
  /** An IP address of the host. */
  host?: string;
  /** Another name for `host`, for what sockets tell of their addresses. */
  address?: string;
  /** The port; one of the system's choice where left out. */
  port?: number;
  /** Refuses an address of another family. */
  family?: 'IPv4' | 'IPv6';
}

const BIND: OptionTable<BindAddress> = {
  host: text,
  address: text,
  port,
  family: checkedLater,
};

let ownerOf: (owned: UdpSocket) => DatagramInboxOwner & DatagramSenderOwner;

/** A datagram socket. */
export class UdpSocket extends SocketBase<UdpSocketEvents> {
  readonly #delivery: Delivery;
  readonly #family: number;
  readonly #life: Life;
  readonly #inbox: DatagramInbox;
  readonly #sender: DatagramSender;

  /**
   * @throws WinsockError; also where the completion port is closed; TypeError and RangeError for options
   *   that are none
   */
  constructor(options?: UdpSocketOptions) {
    const given = optionsOf(options, 'UdpSocket', OPTIONS);
    const { receives = 1, socketOptions } = given;
    const family = given.family === 'IPv6' ? AF_INET6 : AF_INET;
    const port = given.completionPort ?? CompletionPort.default;
    const delivery = deliveryOf(port);
    const ready = (socket: number) => {
      setConnectionReset(socket, given.connectionReset ?? false);
      setNonBlocking(socket);
      // IPv4 reaches it too, and is written as IPv6 there.
      if (family === AF_INET6) setOption(socket, 'v6Only', false);
      if (socketOptions) setOptions(socket, socketOptions);
    };
    // Its receives have memory for the longest datagram that there is.
    const association = openSocket(delivery, usualKind(family, SOCK_DGRAM), ready, 0, true);
    super(port, association);
    this.#delivery = delivery;
    this.#family = family;
    const owner = ownerOf(this);
    this.#life = new Life(association);
    this.#inbox = new DatagramInbox(delivery, association, owner, receives);
    this.#sender = new DatagramSender(delivery, association, owner);
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

  /** Settles when everything is over and given back. */
  get closed(): Promise<void> {
    return this.#life.closed;
  }

  /** Nothing is sent any more, and nothing received. */
  get destroyed(): boolean {
    return !this.#life.isOpen;
  }

  /**
   * Binds to an address: to any, or with a port of the system's choice, where these are left out.
   *
   * @throws WinsockError, TypeError and RangeError for what is no address
   */
  bind(address: Uint8Array | BindAddress = {}): this {
    const sockaddr = address instanceof Uint8Array ? address : this.#placeOf(address);
    bindSocket(this.association.handleFor('bind'), sockaddr);
    this.#inbox.bound();
    return this;
  }

  #placeOf(given: BindAddress): Uint8Array {
    const { host, address = host, port = 0, family } = optionsOf(given, 'bind', BIND);
    const any = this.#family === AF_INET6 ? '::' : '0.0.0.0';
    const ofFamily = family === undefined ? {} : { family };
    return encodeAddress({ address: address ?? any, port, ...ofFamily });
  }

  /**
   * Names the peer: `send` needs no address then, and others' datagrams are not received.
   *
   * @param address the unspecified address means this computer
   * @throws WinsockError, TypeError and RangeError for what is no address
   */
  connect(address: AddressLike): this {
    connectSocket(this.association.handleFor('connect'), encodeAddress(address));
    this.#inbox.bound();
    return this;
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
    this.#inbox.pause();
    return this;
  }

  /** Lets `message` events come. */
  resume(): this {
    this.#inbox.resume();
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
    this.#inbox.borrow(inThisContext(handler));
    return this.resume();
  }

  /**
   * The next datagram, or null when the socket is closed. A datagram that comes after the signal or
   * the timeout is kept for the next call.
   *
   * @throws by rejection: WinsockError, the signal's reason, WSAETIMEDOUT; TypeError and RangeError
   *   for options that are none
   */
  receive(options?: OperationOptions): Promise<Datagram | null> {
    return withOptions(options, 'receive', GIVE_UP, (given) => {
      given.signal?.throwIfAborted();
      return this.#inbox.read(given);
    });
  }

  /**
   * Datagrams until the socket is closed. Leaving the loop closes it.
   *
   * @throws in the loop: WinsockError where receiving fails
   */
  [Symbol.asyncIterator](): AsyncGenerator<Datagram, void, undefined> {
    return untilNull(
      () => this.receive(),
      () => this.destroy(),
    );
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
    if (!this.#life.destroy()) return this;
    this.#life.closeHandle();
    this.#delivery.defer({ run: () => this.#closeWhenIdle() });
    return this;
  }

  /** Closes the socket. Resolves when everything is over. */
  override close(): Promise<void> {
    this.destroy();
    return this.closed;
  }

  /** What the two halves report to, and not a part of what programs see. */
  static {
    class Owner implements DatagramInboxOwner, DatagramSenderOwner {
      readonly #socket: UdpSocket;

      constructor(socket: UdpSocket) {
        this.#socket = socket;
      }

      message(data: Buffer, from: SocketAddress): boolean {
        return this.#socket.emit('message', data, from);
      }

      failed(error: Error): void {
        this.#socket.emit('error', error);
      }

      failedForGood(error: Error): void {
        this.#socket.#life.fail(error);
        this.#socket.destroy();
      }

      bound(): void {
        this.#socket.#inbox.bound();
      }

      idle(): void {
        this.#socket.#closeWhenIdle();
      }
    }

    ownerOf = (owned) => new Owner(owned);
  }

  #closeWhenIdle(): void {
    if (this.#life.isClosed || this.#sender.underWay > 0 || this.#inbox.underWay) return;
    this.#delivery.dependents.delete(this);
    this.#inbox.release();
    this.#life.close();
    try {
      if (this.#life.error) this.emit('error', this.#life.error);
    } finally {
      this.emit('close');
    }
  }
}
