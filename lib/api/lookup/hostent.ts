import type { hostent, netent, protoent, servent } from '../../../defs/winsock2.g.ts';
import { stringAt } from '../../ffi/memory/strings.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import { hostArch } from '../../ffi/types/arch.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { intptr } from '../../ffi/types/scalars.ts';

/** The addresses in a list of pointers that ends with NULL. */
function* pointers(list: Pointer): IterableIterator<Pointer> {
  const size = intptr.sizeOf(hostArch);
  for (let at = list; at !== 0; at = (at + size) as Pointer) {
    const entry = intptr.get(memoryAt(at, size), 0) as Pointer;
    if (entry === 0) return;
    yield entry;
  }
}

/**
 * The strings of a `char **` that ends with NULL, such as `h_aliases`.
 *
 * The strings are copies. What hostent, servent and protoent point to belongs to Winsock, which
 * writes the next result of the same thread over it.
 *
 * @param list the address of the first pointer; NULL gives no strings
 */
export function stringList(list: Pointer): string[] {
  return Array.from(pointers(list), (address) => stringAt(address)!);
}

/** The other names in a result of gethostbyname, getservbyname, getprotobyname and their like. */
export function aliasesOf(entry: hostent | servent | protoent | netent): string[] {
  if ('h_aliases' in entry) return stringList(entry.h_aliases);
  if ('s_aliases' in entry) return stringList(entry.s_aliases);
  return stringList('p_aliases' in entry ? entry.p_aliases : entry.n_aliases);
}

/**
 * The addresses of a host, as C's `h_addr_list[i]`: `cast(in_addr, address)` reads one of IPv4.
 *
 * @param host a result of gethostbyname or gethostbyaddr
 * @returns copies of `h_length` bytes each, in network byte order
 */
export function addressList(host: hostent): Uint8Array[] {
  const { h_length: length } = host;
  return Array.from(pointers(host.h_addr_list), (address) => memoryAt(address, length).slice());
}

/**
 * The first address of a host, as C's `h_addr`, which is a macro for `h_addr_list[0]`.
 *
 * @returns a copy, or null where the host has none
 */
export function h_addr(host: hostent): Uint8Array | null {
  return addressList(host)[0] ?? null;
}
