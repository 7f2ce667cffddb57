import { addressOf, type CArray, cast, type Pointer, pvoid } from '../../ffi/index.ts';
import { checkCount, checkFunction } from '../text/checks.ts';
import { encodeText } from '../text/encoding.ts';
import { type Bytes, bytesOf } from '../text/text.ts';
import { exactly } from './reach.ts';

/** Below zero, zero or above, of the elements at two places, as C's comparison functions are given them. */
type Compare = (a: Uint8Array, b: Uint8Array) => number;

/** Elements of a `qsort`: memory, or an array of pointers that JavaScript has as an array. */
type Elements = Bytes | CArray<unknown> | unknown[];

/**
 * Sorts in place, as C's qsort. Elements that are equal keep their order, which C does not promise.
 *
 * @param size of an element in bytes
 */
export function qsort(elements: Elements, count: number, size: number, compare: Compare): void {
  checkFunction(compare, 'qsort: compare');
  checkCount(count, 'qsort: number');
  checkCount(size, 'qsort: width');
  if (Array.isArray(elements)) {
    const places = elements.slice(0, count).map((value) => ({ value, place: placeOf(value) }));
    places.sort((a, b) => compare(a.place, b.place));
    for (const [index, { value }] of places.entries()) elements[index] = value;
    return;
  }
  const bytes = exactly(elements as Bytes, count * size, 'qsort: base');
  const parts = Array.from({ length: count }, (_, i) => bytes.slice(i * size, (i + 1) * size));
  parts.sort(compare);
  for (const [index, part] of parts.entries()) bytes.set(part, index * size);
}

/**
 * Looks for an element in a sorted array, as C's bsearch.
 *
 * @returns the memory from the element on; null where there is none
 */
export function bsearch(
  key: Bytes,
  elements: Bytes | CArray<unknown>,
  count: number,
  size: number,
  compare: Compare,
): Uint8Array | null {
  checkFunction(compare, 'bsearch: compare');
  checkCount(count, 'bsearch: num');
  checkCount(size, 'bsearch: width');
  const wanted = bytesOf(key);
  const bytes = exactly(elements as Bytes, count * size, 'bsearch: base');
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const place = bytes.subarray(middle * size);
    const order = compare(wanted, place);
    if (order === 0) return place;
    if (order < 0) high = middle;
    else low = middle + 1;
  }
  return null;
}

/** Memory that holds a pointer to a value, as an element of C's array of pointers does. */
function placeOf(value: unknown): Uint8Array {
  const place = new Uint8Array(new ArrayBuffer(8));
  const target = typeof value === 'string' ? Buffer.concat([encodeText(value), ZERO]) : value;
  const address =
    typeof target === 'number' || target === null ? target : addressOf(target as Uint8Array);
  cast(pvoid, place).value = (address ?? 0) as Pointer;
  if (target !== null && typeof target === 'object') kept.set(place, target);
  return place;
}

const ZERO = Uint8Array.of(0);
/** What the pointers in places point to stays there as long as they do. */
const kept = new WeakMap<Uint8Array, object>();
