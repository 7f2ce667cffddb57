/** Macros of the headers of other address families: wsnetbs.h, wshisotp.h, ws2bth.h, bthdef.h. */

import { AF_ISO, AF_NETBIOS } from '../../../defs/ws2def.g.ts';
import { ISO_HIERARCHICAL, sockaddr_tp } from '../../../defs/wshisotp.g.ts';
import { NETBIOS_NAME_LENGTH, sockaddr_nb } from '../../../defs/wsnetbs.g.ts';
import { isUint8Array } from '../../ffi/memory/intrinsics.ts';
import { describe } from '../../ffi/types/describe.ts';
import { uint8, uint16, uint32, uint64 } from '../../ffi/types/scalars.ts';
import { assertRecord, integerIn, low32 } from '../check.ts';

function charBytes(text: string | Uint8Array, where: string): Uint8Array {
  if (typeof text === 'string') return Buffer.from(text, 'latin1');
  if (isUint8Array(text)) return text;
  throw new TypeError(`${where} must be a string or bytes, got ${describe(text)}`);
}

/**
 * Fills in a NetBIOS address.
 *
 * @param _snb the address to write
 * @param _type NETBIOS_UNIQUE_NAME or NETBIOS_GROUP_NAME
 * @param _name the name: up to 15 characters count, blanks fill it up
 * @param _port the name's last byte
 */
export function SET_NETBIOS_SOCKADDR(
  _snb: sockaddr_nb,
  _type: number,
  _name: string | Uint8Array,
  _port: number,
): void {
  const where = 'SET_NETBIOS_SOCKADDR';
  assertRecord(_snb, sockaddr_nb, `${where}: _snb`);
  const type = uint16.check(_type, `${where}: _type`);
  const port = uint8.check(_port, `${where}: _port`);
  const name = charBytes(_name, `${where}: _name`);
  const end = name.indexOf(0);
  _snb.snb_family = AF_NETBIOS;
  _snb.snb_type = type;
  _snb.snb_name.fill(0x20);
  _snb.snb_name.set(
    name.subarray(0, Math.min(end < 0 ? name.length : end, NETBIOS_NAME_LENGTH - 1)),
  );
  _snb.snb_name[NETBIOS_NAME_LENGTH - 1] = port;
}

/**
 * Fills in an ISO transport address: a port (transport selector) and a node (network address).
 *
 * @param sa_tp the address to write
 * @param port the transport selector
 * @param portlen its length in bytes
 * @param node the network address
 * @param nodelen its length in bytes; both lengths together are at most 64
 * @throws RangeError where the address has no room for both: the C macro writes on regardless
 */
export function ISO_SET_TP_ADDR(
  sa_tp: sockaddr_tp,
  port: Uint8Array,
  portlen: number,
  node: Uint8Array,
  nodelen: number,
): void {
  const where = 'ISO_SET_TP_ADDR';
  const room = assertRecord(sa_tp, sockaddr_tp, `${where}: sa_tp`).tp_addr.byteLength;
  const selector = charBytes(port, `${where}: port`);
  const address = charBytes(node, `${where}: node`);
  integerIn(portlen, 0, Math.min(room, selector.length), `${where}: portlen`);
  integerIn(nodelen, 0, Math.min(room - portlen, address.length), `${where}: nodelen`);
  sa_tp.tp_family = AF_ISO;
  sa_tp.tp_addr_type = ISO_HIERARCHICAL;
  sa_tp.tp_tsel_len = portlen;
  sa_tp.tp_taddr_len = portlen + nodelen;
  sa_tp.tp_addr.set(selector.subarray(0, portlen));
  sa_tp.tp_addr.set(address.subarray(0, nodelen), portlen);
}

/** A number with one bit set: `BIT(7)` is 128. */
export function BIT(b: number): number {
  return 1 << integerIn(b, 0, 31, 'BIT');
}

/**
 * The break signal byte of an RFCOMM modem status command with another length. The C macro assigns;
 * here the new value is the result: `data.Break = MSC_SET_BREAK_LENGTH(data.Break, 3)`.
 *
 * @param b the byte
 * @param l the length of the break in units of 200 ms, 0 to 15
 */
export function MSC_SET_BREAK_LENGTH(b: number, l: number): number {
  const where = 'MSC_SET_BREAK_LENGTH';
  return (low32(b, `${where}: b`) & 0x3) | ((low32(l, `${where}: l`) & 0xf) << 4);
}

const SAP_BITS = 32n;

/** The non-significant part of a Bluetooth address, its upper 16 bits. */
export function GET_NAP(_bth_addr: bigint | number): number {
  return Number((uint64.check(_bth_addr, 'GET_NAP') >> SAP_BITS) & 0xffffn);
}

/** The significant part of a Bluetooth address, its lower 32 bits. */
export function GET_SAP(_bth_addr: bigint | number): number {
  return Number(uint64.check(_bth_addr, 'GET_SAP') & 0xffffffffn);
}

/** The non-significant part of a Bluetooth address in its place. */
export function SET_NAP(_nap: number): bigint {
  return BigInt(uint16.check(_nap, 'SET_NAP')) << SAP_BITS;
}

/** The significant part of a Bluetooth address in its place. */
export function SET_SAP(_sap: number): bigint {
  return BigInt(uint32.check(_sap, 'SET_SAP'));
}

/**
 * Makes a Bluetooth address of its parts.
 *
 * @param _nap the upper 16 bits
 * @param _sap the lower 32 bits
 */
export function SET_NAP_SAP(_nap: number, _sap: number): bigint {
  return SET_NAP(_nap) | SET_SAP(_sap);
}
