/** What functions of C's library refuse: in C each of these is a crash, or memory that is not theirs. */
import { types } from 'node:util';
import { byteLengthOf, isUint8Array } from '../../ffi/memory/intrinsics.ts';
import { isDetached } from '../../ffi/memory/memory.ts';
import { describe } from '../../ffi/types/describe.ts';

/** C counts in 64 bits; the numbers above these a program gets by taking from zero. */
const LARGEST_COUNT = 2 ** 64;

/**
 * Checks how many of something there are.
 *
 * @throws TypeError for what is no number, RangeError for one that is no size_t
 */
export function checkCount(value: unknown, where: string): asserts value is number {
  checkNumber(value, where);
  if (!Number.isInteger(value) || value < 0 || value > LARGEST_COUNT) {
    throw new RangeError(`${where} is a whole number of at least 0, got ${value}`);
  }
}

/** @throws TypeError for what is no number */
export function checkNumber(value: unknown, where: string): asserts value is number {
  if (typeof value === 'number') return;
  throw new TypeError(`${where} is a number, got ${describe(value)}`);
}

/** @throws TypeError for what is no function */
export function checkFunction(value: unknown, where: string): void {
  if (typeof value === 'function') return;
  throw new TypeError(`${where} is a function, got ${describe(value)}`);
}

/** @throws TypeError for what has no members: a Box, a Ref or a structure is needed */
export function checkObject(value: unknown, what: string, where: string): asserts value is object {
  if (typeof value === 'object' && value !== null) return;
  throw new TypeError(`${where} is ${what}, got ${describe(value)}`);
}

/** Whether it is memory of wide characters, of whatever realm. */
export const isWide = (text: unknown): text is Uint16Array => types.isUint16Array(text);

/** Whether it is memory of characters, of whatever realm. */
export const isCharacters = (value: unknown): value is Uint8Array | Uint16Array =>
  isUint8Array(value) || isWide(value);

/** @throws TypeError for memory that was transferred to somebody else */
export function refuseDetached(memory: Uint8Array | Uint16Array, where: string): void {
  if (isDetached(memory)) throw new TypeError(`${where}: the ArrayBuffer is detached`);
}

/** @throws TypeError for what is no memory of characters */
export function checkCharacters(
  value: unknown,
  where: string,
): asserts value is Uint8Array | Uint16Array {
  if (isCharacters(value)) return refuseDetached(value, where);
  throw new TypeError(
    `${where} is memory of characters, a Uint8Array or a Uint16Array, got ${describe(value)}`,
  );
}

/** @throws TypeError for what is neither text of JavaScript nor memory of characters */
export function checkText(
  value: unknown,
  where: string,
): asserts value is string | Uint8Array | Uint16Array {
  if (typeof value === 'string') return;
  if (isCharacters(value)) return refuseDetached(value, where);
  throw new TypeError(
    `${where} is a string, or its characters in a Uint8Array or a Uint16Array, got ${describe(value)}`,
  );
}

/**
 * New memory.
 *
 * @throws RangeError for more than there is
 */
export function allocated<T>(size: number, where: string, make: (size: number) => T): T {
  checkCount(size, where);
  try {
    return make(size);
  } catch {
    throw new RangeError(`${where}: there is no memory for ${size}`);
  }
}

/** @throws RangeError where memory has fewer elements than are asked for */
export function checkRoom(into: Uint8Array | Uint16Array, size: number, where: string): void {
  const room = byteLengthOf(into) / (isWide(into) ? 2 : 1);
  if (size > room) throw new RangeError(`${where}: ${size} characters of ${room}`);
}
