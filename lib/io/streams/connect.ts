import { WSA_OPERATION_ABORTED } from '../../../defs/winsock2.g.ts';
import { AF_INET6 } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { check } from '../calls/check.ts';
import { bindSocket } from '../calls/socket-calls.ts';
import {
  type AddressLike,
  anyAddress,
  decodeAddress,
  encodeAddress,
  isOtherPlace,
  packAddress,
  peerSockaddr,
  type SocketAddress,
  textOfSockaddr,
} from '../families/address.ts';
import type { Family } from '../families/family.ts';
import type { InternetAddress } from '../families/ip.ts';
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';
import { type InterfaceLike, interfaceOption } from '../interfaces/interfaces.ts';
import { startConnect, updateConnectContext } from '../ops/connect.ts';
import { GIVE_UP, limited, type OperationOptions } from '../ops/give-up.ts';
import { perform } from '../ops/perform.ts';
import { checkedLater, milliseconds } from '../options/kinds.ts';
import { checkObject, type OptionTable, optionsOf, refuseMore } from '../options/options.ts';
import type { Association } from '../port/association.ts';
import { CompletionPort, completionPortOption, deliveryOf } from '../port/port.ts';
import { ownFile } from '../servers/unix-file.ts';
import { connectAndWait, connectsElsewhere } from '../sockets/connect-elsewhere.ts';
import { kindFor, openSocket } from '../sockets/open.ts';
import { checkPathAlone, PLACE } from '../sockets/place.ts';
import { resolve } from '../sockets/resolve.ts';
import {
  type SocketOptions,
  setOption,
  setOptionsOf,
  setOutgoingInterface,
  socketOptionsOption,
} from '../sockets/socket-options.ts';
import { ATTEMPT_DELAY_MILLISECONDS, firstOf, interleave } from './happy-eyeballs.ts';
import { type TcpSocket, tcpSockets } from './tcp-socket.ts';
import { TCP_SOCKET_OPTIONS, type TcpSocketOptions } from './tcp-types.ts';

/** How `connect` connects. */
export interface ConnectOptions extends TcpSocketOptions, OperationOptions {
  /** Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /** The local address to use. */
  localAddress?: AddressLike;
  /**
   * The interface to connect by, by name, index or an address of it; for each of a host's addresses in its
   * family. What the interface has no family for is not connected to.
   */
  interface?: InterfaceLike;
  /** Options set before connecting. */
  socketOptions?: SocketOptions;
}

/** How a host of several addresses is connected to. */
export interface ConnectHostOptions extends ConnectOptions {
  /** A host name or an IP address. Default 'localhost'. */
  host?: string;
  /** Another name for `host`, for what sockets tell of their addresses: `connect(server.address)`. */
  address?: string;
  /** The port of the peer, 0 to 65535. Needed, except for a Unix socket. */
  port?: number;
  /** The path of a Unix socket, in place of host and port. */
  path?: string;
  /** Use only addresses of one family; or the family of what has no host, port or path. */
  family?: Family | number;
  /** The channel of a radio of Bluetooth, whose address is `address`. */
  channel?: number;
  /** The service of a radio of Bluetooth or of a virtual machine. */
  service?: string | number;
  /** The virtual machine of a Hyper-V socket. */
  vm?: string;
  /** The sockaddr of a family that is given by its number. */
  bytes?: Uint8Array;
}

const CONNECT_TO: OptionTable<ConnectOptions> = {
  ...TCP_SOCKET_OPTIONS,
  ...GIVE_UP,
  completionPort: completionPortOption,
  localAddress: checkedLater,
  interface: interfaceOption,
  socketOptions: socketOptionsOption,
};

const CONNECT: OptionTable<ConnectHostOptions> = {
  ...CONNECT_TO,
  ...PLACE,
};

/**
 * Connects to one address. Names are for `connect`. The unspecified address (0.0.0.0 or ::) means this
 * computer, as in node:net.
 *
 * @throws by rejection: WinsockError as connecting fails, also where the completion port is closed before or
 *   meanwhile; WSAETIMEDOUT after `timeout` milliseconds; TypeError and RangeError for an address or options that
 *   are none; the signal's reason
 */
export async function connectTo(
  address: AddressLike,
  options?: ConnectOptions,
): Promise<TcpSocket> {
  return connectWith(encodeAddress(address), optionsOf(options, 'connectTo', CONNECT_TO));
}

