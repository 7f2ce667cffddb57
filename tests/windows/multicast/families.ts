import os from 'node:os';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';
import { portOf, receive, send, setOption, tryOption } from './support.ts';

/** What tests of groups need to know of IPv4 or IPv6. */
export interface Family {
  readonly name: string;
  readonly family: number;
  /** The level of its options. */
  readonly level: number;
  readonly any: string;
  /** The address of the interface on which groups are joined, and the interface's index. */
  readonly own: string;
  readonly index: number;
  /** Why there is no such interface, if there is none. */
  readonly missing: string | false;
  /** An address of another interface than the loopback one. */
  readonly network: string | undefined;
  /** A group of the given number; what is sent to it does not leave this computer. */
  group(number: number): string;
  endpoint(text: string, port?: number): w.sockaddr_in | w.sockaddr_in6;
  /** The address and port of a sender. */
  sourceOf(from: w.sockaddr_storage): { readonly address: string; readonly port: number };
  /** The value for `join` and `leave`, on the interface of an address. */
  membership(group: string, on: string): Uint8Array;
  readonly join: number;
  readonly leave: number;
  /** The option for the interface that is sent on, and its value for the interface of an address. */
  readonly sendOn: number;
  interfaceOf(address: string): Uint8Array;
  readonly loop: number;
  /** The time to live, which IPv6 calls the hop limit. */
  readonly hops: number;
  /** Asks for the hops of what arrives, or says why the system does not tell them. */
  askForHops(s: w.SOCKET): string | undefined;
  /** The types of the control messages that may tell the hops. */
  readonly hopsTypes: readonly number[];
  readonly packetInfo: number;
  /** Where a datagram was sent to, and the interface on which it came. */
  destinationOf(info: Uint8Array): { readonly address: string; readonly index: number };
}

export const LOOPBACK = '127.0.0.1';

export function address4(text: string): w.in_addr {
  return new w.in_addr({ s_addr: w.inet_addr(text) });
}

function address6(text: string): w.in6_addr {
  const result = new w.in6_addr();
  if (w.inet_pton(w.AF_INET6, text, result) !== 1) throw new Error(`${text} is no address`);
  return result;
}

function textOf6(value: w.in6_addr): string {
  const text = Buffer.alloc(64);
  w.inet_ntop.orThrow(w.AF_INET6, value, text, text.length);
  return text.toString('latin1').replace(/\0.*/s, '');
}

/** IPv4, most of which happens on the loopback interface, so that no network is needed. */
export function ipv4(): Family {
  const loopback = [...ip.ipAddrTable()].find(({ dwAddr }) => dwAddr === w.inet_addr(LOOPBACK));
  return {
    name: 'IPv4',
    family: w.AF_INET,
    level: w.IPPROTO_IP,
    any: '0.0.0.0',
    own: LOOPBACK,
    index: loopback?.dwIndex ?? 0,
    missing: !loopback && 'no loopback interface here',
    network: Object.values(os.networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)?.address,
    group: (number) => `239.255.71.${number}`,
    endpoint: (text, port = 0) =>
      new w.sockaddr_in({ sin_family: w.AF_INET, sin_port: port, sin_addr: address4(text) }),
    sourceOf(from) {
      const { sin_addr, sin_port } = w.cast(w.sockaddr_in, from);
      return { address: w.inet_ntoa(sin_addr) ?? '', port: sin_port };
    },
    membership: (group, on) =>
      new w.ip_mreq({ imr_multiaddr: address4(group), imr_interface: address4(on) }),
    join: w.IP_ADD_MEMBERSHIP,
    leave: w.IP_DROP_MEMBERSHIP,
    sendOn: w.IP_MULTICAST_IF,
    interfaceOf: address4,
    loop: w.IP_MULTICAST_LOOP,
    hops: w.IP_MULTICAST_TTL,
    askForHops: (s) => tryOption(s, w.IPPROTO_IP, w.IP_RECVTTL, w.ref(w.int, 1)),
    hopsTypes: [w.IP_TTL, w.IP_RECVTTL],
    packetInfo: w.IP_PKTINFO,
    destinationOf(info) {
      const { ipi_addr, ipi_ifindex } = w.cast(w.in_pktinfo, info);
      return { address: w.inet_ntoa(ipi_addr) ?? '', index: ipi_ifindex };
    },
  };
}

