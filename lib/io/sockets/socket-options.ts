import { SIO_KEEPALIVE_VALS, tcp_keepalive } from '../../../defs/mstcpip.g.ts';
import { SIO_UDP_CONNRESET, SIO_UDP_NETRESET } from '../../../defs/mswsock.g.ts';
import { linger } from '../../../defs/winsock2.g.ts';
import { AF_INET6, IPPROTO_TCP } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { getsockopt, setsockopt, WSAIoctl } from '../calls/calls.ts';
import { check } from '../calls/check.ts';
import { noteLinger } from '../calls/create-socket.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { withScratch } from '../calls/scratch.ts';
import { isInternet } from '../families/ip.ts';
import {
  type InterfaceLike,
  interfaceIndex,
  interfaceIPv4,
  interfaceOption,
} from '../interfaces/interfaces.ts';
import { bits32, flag, whole } from '../options/kinds.ts';
import { type Check, checkObject } from '../options/options.ts';
import { type OptionKind, SOCKET_OPTIONS } from './socket-option-table.ts';

type Options = typeof SOCKET_OPTIONS;

/** The options that can be asked for. */
export type SocketOptionName = keyof Options;

/** The options that can be set. */
export type SettableOptionName = {
  [Name in SocketOptionName]: Options[Name] extends readonly [...unknown[], 'get'] ? never : Name;
}[SocketOptionName];

interface Values {
  flag: boolean;
  number: number;
  /** Seconds that closing may wait for unsent data; 0 resets the connection, null is the default. */
  linger: number | null;
  /** An interface by name, index or address; 0 for the system's choice. An address or an index is told. */
  interface: InterfaceLike;
  /** An interface by name, index or address; 0 for the system's choice. Its index is told. */
  index: InterfaceLike;
  indexV6: InterfaceLike;
}

/** The type of an option's value. */
export type SocketOptionValue<Name extends SocketOptionName> = Values[Options[Name][3]];

/** Some options with their values. */
export type SocketOptions = { -readonly [Name in SettableOptionName]?: SocketOptionValue<Name> };

/**
 * setsockopt, by name and with the type that the option has.
 *
 * @throws WinsockError; TypeError for an option that does not exist and for a value of another type;
 *   RangeError for a number that the option cannot have
 */
export function setOption<Name extends SettableOptionName>(
  socket: number,
  name: Name,
  value: SocketOptionValue<Name>,
): void {
  const [constant, level, option, kind] = settableEntryOf(name);
  withScratch(4, (address, bytes) => {
    writeValue(new DataView(bytes.buffer, bytes.byteOffset, 4), name, kind, value);
    check(setsockopt(socket, level, option, address, 4), `setsockopt(${constant})`);
  });
  // `writeValue` has refused everything else.
  if (kind === 'linger') noteLinger(socket, value as number | null);
}

/**
 * getsockopt, by name.
 *
 * @throws WinsockError, or TypeError for an option that does not exist
 */
export function getOption<Name extends SocketOptionName>(
  socket: number,
  name: Name,
): SocketOptionValue<Name> {
  const [constant, level, option, kind] = entryOf(name);
  return withScratch(16, (address, bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    // Some flags are a byte only.
    view.setInt32(0, 0, true);
    view.setInt32(8, 4, true);
    check(getsockopt(socket, level, option, address, address + 8), `getsockopt(${constant})`);
    // The table has the kind of each name, and the type is made from the table.
    return readValue(view, kind) as SocketOptionValue<Name>;
  });
}

function entryOf(name: SocketOptionName): Options[SocketOptionName] {
  if (Object.hasOwn(SOCKET_OPTIONS, name)) return SOCKET_OPTIONS[name];
  throw new TypeError(`there is no socket option ${JSON.stringify(name)}`);
}

function settableEntryOf(name: SocketOptionName): Options[SocketOptionName] {
  const entry = entryOf(name);
  if (entry.length === 5) throw new TypeError(`the socket option ${name} can only be asked for`);
  return entry;
}

/** Options with their values, looked at before there is a socket to set them on. */
export const socketOptionsOption: Check = (value, name) => {
  checkObject(value, name);
  const view = new DataView(new ArrayBuffer(4));
  // Whatever the names and the values are, they are looked at here.
  for (const [option, wanted] of Object.entries(value as SocketOptions)) {
    if (wanted === undefined) continue;
    const kind = settableEntryOf(option as SocketOptionName)[3];
    // An interface need not have both families.
    if (kind === 'interface' || kind === 'index' || kind === 'indexV6') {
      interfaceOption(wanted, option);
    } else writeValue(view, option, kind, wanted);
  }
};

/** In seconds. */
const LINGER = whole(0, 0xffff);

