/** What a `net.Socket` has beside its stream: addresses, options, timeouts. */
import { Duplex } from 'node:stream';
import { isInternetAddress, type SocketAddress } from '../families/address.ts';
import type { InternetAddress } from '../families/ip.ts';
import { LONGEST_TIMEOUT } from '../ops/give-up.ts';
import { IdleTimer } from '../sockets/idle-timer.ts';
import { type TcpSocket, tcpSockets } from '../streams/tcp-socket.ts';
import { checkFunction, checkWhole, invalidType, outOfRange } from './argument-errors.ts';

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

/** Addresses are undefined once the socket is closed, or is of another family, as Unix sockets are in node:net. */
function internet(ask: () => SocketAddress | undefined): InternetAddress | undefined {
  try {
    const address = ask();
    return address && isInternetAddress(address) ? address : undefined;
  } catch {
    return undefined;
  }
}

/** The longest delay of keep-alive, in milliseconds: C's unsigned long. */
const LONGEST_DELAY = 0xffffffff;

const LARGEST_BYTE = 255;

/** The most probes that go unanswered. */
const MOST_PROBES = LARGEST_BYTE;

/** A time for a timer, as Node.js takes it. @throws TypeError and RangeError with Node's codes */
function timerDuration(milliseconds: unknown): number {
  if (typeof milliseconds !== 'number') throw invalidType('msecs', 'number', milliseconds);
  if (!(milliseconds >= 0 && Number.isFinite(milliseconds))) {
    throw outOfRange('msecs', 'a non-negative finite number', milliseconds);
  }
  if (milliseconds <= LONGEST_TIMEOUT) return milliseconds;
  const text = `${milliseconds} does not fit into a 32-bit signed integer.\nTimer duration was truncated to ${LONGEST_TIMEOUT}.`;
  process.emitWarning(text, 'TimeoutOverflowWarning');
  return LONGEST_TIMEOUT;
}

/**
 * A number for keep-alive as node:net takes it: the whole part of what JavaScript makes a number of. Where that
 * cannot be set, and for 0, it is undefined, and what the system has stays.
 */
function wholeOf(value: unknown, most: number): number | undefined {
  const whole = Math.trunc(Number(value));
  return whole > 0 && whole <= most ? whole : undefined;
}

/** The part of `net.Socket` that is about its connection, over one of ours. */
export abstract class NetProperties extends Duplex {
  // As net.Socket declares them, so that exactOptionalPropertyTypes takes one for the other.
  /** The milliseconds of `setTimeout`. */
  declare timeout?: number;
  /** The local address as text; undefined where there is none. */
  declare readonly localAddress?: string;
  /** The local port. */
  declare readonly localPort?: number;
  /** `'IPv4'` or `'IPv6'`. */
  declare readonly localFamily?: string;
  #noDelay = true;
  #keepAlive: KeepAliveOptions | undefined;
  #referenced = true;
  #typeOfService: number | undefined;
  readonly #idle = new IdleTimer();

  static {
    const local = (part: keyof InternetAddress) => ({
      configurable: true,
      get(this: NetProperties) {
        return this.#local()?.[part];
      },
    });
    Object.defineProperties(this.prototype, {
      localAddress: local('address'),
      localPort: local('port'),
      localFamily: local('family'),
    });
  }

  /** The connection, once there is one. */
  abstract get socket(): TcpSocket | undefined;

  /** What was asked for before there was a connection. */
  protected applyOptions(): void {
    if (this.#noDelay) this.#tcp?.setOption('noDelay', true);
    if (this.#keepAlive) this.setKeepAlive(this.#keepAlive);
    this.#applyTypeOfService();
    if (!this.#referenced) this.#open?.unref();
  }

  /** Something was sent or received. */
  protected active(): void {
    this.#idle.active();
  }

  /** No `timeout` comes any more. */
  protected endTimer(): void {
    this.#idle.stop();
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
    const local = this.#local();
    return local ? { address: local.address, family: local.family, port: local.port } : {};
  }

  /** Switches TCP_NODELAY, also for the connection that is still to be made. */
  setNoDelay(on = true): this {
    const before = this.#noDelay;
    this.#noDelay = Boolean(on);
    if (this.#noDelay !== before) this.#tcp?.setOption('noDelay', this.#noDelay);
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
    const given =
      typeof enable === 'object' && enable !== null
        ? enable
        : { enable, initialDelay, interval, count };
    this.#keepAlive = given;
    const socket = this.#tcp;
    const isOn = Boolean(given.enable);
    socket?.setKeepAlive(
      isOn,
      wholeOf(given.initialDelay, LONGEST_DELAY),
      wholeOf(given.interval, LONGEST_DELAY),
    );
    const probes = wholeOf(given.count, MOST_PROBES);
    if (isOn && probes !== undefined) socket?.setOption('keepAliveCount', probes);
    return this;
  }

  /** IP_TOS of the connection; where there is none, and where the system says nothing, what was set. */
  getTypeOfService(): number {
    const asked = this.#typeOfService ?? 0;
    if (this.remoteFamily !== 'IPv4') return asked;
    try {
      return this.#tcp?.getOption('tos') ?? asked;
    } catch {
      return asked;
    }
  }

  /**
   * Sets IP_TOS, which connections of IPv4 have; also for the connection that is still to be made. Where the system
   * refuses it, nothing is told.
   *
   * @throws TypeError and RangeError with Node's codes
   */
  setTypeOfService(tos: number): this {
    if (Number.isNaN(tos)) throw invalidType('tos', 'number', tos);
    checkWhole(tos, 'tos', 0, LARGEST_BYTE);
    this.#typeOfService = tos;
    this.#applyTypeOfService();
    return this;
  }

  #applyTypeOfService(): void {
    const tos = this.#typeOfService;
    if (tos === undefined || this.remoteFamily !== 'IPv4') return;
    try {
      this.#tcp?.setOption('tos', tos);
    } catch {
      // As in node:net on Windows, where only administrators may.
    }
  }

  /** Emits `timeout` when nothing was sent or received for so many milliseconds; 0 never. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    if (this.destroyed) return this;
    this.timeout = milliseconds;
    const time = timerDuration(milliseconds);
    this.endTimer();
    if (time > 0) this.#idle.start(time, () => this.emit('timeout'));
    if (callback === undefined) return this;
    checkFunction(callback, 'callback');
    if (time > 0) this.once('timeout', callback);
    else this.off('timeout', callback);
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

  /** The socket while its handle may be used. */
  get #open(): TcpSocket | undefined {
    return this.socket?.destroyed ? undefined : this.socket;
  }

  /** The socket while its handle may be used, where it is one of TCP. */
  get #tcp(): TcpSocket | undefined {
    const socket = this.#open;
    return socket && tcpSockets.isTcp(socket) ? socket : undefined;
  }

  #remote(): InternetAddress | undefined {
    // Known also when the connection is over, which logs want.
    return internet(() => this.socket?.remoteAddress);
  }

  #local(): InternetAddress | undefined {
    return internet(() => this.#open?.localAddress);
  }
}
