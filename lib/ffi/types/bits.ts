import type { AnonymousType, BitsType, IntegerType, Lazy, RecordType } from './ctype.ts';
import { resolveType } from './ctype.ts';

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
