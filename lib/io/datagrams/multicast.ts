import { AF_INET, IPPROTO_IP, IPPROTO_IPV6 } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { setsockopt, WSAGetLastError } from '../calls/calls.ts';
import { withScratch } from '../calls/scratch.ts';
import { encodeAddress } from '../sockets/address.ts';
import { parseIPv4, parseIPv6 } from '../sockets/ip-text.ts';

/** What is done to a membership; `block` and `unblock` are of single sources. */
export type MembershipChange = 'join' | 'leave' | 'block' | 'unblock';

/** Option numbers and names. To block is to leave out one source of a group of any source. */
const IPV4 = { join: [12, 'IP_ADD_MEMBERSHIP'], leave: [13, 'IP_DROP_MEMBERSHIP'] } as const;
const IPV4_OF_SOURCE = {
  join: [15, 'IP_ADD_SOURCE_MEMBERSHIP'],
  leave: [16, 'IP_DROP_SOURCE_MEMBERSHIP'],
  block: [17, 'IP_BLOCK_SOURCE'],
  unblock: [18, 'IP_UNBLOCK_SOURCE'],
} as const;
const IPV6 = { join: [12, 'IPV6_ADD_MEMBERSHIP'], leave: [13, 'IPV6_DROP_MEMBERSHIP'] } as const;
const IPV6_OF_SOURCE = {
  join: [45, 'MCAST_JOIN_SOURCE_GROUP'],
  leave: [46, 'MCAST_LEAVE_SOURCE_GROUP'],
  block: [43, 'MCAST_BLOCK_SOURCE'],
  unblock: [44, 'MCAST_UNBLOCK_SOURCE'],
} as const;

/** GROUP_SOURCE_REQ: interface, group, source; each sockaddr in a SOCKADDR_STORAGE. */
const GROUP_SOURCE_REQ_BYTES = 264;
const GROUP_OFFSET = 8;
const SOURCE_OFFSET = 136;

/** How a group is joined. */
export interface Membership {
  /**
   * The interface, by its index or, for IPv4, by an address of it. A group 'ff02::1%4' names it too.
   * Of the system's choice where left out.
   */
  interface?: string | number;
  /** Only what this host sends to the group. */
  source?: string;
}

/** Joins or leaves a multicast group, or changes which sources are received. */
export function changeMembership(
  socket: number,
  what: MembershipChange,
  group: string,
  membership: Membership = {},
): void {
  const { source } = membership;
  const [address, zone] = group.split('%', 2);
  const six = parseIPv6(address!);
  const given = membership.interface ?? (zone === undefined ? 0 : Number(zone));
  if (six) {
    const via = indexOf(given);
    if (source !== undefined) {
      set(socket, IPPROTO_IPV6, IPV6_OF_SOURCE[what], groupSource(via, address!, source));
      return;
    }
    // ipv6_mreq: group, interface index.
    const bytes = new Uint8Array(20);
    const view = new DataView(bytes.buffer);
    six.forEach((part, at) => {
      view.setUint16(2 * at, part);
    });
    view.setUint32(16, via, true);
    set(socket, IPPROTO_IPV6, ofAnySource(IPV6, what), bytes);
    return;
  }
  const parts = four(group);
  const via = typeof given === 'number' ? networkZero(indexOf(given)) : four(given);
  if (source === undefined) {
    // ip_mreq: group, interface.
    set(socket, IPPROTO_IP, ofAnySource(IPV4, what), Uint8Array.from([...parts, ...via]));
  } else {
    // ip_mreq_source: group, source, interface.
    const bytes = Uint8Array.from([...parts, ...four(source), ...via]);
    set(socket, IPPROTO_IP, IPV4_OF_SOURCE[what], bytes);
  }
}

type Option = readonly [number: number, name: string];

function ofAnySource(options: Record<'join' | 'leave', Option>, what: MembershipChange): Option {
  if (what === 'join' || what === 'leave') return options[what];
  throw new TypeError(`to ${what} needs a source`);
}

function groupSource(via: number, group: string, source: string): Uint8Array {
  const bytes = new Uint8Array(GROUP_SOURCE_REQ_BYTES);
  const from = encodeAddress({ address: source, port: 0 });
  if (from[0] === AF_INET) throw new TypeError('the source of an IPv6 group is an IPv6 address');
  new DataView(bytes.buffer).setUint32(0, via, true);
  bytes.set(encodeAddress({ address: group, port: 0 }), GROUP_OFFSET);
  bytes.set(from, SOURCE_OFFSET);
  return bytes;
}

function indexOf(value: string | number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffff) {
    return value;
  }
  throw new TypeError(`an interface index is a whole number, got ${JSON.stringify(value)}`);
}

/** IPv4 takes an interface index as an address of network 0. */
function networkZero(index: number): number[] {
  return [0, index >> 16, (index >> 8) & 0xff, index & 0xff];
}

function four(text: string): number[] {
  const bytes = parseIPv4(text);
  if (!bytes) throw new TypeError(`${JSON.stringify(text)} is not an IP address`);
  return bytes;
}

function set(socket: number, level: number, [option, name]: Option, value: Uint8Array): void {
  withScratch(value.length, (address, bytes) => {
    bytes.set(value);
    if (setsockopt(socket, level, option, address, value.length) !== 0) {
      throw new WinsockError(WSAGetLastError(), `setsockopt(${name})`);
    }
  });
}
