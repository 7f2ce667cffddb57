/** What the system knows of a datagram beside its data and its sender: asked for, and told. */
import {
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_UDP,
  MSG_BCAST,
  MSG_TRUNC,
} from '../../../defs/ws2def.g.ts';
import {
  IP_ECN,
  IP_HOPLIMIT,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_TOS,
  IP_TTL,
  IPV6_ECN,
  IPV6_HOPLIMIT,
  IPV6_PKTINFO,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  UDP_COALESCED_INFO,
} from '../../../defs/ws2ipdef.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { ipv4Text, ipv6Text } from '../../ffi/memory/address-text.ts';
import { describe } from '../../ffi/types/describe.ts';
import type { InternetAddress } from '../families/ip.ts';
import { type ControlMessage, controlMessages } from '../sockets/control-messages.ts';
import { type SettableOptionName, setOption } from '../sockets/socket-options.ts';

/** What can be asked for; 'tos' tells `ecn` too, also where the system knows no more than that. */
export type DatagramDetail = 'to' | 'interface' | 'ttl' | 'tos';

/** What is told of a datagram, as far as it was asked for and the system knows. */
export interface DatagramDetails {
  /** The address that it was sent to: one of this computer's, a group, or a broadcast. */
  readonly to?: InternetAddress;
  /** Present where it was sent to a broadcast address. */
  readonly broadcast?: true;
  /** The index of the interface that it came by. */
  readonly interface?: number;
  /** How many more hops it might have made: the TTL of IPv4, or the hop limit of IPv6. */
  readonly ttl?: number;
  /** The type of service of IPv4, or the traffic class of IPv6: 0 to 255. */
  readonly tos?: number;
  /** Its explicit congestion notification: 0 to 3. */
  readonly ecn?: number;
  /** Where it came together with others of its sender: the length in bytes of all but the last. */
  readonly segmentSize?: number;
  /** Whether it was longer than `longest`, and the rest of it is lost. */
  readonly truncated: boolean;
}

/** What is told where nothing was asked for. */
export const NO_DETAILS: DatagramDetails = Object.freeze({ truncated: false });

const ALL: readonly DatagramDetail[] = ['to', 'interface', 'ttl', 'tos'];

/**
 * The details that are asked for.
 *
 * @param wanted true for all that the system tells
 * @throws TypeError for what is no detail
 */
export function detailsOf(
  wanted: boolean | readonly DatagramDetail[] | undefined,
): ReadonlySet<DatagramDetail> {
  if (wanted === undefined || typeof wanted === 'boolean') return new Set(wanted ? ALL : []);
  if (!Array.isArray(wanted)) {
    throw new TypeError(`details are true, false or a list, got ${describe(wanted)}`);
  }
  for (const one of wanted) {
    if (ALL.includes(one)) continue;
    const names = ALL.map((name) => `'${name}'`).join(', ');
    throw new TypeError(`a detail of datagrams is one of ${names}, got ${JSON.stringify(one)}`);
  }
  return new Set(wanted);
}

/** The options that have a detail told, the first that the system has; of IPv4 and of IPv6. */
const OPTIONS: Readonly<
  Record<DatagramDetail, readonly (readonly [SettableOptionName, SettableOptionName])[]>
> = {
  to: [['packetInfo', 'packetInfoV6']],
  interface: [['packetInfo', 'packetInfoV6']],
  ttl: [['receiveTtl', 'receiveHopLimitV6']],
  tos: [
    ['receiveTos', 'receiveTrafficClassV6'],
    ['receiveEcn', 'receiveEcnV6'],
  ],
};

/**
 * Has the system tell details.
 *
 * @param six whether the socket is of IPv6: what comes from IPv4 is told in the terms of IPv4 there
 * @param all whether what the system cannot tell is left out; else it is refused
 * @throws WinsockError where the system cannot tell what was named
 */
export function askForDetails(
  socket: number,
  wanted: ReadonlySet<DatagramDetail>,
  six: boolean,
  all: boolean,
): void {
  for (const detail of wanted) {
    const failures: unknown[] = [];
    for (const [four, sixName] of OPTIONS[detail]) {
      const failure = ask(socket, six ? sixName : four);
      // An IPv6 socket may be for IPv6 only.
      if (six) ask(socket, four);
      if (!failure) break;
      failures.push(failure);
    }
    if (!all && failures.length === OPTIONS[detail].length) throw failures[0];
  }
}

function ask(socket: number, option: SettableOptionName): WinsockError | undefined {
  try {
    setOption(socket, option, true);
  } catch (error) {
    if (error instanceof WinsockError) return error;
    throw error;
  }
  return undefined;
}

