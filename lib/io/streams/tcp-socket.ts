import type { EventEmitter } from 'eventemitter3';
import { WSAESHUTDOWN } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { type PackedAddress, packAddress } from '../families/address.ts';
import { isInternet } from '../families/ip.ts';
import type { FileLike } from '../files/open-file.ts';
import { type SendFileOptions, sendFile } from '../files/send-file.ts';
import { DETACH_OPTIONS, type DetachOptions } from '../handles/detach.ts';
import { type DetachedSocket, type SocketSource, takeConnection } from '../handles/foreign.ts';
import type { PlaceOf } from '../lists/members.ts';
import { GIVE_UP, type OperationOptions, watch, within } from '../ops/give-up.ts';
import { optionsOf, withOptions } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import { Callback, nobody } from '../port/listeners.ts';
import { OURS, type Ours, requireOurs } from '../port/ours.ts';
import { CompletionPort, deliveryOf } from '../port/port.ts';
import { peerProcessOf, type TcpInfo, tcpInfoOf } from '../sockets/connection-info.ts';
import { bytesOfData, type Data } from '../sockets/data.ts';
import { untilNull } from '../sockets/readers.ts';
import { SocketBase } from '../sockets/socket-base.ts';
import { setKeepAlive } from '../sockets/socket-options.ts';
import { Connection, type ConnectionKeeper } from './connection.ts';
import { LARGEST_SEND_BYTES } from './send-queue.ts';
import {
  FROM_OPTIONS,
  type FromOptions,
  type TcpSocketEvents,
  type TcpSocketOptions,
} from './tcp-types.ts';
import type { SentCallback } from './written.ts';

/** What the package makes sockets of, and its stream bridge of sockets. */
interface PackageSide {
  /**
   * @param association a connected socket's
   * @param kind its family, type and protocol
   * @param remote the sockaddr of the peer, where it is known
   * @param unread what was received before
   * @param keeper whoever has accepted it: is told when it is over
   */
  create(
    completionPort: CompletionPort,
    association: Association,
    kind: SocketKind,
    options: TcpSocketOptions,
    remote?: PackedAddress,
    unread?: Uint8Array,
    keeper?: ConnectionKeeper,
  ): TcpSocket;
  /** Notes how many milliseconds connecting took. */
  connectedIn(socket: TcpSocket, milliseconds: number): void;
  /** See `Receiver.receiveAtOnce`. */
  receiveAtOnce(socket: TcpSocket): void;
  /** See `Receiver.written`. */
  written(socket: TcpSocket): void;
  /** See `Receiver.isEarly`. */
  isEarly(socket: TcpSocket): boolean;
  /** See `Receiver.awaitAnswer`. */
  awaitAnswer(socket: TcpSocket): void;
  /** See `Sender.writeNow`. Not where the socket cannot be written to: then the callback is told. */
  writeNow(socket: TcpSocket, data: Uint8Array, callback: SentCallback): boolean;
  /** Whether it has the options of TCP. */
  isTcp(socket: TcpSocket): boolean;
  /** Its place among the connections of whoever has accepted it. */
  readonly place: PlaceOf<TcpSocket>;
}

export let tcpSockets: PackageSide;

/**
 * A connected stream socket, from a server or `connect`.
 *
 * Data is received by `data` events, by `read()`, or by `for await`. At most one chunk is received
 * before somebody asks for it: a slow reader slows the peer down, and a peer that goes away is noticed
 * although nobody reads.
 */
export class TcpSocket extends SocketBase<TcpSocketEvents> {
  /** Whether the connection stays open for sending when the peer has ended its half. */
  allowHalfOpen: boolean;
  readonly #connection: Connection;
  #connectDuration: number | undefined;
  #place = -1;

  static {
    tcpSockets = {
      create: (...parts) => new this(OURS, ...parts),
      connectedIn: (socket, milliseconds) => {
        socket.#connectDuration = milliseconds;
      },
      receiveAtOnce: (socket) => socket.#connection.receiver.receiveAtOnce(),
      written: (socket) => socket.#connection.receiver.written(),
      isEarly: (socket) => socket.#connection.receiver.isEarly,
      awaitAnswer: (socket) => socket.#connection.receiver.awaitAnswer(),
      writeNow: (socket, data, callback) => {
        if (socket.writable) return socket.#connection.sender.writeNow(data, callback);
        socket.write(data, callback);
        return false;
      },
      isTcp: (socket) => isInternet(socket.#connection.kind.family),
      place: {
        get: (socket) => socket.#place,
        set: (socket, place) => {
          socket.#place = place;
        },
      },
    };
  }

  private constructor(
    key: Ours,
    completionPort: CompletionPort,
    association: Association,
    kind: SocketKind,
    options: TcpSocketOptions,
    remote?: PackedAddress,
    unread?: Uint8Array,
    keeper?: ConnectionKeeper,
  ) {
    // A port accepts as nobody, and so do threads that serve.
    super(completionPort, association, remote, keeper && nobody);
    requireOurs(key, 'TcpSocket');
    this.allowHalfOpen = options.allowHalfOpen ?? false;
    const { highWaterMark = LARGEST_SEND_BYTES } = options;
    const delivery = deliveryOf(completionPort);
    this.#connection = new Connection(
      this,
      delivery,
      association,
      kind,
      highWaterMark,
      unread,
      keeper,
    );
  }

