import { type IP_ADAPTER_INDEX_MAP, IP_INTERFACE_INFO } from '../../../defs/ipexport.g.ts';
import {
  GetAdaptersAddresses,
  GetAdaptersInfo,
  GetInterfaceInfo,
  GetNetworkParams,
  GetPerAdapterInfo,
} from '../../../defs/iphlpapi.g.ts';
import {
  FIXED_INFO,
  IP_ADAPTER_ADDRESSES_LH,
  IP_ADAPTER_INFO,
  IP_PER_ADAPTER_INFO,
} from '../../../defs/iptypes.g.ts';
import { ERROR_NO_DATA } from '../../../defs/winerror.g.ts';
import { AF_UNSPEC } from '../../../defs/ws2def.g.ts';
import type { CArray } from '../../ffi/types/array.ts';
import { cast } from '../../ffi/types/pointer.ts';
import type { Struct, StructType } from '../../ffi/types/record.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { anchored, linked } from '../results/anchored.ts';
import { callUntilItFits } from '../results/call-until-it-fits.ts';
import { rowsOf } from './rows.ts';

/** What the documentation of GetAdaptersAddresses says to begin with. */
const FIRST_BYTES = 15_000;

function chain<T extends Struct & { readonly Next: T | null }>(
  type: StructType<T>,
  memory: Uint8Array | undefined,
): T[] {
  return memory ? [...linked(anchored(type, memory))] : [];
}

/**
 * The network adapters of this computer with their addresses, by GetAdaptersAddresses.
 *
 * The records are views of one buffer, which lives as long as any of them; `linked` goes through
 * lists such as `adapter.FirstUnicastAddress`. Windows XP, iphlpapi.dll.
 *
 * @param family AF_INET, AF_INET6, or AF_UNSPEC for both
 * @param flags GAA_FLAG_*: what to leave out or to add
 * @returns the adapters; none where nothing matches
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getadaptersaddresses
 */
export function adaptersAddresses(
  family: number = AF_UNSPEC,
  flags = 0,
): IP_ADAPTER_ADDRESSES_LH[] {
  const memory = callUntilItFits(
    'GetAdaptersAddresses',
    (bytes, size) =>
      GetAdaptersAddresses(family, flags, null, cast(IP_ADAPTER_ADDRESSES_LH, bytes), size),
    FIRST_BYTES,
    ERROR_NO_DATA,
  );
  return chain(IP_ADAPTER_ADDRESSES_LH, memory);
}

/**
 * The IPv4 adapters of this computer, by GetAdaptersInfo; adaptersAddresses tells more.
 *
 * The records are views of one buffer, which lives as long as any of them. Windows 2000, iphlpapi.dll.
 *
 * @returns the adapters; none where there are none
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getadaptersinfo
 */
export function adaptersInfo(): IP_ADAPTER_INFO[] {
  const memory = callUntilItFits(
    'GetAdaptersInfo',
    (bytes, size) => GetAdaptersInfo(cast(IP_ADAPTER_INFO, bytes), size),
    8 * sizeof(IP_ADAPTER_INFO),
    ERROR_NO_DATA,
  );
  return chain(IP_ADAPTER_INFO, memory);
}

/**
 * Host name, domain and DNS servers of this computer, by GetNetworkParams.
 *
 * Windows 2000, iphlpapi.dll.
 *
 * @returns the record; `linked(info.DnsServerList)` goes through the DNS servers
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getnetworkparams
 */
export function networkParams(): FIXED_INFO {
  const memory = callUntilItFits(
    'GetNetworkParams',
    (bytes, size) => GetNetworkParams(cast(FIXED_INFO, bytes), size),
    sizeof(FIXED_INFO),
  );
  return anchored(FIXED_INFO, memory!);
}

/**
 * Autoconfiguration and DNS servers of one adapter, by GetPerAdapterInfo.
 *
 * Windows 2000, iphlpapi.dll.
 *
 * @param index the index of the interface
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getperadapterinfo
 */
export function perAdapterInfo(index: number): IP_PER_ADAPTER_INFO {
  const memory = callUntilItFits(
    'GetPerAdapterInfo',
    (bytes, size) => GetPerAdapterInfo(index, cast(IP_PER_ADAPTER_INFO, bytes), size),
    sizeof(IP_PER_ADAPTER_INFO),
  );
  return anchored(IP_PER_ADAPTER_INFO, memory!);
}

/**
 * Index and name of each IPv4 interface, by GetInterfaceInfo.
 *
 * Windows 2000, iphlpapi.dll.
 *
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getinterfaceinfo
 */
export function interfaceInfo(): CArray<IP_ADAPTER_INDEX_MAP> {
  const memory = callUntilItFits(
    'GetInterfaceInfo',
    (bytes, size) => GetInterfaceInfo(cast(IP_INTERFACE_INFO, bytes), size),
    4 * sizeof(IP_INTERFACE_INFO),
    ERROR_NO_DATA,
  );
  return rowsOf(IP_INTERFACE_INFO, memory);
}
