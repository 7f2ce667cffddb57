import { format, type Printed } from '../streams/format.ts';
import { checkCharacters, checkCount, checkObject, checkRoom, isWide } from './checks.ts';
import { type Characters, lengthOf, type Text, unitsOf } from './text.ts';

/** The result of a function of strsafe.h whose text did not fit; what fits was written. */
const STRSAFE_E_INSUFFICIENT_BUFFER = 0x8007007a | 0;
const STRSAFE_E_INVALID_PARAMETER = 0x80070057 | 0;

/** @throws RangeError where the memory has not the room that it is said to have, and the text needs it */
function fit(into: Characters, at: number, room: number, units: Characters): number {
  checkCharacters(into, 'pszDest');
  checkCount(room, 'cchDest');
  if (room === 0 || at >= room) return STRSAFE_E_INVALID_PARAMETER;
  const part = units.subarray(0, room - at - 1);
  checkRoom(into, at + part.length + 1, 'pszDest');
  into.set(part, at);
  into[at + part.length] = 0;
  return part.length < units.length ? STRSAFE_E_INSUFFICIENT_BUFFER : 0;
}

function inUnits(into: Characters, bytes: number): number {
  checkCount(bytes, 'cbDest');
  return Math.floor(bytes / (isWide(into) ? 2 : 1));
}

export function StringCchPrintf(
  into: Characters,
  room: number,
  template: Text,
  ...values: readonly Printed[]
): number {
  const text = format(template, values, isWide(into));
  const units = isWide(into) ? unitsOf(text, true) : Buffer.from(text, 'latin1');
  return fit(into, 0, room, units);
}
export function StringCbPrintf(
  into: Characters,
  bytes: number,
  template: Text,
  ...values: readonly Printed[]
): number {
  return StringCchPrintf(into, inUnits(into, bytes), template, ...values);
}
export function StringCchCopy(into: Characters, room: number, from: Text): number {
  return fit(into, 0, room, unitsOf(from, isWide(into)));
}
export function StringCbCopy(into: Characters, bytes: number, from: Text): number {
  return StringCchCopy(into, inUnits(into, bytes), from);
}
export function StringCchCopyN(into: Characters, room: number, from: Text, most: number): number {
  checkCount(most, 'cchToCopy');
  return fit(into, 0, room, unitsOf(from, isWide(into)).subarray(0, most));
}
export const StringCbCopyN = StringCchCopyN;
export function StringCchCat(into: Characters, room: number, from: Text): number {
  return fit(into, lengthOf(into), room, unitsOf(from, isWide(into)));
}
export function StringCbCat(into: Characters, bytes: number, from: Text): number {
  return StringCchCat(into, inUnits(into, bytes), from);
}
/** @param length set to the characters before the NUL, if it is not NULL */
export function StringCchLength(
  text: Text,
  most: number,
  length: { value: number } | null,
): number {
  checkCount(most, 'cchMax');
  if (length !== null) checkObject(length, 'a variable or NULL', 'pcchLength');
  const units = unitsOf(text, isWide(text)).length;
  const holds = units < most;
  if (length) length.value = holds ? units : 0;
  return holds ? 0 : STRSAFE_E_INVALID_PARAMETER;
}
export function StringCbLength(
  text: Text,
  bytes: number,
  length: { value: number } | null,
): number {
  checkCount(bytes, 'cbMax');
  const size = isWide(text) ? 2 : 1;
  const result = StringCchLength(text, Math.floor(bytes / size), length);
  if (length) length.value *= size;
  return result;
}
