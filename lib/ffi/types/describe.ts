/** Values as messages and inspection show them. */
import { types } from '../native/builtins.ts';
import type { AnyCType } from './ctype.ts';

/**
 * The method that Node.js and Bun call to print an object. Its cast is there because TypeScript takes a registered
 * symbol for none of its own, and only such a one can name a member.
 */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** A value of a type as inspection shows it: an address in hexadecimal. */
export function printable({ kind }: Pick<AnyCType, 'kind'>, value: unknown): unknown {
  if (kind !== 'pointer' || typeof value !== 'number') return value;
  const text = value === 0 ? 'NULL' : `0x${value.toString(16)}`;
  return { [INSPECT]: () => text };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Text of unknown origin on one line, with nothing in it that a terminal obeys. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (found) => {
    const code = found.charCodeAt(0);
    return code < 256
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** A property as an object or one of its prototypes has it, without running a getter or a proxy's trap. */
function plainProperty(of: unknown, key: string): unknown {
  for (let at = of; typeof at === 'function' || (typeof at === 'object' && at !== null); ) {
    if (types.isProxy(at)) return undefined;
    const property = Object.getOwnPropertyDescriptor(at, key);
    if (property) return property.value;
    at = Object.getPrototypeOf(at);
  }
  return undefined;
}

function nameOf(value: unknown): string | undefined {
  const name = plainProperty(value, 'name');
  return typeof name === 'string' && name !== '' ? visible(name.slice(0, 80)) : undefined;
}

/**
 * A readable rendering of a wrong argument, short enough for a message. Nothing of the argument's own
 * code runs for it.
 */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'function') return `function ${nameOf(value) ?? '(anonymous)'}`;
  if (typeof value === 'symbol') return 'a symbol';
  return nameOf(plainProperty(value, 'constructor')) ?? 'an object';
}

/** A name with its article, as it is spoken: an int, a u_long, an fd_set. */
export function withArticle(name: string): string {
  return /^([aeio]|un|fd_)/i.test(name) && !/^one\b/.test(name) ? `an ${name}` : `a ${name}`;
}

/** Refuses what is no type: most often a name that was imported from an entry point that lacks it. */
export function checkType(type: unknown, caller: string): void {
  const isObject = typeof type === 'function' || (typeof type === 'object' && type !== null);
  if (isObject && typeof plainProperty(type, 'sizeOf') === 'function') return;
  const given =
    typeof type === 'object' && type !== null ? `${describe(type)}, a value` : describe(type);
  throw new TypeError(
    `${caller}: a type is needed first, such as int or sockaddr_in, got ${given}`,
  );
}
