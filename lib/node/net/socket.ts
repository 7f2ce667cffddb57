import diagnostics from 'node:diagnostics_channel';
import net from 'node:net';
import { addAbortSignal } from 'node:stream';
import { checkWhole, invalidType, invalidValue } from '../../io/node/argument-errors.ts';
import { systemError } from '../../io/node/system-error.ts';
import { type LookupFunction, type OnRead, SocketDuplex, type TcpSocket } from '../../io.ts';
import { dnsOfNode } from '../first-use.ts';
import { normalize } from './arguments.ts';
import * as builtIn from './built-in.ts';
import { connectElsewhere } from './elsewhere.ts';

/** Where Node.js tells of each socket that connects. */
const connects = diagnostics.channel('net.client.socket');

/** A connection that a socket is made of. */
export const CONNECTION = Symbol('connection');

/** What `new Socket` is told, beside what it has for sockets that the built-in module makes. */
export type SocketOptions = net.SocketConstructorOpts & {
  blockList?: net.BlockList | undefined;
  highWaterMark?: number | undefined;
  readableHighWaterMark?: number | undefined;
  writableHighWaterMark?: number | undefined;
  keepAlive?: boolean | undefined;
  keepAliveInitialDelay?: number | undefined;
  noDelay?: boolean | undefined;
  encoding?: BufferEncoding | undefined;
  defaultEncoding?: BufferEncoding | undefined;
  typeOfService?: number | undefined;
  /** Nothing is received before somebody reads. */
  pauseOnCreate?: boolean | undefined;
  [CONNECTION]?: TcpSocket;
};

type Callback = (error?: Error | null) => void;

const LARGEST_BYTE = 255;

/** Modes of streams that a socket has not. */
const MODES = ['objectMode', 'readableObjectMode', 'writableObjectMode'] as const;

function checkOptions(options: SocketOptions): void {
  for (const mode of MODES) {
    const value = (options as Record<string, unknown>)[mode];
    if (value) throw invalidValue(`options.${mode}`, value, 'is not supported');
  }
  checkMarks(options);
  const { keepAliveInitialDelay, blockList, typeOfService } = options;
  if (typeOfService !== undefined) {
    checkWhole(typeOfService, 'options.typeOfService', 0, LARGEST_BYTE);
  }
  if (keepAliveInitialDelay !== undefined && typeof keepAliveInitialDelay !== 'number') {
    throw invalidType('options.keepAliveInitialDelay', 'number', keepAliveInitialDelay);
  }
  if (blockList && !net.BlockList.isBlockList(blockList)) {
    throw invalidType('options.blockList', 'net.BlockList', blockList);
  }
}

/** As a duplex stream takes its marks: one for both sides is told by the name of the side that is looked at first. */
function checkMarks(options: SocketOptions): void {
  for (const name of ['readableHighWaterMark', 'writableHighWaterMark'] as const) {
    const mark = options.highWaterMark ?? options[name] ?? 0;
    if (!Number.isInteger(mark) || mark < 0) throw invalidValue(`options.${name}`, mark);
  }
}

/** What a name is looked up by where the program has not said. */
const lookUp: LookupFunction = (host, options, found) =>
  // Its types have each kind of options apart.
  dnsOfNode().lookup(host, options as never, found as never);

/** Whether it is an option that node:net would not pass over. */
function isUsable(onread: OnRead | undefined): boolean {
  const { buffer, callback } = onread ?? {};
  const isPlace = buffer instanceof Uint8Array || typeof buffer === 'function';
  return isPlace && typeof callback === 'function';
}

/** A connection, with all that `net.Socket` has. */
export class Socket extends SocketDuplex {
  /** Addresses that are not connected to. */
  blockList?: net.BlockList;
  /** As of a socket of node:net that has no handle of libuv's: this one never has. */
  readonly _handle = null;
  /** Tells the server that it is over: a listener might be taken away. */
  declare _leave?: () => void;
  /** Where it goes by a named pipe: the socket of the built-in module. No field: the stream is used before those are there. */
  declare _pipe?: net.Socket;
  /** The server that accepted it. */
  declare server?: unknown;
  declare _server?: unknown;

