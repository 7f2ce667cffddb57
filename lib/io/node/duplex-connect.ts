import type { BlockList } from 'node:net';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { InternetAddress } from '../families/ip.ts';
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';
import type { InterfaceLike } from '../interfaces/interfaces.ts';
import { type ResolveOptions, resolve } from '../sockets/resolve.ts';
import {
  type ConnectOptions,
  connectTo,
  type RaceObserver,
  watchedRace,
} from '../streams/connect.ts';
import { interleave } from '../streams/happy-eyeballs.ts';
import type { TcpSocket } from '../streams/tcp-socket.ts';
import {
  blocked,
  checkFunction,
  checkWhole,
  codedError,
  invalidAddress,
  invalidType,
  invalidValue,
  isBlocked,
  missingArguments,
  nodeError,
  portOf,
} from './argument-errors.ts';
import { toNodeError } from './node-errors.ts';
import { type NodeSystemError, systemError } from './system-error.ts';

/** An address as the functions of node:dns give it. */
interface LookupAddress {
  address: string;
  family: number;
}

/** A function of the kind of dns.lookup. */
export type LookupFunction = (
  hostname: string,
  options: { all?: boolean; family?: number | undefined; hints?: number },
  callback: (error: Error | null, found: string | LookupAddress[], family?: number) => void,
) => void;

/** Where to connect to, with the names of node:net. */
export interface DuplexConnectOptions {
  /** A host name or an IP address. Default 'localhost'. */
  host?: string | null | undefined;
  /** The port of the peer. */
  port?: number | string | null | undefined;
  /** The path of a Unix socket, in place of host and port. */
  path?: string | null | undefined;
  /** 4 or 6 for addresses of one family only. */
  family?: number | string | undefined;
  /** The address to bind to. */
  localAddress?: string | undefined;
  /** The port to bind to. */
  localPort?: number | undefined;
  /** The interface to connect by, by name, index or an address of it: see `connect`. */
  interface?: InterfaceLike | undefined;
  /** Looks the host up in place of the system. */
  lookup?: LookupFunction | undefined;
  /** Passed to `lookup`; the system's own lookup knows none. */
  hints?: number | undefined;
  /** Whether several addresses are tried: see `connect`. Default true. */
  autoSelectFamily?: boolean | undefined;
  /** Milliseconds before the next address is tried beside the one before. Default 250. */
  autoSelectFamilyAttemptTimeout?: number | undefined;
  /** Addresses that are not connected to: the error is ERR_IP_BLOCKED. */
  blockList?: BlockList | undefined;
  /** Switches TCP_NODELAY. Default true. */
  noDelay?: boolean | undefined;
  /** Switches keep-alive on. */
  keepAlive?: boolean | undefined;
  /** Milliseconds of silence before the first probe. */
  keepAliveInitialDelay?: number | undefined;
  /** Milliseconds without traffic after which `timeout` is emitted, also while connecting. */
  timeout?: number | undefined;
}

/** What is told while connecting, as the events of node:net. */
export interface ConnectObserver {
  lookup(error: Error | null, address?: unknown, family?: unknown, host?: string): void;
  attempt(address: InternetAddress): void;
  /** Several addresses may be tried, of those that a name has. */
  chooses(): void;
  /** An attempt has failed. */
  failed(address: InternetAddress, error: Error): void;
  /** An attempt has not answered within its time: the next begins beside it. */
  late(address: InternetAddress): void;
}

/**
 * Connects, with the options and the errors of node:net.
 *
 * @throws what a lookup of the program's throws; the rest by rejection: NodeSystemError, or AggregateError with that
 *   of each address
 */
export function connectAs(
  options: DuplexConnectOptions,
  given: ConnectOptions,
  observer: ConnectObserver,
): Promise<TcpSocket> {
  const settings: ConnectOptions =
    options.interface === undefined ? given : { ...given, interface: options.interface };
  const { path } = options;
  if (path) return connectToPath(path, settings);
  return connectToAny(find(options, given.signal, observer), options, settings, observer);
}

async function connectToPath(path: string, settings: ConnectOptions): Promise<TcpSocket> {
  try {
    return await connectTo({ path }, settings);
  } catch (error) {
    throw toNodeError(error as Error, { host: path });
  }
}

