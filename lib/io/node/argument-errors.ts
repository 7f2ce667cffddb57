/** The errors of Node.js for arguments that are none: programs compare their codes, and print their messages. */
import type { BlockList } from 'node:net';
import { util } from '../../ffi/native/builtins.ts';

/** The longest that a value is shown in a message. */
const LONGEST_SHOWN = 28;

const CLASS_NAME = /^[A-Z][a-zA-Z0-9]*$/;
const PRIMITIVES = ['string', 'function', 'number', 'object', 'boolean', 'bigint', 'symbol'];

/** An error with the code that Node.js gives for the same mistake. */
export function codedError<E extends Error>(error: E, code: string): E & { code: string } {
  return Object.assign(error, { code });
}

/** Such an error as Node.js makes it: its stack and its text begin with name and code. */
export function nodeError<E extends Error>(error: E, code: string): E & { code: string } {
  const coded = codedError(error, code);
  const text = `${error.name} [${code}]: ${error.message}`;
  coded.stack = (error.stack ?? '').replace(`${error.name}: ${error.message}`, () => text);
  Object.defineProperty(coded, 'toString', {
    value: () => text,
    enumerable: false,
    writable: true,
    configurable: true,
  });
  return coded;
}

/** What was given, as Node.js says it. */
export function received(value: unknown): string {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === 'function') return ` Received function ${value.name}`;
  if (typeof value === 'object') {
    const { name } = value.constructor ?? {};
    return ` Received ${name ? `an instance of ${name}` : util().inspect(value, { depth: -1 })}`;
  }
  if (typeof value === 'string') return ` Received type string (${quoted(value)})`;
  return ` Received type ${typeof value} (${util().inspect(value, { colors: false })})`;
}

/** Text as it is, cut off where it is long. */
function quoted(text: string): string {
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 3)}...` : text;
  return shown.includes("'") ? JSON.stringify(shown) : `'${shown}'`;
}

function listOf(items: readonly string[]): string {
  if (items.length < 3) return items.join(' or ');
  return `${items.slice(0, -1).join(', ')}, or ${items.at(-1)}`;
}

/** The kinds that an argument may have: 'of type string or an instance of Buffer'. */
function kindsOf(kinds: readonly string[]): string {
  const types = kinds.filter((kind) => PRIMITIVES.includes(kind));
  const classes = kinds.filter((kind) => CLASS_NAME.test(kind));
  const others = kinds.filter((kind) => !types.includes(kind) && !classes.includes(kind));
  const parts: string[] = [];
  if (types.length > 0) parts.push(`${types.length > 1 ? 'one of' : 'of'} type ${listOf(types)}`);
  if (classes.length > 0) parts.push(`an instance of ${listOf(classes)}`);
  const [first = ''] = others;
  if (others.length > 1) parts.push(`one of ${listOf(others)}`);
  else if (first) parts.push(first.toLowerCase() === first ? first : `an ${first}`);
  return parts.join(' or ');
}

const whatIs = (name: string) =>
  name.endsWith(' argument')
    ? `The ${name}`
    : `The "${name}" ${name.includes('.') ? 'property' : 'argument'}`;

/** ERR_INVALID_ARG_TYPE: a kind is the name of a type or of a class. */
export function invalidType(
  name: string,
  kinds: string | readonly string[],
  value: unknown,
): Error {
  const text = `${whatIs(name)} must be ${kindsOf([kinds].flat())}.${received(value)}`;
  return nodeError(new TypeError(text), 'ERR_INVALID_ARG_TYPE');
}

/** ERR_INVALID_ARG_VALUE. */
export function invalidValue(name: string, value: unknown, reason = 'is invalid'): Error {
  const what = name.includes('.') ? 'property' : 'argument';
  let shown = util().inspect(value);
  if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
  const text = `The ${what} '${name}' ${reason}. Received ${shown}`;
  return nodeError(new TypeError(text), 'ERR_INVALID_ARG_VALUE');
}

/** ERR_OUT_OF_RANGE. */
export function outOfRange(name: string, range: string, value: unknown): Error {
  const text = `The value of "${name}" is out of range. It must be ${range}. Received ${grouped(value)}`;
  return nodeError(new RangeError(text), 'ERR_OUT_OF_RANGE');
}

/** Large whole numbers are written in groups of three digits. */
function grouped(value: unknown): string {
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) <= 2 ** 32) {
    return typeof value === 'bigint' ? `${value}n` : util().inspect(value);
  }
  return String(value).replace(/(?<=\d)(?=(?:\d{3})+$)/g, '_');
}

/** ERR_MISSING_ARGS: one of these is needed. */
export function missingArguments(...names: readonly string[]): Error {
  const quoted = names.map((name) => `"${name}"`).join(' or ');
  const text = `The ${quoted} argument must be specified`;
  return nodeError(new TypeError(text), 'ERR_MISSING_ARGS');
}

/** ERR_INVALID_IP_ADDRESS. */
export function invalidAddress(address: unknown): Error {
  const text = util().format('Invalid IP address: %s', address);
  return nodeError(new TypeError(text), 'ERR_INVALID_IP_ADDRESS');
}

/** @throws TypeError, ERR_INVALID_ARG_TYPE, for what is no function */
export function checkFunction(value: unknown, name: string): void {
  if (typeof value !== 'function') throw invalidType(name, 'function', value);
}

/** @throws TypeError, ERR_INVALID_ARG_TYPE, and RangeError, ERR_OUT_OF_RANGE */
export function checkWhole(value: unknown, name: string, least: number, most: number): void {
  if (typeof value !== 'number') throw invalidType(name, 'number', value);
  if (!Number.isInteger(value)) throw outOfRange(name, 'an integer', value);
  if (value < least || value > most) throw outOfRange(name, `>= ${least} && <= ${most}`, value);
}

/**
 * A port number, as number or text.
 *
 * @param least 0, or 1 where no port of the system's choice is meant
 * @throws RangeError, ERR_SOCKET_BAD_PORT
 */
export function portOf(value: unknown, name = 'Port', least: 0 | 1 = 0): number {
  const isText = typeof value === 'string' && value.trim() !== '';
  const number = typeof value === 'number' || isText ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number >= least && number <= 0xffff) return number;
  const range = least === 0 ? '>= 0' : '> 0';
  const text = `${name} should be ${range} and < 65536.${received(value)}.`;
  throw nodeError(new RangeError(text), 'ERR_SOCKET_BAD_PORT');
}

/** Whether a list of the program's has an IP address. */
export function isBlocked(list: BlockList | undefined, address: string): boolean {
  // Not asked of node:net: it would be loaded by every program of winsock/io.
  return list?.check(address, address.includes(':') ? 'ipv6' : 'ipv4') ?? false;
}

/** The error for an address that such a list has. */
export function blocked(address: string): Error {
  return nodeError(new Error(`IP(${address}) is blocked by net.BlockList`), 'ERR_IP_BLOCKED');
}
