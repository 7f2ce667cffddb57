import type { BlockList } from 'node:net';
import { WinsockError } from '../../ffi/errors/errors.ts';
import type { InternetAddress } from '../families/ip.ts';
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';
import type { InterfaceLike } from '../interfaces/interfaces.ts';
import { resolve } from '../sockets/resolve.ts';
import { type ConnectOptions, connectTo, race } from '../streams/connect.ts';
import { interleave } from '../streams/happy-eyeballs.ts';
import type { TcpSocket } from '../streams/tcp-socket.ts';
import {
  blocked,
  checkFunction,
  checkWhole,
  invalidAddress,
  invalidType,
  invalidValue,
  isBlocked,
  missingArguments,
  nodeError,
  portOf,
} from './argument-errors.ts';
import { toNodeError } from './node-errors.ts';
import { systemError } from './system-error.ts';

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
  lookup(error: Error | null, address?: string, family?: 4 | 6, host?: string): void;
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
 * @throws by rejection: NodeSystemError, or AggregateError with that of each address
 */
export async function connectAs(
  options: DuplexConnectOptions,
  given: ConnectOptions,
  observer: ConnectObserver,
): Promise<TcpSocket> {
  const settings: ConnectOptions =
    options.interface === undefined ? given : { ...given, interface: options.interface };
  const { path, blockList } = options;
  const host = options.host || 'localhost';
  const port = Number(options.port);
  let local: { address: string; port: number } | undefined;
  try {
    if (path) return await connectTo({ path }, settings);
    const literal = literalFamily(host);
    // Whoever connects may still listen to what is told.
    if (literal) await new Promise<void>((resolve) => process.nextTick(resolve));
    const found = literal
      ? [{ address: host, family: literal, port }]
      : await lookUp(host, options, settings.signal, observer);
    const all = interleave(found.map((one) => ({ ...one, port })));
    const wanted = options.autoSelectFamily === false ? all.slice(0, 1) : all;
    const addresses = wanted.filter((one) => !isBlocked(blockList, one.address));
    if (addresses.length === 0 && wanted[0]) throw blocked(wanted[0].address);
    if (!literal && choosesAmongAll(options) && addresses.length > 1) observer.chooses();
    local = localOf(options, addresses[0]);
    if (local && literalFamily(local.address) !== addresses[0]?.family) {
      throw systemError('EINVAL', 'bind', local);
    }
    const bound = local ? { ...settings, localAddress: local } : settings;
    const delay = options.autoSelectFamilyAttemptTimeout ?? undefined;
    return await race(addresses, bound, delay, watchAttempts(observer));
  } catch (error) {
    const isBind = error instanceof WinsockError && error.syscall.startsWith('bind');
    const goal = path ? { host: path } : { host, port };
    const to = isBind && local ? { host: local.address, port: local.port } : goal;
    const told = toNodeError(error as Error, to);
    if (isBind) throw told;
    const { localAddress, localPort } = options;
    if (localAddress && localPort && told !== error) {
      told.message += ` - Local (${localAddress}:${localPort})`;
      Object.assign(told, { localAddress, localPort });
    }
    throw told;
  }
}

/** Tells of attempts: where one begins while the one before still runs, that has been too slow. */
function watchAttempts(
  observer: ConnectObserver,
): (address: InternetAddress, outcome: Promise<TcpSocket>) => void {
  let running: InternetAddress | undefined;
  return (address, outcome) => {
    if (running) observer.late(running);
    running = address;
    observer.attempt(address);
    const { address: host, port } = address;
    outcome.catch((error) => {
      if (running === address) running = undefined;
      observer.failed(address, toNodeError(error as Error, { host, port }));
    });
  };
}

/** Where to bind to, where that is given. */
function localOf(
  { localAddress, localPort }: DuplexConnectOptions,
  to: InternetAddress | undefined,
): { address: string; port: number } | undefined {
  if (!localAddress && !localPort) return undefined;
  const any = to?.family === 'IPv6' ? '::' : '0.0.0.0';
  return { address: localAddress || any, port: localPort ?? 0 };
}

async function lookUp(
  host: string,
  options: DuplexConnectOptions,
  signal: AbortSignal | undefined,
  observer: ConnectObserver,
): Promise<InternetAddress[]> {
  try {
    const family = familyOf(options.family);
    const found = options.lookup
      ? await ask(options.lookup, host, options)
      : await resolve(host, { family, signal });
    for (const { address, family } of found) {
      observer.lookup(null, address, family === 'IPv6' ? 6 : 4, host);
    }
    return found;
  } catch (error) {
    observer.lookup(toNodeError(error as Error, { host }), undefined, undefined, host);
    throw error;
  }
}

/** Whether all addresses of a name are tried, of both families, as node:net sees it. */
function choosesAmongAll({
  autoSelectFamily,
  family,
  localAddress,
}: DuplexConnectOptions): boolean {
  return autoSelectFamily !== false && familyOf(family) === undefined && !localAddress;
}

/** What a program's own lookup finds. */
function ask(
  lookup: LookupFunction,
  host: string,
  given: DuplexConnectOptions,
): Promise<InternetAddress[]> {
  const { family, hints = 0, port } = given;
  const number = typeof family === 'string' ? Number(family.slice(-1)) : (family ?? undefined);
  return new Promise((done, fail) => {
    // As given, and `all` only where it is meant: lookups of programs look at that.
    const options = { family: number, hints, ...(choosesAmongAll(given) && { all: true }) };
    lookup(host, options, (error, found, foundFamily) => {
      if (error) {
        fail(error);
        return;
      }
      const list = Array.isArray(found) ? found : [{ address: found, family: foundFamily ?? 0 }];
      const addresses = list.flatMap(({ address, family }) => {
        const known = literalFamily(String(address));
        // What it does not say is seen.
        const isFamily = !family || family === 4 || family === 6;
        return known && isFamily ? [{ address, family: known, port: 0 }] : [];
      });
      const { address, family: unknown } = list[0] ?? {};
      if (addresses.length > 0) done(addresses);
      else if (!literalFamily(String(address))) fail(invalidAddress(address));
      else fail(unknownFamily(unknown, host, Number(port)));
    });
  });
}

/** What node:net says of a lookup that gives an address of neither family. */
function unknownFamily(family: unknown, host: string, port: number): Error {
  const text = `Invalid address family: ${family} ${host}:${port}`;
  const error = nodeError(new RangeError(text), 'ERR_INVALID_ADDRESS_FAMILY');
  return Object.assign(error, { host, port });
}

function literalFamily(host: string): 'IPv4' | 'IPv6' | undefined {
  if (parseIPv4(host)) return 'IPv4';
  return parseIPv6(host.split('%', 1)[0]!) ? 'IPv6' : undefined;
}

function familyOf(family: number | string | undefined): 'IPv4' | 'IPv6' | undefined {
  if (family === 4 || family === 'IPv4') return 'IPv4';
  return family === 6 || family === 'IPv6' ? 'IPv6' : undefined;
}

/** What node:net has beside, and what would be ignored here. */
const UNKNOWN = ['fd', 'handle'];

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
  const { family, blockList } = options;
  if (!FAMILIES.includes(family)) throw invalidValue('options.family', family, 'is not 4 or 6');
  for (const [name, kind] of Object.entries(KINDS)) {
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
