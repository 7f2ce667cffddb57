import { func, int, NeverFails } from '../ffi/index.ts';
import { str, type Text } from './text.ts';

export const EXIT_SUCCESS = 0;
export const EXIT_FAILURE = 1;

/** Ends the program, with the threads it has. */
export function exit(code: number): never {
  process.exit(code);
}

export function abort(): never {
  process.exit(3);
}

/** The value of an environment variable, or NULL. */
export function getenv(name: Text): string | null {
  return process.env[str(name)] ?? null;
}

const kbhit = func('msvcrt', '_kbhit', NeverFails, () => [int]) as unknown as () => number;
const getch = func('msvcrt', '_getch', NeverFails, () => [int]) as unknown as () => number;

/** Whether a key was pressed in the console. */
export const _kbhit = (): number => kbhit();
/** Waits for a key in the console, and does not show it. */
export const _getch = (): number => getch();
