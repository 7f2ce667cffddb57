import { WinsockError } from '../../ffi/errors/errors.ts';
import type { InternetAddress } from '../families/ip.ts';
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
  portOf,
} from './argument-errors.ts';
import { choosesAmongAll, find, goalOf, literalFamily, type TellLookup } from './duplex-lookup.ts';
import type { DuplexConnectOptions } from './duplex-options.ts';
import { toNodeError } from './node-errors.ts';
import { type NodeSystemError, systemError } from './system-error.ts';

/** What is told while connecting, as the events of node:net. */
export interface ConnectObserver {
  lookup: TellLookup;
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
  return connectToAny(find(options, given.signal, observer.lookup), options, settings, observer);
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

/** As they are, where none comes twice. */
function eachOnce(addresses: readonly InternetAddress[]): InternetAddress[] {
  const byText = new Map<string, InternetAddress>();
  for (const one of addresses) if (!byText.has(one.address)) byText.set(one.address, one);
  return [...byText.values()];
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
