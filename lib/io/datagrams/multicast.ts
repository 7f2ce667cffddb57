import { AF_INET, IPPROTO_IP, IPPROTO_IPV6 } from '../../../defs/ws2def.g.ts';
import {
  group_source_req,
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_UNBLOCK_SOURCE,
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  ip_mreq,
  ip_mreq_source,
  ipv6_mreq,
  MCAST_BLOCK_SOURCE,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
  MCAST_UNBLOCK_SOURCE,
} from '../../../defs/ws2ipdef.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { setsockopt } from '../calls/calls.ts';
import { check } from '../calls/check.ts';
import { withScratch } from '../calls/scratch.ts';
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';
import { text } from '../options/kinds.ts';
import { type OptionTable, optionsOf } from '../options/options.ts';
import { encodeAddress, familyOf } from '../sockets/address.ts';

/** What is done to a membership; `block` and `unblock` are of single sources. */
export type MembershipChange = 'join' | 'leave' | 'block' | 'unblock';

/** Option numbers and names. To block is to leave out one source of a group of any source. */
const IPV4 = {
  join: [IP_ADD_MEMBERSHIP, 'IP_ADD_MEMBERSHIP'],
  leave: [IP_DROP_MEMBERSHIP, 'IP_DROP_MEMBERSHIP'],
} as const;
const IPV4_OF_SOURCE = {
  join: [IP_ADD_SOURCE_MEMBERSHIP, 'IP_ADD_SOURCE_MEMBERSHIP'],
  leave: [IP_DROP_SOURCE_MEMBERSHIP, 'IP_DROP_SOURCE_MEMBERSHIP'],
  block: [IP_BLOCK_SOURCE, 'IP_BLOCK_SOURCE'],
  unblock: [IP_UNBLOCK_SOURCE, 'IP_UNBLOCK_SOURCE'],
} as const;
const IPV6 = {
  join: [IPV6_ADD_MEMBERSHIP, 'IPV6_ADD_MEMBERSHIP'],
  leave: [IPV6_DROP_MEMBERSHIP, 'IPV6_DROP_MEMBERSHIP'],
} as const;
const IPV6_OF_SOURCE = {
  join: [MCAST_JOIN_SOURCE_GROUP, 'MCAST_JOIN_SOURCE_GROUP'],
  leave: [MCAST_LEAVE_SOURCE_GROUP, 'MCAST_LEAVE_SOURCE_GROUP'],
  block: [MCAST_BLOCK_SOURCE, 'MCAST_BLOCK_SOURCE'],
  unblock: [MCAST_UNBLOCK_SOURCE, 'MCAST_UNBLOCK_SOURCE'],
} as const;

/** How a group is joined. */
export interface Membership {
  /**
   * The interface, by its index or, for IPv4, by an address of it. A group 'ff02::1%4' names it too.
   * Where left out, the system chooses one.
   */
  interface?: string | number;
  /** The IP address of the only host whose datagrams to the group are received. Default: any host's. */
  source?: string;
}

const MEMBERSHIP: OptionTable<Membership> = {
  interface: (value) => {
    if (typeof value !== 'string') indexOf(value);
  },
  source: text,
};

/** Joins or leaves a multicast group, or changes which sources are received. */
export function changeMembership(
  socket: number,
  what: MembershipChange,
  group: string,
  options?: Membership,
): void {
  const membership = optionsOf(options, what, MEMBERSHIP);
  const { source } = membership;
  if (typeof group !== 'string')
    throw new TypeError(`a group is an address, got ${describe(group)}`);
  const [address, zone] = group.split('%', 2);
  const six = parseIPv6(address!);
  const given = membership.interface ?? (zone === undefined ? 0 : Number(zone));
  if (six) {
    const via = indexOf(given);
    if (source !== undefined) {
      set(socket, IPPROTO_IPV6, IPV6_OF_SOURCE[what], groupSource(via, address!, source));
      return;
    }
    const wanted = new ipv6_mreq({ ipv6mr_interface: via });
    const { buffer, byteOffset } = wanted.ipv6mr_multiaddr;
    const bytes = new DataView(buffer, byteOffset);
    six.forEach((part, at) => {
      bytes.setUint16(2 * at, part);
    });
    set(socket, IPPROTO_IPV6, ofAnySource(IPV6, what), wanted);
    return;
  }
  const parts = four(group);
  const via = typeof given === 'number' ? networkZero(indexOf(given)) : four(given);
  if (source === undefined) {
    const wanted = new ip_mreq();
    wanted.imr_multiaddr.set(parts);
    wanted.imr_interface.set(via);
    set(socket, IPPROTO_IP, ofAnySource(IPV4, what), wanted);
  } else {
    const wanted = new ip_mreq_source();
    wanted.imr_multiaddr.set(parts);
    wanted.imr_sourceaddr.set(four(source));
    wanted.imr_interface.set(via);
    set(socket, IPPROTO_IP, IPV4_OF_SOURCE[what], wanted);
  }
}

type Option = readonly [number: number, name: string];

function ofAnySource(options: Record<'join' | 'leave', Option>, what: MembershipChange): Option {
  if (what === 'join' || what === 'leave') return options[what];
  throw new TypeError(`to ${what} needs a source`);
}

function groupSource(via: number, group: string, source: string): group_source_req {
  const from = encodeAddress({ address: source, port: 0 });
  if (familyOf(from) === AF_INET) {
    throw new TypeError('the source of an IPv6 group is an IPv6 address');
  }
  const wanted = new group_source_req({ gsr_interface: via });
  wanted.gsr_group.set(encodeAddress({ address: group, port: 0 }));
  wanted.gsr_source.set(from);
  return wanted;
}

function indexOf(value: unknown): number {
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
    check(setsockopt(socket, level, option, address, value.length), `setsockopt(${name})`);
  });
}
