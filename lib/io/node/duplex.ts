import { addAbortSignal, Duplex, type DuplexOptions } from 'node:stream';
import { WSAEISCONN } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { InternetAddress } from '../families/ip.ts';
import type { FileLike } from '../files/open-file.ts';
import type { SendFileOptions } from '../files/send-file.ts';
import { refuseDetached } from '../ops/pieces.ts';
import { optionsOf } from '../options/options.ts';
import { throwLater } from '../port/listeners.ts';
import type { CompletionPort } from '../port/port.ts';
import type { ConnectOptions } from '../streams/connect.ts';
import { type TcpSocket, tcpSockets } from '../streams/tcp-socket.ts';
import { codedError } from './argument-errors.ts';
import { connectAs, connectOptions } from './duplex-connect.ts';
import {
  DUPLEX_OPTIONS,
  type DuplexConnectOptions,
  type SocketDuplexOptions,
} from './duplex-options.ts';
import { NetProperties } from './net-properties.ts';
import { toNodeError } from './node-errors.ts';
import { ReadTarget } from './on-read.ts';
import { fileOf, type QueuedFile, queueFile } from './queued-files.ts';

/** So many bytes of several chunks are copied, to be sent by one call and as one piece. */
const COPIED_BYTES = 65536;

type Written = (error?: Error | null) => void;

/** What was asked for while connecting. */
interface Waiting {
  run(): void;
  fail(error: Error): void;
}

/**
 * A connection as a stream of Node's that libraries take for a `net.Socket`: the same methods,
 * properties, events and error codes. Errors have Node's codes ('ECONNRESET'), which libraries
 * compare; their `cause` is the WinsockError.
 *
 * The stream takes its socket over: use one of the two. Over a Unix socket what is of TCP only does nothing,
 * as in node:net.
 */
export class SocketDuplex extends NetProperties {
  /** The addresses that `connect` has tried, with their ports. Undefined where it could not choose among several. */
  declare autoSelectFamilyAttemptedAddresses: string[];
  /** Whether it is connecting. */
  connecting = false;
  /** Bytes received. */
  bytesRead = 0;
  readonly #completionPort: CompletionPort | undefined;
  #socket: TcpSocket | undefined;
  #written = 0;
  #halfOpen: boolean;
  /** The peer's end has come. */
  #ended = false;
  /** While `end` is told. */
  #telling = false;
  /** The stream was read before `connect`, and does not ask again. */
  #readBefore = false;
  #resetting = false;
  #abort: AbortController | undefined;
  /** What was asked for while connecting. */
  readonly #untilConnected: Waiting[] = [];
  /** What has come right after a write: it waits until whoever wrote was told. */
  #held: Buffer[] | undefined;
  readonly #target: ReadTarget | undefined;

