/**
 * Multicast source filters (ws2tcpip.h, ws2ipdef.h, after RFC 3678): which sources of a group a
 * socket receives from. Each function fails with SOCKET_ERROR, after which WSAGetLastError has the
 * code.
 */
import { in_addr } from '../../../defs/inaddr.g.ts';
import { DWORD, ULONG } from '../../../defs/windows.g.ts';
import { type SOCKET, WSAIoctl } from '../../../defs/winsock2.g.ts';
import { SOCKET_ADDRESS, SOCKET_ADDRESS_LIST, sockaddr_storage } from '../../../defs/ws2def.g.ts';
import {
  group_filter,
  ip_msfilter,
  type MULTICAST_MODE_TYPE,
  SIOCGIPMSFILTER,
  SIOCGMSFILTER,
  SIOCSIPMSFILTER,
  SIOCSMSFILTER,
} from '../../../defs/ws2ipdef.g.ts';
import { checkAddress } from '../../ffi/memory/address.ts';
import { bytesOf, isMemory } from '../../ffi/memory/memory.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import type { BufferArg, ScalarArg, StructArg } from '../../ffi/types/arguments.ts';
import type { CType } from '../../ffi/types/ctype.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import { type Ref, ref } from '../../ffi/types/ref.ts';
import { int, uint32 } from '../../ffi/types/scalars.ts';
import { asLength, assertRecord, integerIn } from '../check.ts';
import { type InlineFunction, inlineFunction } from './inline-function.ts';

/**
 * The size of an ip_msfilter with a number of sources, in bytes.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/ns-ws2ipdef-ip_msfilter
 */
export function IP_MSFILTER_SIZE(NumSources: number): number {
  return (
    offsetof(ip_msfilter, 'imsf_slist') + asLength(NumSources, 'IP_MSFILTER_SIZE') * sizeof(in_addr)
  );
}

/**
 * The size of a group_filter with a number of sources, in bytes.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2ipdef/ns-ws2ipdef-group_filter
 */
export function GROUP_FILTER_SIZE(numsrc: number): number {
  const sources = asLength(numsrc, 'GROUP_FILTER_SIZE') * sizeof(sockaddr_storage);
  return sizeof(group_filter) - sizeof(sockaddr_storage) + sources;
}

/**
 * The size of a SOCKET_ADDRESS_LIST with a number of addresses, in bytes.
 *
 * @see https://learn.microsoft.com/windows/win32/api/ws2def/ns-ws2def-socket_address_list
 */
export function SIZEOF_SOCKET_ADDRESS_LIST(AddressCount: number): number {
  const addresses = asLength(AddressCount, 'SIZEOF_SOCKET_ADDRESS_LIST') * sizeof(SOCKET_ADDRESS);
  return offsetof(SOCKET_ADDRESS_LIST, 'Address') + addresses;
}

/** A filter of this size at most is asked of the system; the largest it keeps is far smaller. */
const MOST_BYTES = 0x7fffffff;

/** The memory of a pointer argument, as much of it as another argument says. */
function memoryOf(argument: BufferArg, bytes: number, where: string): Uint8Array {
  if (bytes === 0) return new Uint8Array(0);
  if (argument === null) throw new TypeError(`${where} must not be null`);
  if (!isMemory(argument)) return memoryAt(checkAddress(argument, where, { bytes }), bytes);
  const memory = bytesOf(argument);
  if (memory.byteLength >= bytes) return memory.subarray(0, bytes);
  throw new RangeError(`${where} has ${memory.byteLength} bytes, ${bytes} are asked for`);
}

/** The variable that an argument points to. */
function variable(type: CType<number>, argument: ScalarArg<number>, where: string): Ref<number> {
  if (argument === null || argument === 0) throw new TypeError(`${where} must not be null`);
  const source = isMemory(argument) ? bytesOf(argument) : checkAddress(argument, where);
  return cast(type, source);
}

/** A filter that is given to the system. */
function setFilter(s: SOCKET, code: number, filter: Uint8Array): number {
  return WSAIoctl(s, code, filter, filter.byteLength, null, 0, ref(DWORD), null, null);
}

/** A filter that the system fills in. */
function getFilter(s: SOCKET, code: number, filter: Uint8Array): number {
  const size = filter.byteLength;
  return WSAIoctl(s, code, filter, size, filter, size, ref(DWORD), null, null);
}

function memoryFor(size: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(integerIn(size, 0, MOST_BYTES, 'the size of the filter')));
}

