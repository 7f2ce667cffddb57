import {
  FreeMibTable,
  GetAnycastIpAddressTable,
  GetIfStackTable,
  GetIfTable2Ex,
  GetInvertedIfStackTable,
  GetIpForwardTable2,
  GetIpInterfaceTable,
  GetIpNetTable2,
  GetIpPathTable,
  GetMulticastIpAddressTable,
  GetUnicastIpAddressTable,
  type MIB_ANYCASTIPADDRESS_ROW,
  MIB_ANYCASTIPADDRESS_TABLE,
  type MIB_IF_ROW2,
  MIB_IF_TABLE2,
  type MIB_IFSTACK_ROW,
  MIB_IFSTACK_TABLE,
  type MIB_INVERTEDIFSTACK_ROW,
  MIB_INVERTEDIFSTACK_TABLE,
  type MIB_IPFORWARD_ROW2,
  MIB_IPFORWARD_TABLE2,
  type MIB_IPINTERFACE_ROW,
  MIB_IPINTERFACE_TABLE,
  type MIB_IPNET_ROW2,
  MIB_IPNET_TABLE2,
  type MIB_IPPATH_ROW,
  MIB_IPPATH_TABLE,
  type MIB_MULTICASTIPADDRESS_ROW,
  MIB_MULTICASTIPADDRESS_TABLE,
  type MIB_UNICASTIPADDRESS_ROW,
  MIB_UNICASTIPADDRESS_TABLE,
  MibIfTableNormal,
} from '../../../defs/netioapi.g.ts';
import { ERROR_NOT_FOUND } from '../../../defs/winerror.g.ts';
import { AF_UNSPEC } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import type { CArray } from '../../ffi/types/array.ts';
import { cast, ptr, pvoid } from '../../ffi/types/pointer.ts';
import type { Struct, StructType } from '../../ffi/types/record.ts';
import { type Ref, ref } from '../../ffi/types/ref.ts';
import { rowsOf, type TableType, tableBytes } from './rows.ts';

const COUNT_BYTES = 4;

/**
 * A table that the system allocates: copied at once and freed, so that no row can be read after its
 * memory is gone.
 */
function table<T extends Struct, Row>(
  name: string,
  type: StructType<T> & TableType<Row>,
  fill: (out: Ref<T | null>) => number,
): CArray<Row> {
  const out = ref(ptr(type));
  const code = fill(out);
  // A system without anything of the kind has an empty table.
  if (code === ERROR_NOT_FOUND) return rowsOf(type, undefined);
  if (code !== 0) throw new WinsockError(code, name, { space: 'windows' });
  const address = cast(pvoid, out).value;
  try {
    const bytes = tableBytes(type, memoryAt(address, COUNT_BYTES));
    return rowsOf(type, memoryAt(address, bytes).slice());
  } finally {
    FreeMibTable(address);
  }
}

/**
 * The interfaces with their state and counters, by GetIfTable2Ex.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param level MibIfTableNormal, MibIfTableRaw or MibIfTableNormalWithoutStatistics
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getiftable2ex
 */
export function ifTable2(level: number = MibIfTableNormal): CArray<MIB_IF_ROW2> {
  return table('GetIfTable2Ex', MIB_IF_TABLE2, (out) => GetIfTable2Ex(level, out));
}

/**
 * Which interfaces lie on top of which, by GetIfStackTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getifstacktable
 */
export function ifStackTable(): CArray<MIB_IFSTACK_ROW> {
  return table('GetIfStackTable', MIB_IFSTACK_TABLE, (out) => GetIfStackTable(out));
}

/**
 * Which interfaces lie below which, by GetInvertedIfStackTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getinvertedifstacktable
 */
export function invertedIfStackTable(): CArray<MIB_INVERTEDIFSTACK_ROW> {
  return table('GetInvertedIfStackTable', MIB_INVERTEDIFSTACK_TABLE, (out) =>
    GetInvertedIfStackTable(out),
  );
}

/**
 * The settings of IP on each interface, by GetIpInterfaceTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipinterfacetable
 */
export function ipInterfaceTable(family: number = AF_UNSPEC): CArray<MIB_IPINTERFACE_ROW> {
  return table('GetIpInterfaceTable', MIB_IPINTERFACE_TABLE, (out) =>
    GetIpInterfaceTable(family, out),
  );
}

/**
 * The unicast addresses of the interfaces, by GetUnicastIpAddressTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getunicastipaddresstable
 */
export function unicastIpAddressTable(
  family: number = AF_UNSPEC,
): CArray<MIB_UNICASTIPADDRESS_ROW> {
  return table('GetUnicastIpAddressTable', MIB_UNICASTIPADDRESS_TABLE, (out) =>
    GetUnicastIpAddressTable(family, out),
  );
}

/**
 * The anycast addresses of the interfaces, by GetAnycastIpAddressTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getanycastipaddresstable
 */
export function anycastIpAddressTable(
  family: number = AF_UNSPEC,
): CArray<MIB_ANYCASTIPADDRESS_ROW> {
  return table('GetAnycastIpAddressTable', MIB_ANYCASTIPADDRESS_TABLE, (out) =>
    GetAnycastIpAddressTable(family, out),
  );
}

/**
 * The multicast groups that the interfaces are in, by GetMulticastIpAddressTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getmulticastipaddresstable
 */
export function multicastIpAddressTable(
  family: number = AF_UNSPEC,
): CArray<MIB_MULTICASTIPADDRESS_ROW> {
  return table('GetMulticastIpAddressTable', MIB_MULTICASTIPADDRESS_TABLE, (out) =>
    GetMulticastIpAddressTable(family, out),
  );
}

/**
 * The routes, by GetIpForwardTable2.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipforwardtable2
 */
export function ipForwardTable2(family: number = AF_UNSPEC): CArray<MIB_IPFORWARD_ROW2> {
  return table('GetIpForwardTable2', MIB_IPFORWARD_TABLE2, (out) =>
    GetIpForwardTable2(family, out),
  );
}

/**
 * The neighbours with their physical addresses, by GetIpNetTable2.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getipnettable2
 */
export function ipNetTable2(family: number = AF_UNSPEC): CArray<MIB_IPNET_ROW2> {
  return table('GetIpNetTable2', MIB_IPNET_TABLE2, (out) => GetIpNetTable2(family, out));
}

/**
 * The paths to destinations that have been used, by GetIpPathTable.
 *
 * Windows Vista, iphlpapi.dll.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-getippathtable
 */
export function ipPathTable(family: number = AF_UNSPEC): CArray<MIB_IPPATH_ROW> {
  return table('GetIpPathTable', MIB_IPPATH_TABLE, (out) => GetIpPathTable(family, out));
}
