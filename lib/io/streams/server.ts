import type { EventEmitter } from 'eventemitter3';
import { SOCK_STREAM } from '../../../defs/winsock2.g.ts';
import { AF_INET, AF_INET6, AF_UNIX, IPPROTO_TCP } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { closesocket } from '../calls/calls.ts';
import { createSocket } from '../calls/create-socket.ts';
import type { SocketKind } from '../calls/extensions.ts';
import {
  bindSocket,
  checkBacklog,
  deleteFile,
  listenOn,
  localAddress,
} from '../calls/socket-calls.ts';
import type { Association } from '../port/association.ts';
import { Emitter } from '../port/emitter.ts';
import { INSPECT, type Inspect, printed } from '../port/inspection.ts';
import { CompletionPort } from '../port/port.ts';
import {
  type AddressLike,
  decodeAddress,
  encodeAddress,
  familyOf,
  type SocketAddress,
  textOfAddress,
} from '../sockets/address.ts';
import { type SocketOptions, setOption, setOptions } from '../sockets/socket-options.ts';
import { Acceptor } from './acceptor.ts';
import { TcpSocket } from './tcp-socket.ts';
import type { TcpSocketOptions } from './tcp-types.ts';

/** WSAEPROTONOSUPPORT, WSAEAFNOSUPPORT, WSAEADDRNOTAVAIL. */
const NO_IPV6 = [10043, 10047, 10049];
const MOST_ACCEPTS = 32;

/** What a server tells. */
export interface TcpServerEvents {
  /** It listens. */
  listening: () => void;
  /** Somebody has connected. */
  connection: (socket: TcpSocket) => void;
  /** Accepting failed; the server goes on unless it was closed. */
  error: (error: Error) => void;
  /** It has stopped, and no accept is pending any more. */
  close: () => void;
}

/** How a server works, and what its connections start with. */
export interface TcpServerOptions extends TcpSocketOptions {
  /** The completion port. Default `CompletionPort.default`. */
  port?: CompletionPort;
  /** How many accepts wait for connections at once. Default 32. */
  accepts?: number;
  /** Options set on each connection. */
  socketOptions?: SocketOptions;
}

/** Where a server listens. */
export interface ListenOptions {
  /** An IP address, or a path for AF_UNIX. All addresses of the host where left out. */
  host?: string;
  /** The TCP port; one of the system's choice where left out. */
  port?: number;
  /** The path of a Unix socket. The file is deleted when the server is closed. */
  path?: string;
  /** How many connections may wait to be accepted. Default 511. */
  backlog?: number;
  /**
   * Whether no other program may bind the same address. Default true. Windows then refuses the
   * address to everybody, as WSAEADDRINUSE, for as long as connections that were accepted there are
   * open.
   */
  exclusive?: boolean;
  /** Whether '::' leaves IPv4 alone. Default false. */
  v6Only?: boolean;
}