async function connectToAny(
  finding: Promise<InternetAddress[]>,
  options: DuplexConnectOptions,
  settings: ConnectOptions,
  observer: ConnectObserver,
): Promise<TcpSocket> {
  const { host, port } = goalOf(options);
  let attempts: Attempts | undefined;
  try {
    const found = await finding;
    const all = interleave(eachOnce(found).map((one) => ({ ...one, port })));
    const addresses = options.autoSelectFamily === false ? all.slice(0, 1) : all;
    const several = addresses.length > 1;
    if (several && !literalFamily(host) && choosesAmongAll(options)) observer.chooses();
    attempts = new Attempts(options, several, observer);
    const given = options.autoSelectFamilyAttemptTimeout ?? undefined;
    const delay = given && Math.max(given, SHORTEST_ATTEMPT);
    return await watchedRace(addresses, settings, delay, attempts);
  } catch (error) {
    throw attempts?.failure(error as Error) ?? toNodeError(error as Error, { host, port });
  }
}

/** Where the options lead to. */
function goalOf(options: DuplexConnectOptions): { host: string; port: number } {
  return { host: options.host || 'localhost', port: Number(options.port) };
}

/** Tells of attempts: where one begins while the one before still runs, that has been too slow. */
class Attempts implements RaceObserver {
  readonly #options: DuplexConnectOptions;
  readonly #several: boolean;
  readonly #observer: ConnectObserver;
  readonly #begun = new Set<InternetAddress>();
  readonly #failures: Error[] = [];
  #running: InternetAddress | undefined;

  /** @param several whether others are tried where one has failed */
  constructor(options: DuplexConnectOptions, several: boolean, observer: ConnectObserver) {
    this.#options = options;
    this.#several = several;
    this.#observer = observer;
  }

