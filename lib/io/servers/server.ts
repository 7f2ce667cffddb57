import type { EventEmitter } from 'eventemitter3';
import { WSAEALREADY, WSAEINVAL } from '../../../defs/winerror.g.ts';
import { stateError } from '../calls/check.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { spareFromThreadEnd } from '../calls/thread-end.ts';
import {
  addressText,
  isInternetAddress,
  type PackedAddress,
  type SocketAddress,
} from '../families/address.ts';
import { DETACH_OPTIONS, type DetachOptions, Leaving } from '../handles/detach.ts';
import {
  type DetachedSocket,
  type ForeignListener,
  type SocketSource,
  takeListener,
} from '../handles/foreign.ts';
import { Members, type ReadonlyMembers } from '../lists/members.ts';
import { GIVE_UP, type OperationOptions } from '../ops/give-up.ts';
import { optionsOf, refuseMore, withOptions } from '../options/options.ts';
import { INSPECT, type Inspect, printed } from '../port/inspection.ts';
import { Emitter, inThisContext } from '../port/listeners.ts';
import { CompletionPort, deliveryOf } from '../port/port.ts';
import { join, type Reader } from '../sockets/readers.ts';
import { type TcpSocket, tcpSockets } from '../streams/tcp-socket.ts';
import { takeAccepted } from './accepted.ts';
import { Acceptor } from './acceptor.ts';
import { openListener } from './listening.ts';
import {
  LISTEN_OPTIONS,
  type ListenOptions,
  SERVER_FROM_OPTIONS,
  TCP_SERVER_OPTIONS,
  type TcpServerEvents,
  type TcpServerOptions,
} from './server-types.ts';

/** How many accepts wait at once where nothing is said. */
const USUAL_ACCEPTS = 32;

/** Takes a connection that was accepted: its SOCKET, which is on no completion port, and its peer's sockaddr. */
export type SocketTaker = (
  socket: number,
  remote: PackedAddress | undefined,
  kind: SocketKind,
) => void;

/** What the package does with servers. */
interface PackageSide {
  /** Gives what is accepted to somebody else, in place of making a TcpSocket of it. */
  handTo(server: TcpServer, taker: SocketTaker): void;
}

export let tcpServers: PackageSide;

