import { Box } from '../memory/memory.ts';
import {
  checkCharacters,
  checkCount,
  checkNumber,
  checkObject,
  checkText,
  isWide,
} from './checks.ts';
import { decodeText, encodeText } from './encoding.ts';
import { type Characters, lengthOf, put, type Text, unitsOf } from './text.ts';
import { unitsText } from './units.ts';

type Place<T extends Text> = T extends string ? string : T;

/** How many characters text has: bytes of `char`, units of WCHAR. */
export function strlen(text: Text): number {
  checkText(text, 'strlen: str');
  return typeof text === 'string' ? encodeText(text).length : lengthOf(text);
}
export function wcslen(text: Text): number {
  checkText(text, 'wcslen: str');
  return typeof text === 'string' ? text.length : lengthOf(text);
}
export function strnlen(text: Text, most: number): number {
  checkCount(most, 'strnlen: numberOfElements');
  return Math.min(strlen(text), most);
}

/** @throws RangeError where the text and its NUL do not fit: C would write over what is behind */
export function strcpy<T extends Characters>(into: T, from: Text): T {
  put(into, 0, unitsOf(from, isWide(into)), 'strcpy');
  return into;
}
export const wcscpy = strcpy;

/** As in C without a NUL where the text is as long as the count, and filled up with NULs otherwise. */
export function strncpy<T extends Characters>(into: T, from: Text, count: number): T {
  checkCharacters(into, 'strncpy: strDest');
  checkCount(count, 'strncpy: count');
  const units = unitsOf(from, isWide(into)).subarray(0, count);
  if (count > into.length) {
    if (units.length > into.length)
      throw new RangeError(`strncpy: ${count} characters of ${into.length}`);
  }
  into.fill(0, 0, Math.min(count, into.length));
  into.set(units);
  return into;
}
export const wcsncpy = strncpy;

export function lstrcpyn<T extends Characters>(into: T, from: Text, count: number): T {
  checkNumber(count, 'lstrcpyn: iMaxLength');
  if (count > 0) put(into, 0, unitsOf(from, isWide(into)).subarray(0, count - 1), 'lstrcpyn');
  return into;
}

export function strcat<T extends Characters>(into: T, from: Text): T {
  put(into, lengthOf(into), unitsOf(from, isWide(into)), 'strcat');
  return into;
}
export const wcscat = strcat;

export function strncat<T extends Characters>(into: T, from: Text, count: number): T {
  checkCount(count, 'strncat: count');
  put(into, lengthOf(into), unitsOf(from, isWide(into)).subarray(0, count), 'strncat');
  return into;
}
export const wcsncat = strncat;

const ERANGE = 34;

/** @returns 0, or ERANGE where the text does not fit; then the memory holds an empty text */
export function strcpy_s(into: Characters, size: number, from: Text): number {
  checkCharacters(into, 'strcpy_s: dest');
  checkNumber(size, 'strcpy_s: dest_size');
  const units = unitsOf(from, isWide(into));
  if (units.length >= size) {
    if (size > 0) into[0] = 0;
    return ERANGE;
  }
  put(into, 0, units, 'strcpy_s');
  return 0;
}
export const wcscpy_s = strcpy_s;

const TRUNCATE = 2 ** 32 - 1;

export function strncpy_s(into: Characters, size: number, from: Text, count: number): number {
  checkNumber(size, 'strncpy_s: sizeInBytes');
  checkNumber(count, 'strncpy_s: count');
  const most = count === -1 || count >= TRUNCATE ? size - 1 : count;
  return strcpy_s(into, size, unitsOf(from, isWide(into)).subarray(0, most) as Characters);
}
export const wcsncpy_s = strncpy_s;

export function strcat_s(into: Characters, size: number, from: Text): number {
  checkNumber(size, 'strcat_s: sizeInBytes');
  const length = lengthOf(into);
  return strcpy_s(into.subarray(length) as Characters, size - length, from);
}
export const wcscat_s = strcat_s;

