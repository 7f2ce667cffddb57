/** Addresses of IPv4 and IPv6. */
import { AF_INET, AF_INET6 } from '../../../defs/ws2def.g.ts';
import { ipv4Text, ipv6Text } from '../../ffi/memory/address-text.ts';
import { SOCKADDR_IN_LAYOUT as IN, SOCKADDR_IN6_LAYOUT as IN6 } from '../../ffi/windows.g.ts';
import { interfaceIndex } from '../interfaces/interfaces.ts';
import { port as checkPort } from '../options/kinds.ts';
import { parseIPv4, parseIPv6 } from './ip-text.ts';

/** An address of IPv4 or IPv6, with its port. */
export interface InternetAddress {
  /** IPv4 or IPv6. */
  readonly family: 'IPv4' | 'IPv6';
  /** '192.0.2.1', '2001:db8::1', 'fe80::1%4' */
  readonly address: string;
  /** In host byte order. */
  readonly port: number;
}

/** Whether it is a family of IP. */
export function isInternet(family: number): boolean {
  return family === AF_INET || family === AF_INET6;
}

/**
 * The sockaddr of an IP address and a port.
 *
 * @param text an IP address; what follows a '%' is an interface, by index or name
 * @throws TypeError where the text is no IP address or names no interface; RangeError for what is no port
 */
export function encodeInternet(text: string, port: number): Uint8Array {
  checkPort(port, 'port');
  const four = parseIPv4(text);
  if (four) {
    const bytes = new Uint8Array(new ArrayBuffer(IN.size));
    const view = new DataView(bytes.buffer);
    view.setUint16(IN.sin_family, AF_INET, true);
    view.setUint16(IN.sin_port, port);
    bytes.set(four, IN.sin_addr);
    return bytes;
  }
  const [bare, zone] = splitZone(text);
  const groups = parseIPv6(bare);
  if (!groups || zone === '') {
    throw new TypeError(
      `${JSON.stringify(text)} is not an IP address; resolve(name) looks names up`,
    );
  }
  const bytes = new Uint8Array(new ArrayBuffer(IN6.size));
  const view = new DataView(bytes.buffer);
  view.setUint16(IN6.sin6_family, AF_INET6, true);
  view.setUint16(IN6.sin6_port, port);
  groups.forEach((group, index) => {
    view.setUint16(IN6.sin6_addr + 2 * index, group);
  });
  if (zone !== undefined) view.setUint32(IN6.sin6_scope_id, interfaceIndex(zone, 'IPv6'), true);
  return bytes;
}

/** An address and its zone; a name of an interface may have a '%' itself. */
export function splitZone(text: string): [address: string, zone: string | undefined] {
  const at = text.indexOf('%');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** @param bytes a sockaddr_in or longer */
export function decodeIPv4(bytes: Uint8Array): InternetAddress {
  return {
    family: 'IPv4',
    address: ipv4Text(bytes.subarray(IN.sin_addr)),
    port: bytes[IN.sin_port]! * 256 + bytes[IN.sin_port + 1]!,
  };
}

/** @param bytes a sockaddr_in6 or longer */
export function decodeIPv6(bytes: Uint8Array): InternetAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = ipv6Text(bytes.subarray(IN6.sin6_addr));
  const scope = view.getUint32(IN6.sin6_scope_id, true);
  return {
    family: 'IPv6',
    address: scope === 0 ? text : `${text}%${scope}`,
    port: view.getUint16(IN6.sin6_port),
  };
}

/** '192.0.2.1:80', '[2001:db8::1]:80' */
export function textOfInternet({ family, address, port }: InternetAddress): string {
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
