import { AF_INET, AF_INET6, AF_UNSPEC } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { describe } from '../../ffi/types/describe.ts';
import type { InternetAddress } from '../families/ip.ts';
import { GIVE_UP, limited, type OperationOptions } from '../ops/give-up.ts';
import { oneOf } from '../options/kinds.ts';
import { type OptionTable, optionsOf } from '../options/options.ts';
import { begin, giveUp, Lookup } from './lookups.ts';

/** In characters. */
const LONGEST_NAME = 255;

/** How a name is resolved. */
export interface ResolveOptions extends OperationOptions {
  /** Default: both, in the order that the system prefers. */
  family?: 'IPv4' | 'IPv6' | undefined;
}

const OPTIONS: OptionTable<ResolveOptions> = { ...GIVE_UP, family: oneOf('IPv4', 'IPv6') };

const FAMILIES = { IPv4: AF_INET, IPv6: AF_INET6 } as const;

/**
 * The addresses of a host name, in the order that the system prefers. The lookup runs off this
 * thread. Signal and timeout cancel it, and settle the promise at once: a lookup uses no memory of
 * the caller's, and how soon the system gives it up is the system's affair.
 *
 * @param host a name, or the text of an address; up to 255 characters
 * @throws by rejection: WinsockError of GetAddrInfoExW, such as WSAHOST_NOT_FOUND; TypeError for what is
 *   no name, TypeError and RangeError for options that are none; the signal's reason, WSAETIMEDOUT
 */
export async function resolve(host: string, options?: ResolveOptions): Promise<InternetAddress[]> {
  if (
    typeof host !== 'string' ||
    host === '' ||
    host.length > LONGEST_NAME ||
    host.includes('\0')
  ) {
    throw new TypeError(
      `a host name is text of 1 to ${LONGEST_NAME} characters, got ${describe(host)}`,
    );
  }
  const given = optionsOf(options, 'resolve', OPTIONS);
  const { family } = given;
  return limited(given, 'GetAddrInfoExW', (signal) => {
    return new Promise((resolve, reject) => {
      const lookup = new Lookup(host, family ? FAMILIES[family] : AF_UNSPEC, (code) => {
        signal?.removeEventListener('abort', onAbort);
        if (code === 0) resolve(lookup.addresses());
        else reject(new WinsockError(code, `GetAddrInfoExW(${host})`));
      });
      const onAbort = () => {
        giveUp(lookup);
        reject(signal!.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      begin(lookup);
    });
  });
}