/**
 * Connects to one address, with options that were checked.
 *
 * @param bound is told when there is a socket that is bound; what it throws ends the attempt
 */
async function connectWith(
  sockaddr: Uint8Array,
  options: ConnectOptions,
  bound?: () => void,
): Promise<TcpSocket> {
  options.signal?.throwIfAborted();
  checkGoal(sockaddr);
  const local = options.localAddress && encodeAddress(options.localAddress);
  const kind = kindFor(sockaddr, 'stream');
  const elsewhere = connectsElsewhere(kind.family);
  const port = options.completionPort ?? CompletionPort.default;
  const delivery = deliveryOf(port);
  let deleteFile: (() => void) | undefined;
  let on: Association | undefined;
  const ready = (socket: number) => {
    // For addresses of IPv4 that are written as those of IPv6.
    if (kind.family === AF_INET6) setOption(socket, 'v6Only', false);
    if (options.interface !== undefined) setOutgoingInterface(kind, socket, options.interface);
    if (options.socketOptions) setOptionsOf(kind, socket, options.socketOptions);
    // ConnectEx wants a bound socket.
    if (local || !elsewhere) bindSocket(socket, local ?? anyAddress(kind.family));
    deleteFile = local && ownFile(decodeAddress(local));
  };
  try {
    const opened = openSocket(delivery, kind, ready);
    on = opened;
    bound?.();
    options.signal?.throwIfAborted();
    const began = performance.now();
    if (elsewhere) await connectAndWait(opened, sockaddr, options);
    else {
      await perform(
        delivery,
        (operation) => startConnect(operation, opened, kind, sockaddr),
        () => check(updateConnectContext(opened.handle), 'setsockopt(SO_UPDATE_CONNECT_CONTEXT)'),
        'ConnectEx',
        options,
      );
    }
    if (delivery.closing) throw new WinsockError(WSA_OPERATION_ABORTED, 'ConnectEx');
    const socket = tcpSockets.create(
      port,
      opened,
      kind,
      options,
      packAddress(peerSockaddr(sockaddr)),
    );
    tcpSockets.connectedIn(socket, performance.now() - began);
    if (deleteFile) socket.once('close', deleteFile);
    return socket;
  } catch (error) {
    deleteFile?.();
    on?.close();
    throw withAddress(error, sockaddr);
  }
}

/** What nothing can be connected to, and Windows would say of in other words. */
function checkGoal(sockaddr: Uint8Array): void {
  const address = decodeAddress(sockaddr);
  if (address.family !== 'Bluetooth' || address.channel !== 0 || address.service) return;
  throw new TypeError('a channel or a service is needed to connect by Bluetooth');
}

/** The failure of ConnectEx, with the address that it was about. */
function withAddress(error: unknown, sockaddr: Uint8Array): unknown {
  if (!(error instanceof WinsockError) || error.syscall !== 'ConnectEx') return error;
  const told = new WinsockError(error.errno, 'ConnectEx', { about: textOfSockaddr(sockaddr) });
  failed.set(told, sockaddr);
  return told;
}

const failed = new WeakMap<object, Uint8Array>();

/** The address that a failure of `connectTo` is about; undefined where it is of something else. */
export function failedAddress(error: object): SocketAddress | undefined {
  const sockaddr = failed.get(error);
  return sockaddr && decodeAddress(sockaddr);
}

/**
 * Connects to a host by name or address, or to a Unix socket by its path. Of several addresses, the
 * next is tried when one fails or has not answered within 250 ms; the first that connects is taken
 * and the others are given up (RFC 8305). Signal and timeout are for the whole, with the lookup.
 *
 * @throws by rejection: WinsockError, whose `errors` has the failure of each address where several were tried,
 *   also where the completion port is closed; WSAETIMEDOUT after `timeout` milliseconds; TypeError and RangeError
 *   for options that are none; the signal's reason
 */
