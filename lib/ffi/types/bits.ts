import type { CType, Lazy } from './ctype.ts';
import type { AnonymousType, BitsType, RecordShape } from './layout.ts';
import type { IntegerType } from './scalars.ts';

/** A bit-field of `width` bits in an integer type. It is read and written by its record. */
export function bits(base: IntegerType<number> | IntegerType<bigint>, width: number): BitsType {
  const integer = base as IntegerType<number | bigint>;
  return {
    kind: 'bits',
    name: `${base.name}:${width}`,
    base: integer,
    bits: width,
    holdsPointer: false,
    sizeOf: (arch) => integer.sizeOf(arch),
    alignOf: (arch) => integer.alignOf(arch),
    get() {
      throw new TypeError('a bit-field is read through its record');
    },
    set() {
      throw new TypeError('a bit-field is written through its record');
    },
  };
}

/** An anonymous struct or union member. */
export function anon(record: Lazy<unknown>): AnonymousType {
  const shape = () => resolveRecord(record);
  return {
    kind: 'anonymous',
    get name() {
      return shape().name;
    },
    get record() {
      return shape();
    },
    get holdsPointer() {
      return shape().holdsPointer;
    },
    sizeOf: (arch) => shape().layoutFor(arch).size,
    alignOf: (arch) => shape().layoutFor(arch).align,
    get() {
      throw new TypeError('an anonymous member is read through its fields');
    },
    set() {
      throw new TypeError('an anonymous member is written through its fields');
    },
  };
}

function resolveRecord(record: Lazy<unknown>): RecordShape & CType<unknown> {
  // A record type is itself a class, so `kind` and not `typeof` tells it from a thunk.
  const known = record as RecordShape & CType<unknown>;
  return known.kind === 'record' ? known : (record as () => RecordShape & CType<unknown>)();
}
