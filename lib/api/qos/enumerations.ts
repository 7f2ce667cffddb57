import { QOSEnumerateFlows } from '../../../defs/qos2.g.ts';
import {
  ENUMERATION_BUFFER,
  TC_IFC_DESCRIPTOR,
  TcEnumerateFlows,
  TcEnumerateInterfaces,
} from '../../../defs/traffic.g.ts';
import { HANDLE, ULONG } from '../../../defs/windows.g.ts';
import { WSAGetLastError } from '../../../defs/winsock2.g.ts';
import { cast } from '../../ffi/types/pointer.ts';
import type { Struct, StructType } from '../../ffi/types/record.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { type Ref, ref } from '../../ffi/types/ref.ts';
import { anchored } from '../results/anchored.ts';
import { callUntilItFits } from '../results/call-until-it-fits.ts';

const FLOWS_AT_ONCE = 32;

/**
 * The flows of a QOS handle, by QOSEnumerateFlows.
 *
 * Windows Vista, qwave.dll.
 *
 * @param handle from QOSCreateHandle
 * @returns their ids
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/qos2/nf-qos2-qosenumerateflows
 */
export function qosFlows(handle: HANDLE): Uint32Array {
  let used = 0;
  const memory = callUntilItFits(
    'QOSEnumerateFlows',
    (bytes, size) => {
      const succeeded = QOSEnumerateFlows(handle, size, bytes);
      used = size.value;
      return succeeded ? 0 : WSAGetLastError();
    },
    FLOWS_AT_ONCE * sizeof(ULONG),
  )!;
  return new Uint32Array(memory.buffer, memory.byteOffset, used / sizeof(ULONG));
}

/**
 * The interfaces on which traffic can be controlled, by TcEnumerateInterfaces.
 *
 * The records are views of one buffer, which lives as long as any of them. Windows 2000, traffic.dll.
 *
 * @param client from TcRegisterClient
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/traffic/nf-traffic-tcenumerateinterfaces
 */
export function trafficInterfaces(client: HANDLE): TC_IFC_DESCRIPTOR[] {
  let used = 0;
  const memory = callUntilItFits(
    'TcEnumerateInterfaces',
    (bytes, size) => {
      const code = TcEnumerateInterfaces(client, size, cast(TC_IFC_DESCRIPTOR, bytes));
      used = size.value;
      return code;
    },
    4 * sizeof(TC_IFC_DESCRIPTOR),
  )!;
  return [...following(TC_IFC_DESCRIPTOR, memory.subarray(0, used))];
}

/**
 * The flows of an interface with their filters, by TcEnumerateFlows.
 *
 * Windows 2000, traffic.dll.
 *
 * @param handle of the interface, from TcOpenInterface
 * @throws WinsockError where the function fails
 * @see https://learn.microsoft.com/windows/win32/api/traffic/nf-traffic-tcenumerateflows
 */
export function* trafficFlows(handle: HANDLE): IterableIterator<ENUMERATION_BUFFER> {
  const position = ref(HANDLE, 0);
  for (;;) {
    const count = ref(ULONG, FLOWS_AT_ONCE);
    const fill = (bytes: Uint8Array, size: Ref<number>) => {
      count.value = FLOWS_AT_ONCE;
      return TcEnumerateFlows(handle, position, count, size, cast(ENUMERATION_BUFFER, bytes));
    };
    const memory = callUntilItFits('TcEnumerateFlows', fill, 4 * sizeof(ENUMERATION_BUFFER))!;
    if (count.value === 0) return;
    yield* following(ENUMERATION_BUFFER, memory, count.value);
  }
}

/** Records of different lengths that follow each other, each of which says its own. */
function* following<T extends Struct & { readonly Length: number }>(
  type: StructType<T>,
  memory: Uint8Array,
  most = Number.POSITIVE_INFINITY,
): IterableIterator<T> {
  let start = 0;
  for (let i = 0; i < most && start + sizeof(type) <= memory.byteLength; i++) {
    const record = anchored(type, memory.subarray(start));
    yield record;
    // A record that claims to be shorter than it is would never end.
    start += Math.max(record.Length, sizeof(type));
  }
}