  localAddress(to: InternetAddress): { address: string; port: number } | undefined {
    const local = localOf(this.#options, to);
    if (!local) return undefined;
    const { address, port } = local;
    if (literalFamily(address) !== to.family) throw systemError('EINVAL', 'bind', local);
    // Of a number that is no port libuv takes what fits, and node:net sees that the socket has another.
    if (port > LARGEST_PORT || !Number.isInteger(port)) {
      throw systemError('EADDRINUSE', 'bind', local);
    }
    return { address, port: port & LARGEST_PORT };
  }

  begins(address: InternetAddress): void {
    if (this.#running) this.#observer.late(this.#running);
    this.#running = undefined;
    const isRefused = isBlocked(this.#options.blockList, address.address);
    // Of one that is blocked, among several, it is told only that it has failed.
    if (!isRefused || !this.#several) this.#observer.attempt(address);
    if (isRefused) throw blocked(address.address);
    this.#begun.add(address);
    this.#running = address;
  }

  failed(address: InternetAddress, error: Error): void {
    if (this.#running === address) this.#running = undefined;
    const told = this.#toldOf(address, error);
    this.#failures.push(told);
    const isRefused = this.#several && 'code' in told && told.code === 'ERR_IP_BLOCKED';
    if (isRefused || this.#begun.has(address)) this.#observer.failed(address, told);
  }

  #toldOf(address: InternetAddress, error: Error): Error {
    const local = localOf(this.#options, address);
    const isBind = error instanceof WinsockError && error.syscall.startsWith('bind');
    const { address: host, port } = (isBind && local) || address;
    const told = toNodeError(error, { host, port });
    if (isBind || !local?.port || told === error) return told;
    told.message += ` - Local (${local.address}:${local.port})`;
    return Object.assign(told, { localAddress: local.address, localPort: local.port });
  }

  /** What has failed, where all have; undefined where nothing was tried. */
  failure(cause: Error): Error | undefined {
    const [first] = this.#failures;
    if (!first || !this.#several) return first;
    const { code = '' } = first as Partial<NodeSystemError>;
    return codedError(new AggregateError(this.#failures, '', { cause }), code);
  }
}

/** Where to bind to, where that is given. */
function localOf(
  { localAddress, localPort }: DuplexConnectOptions,
  to: InternetAddress,
): { address: string; port: number } | undefined {
  if (!localAddress && !localPort) return undefined;
  const any = to.family === 'IPv6' ? '::' : '0.0.0.0';
  return { address: localAddress || any, port: localPort || 0 };
}

/** The addresses to try. @throws what a lookup of the program's throws */
function find(
  options: DuplexConnectOptions,
  signal: AbortSignal | undefined,
  observer: ConnectObserver,
): Promise<InternetAddress[]> {
  const { host, port } = goalOf(options);
  const family = literalFamily(host);
  // Whoever connects may still listen to what is told.
  if (family) {
    return new Promise((resolve) => {
      process.nextTick(resolve, [{ address: host, family, port }]);
    });
  }
  if (options.lookup) return ask(options.lookup, host, options, observer);
  return findByName(host, { family: familyOf(options.family), signal }, observer);
}

async function findByName(
  host: string,
  options: ResolveOptions,
  observer: ConnectObserver,
): Promise<InternetAddress[]> {
  try {
    const found = await resolve(host, options);
    for (const { address, family } of found) {
      observer.lookup(null, address, family === 'IPv6' ? 6 : 4, host);
    }
    return found;
  } catch (error) {
    observer.lookup(toNodeError(error as Error, { host }), undefined, undefined, host);
    throw error;
  }
}

/** As they are, where none comes twice. */
function eachOnce(addresses: readonly InternetAddress[]): InternetAddress[] {
  const byText = new Map<string, InternetAddress>();
  for (const one of addresses) if (!byText.has(one.address)) byText.set(one.address, one);
  return [...byText.values()];
}

/** Whether all addresses of a name are tried, of both families, as node:net sees it. */
function choosesAmongAll({
  autoSelectFamily,
  family,
  localAddress,
}: DuplexConnectOptions): boolean {
  return autoSelectFamily !== false && familyOf(family) === undefined && !localAddress;
}

/** What a program's own lookup finds, which may be anything. @throws what it throws */
function ask(
  lookup: LookupFunction,
  host: string,
  given: DuplexConnectOptions,
  observer: ConnectObserver,
): Promise<InternetAddress[]> {
  const { family, hints = 0 } = given;
  const all = choosesAmongAll(given);
  // As given, and `all` only where it is meant: lookups of programs look at that.
  const options = { family: NUMBERS.get(family) ?? family, hints, ...(all && { all }) };
  let resolve!: (found: InternetAddress[]) => void;
  let reject!: (error: Error) => void;
  // Not asked in here: what it throws is for whoever connects.
  const promise = new Promise<InternetAddress[]>((found, failed) => {
    resolve = found;
    reject = failed;
  });
  lookup(host, options as never, (error, found, family) => {
    if (error) {
      if (all) observer.lookup(error, undefined, undefined, host);
      else observer.lookup(error, found, family, host);
      reject(error);
      return;
    }
    const list: unknown[] = Array.isArray(found) && all ? found : [];
    const each = all ? list.map(foundAddress) : [{ address: found, family }];
    for (const { address, family } of each) observer.lookup(null, address, family, host);
    const addresses = each.flatMap(({ address, family }) => {
      const known = literalFamily(address);
      const isFamily = family === 4 || family === 6;
      return known && isFamily ? [{ address: address as string, family: known, port: 0 }] : [];
    });
    const { address, family: unknown } = each[0] ?? {};
    if (addresses.length > 0) resolve(addresses);
    else if (!literalFamily(address)) reject(invalidAddress(address));
    else reject(unknownFamily(unknown, host, Number(given.port)));
  });
  return promise;
}

/** What a lookup has in a list; nothing of what is no object. */
function foundAddress(one: unknown): { address?: unknown; family?: unknown } {
  return typeof one === 'object' && one !== null ? one : {};
}

/** Families by their names. */
const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['IPv4', 4],
  ['IPv6', 6],
]);

/** What node:net says of a lookup that gives an address of neither family. */
function unknownFamily(family: unknown, host: string, port: number): Error {
  const text = `Invalid address family: ${family} ${host}:${port}`;
  const error = nodeError(new RangeError(text), 'ERR_INVALID_ADDRESS_FAMILY');
  return Object.assign(error, { host, port });
}

function literalFamily(host: unknown): 'IPv4' | 'IPv6' | undefined {
  if (typeof host !== 'string') return undefined;
  if (parseIPv4(host)) return 'IPv4';
  return parseIPv6(host.split('%', 1)[0]!) ? 'IPv6' : undefined;
}

function familyOf(family: number | string | undefined): 'IPv4' | 'IPv6' | undefined {
  if (family === 4 || family === 'IPv4') return 'IPv4';
  return family === 6 || family === 'IPv6' ? 'IPv6' : undefined;
}

/** What node:net has beside, and what would be ignored here. */
const UNKNOWN = ['fd', 'handle'];

const LARGEST_PORT = 0xffff;

/** In milliseconds; node:net takes a shorter one for this. */
const SHORTEST_ATTEMPT = 10;

/** The longest attempt, and the largest that Node.js takes for a number of milliseconds. */
const LONGEST_ATTEMPT = 0x7fffffff;

/**
 * The options of `connect(options)`, `connect(port, host)` and `connect(path)`, checked.
 *
 * @throws TypeError and RangeError with Node's codes
 */
export function connectOptions(
  to: DuplexConnectOptions | number | string,
  host: unknown,
): DuplexConnectOptions {
  const options = optionsOf(to, host);
  for (const name of UNKNOWN) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined) throw invalidValue(`options.${name}`, value, 'is not known here');
  }
  if (options.port === undefined && (options.path === undefined || options.path === null)) {
    throw missingArguments('options', 'port', 'path');
  }
  checkKinds(options);
  const { lookup, localAddress, localPort, path } = options;
  if (options.host?.includes('\0')) {
    throw invalidValue('options.host', options.host, 'must be a string without null bytes');
  }
  if (localAddress && !literalFamily(localAddress)) throw invalidAddress(localAddress);
  if (localPort && typeof localPort !== 'number') {
    throw invalidType('options.localPort', 'number', localPort);
  }
  if (path) return options;
  if (typeof options.port !== 'number' && typeof options.port !== 'string') {
    throw invalidType('options.port', ['number', 'string'], options.port);
  }
  portOf(options.port);
  const attempt = options.autoSelectFamilyAttemptTimeout;
  if (attempt !== undefined && attempt !== null) {
    checkWhole(attempt, 'options.autoSelectFamilyAttemptTimeout', 1, LONGEST_ATTEMPT);
  }
  const isName = !literalFamily(options.host || 'localhost');
  if (isName && lookup !== undefined && lookup !== null) checkFunction(lookup, 'options.lookup');
  return options;
}

const FAMILIES: readonly unknown[] = [undefined, null, 0, 4, 6, 'IPv4', 'IPv6'];

const KINDS = {
  path: 'string',
  host: 'string',
  autoSelectFamily: 'boolean',
  keepAliveInitialDelay: 'number',
  hints: 'number',
} as const;

/** What the options may be that no call looks at; anything else would be ignored. */
function checkKinds(options: DuplexConnectOptions): void {
  const { family, blockList, lookup } = options;
  // A lookup of the program's judges what it is given.
  if (!lookup && !FAMILIES.includes(family))
    throw invalidValue('options.family', family, 'is not 4 or 6');
  for (const [name, kind] of Object.entries(KINDS)) {
    if (name === 'hints' && lookup) continue;
    const value = options[name as keyof typeof KINDS];
    if (value === undefined || value === null || typeof value === kind) continue;
    throw invalidType(`options.${name}`, kind, value);
  }
  if (blockList !== undefined && typeof blockList?.check !== 'function') {
    throw invalidType('options.blockList', 'net.BlockList', blockList);
  }
}

function optionsOf(
  to: DuplexConnectOptions | number | string,
  host: unknown,
): DuplexConnectOptions {
  // A copy of its own properties: what it inherits is no option, and nobody changes what was checked.
  if (typeof to === 'object' && to !== null) return { ...to };
  if (typeof to === 'string' && !/^\d+$/.test(to)) return { path: to };
  return { port: to, host: typeof host === 'string' ? host : undefined };
}
