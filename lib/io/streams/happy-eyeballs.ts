import { describe } from '../../ffi/types/describe.ts';
import { limited } from '../ops/limit.ts';
import { checkPort, type InternetAddress } from '../sockets/address.ts';
import { parseIPv4, parseIPv6 } from '../sockets/ip-text.ts';
import { resolve } from '../sockets/resolve.ts';
import { type ConnectOptions, connectTo } from './connect.ts';
import type { TcpSocket } from './tcp-socket.ts';

/** How long one attempt runs before the next begins beside it: RFC 8305, section 5. */
const ATTEMPT_DELAY = 250;

/** How a host of several addresses is connected to. */
export interface ConnectHostOptions extends ConnectOptions {
  /** A host name or an IP address. Default 'localhost'. */
  host?: string;
  /** Needed, except for a Unix socket. */
  port?: number;
  /** The path of a Unix socket, in place of host and port. */
  path?: string;
  /** Use only addresses of one family. */
  family?: 'IPv4' | 'IPv6';
}

/** The order to try addresses in: families in turn, beginning with the one preferred. */
export function interleave(addresses: readonly InternetAddress[]): InternetAddress[] {
  const first = addresses.filter(({ family }) => family === addresses[0]?.family);
  const second = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const ordered: InternetAddress[] = [];
  for (let i = 0; i < Math.max(first.length, second.length); i++) {
    if (first[i]) ordered.push(first[i]!);
    if (second[i]) ordered.push(second[i]!);
  }
  return ordered;
}

/**
 * Connects to a host by name or address, or to a Unix socket by its path. Of several addresses, the
 * next is tried when one fails or has not answered within 250 ms; the first that connects is taken
 * and the others are given up (RFC 8305). Signal and timeout are for the whole, with the lookup.
 *
 * @throws WinsockError of the first attempt that failed, where all did
 */
export async function connect(options: ConnectHostOptions): Promise<TcpSocket> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`connect takes an object: { host, port }, got ${describe(options)}`);
  }
  const { host = 'localhost', port, path, family } = options;
  if (path !== undefined) return connectTo({ path }, options);
  if (port === undefined)
    throw new TypeError('a port or a path is needed: connect({ host, port })');
  if (typeof host !== 'string') throw new TypeError(`a host is text, got ${describe(host)}`);
  if (parseIPv4(host) || parseIPv6(host.split('%', 1)[0]!)) {
    return connectTo({ address: host, port }, options);
  }
  checkPort(port);
  return limited(options, 'ConnectEx', async (signal) => {
    const found = await resolve(host, { family, signal });
    const addresses = interleave(found).map((address) => ({ ...address, port }));
    return race(addresses, { ...options, signal, timeout: undefined });
  });
}

/**
 * Tries addresses in order, each a while after the one before. Signal and timeout are for the whole.
 *
 * @param delay milliseconds after which the next is tried beside those that have not answered
 * @param onAttempt is told of each
 * @throws WinsockError of the first attempt that failed, where all did
 */
export function race(
  addresses: readonly InternetAddress[],
  options: ConnectOptions,
  delay = ATTEMPT_DELAY,
  onAttempt?: (address: InternetAddress) => void,
): Promise<TcpSocket> {
  return limited(options, 'ConnectEx', (signal) =>
    tryEach(addresses, { ...options, signal, timeout: undefined }, delay, onAttempt),
  );
}

function tryEach(
  addresses: readonly InternetAddress[],
  options: ConnectOptions,
  delay: number,
  onAttempt: ((address: InternetAddress) => void) | undefined,
): Promise<TcpSocket> {
  return new Promise((resolve, reject) => {
    const attempts = new Set<AbortController>();
    const errors: unknown[] = [];
    let next = 0;
    let over = false;
    let timer: NodeJS.Timeout | undefined;

    const finish = () => {
      over = true;
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      for (const attempt of attempts) attempt.abort();
    };
    const onAbort = () => {
      finish();
      reject(options.signal!.reason);
    };
    const failed = (error: unknown) => {
      if (over) return;
      errors.push(error);
      if (next < addresses.length) begin();
      else if (attempts.size === 0) {
        finish();
        reject(errors[0]);
      }
    };
    const begin = () => {
      clearTimeout(timer);
      const address = addresses[next++]!;
      onAttempt?.(address);
      // Who is told may have had enough.
      if (over) return;
      const attempt = new AbortController();
      attempts.add(attempt);
      if (next < addresses.length) timer = setTimeout(begin, delay);
      connectTo(address, { ...options, signal: attempt.signal }).then(
        (socket) => {
          attempts.delete(attempt);
          if (over) socket.destroy();
          else {
            finish();
            resolve(socket);
          }
        },
        (error) => {
          attempts.delete(attempt);
          failed(error);
        },
      );
    };
    if (addresses.length === 0) {
      reject(new TypeError('no address to connect to'));
      return;
    }
    options.signal?.addEventListener('abort', onAbort, { once: true });
    begin();
  });
}
