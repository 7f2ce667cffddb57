import { errno } from '../system/errno.ts';
import { checkCharacters, checkCount, checkNumber, checkRoom, isWide } from '../text/checks.ts';
import { type Characters, put, str, type Text } from '../text/text.ts';
import { checkFile, EOF, type FILE, stderr, stdout } from './file.ts';
import { format, type Printed } from './format.ts';

/**
 * Prints by C's formats, at once.
 *
 * @returns how many bytes were printed
 */
export function printf(template: Text, ...values: readonly Printed[]): number {
  return fprintf(stdout, template, ...values);
}
export function fprintf(file: FILE, template: Text, ...values: readonly Printed[]): number {
  checkFile(file, 'fprintf: stream');
  const text = format(template, values);
  file.write(Buffer.from(text, 'latin1'));
  return text.length;
}
export function wprintf(template: Text, ...values: readonly Printed[]): number {
  return fwprintf(stdout, template, ...values);
}
export function fwprintf(file: FILE, template: Text, ...values: readonly Printed[]): number {
  checkFile(file, 'fwprintf: stream');
  const text = format(template, values, true);
  file.write(Buffer.from(text, 'utf8'));
  return text.length;
}

function units(text: string, into: Characters): Characters {
  return isWide(into)
    ? Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index))
    : Buffer.from(text, 'latin1');
}

/** @throws RangeError where the text does not fit: C would write over what is behind */
export function sprintf(into: Characters, template: Text, ...values: readonly Printed[]): number {
  const text = format(template, values, isWide(into));
  put(into, 0, units(text, into), 'sprintf');
  return text.length;
}
export const _swprintf = sprintf;

/** As much as fits, with a NUL. @returns how many characters the whole text has */
export function snprintf(
  into: Characters | null,
  size: number,
  template: Text,
  ...values: readonly Printed[]
): number {
  if (into !== null) checkCharacters(into, 'snprintf: buffer');
  checkCount(size, 'snprintf: count');
  const text = format(template, values, isWide(into));
  if (into !== null && size > 0) put(into, 0, units(text.slice(0, size - 1), into), 'snprintf');
  return text.length;
}

/** As much as fits, with no NUL where there is no room for it. @returns -1 where it does not fit */
export function _snprintf(
  into: Characters,
  size: number,
  template: Text,
  ...values: readonly Printed[]
): number {
  checkCharacters(into, '_snprintf: buffer');
  checkCount(size, '_snprintf: count');
  const text = format(template, values, isWide(into));
  checkRoom(into, Math.min(size, text.length + 1), '_snprintf: buffer');
  into.set(units(text.slice(0, size), into));
  if (text.length < size) into[text.length] = 0;
  return text.length > size ? -1 : text.length;
}
export const _snwprintf = _snprintf;

/** @throws RangeError where the text does not fit, where C ends the program */
export function sprintf_s(
  into: Characters,
  size: number,
  template: Text,
  ...values: readonly Printed[]
): number {
  checkCount(size, 'sprintf_s: sizeOfBuffer');
  const text = format(template, values, isWide(into));
  if (text.length >= size)
    throw new RangeError(
      `sprintf_s: ${text.length} characters and the NUL do not fit into ${size}`,
    );
  put(into, 0, units(text, into), 'sprintf_s');
  return text.length;
}
export const swprintf_s = sprintf_s;
export const swprintf = snprintf;

export function _snprintf_s(
  into: Characters,
  size: number,
  count: number,
  template: Text,
  ...values: readonly Printed[]
): number {
  checkCount(size, '_snprintf_s: sizeOfBuffer');
  checkNumber(count, '_snprintf_s: count');
  const text = format(template, values, isWide(into));
  const most = count < 0 || count >= size ? size - 1 : count;
  put(into, 0, units(text.slice(0, most), into), '_snprintf_s');
  return text.length > most ? -1 : text.length;
}
export const _snwprintf_s = _snprintf_s;

export function puts(text: Text | null): number {
  printf('%s\n', text);
  return 0;
}
export const _putws = puts;
export function fputs(text: Text, file: FILE): number {
  fprintf(file, '%s', text);
  return 0;
}
export const fputws = fputs;
export function putchar(character: number): number {
  return fputc(character, stdout);
}
export function fputc(character: number, file: FILE): number {
  checkNumber(character, 'fputc: c');
  checkFile(file, 'fputc: stream');
  file.write(Buffer.of(character & 0xff));
  return file.failed ? EOF : character & 0xff;
}

const ERRORS: Readonly<Record<number, string>> = {
  0: 'No error',
  1: 'Operation not permitted',
  2: 'No such file or directory',
  3: 'No such process',
  4: 'Interrupted function call',
  5: 'Input/output error',
  9: 'Bad file descriptor',
  11: 'Resource temporarily unavailable',
  12: 'Not enough space',
  13: 'Permission denied',
  17: 'File exists',
  20: 'Not a directory',
  21: 'Is a directory',
  22: 'Invalid argument',
  24: 'Too many open files',
  28: 'No space left on device',
  32: 'Broken pipe',
  33: 'Domain error',
  34: 'Result too large',
};

export function strerror(code: number): string {
  checkNumber(code, 'strerror: errnum');
  return ERRORS[code] ?? 'Unknown error';
}

/** The text of `errno`, which only the C library sets: not Winsock. */
export function perror(text: Text | null): void {
  const what = text === null || str(text) === '' ? '' : `${str(text)}: `;
  fprintf(stderr, '%s\n', `${what}${strerror(errno.value)}`);
}
