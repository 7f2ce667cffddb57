/** What console.log shows of sockets, servers and ports: what one asks of them, not what they are made of. */
import { addressText, type SocketAddress } from '../families/address.ts';

export { INSPECT } from '../../ffi/types/describe.ts';

/** What prints the values within. */
export type Inspect = (value: unknown, options: object) => string;

/** An address for printing; undefined where there is none to ask for. */
export function printedAddress(ask: () => SocketAddress): string | undefined {
  try {
    return addressText(ask());
  } catch {
    return undefined;
  }
}

/** `Name { … }`, without what is not known. */
export function printed(name: string, state: object, options: object, inspect: Inspect): string {
  const known = Object.entries(state).filter(([, value]) => value !== undefined);
  return `${name} ${inspect(Object.fromEntries(known), options)}`;
}
