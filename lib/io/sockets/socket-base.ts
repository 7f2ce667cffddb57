import type { AsyncResource } from 'node:async_hooks';
import type { EventEmitter } from 'eventemitter3';
import { localAddress, remoteAddress } from '../calls/socket-calls.ts';
import {
  decodeAddress,
  type PackedAddress,
  type SocketAddress,
  unpackAddress,
} from '../families/address.ts';
import type { Association } from '../port/association.ts';
import { INSPECT, type Inspect, printed, printedAddress } from '../port/inspection.ts';
import { Emitter } from '../port/listeners.ts';
import type { CompletionPort } from '../port/port.ts';
import {
  getOption,
  type SettableOptionName,
  type SocketOptionName,
  type SocketOptionValue,
  setOption,
} from './socket-options.ts';

/** What sockets of all kinds have in common. */
export abstract class SocketBase<
  Events extends EventEmitter.ValidEventTypes,
> extends Emitter<Events> {
  /** The completion port that it is on. */
  readonly completionPort: CompletionPort;
  /** Its place on the completion port. */
  readonly association: Association;
  #local: SocketAddress | undefined;
  #remote: SocketAddress | undefined;
  /** The peer's, where it is known. */
  readonly #remotePacked: PackedAddress | undefined;

  /** @param context as for `Emitter` */
  constructor(
    completionPort: CompletionPort,
    association: Association,
    remote?: PackedAddress,
    context?: AsyncResource,
  ) {
    super(context);
    this.completionPort = completionPort;
    this.association = association;
    this.#remotePacked = remote;
  }

  /** The SOCKET. */
  get handle(): number {
    return this.association.openHandle;
  }

  /**
   * Where the socket is: getsockname.
   *
   * @throws WinsockError, also where it was closed before anybody asked
   */
  get localAddress(): SocketAddress {
    this.#local ??= decodeAddress(localAddress(this.association.handleFor('getsockname')));
    return this.#local;
  }

  /**
   * Where the peer is: getpeername.
   *
   * @throws WinsockError where there is none, or the socket was closed before anybody asked
   */
  get remoteAddress(): SocketAddress {
    this.#remote ??= decodeAddress(
      this.#remotePacked === undefined
        ? remoteAddress(this.association.handleFor('getpeername'))
        : unpackAddress(this.#remotePacked),
    );
    return this.#remote;
  }

  /**
   * setsockopt, by name and with the type that the option has.
   *
   * @throws WinsockError, or TypeError and RangeError for a value that is none of the option's
   */
  setOption<Name extends SettableOptionName>(name: Name, value: SocketOptionValue<Name>): this {
    setOption(this.association.handleFor('setsockopt'), name, value);
    return this;
  }

  /**
   * getsockopt, by name.
   *
   * @throws WinsockError, or TypeError for an option that does not exist
   */
  getOption<Name extends SocketOptionName>(name: Name): SocketOptionValue<Name> {
    return getOption(this.association.handleFor('getsockopt'), name);
  }

  /** Lets what is pending on the socket keep the process alive, which is how it starts. */
  ref(): this {
    this.association.ref();
    return this;
  }

  /** Lets the process end although something is pending on the socket. */
  unref(): this {
    this.association.unref();
    return this;
  }

  /** Closes the socket. Resolves when everything is over. */
  abstract close(): Promise<void>;

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const { openHandle: handle, closed } = this.association;
    const local = printedAddress(() => this.localAddress);
    const remote = printedAddress(() => this.remoteAddress);
    // The bundler puts a line before the name of a class that names itself.
    const name = this.constructor.name.replace(/^_/, '');
    return printed(name, { handle, local, remote, closed }, options, inspect);
  }
}