/** Takes details out of control data. What comes is often as what came before, and is told as one object. */
export class DetailsReader {
  readonly #wanted: ReadonlySet<DatagramDetail>;
  readonly #six: boolean;
  readonly #localPort: () => number;
  #lastControl = new Uint8Array();
  #lastFlags = -1;
  #last: DatagramDetails = NO_DETAILS;

  /**
   * @param six whether the socket is of IPv6
   * @param localPort is asked when a datagram has come
   */
  constructor(wanted: ReadonlySet<DatagramDetail>, six: boolean, localPort: () => number) {
    this.#wanted = wanted;
    this.#six = six;
    this.#localPort = localPort;
  }

  /**
   * @param control where control data was put
   * @param length how much of it there is, in bytes
   * @param flags the MSG_… flags of the datagram
   */
  read(control: Uint8Array, length: number, flags: number): DatagramDetails {
    if (flags !== this.#lastFlags || !this.#isLast(control, length)) {
      this.#lastControl = Uint8Array.from(control.subarray(0, length));
      this.#lastFlags = flags;
      this.#last = Object.freeze(this.#parse(this.#lastControl, flags));
    }
    return this.#last;
  }

  #isLast(control: Uint8Array, length: number): boolean {
    const last = this.#lastControl;
    if (last.length !== length) return false;
    for (let i = 0; i < length; i++) if (control[i] !== last[i]) return false;
    return true;
  }

  #parse(control: Uint8Array, flags: number): DatagramDetails {
    const found: Found = {
      truncated: (flags & MSG_TRUNC) !== 0,
    };
    if (flags & MSG_BCAST && this.#wanted.has('to')) found.broadcast = true;
    for (const message of controlMessages(control)) {
      const { level } = message;
      if (level === IPPROTO_UDP) {
        if (message.type === UDP_COALESCED_INFO) found.segmentSize = numberIn(message);
      } else if (level === IPPROTO_IP) this.#takeIPv4(message, found);
      else if (level === IPPROTO_IPV6) this.#takeIPv6(message, found);
    }
    return found;
  }

  #takeIPv4(message: ControlMessage, found: Found): void {
    const { type, data } = message;
    if (type === IP_PKTINFO && data.length >= 8) {
      const text = ipv4Text(data);
      const to = this.#six ? this.#asTold('IPv6', `::ffff:${text}`) : this.#asTold('IPv4', text);
      // Of what comes from IPv4 to a socket of IPv6 both families may tell; this one is right.
      delete found.to;
      this.#takePlace(to, numberIn(message, 4), found);
    } else if (type === IP_TTL || type === IP_HOPLIMIT) this.#takeTtl(message, found);
    else if (type === IP_TOS || type === IP_ECN || type === IP_RECVTOS) {
      // Systems before Windows 10 1703 call it as the option.
      this.#takeTos(message, type !== IP_ECN, found);
    }
  }

  #takeIPv6(message: ControlMessage, found: Found): void {
    const { type, data } = message;
    if (type === IPV6_PKTINFO && data.length >= 20) {
      const index = numberIn(message, 16);
      const text = ipv6Text(data);
      // Addresses of one link are told with that link.
      const isOfLink = data[0] === 0xfe && (data[1]! & 0xc0) === 0x80;
      const isOfGroup = data[0] === 0xff && (data[1]! & 0x0f) <= 2;
      const zone = isOfLink || isOfGroup ? `%${index}` : '';
      this.#takePlace(this.#asTold('IPv6', text + zone), index, found);
    } else if (type === IPV6_HOPLIMIT) this.#takeTtl(message, found);
    else if (type === IPV6_TCLASS || type === IPV6_ECN || type === IPV6_RECVTCLASS) {
      this.#takeTos(message, type !== IPV6_ECN, found);
    }
  }

  #asTold(family: 'IPv4' | 'IPv6', address: string): InternetAddress {
    return Object.freeze({ family, address, port: this.#localPort() });
  }

  #takePlace(to: InternetAddress, index: number, found: Found): void {
    if (this.#wanted.has('to')) found.to ??= to;
    if (this.#wanted.has('interface') && index !== 0) found.interface = index;
  }

  #takeTtl(message: ControlMessage, found: Found): void {
    if (this.#wanted.has('ttl')) found.ttl = numberIn(message);
  }

  /** @param isWhole whether all of the byte is told, or only its two bits for congestion */
  #takeTos(message: ControlMessage, isWhole: boolean, found: Found): void {
    if (!this.#wanted.has('tos')) return;
    const value = numberIn(message) & 0xff;
    if (isWhole) found.tos = value;
    found.ecn = value & 3;
  }
}

type Found = { -readonly [Name in keyof DatagramDetails]: DatagramDetails[Name] };

function numberIn({ data }: ControlMessage, at = 0): number {
  if (data.length < at + 4) return data[at] ?? 0;
  return new DataView(data.buffer, data.byteOffset, data.byteLength).getUint32(at, true);
}
