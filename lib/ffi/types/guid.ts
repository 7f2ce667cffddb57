import { placeOfConstant } from '../memory/places.ts';
import { array } from './array.ts';
import { type Struct, type StructType, struct } from './record.ts';
import { uint8, uint16, uint32 } from './scalars.ts';

/** GUID (guiddef.h). Prints as {xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}. */
export interface GUID extends Struct {
  Data1: number;
  Data2: number;
  Data3: number;
  Data4: Uint8Array;
}

export const GUID: StructType<GUID> = /*#__PURE__*/ struct(
  'GUID',
  () => ({
    Data1: uint32,
    Data2: uint16,
    Data3: uint16,
    Data4: array(uint8, 8),
  }),
  // Asked of records of this type only.
  { text: (value) => guidToString(value as GUID) },
);

const GUID_BYTES = 16;

/** A GUID from its parts, in the order DEFINE_GUID takes them. */
export function guid(data1: number, data2: number, data3: number, ...data4: number[]): GUID {
  const { buffer, byteOffset } = placeOfConstant(GUID_BYTES);
  const value = new GUID(buffer, byteOffset);
  // By bytes: the headers define hundreds of GUIDs, all made at import.
  for (let i = 0; i < 4; i++) value[i] = data1 >> (8 * i);
  for (let i = 0; i < 2; i++) value[4 + i] = data2 >> (8 * i);
  for (let i = 0; i < 2; i++) value[6 + i] = data3 >> (8 * i);
  value.set(data4, 8);
  return value;
}

const TEXT = /^\{?([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})\}?$/i;

/**
 * A GUID from its text, with or without braces.
 *
 * @throws TypeError where the text is no GUID
 */
export function guidFromString(text: string): GUID {
  const match = TEXT.exec(text);
  if (!match) throw new TypeError(`${JSON.stringify(text)} is not a GUID`);
  const [, first, second, third, fourth, fifth] = match;
  return guid(
    Number.parseInt(first!, 16),
    Number.parseInt(second!, 16),
    Number.parseInt(third!, 16),
    ...Buffer.from(fourth! + fifth!, 'hex'),
  );
}

/** The text of a GUID, in braces and lower case. */
export function guidToString(value: GUID): string {
  const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');
  const tail = Buffer.from(value.Data4).toString('hex');
  return `{${hex(value.Data1, 8)}-${hex(value.Data2, 4)}-${hex(value.Data3, 4)}-${tail.slice(0, 4)}-${tail.slice(4)}}`;
}
