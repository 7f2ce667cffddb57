import EventEmitter, { addAbortListener } from 'node:events';
import net from 'node:net';
import { getDefaultHighWaterMark } from 'node:stream';
import {
  checkFunction,
  invalidType,
  invalidValue,
  nodeError,
  portOf,
} from '../../io/node/argument-errors.ts';
import { utilOfNode } from '../first-use.ts';
import { normalize, numberOf } from './arguments.ts';
import { isOfHandle } from './built-in.ts';
import { isShared, Listening, type ListeningServer, tellOfListen } from './listening.ts';
import type { Socket } from './socket.ts';

export type ServerOptions = net.ServerOpts & { blockList?: net.BlockList | undefined };
export type ConnectionListener = (socket: Socket) => void;

/**
 * Beside the objects, because a function of old that inherits, as `http.Server` is one, makes a server of an
 * object that is there already.
 */
const parts = new WeakMap<object, Listening>();

function partOf(server: Server): Listening {
  const part = parts.get(server);
  if (!part) throw new TypeError('this is no Server');
  return part;
}

/** Closes a server when a signal aborts. */
function closeOn(server: Server, signal: unknown): void {
  if (signal === undefined) return;
  if (typeof signal !== 'object' || signal === null || !('aborted' in signal)) {
    throw invalidType('options.signal', 'AbortSignal', signal);
  }
  const given = signal as AbortSignal;
  const close = () => void server.close();
  if (given.aborted) {
    process.nextTick(close);
    return;
  }
  const listening = addAbortListener(given, close);
  server.once('close', () => listening[Symbol.dispose]());
}

/** A server of TCP, with all that `net.Server` has. */
export class Server extends EventEmitter implements ListeningServer {
  /** Whether its connections stay open for sending when their peers have ended. */
  declare allowHalfOpen: boolean;
  /** Whether its connections receive nothing before somebody reads. */
  declare pauseOnConnect: boolean;
  declare noDelay: boolean;
  declare keepAlive: boolean;
  declare keepAliveInitialDelay: number;
  declare highWaterMark: number;
  /** From where nobody may connect. */
  declare blockList?: net.BlockList;
  /** The most connections that it has at once; more are dropped. */
  declare maxConnections: number;
  /** As node:net has it, for clusters. */
  declare dropMaxConnection: boolean;
  /** How many connections are open. */
  declare _connections: number;
  /** Where it was told to listen, as node:net says it: the family, the address and the port. */
  declare _connectionKey?: string;
  /** As of a server of node:net that has no handle of libuv's: this one never has. */
  declare _handle: null;

  constructor(options?: ServerOptions | ConnectionListener, listener?: ConnectionListener) {
    super();
    Server.initialise(this, options, listener);
  }

  /** Makes a server of an object that inherits from it. */
  static initialise(
    self: Server,
    options?: ServerOptions | ConnectionListener | null,
    listener?: ConnectionListener,
  ): void {
    Reflect.apply(EventEmitter, self, []);
    const then = typeof options === 'function' ? options : listener;
    if (options !== null && !['undefined', 'function', 'object'].includes(typeof options)) {
      throw invalidType('options', 'object', options);
    }
    const given = (typeof options === 'object' ? options : null) ?? {};
    const { keepAliveInitialDelay, highWaterMark, blockList } = given;
    if (keepAliveInitialDelay !== undefined && typeof keepAliveInitialDelay !== 'number') {
      throw invalidType('options.keepAliveInitialDelay', 'number', keepAliveInitialDelay);
    }
    if (highWaterMark !== undefined && typeof highWaterMark !== 'number') {
      throw invalidType('options.highWaterMark', 'number', highWaterMark);
    }
    if (blockList) {
      if (!net.BlockList.isBlockList(blockList)) {
        throw invalidType('options.blockList', 'net.BlockList', blockList);
      }
      self.blockList = blockList;
    }
    if (typeof then === 'function') self.on('connection', then);
    self._connections = 0;
    self._handle = null;
    self.allowHalfOpen = given.allowHalfOpen ?? false;
    self.pauseOnConnect = Boolean(given.pauseOnConnect);
    self.noDelay = Boolean(given.noDelay);
    self.keepAlive = Boolean(given.keepAlive);
    self.keepAliveInitialDelay = Math.max(0, keepAliveInitialDelay ?? 0);
    const isMark = highWaterMark !== undefined && !(highWaterMark < 0);
    self.highWaterMark = isMark ? highWaterMark : getDefaultHighWaterMark(false);
    parts.set(self, new Listening(self));
  }

