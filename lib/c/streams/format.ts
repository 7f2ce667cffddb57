import { addressOf, HasBytes, isMemory } from '../../ffi/memory/memory.ts';
import { describe } from '../../ffi/types/describe.ts';
import { checkText, isCharacters, isWide } from '../text/checks.ts';
import { encodeText } from '../text/encoding.ts';
import { str, type Text } from '../text/text.ts';
import { unitsText } from '../text/units.ts';

/** What printf prints: numbers, text, and for `%p` memory. */
export type Printed =
  | number
  | bigint
  | Text
  | ArrayBufferView
  | { readonly bytes: Uint8Array }
  | null
  | unknown;

interface Directive {
  readonly flags: string;
  readonly width: number;
  /** -1 where none is given. */
  readonly precision: number;
  readonly size: string;
  readonly letter: string;
}

const DIRECTIVE =
  /%([-+ #0]*)(\*|\d+)?(?:\.(\*|-?\d*))?(hh|ll|I64|I32|I|h|l|L|q|j|z|t|w)?([a-zA-Z%])/g;

/** Of a number: what is wider is no text that anybody prints, and JavaScript has no string of it. */
const WIDEST = 2 ** 24;
/** JavaScript has no more digits of a number with an exponent; they are exact long before. */
const MOST_DIGITS = 100;

/**
 * The text of a format of printf. Each character of the result is a byte, or of wide text a unit.
 *
 * @throws TypeError where a format has more directives than there are values
 */
export function format(template: Text, values: readonly Printed[], wide = false): string {
  checkText(template, 'printf: format');
  if (!Array.isArray(values)) {
    throw new TypeError(`printf: the values are an array, got ${describe(values)}`);
  }
  const encode = (text: string) => (wide ? text : encodeText(text).toString('latin1'));
  const content = typeof template === 'string' ? encode(template) : unitsText(template);
  let next = 0;
  const take = (): Printed => {
    if (next >= values.length) {
      throw new TypeError(
        `printf: there is no value for directive ${next + 1} of ${JSON.stringify(str(template))}`,
      );
    }
    return values[next++];
  };
  return content.replace(DIRECTIVE, (whole, flags: string, width, precision, size = '', letter) => {
    if (letter === '%') return '%';
    const asked = width === '*' ? sizeOf(take()) : sizeOf(Number(width ?? 0));
    const exact =
      precision === '*' ? sizeOf(take()) : precision === undefined ? -1 : sizeOf(Number(precision));
    const directive: Directive = {
      flags: asked < 0 ? `${flags}-` : flags,
      width: Math.abs(asked),
      precision: exact,
      size,
      letter,
    };
    return convert(directive, take, encode, whole, wide);
  });
}

/** A width or a precision. */
function sizeOf(value: Printed): number {
  const number = numberOf(value);
  if (Math.abs(number) <= WIDEST) return Math.trunc(number);
  throw new RangeError(`printf: a width or a precision is at most ${WIDEST}, got ${number}`);
}

/** @throws TypeError for what is no number */
function numberOf(value: Printed): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  // What a variable of C holds by itself, and what is true or false there.
  if (value === null || value === undefined || typeof value === 'boolean') return Number(value);
  throw new TypeError(`printf: a number is needed, got ${describe(value)}`);
}

function convert(
  directive: Directive,
  take: () => Printed,
  encode: (text: string) => string,
  whole: string,
  wide: boolean,
): string {
  const { letter, precision } = directive;
  switch (letter) {
    case 'd':
    case 'i':
      return signed(directive, integer(take(), directive.size, true));
    case 'u':
    case 'x':
    case 'X':
    case 'o':
      return unsigned(directive, integer(take(), directive.size, false));
    case 'c':
    case 'C':
      return pad(directive, character(take(), wide));
    case 's':
    case 'S': {
      const value = take();
      const text = textOf(value, encode);
      return pad(directive, precision < 0 ? text : text.slice(0, precision));
    }
    case 'p':
      return pad(directive, pointerText(take()));
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      return floating(directive, numberOf(take()));
    default:
      return whole;
  }
}

const character = (value: Printed, wide: boolean) =>
  String.fromCharCode(numberOf(value) & (wide ? 0xffff : 0xff));

function textOf(value: Printed, encode: (text: string) => string): string {
  if (value === null || value === undefined || value === 0) return '(null)';
  if (typeof value === 'string') return encode(value);
  if (isWide(value)) return encode(str(value));
  if (isCharacters(value)) return unitsText(value);
  const bytes = HasBytes.bytesOf(value);
  if (bytes) return unitsText(bytes);
  throw new TypeError(`printf: %s wants text, got ${describe(value)}`);
}

function pointerText(value: Printed): string {
  const address = isMemory(value) ? addressOf(value) : numberOf(value ?? 0);
  return address.toString(16).toUpperCase().padStart(16, '0');
}

/** A value as the integer that C reads from the arguments. */
function integer(value: Printed, size: string, isSigned: boolean): bigint {
  if (value === null || value === undefined) return 0n;
  const given = isMemory(value) ? addressOf(value) : value;
  const number = typeof given === 'bigint' ? given : wholeOf(numberOf(given));
  const bits = /^(?:ll|I64|I|q|j|z|t|w)$/.test(size)
    ? 64
    : size === 'h'
      ? 16
      : size === 'hh'
        ? 8
        : 32;
  return isSigned ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
}

function wholeOf(number: number): bigint {
  if (Number.isFinite(number)) return BigInt(Math.trunc(number));
  throw new TypeError(`printf: a whole number is needed, got ${number}`);
}

function signed(directive: Directive, value: bigint): string {
  const { flags, precision } = directive;
  const digits = (value < 0n ? -value : value).toString();
  const sign = value < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  return padNumber(
    directive,
    sign,
    precision === 0 && value === 0n ? '' : digits.padStart(precision, '0'),
  );
}

function unsigned(directive: Directive, value: bigint): string {
  const { flags, letter, precision } = directive;
  const radix = letter === 'o' ? 8 : letter === 'u' ? 10 : 16;
  let digits =
    precision === 0 && value === 0n ? '' : value.toString(radix).padStart(precision, '0');
  let prefix = '';
  if (flags.includes('#') && value !== 0n && radix === 16) prefix = '0x';
  if (flags.includes('#') && radix === 8 && !digits.startsWith('0')) digits = `0${digits}`;
  const text = padNumber(directive, prefix, digits);
  return letter === 'X' ? text.toUpperCase() : text;
}

function floating(directive: Directive, value: number): string {
  const { flags, letter } = directive;
  const precision = directive.precision < 0 ? 6 : directive.precision;
  const sign =
    value < 0 || Object.is(value, -0)
      ? '-'
      : flags.includes('+')
        ? '+'
        : flags.includes(' ')
          ? ' '
          : '';
  const size = Math.abs(value);
  let digits: string;
  if (!Number.isFinite(size)) {
    digits = Number.isNaN(size) ? 'nan' : 'inf';
    return pad(directive, `${Number.isNaN(size) ? '' : sign}${digits}`);
  }
  if (/f/i.test(letter)) digits = fixed(size, precision);
  else if (/e/i.test(letter))
    digits = exponent(size.toExponential(Math.min(precision, MOST_DIGITS)));
  else digits = general(size, Math.min(precision || 1, MOST_DIGITS), flags.includes('#'));
  if (flags.includes('#') && !digits.includes('.')) digits = digits.replace(/^\d+/, '$&.');
  const text = padNumber({ ...directive, precision: -1 }, sign, digits);
  return /[EG]/.test(letter) ? text.toUpperCase() : text;
}

/** JavaScript rounds the number that it prints, C the exact value. */
function fixed(value: number, precision: number): string {
  if (value < 1e21 && precision <= MOST_DIGITS) return value.toFixed(precision);
  return `${BigInt(Math.round(value))}${precision ? `.${'0'.repeat(precision)}` : ''}`;
}

/** Windows' C library has three digits in an exponent. */
const exponent = (text: string) =>
  text.replace(
    /e([+-])(\d+)$/,
    (_, sign: string, digits: string) => `e${sign}${digits.padStart(3, '0')}`,
  );

function general(value: number, precision: number, keepZeros: boolean): string {
  const power =
    value === 0 ? 0 : Number(/e([+-]\d+)$/.exec(value.toExponential(precision - 1))![1]);
  let text =
    power < -4 || power >= precision
      ? exponent(value.toExponential(precision - 1))
      : value.toFixed(Math.max(0, precision - 1 - power));
  if (!keepZeros && text.includes('.')) text = text.replace(/\.?0+(?=e|$)/, '');
  return text;
}

function pad({ flags, width }: Directive, text: string): string {
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

function padNumber(directive: Directive, sign: string, digits: string): string {
  const { flags, width, precision } = directive;
  if (flags.includes('0') && !flags.includes('-') && precision < 0) {
    return sign + digits.padStart(width - sign.length, '0');
  }
  return pad(directive, sign + digits);
}