  static {
    // Not one for each stream: with accessors of its own each would have a shape of its own, and whatever uses
    // streams would be slow for all of them.
    Object.defineProperty(this.prototype, 'allowHalfOpen', {
      configurable: true,
      // A stream of Node.js that may not be half-open ends itself right after 'end'.
      get(this: SocketDuplex): boolean {
        return this.#telling || this.#halfOpen;
      },
      set(this: SocketDuplex, value: boolean) {
        // The stream of Node.js sets it before this one is there.
        if (#halfOpen in this) this.#halfOpen = value;
      },
    });
  }

  /** @param socket a connection; without one, `connect` makes it */
  constructor(socket?: TcpSocket, options?: SocketDuplexOptions) {
    const given = optionsOf(options, 'a stream', DUPLEX_OPTIONS);
    const { completionPort, signal, noDelay = true, onread } = given;
    const allowHalfOpen = given.allowHalfOpen ?? socket?.allowHalfOpen ?? false;
    // 'close' is emitted here, with its argument.
    super({ ...marksOf(given), emitClose: false, autoDestroy: true });
    this.#halfOpen = allowHalfOpen;
    this.#completionPort = completionPort;
    if (!noDelay) this.setNoDelay(false);
    if (onread) this.#target = new ReadTarget(this, onread);
    if (given.paused) this.pause();
    if (socket) this.#wrap(socket);
    // First of all who listen for it: those behind may not write any more.
    this.on('end', () => this.#endTold());
    if (signal) addAbortSignal(signal, this);
  }

  /** The socket below, once connected. */
  override get socket(): TcpSocket | undefined {
    return this.#socket;
  }

  /**
   * Connects. `connect` and `ready` follow, or `error` and `close`. After `close` it may connect again.
   *
   * @throws TypeError and RangeError, with Node's codes, for options that are none; NodeSystemError
   *   with the code EISCONN where it is connected already
   */
  connect(options: DuplexConnectOptions, listener?: () => void): this;
  connect(port: number, host?: string, listener?: () => void): this;
  connect(port: number, listener?: () => void): this;
  connect(path: string, listener?: () => void): this;
  connect(
    to: DuplexConnectOptions | number | string,
    hostOrListener?: string | (() => void),
    listener?: () => void,
  ): this {
    const options = connectOptions(to, hostOrListener);
    if (this.destroyed) this.#reopen();
    if (this.connecting || this.#socket) {
      const error = toNodeError(new WinsockError(WSAEISCONN, 'ConnectEx'));
      error.message += '; the stream is connected already';
      throw error;
    }
    const then = typeof hostOrListener === 'function' ? hostOrListener : listener;
    const abort = new AbortController();
    const settings: ConnectOptions = { allowHalfOpen: true, signal: abort.signal };
    if (this.#completionPort) settings.completionPort = this.#completionPort;
    if (then) this.once('connect', then);
    if (options.noDelay !== undefined) this.setNoDelay(options.noDelay);
    if (options.keepAlive) this.setKeepAlive(true, options.keepAliveInitialDelay);
    if (options.timeout) this.setTimeout(options.timeout);
    const connected = connectAs(options, settings, {
      lookup: (...details) => this.destroyed || this.#tell('lookup', ...details),
      chooses: () => {
        this.autoSelectFamilyAttemptedAddresses = [];
      },
      attempt: (address) => {
        this.autoSelectFamilyAttemptedAddresses?.push(`${address.address}:${address.port}`);
        this.#tellAttempt('connectionAttempt', address);
      },
      failed: (address, error) => this.#tellAttempt('connectionAttemptFailed', address, error),
      late: (address) => this.#tellAttempt('connectionAttemptTimeout', address),
    });
    this.connecting = true;
    this.#abort = abort;
    if (this.#readBefore) this._read(0);
    this.#readBefore = false;
    connected.then(
      (socket) => this.#connected(socket, abort),
      (error) => this.#failed(error, abort),
    );
    return this;
  }

  #tellAttempt(event: string, { address, port, family }: InternetAddress, error?: Error): void {
    if (this.destroyed) return;
    this.#tell(event, address, port, family === 'IPv6' ? 6 : 4, ...(error ? [error] : []));
  }

  /** Everything as before the first `connect`. */
  #reopen(): void {
    // The readable and the writable half have this method, and node:net calls it in the same way.
    (this as unknown as { _undestroy(): void })._undestroy();
    this.write = Duplex.prototype.write;
    this.#socket = undefined;
    this.#ended = false;
    this.#readBefore = false;
    this.#resetting = false;
    this.#written = 0;
    this.bytesRead = 0;
    // As in node:net, whose type does not tell of it.
    this.autoSelectFamilyAttemptedAddresses = undefined as unknown as string[];
  }

  #failed(error: Error, abort: AbortController): void {
    if (abort !== this.#abort) return;
    this.connecting = false;
    this.destroy(error);
  }

  #connected(socket: TcpSocket, abort: AbortController): void {
    if (this.destroyed || abort !== this.#abort) {
      if (this.#resetting) socket.reset();
      else socket.destroy();
      return;
    }
    this.connecting = false;
    try {
      this.#wrap(socket);
    } catch (error) {
      socket.destroy();
      this.destroy(toNodeError(error as Error));
      return;
    }
    this.active();
    this.#tell('connect');
    // Whose listeners were removed.
    for (const waiting of [...this.#untilConnected]) this.#run(waiting);
    this.#tell('ready');
  }

  /** A listener's exception is uncaught, and the connection goes on. */
  #tell(event: string, ...details: unknown[]): void {
    try {
      this.emit(event, ...details);
    } catch (error) {
      throwLater(error);
    }
  }

  #wrap(socket: TcpSocket): void {
    this.#socket = socket;
    // Ending is our business: what the reader has not taken yet must outlive the connection.
    socket.allowHalfOpen = true;
    socket.pause();
    tcpSockets.receiveAtOnce(socket);
    this.applyOptions();
    socket.on('data', (chunk) => {
      this.bytesRead += chunk.length;
      this.active();
      if (this.#held) this.#held.push(chunk);
      else if (tcpSockets.isEarly(socket)) this.#hold(chunk);
      else if (!this.#give(chunk)) socket.pause();
      // What is corked waits for the end of this tick.
      if (this.writableLength > 0) tcpSockets.written(socket);
      if (!isOfTls(chunk)) tcpSockets.awaitAnswer(socket);
    });
    socket.on('end', () => this.#peerEnded(socket));
    socket.on('error', (error) => {
      this.#release();
      this.destroy(toNodeError(error));
    });
    // A peer's end, and ours, may have been before: then nothing more is told of it.
    if (!socket.destroyed && !socket.readable) this.#peerEnded(socket);
    if (!socket.destroyed && !socket.writable) this.end();
    socket.closed.then(() => this.#socketClosed(socket));
    // A peer that goes away is noticed although nobody reads.
    if (!this.isPaused()) this.read(0);
  }

  #peerEnded(socket: TcpSocket): void {
    this.#release();
    if (this.#ended) return;
    this.#ended = true;
    // In a turn of its own: whoever was just given data may still do with it what takes a few ticks, as
    // node:http does before it answers.
    setImmediate(() => this.#pushEnd(socket));
  }

  #pushEnd(socket: TcpSocket): void {
    if (this.destroyed || socket !== this.#socket) return;
    // A server of node:http has paused it because answers wait to be sent. It would end its half at the end of the
    // peer, and what was asked before would have no answers: a handle of libuv does not read the end meanwhile.
    if ((this as { _paused?: boolean })._paused) {
      this.once('resume', () => this.#pushEnd(socket));
      return;
    }
    this.push(null);
    // Without somebody who reads the end would never be told.
    this.read(0);
  }

  #endTold(): void {
    if (this.#halfOpen) return;
    this.write = this.#writeAfterEnd;
    this.#telling = true;
    process.nextTick(() => {
      this.#telling = false;
    });
    const socket = this.#socket;
    // Whoever answers the end, as TLS does, does so within these turns.
    setImmediate(() => setImmediate(() => this.#endAfterPeer(socket)));
  }

  #endAfterPeer(socket: TcpSocket | undefined): void {
    // The stream may have been connected again by now.
    if (this.destroyed || this.allowHalfOpen || socket !== this.#socket) return;
    this.end();
  }

  /** Writing after the peer's end has ended our half too is an error with Node's code. */
  readonly #writeAfterEnd: Duplex['write'] = (...args: unknown[]): boolean => {
    if (!this.writableEnded) {
      return Reflect.apply(Duplex.prototype.write, this, args) as boolean;
    }
    const error = codedError(new Error('This socket has been ended by the other party'), 'EPIPE');
    const callback = args.find((one) => typeof one === 'function') as Written | undefined;
    if (callback) process.nextTick(callback, error);
    this.destroy(error);
    return false;
  };

  #socketClosed(socket: TcpSocket): void {
    if (socket !== this.#socket || this.destroyed) return;
    this.#release();
    if (socket.error) this.destroy(toNodeError(socket.error));
    // After both ends the stream closes by itself, when what it has was read.
    else if (!this.#ended || !this.writableFinished) {
      if (this.#ended && !this.readableEnded) this.once('end', () => this.destroy());
      else this.destroy();
    }
  }

  /** Whether it is not connected, or not yet. */
  get pending(): boolean {
    return this.#socket === undefined || this.destroyed;
  }

  /** What can be done with it, as net.Socket says it. */
  get readyState(): 'opening' | 'open' | 'readOnly' | 'writeOnly' | 'closed' {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  /** Bytes written, also those that wait. */
  get bytesWritten(): number {
    // Programs ask the prototype too, which has nothing to count.
    if (!(#written in this)) return undefined as unknown as number;
    return this.#written + this.writableLength;
  }

  /** Bytes that wait to be written. */
  get bufferSize(): number {
    return this.writableLength;
  }

  /** Ends the stream, and destroys it when everything is written. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Destroys the stream; the peer sees a reset, also where it is still to be connected. */
  resetAndDestroy(): this {
    if (this.#socket) {
      this.#resetting = true;
      return this.destroy();
    }
    if (this.connecting) {
      this.once('connect', () => this.resetAndDestroy());
      return this;
    }
    return this.destroy(codedError(new Error('Socket is closed'), 'ERR_SOCKET_CLOSED'));
  }

  /** Hands on what has come. @returns whether more is wanted */
  #give(chunk: Buffer): boolean {
    return this.#target ? this.#target.take(chunk) : this.push(chunk);
  }

  override pause(): this {
    if (this.#target) {
      this.#target.pause();
      this.#socket?.pause();
    }
    return super.pause();
  }

  override resume(): this {
    if (this.#target?.resume()) this.#socket?.resume();
    return super.resume();
  }

  override _read(_size: number): void {
    if (this.#socket) this.#socket.resume();
    else if (this.connecting)
      this.#whenConnected(
        () => this._read(_size),
        () => undefined,
      );
    else this.#readBefore = true;
  }

  override _write(chunk: Buffer, _: BufferEncoding, callback: Written): void {
    const socket = this.#socket;
    if (!socket) {
      this.#whenConnected(() => this._write(chunk, _, callback), callback);
      return;
    }
    const file = fileOf(chunk);
    if (file) {
      this.#sendFile(socket, file, callback);
      return;
    }
    this.#send(socket, chunk, callback);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: Written): void {
    const socket = this.#socket;
    if (!socket) {
      this.#whenConnected(() => this._writev(chunks, callback), callback);
      return;
    }
    if (chunks.some(({ chunk }) => fileOf(chunk))) {
      this.#writeOneByOne(chunks, callback);
      return;
    }
    try {
      // What waits for the connection, or corked, may be transferred meanwhile.
      for (const { chunk } of chunks) refuseDetached(chunk);
    } catch (error) {
      callback(error as Error);
      return;
    }
    const length = chunks.reduce((sum, { chunk }) => sum + chunk.length, 0);
    if (length <= COPIED_BYTES) {
      const whole = Buffer.concat(
        chunks.map(({ chunk }) => chunk),
        length,
      );
      this.#send(socket, whole, callback);
      return;
    }
    this.active();
    tcpSockets.written(socket);
    const last = chunks.length - 1;
    const sent = this.#sent(length, callback);
    socket.cork();
    try {
      for (const [at, { chunk }] of chunks.entries()) {
        if (at < last) socket.write(chunk);
        else socket.write(chunk, sent);
      }
    } catch (error) {
      callback(error as Error);
    } finally {
      socket.uncork();
    }
  }

  /**
   * Sends a file over the connection below, in its place among what is written. For servers of node:http: after
   * `response.flushHeaders()` of a response with a `content-length`, on `response.socket`.
   *
   * @throws by rejection: as `TcpSocket.sendFile` does, and what the stream fails with before its turn
   */
  sendFile(file: FileLike, options?: SendFileOptions): Promise<number> {
    return queueFile(this, file, options);
  }

  #sendFile(socket: TcpSocket, file: QueuedFile, callback: Written): void {
    const before = socket.bytesWritten;
    file.send(socket).then((error) => {
      this.#written += socket.bytesWritten - before;
      this.active();
      callback(error && toNodeError(error));
    });
  }

  /** Chunks among which there are files. */
  #writeOneByOne(chunks: { chunk: Buffer; encoding: BufferEncoding }[], callback: Written): void {
    const next = (at: number): void => {
      const one = chunks[at];
      if (one)
        this._write(one.chunk, one.encoding, (error) => (error ? callback(error) : next(at + 1)));
      else callback();
    };
    next(0);
  }

  #send(socket: TcpSocket, chunk: Buffer, callback: Written): void {
    this.active();
    tcpSockets.written(socket);
    const sent = this.#sent(chunk.length, callback);
    // What the system has taken is written when this returns: the next write then need not wait, and
    // a `destroy` that follows loses none of them.
    let isSent: boolean;
    try {
      isSent = tcpSockets.writeNow(socket, chunk, sent);
    } catch (error) {
      // Thrown, it would leave the stream waiting for this write for good.
      callback(error as Error);
      return;
    }
    if (isSent) sent();
  }

  /** What is done when so many bytes are sent, or could not be. */
  #sent(bytes: number, callback: Written): (error?: Error) => void {
    return (error) => {
      if (!error) this.#written += bytes;
      this.active();
      callback(error && toNodeError(error));
    };
  }

  /**
   * Has what comes wait until whoever wrote was told that it is written, and has had a turn of the
   * event loop for it: an answer must not overtake that.
   */
  #hold(chunk: Buffer): void {
    this.#held = [chunk];
    // After the callbacks, which come in the next tick, and after the turn that they ask for.
    process.nextTick(() => queueMicrotask(() => setImmediate(() => this.#release())));
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const chunk of held ?? []) if (!this.#give(chunk)) this.#socket?.pause();
  }

  override _final(callback: Written): void {
    const socket = this.#socket;
    if (!socket) {
      if (this.connecting) this.#whenConnected(() => this._final(callback), callback);
      else callback();
      return;
    }
    socket.end().then(
      () => callback(),
      (error) => callback(toNodeError(error)),
    );
  }

  override _destroy(error: Error | null, callback: Written): void {
    this.endTimer();
    this.connecting = false;
    const wasUsed = this.#abort !== undefined || this.#socket !== undefined;
    this.#abort?.abort();
    this.#abort = undefined;
    this.#held = undefined;
    const socket = this.#socket;
    const waiting = this.#untilConnected.splice(0);
    const closed = () => {
      callback(error);
      process.nextTick(() => {
        // As node:net: where nothing was ever connected to, it is not said whether that has failed.
        if (wasUsed) this.emit('close', error !== null);
        else this.emit('close');
        const { message, code } = SOCKET_CLOSED_BEFORE_CONNECTION;
        // The cause, where there is one: clients show what their write failed with.
        const reason = error ?? codedError(new Error(message), code);
        for (const { fail } of waiting) fail(reason);
      });
    };
    if (this.#resetting) socket?.reset();
    else socket?.destroy();
    if (socket) socket.closed.then(closed);
    // Not before whoever listens for 'error' has had a turn.
    else setImmediate(closed);
  }

  /** What is asked for while connecting waits for the connection, or fails with it. */
  #whenConnected(run: () => void, callback: Written): void {
    if (!this.connecting) {
      callback(codedError(new Error('Socket is closed'), 'ERR_SOCKET_CLOSED'));
      return;
    }
    const waiting = { run, fail: callback };
    this.#untilConnected.push(waiting);
    // As a listener, as in node:net: one that was added since may destroy the stream, and what was written goes first.
    this.once('connect', () => this.#run(waiting));
  }

  #run(waiting: Waiting): void {
    const at = this.#untilConnected.indexOf(waiting);
    if (at < 0) return;
    this.#untilConnected.splice(at, 1);
    try {
      waiting.run();
    } catch (error) {
      // Of the callback of a write. Thrown here it would be a rejection, and thrown later it would come after those
      // of the writes behind it.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** The types of TLS records are 20 to 23, and the first byte of their version is 3. */
const FIRST_TYPE = 20;
const LAST_TYPE = 23;
const VERSION = 3;

/**
 * Whether it begins as a record of TLS. TLS answers even the peer's last word, and where the peer is gone that brings
 * a reset: its end must be received before.
 */
function isOfTls(chunk: Uint8Array): boolean {
  const type = chunk[0]!;
  return type >= FIRST_TYPE && type <= LAST_TYPE && chunk[1] === VERSION;
}

/** Those that were given. */
function marksOf(options: SocketDuplexOptions): DuplexOptions {
  const { highWaterMark, readableHighWaterMark, writableHighWaterMark } = options;
  return {
    ...(highWaterMark !== undefined && { highWaterMark }),
    ...(readableHighWaterMark !== undefined && { readableHighWaterMark }),
    ...(writableHighWaterMark !== undefined && { writableHighWaterMark }),
  };
}

const SOCKET_CLOSED_BEFORE_CONNECTION = {
  message: 'Socket closed before the connection was established',
  code: 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
};
