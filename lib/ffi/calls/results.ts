import { stringAt, wideStringAt } from '../memory/strings.ts';
import { ABI_POINTER_RESULT } from '../native/native.ts';
import type { CType, Pointer } from '../types/ctype.ts';
import { describe } from '../types/ctype.ts';
import { type PointerType, recordAt } from '../types/pointer.ts';
import type { Struct, StructType } from '../types/record.ts';
import type { IntegerType } from '../types/scalars.ts';
import { abiOf } from './parameters.ts';

/** koffi's name for a result type: addresses come back as integers. */
export function abiOfResult(type: CType<unknown>): string {
  const abi = abiOf(type);
  return abi === 'void *' ? ABI_POINTER_RESULT : abi;
}

/** A value that native code gave, as the type reads in JavaScript. */
export function fromNative(type: CType<unknown>, raw: unknown): unknown {
  const convert = converterOfResult(type);
  return convert ? convert(raw) : raw;
}

/** How a raw result turns into its value; undefined where it already is. */
export function converterOfResult(type: CType<unknown>): ((raw: unknown) => unknown) | undefined {
  switch (type.kind) {
    case 'integer':
      return (type as IntegerType).width === 64 ? (raw) => BigInt(raw as number) : undefined;
    case 'string':
      return type.name === 'char *'
        ? (raw) => stringAt(Number(raw) as Pointer)
        : (raw) => wideStringAt(Number(raw) as Pointer);
    case 'pointer': {
      const { target } = type as PointerType<unknown>;
      if (target?.kind !== 'record') return (raw) => Number(raw);
      return (raw) => recordAt(target as unknown as StructType<Struct>, Number(raw) as Pointer);
    }
    case 'callback':
      return (raw) => Number(raw);
    default:
      return undefined;
  }
}

/** What a JavaScript function returned, in the form native code takes as a result. */
export function toNative(type: CType<unknown>, value: unknown, where: string): unknown {
  switch (type.kind) {
    case 'void':
      return undefined;
    case 'integer':
      return (type as IntegerType).check(value ?? 0, `the result of ${where}`);
    case 'float':
      return value;
    default:
      if (value === null || value === undefined) return null;
      if (typeof value === 'number') return BigInt(value);
      throw new TypeError(
        `the result of ${where} must be an address or null, got ${describe(value)}`,
      );
  }
}
