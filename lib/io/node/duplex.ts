import { Duplex } from 'node:stream';
import type { CompletionPort } from '../port/port.ts';
import type { InternetAddress, SocketAddress } from '../sockets/address.ts';
import type { ConnectOptions } from '../streams/connect.ts';
import type { TcpSocket } from '../streams/tcp-socket.ts';
import { connectAs, connectOptions, type DuplexConnectOptions } from './duplex-connect.ts';
import { toNodeError } from './node-errors.ts';

/** How the stream treats its connection. */
export interface SocketDuplexOptions {
  /** Whether the stream stays writable when the peer has ended its half. Default: as the socket's. */
  allowHalfOpen?: boolean | undefined;
  /** Bytes buffered for the reader, and for the network, before either is asked to wait. */
  highWaterMark?: number | undefined;
  /** The completion port for `connect`. Default `CompletionPort.default`. */
  completionPort?: CompletionPort | undefined;
  /** Destroys the stream. */
  signal?: AbortSignal | undefined;
}

/** Keep-alive in one object, as newer versions of Node take it. */
export interface KeepAliveOptions {
  /** Whether idle connections are probed. */
  enable?: boolean | undefined;
  /** Milliseconds without traffic before the first probe. */
  initialDelay?: number | undefined;
  /** Milliseconds between probes. */
  interval?: number | undefined;
  /** How many probes go unanswered before the connection is given up. */
  count?: number | undefined;
}

/**
 * A connection as a stream of Node's that libraries take for a `net.Socket`: the same methods,
 * properties, events and error codes. Errors have Node's codes ('ECONNRESET'), which libraries
 * compare; their `cause` is the WinsockError.
 *
 * It takes its socket over: use one of the two.
 */
export class SocketDuplex extends Duplex {
  /** The addresses that `connect` has tried. */
  readonly autoSelectFamilyAttemptedAddresses: string[] = [];
  /** Whether it is connecting. */
  connecting = false;
  /** Bytes received. */
  bytesRead = 0;
  // As net.Socket declares them, so that exactOptionalPropertyTypes takes one for the other.
  /** The milliseconds of `setTimeout`. */
  declare timeout?: number;
  /** The local address as text; undefined where there is none. */
  declare readonly localAddress?: string;
  /** The local port. */
  declare readonly localPort?: number;
  /** `'IPv4'` or `'IPv6'`. */
  declare readonly localFamily?: string;
  readonly #completionPort: CompletionPort | undefined;
  #socket: TcpSocket | undefined;
  #written = 0;
  #ended = false;
  #resetting = false;
  #abort: AbortController | undefined;
  #noDelay = false;
  #keepAlive: KeepAliveOptions | undefined;
  #referenced = true;
  #timer: NodeJS.Timeout | undefined;

  static {
    const local = (part: keyof InternetAddress) => ({
      configurable: true,
      get(this: SocketDuplex) {
        return this.#local()?.[part];
      },
    });
    Object.defineProperties(this.prototype, {
      localAddress: local('address'),
      localPort: local('port'),
      localFamily: local('family'),
    });
  }

  /** @param socket a connection; without one, `connect` makes it */
  constructor(socket?: TcpSocket, options: SocketDuplexOptions = {}) {
    const { completionPort, ...rest } = options;
    const allowHalfOpen = options.allowHalfOpen ?? socket?.allowHalfOpen ?? false;
    // 'close' is emitted here, with its argument.
    super({ ...rest, allowHalfOpen, emitClose: false, autoDestroy: true });
    this.#completionPort = completionPort;
    if (socket) this.#adopt(socket);
  }

  /** The socket below, once connected. */
  get socket(): TcpSocket | undefined {
    return this.#socket;
  }

