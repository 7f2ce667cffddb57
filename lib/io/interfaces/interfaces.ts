/** Network interfaces by what people call them: names, indexes and addresses. */
import { IfOperStatusUp } from '../../../defs/ifdef.g.ts';
import type { IP_ADAPTER_ADDRESSES_LH } from '../../../defs/iptypes.g.ts';
import { ERROR_NOT_FOUND } from '../../../defs/winerror.g.ts';
import { AF_INET, AF_INET6 } from '../../../defs/ws2def.g.ts';
import { adaptersAddresses } from '../../api/iphlpapi/adapters.ts';
import { linked } from '../../api/results/anchored.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { ipv4Text, ipv6Text } from '../../ffi/memory/address-text.ts';
import { reach } from '../../ffi/memory/views.ts';
import { describe } from '../../ffi/types/describe.ts';
import { SOCKADDR_IN_LAYOUT as IN, SOCKADDR_IN6_LAYOUT as IN6 } from '../../ffi/windows.g.ts';
import { normalIp, parseIPv4 } from '../families/ip-text.ts';
import type { Check } from '../options/options.ts';

/**
 * An interface: its index, a name of it ('Ethernet', as `os.networkInterfaces()` has it, the
 * adapter's description, or its GUID), or an IP address that it has.
 */
export type InterfaceLike = number | string;

/** A network interface of this computer. */
export interface NetworkInterface {
  /** 'Ethernet', 'Wi-Fi': what Windows shows. */
  readonly name: string;
  /** What the hardware calls itself. */
  readonly description: string;
  /** '{00000000-…}' */
  readonly guid: string;
  /** For IPv4; 0 where it has none. */
  readonly indexIPv4: number;
  /** For IPv6; 0 where it has none. */
  readonly indexIPv6: number;
  /** Whether it is up. */
  readonly up: boolean;
  /** Its IP addresses, without zones. */
  readonly addresses: readonly string[];
}

/** Whether a value may name an interface. */
export const interfaceOption: Check = (value, name) => {
  if (typeof value === 'string' && value !== '') return;
  if (typeof value !== 'number') {
    throw new TypeError(
      `${name} is an interface by name, index or address, got ${describe(value)}`,
    );
  }
  if (Number.isInteger(value) && value >= 0 && value <= MOST_IPV6) return;
  throw new RangeError(`${name} is the index of an interface, 0 to ${MOST_IPV6}, got ${value}`);
};

type IpFamily = 'IPv4' | 'IPv6';

/** The indexes that fit where IPv4 takes them for addresses of network 0. */
const MOST_IPV4 = 0xffffff;
const MOST_IPV6 = 0xffffffff;

/**
 * The interfaces of this computer, those without an address as well.
 *
 * @throws WinsockError of GetAdaptersAddresses
 */
export function networkInterfaces(): NetworkInterface[] {
  return adaptersAddresses().map((adapter) => {
    const addresses = addressesOf(adapter);
    const hasIPv6 = addresses.some((address) => address.includes(':'));
    return {
      name: adapter.FriendlyName ?? '',
      description: adapter.Description ?? '',
      guid: adapter.AdapterName ?? '',
      indexIPv4: adapter.IfIndex,
      // Wine tells no index of the loopback interface, which is the same for both families there.
      indexIPv6: adapter.Ipv6IfIndex || (hasIPv6 ? adapter.IfIndex : 0),
      up: adapter.OperStatus === IfOperStatusUp,
      addresses,
    };
  });
}

function addressesOf(adapter: IP_ADAPTER_ADDRESSES_LH): string[] {
  const found: string[] = [];
  for (const { Address } of linked(adapter.FirstUnicastAddress)) {
    const { lpSockaddr, iSockaddrLength } = Address;
    const sockaddr = lpSockaddr && reach(lpSockaddr, 0, iSockaddrLength);
    const family = lpSockaddr?.sa_family;
    if (!sockaddr) continue;
    if (family === AF_INET) found.push(ipv4Text(sockaddr.subarray(IN.sin_addr)));
    if (family === AF_INET6) found.push(ipv6Text(sockaddr.subarray(IN6.sin6_addr)));
  }
  return found;
}

/**
 * The index of an interface, 0 for the system's choice.
 *
 * @param family which index: an interface may have two
 * @throws TypeError and RangeError for what names no interface; WinsockError, ERROR_NOT_FOUND, where
 *   there is none of that name, or none for the family
 */
export function interfaceIndex(which: InterfaceLike, family: IpFamily): number {
  if (typeof which === 'string' && which !== '' && !/^\d+$/.test(which)) {
    const { indexIPv4, indexIPv6 } = interfaceNamed(which);
    const index = family === 'IPv4' ? indexIPv4 : indexIPv6;
    if (index === 0) throw notFound(`${JSON.stringify(which)} has no ${family}`);
    return index;
  }
  interfaceOption(which, 'an interface');
  const index = Number(which);
  const most = family === 'IPv4' ? MOST_IPV4 : MOST_IPV6;
  if (index <= most) return index;
  throw new RangeError(`the index of an interface is 0 to ${most}, got ${which}`);
}

/**
 * An interface as options of IPv4 take it, four bytes: an address of it, or where it has none its index as an
 * address of network 0. An address is taken as it is.
 *
 * @throws as `interfaceIndex` does
 */
export function interfaceIPv4(which: InterfaceLike): number[] {
  const given = typeof which === 'string' ? parseIPv4(which) : undefined;
  if (given) return given;
  const index = interfaceIndex(which, 'IPv4');
  if (typeof which === 'string') {
    const own = networkInterfaces().find(({ indexIPv4 }) => indexIPv4 === index);
    const first = own?.addresses.map(parseIPv4).find((parts) => parts !== undefined);
    if (first) return first;
  }
  return [0, index >> 16, (index >> 8) & 0xff, index & 0xff];
}

function interfaceNamed(which: string): NetworkInterface {
  const all = networkInterfaces();
  const address = normalIp(which.split('%', 1)[0]!);
  const lower = which.toLowerCase();
  const found =
    address !== undefined
      ? all.find(({ addresses }) => addresses.includes(address))
      : (all.find(({ name }) => name === which) ??
        all.find(({ name }) => name.toLowerCase() === lower) ??
        all.find(({ guid }) => guid.toLowerCase() === lower) ??
        all.find(({ description }) => description.toLowerCase() === lower));
  if (found) return found;
  const names = all.map(({ name }) => JSON.stringify(name)).join(', ');
  throw notFound(`no ${JSON.stringify(which)} among ${names}`);
}

function notFound(about: string): WinsockError {
  return new WinsockError(ERROR_NOT_FOUND, 'GetAdaptersAddresses', { about });
}
