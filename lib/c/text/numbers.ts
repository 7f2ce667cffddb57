import type { Box } from '../memory/memory.ts';
import { checkNumber, checkObject, checkText, isWide } from './checks.ts';
import { type Characters, put, str, type Text, unitsOf } from './text.ts';

const LARGEST_BASE = 36;
/** Beyond what 64 bits hold, where more digits change nothing. */
const ENOUGH = 2n ** 65n;

/** @throws RangeError for a base that has no digits */
function checkBase(base: unknown, where: string, least = 2): asserts base is number {
  checkNumber(base, where);
  if (Number.isInteger(base) && base >= least && base <= LARGEST_BASE) return;
  throw new RangeError(`${where} is ${least} to ${LARGEST_BASE}, got ${base}`);
}

function textOf(text: Text, where: string): string {
  checkText(text, where);
  return str(text);
}

/** The number at the start of a text, and how many characters it and what is before it take. */
function read(from: Text, base: number): { value: bigint; length: number } {
  const text = textOf(from, 'strtol: strSource');
  if (base !== 0) checkBase(base, 'strtol: base');
  const lead = /^[ \t\n\v\f\r]*([+-]?)/.exec(text)!;
  let at = lead[0].length;
  let radix = base;
  const hex = /^0[xX](?=[0-9a-fA-F])/.test(text.slice(at));
  if ((base === 0 || base === 16) && hex) {
    at += 2;
    radix = 16;
  } else if (base === 0) radix = text[at] === '0' ? 8 : 10;
  const start = at;
  let value = 0n;
  for (; at < text.length; at++) {
    const digit = Number.parseInt(text[at]!, 36);
    if (!(digit < radix)) break;
    if (value < ENOUGH) value = value * BigInt(radix) + BigInt(digit);
  }
  if (at === start && !(hex && radix === 16)) return { value: 0n, length: 0 };
  return { value: lead[1] === '-' ? -value : value, length: at };
}

/** A difference of sizes as C has it: below zero it is a huge number. */
export function unsigned64(difference: number): number {
  checkNumber(difference, 'unsigned64: a difference');
  return difference < 0 ? difference + 2 ** 64 : difference;
}

/** The number that a text starts with, 0 where it starts with none; one beyond 32 bits is the nearest. */
export function atoi(text: Text): number {
  return strtol(text, null, 10);
}
export const atol = atoi;
export const _wtoi = atoi;
export const _wtol = atoi;
export function _atoi64(text: Text): bigint {
  return within(read(text, 10).value, -(2n ** 63n), 2n ** 63n - 1n);
}

const within = (value: bigint, low: bigint, high: bigint) =>
  value < low ? low : value > high ? high : value;

function setEnd(text: Text, length: number, end: Box<never> | null): void {
  if (end === null || end === undefined) return;
  checkObject(end, 'a Box or NULL', 'strtol: endptr');
  const place: Text = typeof text === 'string' ? text.slice(length) : text.subarray(length);
  (end as Box<unknown>).value = place;
}

type End =
  | Box<string>
  | Box<string | null>
  | Box<Uint8Array>
  | Box<Uint8Array | null>
  | Box<Uint16Array>
  | Box<Uint16Array | null>
  | null;

export function strtol(text: Text, end: End, base: number): number {
  const { value, length } = read(text, base);
  setEnd(text, length, end as Box<never> | null);
  return Number(within(value, -(2n ** 31n), 2n ** 31n - 1n));
}
export const wcstol = strtol;

export function strtoul(text: Text, end: End, base: number): number {
  const { value, length } = read(text, base);
  setEnd(text, length, end as Box<never> | null);
  if (value > 0xffffffffn || value < -0xffffffffn) return 0xffffffff;
  return Number(BigInt.asUintN(32, value));
}
export const wcstoul = strtoul;

export function strtoll(text: Text, end: End, base: number): bigint {
  const { value, length } = read(text, base);
  setEnd(text, length, end as Box<never> | null);
  return within(value, -(2n ** 63n), 2n ** 63n - 1n);
}
export function strtoull(text: Text, end: End, base: number): bigint {
  const { value, length } = read(text, base);
  setEnd(text, length, end as Box<never> | null);
  return value > 2n ** 64n - 1n ? 2n ** 64n - 1n : BigInt.asUintN(64, value);
}

const FLOAT = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;

export function strtod(text: Text, end: End): number {
  const found = FLOAT.exec(textOf(text, 'strtod: strSource'));
  setEnd(text, found?.[0].length ?? 0, end as Box<never> | null);
  return found ? Number(found[0]) : 0;
}
export const atof = (text: Text): number => strtod(text, null);

/** A number as text in a base, negative only in base 10, as Windows' C library has it. */
export function _itoa<T extends Characters>(value: number, into: T, base: number): T {
  checkNumber(value, '_itoa: value');
  checkBase(base, '_itoa: radix');
  const number = base === 10 ? value | 0 : value >>> 0;
  put(into, 0, unitsOf(number.toString(base), isWide(into)), '_itoa');
  return into;
}
export const _ltoa = _itoa;
export function _ultoa<T extends Characters>(value: number, into: T, base: number): T {
  checkNumber(value, '_ultoa: value');
  checkBase(base, '_ultoa: radix');
  put(into, 0, unitsOf((value >>> 0).toString(base), isWide(into)), '_ultoa');
  return into;
}

export const abs = Math.abs;
export const labs = Math.abs;
export const fabs = Math.abs;
export const { sqrt, pow, ceil, floor, log, log10, exp, sin, cos, tan, atan, atan2, trunc } = Math;
export function fmod(a: number, b: number): number {
  checkNumber(a, 'fmod: x');
  checkNumber(b, 'fmod: y');
  return a % b;
}
/** To the nearest whole number, halves away from zero. */
export function round(value: number): number {
  checkNumber(value, 'round: x');
  return Math.sign(value) * Math.round(Math.abs(value));
}

export const RAND_MAX = 0x7fff;
let seed = 1;

/** Numbers from 0 to RAND_MAX, in the order in which Windows' C library gives them. */
export function rand(): number {
  seed = (Math.imul(seed, 214013) + 2531011) >>> 0;
  return (seed >>> 16) & RAND_MAX;
}
export function srand(value: number): void {
  checkNumber(value, 'srand: seed');
  seed = value >>> 0;
}
