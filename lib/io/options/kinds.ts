/** What options may be. Each gives a `Check`, or is one. */
import { describe } from '../../ffi/types/describe.ts';
import type { Check } from './options.ts';

/** Somebody else looks at the value, before anything is begun. */
export const checkedLater: Check = () => undefined;

/** True or false. */
export const flag: Check = (value, name) => {
  if (typeof value !== 'boolean') throw wrong(name, 'true or false', value);
};

/** Text. */
export const text: Check = (value, name) => {
  if (typeof value !== 'string') throw wrong(name, 'text', value);
};

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

/** A whole number within bounds; anything else is out of them. */
export function whole(least: number, most: number): Check {
  return (value, name) => {
    if (isWhole(value, least, most)) return;
    throw new RangeError(
      `${name} is a whole number from ${least} to ${most}, got ${describe(value)}`,
    );
  };
}

/** A number of bytes without a bound, or Infinity. */
export const bytes: Check = (value, name) => {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && Number(value) >= 0))
    return;
  throw new RangeError(`a ${name} is a number of bytes, got ${describe(value)}`);
};

/** 32 bits, which C programs write with and without a sign: MSG_… and TF_… flags, SIO_… codes, options. */
export const bits32 = whole(-0x80000000, 0xffffffff);

/** A port of TCP or UDP. */
export const port: Check = (value) => {
  if (isWhole(value, 0, 65535)) return;
  throw new RangeError(`a port is a number from 0 to 65535, got ${describe(value)}`);
};

/** One of a few values. */
export function oneOf(...values: readonly unknown[]): Check {
  const listed = values.map((value) => `'${value}'`).join(' or ');
  return (value, name) => {
    if (!values.includes(value)) throw wrong(name, listed, value);
  };
}

/** A typed array, Buffer or DataView. */
export const memory: Check = (value, name) => {
  if (!ArrayBuffer.isView(value)) throw wrong(name, 'a Buffer or another typed array', value);
};

/** A time in milliseconds; Infinity for one that never ends. */
export const milliseconds: Check = (value, name) => {
  if (typeof value !== 'number') throw wrong(name, 'a number of milliseconds', value);
  if (!(value >= 0)) throw new RangeError(`a ${name} of ${value} milliseconds`);
};

/** An AbortSignal of this or another realm. */
export const abortSignal: Check = (value, name) => {
  // That of another realm is told by what it can do.
  const signal = value as Partial<AbortSignal> | null;
  const methods = [signal?.addEventListener, signal?.removeEventListener, signal?.throwIfAborted];
  if (methods.every((one) => typeof one === 'function') && typeof signal!.aborted === 'boolean')
    return;
  throw wrong(name, 'an AbortSignal', value);
};

function wrong(name: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${name} is ${wanted}, got ${describe(value)}`);
}
