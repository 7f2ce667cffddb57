import type { BindOptions, RemoteInfo, SocketOptions, SocketType } from 'node:dgram';
import diagnosticsChannel from 'node:diagnostics_channel';
import { errorMonitor } from 'node:events';
import { type AddressInfo, BlockList, isIP } from 'node:net';
import {
  blocked,
  checkFunction,
  checkWhole,
  invalidType,
  invalidValue,
  isBlocked,
  nodeError,
  portOf,
} from '../../io/node/argument-errors.ts';
import { type InternetAddress, UdpSocket } from '../../io.ts';
import { dnsOfNode, isClusterWorker, utilOfNode } from '../first-use.ts';
import { alreadyBound, callError, isConnected, notConnected, notRunning } from './errors.ts';
import { datagramOf, type Sending, type Sent, sendArguments } from './send-arguments.ts';
import { checkText, DatagramSettings } from './settings.ts';

type Lookup = NonNullable<SocketOptions['lookup']>;
/** A lookup of the program's may find anything. */
type Found = (error: unknown, address: unknown) => void;

const LARGEST_SIZE = 2 ** 32 - 1;

/** Where Node.js tells of each new socket. */
const created = diagnosticsChannel.channel('udp.socket');

/**
 * A datagram socket with the methods, events and errors of `dgram.Socket`, over the completion port. `bind` with
 * `fd` is refused, as it is by node:dgram on Windows.
 */
export class Socket extends DatagramSettings {
  readonly type: SocketType;
  readonly #options: Partial<SocketOptions>;
  readonly #lookup: Lookup | undefined;
  #udp: UdpSocket | undefined;
  #closed = false;
  #binding: 'not' | 'asked' | 'bound' = 'not';
  #connecting: 'not' | 'asked' | 'connected' = 'not';
  /** What waits until the socket is bound. */
  #queue: (() => void)[] | undefined;
  #referenced = true;
  #sends = 0;
  #sendBytes = 0;

  /**
   * @param type `'udp4'`, `'udp6'` or options
   * @throws TypeError and RangeError with Node's codes
   */
  constructor(
    type: SocketType | SocketOptions,
    listener?: (data: Buffer, from: RemoteInfo) => void,
  ) {
    super();
    const given = typeof type === 'object' && type !== null ? type : { type };
    if (given.type !== 'udp4' && given.type !== 'udp6') {
      const text = 'Bad socket type specified. Valid types are: udp4, udp6';
      throw nodeError(new TypeError(text), 'ERR_SOCKET_BAD_TYPE');
    }
    checkOptions(given);
    this.type = given.type;
    this.#options = given;
    this.#lookup = given.lookup;
    if (typeof listener === 'function') this.on('message', listener);
    if (given.signal !== undefined) this.#closeBy(given.signal);
    if (created.hasSubscribers) created.publish({ socket: this });
  }

  #closeBy(signal: AbortSignal): void {
    const close = () => {
      if (!this.#closed) this.close();
    };
    if (signal.aborted) {
      close();
      return;
    }
    signal.addEventListener('abort', close, { once: true });
    this.once('close', () => signal.removeEventListener('abort', close));
  }

  protected override running(): void {
    if (this.#closed) throw notRunning();
  }

  protected override get udp(): UdpSocket | undefined {
    return this.#udp;
  }

  protected override bound(): UdpSocket {
    // As in node:dgram this is no `bind` of the program's: nothing is told of it.
    return this.#udp ?? this.#open().bind();
  }

  /**
   * Binds and receives; `listening` follows.
   *
   * @throws Error, ERR_SOCKET_ALREADY_BOUND and ERR_SOCKET_DGRAM_NOT_RUNNING, and in a worker of node:cluster
   *   without `exclusive`; TypeError, ERR_INVALID_FD_TYPE; what the system refuses comes as `error`
   */
  bind(port?: number, address?: string, callback?: () => void): this;
  bind(port?: number, callback?: () => void): this;
  bind(callback?: () => void): this;
  bind(options: BindOptions, callback?: () => void): this;
  bind(...args: unknown[]): this {
    this.running();
    if (this.#binding !== 'not') {
      throw alreadyBound();
    }
    const { address, port, exclusive } = placeOf(args);
    if (isClusterWorker() && !exclusive) {
      throw new Error(
        'workers of node:cluster share what the primary process has bound, by node:dgram only; bind with exclusive: true',
      );
    }
    this.#binding = 'asked';
    const callback = args.at(-1);
    if (typeof callback === 'function') this.#whenListening(callback as () => void);
    const any = this.type === 'udp4' ? '0.0.0.0' : '::';
    this.#find(address || any, (error, ip) => {
      if (this.#closed) return;
      try {
        if (error) throw error;
        this.#bindTo(ip, port);
        this.emit('listening');
      } catch (error) {
        this.#binding = 'not';
        this.emit('error', error);
      }
    });
    return this;
  }

