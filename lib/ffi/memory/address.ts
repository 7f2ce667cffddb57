/** Numbers that are given as addresses. */
import { hostArch } from '../types/arch.ts';
import type { Pointer } from '../types/ctype.ts';
import { describe } from '../types/describe.ts';
import { type Access, mappedBytes } from './mapped.ts';

const HIGHEST_ADDRESS = hostArch === 'ia32' ? 0xffffffff : 2 ** 48;

/** Nothing is ever mapped below: a smaller number is a length, a handle or a flag gone astray. */
const LOWEST_ADDRESS = 0x10000;

/** What to write in place of a value that is no address; empty where nothing is known. */
export type Advice = (value: unknown) => string;

/** What may be given where an address may, and how that is said. */
interface Wanted {
  /** What may be given. Default: memory, an address or null. */
  readonly what?: string;
  readonly advice?: Advice;
}

/** What is done with the memory. Default: one byte is read. */
interface Use {
  readonly access?: Access;
  readonly bytes?: number;
}

const noAdvice: Advice = () => '';

/** Checks that a number fits a pointer, whether or not there is memory at it; NULL is 0. */
export function checkPointer(
  value: unknown,
  where: string,
  { what = 'memory, an address or null', advice = noAdvice }: Wanted = {},
): Pointer {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) {
    throw new TypeError(`${where} must be ${what}, got ${describe(value)}${advice(value)}`);
  }
  if (number < 0 || number >= HIGHEST_ADDRESS) throw notAnAddress(value, where, advice);
  // It was checked above.
  return number as Pointer;
}

/**
 * Checks that a number is the address of memory, which the system is asked; NULL is 0.
 *
 * @throws TypeError for what is no number, RangeError where there is no such memory, or not enough
 */
export function checkAddress(
  value: unknown,
  where: string,
  { access = 'read', bytes = 1, ...wanted }: Wanted & Use = {},
): Pointer {
  const pointer = checkPointer(value, where, wanted);
  if (pointer === 0) return pointer;
  if (pointer < LOWEST_ADDRESS) throw notAnAddress(value, where, wanted.advice);
  const there = mappedBytes(pointer, Math.max(bytes, 1), access);
  if (there === 0) {
    const reason =
      access !== 'read' && mappedBytes(pointer, 1, 'read') > 0 ? CANNOT[access] : NOTHING;
    throw notAnAddress(value, where, wanted.advice, reason);
  }
  if (there < bytes)
    throw new RangeError(`${where} needs ${bytes} bytes, got ${there} at ${describe(value)}`);
  return pointer;
}

const NOTHING = ': there is no memory';
const CANNOT = {
  write: ' that can be written to',
  call: ' of a function',
} as const;

function notAnAddress(value: unknown, where: string, advice = noAdvice, reason = ''): RangeError {
  return new RangeError(`${where}: ${describe(value)} is not an address${reason}${advice(value)}`);
}