  /**
   * A connection of a SOCKET that others have made and connected: by the mirror, in a DLL, in another
   * thread or process. It is closed in the end. Where this throws, the SOCKET is still theirs.
   *
   * @throws WinsockError: WSAENOTSOCK for what is no socket, WSAENOTCONN for one that is not connected,
   *   WSA_INVALID_PARAMETER for one that is on a completion port already; TypeError for one of another
   *   type; WSA_INVALID_HANDLE where the completion port is closed; RangeError for options that are none
   */
  static from(source: SocketSource, given?: FromOptions): TcpSocket {
    const options = optionsOf(given, 'from', FROM_OPTIONS);
    const { completionPort = CompletionPort.default, socketOptions } = options;
    const delivery = deliveryOf(completionPort);
    const { on, kind, remote, unread } = takeConnection(delivery, source, socketOptions);
    const peer = packAddress(remote);
    return new TcpSocket(OURS, completionPort, on, kind, options, peer, unread);
  }

  /** The failure that ended the connection, if one did. */
  get error(): Error | undefined {
    return this.#connection.error;
  }

  /** Settles when everything is over and given back. It never rejects: see `error`. */
  get closed(): Promise<void> {
    return this.#connection.closed;
  }

  /** Whether the socket was destroyed: no more can be written, and nothing more comes. */
  get destroyed(): boolean {
    return !this.#connection.isOpen;
  }

  /** Whether something can be written: our half is open. */
  get writable(): boolean {
    return this.#connection.writable;
  }

  /** Whether something may still be received. */
  get readable(): boolean {
    return this.#connection.isOpen && this.#connection.receiver.incoming !== 'told';
  }

  /** Bytes written that the system has not taken yet. */
  get pendingBytes(): number {
    return this.#connection.sender.pendingBytes;
  }

  /** Bytes written so far, with those that the system has not taken yet. */
  get bytesWritten(): number {
    return this.#connection.sender.bytesWritten;
  }

  /** Milliseconds that connecting to the address took, without the lookup; undefined where it was not made by us. */
  get connectDuration(): number | undefined {
    return this.#connectDuration;
  }

  /** Bytes received so far, with those that nobody has taken yet. */
  get bytesRead(): number {
    return this.#connection.receiver.bytesRead;
  }

