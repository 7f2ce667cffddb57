import { SD_BOTH, SD_RECEIVE, SD_SEND } from '../../../defs/winsock2.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { shutdown } from '../calls/calls.ts';
import { check } from '../calls/check.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { bindSocket, listenOn, localAddress, remoteAddress } from '../calls/socket-calls.ts';
import {
  type AddressLike,
  decodeAddress,
  encodeAddress,
  type SocketAddress,
} from '../families/address.ts';
import type { Association } from '../port/association.ts';
import { INSPECT, type Inspect, printed, printedAddress } from '../port/inspection.ts';
import type { CompletionPort } from '../port/port.ts';
import {
  getOption,
  type SettableOptionName,
  type SocketOptionName,
  type SocketOptionValue,
  setOption,
} from '../sockets/socket-options.ts';
import { OnPort } from './on-port.ts';

/** What shutdown takes for each direction. */
const HOW = { receive: SD_RECEIVE, send: SD_SEND, both: SD_BOTH } as const;

/** What an overlapped socket is beside its overlapped calls: its addresses, options, end. */
export abstract class OverlappedBase extends OnPort {
  /** Its family, type and protocol. */
  readonly kind: SocketKind;

  constructor(completionPort: CompletionPort, association: Association, kind: SocketKind) {
    super(completionPort, association);
    this.kind = kind;
  }

  /**
   * bind. Connecting by ConnectEx needs it.
   *
   * @throws WinsockError; TypeError and RangeError for what is no address
   */
  bind(address: AddressLike): this {
    bindSocket(this.association.handleFor('bind'), encodeAddress(address));
    return this;
  }

  /**
   * listen.
   *
   * @param backlog how many connections may wait to be accepted
   * @throws WinsockError, or RangeError for what is no backlog
   */
  listen(backlog = 511): this {
    listenOn(this.association.handleFor('listen'), backlog, this.kind);
    return this;
  }

  /**
   * getsockname.
   *
   * @throws WinsockError, WSAEINVAL where it is not bound, WSAENOTSOCK where it is closed
   */
  get localAddress(): SocketAddress {
    return decodeAddress(localAddress(this.association.handleFor('getsockname')));
  }

  /**
   * getpeername.
   *
   * @throws WinsockError, WSAENOTCONN where it is not connected, WSAENOTSOCK where it is closed
   */
  get remoteAddress(): SocketAddress {
    return decodeAddress(remoteAddress(this.association.handleFor('getpeername')));
  }

  /**
   * setsockopt, by name and with the type that the option has.
   *
   * @throws WinsockError, WSAENOTSOCK where the socket is closed; TypeError and RangeError for a value that
   *   is none of the option's
   */
  setOption<Name extends SettableOptionName>(name: Name, value: SocketOptionValue<Name>): this {
    setOption(this.association.handleFor('setsockopt'), name, value);
    return this;
  }

  /**
   * getsockopt, by name.
   *
   * @throws WinsockError, WSAENOTSOCK where the socket is closed; TypeError for an option that does not exist
   */
  getOption<Name extends SocketOptionName>(name: Name): SocketOptionValue<Name> {
    return getOption(this.association.handleFor('getsockopt'), name);
  }

  /**
   * Ends one direction of the connection, or both.
   *
   * @throws WinsockError, WSAENOTSOCK where the socket is closed; TypeError for what is no direction
   */
  shutdown(how: keyof typeof HOW = 'send'): void {
    if (!Object.hasOwn(HOW, how)) {
      const known = Object.keys(HOW).join(', ');
      throw new TypeError(`shutdown takes one of ${known}; got ${describe(how)}`);
    }
    const code = HOW[how];
    const handle = this.association.handleFor('shutdown');
    check(shutdown(handle, code), 'shutdown');
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const { handle, pending, closed } = this.association;
    const local = printedAddress(() => this.localAddress);
    const remote = printedAddress(() => this.remoteAddress);
    const state = { handle, local, remote, pending, closed };
    return printed('OverlappedSocket', state, options, inspect);
  }
}