/**
 * Sets which sources of an IPv4 group a socket receives from. The socket has joined the group.
 *
 * @param Socket a datagram socket
 * @param Interface the local address of the interface, or INADDR_ANY's
 * @param Group the multicast address
 * @param FilterMode MCAST_INCLUDE: only these sources; MCAST_EXCLUDE: all but these
 * @param SourceCount how many sources the list has
 * @param SourceList the sources, `arrayOf(in_addr, …)`; null where there are none
 * @returns 0, or SOCKET_ERROR
 * @throws TypeError or RangeError if an argument is of the wrong type, or the list is too short
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-setipv4sourcefilter
 */
export const setipv4sourcefilter: InlineFunction<
  (
    Socket: SOCKET,
    Interface: in_addr,
    Group: in_addr,
    FilterMode: MULTICAST_MODE_TYPE,
    SourceCount: number,
    SourceList: StructArg<in_addr>,
  ) => number
> = /*#__PURE__*/ inlineFunction(
  'setipv4sourcefilter',
  (Socket, Interface, Group, FilterMode, SourceCount, SourceList) => {
    const where = 'setipv4sourcefilter';
    const sources = uint32.check(SourceCount, `${where}: SourceCount`);
    const list = memoryOf(SourceList, sources * sizeof(in_addr), `${where}: SourceList`);
    const memory = memoryFor(IP_MSFILTER_SIZE(sources));
    writeIpv4Header(memory, Interface, Group, FilterMode, sources, where);
    memory.set(list, offsetof(ip_msfilter, 'imsf_slist'));
    return setFilter(Socket, SIOCSIPMSFILTER, memory);
  },
);

/** The fields before the list. A filter without sources is shorter than the C structure. */
function writeIpv4Header(
  memory: Uint8Array,
  Interface: in_addr,
  Group: in_addr,
  mode: number,
  sources: number,
  where: string,
): void {
  const head = new ip_msfilter({
    imsf_multiaddr: assertRecord(Group, in_addr, `${where}: Group`),
    imsf_interface: assertRecord(Interface, in_addr, `${where}: Interface`),
    imsf_fmode: mode,
    imsf_numsrc: sources,
  });
  memory.set(head.subarray(0, offsetof(ip_msfilter, 'imsf_slist')));
}

/**
 * Reads which sources of an IPv4 group a socket receives from.
 *
 * @param Socket a datagram socket
 * @param Interface the local address of the interface, or INADDR_ANY's
 * @param Group the multicast address
 * @param FilterMode receives MCAST_INCLUDE or MCAST_EXCLUDE
 * @param SourceCount how many sources the list has room for; receives how many there are. As in C it
 *   stays 0 where it was 0.
 * @param SourceList receives the sources; null where `SourceCount` is 0
 * @returns 0, or SOCKET_ERROR
 * @throws TypeError or RangeError if an argument is of the wrong type, or the list is too short
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getipv4sourcefilter
 */
export const getipv4sourcefilter: InlineFunction<
  (
    Socket: SOCKET,
    Interface: in_addr,
    Group: in_addr,
    FilterMode: ScalarArg<number>,
    SourceCount: ScalarArg<number>,
    SourceList: StructArg<in_addr>,
  ) => number
> = /*#__PURE__*/ inlineFunction(
  'getipv4sourcefilter',
  (Socket, Interface, Group, FilterMode, SourceCount, SourceList) => {
    const where = 'getipv4sourcefilter';
    const mode = variable(int, FilterMode, `${where}: FilterMode`);
    const count = variable(ULONG, SourceCount, `${where}: SourceCount`);
    const list = memoryOf(SourceList, count.value * sizeof(in_addr), `${where}: SourceList`);
    const memory = memoryFor(IP_MSFILTER_SIZE(count.value));
    writeIpv4Header(memory, Interface, Group, 0, count.value, where);
    const result = getFilter(Socket, SIOCGIPMSFILTER, memory);
    if (result !== 0) return result;
    const start = offsetof(ip_msfilter, 'imsf_slist');
    giveBack(memory.subarray(start), list, count, uint32.get(memory, start - 4));
    mode.value = int.get(memory, offsetof(ip_msfilter, 'imsf_fmode'));
    return result;
  },
);

/** Hands the sources in a filter to the caller's list. */
function giveBack(sources: Uint8Array, list: Uint8Array, count: Ref<number>, found: number): void {
  if (count.value === 0) return;
  list.set(sources.subarray(0, list.byteLength));
  count.value = found;
}

