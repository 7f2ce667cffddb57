import type { EventEmitter } from 'eventemitter3';
import { WSAENOTSOCK } from '../../../defs/winerror.g.ts';
import { AF_INET6 } from '../../../defs/ws2def.g.ts';
import { isUint8Array } from '../../ffi/memory/intrinsics.ts';
import { stateError } from '../calls/check.ts';
import {
  bindSocket,
  connectSocket,
  disconnectSocket,
  localAddress,
  remoteAddress,
} from '../calls/socket-calls.ts';
import {
  type AddressLike,
  anyAddress,
  decodeAddress,
  encodeAddress,
  peerSockaddr,
  type SocketAddress,
} from '../families/address.ts';
import type { InternetAddress } from '../families/ip.ts';
import { DETACH_OPTIONS, type DetachOptions, Leaving } from '../handles/detach.ts';
import { GIVE_UP, type OperationOptions } from '../ops/give-up.ts';
import { optionsOf, refuseMore, withOptions } from '../options/options.ts';
import type { Delivery, Dependent } from '../port/delivery.ts';
import { inThisContext } from '../port/listeners.ts';
import type { Data } from '../sockets/data.ts';
import { Life } from '../sockets/life.ts';
import { untilNull } from '../sockets/readers.ts';
import { SocketBase } from '../sockets/socket-base.ts';
import type { SettableOptionName, SocketOptionValue } from '../sockets/socket-options.ts';
import type { DatagramDetails } from './datagram-details.ts';
import {
  type Datagram,
  type DatagramHandler,
  DatagramInbox,
  type DatagramInboxOwner,
} from './datagram-inbox.ts';
import { DatagramSender, type DatagramSenderOwner } from './datagram-sender.ts';
import { Memberships, type MembershipsOwner } from './memberships.ts';
import { isGroup, type Membership, type MembershipChange } from './multicast.ts';
import { type DetachedDatagrams, OpenedDatagrams, openDatagrams, takeDatagrams } from './opened.ts';
import { receivingBy } from './receive-plan.ts';
import type { DatagramSendOptions } from './send-control.ts';
import {
  BIND,
  type BindAddress,
  type UdpFromOptions,
  type UdpSocketEvents,
  type UdpSocketOptions,
} from './udp-types.ts';

/** Datagrams that come together can be taken apart only where that was known from the beginning. */
function checkOption(name: string): void {
  if (name !== 'receiveCoalesced') return;
  throw new TypeError('receiveCoalesced is for the beginning: new UdpSocket({ coalesce: true })');
}

type Owner = DatagramInboxOwner & DatagramSenderOwner & MembershipsOwner & Dependent;

let ownerOf: (owned: UdpSocket) => Owner;

/** A datagram socket. */
export class UdpSocket extends SocketBase<UdpSocketEvents> {
  readonly #delivery: Delivery;
  readonly #family: number;
  readonly #life: Life;
  readonly #memberships: Memberships;
  readonly #inbox: DatagramInbox;
  readonly #sender: DatagramSender;
  readonly #leaving: Leaving;
  readonly #owner: Owner;