export function strncat_s(into: Characters, size: number, from: Text, count: number): number {
  checkNumber(count, 'strncat_s: count');
  const units = unitsOf(from, isWide(into));
  const most = count === -1 || count >= TRUNCATE ? units.length : count;
  return strcat_s(into, size, units.subarray(0, most) as Characters);
}
export const wcsncat_s = strncat_s;

function compare(a: Text, b: Text, most: number, fold: (unit: number) => number): number {
  if (most !== Number.POSITIVE_INFINITY) checkCount(most, 'strncmp: count');
  const wide = isWide(a) || isWide(b);
  const left = unitsOf(a, wide);
  const right = unitsOf(b, wide);
  for (let i = 0; i < most; i++) {
    const l = fold(left[i] ?? 0);
    const r = fold(right[i] ?? 0);
    if (l !== r) return l < r ? -1 : 1;
    if (l === 0) break;
  }
  return 0;
}
const same = (unit: number) => unit;
const lower = (unit: number) => (unit >= 65 && unit <= 90 ? unit + 32 : unit);

/** -1, 0 or 1, as Windows' C library gives it. */
export const strcmp = (a: Text, b: Text): number => compare(a, b, Number.POSITIVE_INFINITY, same);
export const wcscmp = strcmp;
export const strncmp = (a: Text, b: Text, most: number): number => compare(a, b, most, same);
export const wcsncmp = strncmp;
export const _stricmp = (a: Text, b: Text): number =>
  compare(a, b, Number.POSITIVE_INFINITY, lower);
export const _wcsicmp = _stricmp;
export const _strnicmp = (a: Text, b: Text, most: number): number => compare(a, b, most, lower);
export const _wcsnicmp = _strnicmp;

/** A place in text: the rest of a string, or the memory from there on. */
function placeIn<T extends Text>(text: T, at: number): Place<T> | null {
  if (at < 0) return null;
  return (
    typeof text === 'string' ? decodeText(encodeText(text).subarray(at)) : text.subarray(at)
  ) as Place<T>;
}

/** Where a character is first, or NULL. The NUL at the end is one of the characters. */
export function strchr<T extends Text>(text: T, character: number): Place<T> | null {
  checkNumber(character, 'strchr: c');
  const units = unitsOf(text);
  const wanted = character & (isWide(text) ? 0xffff : 0xff);
  return placeIn(text, wanted === 0 ? units.length : units.indexOf(wanted));
}
export const wcschr = strchr;

export function strrchr<T extends Text>(text: T, character: number): Place<T> | null {
  checkNumber(character, 'strrchr: c');
  const units = unitsOf(text);
  const wanted = character & (isWide(text) ? 0xffff : 0xff);
  return placeIn(text, wanted === 0 ? units.length : units.lastIndexOf(wanted));
}
export const wcsrchr = strrchr;

export function strstr<T extends Text>(text: T, wanted: Text): Place<T> | null {
  const wide = isWide(text);
  return placeIn(text, unitsText(unitsOf(text, wide)).indexOf(unitsText(unitsOf(wanted, wide))));
}
export const wcsstr = strstr;

export function strspn(text: Text, set: Text): number {
  const units = unitsOf(text);
  const members = new Set<number>(unitsOf(set, isWide(text)));
  let length = 0;
  while (length < units.length && members.has(units[length]!)) length++;
  return length;
}

export function strcspn(text: Text, set: Text): number {
  const units = unitsOf(text);
  const members = new Set<number>(unitsOf(set, isWide(text)));
  let length = 0;
  while (length < units.length && !members.has(units[length]!)) length++;
  return length;
}

export function strpbrk<T extends Text>(text: T, set: Text): Place<T> | null {
  const at = strcspn(text, set);
  return at === unitsOf(text).length ? null : placeIn(text, at);
}

const state = new Box<Characters | null>(null);

