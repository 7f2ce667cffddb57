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
import { encodeAddress, familyOf } from '../families/address.ts';
import { splitZone } from '../families/ip.ts';
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';
import {
  type InterfaceLike,
  interfaceIndex,
  interfaceIPv4,
  interfaceOption,
} from '../interfaces/interfaces.ts';
import { text } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';

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
   * The interface, by its name, its index or an address of it; a group 'ff02::1%Ethernet' names it too. 'all'
   * means every interface that is up, those that come later as well. Where left out, the system chooses one.
   */
  interface?: InterfaceLike | 'all';
  /** The IP address of the only host whose datagrams to the group are received. Default: any host's. */
  source?: string;
}

/** What the options of a membership may be. */
export const MEMBERSHIP: OptionTable<Membership> = { interface: interfaceOption, source: text };

/** Joins or leaves a multicast group, or changes which sources are received. */
export function changeMembership(
  socket: number,
  what: MembershipChange,
  group: string,
  membership: Membership,
): void {
  const { source } = membership;
  const [address, zone] = splitGroup(group);
  const six = parseIPv6(address);
  const given = membership.interface ?? zone ?? 0;
  if (six) {
    const via = interfaceIndex(given, 'IPv6');
    if (source !== undefined) {
      set(socket, IPPROTO_IPV6, IPV6_OF_SOURCE[what], groupSource(via, address, source));
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
  const via = interfaceIPv4(given);
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

/** Whether an IP address is that of a group. */
export function isGroup(address: string): boolean {
  const four = parseIPv4(address.replace(/^::ffff:/i, ''));
  return four ? (four[0]! & 0xf0) === 0xe0 : /^ff/i.test(address);
}

/** A group and the interface that it names. */
export function splitGroup(group: string): [address: string, zone: string | undefined] {
  if (typeof group !== 'string') throw new TypeError(`a group is text, got ${describe(group)}`);
  return splitZone(group);
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
