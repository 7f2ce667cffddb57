/** Memory at addresses, and how far memory reaches. */
import type { Pointer } from '../types/ctype.ts';
import { copyOf, viewOf } from './copies.ts';
import { isForeign, markForeign } from './foreign.ts';
import { isPart, markPart } from './freed.ts';
import { bufferOf, byteLengthOf, byteOffsetOf } from './intrinsics.ts';
import { addressOf } from './memory.ts';

const origins = new WeakMap<Uint8Array, Uint8Array<ArrayBuffer>>();

/** The memory that a view was cut from, so that what is longer than the view can be reached from it. */
export function originOf<View extends Uint8Array>(view: View): View | Uint8Array<ArrayBuffer> {
  return origins.get(view) ?? view;
}

/** Notes what a view was cut from, where that is longer. */
export function setOrigin(view: Uint8Array, origin: Uint8Array<ArrayBuffer>): void {
  if (byteLengthOf(origin) > byteLengthOf(view)) origins.set(view, origin);
}

type ViewListener = (buffer: ArrayBuffer, address: number, whole?: ArrayBuffer) => void;

let viewListener: ViewListener | undefined;

/** Has each view of memory at an address told; `whole` is the buffer of the view that it is a part of. */
export function onView(listener: ViewListener): void {
  viewListener = listener;
}

/**
 * Memory at an address, without copying. Nothing tells JavaScript when the memory is freed: reading
 * it later is undefined, as in C. Where the run time forbids such memory, it is a copy.
 *
 * @param whole the buffer of the view that the memory is a part of
 */
export function memoryAt(
  address: Pointer,
  bytes: number,
  whole?: ArrayBuffer,
): Uint8Array<ArrayBuffer> {
  if (address === 0) throw new TypeError('memory at NULL cannot be read');
  // koffi rather than ref-napi: ref-napi's buffers over foreign memory claim 1 GiB each, and every
  // one of them sets off garbage collections.
  const buffer = viewOf(address, bytes) ?? copyOf(address, bytes);
  markForeign(buffer);
  viewListener?.(buffer, address, whole);
  return new Uint8Array(buffer);
}

/**
 * Whether there are as many bytes from the start of a view, which may be beyond its end: a view that was
 * cast from longer memory reaches to the end of that, and of memory of the system's nothing says how far
 * it goes.
 */
export function reaches(view: Uint8Array, bytes: number): boolean {
  if (bytes <= byteLengthOf(view) || isForeign(bufferOf(view))) return true;
  const whole = originOf(view);
  return byteOffsetOf(view) + bytes <= byteOffsetOf(whole) + byteLengthOf(whole);
}

/** The bytes from an offset of a view on, which may be beyond its end; undefined where there are fewer. */
export function reach(
  view: Uint8Array,
  offset: number,
  bytes: number,
): Uint8Array<ArrayBuffer> | undefined {
  if (!reaches(view, offset + bytes)) return undefined;
  return isForeign(bufferOf(view))
    ? partOf(view, offset, bytes)
    : new Uint8Array(bufferOf(view), byteOffsetOf(view) + offset, bytes);
}

/** The bytes from an offset of memory of the system's on, which may be beyond the end of the view. */
export function partOf(view: Uint8Array, offset: number, bytes: number): Uint8Array<ArrayBuffer> {
  const part = memoryAt((addressOf(view) + offset) as Pointer, bytes, bufferOf(view));
  if (offset !== 0 || isPart(view)) markPart(part.buffer);
  return part;
}
