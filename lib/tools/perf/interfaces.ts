import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { PerfError } from './perf-error.ts';

/**
 * The local address that a name of an interface, 'Ethernet' or 'Wi-Fi' say, stands for. An address is
 * returned as it is.
 *
 * @throws PerfError where there is no such interface, or none of its addresses is of the family
 */
export function addressOfInterface(name: string, family: 'IPv4' | 'IPv6'): string {
  const [address = '', scope] = name.split('%', 2);
  if (isIP(address)) return scope === undefined ? address : name;
  const all = networkInterfaces();
  // Windows does not tell upper case from lower.
  const found = Object.keys(all).find((one) => one.toLowerCase() === name.toLowerCase());
  if (found === undefined) {
    throw new PerfError(
      `there is no address or interface ${name}; there are ${Object.keys(all).join(', ')}`,
    );
  }
  const addresses = all[found] ?? [];
  const match = addresses.find((one) => one.family === family);
  if (!match) throw new PerfError(`the interface ${found} has no address of ${family}`);
  const linkLocal = match.family === 'IPv6' && match.scopeid > 0;
  return linkLocal ? `${match.address}%${match.scopeid}` : match.address;
}
