/**
 * Service class ids (svcguid.h): GUIDs that stand for a TCP or UDP port, a DNS record type or a
 * NetWare SAP id, in calls of WSALookupServiceBegin and WSASetService.
 */
import { GUID } from '../../ffi/types/guid.ts';
import { uint16 } from '../../ffi/types/scalars.ts';
import { assertRecord } from '../check.ts';

const TCP = 0x0009;
const UDP = 0x000a;
const NETWARE = 0x000b;
const DNS_PORT = 53;
/** The last eight bytes of all of them. */
const TAIL = [0xc0, 0, 0, 0, 0, 0, 0, 0x46] as const;

function set(g: GUID, kind: number, number: number, rr: number, name: string): void {
  assertRecord(g, GUID, `${name}: _g`);
  const low = uint16.check(number, `${name}: the number`);
  const type = uint16.check(rr, `${name}: _RR`);
  g.Data1 = (kind << 16) | low;
  g.Data2 = 0;
  g.Data3 = type;
  g.Data4.set(TAIL);
}

function make(kind: number, number: number, rr: number, name: string): GUID {
  const g = new GUID();
  set(g, kind, number, rr, name);
  return g;
}

function is(g: GUID, kind: number, name: string): boolean {
  assertRecord(g, GUID, name);
  return g.Data1 >>> 16 === kind && g.Data2 === 0 && TAIL.every((byte, i) => g.Data4[i] === byte);
}

/**
 * The id of a TCP service.
 *
 * @param _Port the port in host byte order
 */
export function SVCID_TCP(_Port: number): GUID {
  return make(TCP, _Port, 0, 'SVCID_TCP');
}

/**
 * The id of a TCP service with a DNS record type.
 *
 * @param _Port the port in host byte order
 * @param _RR the record type
 */
export function SVCID_TCP_RR(_Port: number, _RR: number): GUID {
  return make(TCP, _Port, _RR, 'SVCID_TCP_RR');
}

/**
 * The id of a UDP service.
 *
 * @param _Port the port in host byte order
 */
export function SVCID_UDP(_Port: number): GUID {
  return make(UDP, _Port, 0, 'SVCID_UDP');
}

/**
 * The id of a UDP service with a DNS record type.
 *
 * @param _Port the port in host byte order
 * @param _RR the record type
 */
export function SVCID_UDP_RR(_Port: number, _RR: number): GUID {
  return make(UDP, _Port, _RR, 'SVCID_UDP_RR');
}

/**
 * The id of a DNS record type: TCP port 53 with that type.
 *
 * @param _RecordType the record type, such as 0x21 for SRV
 */
export function SVCID_DNS(_RecordType: number): GUID {
  return make(TCP, DNS_PORT, _RecordType, 'SVCID_DNS');
}

/**
 * The id of a NetWare service.
 *
 * @param _SapId the SAP id
 */
export function SVCID_NETWARE(_SapId: number): GUID {
  return make(NETWARE, _SapId, 0, 'SVCID_NETWARE');
}

/** Makes a GUID the id of a TCP service. */
export function SET_TCP_SVCID(_g: GUID, _Port: number): void {
  set(_g, TCP, _Port, 0, 'SET_TCP_SVCID');
}

/** Makes a GUID the id of a TCP service with a DNS record type. */
export function SET_TCP_SVCID_RR(_g: GUID, _Port: number, _RR: number): void {
  set(_g, TCP, _Port, _RR, 'SET_TCP_SVCID_RR');
}

/** Makes a GUID the id of a UDP service. */
export function SET_UDP_SVCID(_g: GUID, _Port: number): void {
  set(_g, UDP, _Port, 0, 'SET_UDP_SVCID');
}

/** Makes a GUID the id of a UDP service with a DNS record type. */
export function SET_UDP_SVCID_RR(_g: GUID, _Port: number, _RR: number): void {
  set(_g, UDP, _Port, _RR, 'SET_UDP_SVCID_RR');
}

/** Makes a GUID the id of a NetWare service. */
export function SET_NETWARE_SVCID(_g: GUID, _SapId: number): void {
  set(_g, NETWARE, _SapId, 0, 'SET_NETWARE_SVCID');
}

/** Whether a GUID is the id of a TCP service, whatever its DNS record type. */
export function IS_SVCID_TCP(_g: GUID): boolean {
  return is(_g, TCP, 'IS_SVCID_TCP');
}

/** Whether a GUID is the id of a UDP service, whatever its DNS record type. */
export function IS_SVCID_UDP(_g: GUID): boolean {
  return is(_g, UDP, 'IS_SVCID_UDP');
}

/** Whether a GUID is the id of a DNS record type. */
export function IS_SVCID_DNS(_g: GUID): boolean {
  return is(_g, TCP, 'IS_SVCID_DNS') && (_g.Data1 & 0xffff) === DNS_PORT;
}

/** Whether a GUID is the id of a NetWare service. */
export function IS_SVCID_NETWARE(_g: GUID): boolean {
  return is(_g, NETWARE, 'IS_SVCID_NETWARE') && _g.Data3 === 0;
}

/** The port in the id of a TCP service, in host byte order. */
export function PORT_FROM_SVCID_TCP(_g: GUID): number {
  return assertRecord(_g, GUID, 'PORT_FROM_SVCID_TCP').Data1 & 0xffff;
}

/** The port in the id of a UDP service, in host byte order. */
export function PORT_FROM_SVCID_UDP(_g: GUID): number {
  return assertRecord(_g, GUID, 'PORT_FROM_SVCID_UDP').Data1 & 0xffff;
}

/** The SAP id in the id of a NetWare service. */
export function SAPID_FROM_SVCID_NETWARE(_g: GUID): number {
  return assertRecord(_g, GUID, 'SAPID_FROM_SVCID_NETWARE').Data1 & 0xffff;
}

/** The DNS record type in a service id. */
export function RR_FROM_SVCID(_RR: GUID): number {
  return assertRecord(_RR, GUID, 'RR_FROM_SVCID').Data3;
}
