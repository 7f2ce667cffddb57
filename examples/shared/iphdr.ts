/** The headers of IP, UDP, TCP and ICMP, byte for byte, and their checksum. */

import { array, type Struct, type StructType, struct, uint8, uint16, uint32 } from 'winsock';

const packed = { pack: 1 } as const;

export interface IPV4_HDR extends Struct {
  ip_verlen: number;
  ip_tos: number;
  ip_totallength: number;
  ip_id: number;
  ip_offset: number;
  ip_ttl: number;
  ip_protocol: number;
  ip_checksum: number;
  ip_srcaddr: number;
  ip_destaddr: number;
}
export const IPV4_HDR: StructType<IPV4_HDR> = struct(
  'IPV4_HDR',
  () => ({
    ip_verlen: uint8,
    ip_tos: uint8,
    ip_totallength: uint16,
    ip_id: uint16,
    ip_offset: uint16,
    ip_ttl: uint8,
    ip_protocol: uint8,
    ip_checksum: uint16,
    ip_srcaddr: uint32,
    ip_destaddr: uint32,
  }),
  packed,
);

export interface IPV6_HDR extends Struct {
  ipv6_vertcflow: number;
  ipv6_payloadlen: number;
  ipv6_nexthdr: number;
  ipv6_hoplimit: number;
  ipv6_srcaddr: Uint8Array;
  ipv6_destaddr: Uint8Array;
}
export const IPV6_HDR: StructType<IPV6_HDR> = struct(
  'IPV6_HDR',
  () => ({
    ipv6_vertcflow: uint32,
    ipv6_payloadlen: uint16,
    ipv6_nexthdr: uint8,
    ipv6_hoplimit: uint8,
    ipv6_srcaddr: array(uint8, 16),
    ipv6_destaddr: array(uint8, 16),
  }),
  packed,
);

/** The extension header of a fragment: the offset is in bytes, its lowest bit says that more follow. */
export interface IPV6_FRAGMENT_HDR extends Struct {
  ipv6_frag_nexthdr: number;
  ipv6_frag_reserved: number;
  ipv6_frag_offset: number;
  ipv6_frag_id: number;
}
export const IPV6_FRAGMENT_HDR: StructType<IPV6_FRAGMENT_HDR> = struct(
  'IPV6_FRAGMENT_HDR',
  () => ({
    ipv6_frag_nexthdr: uint8,
    ipv6_frag_reserved: uint8,
    ipv6_frag_offset: uint16,
    ipv6_frag_id: uint32,
  }),
  packed,
);

export interface UDP_HDR extends Struct {
  src_portno: number;
  dst_portno: number;
  udp_length: number;
  udp_checksum: number;
}
export const UDP_HDR: StructType<UDP_HDR> = struct(
  'UDP_HDR',
  () => ({ src_portno: uint16, dst_portno: uint16, udp_length: uint16, udp_checksum: uint16 }),
  packed,
);

export interface TCP_HDR extends Struct {
  src_portno: number;
  dst_portno: number;
  seq: number;
  ack: number;
  lenflags: number;
  window: number;
  checksum: number;
  urgent: number;
}
export const TCP_HDR: StructType<TCP_HDR> = struct(
  'TCP_HDR',
  () => ({
    src_portno: uint16,
    dst_portno: uint16,
    seq: uint32,
    ack: uint32,
    lenflags: uint16,
    window: uint16,
    checksum: uint16,
    urgent: uint16,
  }),
  packed,
);

/** The header of an echo: ICMPv4 and ICMPv6 have the same, with other types. */
export interface ICMP_HDR extends Struct {
  icmp_type: number;
  icmp_code: number;
  icmp_checksum: number;
  icmp_id: number;
  icmp_sequence: number;
}
export const ICMP_HDR: StructType<ICMP_HDR> = struct(
  'ICMP_HDR',
  () => ({
    icmp_type: uint8,
    icmp_code: uint8,
    icmp_checksum: uint16,
    icmp_id: uint16,
    icmp_sequence: uint16,
  }),
  packed,
);

/** The one's complement sum of 16-bit words, as it goes into a header. */
export function checksum(...parts: readonly Uint8Array[]): number {
  let cksum = 0;
  for (const bytes of parts) {
    for (let i = 0; i < bytes.length; i += 2) cksum += bytes[i]! | ((bytes[i + 1] ?? 0) << 8);
  }
  while (cksum > 0xffff) cksum = (cksum >>> 16) + (cksum & 0xffff);
  return ~cksum & 0xffff;
}