  /** How many connections are open; `getConnections` is the way of node:net. */
  get connections(): number {
    return this._connections;
  }

  /** Whether it listens. */
  get listening(): boolean {
    return parts.get(this)?.isOpen ?? false;
  }

  /** Where it listens; null where it does not. */
  address(): net.AddressInfo | string | null {
    return partOf(this).address();
  }

  /**
   * Listens: `(options)`, `(port, host, backlog)` and so on, each with a listener for `listening` at the end. What is
   * said by a path, a descriptor or a handle is listened to by the built-in module, and so is what workers
   * of node:cluster share.
   *
   * @throws TypeError, RangeError and Error with Node's codes
   */
  listen(options: net.ListenOptions, listener?: () => void): this;
  listen(port?: number, host?: string, backlog?: number, listener?: () => void): this;
  listen(port?: number, host?: string, listener?: () => void): this;
  listen(port?: number, backlog?: number, listener?: () => void): this;
  listen(port?: number, listener?: () => void): this;
  listen(path: string, backlog?: number, listener?: () => void): this;
  listen(path: string, listener?: () => void): this;
  listen(handle: object, backlog?: number, listener?: () => void): this;
  listen(...args: unknown[]): this {
    const [given, then] = normalize<net.ListenOptions>(args);
    const part = partOf(this);
    // While a name is looked up, the place may still be another.
    if (part.isOpen) {
      const text = 'Listen method has been called more than once without closing.';
      throw nodeError(new Error(text), 'ERR_SERVER_ALREADY_LISTEN');
    }
    const isElsewhere = isOfHandle(given);
    if (!isElsewhere) tellOfListen(this, given);
    if (then) this.once('listening', then);
    const options = { ...given };
    if (isElsewhere) {
      part.listenElsewhere(given);
      return this;
    }
    closeOn(this, options.signal);
    // What was given as nothing is a port of the system's choice.
    const isEmpty = args.length === 0 || typeof args[0] === 'function';
    if (isEmpty || options.port === null || (options.port === undefined && 'port' in options)) {
      options.port = 0;
    }
    const { port, path } = options;
    const backlog = options.backlog || numberOf(args[1]) || numberOf(args[2]) || undefined;
    if (typeof port === 'number' || typeof port === 'string') {
      const number = portOf(port, 'options.port');
      // Where there is no way to share a port, as on Windows, the built-in module says so.
      if (isShared(options) || options.reusePort) part.listenElsewhere(options);
      else part.listen({ port: number, host: options.host, backlog, ipv6Only: options.ipv6Only });
      return this;
    }
    if (typeof path === 'string' && numberOf(path) === undefined) {
      part.listenElsewhere({ ...options, ...(backlog !== undefined && { backlog }) });
      return this;
    }
    if ('port' in options || 'path' in options) throw invalidValue('options', given);
    throw invalidValue('options', given, 'must have the property "port" or "path"');
  }

  /** Stops listening. `close` follows when the last connection is over. */
  close(callback?: (error?: Error) => void): this {
    const part = partOf(this);
    if (typeof callback === 'function') {
      const error = nodeError(new Error('Server is not running.'), 'ERR_SERVER_NOT_RUNNING');
      this.once('close', part.isOpen ? callback : () => callback(error));
    }
    part.close();
    return this;
  }

  /** Tells how many connections are open. */
  getConnections(callback: (error: Error | null, count: number) => void): this {
    checkFunction(callback, 'callback');
    process.nextTick(callback, null, this._connections);
    return this;
  }

  /** Closes it, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.listening) await utilOfNode().promisify(this.close).call(this);
  }

  /** Lets the server keep the process alive, which is how it starts. */
  ref(): this {
    partOf(this).ref();
    return this;
  }

  /** Lets the process end although the server listens. */
  unref(): this {
    partOf(this).unref();
    return this;
  }

  /** A listener's promise is rejected, where rejections are captured. */
  override [EventEmitter.captureRejectionSymbol](
    error: Error,
    event: string,
    ...[socket]: unknown[]
  ): void {
    if (event === 'connection') (socket as Socket).destroy(error);
    else this.emit('error', error);
  }
}
