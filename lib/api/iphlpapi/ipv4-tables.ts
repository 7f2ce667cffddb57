import { type MIB_IFROW, MIB_IFTABLE } from '../../../defs/ifmib.g.ts';
import {
  GetIfTable,
  GetIpAddrTable,
  GetIpForwardTable,
  GetIpNetTable,
} from '../../../defs/iphlpapi.g.ts';
import {
  type MIB_IPADDRROW,
  MIB_IPADDRTABLE,
  type MIB_IPFORWARDROW,
  MIB_IPFORWARDTABLE,
  type MIB_IPNETROW,
  MIB_IPNETTABLE,
} from '../../../defs/ipmib.g.ts';
import { ERROR_NO_DATA } from '../../../defs/winerror.g.ts';
import type { CArray } from '../../ffi/types/array.ts';
import { cast } from '../../ffi/types/pointer.ts';
import type { Struct, StructType } from '../../ffi/types/record.ts';
import type { Ref } from '../../ffi/types/ref.ts';
import { callUntilItFits } from '../results/call-until-it-fits.ts';
import { rowsOf, type TableType } from './rows.ts';

const FIRST_BYTES = 8192;

function table<T extends Struct, Row>(
  name: string,
  fill: (table: T, size: Ref<number>, order: number) => number,
  type: StructType<T> & TableType<Row>,
): CArray<Row> {
  const memory = callUntilItFits(
    name,
    (bytes, size) => fill(cast(type, bytes), size, 0),
    FIRST_BYTES,
    ERROR_NO_DATA,
  );
  return rowsOf(type, memory);
}

/**
 * The interfaces with their counters, by GetIfTable; ifTable2 tells more.
 *
 * The rows are views of one buffer, which lives as long as any of them. Windows 2000, iphlpapi.dll.
 *
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getiftable
 */
export function ifTable(): CArray<MIB_IFROW> {
  return table('GetIfTable', GetIfTable, MIB_IFTABLE);
}

/**
 * The IPv4 addresses of the interfaces, by GetIpAddrTable.
 *
 * The rows are views of one buffer, which lives as long as any of them. Windows 2000, iphlpapi.dll.
 *
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getipaddrtable
 */
export function ipAddrTable(): CArray<MIB_IPADDRROW> {
  return table('GetIpAddrTable', GetIpAddrTable, MIB_IPADDRTABLE);
}

/**
 * The IPv4 routes, by GetIpForwardTable; ipForwardTable2 has those of IPv6 as well.
 *
 * The rows are views of one buffer, which lives as long as any of them. Windows 2000, iphlpapi.dll.
 *
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getipforwardtable
 */
export function ipForwardTable(): CArray<MIB_IPFORWARDROW> {
  return table('GetIpForwardTable', GetIpForwardTable, MIB_IPFORWARDTABLE);
}

/**
 * The physical addresses of IPv4 neighbours, by GetIpNetTable.
 *
 * The rows are views of one buffer, which lives as long as any of them. Windows 2000, iphlpapi.dll.
 *
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getipnettable
 */
export function ipNetTable(): CArray<MIB_IPNETROW> {
  return table('GetIpNetTable', GetIpNetTable, MIB_IPNETTABLE);
}