/**
 * IPv6, on a network interface: the loopback interface may have no route for groups. Addresses that
 * mean something on one interface only would need its number as well.
 */
export function ipv6(): Family {
  const own = [...ip.unicastIpAddressTable(w.AF_INET6)].find(({ Address }) => {
    const { sin6_addr } = Address.Ipv6;
    return !w.IN6_IS_ADDR_LOOPBACK(sin6_addr) && !w.IN6_IS_ADDR_LINKLOCAL(sin6_addr);
  });
  const index = own?.InterfaceIndex ?? 0;
  const network = own && textOf6(own.Address.Ipv6.sin6_addr);
  return {
    name: 'IPv6',
    family: w.AF_INET6,
    level: w.IPPROTO_IPV6,
    any: '::',
    own: network ?? '::',
    index,
    missing: !own && 'this system has no network with IPv6',
    network,
    // They begin with ff11, so what is sent to them stays on the interface.
    group: (number) => `ff11::71:${number}`,
    endpoint: (text, port = 0) =>
      new w.sockaddr_in6({
        sin6_family: w.AF_INET6,
        sin6_port: port,
        sin6_addr: address6(text),
      }),
    sourceOf(from) {
      const { sin6_addr, sin6_port } = w.cast(w.sockaddr_in6, from);
      return { address: textOf6(sin6_addr), port: sin6_port };
    },
    membership: (group) =>
      new w.ipv6_mreq({ ipv6mr_multiaddr: address6(group), ipv6mr_interface: index }),
    join: w.IPV6_ADD_MEMBERSHIP,
    leave: w.IPV6_DROP_MEMBERSHIP,
    sendOn: w.IPV6_MULTICAST_IF,
    interfaceOf: () => w.ref(w.DWORD, index),
    loop: w.IPV6_MULTICAST_LOOP,
    hops: w.IPV6_MULTICAST_HOPS,
    askForHops(s) {
      setOption(s, w.IPPROTO_IPV6, w.IPV6_HOPLIMIT, 1);
      return undefined;
    },
    hopsTypes: [w.IPV6_HOPLIMIT],
    packetInfo: w.IPV6_PKTINFO,
    destinationOf(info) {
      const { ipi6_addr, ipi6_ifindex } = w.cast(w.in6_pktinfo, info);
      return { address: textOf6(ipi6_addr), index: ipi6_ifindex };
    },
  };
}

const sockets: w.SOCKET[] = [];

export function closeSockets(): void {
  for (const s of sockets.splice(0)) w.closesocket(s);
}

export function bound({ family, endpoint }: Family, text: string): w.SOCKET {
  const s = w.socket.orThrow(family, w.SOCK_DGRAM, w.IPPROTO_UDP);
  sockets.push(s);
  const name = endpoint(text);
  w.bind.orThrow(s, name, w.sizeof(name));
  return s;
}

/** A socket that sends to groups on the interface of an address. */
export function sender(family: Family, text = family.own, on = family.own): w.SOCKET {
  const s = bound(family, text);
  change(s, family, family.sendOn, family.interfaceOf(on));
  return s;
}

export function change(s: w.SOCKET, { level }: Family, option: number, value: Uint8Array): void {
  w.setsockopt.orThrow(s, level, option, value, value.byteLength);
}

/** Whether something keeps what is sent to groups, which then would be waited for in vain. */
export async function keepsGroups(family: Family): Promise<boolean> {
  const { any, own, join, endpoint } = family;
  const group = family.group(9);
  const receiver = bound(family, any);
  const port = portOf(receiver);
  const from = sender(family);
  change(receiver, family, join, family.membership(group, own));
  send(from, 'to the group', endpoint(group, port));
  send(from, 'to the socket', endpoint(own, port));
  return (await receive(receiver)).text === 'to the socket';
}