  /** Sockets of the built-in module, where the module makes them, are some of this one too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    const isOwn: boolean = Function.prototype[Symbol.hasInstance].call(this, value);
    return isOwn || (this.prototype === Socket.prototype && value instanceof builtIn.Socket);
  }

  constructor(given?: SocketOptions | null) {
    const options = given ?? {};
    checkOptions(options);
    const { allowHalfOpen, highWaterMark, onread, pauseOnCreate, signal } = options;
    super(options[CONNECTION], {
      allowHalfOpen: Boolean(allowHalfOpen),
      highWaterMark: highWaterMark ?? undefined,
      readableHighWaterMark: options.readableHighWaterMark ?? undefined,
      writableHighWaterMark: options.writableHighWaterMark ?? undefined,
      noDelay: Boolean(options.noDelay),
      onread: isUsable(onread) ? onread : undefined,
      paused: Boolean(pauseOnCreate),
    });
    if (options.encoding) this.setEncoding(options.encoding);
    const { defaultEncoding } = options;
    if (defaultEncoding !== undefined && defaultEncoding !== null) {
      this.setDefaultEncoding(defaultEncoding);
    }
    if (options.keepAlive) this.setKeepAlive(true, options.keepAliveInitialDelay);
    if (options.typeOfService !== undefined) this.setTypeOfService(options.typeOfService);
    if (options.blockList) this.blockList = options.blockList;
    if (signal) addAbortSignal(signal, this);
  }

  /** Bytes that wait to be written; undefined where there is no connection. */
  override get bufferSize(): number {
    const isConnected = this.connecting || !this.pending;
    // As in node:net, whose type does not tell of it.
    return isConnected ? super.bufferSize : (undefined as unknown as number);
  }

  /** As node:net still has it. */
  get _connecting(): boolean {
    return this.connecting;
  }

  /**
   * Connects: `(options, listener)`, `(port, host, listener)` and so on; where a path is given, to a named pipe by the
   * built-in module.
   *
   * @throws TypeError and RangeError with Node's codes
   */
  override connect(options: net.SocketConnectOpts, listener?: () => void): this;
  override connect(port: number, host?: string, listener?: () => void): this;
  override connect(port: number, listener?: () => void): this;
  override connect(path: string, listener?: () => void): this;
  override connect(...args: unknown[]): this {
    const [given, listener] = normalize<net.TcpNetConnectOpts & { path?: string | null }>(args);
    const { path } = given;
    if (path !== undefined && path !== null) return this.#connectElsewhere(path, listener);
    if (connects.hasSubscribers) connects.publish({ socket: this });
    if (this.connecting || !this.pending) return this.#refuseAnother(given);
    const { port, host, family, hints, localAddress, localPort, lookup } = given;
    const { autoSelectFamily, autoSelectFamilyAttemptTimeout } = given;
    // What is not here the constructor has been told, or it is not looked at by node:net either.
    return super.connect(
      {
        port,
        // Of these node:net looks at nothing that is false.
        host: host || undefined,
        family,
        hints: hints || 0,
        localAddress,
        localPort,
        lookup: lookup ?? lookUp,
        autoSelectFamily: autoSelectFamily ?? net.getDefaultAutoSelectFamily(),
        autoSelectFamilyAttemptTimeout:
          autoSelectFamilyAttemptTimeout ?? net.getDefaultAutoSelectFamilyAttemptTimeout(),
        blockList: this.blockList,
      },
      listener,
    );
  }

  /** What the system says where the socket is connected already, which ends it. */
  #refuseAnother({ host, port }: net.TcpNetConnectOpts): this {
    const address = host || 'localhost';
    const error = systemError('EISCONN', 'connect', { address, port: Number(port) });
    if (!this.connecting) error.message += ` - Local (${this.localAddress}:${this.localPort})`;
    process.nextTick(() => {
      this.emit('connectionAttempt', address, Number(port), net.isIP(address));
      this.destroy(error);
    });
    return this;
  }

  #connectElsewhere(path: string, listener: (() => void) | undefined): this {
    if (typeof path !== 'string') throw invalidType('options.path', 'string', path);
    if (listener) this.once('connect', listener);
    this._pipe = connectElsewhere(this, { path });
    return this;
  }

  override get pending(): boolean {
    return this._pipe ? this._pipe.pending : super.pending;
  }

  override _read(size: number): void {
    if (this._pipe) this._pipe.resume();
    else super._read(size);
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: Callback): void {
    if (this._pipe) this._pipe.write(chunk, callback);
    else super._write(chunk, encoding, callback);
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    callback: Callback,
  ): void {
    if (this._pipe) this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), 'utf8', callback);
    else super._writev(chunks, callback);
  }

  override _final(callback: Callback): void {
    if (this._pipe) this._pipe.end(() => callback());
    else super._final(callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const leave = this._leave;
    delete this._leave;
    leave?.();
    this._pipe?.destroy();
    super._destroy(error, callback);
  }
}
