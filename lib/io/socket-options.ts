import { WinsockError } from '../ffi/errors.ts';
import { getsockopt, setsockopt, WSAGetLastError, WSAIoctl } from './hot.ts';
import { withScratch } from './scratch.ts';

const SOL_SOCKET = 0xffff;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const SIO_KEEPALIVE_VALS = 0x98000004;
const SIO_UDP_CONNRESET = 0x9800000c;

type Kind = 'flag' | 'number' | 'linger';

/** The options by name: level, number, and how the value looks. */
const OPTIONS = {
  broadcast: [SOL_SOCKET, 0x0020, 'flag'],
  dontLinger: [SOL_SOCKET, ~0x0080, 'flag'],
  dontRoute: [SOL_SOCKET, 0x0010, 'flag'],
  exclusiveAddressUse: [SOL_SOCKET, ~0x0004, 'flag'],
  keepAlive: [SOL_SOCKET, 0x0008, 'flag'],
  linger: [SOL_SOCKET, 0x0080, 'linger'],
  outOfBandInline: [SOL_SOCKET, 0x0100, 'flag'],
  randomizePort: [SOL_SOCKET, 0x3005, 'flag'],
  receiveBuffer: [SOL_SOCKET, 0x1002, 'number'],
  reuseAddress: [SOL_SOCKET, 0x0004, 'flag'],
  reuseUnicastPort: [SOL_SOCKET, 0x3007, 'flag'],
  sendBuffer: [SOL_SOCKET, 0x1001, 'number'],
  noDelay: [IPPROTO_TCP, 1, 'flag'],
  keepAliveIdle: [IPPROTO_TCP, 3, 'number'],
  maxRetransmission: [IPPROTO_TCP, 5, 'number'],
  keepAliveCount: [IPPROTO_TCP, 16, 'number'],
  keepAliveInterval: [IPPROTO_TCP, 17, 'number'],
  fastOpen: [IPPROTO_TCP, 15, 'flag'],
  ttl: [IPPROTO_IP, 4, 'number'],
  tos: [IPPROTO_IP, 3, 'number'],
  dontFragment: [IPPROTO_IP, 14, 'flag'],
  multicastInterface: [IPPROTO_IP, 9, 'number'],
  multicastTtl: [IPPROTO_IP, 10, 'number'],
  multicastLoop: [IPPROTO_IP, 11, 'flag'],
  packetInfo: [IPPROTO_IP, 19, 'flag'],
  hopLimitV6: [IPPROTO_IPV6, 4, 'number'],
  multicastInterfaceV6: [IPPROTO_IPV6, 9, 'number'],
  multicastHopsV6: [IPPROTO_IPV6, 10, 'number'],
  multicastLoopV6: [IPPROTO_IPV6, 11, 'flag'],
  packetInfoV6: [IPPROTO_IPV6, 19, 'flag'],
  v6Only: [IPPROTO_IPV6, 27, 'flag'],
} as const satisfies Record<string, readonly [number, number, Kind]>;

export type SocketOptionName = keyof typeof OPTIONS;

type ValueOf<K extends Kind> = K extends 'flag'
  ? boolean
  : K extends 'number'
    ? number
    : /** Seconds that closing may wait for unsent data; 0 resets the connection, null is the default. */
      number | null;

/** The type of an option's value. */
export type SocketOptionValue<Name extends SocketOptionName> = ValueOf<(typeof OPTIONS)[Name][2]>;

/** Some options with their values. */
export type SocketOptions = { -readonly [Name in SocketOptionName]?: SocketOptionValue<Name> };

export function setOption<Name extends SocketOptionName>(
  socket: number,
  name: Name,
  value: SocketOptionValue<Name>,
): void {
  const [level, option, kind] = OPTIONS[name];
  withScratch(8, (address, bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    if (kind === 'linger') {
      view.setUint16(0, value === null ? 0 : 1, true);
      view.setUint16(2, Number(value ?? 0), true);
    } else {
      view.setInt32(0, Number(value), true);
    }
    if (setsockopt(socket, level, option, address, 4) !== 0) {
      throw new WinsockError(WSAGetLastError(), `setsockopt(${name})`);
    }
  });
}

export function getOption<Name extends SocketOptionName>(
  socket: number,
  name: Name,
): SocketOptionValue<Name> {
  const [level, option, kind] = OPTIONS[name];
  return withScratch(16, (address, bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    view.setInt32(0, 0, true);
    view.setInt32(8, 4, true);
    if (getsockopt(socket, level, option, address, address + 8) !== 0) {
      throw new WinsockError(WSAGetLastError(), `getsockopt(${name})`);
    }
    let value: boolean | number | null;
    if (kind === 'flag') value = view.getInt32(0, true) !== 0;
    else if (kind === 'number') value = view.getInt32(0, true);
    else value = view.getUint16(0, true) === 0 ? null : view.getUint16(2, true);
    return value as SocketOptionValue<Name>;
  });
}

export function setOptions(socket: number, options: SocketOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) setOption(socket, name as SocketOptionName, value as never);
  }
}

/** When keep-alive begins and how often it repeats, in milliseconds, and switches it on or off. */
export function setKeepAlive(socket: number, on: boolean, time: number, interval: number): void {
  withScratch(16, (address, bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    view.setUint32(0, on ? 1 : 0, true);
    view.setUint32(4, time, true);
    view.setUint32(8, interval, true);
    const code = WSAIoctl(socket, SIO_KEEPALIVE_VALS, address, 12, 0, 0, address + 12, 0, 0);
    if (code !== 0) throw new WinsockError(WSAGetLastError(), 'WSAIoctl(SIO_KEEPALIVE_VALS)');
  });
}

/** Whether a refused datagram shows as WSAECONNRESET in a later receive. */
export function setConnectionReset(socket: number, report: boolean): void {
  withScratch(8, (address, bytes) => {
    new DataView(bytes.buffer, bytes.byteOffset, 8).setInt32(0, report ? 1 : 0, true);
    // Not every provider knows it; then nothing is to be switched off either.
    WSAIoctl(socket, SIO_UDP_CONNRESET, address, 4, 0, 0, address + 4, 0, 0);
  });
}
