import { WSACMSGHDR } from '../../../defs/ws2def.g.ts';
import { isForeign } from '../../ffi/memory/foreign.ts';
import { bufferOf, byteLengthOf, byteOffsetOf } from '../../ffi/memory/intrinsics.ts';
import { addressOf } from '../../ffi/memory/memory.ts';
import { partOf } from '../../ffi/memory/views.ts';
import { hostArch, pointerSize } from '../../ffi/types/arch.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { asLength } from '../check.ts';

/** MAX_NATURAL_ALIGNMENT of winnt.h: the largest alignment that data can need. */
const NATURAL = pointerSize(hostArch);

function alignTo(length: number, alignment: number, where: string): number {
  return Math.ceil(asLength(length, where) / alignment) * alignment;
}

export function alignHeader(length: number, where: string): number {
  return alignTo(length, WSACMSGHDR.alignOf(hostArch), where);
}

export function alignData(length: number, where: string): number {
  return alignTo(length, NATURAL, where);
}

interface Place {
  readonly control: Uint8Array;
  readonly offset: number;
}

/** The place in its control buffer of each header that was found by walking one. */
const places = new WeakMap<WSACMSGHDR, Place>();

function placeOf(cmsg: WSACMSGHDR): Place {
  return (
    places.get(cmsg) ?? { control: new Uint8Array(bufferOf(cmsg)), offset: byteOffsetOf(cmsg) }
  );
}

/** The header at an offset of a control buffer, as a view; null where the buffer has no room for one. */
export function headerAt(control: Uint8Array, offset: number): WSACMSGHDR | null {
  if (offset + sizeof(WSACMSGHDR) > byteLengthOf(control)) return null;
  const header = cast(WSACMSGHDR, control, offset);
  places.set(header, { control, offset });
  return header;
}

/** The header after one in a control buffer; null where the buffer has no room for another. */
export function headerAfter(
  cmsg: WSACMSGHDR,
  control: Uint8Array,
  where: string,
): WSACMSGHDR | null {
  const length = cmsg.cmsg_len;
  // The C macros go on for ever at a length of 0: it stands in buffers that are not filled in.
  if (length === 0) return null;
  const offset = places.get(cmsg)?.offset ?? addressOf(cmsg) - addressOf(control);
  if (offset < 0 || offset >= byteLengthOf(control)) {
    throw new RangeError(`${where}: the header is not in the control buffer`);
  }
  return headerAt(control, offset + alignHeader(length, where));
}

/** The data after a header, as a view. */
export function dataAfter(cmsg: WSACMSGHDR, where: string): Uint8Array {
  const start = alignData(sizeof(WSACMSGHDR), where);
  const length = Math.max(0, cmsg.cmsg_len - start);
  if (isForeign(bufferOf(cmsg)) && !places.has(cmsg)) {
    return partOf(cmsg, start, length);
  }
  const { control, offset } = placeOf(cmsg);
  const room = byteLengthOf(control) - offset - start;
  if (length <= room) {
    return control.subarray(offset + start, offset + start + length);
  }
  throw new RangeError(`${where}: cmsg_len says ${length} bytes of data, there are ${room}`);
}

/** The headers in a control buffer, in order; a message that the buffer ends within is left out. */
export function* messagesIn(control: Uint8Array): Generator<WSACMSGHDR> {
  const size = sizeof(WSACMSGHDR);
  let header = headerAt(control, 0);
  while (header) {
    const { offset } = placeOf(header);
    if (header.cmsg_len < size || offset + header.cmsg_len > control.byteLength) return;
    yield header;
    header = headerAfter(header, control, 'messagesIn');
  }
}