  protected override listened(event: EventEmitter.EventNames<TcpSocketEvents>): void {
    if (event === 'data' && !this.#connection.receiver.paused) this.resume();
    if (event === 'urgent') this.#connection.receiveUrgent();
  }

  /** Stops `data` events. At most one chunk that is under way is kept for later. */
  pause(): this {
    this.#connection.receiver.pause();
    return this;
  }

  /** Lets `data` events come. Without a listener what comes is dropped. */
  resume(): this {
    this.#connection.receiver.resume();
    return this;
  }

  /**
   * Receives without copying: in place of `data` events, the handler is shown the memory that was
   * received into. The bytes are valid until it returns. Within it they may be given to `write` of
   * any socket, which keeps them for as long as sending takes; anything else must be copied.
   *
   * @throws TypeError for what is no function
   */
  borrow(handler: (bytes: Buffer) => void): this {
    this.#connection.receiver.borrow(new Callback(handler));
    return this.#connection.receiver.paused ? this : this.resume();
  }

  /**
   * The next bytes, or null at the end of the stream. What comes after the signal or the timeout is
   * kept for the next call.
   *
   * @throws by rejection: the connection's error, the signal's reason, WSAETIMEDOUT; TypeError and
   *   RangeError for options that are none
   */
  read(options?: OperationOptions): Promise<Buffer | null> {
    return withOptions(options, 'read', GIVE_UP, (given) => {
      given.signal?.throwIfAborted();
      return this.#connection.receiver.read(given);
    });
  }

  /**
   * Chunks until the end of the stream. Leaving the loop early destroys the socket.
   *
   * @throws in the loop: the connection's error
   */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    const leave = () => this.#connection.receiver.incoming === 'told' || this.destroy();
    return untilNull(() => this.#connection.receiver.read({}), leave);
  }

  /**
   * Sends data, or queues it behind what is still being sent.
   *
   * @param callback called when the system has taken the data, or with the error
   * @returns whether there is room for more; where not, `drain` says when. False too where our half has ended:
   *   `writable` says so, no `drain` follows, and the callback gets the error
   * @throws TypeError for what is no data, and for a callback that is no function
   */
  write(data: Data, callback?: SentCallback): boolean {
    const bytes = bytesOfData(data);
    if (callback !== undefined && typeof callback !== 'function') {
      throw new TypeError(`a callback is a function, got ${describe(callback)}`);
    }
    if (!this.writable) {
      const error = this.error ?? new WinsockError(WSAESHUTDOWN, 'WSASend');
      if (callback) setImmediate(callback, error);
      // Not true, or whoever writes for as long as there is room would never end.
      return false;
    }
    this.#connection.active();
    return this.#connection.sender.write(bytes, callback);
  }

  /**
   * Sends data. Resolves when the system has taken it. Signal and timeout end the wait, and not the
   * sending: a stream cannot take back what may have gone in part. `destroy` drops it.
   *
   * @throws by rejection: WinsockError; TypeError and RangeError for what is no data, and for options that
   *   are none; the signal's reason, also before anything is written, WSAETIMEDOUT
   */
  send(data: Data, options?: OperationOptions): Promise<void> {
    return withOptions(options, 'send', GIVE_UP, (given) => {
      given.signal?.throwIfAborted();
      const sent = new Promise<void>((resolve, reject) => {
        this.write(data, (error) => (error ? reject(error) : resolve()));
      });
      return within(given, 'WSASend', sent);
    });
  }

  /**
   * Resolves when the system has taken all that was written; at once where nothing waits.
   *
   * @throws by rejection: the connection's error, WSA_OPERATION_ABORTED where it was destroyed before;
   *   TypeError and RangeError for options that are none; the signal's reason, WSAETIMEDOUT
   */
  drained(options?: OperationOptions): Promise<void> {
    return withOptions(options, 'drained', GIVE_UP, (given) => {
      given.signal?.throwIfAborted();
      return this.#connection.sender.drained(given);
    });
  }

  /**
   * Sends a file: behind all that was written before, and in front of all that is written later. A signal or
   * timeout that comes before its turn leaves the connection as it is. What fails later destroys the
   * socket, because a part of the file is with the peer.
   *
   * @param file a path, or the HANDLE of a file that was opened for reading
   * @returns how many bytes were sent, with head and tail
   * @throws by rejection: WinsockError of opening, reading and sending, ERROR_HANDLE_EOF where the file has become
   *   shorter meanwhile, WSAESHUTDOWN where our half is ended, WSAETIMEDOUT; RangeError for a part that
   *   the file does not have; TypeError for what is no file, no data and no option; the signal's reason
   */
  async sendFile(file: FileLike, options?: SendFileOptions): Promise<number> {
    if (!this.writable) throw this.error ?? new WinsockError(WSAESHUTDOWN, 'TransmitFile');
    return sendFile(this.#connection, file, options);
  }

  /**
   * Sends out-of-band data, of TCP one byte, past what waits to be sent. Resolves when the system has taken it.
   *
   * @throws by rejection: WinsockError, or TypeError for what is no data; RangeError for no byte or several
   */
  sendUrgent(data: Data): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = bytesOfData(data);
      if (bytes.length !== 1) {
        throw new RangeError(`out-of-band data of TCP is one byte, got ${bytes.length}`);
      }
      if (!this.writable) throw this.error ?? new WinsockError(WSAESHUTDOWN, 'WSASend');
      this.#connection.sender.sendUrgent(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Holds back what is written until `uncork`, which sends it in one call. */
  cork(): void {
    this.#connection.sender.cork();
  }

  /** Sends what was held back since `cork`. */
  uncork(): void {
    this.#connection.sender.uncork();
  }

  /**
   * Ends our half of the connection when everything is sent. Resolves when it is, and rejects where
   * something could not be sent; programs that do not wait find the failure in `error`. Signal and timeout
   * end the wait, and not the sending.
   *
   * @throws TypeError and RangeError for what is no data, and for options that are none; the reason of a
   *   signal that has aborted already; by rejection: the connection's error, the signal's reason, WSAETIMEDOUT
   */
  end(data?: Data, options?: OperationOptions): Promise<void> {
    const given = optionsOf(options, 'end', GIVE_UP);
    given.signal?.throwIfAborted();
    if (data !== undefined) {
      if (!this.writable) return this.send(data);
      this.write(data);
    }
    return within(given, 'shutdown', this.#connection.end());
  }

  /**
   * Drops the connection. What was written goes out as far as the system takes it at once; what
   * waits for the peer is lost. `close` follows.
   */
  destroy(error?: Error): this {
    this.#connection.destroy(error);
    return this;
  }

  /**
   * Gives the SOCKET back, open, with all that has come and that nobody has taken: `TcpSocket.from` takes both,
   * in this thread or in another. What was written is sent before; what reads gets null; `close` follows, and
   * the peer notices nothing. A socket belongs to one completion port for good, unless the system takes it
   * off: Windows 8.1 and later do (FileReplaceCompletionInformation, documented for drivers), Wine does not.
   *
   * @throws by rejection: WinsockError, ERROR_NOT_SUPPORTED where the system does not take it off (the socket goes
   *   on, as it does where this is given up), WSA_OPERATION_ABORTED where the socket is destroyed
   *   meanwhile, WSAENOTSOCK where it is closed; the signal's reason, WSAETIMEDOUT; WSAEINVAL where it is
   *   being given back already
   */
  async detach(given?: DetachOptions): Promise<DetachedSocket> {
    return this.#connection.detach(optionsOf(given, 'detach', DETACH_OPTIONS));
  }

  /** Drops the connection in a way that the peer sees as a reset. */
  reset(): this {
    if (this.destroyed) return this;
    try {
      // Only TCP lingers.
      if (isInternet(this.#connection.kind.family)) this.setOption('linger', 0);
    } catch (error) {
      return this.destroy(error as Error);
    }
    return this.destroy();
  }

  /**
   * Sends the rest, ends our half, and closes. Resolves when everything is over; whether something
   * was lost is in `error`. Where somebody gives up before, by signal or time, the connection is dropped.
   *
   * @throws by rejection: TypeError and RangeError for options that are none; the signal's reason,
   *   WSAETIMEDOUT
   */
  override close(options?: OperationOptions): Promise<void> {
    return withOptions(options, 'close', GIVE_UP, (given) => this.#close(given));
  }

  async #close(options: OperationOptions): Promise<void> {
    options.signal?.throwIfAborted();
    let givenUp: { reason: unknown } | undefined;
    const end = watch(options, 'shutdown', (reason) => {
      givenUp = { reason };
      this.destroy();
    });
    if (this.#connection.isOpen) {
      await this.end().catch(() => undefined);
      this.destroy();
    }
    await this.closed;
    end();
    if (givenUp) throw givenUp.reason;
  }

  /**
   * Switches keep-alive on or off.
   *
   * @param time milliseconds without traffic before the first probe. Default 7200000, two hours
   * @param interval milliseconds between probes. Default 1000
   * @throws WinsockError, WSAENOTSOCK where the socket is closed; RangeError for what is no time; TypeError
   *   where `on` is no boolean
   */
  setKeepAlive(on: boolean, time = 7_200_000, interval = 1000): this {
    setKeepAlive(this.association.handleFor('WSAIoctl'), on, time, interval);
    return this;
  }

  /**
   * What TCP knows of the connection, in the newest version that the system has: round trips, windows,
   * retransmissions, what holds sending up.
   *
   * @throws WinsockError, WSAEOPNOTSUPP before Windows 10 1703, on Wine, and for a Unix socket;
   *   WSAENOTSOCK where the socket is closed
   */
  tcpInfo(): TcpInfo {
    return tcpInfoOf(this.association.handleFor('WSAIoctl'));
  }

  /**
   * The id of the process at the other end of a Unix socket.
   *
   * @throws WinsockError, WSAEOPNOTSUPP where it is no Unix socket, and on Wine; WSAENOTSOCK where the
   *   socket is closed
   */
  get peerProcessId(): number {
    return peerProcessOf(this.association.handleFor('WSAIoctl'));
  }

  /**
   * Emits `timeout` when nothing is sent or received for so many milliseconds; 0 never.
   *
   * @throws TypeError for what is no number, RangeError for a negative one
   */
  setTimeout(milliseconds: number): this {
    if (typeof milliseconds !== 'number') throw new TypeError('a timeout is a number');
    if (!(milliseconds >= 0)) throw new RangeError(`a timeout of ${milliseconds} milliseconds`);
    this.#connection.whenIdle(milliseconds, () => this.emit('timeout'));
    return this;
  }
}
