/** What is said of a single datagram that is sent, as the control data of WSASendMsg. */
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
} from '../../../defs/ws2def.g.ts';
import {
  IP_ECN,
  IP_PKTINFO,
  IP_TOS,
  IPV6_ECN,
  IPV6_PKTINFO,
  IPV6_TCLASS,
  in_pktinfo,
  in6_pktinfo,
  UDP_SEND_MSG_SIZE,
} from '../../../defs/ws2ipdef.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { SOCKADDR_IN6_LAYOUT as IN6 } from '../../ffi/windows.g.ts';
import { familyOf } from '../families/address.ts';
import { splitZone } from '../families/ip.ts';
import { parseIPv4, parseIPv6 } from '../families/ip-text.ts';
import { type InterfaceLike, interfaceIndex, interfaceOption } from '../interfaces/interfaces.ts';
import { GIVE_UP, type OperationOptions } from '../ops/give-up.ts';
import { checkedLater, whole } from '../options/kinds.ts';
import type { OptionTable } from '../options/options.ts';
import { type ControlMessage, encodeControlMessages } from '../sockets/control-messages.ts';

/** How a single datagram is sent; what is left out is as the options of the socket say. */
export interface DatagramSendOptions extends OperationOptions {
  /** The address of this computer that it comes from, as the `to` of a datagram that is answered. */
  from?: string | { readonly address: string } | undefined;
  /** The interface that it leaves by. */
  interface?: InterfaceLike | undefined;
  /** How many hops it may make: 1 to 255. */
  ttl?: number | undefined;
  /** The type of service of IPv4, or the traffic class of IPv6: 0 to 255. */
  tos?: number | undefined;
  /** Its explicit congestion notification: 0 to 3. */
  ecn?: number | undefined;
  /** Has the data go as several datagrams of so many bytes, the last with what is left: 1 to 65507. */
  segmentSize?: number | undefined;
}

/** In bytes: the longest datagram of IPv4. */
export const LONGEST_PAYLOAD = 65507;

/** What they may be. */
export const SEND_OPTIONS: OptionTable<DatagramSendOptions> = {
  ...GIVE_UP,
  from: checkedLater,
  interface: interfaceOption,
  ttl: whole(1, 255),
  tos: whole(0, 255),
  ecn: whole(0, 3),
  segmentSize: whole(1, LONGEST_PAYLOAD),
};

const { segmentSize: _, ...ofEach } = SEND_OPTIONS;

/** What they may be of datagrams that have their lengths already. */
export const SEND_ALL_OPTIONS: OptionTable<Omit<DatagramSendOptions, 'segmentSize'>> = ofEach;

/**
 * Whether a datagram goes by IPv4: also from a socket of IPv6, where the address is one of IPv4 that is
 * written as one of IPv6.
 *
 * @param to the sockaddr of the receiver
 */
export function goesByIPv4(to: Uint8Array): boolean {
  if (familyOf(to) !== AF_INET6) return familyOf(to) === AF_INET;
  const ip = to.subarray(IN6.sin6_addr, IN6.sin6_addr + 16);
  return ip.subarray(0, 10).every((byte) => byte === 0) && ip[10] === 0xff && ip[11] === 0xff;
}

/**
 * The control data of a datagram.
 *
 * @param four whether it goes by IPv4
 * @param segmentSize in bytes, where the system is to take it apart
 * @throws TypeError for an address of the other family, or what is none; RangeError and WinsockError for an
 *   interface that is none
 */
export function sendControl(
  options: DatagramSendOptions,
  four: boolean,
  segmentSize?: number,
): Uint8Array {
  const messages: ControlMessage[] = [];
  const { from, interface: via, tos, ecn } = options;
  const level = four ? IPPROTO_IP : IPPROTO_IPV6;
  if (from !== undefined || via !== undefined) {
    const type = four ? IP_PKTINFO : IPV6_PKTINFO;
    messages.push({ level, type, data: packetInfo(from, via, four) });
  }
  if (tos !== undefined) {
    const value = ecn === undefined ? tos : (tos & ~3) | ecn;
    messages.push({ level, type: four ? IP_TOS : IPV6_TCLASS, data: int(value) });
  } else if (ecn !== undefined) {
    messages.push({ level, type: four ? IP_ECN : IPV6_ECN, data: int(ecn) });
  }
  if (segmentSize !== undefined) {
    messages.push({ level: IPPROTO_UDP, type: UDP_SEND_MSG_SIZE, data: int(segmentSize) });
  }
  return encodeControlMessages(messages);
}

function packetInfo(
  from: DatagramSendOptions['from'],
  via: InterfaceLike | undefined,
  four: boolean,
): Uint8Array {
  const text = typeof from === 'object' && from !== null ? from.address : from;
  if (from !== undefined && typeof text !== 'string') {
    throw new TypeError(`what a datagram comes from is an IP address, got ${describe(from)}`);
  }
  const [address, zone] = splitZone(text ?? (four ? '0.0.0.0' : '::'));
  const index = interfaceIndex(via ?? zone ?? 0, four ? 'IPv4' : 'IPv6');
  const parts = four
    ? parseIPv4(address.replace(/^::ffff:/i, ''))
    : parseIPv6(address)?.flatMap((group) => [group >> 8, group & 0xff]);
  if (!parts) {
    const family = four ? 'IPv4' : 'IPv6';
    throw new TypeError(`${JSON.stringify(text)} is no address of ${family}, by which this goes`);
  }
  if (four) {
    const info = new in_pktinfo({ ipi_ifindex: index });
    info.ipi_addr.set(parts);
    return info;
  }
  const info = new in6_pktinfo({ ipi6_ifindex: index });
  info.ipi6_addr.set(parts);
  return info;
}

function int(value: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(4));
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}