/** As in C it writes NULs over the separators, and goes on with the last text where it is given NULL. */
export function strtok(text: null, separators: Text): Uint8Array | null;
export function strtok<T extends Characters>(text: T | null, separators: Text): T | null;
export function strtok(text: Characters | null, separators: Text): Characters | null {
  return strtok_s(text, separators, state);
}
/** As strtok, of wide text. */
export const wcstok = (text: Uint16Array | null, separators: Text): Uint16Array | null =>
  strtok<Uint16Array>(text, separators);

export function strtok_s<T extends Characters>(
  text: T | null,
  separators: Text,
  rest: Box<T | null> | Box<T>,
): T | null {
  checkObject(rest, 'a Box for the rest of the text', 'strtok_s: context');
  const place = rest as Box<T | null>;
  const from: T | null = text ?? place.value;
  if (from === null || from === undefined) return null;
  checkCharacters(from, 'strtok_s: str');
  const start = strspn(from, separators);
  const token = from.subarray(start) as T;
  const length = strcspn(token, separators);
  if (length === 0) {
    place.value = null;
    return null;
  }
  const isLast = length >= token.length || token[length] === 0;
  if (!isLast) token[length] = 0;
  place.value = isLast ? null : (token.subarray(length + 1) as T);
  return token as T;
}

export function strdup(text: Text): Uint8Array {
  const units = unitsOf(text);
  const copy = new Uint8Array(new ArrayBuffer(units.length + 1));
  copy.set(units);
  return copy;
}
export function _wcsdup(text: Text): Uint16Array {
  const units = unitsOf(text, true);
  const copy = new Uint16Array(units.length + 1);
  copy.set(units);
  return copy;
}

const upper = (unit: number) => (unit >= 97 && unit <= 122 ? unit - 32 : unit);

function mapped<T extends Characters>(text: T, change: (unit: number) => number): T {
  checkCharacters(text, '_strlwr and _strupr: str');
  for (let i = 0; i < text.length && text[i] !== 0; i++) text[i] = change(text[i]!);
  return text;
}
export const _strlwr = <T extends Characters>(text: T): T => mapped(text, lower);
export const _strupr = <T extends Characters>(text: T): T => mapped(text, upper);
export function _strrev<T extends Characters>(text: T): T {
  checkCharacters(text, '_strrev: str');
  text.subarray(0, lengthOf(text)).reverse();
  return text;
}

function between(unit: number, low: number, high: number): boolean {
  checkNumber(unit, 'a character');
  return unit >= low && unit <= high;
}
const flag = (holds: boolean) => (holds ? 1 : 0);

export const isdigit = (unit: number): number => flag(between(unit, 48, 57));
export const isupper = (unit: number): number => flag(between(unit, 65, 90));
export const islower = (unit: number): number => flag(between(unit, 97, 122));
export const isalpha = (unit: number): number => flag(isupper(unit) + islower(unit) > 0);
export const isalnum = (unit: number): number => flag(isalpha(unit) + isdigit(unit) > 0);
export const isspace = (unit: number): number => flag(unit === 32 || between(unit, 9, 13));
export const isprint = (unit: number): number => flag(between(unit, 32, 126));
export const isgraph = (unit: number): number => flag(between(unit, 33, 126));
export const ispunct = (unit: number): number => flag(isgraph(unit) === 1 && isalnum(unit) === 0);
export const iscntrl = (unit: number): number => flag(between(unit, 0, 31) || unit === 127);
export const isxdigit = (unit: number): number =>
  flag(isdigit(unit) === 1 || between(unit, 65, 70) || between(unit, 97, 102));
export function tolower(unit: number): number {
  checkNumber(unit, 'tolower: c');
  return lower(unit);
}
export function toupper(unit: number): number {
  checkNumber(unit, 'toupper: c');
  return upper(unit);
}
export const towlower = tolower;
export const towupper = toupper;
export const iswdigit = isdigit;
export const iswspace = isspace;
