import type { BlockList } from 'node:net';
import { describe } from '../../ffi/types/describe.ts';
import type { InternetAddress } from '../families/ip.ts';
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';
import type { InterfaceLike } from '../interfaces/interfaces.ts';
import { resolve } from '../sockets/resolve.ts';
import { type ConnectOptions, connectTo, race } from '../streams/connect.ts';
import { interleave } from '../streams/happy-eyeballs.ts';
import type { TcpSocket } from '../streams/tcp-socket.ts';
import { codedError, toNodeError } from './node-errors.ts';

/** An address as the functions of node:dns give it. */
interface LookupAddress {
  address: string;
  family: number;
}

/** A function of the kind of dns.lookup. */
export type LookupFunction = (
  hostname: string,
  options: { all?: boolean; family?: number; hints?: number },
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
  const host = options.host ?? 'localhost';
  const port = Number(options.port);
  try {
    if (path) return await connectTo({ path }, settings);
    const literal = literalFamily(host);
    const found = literal
      ? [{ address: host, family: literal, port }]
      : await lookUp(host, options, settings.signal, observer);
    const all = interleave(found.map((one) => ({ ...one, port })));
    const addresses = options.autoSelectFamily === false ? all.slice(0, 1) : all;
    const blocked = addresses.find(({ address, family }) =>
      blockList?.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4'),
    );
    if (blocked) {
      throw codedError(
        new Error(`IP(${blocked.address}) is blocked by net.BlockList`),
        'ERR_IP_BLOCKED',
      );
    }
    const local = localOf(options, addresses[0]);
    const bound = local ? { ...settings, localAddress: local } : settings;
    return await race(addresses, bound, options.autoSelectFamilyAttemptTimeout, (address) =>
      observer.attempt(address),
    );
  } catch (error) {
    throw toNodeError(error as Error, path ? { host: path } : { host, port });
  }
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

/** What a program's own lookup finds. */
function ask(
  lookup: LookupFunction,
  host: string,
  { family, hints = 0, autoSelectFamily }: DuplexConnectOptions,
): Promise<InternetAddress[]> {
  const wanted = familyOf(family);
  const number = wanted === undefined ? 0 : wanted === 'IPv6' ? 6 : 4;
  return new Promise((done, fail) => {
    const options = { all: autoSelectFamily !== false, family: number, hints };
    lookup(host, options, (error, found, foundFamily) => {
      if (error) {
        fail(error);
        return;
      }
      const list = Array.isArray(found) ? found : [{ address: found, family: foundFamily ?? 0 }];
      const addresses: InternetAddress[] = [];
      for (const { address } of list) {
        const known = literalFamily(String(address));
        if (!known) {
          const text = `Invalid IP address: ${address}`;
          fail(codedError(new TypeError(text), 'ERR_INVALID_IP_ADDRESS'));
          return;
        }
        addresses.push({ address, family: known, port: 0 });
      }
      done(addresses);
    });
  });
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
const UNKNOWN = ['onread', 'fd', 'handle'];

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
    if ((options as Record<string, unknown>)[name] === undefined) continue;
    throw codedError(new TypeError(`there is no option ${name} here`), 'ERR_INVALID_ARG_VALUE');
  }
  checkKinds(options);
  const { lookup, localAddress, localPort, path } = options;
  const isName = !literalFamily(options.host ?? 'localhost');
  if (isName && lookup !== undefined && typeof lookup !== 'function') {
    throw codedError(new TypeError('lookup is a function'), 'ERR_INVALID_ARG_TYPE');
  }
  if (localAddress && !literalFamily(localAddress)) {
    const text = `Invalid IP address: ${localAddress}`;
    throw codedError(new TypeError(text), 'ERR_INVALID_IP_ADDRESS');
  }
  if (localPort !== undefined && typeof localPort !== 'number') {
    throw codedError(new TypeError('a local port is a number'), 'ERR_INVALID_ARG_TYPE');
  }
  if (path) return options;
  const port = typeof options.port === 'string' ? Number(options.port) : options.port;
  if (port === undefined) {
    const text = 'a port or a path is needed to connect';
    throw codedError(new TypeError(text), 'ERR_MISSING_ARGS');
  }
  if (typeof port !== 'number') {
    throw codedError(new TypeError('a port is a number or text'), 'ERR_INVALID_ARG_TYPE');
  }
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    const text = `a port is a number from 0 to 65535, got ${options.port}`;
    throw codedError(new RangeError(text), 'ERR_SOCKET_BAD_PORT');
  }
  return options;
}

const FAMILIES: readonly unknown[] = [undefined, null, 0, 4, 6, 'IPv4', 'IPv6'];

/** What the options may be that no call looks at; anything else would be ignored. */
function checkKinds(options: DuplexConnectOptions): void {
  const { family, blockList } = options;
  if (!FAMILIES.includes(family)) {
    const text = `a family is 4 or 6, got ${describe(family)}`;
    throw codedError(new TypeError(text), 'ERR_INVALID_ARG_VALUE');
  }
  const kinds = {
    autoSelectFamily: 'boolean',
    autoSelectFamilyAttemptTimeout: 'number',
    keepAliveInitialDelay: 'number',
    hints: 'number',
    host: 'string',
    path: 'string',
  } as const;
  for (const [name, kind] of Object.entries(kinds)) {
    const value = options[name as keyof typeof kinds];
    if (value === undefined || value === null || typeof value === kind) continue;
    const text = `${name} is a ${kind}, got ${describe(value)}`;
    throw codedError(new TypeError(text), 'ERR_INVALID_ARG_TYPE');
  }
  if (blockList !== undefined && typeof blockList?.check !== 'function') {
    const text = `blockList is a net.BlockList, got ${describe(blockList)}`;
    throw codedError(new TypeError(text), 'ERR_INVALID_ARG_TYPE');
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
