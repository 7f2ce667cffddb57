import { spawnSync } from 'node:child_process';
import { func, int, NeverFails } from '../../ffi/index.ts';
import { str, type Text } from '../text/text.ts';

export const EXIT_SUCCESS = 0;
export const EXIT_FAILURE = 1;

/** Ends the program, with the threads it has. */
export function exit(code: number): never {
  process.exit(code);
}

export function abort(): never {
  process.exit(3);
}

/** Runs a command as the command interpreter does; its exit code. */
export function system(command: Text | null): number {
  if (command === null) return 1;
  return spawnSync(str(command), { shell: true, stdio: 'inherit' }).status ?? -1;
}

/** Node.js has one locale for what C's library formats: the name of it, whatever is asked for. */
export function setlocale(_category: number, _locale: Text | null): string {
  return 'C';
}
export const LC_ALL = 0;

/** The value of an environment variable, or NULL. */
export function getenv(name: Text): string | null {
  return process.env[str(name)] ?? null;
}

// The two take nothing and give an int, as their signatures say.
const kbhit = func('msvcrt', '_kbhit', NeverFails, () => [int]) as unknown as () => number;
const getch = func('msvcrt', '_getch', NeverFails, () => [int]) as unknown as () => number;

/** Whether a key was pressed in the console. */
export const _kbhit = (): number => kbhit();
/** Waits for a key in the console, and does not show it. */
export const _getch = (): number => getch();
