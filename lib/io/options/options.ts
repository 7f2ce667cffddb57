/**
 * The options of all that `winsock/io` does, looked at in one place before anything is begun. What holds:
 *
 * - An option has one of the names that the callee knows; any other is refused, as a slip of the pen would
 *   otherwise mean "as usual".
 * - Only an object's own properties are options: what it inherits is somebody else's.
 * - Undefined is as good as left out.
 * - Each is read once. What the callee has is a copy, which nobody can change after it was checked.
 */
import { describe, visible } from '../../ffi/types/describe.ts';

/**
 * Looks at the value of an option, which is never undefined.
 *
 * @throws TypeError for what is of another type, RangeError for what is out of bounds
 */
export type Check = (value: unknown, name: string) => void;

/** What each option may be. */
export type OptionTable<Options extends object> = { readonly [Name in keyof Options]-?: Check };

const NONE: object = Object.freeze({});

/**
 * A copy of the options that were given, each of them checked.
 *
 * @param where what they are options of, for messages
 * @throws TypeError for what is no object of options, an unknown option, or one of another type; RangeError
 *   for one that is out of bounds
 */
export function optionsOf<Options extends object>(
  given: Options | undefined,
  where: string,
  table: OptionTable<Options>,
): Options {
  // Nobody writes to it: an object without options fits any type whose members are all optional.
  if (given === undefined) return NONE as Options;
  checkObject(given, where);
  const options: Record<string, unknown> = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(table, name)) throw unknownOption(name, where, table);
    // The table has it, so it is one of them.
    const option = name as keyof Options;
    const value = given[option];
    if (value === undefined) continue;
    table[option](value, name);
    options[name] = value;
  }
  // Each of them was checked.
  return options as Options;
}

/**
 * Does something that takes time, with options that are checked first.
 *
 * @param use gets the checked copy
 * @throws by rejection: as `optionsOf` does, and what `use` throws
 */
export function withOptions<Options extends object, Result>(
  given: Options | undefined,
  where: string,
  table: OptionTable<Options>,
  use: (options: Options) => Promise<Result>,
): Promise<Result> {
  try {
    return use(optionsOf(given, where, table));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Refuses arguments behind the last one that a function has: a callback, as functions of node:net take them,
 * would never be called.
 *
 * @param instead how a program is told
 * @throws TypeError
 */
export function refuseMore(more: readonly unknown[], where: string, instead: string): void {
  if (more.length === 0) return;
  const what = typeof more[0] === 'function' ? 'callback' : `argument ${describe(more[0])} there`;
  throw new TypeError(`${where} takes no ${what}: ${instead}`);
}

/**
 * Refuses what is no object of options: an array, a class of the system's such as a signal, a number.
 *
 * @throws TypeError
 */
export function checkObject(given: unknown, where: string): void {
  const isObject = typeof given === 'object' && given !== null;
  if (isObject && Object.prototype.toString.call(given) === '[object Object]') return;
  throw new TypeError(`${where} takes an object of options, got ${describe(given)}`);
}

function unknownOption(name: string, where: string, table: object): TypeError {
  const known = Object.keys(table).join(', ');
  return new TypeError(`${where} has no option ${visible(name.slice(0, 80))}; there is ${known}`);
}