function writeHeader(
  memory: Uint8Array,
  Interface: number,
  Group: BufferArg,
  GroupLength: number,
  mode: number,
  sources: number,
  where: string,
): void {
  const length = integerIn(GroupLength, 0, sizeof(sockaddr_storage), `${where}: GroupLength`);
  const head = new group_filter({ gf_interface: Interface, gf_fmode: mode, gf_numsrc: sources });
  head.set(memoryOf(Group, length, `${where}: Group`), offsetof(group_filter, 'gf_group'));
  memory.set(head.subarray(0, offsetof(group_filter, 'gf_slist')));
}

/**
 * Sets which sources of a group of either IP version a socket receives from. The socket has joined
 * the group.
 *
 * @param Socket a datagram socket
 * @param Interface the index of the interface, or 0
 * @param Group the multicast address, a sockaddr_in or sockaddr_in6
 * @param GroupLength its size in bytes
 * @param FilterMode MCAST_INCLUDE: only these sources; MCAST_EXCLUDE: all but these
 * @param SourceCount how many sources the list has
 * @param SourceList the sources, `arrayOf(SOCKADDR_STORAGE, …)`; null where there are none
 * @returns 0, or SOCKET_ERROR
 * @throws TypeError or RangeError if an argument is of the wrong type, or memory is too short
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-setsourcefilter
 */
export const setsourcefilter: InlineFunction<
  (
    Socket: SOCKET,
    Interface: number,
    Group: BufferArg,
    GroupLength: number,
    FilterMode: MULTICAST_MODE_TYPE,
    SourceCount: number,
    SourceList: StructArg<sockaddr_storage>,
  ) => number
> = /*#__PURE__*/ inlineFunction(
  'setsourcefilter',
  (Socket, Interface, Group, GroupLength, FilterMode, SourceCount, SourceList) => {
    const where = 'setsourcefilter';
    const sources = uint32.check(SourceCount, `${where}: SourceCount`);
    const size = sources * sizeof(sockaddr_storage);
    const list = memoryOf(SourceList, size, `${where}: SourceList`);
    const memory = memoryFor(GROUP_FILTER_SIZE(sources));
    writeHeader(memory, Interface, Group, GroupLength, FilterMode, sources, where);
    memory.set(list, offsetof(group_filter, 'gf_slist'));
    return setFilter(Socket, SIOCSMSFILTER, memory);
  },
);

/**
 * Reads which sources of a group of either IP version a socket receives from.
 *
 * @param Socket a datagram socket
 * @param Interface the index of the interface, or 0
 * @param Group the multicast address, a sockaddr_in or sockaddr_in6
 * @param GroupLength its size in bytes
 * @param FilterMode receives MCAST_INCLUDE or MCAST_EXCLUDE
 * @param SourceCount how many sources the list has room for; receives how many there are. As in C it
 *   stays 0 where it was 0.
 * @param SourceList receives the sources; null where `SourceCount` is 0
 * @returns 0, or SOCKET_ERROR
 * @throws TypeError or RangeError if an argument is of the wrong type, or memory is too short
 * @see https://learn.microsoft.com/windows/win32/api/ws2tcpip/nf-ws2tcpip-getsourcefilter
 */
export const getsourcefilter: InlineFunction<
  (
    Socket: SOCKET,
    Interface: number,
    Group: BufferArg,
    GroupLength: number,
    FilterMode: ScalarArg<number>,
    SourceCount: ScalarArg<number>,
    SourceList: StructArg<sockaddr_storage>,
  ) => number
> = /*#__PURE__*/ inlineFunction(
  'getsourcefilter',
  (Socket, Interface, Group, GroupLength, FilterMode, SourceCount, SourceList) => {
    const where = 'getsourcefilter';
    const mode = variable(int, FilterMode, `${where}: FilterMode`);
    const count = variable(ULONG, SourceCount, `${where}: SourceCount`);
    const size = count.value * sizeof(sockaddr_storage);
    const list = memoryOf(SourceList, size, `${where}: SourceList`);
    const memory = memoryFor(GROUP_FILTER_SIZE(count.value));
    writeHeader(memory, Interface, Group, GroupLength, 0, count.value, where);
    const result = getFilter(Socket, SIOCGMSFILTER, memory);
    if (result !== 0) return result;
    const found = uint32.get(memory, offsetof(group_filter, 'gf_numsrc'));
    giveBack(memory.subarray(offsetof(group_filter, 'gf_slist')), list, count, found);
    mode.value = int.get(memory, offsetof(group_filter, 'gf_fmode'));
    return result;
  },
);
