import { type Characters, lengthOf } from './text.ts';

/** Characters up to their NUL as a string of their units: of bytes, not of what they mean. */
export function unitsText(text: Characters): string {
  const content = text.subarray(0, lengthOf(text));
  if (text instanceof Uint16Array) return String.fromCharCode(...content);
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
}
