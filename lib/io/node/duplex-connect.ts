import type { InternetAddress } from '../sockets/address.ts';
import { parseIPv4, parseIPv6 } from '../sockets/ip-text.ts';
import { resolve } from '../sockets/resolve.ts';
import { type ConnectOptions, connectTo, race } from '../streams/connect.ts';
import { interleave } from '../streams/happy-eyeballs.ts';
import type { TcpSocket } from '../streams/tcp-socket.ts';
import { toNodeError } from './node-errors.ts';

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
  /** Switches TCP_NODELAY on. */
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
 * @throws NodeSystemError
 */
export async function connectAs(
  options: DuplexConnectOptions,
  settings: ConnectOptions,
  observer: ConnectObserver,
): Promise<TcpSocket> {
  const { localAddress, localPort = 0, path } = options;
  const host = options.host ?? 'localhost';
  if (localAddress) settings.localAddress = { address: localAddress, port: localPort };
  const port = Number(options.port);
  try {
    if (path) return await connectTo({ path }, settings);
    const literal = literalFamily(host);
    const found = literal
      ? [{ address: host, family: literal }]
      : await lookUp(host, options.family, settings.signal, observer);
    const addresses = interleave(found.map((one) => ({ ...one, port })));
    return await race(addresses, settings, undefined, (address) => observer.attempt(address));
  } catch (error) {
    throw toNodeError(error as Error, path ? { host: path } : { host, port });
  }
}

async function lookUp(
  host: string,
  family: number | string | undefined,
  signal: AbortSignal | undefined,
  observer: ConnectObserver,
): Promise<InternetAddress[]> {
  try {
    const found = await resolve(host, { family: familyOf(family), signal });
    for (const { address, family } of found) {
      observer.lookup(null, address, family === 'IPv6' ? 6 : 4, host);
    }
    return found;
  } catch (error) {
    observer.lookup(toNodeError(error as Error, { host }), undefined, undefined, host);
    throw error;
  }
}

function literalFamily(host: string): 'IPv4' | 'IPv6' | undefined {
  if (parseIPv4(host)) return 'IPv4';
  return parseIPv6(host.split('%', 1)[0]!) ? 'IPv6' : undefined;
}

function familyOf(family: number | string | undefined): 'IPv4' | 'IPv6' | undefined {
  if (family === 4 || family === 'IPv4') return 'IPv4';
  return family === 6 || family === 'IPv6' ? 'IPv6' : undefined;
}

/** The options of `connect(options)`, `connect(port, host)` and `connect(path)`, checked. */
export function connectOptions(
  to: DuplexConnectOptions | number | string,
  host: unknown,
): DuplexConnectOptions {
  const options = optionsOf(to, host);
  if (options.path) return options;
  const port = typeof options.port === 'string' ? Number(options.port) : options.port;
  if (typeof port !== 'number') throw new TypeError('a port or a path is needed to connect');
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`a port is a number from 0 to 65535, got ${options.port}`);
  }
  return options;
}

function optionsOf(to: DuplexConnectOptions | number | string, host: unknown) {
  if (typeof to === 'object') return to;
  if (typeof to === 'string' && !/^\d+$/.test(to)) return { path: to };
  return { port: to, host: typeof host === 'string' ? host : undefined };
}