  /**
   * @throws WinsockError; also where the completion port is closed; TypeError and RangeError for options
   *   that are none
   */
  constructor(options?: UdpSocketOptions) {
    const opened = OpenedDatagrams.partsOf(options) ?? openDatagrams(options);
    const { completionPort, delivery, on, kind, plan } = opened;
    super(completionPort, on);
    this.#delivery = delivery;
    this.#family = kind.family;
    const owner = ownerOf(this);
    this.#owner = owner;
    this.#life = new Life(on);
    this.#leaving = new Leaving(on);
    this.#memberships = new Memberships(delivery, on, owner);
    this.#inbox = new DatagramInbox(delivery, on, owner, {
      ...receivingBy(plan, kind, () => this.localAddress.port),
      isWanted: opened.onlyJoinedGroups
        ? ({ to }) => !to || !isGroup(to.address) || this.#memberships.isJoined(to.address)
        : undefined,
      unread: opened.unread,
    });
    this.#sender = new DatagramSender(delivery, on, owner);
    this.#sender.peer = opened.peer;
    delivery.dependents.add(owner);
    if (opened.bound) this.#inbox.bound();
  }

  /**
   * A datagram socket of a SOCKET that others have made: by the mirror, in a DLL, in another thread or
   * process. It is closed in the end. Where this throws, the SOCKET is still theirs.
   *
   * @param source the SOCKET, alone or as `detach` has given it
   * @param options as for a new socket; what is left out of them is left as it is
   * @throws WinsockError: WSAENOTSOCK for what is no socket, WSA_INVALID_PARAMETER for one that is on a
   *   completion port already or was not made for overlapped use, WSA_INVALID_HANDLE where the completion
   *   port is closed; TypeError for one of another type or family; TypeError and RangeError for options
   *   that are none
   */
  static from(source: number | DetachedDatagrams, options?: UdpFromOptions): UdpSocket {
    // Only the constructor knows what this is.
    return new UdpSocket(takeDatagrams(source, options) as object);
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

  /**
   * Whom the socket is connected to: getpeername.
   *
   * @throws WinsockError, WSAENOTCONN where it is not, WSAENOTSOCK where it is closed
   */
  override get remoteAddress(): InternetAddress {
    return decodeAddress(
      remoteAddress(this.association.handleFor('getpeername')),
    ) as InternetAddress;
  }

  /** Settles when everything is over and given back. */
  get closed(): Promise<void> {
    return this.#life.closed;
  }

  get #maySend(): boolean {
    return !this.destroyed && !this.#leaving.begun;
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
  bind(address?: Uint8Array | BindAddress): this;
  bind(address: Uint8Array | BindAddress = {}, ...more: readonly unknown[]): this {
    refuseMore(more, 'bind', 'the socket is bound when it returns');
    // What is no memory is a place, or refused as one.
    const sockaddr = isUint8Array(address)
      ? encodeAddress(address)
      : this.#placeOf(address as BindAddress);
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
    const sockaddr = peerSockaddr(encodeAddress(address));
    connectSocket(this.association.handleFor('connect'), sockaddr);
    this.#sender.peer = sockaddr;
    this.#inbox.bound();
    return this;
  }

  /**
   * Forgets the peer that `connect` has named: datagrams of all others are received again.
   *
   * @throws WinsockError
   */
  disconnect(): this {
    disconnectSocket(this.association.handleFor('connect'), anyAddress(this.#family));
    this.#sender.peer = undefined;
    return this;
  }

  /**
   * Sends one datagram, or with `segmentSize` several. Resolves when the system has taken it.
   *
   * @param data one piece, or up to 16 that become one datagram
   * @param to the unspecified address means this computer; left out on a connected socket
   * @param options for this datagram only; where it comes from, by which interface it leaves, and so on
   * @throws by rejection: WinsockError, WSAENOTSOCK where the socket is closed, ERROR_NOT_FOUND for an
   *   interface that is not there; TypeError for what is no data, address or option; RangeError for more
   *   pieces than 16, and for what is no port or no value of an option
   */
  send(
    data: Data | readonly ArrayBufferView[],
    to?: AddressLike,
    options?: DatagramSendOptions,
  ): Promise<void> {
    if (!this.#maySend)
      return Promise.reject(stateError(WSAENOTSOCK, 'WSASendTo', 'the socket is closed'));
    if (options !== undefined) return this.#sender.sendWith(data, to, options);
    return this.#sender.send(data, to);
  }

  /**
   * Sends several datagrams, with as few calls as the system allows: those of one length go together where
   * it takes data apart (Windows 10 2004). Resolves when it has taken all of them.
   *
   * @param to left out on a connected socket
   * @throws by rejection, as `send` does: what fails first; the others are sent all the same
   */
  sendAll(
    datagrams: readonly Data[],
    to?: AddressLike,
    options: Omit<DatagramSendOptions, 'segmentSize'> = {},
  ): Promise<void> {
    if (!this.#maySend)
      return Promise.reject(stateError(WSAENOTSOCK, 'WSASendTo', 'the socket is closed'));
    return this.#sender.sendAll(datagrams, to, options);
  }

  /**
   * Answers a datagram: the answer comes from the address that it was sent to, and leaves by the interface that
   * it came by, as far as its details tell. What was sent to a group or a broadcast is answered from an address
   * of the system's choice.
   *
   * @param question what `receive` has given, of a socket with `details`
   * @throws by rejection, as `send` does
   */
  answer(
    question: Pick<Datagram, 'from' | 'to' | 'interface' | 'broadcast'>,
    data: Data | readonly ArrayBufferView[],
    options: DatagramSendOptions = {},
  ): Promise<void> {
    const { from, to, interface: via, broadcast } = question;
    const isOwn = to && !broadcast && !isGroup(to.address);
    // A datagram socket is one of IP.
    return this.send(data, from as InternetAddress, {
      ...(isOwn && { from: to }),
      ...(via !== undefined && { interface: via }),
      ...options,
    });
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
  borrow(handler: DatagramHandler): this {
    this.#inbox.borrow(inThisContext(handler));
    return this.resume();
  }

  /**
   * The next datagram, or null when the socket is closed. A datagram that comes after the signal or
   * the timeout is kept for the next call.
   *
   * @throws by rejection: WinsockError, WSAEINVAL where the socket is not bound, nor sends right after; the
   *   signal's reason, WSAETIMEDOUT; TypeError and RangeError for options that are none
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
    this.#memberships.change(what, group, membership);
    return this;
  }

  /**
   * Gives the SOCKET back, open, with what has come and nobody has taken. What is being sent is waited for.
   * Groups that it has joined stay joined. Where it rejects, the socket goes on.
   *
   * @throws by rejection: ERROR_NOT_SUPPORTED where the system takes no socket off its completion port (before
   *   Windows 8.1, and Wine) unless `evenOnPort` is set; WSAENOTSOCK where it is closed, WSAEINVAL where it
   *   is being given back already; the signal's reason, WSAETIMEDOUT; TypeError and RangeError for options
   *   that are none
   */
  async detach(given?: DetachOptions): Promise<DetachedDatagrams> {
    const options = optionsOf(given, 'detach', DETACH_OPTIONS);
    const sent = this.#sender.underWay > 0 ? () => this.#sender.allSent() : undefined;
    const parts = [this.#inbox, this.#memberships];
    const handle = await this.#leaving.giveBack(options, sent, {
      halt: async () => void (await Promise.all(parts.map((part) => part.halt()))),
      goOn: () => {
        for (const part of parts) part.goOn();
      },
    });
    const unread = this.#inbox.takeUnread();
    this.#life.destroy();
    this.#closeWhenIdle();
    return unread.length > 0 ? { handle, unread } : { handle };
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

  /** What the two halves and the port report to, and not a part of what programs see. */
  static {
    class SocketOwner implements Owner {
      place = -1;
      readonly #socket: UdpSocket;

      constructor(socket: UdpSocket) {
        this.#socket = socket;
      }

      message(data: Buffer, from: SocketAddress, details: DatagramDetails): boolean {
        return this.#socket.emit('message', data, from, details);
      }

      failed(error: Error): void {
        this.#socket.emit('error', error);
      }

      destroy(): void {
        this.#socket.destroy();
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

    ownerOf = (owned) => new SocketOwner(owned);
  }

  #closeWhenIdle(): void {
    if (this.#life.isClosed || this.#sender.underWay > 0 || this.#inbox.underWay) return;
    if (this.#memberships.underWay) return;
    this.#delivery.dependents.delete(this.#owner);
    this.#inbox.release();
    this.#life.close();
    try {
      if (this.#life.error) this.emit('error', this.#life.error);
    } finally {
      this.emit('close');
    }
  }
}
