import { type CType, intptr, pvoid } from '../ffi/index.ts';

// A structure in memory holds numbers only: each function of the program has one, and keeps it.
const numbers = new Map<unknown, number>();
const functions = new Map<number, unknown>();

/** Far from where functions and memory are, so that a call by the system fails at once. */
const FIRST = 0x1000;

function numberOf(value: unknown): number {
  if (value === null || value === undefined) return 0;
  const known = numbers.get(value);
  if (known !== undefined) return known;
  const number = FIRST + numbers.size;
  numbers.set(value, number);
  functions.set(number, value);
  return number;
}

/** A pointer to a function of the program's own in a structure: reads as the function that was stored. */
export const functionPtr = {
  ...pvoid,
  name: 'function *',
  get: (memory: Uint8Array, offset: number): unknown =>
    functions.get(intptr.get(memory, offset)) ?? null,
  set: (memory: Uint8Array, offset: number, value: unknown, where: string): void =>
    intptr.set(memory, offset, numberOf(value), where),
} as unknown as CType<((...args: never[]) => unknown) | null>;
