import { stringAt, wideStringAt } from '../memory/strings.ts';
import type { AnyCType, Pointer } from '../types/ctype.ts';
import { describe } from '../types/describe.ts';
import { recordAt } from '../types/pointer.ts';

/** A value that native code gave, as the type reads in JavaScript. */
export function fromNative(type: AnyCType, raw: unknown): unknown {
  const convert = converterOfResult(type);
  return convert ? convert(raw) : raw;
}

/** How a raw result turns into its value; undefined where it already is. */
export function converterOfResult(type: AnyCType): ((raw: unknown) => unknown) | undefined {
  switch (type.kind) {
    case 'integer':
      return type.width === 64 ? (raw) => BigInt(raw as number) : undefined;
    case 'string':
      return type.wide
        ? (raw) => wideStringAt(Number(raw) as Pointer)
        : (raw) => stringAt(Number(raw) as Pointer);
    case 'pointer': {
      const { target } = type;
      if (target?.kind !== 'record') return (raw) => Number(raw);
      return (raw) => recordAt(target, Number(raw) as Pointer);
    }
    case 'callback':
      return (raw) => Number(raw);
    default:
      return undefined;
  }
}

/** What a JavaScript function returned, in the form native code takes as a result. */
export function toNative(type: AnyCType, value: unknown, where: string): unknown {
  switch (type.kind) {
    case 'void':
      return undefined;
    case 'integer':
      return type.check(value ?? 0, `the result of ${where}`);
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