function numberWithin(name: string, value: unknown, within: Check): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${name} is a number, got ${describe(value)}`);
  }
  within(value, name);
  return value;
}

function writeValue(view: DataView, name: string, kind: OptionKind, value: unknown): void {
  if (kind === 'flag') {
    flag(value, name);
    view.setInt32(0, value ? 1 : 0, true);
  } else if (kind === 'number') {
    view.setInt32(0, numberWithin(name, value, bits32), true);
  } else if (kind === 'linger') {
    const wanted = new linger(view.buffer, view.byteOffset);
    wanted.l_linger = value === null ? 0 : numberWithin(name, value, LINGER);
    wanted.l_onoff = value === null ? 0 : 1;
  } else if (kind === 'indexV6') {
    view.setUint32(0, indexOf(name, value, 'IPv6'), true);
  } else if (kind === 'index') {
    view.setUint32(0, indexOf(name, value, 'IPv4'));
  } else {
    const parts = interfaceIPv4(interfaceLike(name, value));
    for (const [at, part] of parts.entries()) view.setUint8(at, part);
  }
}

function indexOf(name: string, value: unknown, family: 'IPv4' | 'IPv6'): number {
  return interfaceIndex(interfaceLike(name, value), family);
}

function interfaceLike(name: string, value: unknown): InterfaceLike {
  // It refuses what is none.
  interfaceOption(value, name);
  return value as InterfaceLike;
}

function readValue(view: DataView, kind: OptionKind): boolean | number | string | null {
  if (kind === 'flag') return view.getInt32(0, true) !== 0;
  if (kind === 'number') return view.getInt32(0, true);
  if (kind === 'indexV6') return view.getUint32(0, true);
  if (kind === 'linger') {
    const { l_onoff, l_linger } = new linger(view.buffer, view.byteOffset);
    return l_onoff === 0 ? null : l_linger;
  }
  // An address of network 0 stands for an index.
  const isIndex = kind === 'index' || view.getUint8(0) === 0;
  if (isIndex) return view.getUint32(0);
  return [0, 1, 2, 3].map((at) => view.getUint8(at)).join('.');
}

/**
 * Sets several options.
 *
 * @throws as `setOption` does, at the first that fails
 */
export function setOptions(socket: number, options: SocketOptions): void {
  for (const [name, value] of Object.entries(options)) {
    // `setOption` refuses names and values that are none.
    if (value !== undefined) setOption(socket, name as SettableOptionName, value as never);
  }
}

/** The interface of IPv4, and what says the same of IPv6. */
const OF_BOTH_FAMILIES: Readonly<Record<string, SettableOptionName>> = {
  unicastInterface: 'unicastInterfaceV6',
  multicastInterface: 'multicastInterfaceV6',
};

/**
 * Sets several options of a socket. On one of another family than IP those of TCP do nothing, as in node:net; on
 * one of IPv6 `unicastInterface` and `multicastInterface` are for both families.
 *
 * @throws as `setOption` does, at the first that fails
 */
export function setOptionsOf(kind: SocketKind, socket: number, options: SocketOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    // Of a name that is none `setOption` says so.
    const entry = SOCKET_OPTIONS[name as SocketOptionName];
    if (!isInternet(kind.family) && entry?.[1] === IPPROTO_TCP) continue;
    const six = kind.family === AF_INET6 ? OF_BOTH_FAMILIES[name] : undefined;
    // What the value may be depends on the name, and `setOption` looks at both.
    if (six) setInterface(socket, name as SettableOptionName, six, value as InterfaceLike);
    else setOption(socket, name as SettableOptionName, value as never);
  }
}

/**
 * By which interface a socket connects and sends.
 *
 * @throws as `setOption` does; ERROR_NOT_FOUND where there is no such interface
 */
export function setOutgoingInterface(kind: SocketKind, socket: number, via: InterfaceLike): void {
  setOptionsOf(kind, socket, { unicastInterface: via });
}

/** What a socket of IPv6 sends to addresses of IPv4 goes by the option of IPv4. */
function setInterface(
  socket: number,
  four: SettableOptionName,
  six: SettableOptionName,
  via: InterfaceLike,
): void {
  // Both options take interfaces, which the type of any name does not tell.
  setOption(socket, six, via as never);
  try {
    setOption(socket, four, via as never);
  } catch (error) {
    // Neither the interface nor the socket need have IPv4.
    if (!(error instanceof WinsockError)) throw error;
  }
}

/**
 * Switches keep-alive on or off, and sets its times.
 *
 * @param time milliseconds without traffic before the first probe, 0 to 4294967295
 * @param interval milliseconds between probes, 0 to 4294967295
 * @throws WinsockError; RangeError for a time that is none; TypeError where `on` is no boolean
 */
export function setKeepAlive(socket: number, on: boolean, time: number, interval: number): void {
  for (const milliseconds of [time, interval]) {
    if (!(milliseconds >= 0 && milliseconds <= 0xffffffff)) {
      throw new RangeError(`keep-alive: ${milliseconds} milliseconds`);
    }
  }
  // Windows keeps the option and what the ioctl sets apart, and tells the option.
  setOption(socket, 'keepAlive', on);
  const size = sizeof(tcp_keepalive);
  withScratch(size + 4, (address, bytes) => {
    const values = new tcp_keepalive(bytes.buffer, bytes.byteOffset);
    values.onoff = on ? 1 : 0;
    values.keepalivetime = time;
    values.keepaliveinterval = interval;
    const code = WSAIoctl(socket, SIO_KEEPALIVE_VALS, address, size, 0, 0, address + size, 0, 0);
    check(code, 'WSAIoctl(SIO_KEEPALIVE_VALS)');
  });
}

/**
 * Whether a datagram that found nobody shows in a later receive: as WSAECONNRESET where it was
 * refused, as WSAENETRESET where it went too far.
 */
export function setConnectionReset(socket: number, report: boolean): void {
  withScratch(8, (address, bytes) => {
    new DataView(bytes.buffer, bytes.byteOffset, 8).setInt32(0, report ? 1 : 0, true);
    // A provider that does not know these control codes has nothing to switch off either.
    for (const code of [SIO_UDP_CONNRESET, SIO_UDP_NETRESET]) {
      WSAIoctl(socket, code, address, 4, 0, 0, address + 4, 0, 0);
    }
  });
}
