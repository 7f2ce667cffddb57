import type { Ref } from '../../ffi/index.ts';
import { bytesOf, isMemory } from '../../ffi/memory/memory.ts';
import { describe } from '../../ffi/types/describe.ts';
import { checkText, isWide, refuseDetached } from '../text/checks.ts';
import { encodeText } from '../text/encoding.ts';
import { str, type Text } from '../text/text.ts';
import { unitsText } from '../text/units.ts';
import { checkFile, EOF, type FILE, stdin } from './file.ts';

/**
 * Where scanf stores: a variable, or memory of characters. The sizes that scanf_s is given besides are not
 * needed: memory knows its own.
 */
export type Place = Ref<unknown> | ArrayBufferView | number;

/** Characters that are read one by one, the last of which can be given back. */
interface Input {
  next(): number;
  giveBack(character: number): void;
}

const isSpace = (character: number) => character === 32 || (character >= 9 && character <= 13);

const DIRECTIVE = /%(\*)?(\d+)?(hh|h|ll|l|I64|L|w)?(\[\^?\]?[^\]]*\]|[a-zA-Z%])|\s+|[\s\S]/g;

/** How many values were stored; EOF where the input ends before the first. */
function scan(source: Input, template: Text, given: readonly Place[]): number {
  checkText(template, 'scanf: format');
  const places = given.filter((place) => typeof place !== 'number');
  const wrong = places.findIndex((place) => !isMemory(place));
  if (wrong >= 0) {
    throw new TypeError(
      `scanf: place ${wrong + 1} is memory or a variable, got ${describe(places[wrong])}`,
    );
  }
  let stored = 0;
  let next = 0;
  let taken = 0;
  const input: Input = {
    next: () => {
      const character = source.next();
      if (character !== EOF) taken++;
      return character;
    },
    giveBack: (character) => {
      taken--;
      source.giveBack(character);
    },
  };
  for (const match of str(template).matchAll(DIRECTIVE)) {
    const [whole, skip, width, size = '', letter] = match;
    if (/^\s/.test(whole)) {
      skipSpaces(input);
      continue;
    }
    if (!letter || letter === '%') {
      if (letter === '%') skipSpaces(input);
      const wanted = (letter ?? whole).charCodeAt(0);
      const character = input.next();
      if (character === wanted) continue;
      if (character !== EOF) input.giveBack(character);
      return character === EOF && stored === 0 ? EOF : stored;
    }
    if (letter === 'n') {
      const place = places[next++];
      if (!place) throw new TypeError(`scanf: there is no place for ${whole}`);
      store(place, 'd', size, String(taken));
      continue;
    }
    if (!/[c[]/.test(letter[0]!)) skipSpaces(input);
    const most = width ? Number(width) : letter === 'c' ? 1 : Number.POSITIVE_INFINITY;
    const text = take(input, letter, most);
    if (text === undefined) {
      const end = input.next();
      if (end !== EOF) input.giveBack(end);
      return end === EOF && stored === 0 ? EOF : stored;
    }
    if (skip) continue;
    const place = places[next++];
    if (!place) throw new TypeError(`scanf: there is no place for ${whole}`);
    store(place, letter, size, text);
    stored++;
  }
  return stored;
}

function skipSpaces(input: Input): void {
  let character = input.next();
  while (isSpace(character)) character = input.next();
  if (character !== EOF) input.giveBack(character);
}

/** What a directive takes: the longest run of its characters. */
function take(input: Input, letter: string, most: number): string | undefined {
  let text = '';
  while (text.length < most) {
    const character = input.next();
    if (character === EOF) break;
    const grown = text + String.fromCharCode(character);
    if (!accepts(letter, grown, character)) {
      input.giveBack(character);
      break;
    }
    text = grown;
  }
  if (text === '' || (letter === 'c' && text.length < most)) return undefined;
  if (/[dioxXup]/.test(letter[0]!) && !/[0-9a-fA-F]$/.test(text)) return undefined;
  if (/[efg]/.test(letter[0]!) && !/\d/.test(text)) return undefined;
  return text;
}

/** How many characters decide what a whole number is: its sign, and 0x. */
const LONGEST_LEAD = 4;

/** Whether a character goes on with what was accepted before it. */
function accepts(letter: string, grown: string, character: number): boolean {
  const isLong = /[diuxXpo]/.test(letter[0]!) && grown.length > LONGEST_LEAD;
  const text = isLong ? grown.slice(0, LONGEST_LEAD) + String.fromCharCode(character) : grown;
  switch (letter[0]) {
    case 'c':
      return true;
    case 's':
    case 'S':
      return !isSpace(character);
    case '[':
      return inSet(letter, character);
    case 'd':
    case 'u':
      return /^[+-]?\d*$/.test(text);
    case 'x':
    case 'X':
    case 'p':
      return /^[+-]?(?:0[xX]?)?[0-9a-fA-F]*$/.test(text);
    case 'o':
      return /^[+-]?[0-7]*$/.test(text);
    case 'i':
      return /^[+-]?(?:0(?:[xX][0-9a-fA-F]*|[0-7]*)|[1-9]\d*)?$/.test(text);
    case 'f':
    case 'e':
    case 'g':
      return /^[+-]?\d*\.?\d*(?:[eE][+-]?\d*)?$/.test(text);
    default:
      throw new TypeError(`scanf: %${letter} is not known`);
  }
}

function inSet(set: string, character: number): boolean {
  const negated = set[1] === '^';
  const content = set.slice(negated ? 2 : 1, -1);
  let found = false;
  for (let i = 0; i < content.length; i++) {
    const low = content.charCodeAt(i);
    if (content[i + 1] === '-' && i + 2 < content.length) {
      found ||= character >= low && character <= content.charCodeAt(i + 2);
      i += 2;
    } else found ||= character === low;
  }
  return found !== negated;
}

function store(place: ArrayBufferView, letter: string, size: string, text: string): void {
  if (/[cs[S]/.test(letter[0]!)) {
    const memory = isWide(place) ? place : bytesOf(place, 'scanf');
    const isText = letter !== 'c';
    if (text.length + (isText ? 1 : 0) > memory.length) {
      throw new RangeError(`scanf: ${text.length} characters into memory of ${memory.length}`);
    }
    for (let i = 0; i < text.length; i++) memory[i] = text.charCodeAt(i);
    if (isText) memory[text.length] = 0;
    return;
  }
  if (/[efg]/.test(letter)) {
    write(place, Number.parseFloat(text), size === 'l' || size === 'L' ? 8 : 4, true);
    return;
  }
  const sign = text.startsWith('-') ? -1n : 1n;
  const digits = text.replace(/^[+-]/, '');
  const value = /[xXp]/.test(letter)
    ? BigInt(`0x${digits.replace(/^0[xX]/, '')}`)
    : letter === 'o' || (letter === 'i' && /^0\d/.test(digits))
      ? BigInt(`0o${digits}`)
      : BigInt(digits);
  const bytes =
    size === 'hh'
      ? 1
      : size === 'h'
        ? 2
        : size === 'll' || size === 'I64' || letter === 'p'
          ? 8
          : 4;
  write(place, sign * value, bytes, false);
}

function write(
  place: ArrayBufferView,
  value: number | bigint,
  bytes: number,
  isFloat: boolean,
): void {
  const own = bytesOf(place, 'scanf');
  refuseDetached(own, 'scanf');
  const memory = new DataView(own.buffer, own.byteOffset, own.byteLength);
  if (bytes > memory.byteLength)
    throw new RangeError(`scanf: ${bytes} bytes into memory of ${memory.byteLength}`);
  if (isFloat) {
    if (bytes === 8) memory.setFloat64(0, Number(value), true);
    else memory.setFloat32(0, Number(value), true);
    return;
  }
  const number = BigInt(value);
  if (bytes === 8) memory.setBigInt64(0, BigInt.asIntN(64, number), true);
  else if (bytes === 4) memory.setInt32(0, Number(BigInt.asIntN(32, number)), true);
  else if (bytes === 2) memory.setInt16(0, Number(BigInt.asIntN(16, number)), true);
  else memory.setInt8(0, Number(BigInt.asIntN(8, number)));
}

const ofFile = (file: FILE): Input => ({
  next: () => file.read(),
  giveBack: (character) => file.unread(character),
});

/** Reads standard input by C's formats. @returns how many values were stored, or EOF */
export function scanf(template: Text, ...places: readonly Place[]): number {
  return scan(ofFile(stdin), template, places);
}
export function fscanf(file: FILE, template: Text, ...places: readonly Place[]): number {
  checkFile(file, 'fscanf: stream');
  return scan(ofFile(file), template, places);
}
export function sscanf(text: Text, template: Text, ...places: readonly Place[]): number {
  checkText(text, 'sscanf: buffer');
  const content = typeof text === 'string' ? encodeText(text).toString('latin1') : unitsText(text);
  let at = 0;
  return scan(
    {
      next: () => (at < content.length ? content.charCodeAt(at++) : EOF),
      giveBack: () => {
        at--;
      },
    },
    template,
    places,
  );
}