export async function connect(options: ConnectHostOptions): Promise<TcpSocket>;
export async function connect(
  options: ConnectHostOptions,
  ...more: readonly unknown[]
): Promise<TcpSocket> {
  refuseMore(more, 'connect', 'await the promise that it returns');
  checkObject(options, 'connect');
  const given = optionsOf(options, 'connect', CONNECT);
  const { host = given.address ?? 'localhost', port, path, family } = given;
  if (path !== undefined) {
    checkPathAlone(given, 'connect');
    return connectWith(encodeAddress({ path }), given);
  }
  const place: AddressLike | object = given;
  if (isOtherPlace(place)) return connectWith(encodeAddress(place), given);
  if (port === undefined) {
    throw new TypeError('a port or a path is needed: connect({ host, port })');
  }
  if (family === 'Unix') throw new TypeError('a Unix socket has a path: connect({ path })');
  const ofFamily = family === undefined ? {} : { family };
  if (parseIPv4(host) || parseIPv6(host.split('%', 1)[0]!)) {
    const sockaddr = encodeAddress({ address: host, port, ...ofFamily });
    return connectWith(sockaddr, given);
  }
  // Before a name is looked up for nothing.
  if (given.localAddress) encodeAddress(given.localAddress);
  return limited(given, 'ConnectEx', async (signal) => {
    // `dns.lookup` of Node.js says 4 and 6. What is no family at all is refused by `resolve`.
    const wanted = family === 4 ? 'IPv4' : family === 6 ? 'IPv6' : family;
    const found = await resolve(host, { family: wanted as InternetAddress['family'], signal });
    const addresses = interleave(found).map((address) => ({ ...address, port }));
    return raceWith(addresses, { ...given, signal, timeout: undefined });
  });
}

/** Watches the attempts of a race, and has a say in them. */
export interface RaceObserver {
  /** Where to connect from to an address. What it throws fails the attempt. */
  localAddress?(to: InternetAddress): AddressLike | undefined;
  /** An address is tried, and what comes of it: a socket is bound for it. What it throws fails the attempt. */
  begins(address: InternetAddress, outcome: Promise<TcpSocket>): void;
  /** An attempt has failed, before it began or later. */
  failed?(address: InternetAddress, error: Error): void;
}

/**
 * Tries addresses in order, each a while after the one before. Signal and timeout are for the whole.
 *
 * @param delay milliseconds after which the next is tried beside those that have not answered
 * @param onAttempt is told of each address when it is tried, and what comes of it
 * @throws by rejection: WinsockError, whose `errors` has the failure of each address where several were tried,
 *   also where the completion port is closed; WSAETIMEDOUT after `timeout` milliseconds; TypeError where there is
 *   no address; TypeError and RangeError for an address or options that are none; the signal's reason
 */
export async function race(
  addresses: readonly InternetAddress[],
  options?: ConnectOptions,
  delay?: number,
  onAttempt?: (address: InternetAddress, outcome: Promise<TcpSocket>) => void,
): Promise<TcpSocket> {
  return watchedRace(addresses, options, delay, onAttempt && { begins: onAttempt });
}

/** As `race`, with an observer. */
export async function watchedRace(
  addresses: readonly InternetAddress[],
  options: ConnectOptions | undefined,
  delay: number | undefined,
  observer: RaceObserver | undefined,
): Promise<TcpSocket> {
  if (delay !== undefined) milliseconds(delay, 'delay');
  return raceWith(addresses, optionsOf(options, 'race', CONNECT_TO), delay, observer);
}

/** Tries addresses in order, with options that were checked. */
function raceWith(
  addresses: readonly InternetAddress[],
  options: ConnectOptions,
  delay = ATTEMPT_DELAY_MILLISECONDS,
  observer?: RaceObserver,
): Promise<TcpSocket> {
  return limited(options, 'ConnectEx', (signal) =>
    firstOf(addresses, {
      attempt: (address, given) => attempt(address, { ...options, signal: given }, observer),
      drop: (socket) => socket.destroy(),
      delay,
      signal,
    }),
  );
}

/** One of several, which is given up by its own signal. */
function attempt(
  address: InternetAddress,
  options: ConnectOptions & { signal: AbortSignal },
  observer: RaceObserver | undefined,
): Promise<TcpSocket> {
  const begin = async () => {
    const localAddress = observer?.localAddress?.(address) ?? options.localAddress;
    const settings = { ...options, ...(localAddress && { localAddress }) };
    delete settings.timeout;
    return connectWith(encodeAddress(address), settings, () => observer?.begins(address, outcome));
  };
  let start = (): void => undefined;
  const outcome = new Promise<TcpSocket>((resolve) => {
    start = () => resolve(begin());
  }).catch((error) => {
    // What was given up has not failed.
    if (!options.signal.aborted) observer?.failed?.(address, error);
    throw error;
  });
  start();
  return outcome;
}
