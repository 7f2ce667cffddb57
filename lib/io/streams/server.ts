import type { EventEmitter } from 'eventemitter3';

import {
  WSAEADDRNOTAVAIL,
  WSAEAFNOSUPPORT,
  WSAEALREADY,
  WSAEINVAL,
  WSAEPROTONOSUPPORT,
} from '../../../defs/winerror.g.ts';
import { SOMAXCONN } from '../../../defs/winsock2.g.ts';
import { BT_PORT_ANY } from '../../../defs/ws2bth.g.ts';
import { AF_INET6, AF_UNIX } from '../../../defs/ws2def.g.ts';
import type { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import { stateError } from '../calls/check.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { bindSocket, listenOn, localAddress } from '../calls/socket-calls.ts';
import { spareFromThreadEnd } from '../calls/thread-end.ts';
import { isInternet } from '../families/ip.ts';
import { type SocketSource, takeListener } from '../handles/foreign.ts';
import { GIVE_UP, type OperationOptions } from '../ops/give-up.ts';
import { checkedLater, flag, memory, port, text, whole } from '../options/kinds.ts';
import { type OptionTable, optionsOf, withOptions } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import { INSPECT, type Inspect, printed } from '../port/inspection.ts';
import { Emitter, inThisContext } from '../port/listeners.ts';
import { CompletionPort, completionPortOption, deliveryOf } from '../port/port.ts';
import {
  type AddressLike,
  addressText,
  decodeAddress,
  encodeAddress,
  isInternetAddress,
  isOtherPlace,
  type OtherPlace,
  type SocketAddress,
} from '../sockets/address.ts';
import type { Family } from '../sockets/family.ts';
import { kindFor, openSocket, takeOver } from '../sockets/open.ts';
import { checkPathAlone } from '../sockets/place.ts';
import { join, type Reader } from '../sockets/readers.ts';
import { setOption, setOptionsOf, socketOptionsOption } from '../sockets/socket-options.ts';
import { Acceptor, type AcceptorOwner } from './acceptor.ts';
import type { ListenOptions, TcpServerEvents, TcpServerOptions } from './server-types.ts';
import { type TcpSocket, tcpSockets } from './tcp-socket.ts';
import { TCP_SOCKET_OPTIONS } from './tcp-types.ts';
import { ownFile } from './unix-file.ts';

/** Errors that say that the system has no IPv6, or that it is switched off. */
const NO_IPV6: readonly number[] = [WSAEPROTONOSUPPORT, WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL];
/** How many accepts wait at once where nothing is said. */
const USUAL_ACCEPTS = 32;
/** The most accepts that may wait at once. */
const MOST_ACCEPTS = 1024;

/** Takes a connection that was accepted: its SOCKET, which is on no completion port, and its peer's sockaddr. */
export type SocketTaker = (socket: number, remote: Uint8Array | undefined) => void;

/** What the package does with servers. */
interface PackageSide {
  /** Gives what is accepted to somebody else, in place of making a TcpSocket of it. */
  handTo(server: TcpServer, taker: SocketTaker): void;
  /** The family, type and protocol of its sockets. It must listen. */
  kindOf(server: TcpServer): SocketKind;
}

export let tcpServers: PackageSide;

const OPTIONS: OptionTable<TcpServerOptions> = {
  ...TCP_SOCKET_OPTIONS,
  completionPort: completionPortOption,
  accepts: whole(1, MOST_ACCEPTS),
  handOver: (value) => void inThisContext(value as () => void),
  socketOptions: socketOptionsOption,
};

const backlog = whole(0, SOMAXCONN);

const FROM: OptionTable<TcpServerOptions & { backlog?: number }> = { ...OPTIONS, backlog };

const LISTEN: OptionTable<ListenOptions> = {
  host: text,
  address: text,
  port,
  path: text,
  // Before anything is bound: a Unix socket would leave its file behind.
  backlog,
  exclusive: flag,
  v6Only: flag,
  family: checkedLater,
  channel: checkedLater,
  service: checkedLater,
  vm: checkedLater,
  bytes: memory,
};

let ownerOf: (owned: TcpServer) => AcceptorOwner;

/** A listening socket that keeps several AcceptEx pending and makes a TcpSocket of each connection. */
export class TcpServer extends Emitter<TcpServerEvents> {
  /** The completion port of its sockets. */
  readonly completionPort: CompletionPort;
  readonly #options: TcpServerOptions & { readonly accepts: number };
  readonly #connections = new Set<TcpSocket>();
  /** Connections that came while nobody listened for them. */
  readonly #unclaimed = new Set<TcpSocket>();
  /** Those who wait for one connection each. */
  readonly #takers: Reader<TcpSocket | null>[] = [];
  #acceptor: Acceptor | undefined;
  #address: SocketAddress | undefined;
  /** Deletes the file of a Unix socket. */
  #deleteFile: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #taker: SocketTaker = (socket, remote) => this.#accepted(socket, remote);

  static {
    tcpServers = {
      handTo: (server, taker) => {
        server.#taker = taker;
      },
      kindOf: (server) => server.#acceptor!.kind,
    };
  }

  /**
   * @param onConnection a listener for `connection`
   * @throws TypeError and RangeError for options that no server and no connection can have, and for a listener
   *   that is no function; WinsockError where the default completion port cannot be made
   */
  constructor(options?: TcpServerOptions, onConnection?: (socket: TcpSocket) => void) {
    super();
    const given = optionsOf(options, 'createServer', OPTIONS);
    this.#options = { ...given, accepts: given.accepts ?? USUAL_ACCEPTS };
    if (given.handOver) {
      const handOver = inThisContext(given.handOver);
      this.#taker = (handle) => {
        spareFromThreadEnd(handle);
        handOver({ handle });
      };
    }
    this.completionPort = given.completionPort ?? CompletionPort.default;
    if (onConnection) this.on('connection', onConnection);
  }

  /**
   * Where it listens.
   *
   * @throws WinsockError where it does not listen
   */
  get address(): SocketAddress {
    if (!this.#address) throw stateError(WSAEINVAL, 'getsockname', 'the server does not listen');
    return this.#address;
  }

  /**
   * The TCP port that it listens on.
   *
   * @throws WinsockError where it does not listen, TypeError where it is no server of IP
   */
  get port(): number {
    const { address } = this;
    if (isInternetAddress(address)) return address.port;
    throw new TypeError(`a server of ${address.family} has no port`);
  }

  /** The connections that are open. */
  get connections(): ReadonlySet<TcpSocket> {
    return this.#connections;
  }

  /** Whether it accepts connections. */
  get listening(): boolean {
    return this.#acceptor !== undefined && this.#closing === undefined;
  }

  /**
   * Binds, listens and accepts. The server listens when this returns; `listening` follows. After it
   * was closed it may listen again.
   *
   * @throws WinsockError as the call that fails; TypeError and RangeError for options that are none;
   *   WinsockError also where it listens already (WSAEINVAL), has not ended yet (WSAEALREADY), or the
   *   completion port is closed
   */
  listen(options?: ListenOptions): this {
    const given = optionsOf(options, 'listen', LISTEN);
    if (this.#closing) {
      throw stateError(WSAEALREADY, 'listen', 'the server is being closed: await close()');
    }
    if (this.#acceptor) throw stateError(WSAEINVAL, 'listen', 'the server listens already');
    const { path, host = given.address, port = 0 } = given;
    if (path !== undefined) {
      checkPathAlone(given, 'listen');
      this.#listenAt({ path }, given);
    } else if (isOtherPlace(given)) {
      this.#listenAt(serverPlace(given), given);
    } else if (host !== undefined) {
      this.#listenAt(withFamily(host, port, given), given);
    } else {
      this.#listenEverywhere(port, given);
    }
    setImmediate(() => this.emit('listening'));
    return this;
  }

  #listenEverywhere(port: number, options: ListenOptions): void {
    if (options.family !== undefined) {
      this.#listenAt(withFamily(anyHost(options.family), port, options), options);
      return;
    }
    try {
      this.#listenAt({ address: '::', port }, options);
    } catch (error) {
      // IPv6 may be missing, or switched off.
      if (!NO_IPV6.includes((error as WinsockError).errno)) throw error;
      this.#listenAt({ address: '0.0.0.0', port }, options);
    }
  }

  #listenAt(place: AddressLike, options: ListenOptions): void {
    const { backlog = 511, exclusive = true, v6Only = false } = options;
    const sockaddr = encodeAddress(place);
    const kind = kindFor(sockaddr, 'stream');
    const delivery = deliveryOf(this.completionPort);
    let address = decodeAddress(sockaddr);
    let remove: (() => void) | undefined;
    let on: Association;
    try {
      on = openSocket(delivery, kind, (socket) => {
        if (exclusive && isInternet(kind.family)) setOption(socket, 'exclusiveAddressUse', true);
        if (kind.family === AF_INET6) setOption(socket, 'v6Only', v6Only);
        bindSocket(socket, sockaddr);
        remove = ownFile(address);
        listenOn(socket, backlog, kind);
        if (kind.family !== AF_UNIX) address = decodeAddress(localAddress(socket));
      });
    } catch (error) {
      remove?.();
      throw error;
    }
    this.#deleteFile = remove;
    this.#acceptOn(on, kind, address);
  }

  #acceptOn(on: Association, kind: SocketKind, address: SocketAddress): void {
    const delivery = deliveryOf(this.completionPort);
    this.#address = address;
    delivery.dependents.add(this);
    this.#acceptor = new Acceptor(delivery, on, kind, ownerOf(this));
    this.#acceptor.start(this.#options.accepts);
  }

  /**
   * A server of a SOCKET that others have made, from the mirror, a DLL or another process. It listens
   * already, or is bound and listens from now on. Its file, where it is a Unix socket, stays theirs.
   * Where this throws, the SOCKET is still theirs.
   *
   * @throws WinsockError: WSAENOTSOCK for what is no socket, WSAEINVAL for one that is not bound,
   *   WSA_INVALID_PARAMETER for one that is on a completion port already; TypeError for one of another
   *   type, or connected; WinsockError also where the completion port is closed; as the constructor does
   */
  static from(source: SocketSource, options?: TcpServerOptions & { backlog?: number }): TcpServer {
    const { backlog = 511, ...given } = optionsOf(options, 'from', FROM);
    const server = new TcpServer(given);
    const delivery = deliveryOf(server.completionPort);
    const { on, kind, address } = takeListener(delivery, source, backlog);
    server.#acceptOn(on, kind, address);
    return server;
  }

  /** Starts accepting again after `pause`. */
  resume(): this {
    this.#acceptor?.resume();
    return this;
  }

  /** Accepts no more for now. As many as `accepts` says may still come; others wait in the system's queue. */
  pause(): this {
    this.#acceptor?.pause();
    return this;
  }

  /** What the accepts report to, and not a part of what programs see. */
  static {
    class Owner implements AcceptorOwner {
      readonly #server: TcpServer;

      constructor(server: TcpServer) {
        this.#server = server;
      }

      accepted(socket: number, remote: Uint8Array | undefined): void {
        this.#server.#taker(socket, remote);
      }

      failed(error: WinsockError, forGood: boolean): void {
        if (forGood) this.#server.close().catch(() => undefined);
        this.#server.emit('error', error);
      }
    }

    ownerOf = (owned) => new Owner(owned);
  }

  #accepted(accepted: number, remote: Uint8Array | undefined): void {
    const { kind } = this.#acceptor!;
    const { socketOptions } = this.#options;
    let on: Association;
    try {
      on = takeOver(deliveryOf(this.completionPort), accepted, kind);
    } catch (error) {
      this.emit('error', error as Error);
      return;
    }
    const socket = tcpSockets.create(this.completionPort, on, kind, this.#options, remote);
    this.#connections.add(socket);
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#unclaimed.delete(socket);
    });
    try {
      if (socketOptions) setOptionsOf(kind, socket.handle, socketOptions);
    } catch (error) {
      socket.destroy(error as Error);
      this.emit('error', error as Error);
      return;
    }
    const taker = this.#takers.shift();
    if (taker) taker.resolve(socket);
    else if (!this.emit('connection', socket)) this.#unclaimed.add(socket);
  }

  protected override listened(event: EventEmitter.EventNames<TcpServerEvents>): void {
    if (event === 'connection') setImmediate(this.#handOver);
  }

  /** Hands waiting connections over when a listener for them has come. */
  readonly #handOver = (): void => {
    for (const socket of this.#unclaimed) {
      if (this.listenerCount('connection') === 0) return;
      this.#unclaimed.delete(socket);
      this.emit('connection', socket);
    }
  };

  /**
   * The next connection, or null where the server is closed. One that comes after the signal or the timeout
   * waits for the next call, or for a listener.
   *
   * @throws by rejection: the signal's reason, WSAETIMEDOUT; TypeError and RangeError for options that are none
   */
  accept(options?: OperationOptions): Promise<TcpSocket | null> {
    return withOptions(options, 'accept', GIVE_UP, async (given) => {
      given.signal?.throwIfAborted();
      for (const socket of this.#unclaimed) {
        this.#unclaimed.delete(socket);
        return socket;
      }
      return this.listening ? join(this.#takers, given, 'AcceptEx') : null;
    });
  }

  /** Connections as they come, until the server is closed. Leaving the loop closes the server. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TcpSocket, void, undefined> {
    const waiting: TcpSocket[] = [];
    let wake: (() => void) | undefined;
    let closed = this.#closing !== undefined;
    const onConnection = (socket: TcpSocket) => {
      waiting.push(socket);
      // Whoever takes connections one by one decides how many are open.
      this.#acceptor?.pause();
      wake?.();
    };
    const onClose = () => {
      closed = true;
      wake?.();
    };
    this.on('connection', onConnection);
    this.on('close', onClose);
    try {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift()!;
        if (closed) return;
        this.#acceptor?.resume();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.off('connection', onConnection);
      this.off('close', onClose);
      for (const socket of waiting) socket.destroy();
      this.close();
    }
  }

  /** Stops listening. Connections go on. Resolves when no accept is pending any more. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // As servers of Node.js do: the name is free for the next one. Winsock itself leaves the file.
    this.#deleteFile?.();
    try {
      await this.#acceptor?.stop();
    } finally {
      deliveryOf(this.completionPort).dependents.delete(this);
      this.#acceptor = undefined;
      this.#address = undefined;
      this.#deleteFile = undefined;
      this.#closing = undefined;
      for (const taker of this.#takers.splice(0)) taker.resolve(null);
      this.emit('close');
    }
  }

  /** Stops listening and drops every connection. */
  destroy(): void {
    this.close();
    for (const socket of this.#connections) socket.destroy();
  }

  /** Stops listening, drops every connection and waits until all is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#connections].map(({ closed }) => closed);
    this.destroy();
    await Promise.all([this.close(), ...open]);
  }

  /** Lets the server keep the process alive, which is how it starts. */
  ref(): this {
    this.#acceptor?.on.ref();
    return this;
  }

  /** Lets the process end although the server listens. */
  unref(): this {
    this.#acceptor?.on.unref();
    return this;
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const address = this.#address && addressText(this.#address);
    const { listening } = this;
    const connections = this.#connections.size;
    return printed('TcpServer', { address, listening, connections }, options, inspect);
  }
}

/** An address of IP, which has to be one of the family where that is given. */
function withFamily(address: string, port: number, { family }: ListenOptions): AddressLike {
  return { address, port, ...(family !== undefined && { family }) };
}

/** @throws TypeError where it is no family of IP */
function anyHost(family: Family | number): string {
  if (family === 'IPv4') return '0.0.0.0';
  if (family === 'IPv6') return '::';
  throw new TypeError(`listen needs more than the family ${describe(family)}: a path, or bytes`);
}

/** A server of Bluetooth is bound to a channel, by default one of the system's choice. */
function serverPlace(place: OtherPlace): OtherPlace {
  if (place.family !== 'Bluetooth') return place;
  if (place.service !== undefined) {
    throw new TypeError(
      'a server of Bluetooth has a channel; registerBluetoothService tells of it',
    );
  }
  return { ...place, channel: place.channel || BT_PORT_ANY };
}

/**
 * A TCP server. `listen` starts it.
 *
 * @param onConnection a listener for `connection`
 * @throws TypeError and RangeError for options that no server and no connection can have, and for a listener
 *   that is no function; WinsockError where the default completion port cannot be made
 */
export function createServer(
  options?: TcpServerOptions | ((socket: TcpSocket) => void),
  onConnection?: (socket: TcpSocket) => void,
): TcpServer {
  return typeof options === 'function'
    ? new TcpServer({}, options)
    : new TcpServer(options, onConnection);
}