  /** Connects. `connect` and `ready` follow, or `error` and `close`. */
  connect(options: DuplexConnectOptions, listener?: () => void): this;
  connect(port: number, host?: string, listener?: () => void): this;
  connect(port: number, listener?: () => void): this;
  connect(path: string, listener?: () => void): this;
  connect(
    to: DuplexConnectOptions | number | string,
    hostOrListener?: string | (() => void),
    listener?: () => void,
  ): this {
    if (this.connecting || this.#socket) throw new Error('the stream is connected already');
    const options = connectOptions(to, hostOrListener);
    const then = typeof hostOrListener === 'function' ? hostOrListener : listener;
    const abort = new AbortController();
    const settings: ConnectOptions = { allowHalfOpen: true, signal: abort.signal };
    if (this.#completionPort) settings.completionPort = this.#completionPort;
    if (then) this.once('connect', then);
    if (options.noDelay) this.setNoDelay();
    if (options.keepAlive) this.setKeepAlive(true, options.keepAliveInitialDelay);
    if (options.timeout) this.setTimeout(options.timeout);
    this.connecting = true;
    this.#abort = abort;
    connectAs(options, settings, {
      lookup: (...details) => this.destroyed || this.emit('lookup', ...details),
      attempt: ({ address }) => this.autoSelectFamilyAttemptedAddresses.push(address),
    }).then(
      (socket) => this.#connected(socket),
      (error) => {
        this.connecting = false;
        this.destroy(error);
      },
    );
    return this;
  }

  #connected(socket: TcpSocket): void {
    this.connecting = false;
    if (this.destroyed) {
      socket.destroy();
      return;
    }
    this.#adopt(socket);
    this.#active();
    this.emit('connect');
    this.emit('ready');
  }

  #adopt(socket: TcpSocket): void {
    this.#socket = socket;
    // Ending is our business: what the reader has not taken yet must outlive the connection.
    socket.allowHalfOpen = true;
    socket.pause();
    if (this.#noDelay) socket.setOption('noDelay', true);
    if (this.#keepAlive) this.setKeepAlive(this.#keepAlive);
    if (!this.#referenced) socket.unref();
    socket.on('data', (chunk) => {
      this.bytesRead += chunk.length;
      this.#active();
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.push(null);
    });
    socket.on('error', (error) => this.destroy(toNodeError(error)));
    socket.on('close', () => {
      // After both ends the stream closes by itself, when what it has was read.
      if (!this.#ended && !this.destroyed) this.destroy();
    });
    // A peer that goes away is noticed although nobody reads.
    if (!this.isPaused()) this.read(0);
  }

  /** Whether it is not connected, or not yet. */
  get pending(): boolean {
    return this.#socket === undefined || this.destroyed;
  }

  /** What can be done with it, as net.Socket says it. */
  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening';
    if (this.pending) return 'closed';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  /** Bytes written, also those that wait. */
  get bytesWritten(): number {
    return this.#written + this.writableLength;
  }

  /** Bytes that wait to be written. */
  get bufferSize(): number {
    return this.writableLength;
  }

  /** The peer's address as text; undefined where there is none. */
  get remoteAddress(): string | undefined {
    return this.#remote()?.address;
  }

  /** The peer's port. */
  get remotePort(): number | undefined {
    return this.#remote()?.port;
  }

  /** `'IPv4'` or `'IPv6'`. */
  get remoteFamily(): string | undefined {
    return this.#remote()?.family;
  }

  /** The local address; `{}` where there is none. */
  address(): { address?: string; port?: number; family?: string } {
    return { ...this.#local() };
  }

  /** Switches TCP_NODELAY, also for the connection that is still to be made. */
  setNoDelay(on = true): this {
    if (on !== this.#noDelay) {
      this.#noDelay = on;
      this.#open?.setOption('noDelay', on);
    }
    return this;
  }

  /** Switches keep-alive, with times in milliseconds. */
  setKeepAlive(options: KeepAliveOptions): this;
  setKeepAlive(enable?: boolean, initialDelay?: number, interval?: number, count?: number): this;
  setKeepAlive(
    enable: boolean | KeepAliveOptions = false,
    initialDelay?: number,
    interval?: number,
    count?: number,
  ): this {
    const given = typeof enable === 'object' ? enable : { enable, initialDelay, interval, count };
    this.#keepAlive = given;
    const socket = this.#open;
    // 0 leaves a time as it is.
    socket?.setKeepAlive(
      given.enable ?? false,
      given.initialDelay || undefined,
      given.interval || undefined,
    );
    if (given.enable && given.count) socket?.setOption('keepAliveCount', given.count);
    return this;
  }

  /** IP_TOS of the connection; 0 where there is none. */
  getTypeOfService(): number {
    return this.#open?.getOption('tos') ?? 0;
  }

  /** Sets IP_TOS. */
  setTypeOfService(tos: number): this {
    this.#open?.setOption('tos', tos);
    return this;
  }

  /** Emits `timeout` when nothing was sent or received for so many milliseconds; 0 never. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    if (typeof milliseconds !== 'number') throw new TypeError('a timeout is a number');
    if (!(milliseconds >= 0 && Number.isFinite(milliseconds))) {
      throw new RangeError(`a timeout is not negative and finite, got ${milliseconds}`);
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.timeout = milliseconds;
    if (milliseconds === 0) {
      if (callback) this.off('timeout', callback);
      return this;
    }
    if (callback) this.once('timeout', callback);
    if (!this.destroyed) {
      this.#timer = setTimeout(() => this.emit('timeout'), Math.min(milliseconds, 0x7fffffff));
      this.#timer.unref();
    }
    return this;
  }

  /** Lets the connection keep the process alive, which is how it starts. */
  ref(): this {
    this.#referenced = true;
    this.#open?.ref();
    return this;
  }

  /** Lets the process end although the connection is open. */
  unref(): this {
    this.#referenced = false;
    this.#open?.unref();
    return this;
  }

  /** Ends the stream, and destroys it when everything is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Destroys the stream; the peer sees a reset. */
  resetAndDestroy(): this {
    this.#resetting = true;
    return this.destroy();
  }

  override _read(): void {
    if (this.#socket) this.#socket.resume();
    else this.once('connect', () => this._read());
  }

  override _write(chunk: Buffer, _: BufferEncoding, callback: Written): void {
    const socket = this.#socket;
    if (!socket) {
      this.#whenConnected(() => this._write(chunk, _, callback), callback);
      return;
    }
    this.#active();
    socket.write(chunk, (error) => this.#sent(chunk.length, error, callback));
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: Written): void {
    const socket = this.#socket;
    if (!socket) {
      this.#whenConnected(() => this._writev(chunks, callback), callback);
      return;
    }
    this.#active();
    const last = chunks.pop()!.chunk;
    let bytes = last.length;
    socket.cork();
    for (const { chunk } of chunks) {
      bytes += chunk.length;
      socket.write(chunk);
    }
    socket.write(last, (error) => this.#sent(bytes, error, callback));
    socket.uncork();
  }

  override _final(callback: Written): void {
    const socket = this.#socket;
    if (!socket) {
      this.#whenConnected(() => this._final(callback), callback);
      return;
    }
    socket.end().then(
      () => callback(),
      (error) => callback(toNodeError(error)),
    );
  }

  override _destroy(error: Error | null, callback: Written): void {
    this.setTimeout(0);
    this.connecting = false;
    this.#abort?.abort();
    const socket = this.#socket;
    const closed = () => {
      callback(error);
      process.nextTick(() => this.emit('close', error !== null));
    };
    if (this.#resetting) socket?.reset();
    else socket?.destroy();
    if (socket) socket.closed.then(closed);
    else closed();
  }

  #sent(bytes: number, error: Error | undefined, callback: Written): void {
    if (!error) this.#written += bytes;
    this.#active();
    callback(error && toNodeError(error));
  }

  /** What is written while connecting waits for the connection, or fails with it. */
  #whenConnected(action: () => void, callback: Written): void {
    const onConnect = () => {
      this.off('close', onClose);
      action();
    };
    const onClose = () => {
      this.off('connect', onConnect);
      const error = new Error('the stream was closed before it was connected');
      callback(Object.assign(error, { code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION' }));
    };
    this.once('connect', onConnect);
    this.once('close', onClose);
  }

  #active(): void {
    this.#timer?.refresh();
  }

  /** The socket while its handle may be used. */
  get #open(): TcpSocket | undefined {
    return this.#socket?.destroyed ? undefined : this.#socket;
  }

  #remote(): InternetAddress | undefined {
    // Known also when the connection is over, which logs want.
    return internet(() => this.#socket?.remoteAddress);
  }

  #local(): InternetAddress | undefined {
    return internet(() => this.#open?.localAddress);
  }
}

type Written = (error?: Error | null) => void;

/** Addresses are undefined once the socket is closed, or is a Unix socket, as in node:net. */
function internet(ask: () => SocketAddress | undefined): InternetAddress | undefined {
  try {
    const address = ask();
    return address?.family === 'Unix' ? undefined : address;
  } catch {
    return undefined;
  }
}

/** The socket as a stream of Node's. */
export function toDuplex(socket: TcpSocket, options?: SocketDuplexOptions): SocketDuplex {
  return new SocketDuplex(socket, options);
}

/**
 * Connects, as `net.createConnection` does: the stream is there at once, and what is written to it
 * waits for the connection. For the `createConnection` of node:http and of ws, and for the
 * connectors of other libraries.
 */
export function createConnection(
  options: DuplexConnectOptions & SocketDuplexOptions,
  listener?: (...args: never[]) => void,
): SocketDuplex {
  const { allowHalfOpen, highWaterMark, completionPort, signal } = options;
  const settings = { allowHalfOpen, highWaterMark, completionPort, signal };
  return new SocketDuplex(undefined, settings).connect(options, listener as () => void);
}
