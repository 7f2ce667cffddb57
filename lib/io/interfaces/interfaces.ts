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
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';

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

type IpFamily = 'IPv4' | 'IPv6';

/** The indexes that fit where IPv4 takes them for addresses of network 0. */
const MOST_IPV4 = 0xffffff;

/**
 * The interfaces of this computer, those without an address as well.
 *
 * @throws WinsockError of GetAdaptersAddresses
 */
export function networkInterfaces(): NetworkInterface[] {
  return adaptersAddresses().map((adapter) => ({
    name: adapter.FriendlyName ?? '',
    description: adapter.Description ?? '',
    guid: adapter.AdapterName ?? '',
    indexIPv4: adapter.IfIndex,
    indexIPv6: adapter.Ipv6IfIndex,
    up: adapter.OperStatus === IfOperStatusUp,
    addresses: addressesOf(adapter),
  }));
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

function bare(address: string): string {
  return address.split('%', 1)[0]!;
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
  if (which === '' || (typeof which !== 'string' && typeof which !== 'number')) {
    throw new TypeError(
      `an interface is an index, a name or an IP address, got ${describe(which)}`,
    );
  }
  const index = Number(which);
  const most = family === 'IPv4' ? MOST_IPV4 : 0xffffffff;
  if (Number.isInteger(index) && index >= 0 && index <= most) return index;
  throw new RangeError(`the index of an interface is 0 to ${most}, got ${which}`);
}

function interfaceNamed(which: string): NetworkInterface {
  const all = networkInterfaces();
  const address = ipText(which);
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

/** An IP address in the form in which systems tell it; undefined for what is none. */
function ipText(text: string): string | undefined {
  if (parseIPv4(text)) return text;
  const groups = parseIPv6(bare(text));
  return groups && ipv6Text(Uint8Array.from(groups.flatMap((one) => [one >> 8, one & 0xff])));
}

function notFound(about: string): WinsockError {
  return new WinsockError(ERROR_NOT_FOUND, 'GetAdaptersAddresses', { about });
}
