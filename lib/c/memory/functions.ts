import { intptr } from '../../ffi/index.ts';
import { checkFunction } from '../text/checks.ts';
import { likePointer } from './memory.ts';

// A structure in memory holds numbers only: each function of the program has one, and keeps it.
const numbers = new Map<unknown, number>();
const functions = new Map<number, (...args: never[]) => unknown>();

/** Far from where functions and memory are, so that a call by the system fails at once. */
const FIRST = 0x1000;

function numberOf(value: unknown, where: string): number {
  if (value === null || value === undefined) return 0;
  checkFunction(value, where);
  const known = numbers.get(value);
  if (known !== undefined) return known;
  const number = FIRST + numbers.size;
  numbers.set(value, number);
  functions.set(number, value as (...args: never[]) => unknown);
  return number;
}

/** A pointer to a function of the program's own in a structure: reads as the function that was stored. */
export const functionPtr = likePointer<((...args: never[]) => unknown) | null>({
  name: 'function *',
  get: (memory, offset) => functions.get(intptr.get(memory, offset)) ?? null,
  set: (memory, offset, value, where) => intptr.set(memory, offset, numberOf(value, where), where),
});
