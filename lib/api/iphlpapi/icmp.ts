import { icmp_echo_reply, icmpv6_echo_reply_lh } from '../../../defs/ipexport.g.ts';
import { addressOf } from '../../ffi/memory/memory.ts';
import type { Pointer } from '../../ffi/types/ctype.ts';
import { sizeof } from '../../ffi/types/record.ts';

/** One reply to an echo request. */
export interface EchoReply<Row> {
  /** Address, status and round-trip time in milliseconds, as a view of the reply buffer. */
  readonly reply: Row;
  /** The data that came back, as a view of the reply buffer. */
  readonly data: Uint8Array;
}

/** What Windows writes after the replies: an ICMP error of 8 bytes and an IO_STATUS_BLOCK. */
const ERROR_BYTES = 8;
const STATUS_BYTES = 16;

/**
 * The size of a reply buffer for IcmpSendEcho2 and Icmp6SendEcho2.
 *
 * @param requestSize bytes of data in the request
 * @param replies how many replies there is to be room for
 */
export function echoReplyBytes(requestSize: number, replies = 1): number {
  const record = Math.max(sizeof(icmp_echo_reply), sizeof(icmpv6_echo_reply_lh));
  return replies * (record + requestSize + ERROR_BYTES) + STATUS_BYTES;
}

/**
 * The replies to an IPv4 echo request, which IcmpSendEcho, IcmpSendEcho2 or IcmpParseReplies has left
 * in the reply buffer.
 *
 * @param buffer the reply buffer, where the function filled it
 * @param count how many replies there are: what the function returned
 * @throws RangeError where the buffer holds fewer
 * @see https://learn.microsoft.com/windows/win32/api/ipexport/ns-ipexport-icmp_echo_reply
 */
export function echoReplies(buffer: Uint8Array, count: number): EchoReply<icmp_echo_reply>[] {
  const size = sizeof(icmp_echo_reply);
  if (count * size > buffer.byteLength) {
    throw new RangeError(`echoReplies: ${buffer.byteLength} bytes do not hold ${count} replies`);
  }
  return Array.from({ length: count }, (_, index) => {
    const reply = new icmp_echo_reply(buffer.buffer, buffer.byteOffset + index * size);
    return { reply, data: within(buffer, reply.Data, reply.DataSize) };
  });
}

/**
 * The reply to an IPv6 echo request, which Icmp6SendEcho2 or Icmp6ParseReplies has left in the reply
 * buffer; there is one at most. Its data follow the record.
 *
 * @param buffer the reply buffer
 * @param requestSize bytes of data in the request, which the reply repeats
 * @see https://learn.microsoft.com/windows/win32/api/ipexport/ns-ipexport-icmpv6_echo_reply_lh
 */
export function echoReply6(
  buffer: Uint8Array,
  requestSize: number,
): EchoReply<icmpv6_echo_reply_lh> {
  const reply = new icmpv6_echo_reply_lh(buffer.buffer, buffer.byteOffset);
  const start = sizeof(icmpv6_echo_reply_lh);
  return { reply, data: buffer.subarray(start, start + requestSize) };
}

/** The part of some memory that an address and a length within it say. */
function within(memory: Uint8Array, address: Pointer, length: number): Uint8Array {
  const start = address - addressOf(memory);
  if (length > 0 && (start < 0 || start + length > memory.byteLength)) {
    throw new RangeError('echoReplies: the data lie outside the buffer, which must not be moved');
  }
  return length > 0 ? memory.subarray(start, start + length) : memory.subarray(0, 0);
}
