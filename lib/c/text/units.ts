import { isWide } from './checks.ts';
import { type Characters, lengthOf } from './text.ts';

/** Characters up to their NUL as a string of their units: of bytes, not of what they mean. */
export function unitsText(text: Characters): string {
  const content = text.subarray(0, lengthOf(text));
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return bytes.toString(isWide(text) ? 'utf16le' : 'latin1');
}
