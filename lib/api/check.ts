import { AF_INET, AF_INET6 } from '../../defs/ws2def.g.ts';
import { bufferOf, byteLengthOf, byteOffsetOf, isUint8Array } from '../ffi/memory/intrinsics.ts';
import { describe, withArticle } from '../ffi/types/describe.ts';
import { Struct, type StructType } from '../ffi/types/record.ts';

/**
 * The lowest 32 bits of an integer, as a C cast keeps them, in JavaScript's signed form.
 *
 * @throws TypeError for anything but an integer: C would not compile it
 */
export function low32(value: number | bigint, where: string): number {
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
  if (Number.isSafeInteger(value)) return value | 0;
  throw new TypeError(`${where} must be an integer, got ${describe(value)}`);
}

/** A count or a length: an integer that is not negative. */
export function asLength(value: number, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new TypeError(`${where} must be an integer, got ${describe(value)}`);
  }
  if (value < 0) throw new RangeError(`${where} is negative: ${value}`);
  return value;
}

/** An integer of at least `min` and at most `max`. */
export function integerIn(value: number, min: number, max: number, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new TypeError(`${where} must be an integer, got ${describe(value)}`);
  }
  if (value < min || value > max) {
    throw new RangeError(`${where} must be ${min} to ${max}, got ${value}`);
  }
  return value;
}

/** @throws TypeError unless the value is a record of the type */
export function assertRecord<T extends Struct>(value: T, type: StructType<T>, where: string): T {
  // The class of a record also makes its views, so this holds for memory of any origin.
  if (value instanceof type) return value;
  throw new TypeError(`${where} must be ${withArticle(type.name)}, got ${describe(value)}`);
}

/**
 * The record at the start of some memory: of the type already, or bytes that C would call a
 * `UCHAR *`. Another record type is a mistake, not bytes.
 */
export function recordIn<T extends Struct>(
  memory: Uint8Array,
  type: StructType<T>,
  size: number,
  where: string,
): T {
  if (memory instanceof type) return memory;
  if (!isUint8Array(memory) || memory instanceof Struct) {
    throw new TypeError(
      `${where} must be ${withArticle(type.name)} or bytes, got ${describe(memory)}`,
    );
  }
  const bytes = byteLengthOf(memory);
  if (bytes < size) {
    throw new RangeError(`${where} needs ${size} bytes, got ${bytes}`);
  }
  return new type(bufferOf(memory), byteOffsetOf(memory));
}

/**
 * Whether the family is AF_INET6.
 *
 * @throws RangeError unless it is that or AF_INET
 */
export function isFamily6(af: number, where: string): boolean {
  if (af === AF_INET6) return true;
  if (af === AF_INET) return false;
  throw new RangeError(`${where} must be AF_INET or AF_INET6, got ${describe(af)}`);
}