  #whenListening(callback: () => void): void {
    const over = () => {
      this.off('error', over);
      this.off('listening', told);
    };
    const told = () => {
      over();
      callback.call(this);
    };
    this.on('error', over);
    this.on('listening', told);
  }

  /** @throws Error with the code of the system, as node:dgram gives it */
  #bindTo(given: unknown, port: number): void {
    const { reusePort, recvBufferSize, sendBufferSize } = this.#options;
    const address = this.#ownAddress(given);
    if (address === undefined) throw callError('EINVAL', 'bind', given, port);
    // There is no such option on Windows, as libuv says too.
    if (reusePort) throw callError('ENOTSUP', 'bind', given, port);
    const udp = this.#udp ?? this.#open();
    try {
      udp.bind({ address, port });
    } catch (error) {
      throw callError(error, 'bind', given, port);
    }
    this.#binding = 'bound';
    udp.on('message', (data, from) => this.#received(data, from as InternetAddress));
    if (recvBufferSize) this.setRecvBufferSize(recvBufferSize);
    if (sendBufferSize) this.setSendBufferSize(sendBufferSize);
  }

  /**
   * Binds to an IP address before it returns; `listening` follows.
   *
   * @returns where the socket is
   * @throws Error, ERR_SOCKET_ALREADY_BOUND and ERR_SOCKET_DGRAM_NOT_RUNNING, or with the code of the system; TypeError
   *   and RangeError with Node's codes
   */
  bindSync(options: BindOptions = {}): AddressInfo {
    this.running();
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw invalidType('options', 'object', options);
    }
    if (this.#binding !== 'not') throw alreadyBound();
    const port = portOf(options.port ?? 0, 'options.port');
    const any = this.type === 'udp4' ? '0.0.0.0' : '::';
    this.#bindTo(numeric(options.address || '', 'options.address', 'bindSync') || any, port);
    process.nextTick(() => {
      if (!this.#closed) this.emit('listening');
    });
    return this.address();
  }

  /** What a lookup has found as text, where it is an address of this socket's family. */
  #ownAddress(found: unknown): string | undefined {
    const text = String(found);
    return isIP(text) === this.#family ? text : undefined;
  }

  get #family(): 4 | 6 {
    return this.type === 'udp4' ? 4 : 6;
  }

  #open(): UdpSocket {
    const { reuseAddr, ipv6Only } = this.#options;
    const udp = new UdpSocket({
      family: this.type === 'udp6' ? 'IPv6' : 'IPv4',
      socketOptions: {
        ...(reuseAddr && { reuseAddress: true }),
        ...(this.type === 'udp6' && { v6Only: Boolean(ipv6Only) }),
      },
    });
    udp.on('error', (error) => this.emit('error', callError(error, 'recvmsg')));
    if (!this.#referenced) udp.unref();
    this.#udp = udp;
    return udp;
  }

  #received(data: Buffer, { address, family, port }: InternetAddress): void {
    if (this.#closed || isBlocked(this.#options.receiveBlockList, address)) return;
    this.emit('message', data, { address, family, port, size: data.length });
  }

  /**
   * Names the peer: `send` needs no address then, and others' datagrams are not received. `connect` follows.
   *
   * @throws RangeError, ERR_SOCKET_BAD_PORT; Error, ERR_SOCKET_DGRAM_IS_CONNECTED and
   *   ERR_SOCKET_DGRAM_NOT_RUNNING; what the system refuses comes to the callback or as `error`
   */
  connect(port: number, address?: string, callback?: () => void): void;
  connect(port: number, callback: () => void): void;
  connect(port: number, address?: unknown, callback?: unknown): void {
    const to = portOf(port, 'Port', 1);
    const told = typeof address === 'function' ? address : callback;
    const host = typeof address === 'function' || address === undefined ? '' : address;
    checkText(host, 'address');
    this.running();
    if (this.#connecting !== 'not') throw isConnected();
    this.#connecting = 'asked';
    this.#whenBound(() => this.#connectTo(to, host, told as ((error?: Error) => void) | undefined));
  }

  #connectTo(port: number, host: string, told: ((error?: Error) => void) | undefined): void {
    if (told) this.once('connect', told);
    this.#find(host, (error, address) => {
      if (this.#closed) return;
      try {
        if (error) throw error;
        this.#connectNow(this.#notBlocked(address), port, host);
      } catch (error) {
        this.#connecting = 'not';
        process.nextTick(() => {
          if (!told) this.emit('error', error);
          else {
            this.off('connect', told);
            told(error as Error);
          }
        });
        return;
      }
      this.#connecting = 'connected';
      process.nextTick(() => this.emit('connect'));
    });
  }

  /**
   * Names the peer by its IP address before it returns; `connect` follows.
   *
   * @throws as `connect` and `bindSync` do
   */
  connectSync(port: number, address?: string): void {
    this.running();
    const to = portOf(port, 'Port', 1);
    if (this.#connecting !== 'not') throw isConnected();
    const self = this.type === 'udp4' ? '127.0.0.1' : '::1';
    const peer = numeric(address, 'address', 'connectSync') || self;
    if (this.#binding === 'not') this.bindSync();
    else if (this.#binding !== 'bound') throw alreadyBound();
    this.#connectNow(this.#notBlocked(peer), to, peer);
    this.#connecting = 'connected';
    process.nextTick(() => {
      if (!this.#closed) this.emit('connect');
    });
  }

  /** @param host as it was given */
  #connectNow(found: unknown, port: number, host: string): void {
    const address = this.#ownAddress(found);
    if (address === undefined) throw callError('EINVAL', 'connect', host, port);
    try {
      this.#udp!.connect({ address, port });
    } catch (error) {
      throw callError(error, 'connect', host, port);
    }
  }

  /** @throws Error, ERR_IP_BLOCKED, for an address that nothing is to be sent to */
  #notBlocked(found: unknown): unknown {
    const { sendBlockList } = this.#options;
    if (typeof found === 'string' && isBlocked(sendBlockList, found)) throw blocked(found);
    return found;
  }

  /**
   * Forgets the peer that `connect` has named.
   *
   * @throws Error, ERR_SOCKET_DGRAM_NOT_CONNECTED, or with the code of the system
   */
  disconnect(): void {
    this.running();
    if (this.#connecting !== 'connected') throw notConnected();
    try {
      this.#udp!.disconnect();
    } catch (error) {
      throw callError(error, 'connect');
    }
    this.#connecting = 'not';
  }

  /**
   * Sends a datagram: a list becomes one. A socket that is not bound is bound to a port of the system's choice.
   *
   * @param message text or bytes, or a list of them; of bytes, `offset` and `length` may name a part
   * @param callback told when the system has taken it, or why not; without one, only a name that is not found
   *   is told, as `error`
   * @throws TypeError, RangeError and Error with Node's codes
   */
  send(message: Message, port?: number, address?: string | null, callback?: Sent): void;
  send(message: Message, port?: number, callback?: Sent): void;
  send(message: Message, callback?: Sent): void;
  send(
    message: string | NodeJS.ArrayBufferView,
    offset: number,
    length: number,
    port?: number,
    address?: string | null,
    callback?: Sent,
  ): void;
  send(
    message: string | NodeJS.ArrayBufferView,
    offset: number,
    length: number,
    port?: number,
    callback?: Sent,
  ): void;
  send(
    message: string | NodeJS.ArrayBufferView,
    offset: number,
    length: number,
    callback?: Sent,
  ): void;
  send(...args: unknown[]): void {
    const sending = sendArguments(args, this.#connecting === 'connected');
    this.running();
    this.#whenBound(() => this.#send(sending));
  }

  /** The older form of `send`, with everything named. */
  sendto(
    message: string | NodeJS.ArrayBufferView,
    offset: number,
    length: number,
    port: number,
    address: string,
    callback?: Sent,
  ): void {
    for (const [name, value] of Object.entries({ offset, length, port })) {
      if (typeof value !== 'number') throw invalidType(name, 'number', value);
    }
    checkText(address, 'address');
    this.send(message, offset, length, port, address, callback);
  }

  #send(sending: Sending): void {
    const { port, address, sent } = sending;
    if (port === undefined || this.#connecting === 'connected') {
      this.#sendTo(undefined, sending);
      return;
    }
    this.#find(address ?? '', (error, ip) => {
      if (error) {
        if (sent) process.nextTick(sent, error as Error);
        else process.nextTick(() => this.emit('error', error));
        return;
      }
      if (this.#closed) return;
      try {
        this.#notBlocked(ip);
      } catch (error) {
        if (sent) process.nextTick(sent, error as Error);
        return;
      }
      const to = this.#ownAddress(ip);
      if (to === undefined) this.#notSent(sending, 'EINVAL');
      else this.#sendTo({ address: to, port }, sending);
    });
  }

  #sendTo(to: { address: string; port: number } | undefined, sending: Sending): void {
    const { size, sent } = sending;
    let data: Uint8Array;
    try {
      data = datagramOf(sending);
    } catch (error) {
      this.#notSent(sending, error);
      return;
    }
    this.#sends += 1;
    let waits = true;
    let counted = false;
    const over = () => {
      waits = false;
      this.#sends -= 1;
      if (counted) this.#sendBytes -= size;
    };
    this.#udp!.send(data, to).then(
      () => {
        over();
        if (sent) process.nextTick(sent, null, size);
      },
      (error) => {
        over();
        this.#notSent(sending, error);
      },
    );
    // What the system has taken at once is told of by now.
    queueMicrotask(() => {
      if (!waits) return;
      counted = true;
      this.#sendBytes += size;
    });
  }

  #notSent({ sent, address, port }: Sending, error: unknown): void {
    // Without a callback nobody is told, as in node:dgram: datagrams may be lost at any time.
    if (sent) process.nextTick(sent, callError(error, 'send', address, port));
  }

  /** Bytes that the system has not taken yet. */
  getSendQueueSize(): number {
    return this.#sendBytes;
  }

  /** Datagrams whose sender has not been told yet. */
  getSendQueueCount(): number {
    return this.#sends;
  }

  /** Binds where nobody has, and does it then. */
  #whenBound(action: () => void): void {
    if (this.#binding === 'not') this.bind({ port: 0, exclusive: true });
    if (this.#binding === 'bound') {
      action();
      return;
    }
    if (!this.#queue) this.#startQueue();
    this.#queue!.push(action);
  }

  #startQueue(): void {
    this.#queue = [];
    const failed = () => {
      this.off('listening', listening);
      this.#queue = undefined;
    };
    const listening = () => {
      this.off(errorMonitor, failed);
      const queue = this.#queue ?? [];
      this.#queue = undefined;
      for (const action of queue) action();
    };
    this.once(errorMonitor, failed);
    this.once('listening', listening);
  }

  /** @throws TypeError, of `dns.lookup`, for what is no name; what a lookup of the program's throws */
  #find(host: unknown, found: Found): void {
    const family = this.#family;
    const wanted = host || (family === 4 ? '127.0.0.1' : '::1');
    if (!this.#lookup && isIP(wanted as string) === family) {
      process.nextTick(found, null, wanted);
      return;
    }
    const lookup = this.#lookup ?? dnsOfNode().lookup;
    // In this form, which its types leave out, it finds one address.
    lookup(wanted as string, family as never, found as never);
  }

  /**
   * Closes the socket, after what waits for it to be bound; `close` follows.
   *
   * @throws Error, ERR_SOCKET_DGRAM_NOT_RUNNING
   */
  close(callback?: () => void): this {
    if (typeof callback === 'function') this.on('close', callback);
    if (this.#queue) {
      this.#queue.push(() => this.close());
      return this;
    }
    this.running();
    this.#closed = true;
    this.#udp?.destroy();
    process.nextTick(() => this.emit('close'));
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await utilOfNode().promisify((done: () => void) => this.close(done))();
  }

  /**
   * Where the socket is.
   *
   * @throws Error, ERR_SOCKET_DGRAM_NOT_RUNNING; EBADF where it is not bound
   */
  address(): AddressInfo {
    this.running();
    if (!this.#udp) throw callError('EBADF', 'getsockname');
    try {
      return partsOf(this.#udp.localAddress);
    } catch (error) {
      throw callError(error, 'getsockname');
    }
  }

  /**
   * Where the peer is that `connect` has named.
   *
   * @throws Error, ERR_SOCKET_DGRAM_NOT_RUNNING and ERR_SOCKET_DGRAM_NOT_CONNECTED
   */
  remoteAddress(): AddressInfo {
    this.running();
    if (this.#connecting !== 'connected') throw notConnected();
    try {
      return partsOf(this.#udp!.remoteAddress);
    } catch (error) {
      throw callError(error, 'getpeername');
    }
  }

  /** Lets the socket keep the process alive, which is how it starts. */
  ref(): this {
    this.#referenced = true;
    if (!this.#closed) this.#udp?.ref();
    return this;
  }

  /** Lets the process end although the socket is open. */
  unref(): this {
    this.#referenced = false;
    if (!this.#closed) this.#udp?.unref();
    return this;
  }
}

/** What can be sent: text, bytes, or several of both, which become one datagram. */
export type Message =
  | string
  | NodeJS.ArrayBufferView
  | readonly (string | NodeJS.ArrayBufferView)[];

/** An address that needs no lookup; nothing where nothing is given. */
function numeric(address: unknown, name: string, method: string): string {
  if (address === undefined || address === null || address === '') return '';
  checkText(address, name);
  if (isIP(address)) return address;
  const reason = `must be a numeric IP address; ${method} does not perform DNS resolution`;
  throw invalidValue(name, address, reason);
}

function checkOptions(options: SocketOptions): void {
  const { lookup, recvBufferSize, sendBufferSize, signal } = options;
  if (recvBufferSize) checkWhole(recvBufferSize, 'options.recvBufferSize', 0, LARGEST_SIZE);
  if (sendBufferSize) checkWhole(sendBufferSize, 'options.sendBufferSize', 0, LARGEST_SIZE);
  for (const name of ['receiveBlockList', 'sendBlockList'] as const) {
    const list = options[name];
    if (list && !BlockList.isBlockList(list)) {
      throw invalidType(`options.${name}`, 'net.BlockList', list);
    }
  }
  if (lookup !== undefined) checkFunction(lookup, 'lookup');
  if (signal === undefined) return;
  if (typeof signal !== 'object' || signal === null || !('aborted' in signal)) {
    throw invalidType('options.signal', 'AbortSignal', signal);
  }
}

interface Place {
  /** The lookup says what is no text. */
  readonly address: unknown;
  readonly port: number;
  readonly exclusive: boolean;
}

/** The place in the arguments of `bind`. */
function placeOf([first, second]: readonly unknown[]): Place {
  if (typeof first === 'object' && first !== null) {
    const { fd, address, port, exclusive } = first as BindOptions;
    // Windows' sockets are no files, so that none can be opened by its number: libuv says the same.
    if (typeof fd === 'number' && fd > 0) {
      throw nodeError(new TypeError('Unsupported fd type: UNKNOWN'), 'ERR_INVALID_FD_TYPE');
    }
    return { address: address || '', port: portOf(port || 0), exclusive: Boolean(exclusive) };
  }
  const port = typeof first === 'function' ? 0 : first || 0;
  const address = typeof second === 'function' ? '' : second;
  return { address, port: portOf(port), exclusive: false };
}

function partsOf({ address, family, port }: InternetAddress): AddressInfo {
  return { address, family, port };
}
