/** Members that are no fields of their own: bit-fields, and anonymous records. */
import { hostArch } from './arch.ts';
import {
  type AnonymousType,
  type BitsType,
  type FieldLayout,
  type IntegerType,
  type Lazy,
  type RecordType,
  resolveType,
} from './ctype.ts';
import { describe } from './describe.ts';

/** A bit-field of `width` bits in an integer type. It is read and written by its record. */
export function bits(base: IntegerType<number> | IntegerType<bigint>, width: number): BitsType {
  return {
    kind: 'bits',
    name: `${base.name}:${width}`,
    base,
    bits: width,
    holdsPointer: false,
    sizeOf: (arch) => base.sizeOf(arch),
    alignOf: (arch) => base.alignOf(arch),
    get() {
      throw new TypeError('a bit-field is read through its record');
    },
    set() {
      throw new TypeError('a bit-field is written through its record');
    },
  };
}

/** The place of a bit-field in its record. */
interface BitsField {
  readonly type: BitsType<unknown>;
  readonly offset: number;
  readonly bit: number;
}

/** Whether a field is a bit-field. */
export function isBits(field: FieldLayout): field is FieldLayout & BitsField {
  return field.bit !== undefined;
}

/** What a bit-field of a record in memory reads as. */
export function readBits({ type, offset, bit }: BitsField, memory: Uint8Array): number {
  const { base, bits } = type;
  const whole = BigInt(base.get(memory, offset)) >> BigInt(bit);
  return Number(base.signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole));
}

/** @throws TypeError for what is no integer, RangeError for one that does not fit */
export function writeBits(
  { type, offset, bit }: BitsField,
  memory: Uint8Array,
  value: unknown,
  where: string,
): void {
  const { base, bits } = type;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw new TypeError(`${where} must be an integer, got ${describe(value)}`);
  }
  if (value < -(2 ** (bits - 1)) || value >= 2 ** bits) {
    throw new RangeError(`${where}: ${value} does not fit ${bits} bits`);
  }
  const width = base.sizeOf(hostArch) * 8;
  const mask = ((1n << BigInt(bits)) - 1n) << BigInt(bit);
  const whole = BigInt.asUintN(width, BigInt(base.get(memory, offset)));
  const changed = (whole & ~mask) | ((BigInt(value) << BigInt(bit)) & mask);
  base.set(memory, offset, width === 64 ? changed : Number(changed), where);
}

/** An anonymous struct or union member. */
export function anon(record: Lazy<RecordType>): AnonymousType {
  const type = () => resolveType(record);
  return {
    kind: 'anonymous',
    get name() {
      return type().name;
    },
    get record() {
      return type();
    },
    get holdsPointer() {
      return type().holdsPointer;
    },
    sizeOf: (arch) => type().layoutFor(arch).size,
    alignOf: (arch) => type().layoutFor(arch).align,
    get() {
      throw new TypeError('an anonymous member is read through its fields');
    },
    set() {
      throw new TypeError('an anonymous member is written through its fields');
    },
  };
}
