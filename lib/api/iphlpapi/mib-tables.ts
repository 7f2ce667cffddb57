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
import type { Pointer } from '../../ffi/types/ctype.ts';
import { pvoid } from '../../ffi/types/pointer.ts';
import { type Ref, ref } from '../../ffi/types/ref.ts';
import { rowsOf, type TableType, tableBytes } from './rows.ts';

const COUNT_BYTES = 4;

/**
 * A table that the system allocates: copied at once and freed, so that no row can be read after its
 * memory is gone.
 */
function table<Row>(
  name: string,
  type: TableType<Row>,
  fill: (out: Ref<Pointer>) => number,
): CArray<Row> {
  const out = ref(pvoid);
  const code = fill(out);
  // That there is nothing of the kind is no failure of asking.
  if (code === ERROR_NOT_FOUND) return rowsOf(type, undefined);
  if (code !== 0) throw new WinsockError(code, name);
  try {
    const bytes = tableBytes(type, memoryAt(out.value, COUNT_BYTES));
    return rowsOf(type, memoryAt(out.value, bytes).slice());
  } finally {
    FreeMibTable(out.value);
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
  return table('GetIfTable2Ex', MIB_IF_TABLE2, (out) => GetIfTable2Ex(level, out as never));
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
  return table('GetIfStackTable', MIB_IFSTACK_TABLE, (out) => GetIfStackTable(out as never));
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
    GetInvertedIfStackTable(out as never),
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
    GetIpInterfaceTable(family, out as never),
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
    GetUnicastIpAddressTable(family, out as never),
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
    GetAnycastIpAddressTable(family, out as never),
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
    GetMulticastIpAddressTable(family, out as never),
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
    GetIpForwardTable2(family, out as never),
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
  return table('GetIpNetTable2', MIB_IPNET_TABLE2, (out) => GetIpNetTable2(family, out as never));
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
  return table('GetIpPathTable', MIB_IPPATH_TABLE, (out) => GetIpPathTable(family, out as never));
}
