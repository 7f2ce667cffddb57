import { cast, GUID, guidToString, sizeof } from '../../ffi/index.ts';
import { exactly } from '../memory/reach.ts';
import { checkCount } from './checks.ts';
import { put, unitsOf } from './text.ts';

/**
 * The text of a GUID in braces, as ole32.dll writes it.
 *
 * @param into WCHAR characters
 * @param count how many there is room for
 * @returns the characters with the NUL, 39; 0 where they do not fit
 */
export function StringFromGUID2(guid: GUID, into: Uint16Array, count: number): number {
  checkCount(count, 'StringFromGUID2: cchMax');
  const bytes = exactly(guid, sizeof(GUID), 'StringFromGUID2: rguid');
  const text = `{${guidToString(cast(GUID, bytes)).replace(/[{}]/g, '').toUpperCase()}}`;
  if (count <= text.length) return 0;
  put(into, 0, unitsOf(text, true), 'StringFromGUID2');
  return text.length + 1;
}
