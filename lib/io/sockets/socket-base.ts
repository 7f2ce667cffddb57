import type { EventEmitter } from 'eventemitter3';
import { localAddress, remoteAddress } from '../calls/socket-calls.ts';
import type { Association } from '../port/association.ts';
import { Emitter } from '../port/emitter.ts';
import { INSPECT, type Inspect, printed, printedAddress } from '../port/inspection.ts';
import { decodeAddress, type SocketAddress } from './address.ts';
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
  readonly association: Association;
  #local: SocketAddress | undefined;
  #remote: SocketAddress | undefined;
  #remoteBytes: Uint8Array | undefined;

  constructor(association: Association, remote?: Uint8Array) {
    super();
    this.association = association;
    this.#remoteBytes = remote;
  }

  /** The SOCKET. */
  get handle(): number {
    return this.association.handle;
  }

  get localAddress(): SocketAddress {
    this.#local ??= decodeAddress(localAddress(this.association.handleFor('getsockname')));
    return this.#local;
  }

  get remoteAddress(): SocketAddress {
    this.#remote ??= decodeAddress(
      this.#remoteBytes ?? remoteAddress(this.association.handleFor('getpeername')),
    );
    return this.#remote;
  }

  setOption<Name extends SettableOptionName>(name: Name, value: SocketOptionValue<Name>): this {
    setOption(this.association.handleFor('setsockopt'), name, value);
    return this;
  }

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

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const { handle, closed } = this.association;
    const local = printedAddress(() => this.localAddress);
    const remote = printedAddress(() => this.remoteAddress);
    return printed(this.constructor.name, { handle, local, remote, closed }, options, inspect);
  }
}
