/** What of a datagram socket is set and asked: options, groups, sizes of buffers. */
import { EventEmitter } from 'node:events';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { invalidType, missingArguments, nodeError } from '../../io/node/argument-errors.ts';
import { interfaceIndex, type Membership, type UdpSocket } from '../../io.ts';
import { bufferSizeError, callError } from './errors.ts';

function checkNumber(value: unknown, name: string): asserts value is number {
  if (typeof value !== 'number') throw invalidType(name, 'number', value);
}

export function checkText(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw invalidType(name, 'string', value);
}

const LARGEST_INT = 2 ** 31 - 1;

type GroupChange = 'join' | 'leave';

/** The part of `dgram.Socket` that is about its options. */
export abstract class DatagramSettings extends EventEmitter {
  /** `'udp4'` or `'udp6'`. */
  abstract readonly type: 'udp4' | 'udp6';

  /** @throws Error, ERR_SOCKET_DGRAM_NOT_RUNNING where it is closed */
  protected abstract running(): void;

  /** The socket below; undefined before anything is bound. */
  protected abstract get udp(): UdpSocket | undefined;

  /** The socket below, bound to a port of the system's choice where it is not bound. */
  protected abstract bound(): UdpSocket;

  /** Switches sending to broadcast addresses. */
  setBroadcast(on: boolean): void {
    this.#set('setBroadcast', (udp) => udp.setOption('broadcast', Boolean(on)));
  }

  /** Sets how many hops datagrams go, 1 to 255. */
  setTTL(ttl: number): number {
    checkNumber(ttl, 'ttl');
    this.running();
    const hops = ttl | 0;
    if (hops < 1 || hops > 255) throw callError('EINVAL', 'setTTL');
    this.#set('setTTL', (udp) => udp.setOption(this.#is6 ? 'hopLimitV6' : 'ttl', hops));
    return ttl;
  }

