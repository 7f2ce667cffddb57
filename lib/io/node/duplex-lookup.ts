/** Finds the addresses of a host, as node:net does: by the lookup that it is told, or by the system. */
import type { InternetAddress } from '../families/ip.ts';
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';
import { type ResolveOptions, resolve } from '../sockets/resolve.ts';
import { invalidAddress, nodeError } from './argument-errors.ts';
import type { DuplexConnectOptions, LookupFunction } from './duplex-options.ts';
import { toNodeError } from './node-errors.ts';

/** Is told what a lookup has found, or why nothing: the event `lookup`. */
export type TellLookup = (
  error: Error | null,
  address?: unknown,
  family?: unknown,
  host?: string,
) => void;

/** Where the options lead to. */
export function goalOf(options: DuplexConnectOptions): { host: string; port: number } {
  return { host: options.host || 'localhost', port: Number(options.port) };
}

/** The addresses to try. @throws what a lookup of the program's throws */
export function find(
  options: DuplexConnectOptions,
  signal: AbortSignal | undefined,
  tell: TellLookup,
): Promise<InternetAddress[]> {
  const { host, port } = goalOf(options);
  const family = literalFamily(host);
  // Whoever connects may still listen to what is told.
  if (family) {
    return new Promise((resolve) => {
      process.nextTick(resolve, [{ address: host, family, port }]);
    });
  }
  if (options.lookup) return ask(options.lookup, host, options, tell);
  return findByName(host, { family: familyOf(options.family), signal }, tell);
}

async function findByName(
  host: string,
  options: ResolveOptions,
  tell: TellLookup,
): Promise<InternetAddress[]> {
  try {
    const found = await resolve(host, options);
    for (const { address, family } of found) {
      tell(null, address, family === 'IPv6' ? 6 : 4, host);
    }
    return found;
  } catch (error) {
    tell(toNodeError(error as Error, { host }), undefined, undefined, host);
    throw error;
  }
}

/** Whether all addresses of a name are tried, of both families, as node:net sees it. */
export function choosesAmongAll({
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
  tell: TellLookup,
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
      if (all) tell(error, undefined, undefined, host);
      else tell(error, found, family, host);
      reject(error);
      return;
    }
    const list: unknown[] = Array.isArray(found) && all ? found : [];
    const each = all ? list.map(foundAddress) : [{ address: found, family }];
    for (const { address, family } of each) tell(null, address, family, host);
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

export function literalFamily(host: unknown): 'IPv4' | 'IPv6' | undefined {
  if (typeof host !== 'string') return undefined;
  if (parseIPv4(host)) return 'IPv4';
  return parseIPv6(host.split('%', 1)[0]!) ? 'IPv6' : undefined;
}

function familyOf(family: number | string | undefined): 'IPv4' | 'IPv6' | undefined {
  if (family === 4 || family === 'IPv4') return 'IPv4';
  return family === 6 || family === 'IPv6' ? 'IPv6' : undefined;
}
