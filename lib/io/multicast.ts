import { WinsockError } from '../ffi/errors.ts';
import { setsockopt, WSAGetLastError } from './hot.ts';
import { parseIPv4, parseIPv6 } from './ip-text.ts';
import { withScratch } from './scratch.ts';

const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;

/** Option numbers: join and leave, of any source or of one. */
const IPV4 = { join: 12, leave: 13 };
const IPV4_OF_SOURCE = { join: 15, leave: 16 };
const IPV6 = { join: 12, leave: 13 };

export interface Membership {
  /** IPv4: an address of the interface. IPv6: the interface's index. Of the system's choice where left out. */
  interface?: string | number;
  /** Receive only what this host sends to the group. IPv4. */
  source?: string;
}

/** Joins or leaves a multicast group. */
export function changeMembership(
  socket: number,
  what: 'join' | 'leave',
  group: string,
  membership: Membership = {},
): void {
  const six = parseIPv6(group);
  if (six) {
    const index = membership.interface ?? 0;
    if (typeof index !== 'number' || membership.source !== undefined) {
      throw new TypeError('an IPv6 group is joined by interface index, from any source');
    }
    // ipv6_mreq: group, interface index.
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    six.forEach((part, at) => {
      view.setUint16(2 * at, part);
    });
    view.setUint32(16, index, true);
    set(socket, IPPROTO_IPV6, IPV6[what], bytes);
    return;
  }
  const address = four(group);
  const local = membership.interface;
  // An interface index is given as an address of network 0.
  const via =
    typeof local === 'number' ? [0, local >> 16, local >> 8, local] : four(local ?? '0.0.0.0');
  if (membership.source === undefined) {
    // ip_mreq: group, interface.
    set(socket, IPPROTO_IP, IPV4[what], Uint8Array.from([...address, ...via]));
  } else {
    // ip_mreq_source: group, source, interface.
    const source = four(membership.source);
    set(socket, IPPROTO_IP, IPV4_OF_SOURCE[what], Uint8Array.from([...address, ...source, ...via]));
  }
}

function four(text: string): number[] {
  const bytes = parseIPv4(text);
  if (!bytes) throw new TypeError(`${JSON.stringify(text)} is not an IP address`);
  return bytes;
}

function set(socket: number, level: number, option: number, value: Uint8Array): void {
  withScratch(value.length, (address, bytes) => {
    bytes.set(value);
    if (setsockopt(socket, level, option, address, value.length) !== 0) {
      throw new WinsockError(WSAGetLastError(), 'setsockopt(membership)');
    }
  });
}
