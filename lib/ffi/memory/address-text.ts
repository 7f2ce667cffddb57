/** IP addresses and socket addresses as text, from their bytes in memory. */

import { AF_INET, AF_INET6, SOCKADDR_IN_LAYOUT, SOCKADDR_IN6_LAYOUT } from '../windows.g.ts';
import { reach } from './views.ts';

/** The text of an `in_addr`. */
export function ipv4Text(bytes: Uint8Array): string {
  return bytes.subarray(0, 4).join('.');
}

/** The text of an `in6_addr`. */
export function ipv6Text(bytes: Uint8Array): string {
  return formatIPv6(Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!));
}

/** `127.0.0.1:80`, `[::1]:80`; undefined for memory that holds neither family's address. */
export function socketAddressText(memory: Uint8Array): string | undefined {
  if (memory.byteLength < SOCKADDR_IN_LAYOUT.size) return undefined;
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const family = view.getUint16(SOCKADDR_IN_LAYOUT.sin_family, true);
  const port = view.getUint16(SOCKADDR_IN_LAYOUT.sin_port);
  if (family === AF_INET)
    return `${ipv4Text(memory.subarray(SOCKADDR_IN_LAYOUT.sin_addr))}:${port}`;
  if (family !== AF_INET6) return undefined;
  // A `sockaddr` shows only the beginning of it.
  const whole = reach(memory, 0, SOCKADDR_IN6_LAYOUT.size);
  if (!whole) return undefined;
  const { sin6_scope_id, sin6_addr } = SOCKADDR_IN6_LAYOUT;
  const scope = new DataView(whole.buffer, whole.byteOffset).getUint32(sin6_scope_id, true);
  return `[${ipv6Text(whole.subarray(sin6_addr))}${scope === 0 ? '' : `%${scope}`}]:${port}`;
}

/** The text of an IPv6 address as RFC 5952 wants it. */
function formatIPv6(groups: readonly number[]): string {
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (mapped) {
    const [high, low] = [groups[6]!, groups[7]!];
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  }
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) {
      bestStart = start;
      bestLength = length;
    }
    if (length > 0) start += length;
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}
