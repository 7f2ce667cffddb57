import type { EventEmitter } from 'eventemitter3';
import { WSAESHUTDOWN } from '../../../defs/winerror.g.ts';
import { SD_SEND, WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { shutdown, WSAGetLastError } from '../calls/calls.ts';
import { LONGEST_TIMEOUT } from '../ops/perform.ts';
import type { Association } from '../port/association.ts';
import { inThisContext } from '../port/async-context.ts';
import { SocketBase } from '../sockets/socket-base.ts';
import { setKeepAlive } from '../sockets/socket-options.ts';
import type { ReceiveMemory } from './receive-memory.ts';
import { Receiver, type ReceiverOwner } from './receiver.ts';
import { callAll, MOST_BYTES, Sender, type SenderOwner, type SentCallback } from './sender.ts';
import {
  bytesOfData,
  type Data,
  type TcpSocketEvents,
  type TcpSocketOptions,
} from './tcp-types.ts';

interface Reader {
  resolve(chunk: Buffer | null): void;
  reject(error: Error): void;
}

/**
 * A connected stream socket.
 *
 * Data is received by `data` events, by `read()`, or by `for await`. At most one chunk is received
 * before somebody asks for it: a slow reader slows the peer down, and a peer that goes away is noticed
 * although nobody reads.
 */
export class TcpSocket extends SocketBase<TcpSocketEvents> implements ReceiverOwner, SenderOwner {
  /** Whether the connection stays open for sending when the peer has ended its half. */
  allowHalfOpen: boolean;
  readonly #receiver: Receiver;
  readonly #sender: Sender;
  readonly #highWaterMark: number;
  readonly #readers: Reader[] = [];
  readonly #chunks: Buffer[] = [];
  #borrower: ((bytes: Buffer) => void) | undefined;
  #flowing = false;
  #paused = false;
  /** Somebody has asked for data, or asked it to wait: the end is told when it is asked for. */
  #wanted = false;
  /** The peer's end has come; it has been reported. */
  #ended = false;
  #endReported = false;
  /** Our end is asked for; it has been sent. */
  #ending = false;
  #finished = false;
  #destroyed = false;
  #closeReported = false;
  #needDrain = false;
  #timer: NodeJS.Timeout | undefined;
  #failure: Error | { code: number; syscall: string } | undefined;
  #closed: Promise<void> | undefined;
  readonly #finishWaiters: { resolve(): void; reject(error: Error): void }[] = [];
  #resolveClosed: (() => void) | undefined;

  /** @internal Sockets come from a server or from `connect`. */
  constructor(association: Association, options: TcpSocketOptions = {}, remote?: Uint8Array) {
    super(association, remote);
    this.allowHalfOpen = options.allowHalfOpen ?? false;
    this.#highWaterMark = options.highWaterMark ?? MOST_BYTES;
    if (!(this.#highWaterMark >= 0)) {
      throw new RangeError(`a highWaterMark is a number of bytes, got ${this.#highWaterMark}`);
    }
    this.#receiver = new Receiver(association, this);
    this.#sender = new Sender(association, this);
    association.port.own(this);
    this.#ask();
  }

  /** The failure that ended the connection, if one did. */
  get error(): Error | undefined {
    // Made when somebody asks: its text and stack cost more than all else about a lost connection.
    if (this.#failure && !(this.#failure instanceof Error)) {
      this.#failure = new WinsockError(this.#failure.code, this.#failure.syscall);
    }
    return this.#failure;
  }

  /** Settles when everything is over and given back. It never rejects: see `error`. */
  get closed(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#closeReported) resolve();
      else this.#resolveClosed = resolve;
    });
    return this.#closed;
  }

  /** No more can be written, and nothing more comes. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** Whether something can be written: our half is open. */
  get writable(): boolean {
    return !this.#ending && !this.#destroyed;
  }

  /** Whether something may still be received. */
  get readable(): boolean {
    return !this.#endReported && !this.#destroyed;
  }

  /** Bytes written that the system has not taken yet. */
  get pendingBytes(): number {
    return this.#sender.pendingBytes;
  }

  // Receiving.

  override on<Event extends EventEmitter.EventNames<TcpSocketEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<TcpSocketEvents, Event>,
    context?: unknown,
  ): this {
    super.on(event, listener, context);
    if (event === 'data' && !this.#paused) this.resume();
    return this;
  }

  override addListener<Event extends EventEmitter.EventNames<TcpSocketEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<TcpSocketEvents, Event>,
    context?: unknown,
  ): this {
    return this.on(event, listener, context);
  }

  override once<Event extends EventEmitter.EventNames<TcpSocketEvents>>(
    event: Event,
    listener: EventEmitter.EventListener<TcpSocketEvents, Event>,
    context?: unknown,
  ): this {
    super.once(event, listener, context);
    if (event === 'data' && !this.#paused) this.resume();
    return this;
  }

  /** Stops `data` events. At most one chunk that is under way is kept for later. */
  pause(): this {
    this.#wanted = true;
    this.#paused = true;
    this.#flowing = false;
    return this;
  }

  /** Lets `data` events come. Without a listener what comes is dropped. */
  resume(): this {
    this.#wanted = true;
    this.#paused = false;
    if (this.#flowing) return this;
    this.#flowing = true;
    if (this.#chunks.length > 0 || this.#ended)
      this.association.port.defer({ resume: this.#drainChunks });
    else this.#ask();
    return this;
  }

  /**
   * Receives without copying: in place of `data` events, the handler is shown the memory that was
   * received into. The bytes are valid until it returns. Within it they may be given to `write` of
   * any socket, which keeps them for as long as sending takes; anything else must be copied.
   */
  borrow(handler: (bytes: Buffer) => void): this {
    this.#borrower = inThisContext(handler);
    return this.#paused ? this : this.resume();
  }

  /** The next bytes, or null at the end of the stream. */
  read(): Promise<Buffer | null> {
    this.#wanted = true;
    if (this.#chunks.length > 0) {
      const chunk = this.#chunks.shift()!;
      this.#askAhead();
      return Promise.resolve(chunk);
    }
    if (this.#ended) {
      this.#reportEnd();
      return Promise.resolve(null);
    }
    if (this.error) return Promise.reject(this.error);
    if (this.#destroyed) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
      this.#ask();
    });
  }

  /** Chunks until the end of the stream. Leaving the loop early destroys the socket. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        const chunk = await this.read();
        if (chunk === null) return;
        yield chunk;
      }
    } finally {
      if (!this.#endReported) this.destroy();
    }
  }

  // Sending.

  /**
   * Sends data, or queues it behind what is still being sent.
   *
   * @param callback called when the system has taken the data, or with the error
   * @returns whether there is room for more; where not, `drain` says when
   */
  write(data: Data, callback?: SentCallback): boolean {
    const bytes = bytesOfData(data);
    if (!this.writable) {
      const error = this.error ?? new WinsockError(WSAESHUTDOWN, 'WSASend');
      if (callback) setImmediate(callback, error);
      return false;
    }
    if (bytes.byteLength === 0) {
      if (callback) setImmediate(callback);
      return !this.#needDrain;
    }
    this.#active();
    if (this.#sender.write(bytes, callback)) {
      if (callback) {
        if (this.association.port.maySettleNow()) queueMicrotask(callback);
        else setImmediate(callback);
      }
      return true;
    }
    this.#needDrain ||= this.#sender.pendingBytes >= this.#highWaterMark;
    return !this.#needDrain;
  }

  /** Sends data. Resolves when the system has taken it. */
  send(data: Data): Promise<void> {
    return new Promise((resolve, reject) => {
      this.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Holds back what is written until `uncork`, which sends it in one call. */
  cork(): void {
    this.#sender.cork();
  }

  /** Sends what was held back since `cork`. */
  uncork(): void {
    this.#sender.uncork();
  }

  /**
   * Ends our half of the connection when everything is sent. Resolves when it is, and rejects where
   * something could not be sent; who does not wait is told by `error`.
   */
  end(data?: Data): Promise<void> {
    if (data !== undefined) {
      if (!this.writable) return this.send(data);
      this.write(data);
    }
    this.#ending = true;
    const finished = new Promise<void>((resolve, reject) => {
      if (this.#finished) resolve();
      else this.#finishWaiters.push({ resolve, reject });
    });
    finished.catch(() => undefined);
    if (this.#closeReported) this.#settleFinish();
    this.#sender.uncork();
    this.#finishWhenSent();
    return finished;
  }

  // Ending.

  /** Drops the connection: what is not sent yet is lost. */
  destroy(error?: Error): this {
    if (this.#destroyed) return this;
    this.#destroyed = true;
    this.#failure ??= error;
    clearTimeout(this.#timer);
    this.association.close();
    this.association.port.defer({ resume: this.#closeWhenIdle });
    return this;
  }

  /** Drops the connection in a way that the peer sees as a reset. */
  reset(): this {
    if (!this.#destroyed) this.setOption('linger', 0);
    return this.destroy();
  }

  /**
   * Sends the rest, ends our half, and closes. Resolves when everything is over; whether something
   * was lost is in `error`.
   */
  async close(): Promise<void> {
    if (!this.#destroyed) {
      await this.end().catch(() => undefined);
      this.destroy();
    }
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // Options.

  /** Switches keep-alive on or off, with its times in milliseconds. */
  setKeepAlive(on: boolean, time = 7_200_000, interval = 1000): this {
    setKeepAlive(this.association.handleFor('WSAIoctl'), on, time, interval);
    return this;
  }

  /** Emits `timeout` when nothing is sent or received for so many milliseconds; 0 never. */
  setTimeout(milliseconds: number): this {
    if (typeof milliseconds !== 'number') throw new TypeError('a timeout is a number');
    if (!(milliseconds >= 0)) throw new RangeError(`a timeout of ${milliseconds} milliseconds`);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (milliseconds > 0 && milliseconds <= LONGEST_TIMEOUT && !this.#destroyed) {
      this.#timer = setTimeout(() => this.emit('timeout'), milliseconds);
      this.#timer.unref();
    }
    return this;
  }

  // What the two halves report.

  /** @internal */
  received(memory: ReceiveMemory, bytes: number): void {
    this.#active();
    const reader = this.#readers.length > 0 ? this.#readers.shift() : undefined;
    try {
      if (reader) reader.resolve(memory.copyOut(bytes));
      else if (!this.#flowing) this.#chunks.push(memory.copyOut(bytes));
      else if (this.#borrower) memory.lend(bytes, this.#borrower);
      else this.emit('data', memory.copyOut(bytes));
    } finally {
      // Also after an exception of the listener.
      this.#askAhead();
    }
  }

  /** @internal */
  receivedEnd(): void {
    this.#ended = true;
    // Who has not asked yet may still want to answer before our half is ended too.
    const isAsked = this.#readers.length > 0 || this.#flowing;
    if (isAsked || this.#finished || !this.#wanted) this.#reportEnd();
  }

  /** @internal */
  failed(code: number, syscall: string): void {
    if (!this.#destroyed) this.#failure = { code, syscall };
    this.destroy();
  }

  /** @internal */
  sentSome(): void {
    this.#active();
    if (this.#needDrain && this.#sender.pendingBytes === 0) {
      this.#needDrain = false;
      try {
        this.emit('drain');
      } finally {
        this.#finishWhenSent();
      }
    } else {
      this.#finishWhenSent();
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

  /** Receives the next chunk, unless there is one that nobody has taken. */
  #askAhead(): void {
    if (this.#chunks.length === 0) this.#ask();
  }

  #ask(): void {
    if (!this.#ended && !this.#destroyed) this.#receiver.ask();
  }

  readonly #drainChunks = (): void => {
    while (this.#flowing && this.#chunks.length > 0) {
      const chunk = this.#chunks.shift()!;
      let taken = false;
      try {
        if (this.#borrower) this.#borrower(chunk);
        else this.emit('data', chunk);
        taken = true;
      } finally {
        // After an exception of the listener it goes on in the next turn.
        if (!taken) this.association.port.defer({ resume: this.#drainChunks });
      }
    }
    if (!this.#flowing) return;
    if (this.#ended) this.#reportEnd();
    else this.#ask();
  };

  #reportEnd(): void {
    if (this.#endReported) return;
    this.#endReported = true;
    for (const reader of this.#readers.splice(0)) reader.resolve(null);
    try {
      this.emit('end');
    } finally {
      this.#endAfterPeer();
    }
  }

  #endAfterPeer(): void {
    if (this.allowHalfOpen) {
      this.#destroyWhenOver();
    } else if (this.#sender.isIdle) {
      // Closing ends our half as well as shutting it down first would.
      this.destroy();
    } else {
      this.end();
    }
  }

  #finishWhenSent(): void {
    if (!this.#ending || this.#finished || this.#destroyed || !this.#sender.isIdle) return;
    this.#finished = true;
    if (shutdown(this.handle, SD_SEND) !== 0) {
      this.failed(WSAGetLastError(), 'shutdown');
      return;
    }
    this.#settleFinish();
    if (this.#ended) this.#reportEnd();
    this.#destroyWhenOver();
  }

  /** Our end is sent, or never will be. */
  #settleFinish(): void {
    const lost = this.#finished ? undefined : this.#lost();
    for (const { resolve, reject } of this.#finishWaiters.splice(0)) {
      if (lost) reject(lost);
      else resolve();
    }
  }

  /** Why something that was written has not been sent, where that is so. */
  #lost(): Error | undefined {
    if (this.error) return this.error;
    return this.#sender.pendingBytes > 0
      ? new WinsockError(WSA_OPERATION_ABORTED, 'WSASend')
      : undefined;
  }

  #destroyWhenOver(): void {
    if (this.#endReported && this.#finished) this.destroy();
  }

  #active(): void {
    this.#timer?.refresh();
  }

  readonly #closeWhenIdle = (): void => {
    if (this.#closeReported || this.#receiver.underWay || this.#sender.underWay > 0) return;
    this.#closeReported = true;
    this.association.port.disown(this);
    this.#receiver.release();
    const unsent = this.#sender.release();
    for (const reader of this.#readers.splice(0)) {
      if (this.#failure) reader.reject(this.error!);
      else reader.resolve(null);
    }
    if (this.#finishWaiters.length > 0) this.#settleFinish();
    this.#resolveClosed?.();
    if (unsent.length > 0) {
      callAll(unsent, this.error ?? new WinsockError(WSA_OPERATION_ABORTED, 'WSASend'));
    }
    try {
      if (this.#failure && this.listenerCount('error') > 0) this.emit('error', this.error!);
    } finally {
      this.emit('close', this.#failure !== undefined);
    }
  };
}
