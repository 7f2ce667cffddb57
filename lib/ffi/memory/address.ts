/** Numbers that are given as addresses. */
import { hostArch } from '../types/arch.ts';
import type { Pointer } from '../types/ctype.ts';
import { describe } from '../types/describe.ts';

const HIGHEST_ADDRESS = hostArch === 'ia32' ? 0xffffffff : 2 ** 48;

/** Nothing is ever mapped below: a smaller number is a length, a handle or a flag gone astray. */
const LOWEST_ADDRESS = 0x10000;

/** What to write in place of a value that is no address; empty where nothing is known. */
export type Advice = (value: unknown) => string;

const noAdvice: Advice = () => '';

/** Checks that a number fits a pointer, whether or not there is memory at it; NULL is 0. */
export function checkPointer(
  value: unknown,
  where: string,
  wanted = 'memory, an address or null',
  advice = noAdvice,
): Pointer {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    throw new TypeError(`${where} must be ${wanted}, got ${describe(value)}${advice(value)}`);
  }
  if (number < 0 || number >= HIGHEST_ADDRESS) throw notAnAddress(value, where, advice);
  // It was checked above.
  return number as Pointer;
}

/** Checks that a number can be the address of memory; NULL is 0. */
export function checkAddress(
  value: unknown,
  where: string,
  wanted?: string,
  advice?: Advice,
): Pointer {
  const pointer = checkPointer(value, where, wanted, advice);
  if (pointer !== 0 && pointer < LOWEST_ADDRESS) throw notAnAddress(value, where, advice);
  return pointer;
}

function notAnAddress(value: unknown, where: string, advice = noAdvice): RangeError {
  return new RangeError(`${where}: ${describe(value)} is not an address${advice(value)}`);
}