/** A listening socket that keeps several AcceptEx pending and makes a TcpSocket of each connection. */
export class TcpServer extends Emitter<TcpServerEvents> {
  /** The completion port of its sockets. */
  readonly completionPort: CompletionPort;
  readonly #options: TcpServerOptions & { readonly accepts: number };
  readonly #connections = new Members(tcpSockets.place);
  readonly #keeper = {
    left: (socket: TcpSocket): void => {
      this.#connections.delete(socket);
      this.#unclaimed.delete(socket);
    },
  };
  /** Connections that came while nobody listened for them. */
  readonly #unclaimed = new Set<TcpSocket>();
  /** Those who wait for one connection each. */
  readonly #takers: Reader<TcpSocket | null>[] = [];
  readonly #dependent = { place: -1, destroy: () => this.destroy() };
  #acceptor: Acceptor | undefined;
  #leaving: Leaving | undefined;
  #address: SocketAddress | undefined;
  /** Deletes the file of a Unix socket. */
  #deleteFile: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #taker: SocketTaker = (socket, remote, kind) => this.#accepted(socket, remote, kind);

  static {
    tcpServers = { handTo: (server, taker) => server.#handTo(taker) };
  }

  /**
   * @param onConnection a listener for `connection`
   * @throws TypeError and RangeError for options that no server and no connection can have, and for a listener
   *   that is no function; WinsockError where the default completion port cannot be made
   */
  constructor(options?: TcpServerOptions, onConnection?: (socket: TcpSocket) => void) {
    super();
    const given = optionsOf(options, 'createServer', TCP_SERVER_OPTIONS);
    this.#options = { ...given, accepts: given.accepts ?? USUAL_ACCEPTS };
    if (given.handOver) {
      const handOver = inThisContext(given.handOver);
      this.#handTo((handle) => handOver({ handle }));
    }
    this.completionPort = given.completionPort ?? CompletionPort.default;
    if (onConnection) this.on('connection', onConnection);
  }

  #handTo(taker: SocketTaker): void {
    this.#taker = (socket, remote, kind) => {
      // It is to outlive this thread, where it must.
      spareFromThreadEnd(socket);
      taker(socket, remote, kind);
    };
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
  get connections(): ReadonlyMembers<TcpSocket> {
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
  listen(options?: ListenOptions): this;
  listen(options?: ListenOptions, ...more: readonly unknown[]): this {
    refuseMore(more, 'listen', "the server listens when it returns, and 'listening' follows");
    const given = optionsOf(options, 'listen', LISTEN_OPTIONS);
    if (this.#closing) {
      throw stateError(WSAEALREADY, 'listen', 'the server is being closed: await close()');
    }
    if (this.#acceptor) throw stateError(WSAEINVAL, 'listen', 'the server listens already');
    const { deleteFile, ...listener } = openListener(deliveryOf(this.completionPort), given);
    this.#deleteFile = deleteFile;
    this.#acceptOn(listener);
    setImmediate(() => this.emit('listening'));
    return this;
  }

  #acceptOn({ on, kind, address }: ForeignListener): void {
    const delivery = deliveryOf(this.completionPort);
    this.#address = address;
    delivery.dependents.add(this.#dependent);
    this.#acceptor = new Acceptor(delivery, on, kind, {
      accepted: (socket, remote) => this.#taker(socket, remote, kind),
      failed: (error, forGood) => {
        if (forGood) this.close().catch(() => undefined);
        this.emit('error', error);
      },
    });
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
    const { backlog = 511, ...given } = optionsOf(options, 'from', SERVER_FROM_OPTIONS);
    const server = new TcpServer(given);
    server.#acceptOn(takeListener(deliveryOf(server.completionPort), source, backlog));
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

  #accepted(accepted: number, remote: PackedAddress | undefined, kind: SocketKind): void {
    let socket: TcpSocket;
    try {
      socket = takeAccepted(
        this.completionPort,
        accepted,
        remote,
        kind,
        this.#options,
        this.#keeper,
      );
    } catch (error) {
      // What taking it over throws are errors.
      this.emit('error', error as Error);
      return;
    }
    this.#connections.add(socket);
    const taker = this.#takers.length > 0 ? this.#takers.shift() : undefined;
    if (taker) taker.resolve(socket);
    else if (!this.emit('connection', socket)) this.#unclaimed.add(socket);
  }

  protected override listened(event: EventEmitter.EventNames<TcpServerEvents>): void {
    if (event === 'connection') setImmediate(this.#emitUnclaimed);
  }

  /** Hands waiting connections over when a listener for them has come. */
  readonly #emitUnclaimed = (): void => {
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
      this.#closeUnawaited();
    }
  }

  /**
   * Gives the listening SOCKET back, open: clients that come meanwhile wait in its queue. Those that were
   * accepted before are connections of this server, and go on. The file of a Unix socket stays. Where it
   * rejects, the server goes on.
   *
   * @throws by rejection: ERROR_NOT_SUPPORTED where the system takes no socket off its completion port (before
   *   Windows 8.1, and Wine) unless `evenOnPort` is set; WSAEINVAL where it does not listen or is being given
   *   back already; WSA_OPERATION_ABORTED where it is closed meanwhile; the signal's reason; TypeError and
   *   RangeError for options that are none
   */
  async detach(given?: DetachOptions): Promise<DetachedSocket> {
    const options = optionsOf(given, 'detach', DETACH_OPTIONS);
    const acceptor = this.#acceptor;
    if (!acceptor) throw stateError(WSAEINVAL, 'detach', 'the server does not listen');
    this.#leaving ??= new Leaving(acceptor.on);
    const handle = await this.#leaving.giveBack(options, undefined, acceptor);
    acceptor.release();
    this.#ended();
    return { handle };
  }

  /** Stops listening. Connections go on. Resolves when no accept is pending any more. */
  close(): Promise<void>;
  close(...more: readonly unknown[]): Promise<void> {
    refuseMore(more, 'close', 'await the promise that it returns');
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // As servers of Node.js do: the name is free for the next one. Winsock itself leaves the file.
    this.#deleteFile?.();
    try {
      await this.#acceptor?.stop();
    } finally {
      this.#ended();
    }
  }

  #ended(): void {
    deliveryOf(this.completionPort).dependents.delete(this.#dependent);
    this.#acceptor = undefined;
    this.#leaving = undefined;
    this.#address = undefined;
    this.#deleteFile = undefined;
    this.#closing = undefined;
    for (const taker of this.#takers.splice(0)) taker.resolve(null);
    this.emit('close');
  }

  /** Where the handle was closed behind its back, or Winsock was ended, that is an error like any other. */
  #closeUnawaited(): void {
    if (!this.#closing) this.close().catch((error: Error) => this.emit('error', error));
  }

  /** Stops listening and drops every connection. */
  destroy(): void {
    this.#closeUnawaited();
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
    this.#acceptor?.setReferenced(true);
    return this;
  }

  /** Lets the process end although the server listens. */
  unref(): this {
    this.#acceptor?.setReferenced(false);
    return this;
  }

  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const address = this.#address && addressText(this.#address);
    const { listening } = this;
    const connections = this.#connections.size;
    return printed('TcpServer', { address, listening, connections }, options, inspect);
  }
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