  /** Sets how many hops datagrams to groups go, 0 to 255; -1 for the system's default. */
  setMulticastTTL(ttl: number): number {
    checkNumber(ttl, 'ttl');
    this.running();
    const hops = ttl | 0;
    if (hops < -1 || hops > 255) throw callError('EINVAL', 'setMulticastTTL');
    this.#set('setMulticastTTL', (udp) => {
      // -1 is the system's default, which is 1.
      udp.setOption(this.#is6 ? 'multicastHopsV6' : 'multicastTtl', hops === -1 ? 1 : hops);
    });
    return ttl;
  }

  /** Whether datagrams to groups are received on this computer too. */
  setMulticastLoopback(on: boolean): boolean {
    this.#set('setMulticastLoopback', (udp) => {
      udp.setOption(this.#is6 ? 'multicastLoopV6' : 'multicastLoop', Boolean(on));
    });
    return on;
  }

  /** Chooses the interface for datagrams to groups: an address of it, for udp6 with its zone ('::%Ethernet'). */
  setMulticastInterface(address: string): void {
    this.running();
    checkText(address, 'interfaceAddress');
    // The text is looked at first, also where there is no socket yet.
    if (!isIP(address.split('%', 1)[0]!)) throw callError('EINVAL', 'setMulticastInterface');
    this.#set('setMulticastInterface', (udp) => {
      // A socket of IPv6 may send to groups of IPv4 too: the system says what it has no option for.
      if (isIPv4(address)) udp.setOption('multicastInterface', address);
      else udp.setOption('multicastInterfaceV6', zoneOf(address));
    });
  }

  /** Joins a group, by the interface with that address. */
  addMembership(multicastAddress: string, multicastInterface?: string): void {
    this.#member('join', 'addMembership', multicastAddress, multicastInterface);
  }

  /** Leaves a group. */
  dropMembership(multicastAddress: string, multicastInterface?: string): void {
    this.#member('leave', 'dropMembership', multicastAddress, multicastInterface);
  }

  /** Joins a group for what one host sends to it. */
  addSourceSpecificMembership(
    sourceAddress: string,
    groupAddress: string,
    multicastInterface?: string,
  ): void {
    this.#ofSource('join', sourceAddress, groupAddress, multicastInterface);
  }

  /** Leaves a group that was joined for one host. */
  dropSourceSpecificMembership(
    sourceAddress: string,
    groupAddress: string,
    multicastInterface?: string,
  ): void {
    this.#ofSource('leave', sourceAddress, groupAddress, multicastInterface);
  }

  /** Sets SO_RCVBUF, in bytes. */
  setRecvBufferSize(size: number): void {
    this.#setSize('receiveBuffer', size);
  }

  /** Sets SO_SNDBUF, in bytes. */
  setSendBufferSize(size: number): void {
    this.#setSize('sendBuffer', size);
  }

  /** SO_RCVBUF, in bytes. */
  getRecvBufferSize(): number {
    return this.#size('receiveBuffer', (udp) => udp.getOption('receiveBuffer'));
  }

  /** SO_SNDBUF, in bytes. */
  getSendBufferSize(): number {
    return this.#size('sendBuffer', (udp) => udp.getOption('sendBuffer'));
  }

  get #is6(): boolean {
    return this.type === 'udp6';
  }

  #set(syscall: string, set: (udp: UdpSocket) => void): void {
    this.running();
    const { udp } = this;
    if (!udp) throw callError('EBADF', syscall);
    try {
      set(udp);
    } catch (error) {
      throw callError(error, syscall);
    }
  }

  #member(what: GroupChange, syscall: string, group: string, by: string | undefined): void {
    this.running();
    if (!group) throw missingArguments('multicastAddress');
    this.#change(what, syscall, group, { by });
  }

  #ofSource(what: GroupChange, source: string, group: string, by: string | undefined): void {
    this.running();
    checkText(source, 'sourceAddress');
    checkText(group, 'groupAddress');
    const syscall =
      what === 'join' ? 'addSourceSpecificMembership' : 'dropSourceSpecificMembership';
    this.#change(what, syscall, group, { source, by });
  }

  #change(
    what: GroupChange,
    syscall: string,
    group: string,
    { source, by }: { source?: string; by: string | null | undefined },
  ): void {
    try {
      // What is no text is made one; only what was not given leaves it to the system.
      const place = by === undefined || by === null ? undefined : String(by);
      const isWrong =
        this.#is6 !== isIPv6(group) || (place !== undefined && !this.#is6 && !isIPv4(place));
      if (isWrong) throw callError('EINVAL', syscall);
      const membership: Membership = {
        ...(source !== undefined && { source }),
        ...(place !== undefined && { interface: this.#interfaceOf(place) }),
      };
      this.bound()[what](group, membership);
    } catch (error) {
      throw callError(error, syscall);
    }
  }

  #interfaceOf(address: string): string | number {
    return this.#is6 ? zoneOf(address) : address;
  }

  #setSize(name: 'receiveBuffer' | 'sendBuffer', size: number): void {
    if (size >>> 0 !== size) {
      const text = 'Buffer size must be a positive integer';
      throw nodeError(new TypeError(text), 'ERR_SOCKET_BAD_BUFFER_SIZE');
    }
    // What is more than C's int holds is EINVAL, as libuv says.
    this.#size(name, (udp) => {
      if (size > LARGEST_INT) throw new RangeError(`a size is at most ${LARGEST_INT}`);
      udp.setOption(name, size);
    });
  }

  #size<T>(name: 'receiveBuffer' | 'sendBuffer', call: (udp: UdpSocket) => T): T {
    const syscall = name === 'receiveBuffer' ? 'uv_recv_buffer_size' : 'uv_send_buffer_size';
    const { udp } = this;
    // What libuv answers on Windows where there is no socket yet.
    if (!udp) throw bufferSizeError('ENOTSOCK', syscall);
    try {
      return call(udp);
    } catch (error) {
      throw bufferSizeError(error, syscall);
    }
  }
}

/** The index of the interface that the zone of an IPv6 address names; 0 for none. */
function zoneOf(text: string): number {
  const [address = '', zone] = text.split('%', 2);
  if (!isIPv6(address)) throw new TypeError(`${JSON.stringify(text)} is no address of IPv6`);
  if (zone === undefined) return 0;
  return interfaceIndex(/^\d+$/.test(zone) ? Number(zone) : zone, 'IPv6');
}