/** A listening socket that keeps several AcceptEx pending and makes a TcpSocket of each connection. */
export class TcpServer extends Emitter<TcpServerEvents> {
  /** The port of its sockets. */
  readonly completionPort: CompletionPort;
  readonly #options: TcpServerOptions;
  readonly #connections = new Set<TcpSocket>();
  /** Connections that came while nobody listened for them. */
  readonly #unclaimed = new Set<TcpSocket>();
  #on: Association | undefined;
  #acceptor: Acceptor | undefined;
  #address: SocketAddress | undefined;
  /** The file of a Unix socket. */
  #file: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: TcpServerOptions = {}, onConnection?: (socket: TcpSocket) => void) {
    super();
    const { accepts = MOST_ACCEPTS } = options;
    if (!Number.isInteger(accepts) || accepts < 1) {
      throw new RangeError(`a whole number of accepts, at least 1; got ${accepts}`);
    }
    this.#options = { ...options, accepts };
    this.completionPort = options.port ?? CompletionPort.default;
    if (onConnection) this.on('connection', onConnection);
  }

  /** Where it listens. */
  get address(): SocketAddress {
    if (!this.#address) throw new Error('the server does not listen');
    return this.#address;
  }

  /** The TCP port that it listens on. */
  get port(): number {
    const { address } = this;
    if (address.family === 'Unix') throw new Error('a Unix socket has no port');
    return address.port;
  }

  /** The connections that are open. */
  get connections(): ReadonlySet<TcpSocket> {
    return this.#connections;
  }

  /** Whether it accepts connections. */
  get listening(): boolean {
    return this.#acceptor !== undefined && this.#closing === undefined;
  }

  /** Binds, listens and accepts. The server listens when this returns; `listening` follows. */
  listen(options: ListenOptions = {}): this {
    if (this.#acceptor) throw new Error('the server listens already');
    if (typeof options !== 'object' || options === null) {
      throw new TypeError(`listen takes an object: { port: 80 }, got ${String(options)}`);
    }
    const { path, host, port = 0 } = options;
    if (path !== undefined) this.#listenAt({ path }, options);
    else if (host !== undefined) this.#listenAt({ address: host, port }, options);
    else this.#listenEverywhere(port, options);
    setImmediate(() => this.emit('listening'));
    return this;
  }

  #listenEverywhere(port: number, options: ListenOptions): void {
    try {
      this.#listenAt({ address: '::', port }, options);
    } catch (error) {
      // IPv6 may be missing, or switched off.
      if (!NO_IPV6.includes((error as WinsockError).errno)) throw error;
      this.#listenAt({ address: '0.0.0.0', port }, options);
    }
  }

  #listenAt(address: AddressLike, options: ListenOptions): void {
    const { backlog = 511 } = options;
    // Before anything is bound: a Unix socket would leave its file behind.
    checkBacklog(backlog);
    const sockaddr = encodeAddress(address);
    const family = familyOf(sockaddr);
    const internet = family === AF_INET || family === AF_INET6;
    const provider: SocketKind = {
      family,
      type: SOCK_STREAM,
      protocol: internet ? IPPROTO_TCP : 0,
    };
    const socket = createSocket(provider);
    try {
      if (internet && (options.exclusive ?? true)) setOption(socket, 'exclusiveAddressUse', true);
      if (family === AF_INET6) setOption(socket, 'v6Only', options.v6Only ?? false);
      bindSocket(socket, sockaddr);
      listenOn(socket, backlog);
      this.#address = decodeAddress(family === AF_UNIX ? sockaddr : localAddress(socket));
      this.#on = this.completionPort.adopt(socket, family, SOCK_STREAM, provider.protocol);
    } catch (error) {
      closesocket(socket);
      throw error;
    }
    if (this.#address.family === 'Unix') this.#file = this.#address.path || undefined;
    this.completionPort.own(this);
    this.#acceptor = new Acceptor(this.#on, provider, this);
    this.#acceptor.start(this.#options.accepts!);
  }

  /** @internal */
  accepted(association: Association, remote: Uint8Array | undefined): void {
    const socket = new TcpSocket(association, this.#options, remote);
    this.#connections.add(socket);
    socket.once('close', () => {
      this.#connections.delete(socket);
      this.#unclaimed.delete(socket);
    });
    try {
      if (this.#options.socketOptions) setOptions(socket.handle, this.#options.socketOptions);
    } catch (error) {
      socket.destroy(error as Error);
      this.emit('error', error as Error);
      return;
    }
    if (!this.emit('connection', socket)) this.#unclaimed.add(socket);
  }

  override on<Event extends EventEmitter.EventNames<TcpServerEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<TcpServerEvents, Event>,
    context?: unknown,
  ): this {
    super.on(event, listener, context);
    if (event === 'connection') setImmediate(this.#handOver);
    return this;
  }

  override addListener<Event extends EventEmitter.EventNames<TcpServerEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<TcpServerEvents, Event>,
    context?: unknown,
  ): this {
    return this.on(event, listener, context);
  }

  override once<Event extends EventEmitter.EventNames<TcpServerEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<TcpServerEvents, Event>,
    context?: unknown,
  ): this {
    super.once(event, listener, context);
    if (event === 'connection') setImmediate(this.#handOver);
    return this;
  }

  /** Somebody listens now. */
  readonly #handOver = (): void => {
    for (const socket of this.#unclaimed) {
      if (this.listenerCount('connection') === 0) return;
      this.#unclaimed.delete(socket);
      this.emit('connection', socket);
    }
  };

  /** @internal */
  acceptFailed(code: number, syscall: string): void {
    this.emit('error', new WinsockError(code, syscall));
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
    if (this.#file !== undefined) deleteFile(this.#file);
    await this.#acceptor?.stop();
    this.completionPort.disown(this);
    this.emit('close');
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
    this.#on?.ref();
    return this;
  }

  /** Lets the process end although the server listens. */
  unref(): this {
    this.#on?.unref();
    return this;
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const address = this.#address && textOfAddress(this.#address);
    const { listening } = this;
    const connections = this.#connections.size;
    return printed('TcpServer', { address, listening, connections }, options, inspect);
  }
}

/** A TCP server. `listen` starts it. */
export function createServer(
  options: TcpServerOptions | ((socket: TcpSocket) => void) = {},
  onConnection?: (socket: TcpSocket) => void,
): TcpServer {
  return typeof options === 'function'
    ? new TcpServer({}, options)
    : new TcpServer(options, onConnection);
}
