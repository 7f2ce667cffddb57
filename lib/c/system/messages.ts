import { FormatMessageW } from '../../../defs/kernel.g.ts';
import type { Box } from '../memory/memory.ts';
import { checkNumber, checkObject } from '../text/checks.ts';
import { str } from '../text/text.ts';

const FORMAT_MESSAGE_ALLOCATE_BUFFER = 0x100;
const LONGEST = 0x8000;

/**
 * FormatMessage where it gives a text of its own instead of filling a buffer: with
 * FORMAT_MESSAGE_ALLOCATE_BUFFER. Nothing has to be freed.
 *
 * @param text set to the text, NULL where there is none
 * @returns how many characters the text has; 0 is failure
 */
export function FormatMessage(
  flags: number,
  _source: null,
  code: number,
  language: number,
  text: Box<string | null> | Box<string>,
  _size: number,
  _values: null,
): number {
  checkNumber(flags, 'FormatMessage: dwFlags');
  checkNumber(code, 'FormatMessage: dwMessageId');
  checkObject(text, 'a Box for the text', 'FormatMessage: lpBuffer');
  const buffer = new Uint16Array(LONGEST);
  const own = flags & ~FORMAT_MESSAGE_ALLOCATE_BUFFER;
  const length = FormatMessageW(own, null, code >>> 0, language, buffer, LONGEST, null);
  (text as Box<string | null>).value = length === 0 ? null : str(buffer);
  return length;
}
