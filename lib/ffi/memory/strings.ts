/** C strings: text with a NUL behind it. */
import { koffi } from '../native/koffi.ts';
import { systemFunction } from '../native/native.ts';
import { refNapi } from '../native/ref-napi.ts';
import type { Pointer } from '../types/ctype.ts';
import { describe } from '../types/describe.ts';
import {
  CP_ACP,
  CP_UTF8,
  GetACP,
  MultiByteToWideChar,
  WC_NO_BEST_FIT_CHARS,
  WideCharToMultiByte,
} from '../windows.g.ts';
import { copyOf, viewOf } from './copies.ts';
import { byteLengthOf, indexOfByte } from './intrinsics.ts';
import { mappedBytes } from './mapped.ts';

const getACP = systemFunction(GetACP);
const wideCharToMultiByte = systemFunction(WideCharToMultiByte);
const multiByteToWideChar = systemFunction(MultiByteToWideChar);

/** Whether the A functions of Windows take and give UTF-8; else their text depends on the system. */
function isUtf8(): boolean {
  if (process.platform !== 'win32') return true;
  return getACP() === CP_UTF8;
}

function refuseNul(text: string, where: string): void {
  if (text.includes('\0')) {
    throw new TypeError(
      `${where}: ${describe(text)} holds a NUL character, where C ends the string`,
    );
  }
}

/** ASCII is the same in every code page that Windows uses for the A functions. */
const isAscii = (text: string) => Buffer.byteLength(text) === text.length;

/** Text as a NUL-terminated `char *` in the code page that the A functions of Windows use. */
export function encodeCString(text: string, where: string): Buffer<ArrayBuffer> {
  refuseNul(text, where);
  if (isAscii(text) || isUtf8()) return refNapi().allocCString(text);
  const encoded = encodeInCodePage(text, where);
  // Buffer.alloc zeroes, which ends the string.
  const ended = Buffer.alloc(encoded.length + 1);
  ended.set(encoded);
  return ended;
}

/**
 * Text as the bytes that an array of `char` holds, without a NUL behind it, in the code page that the
 * A functions of Windows use.
 *
 * @throws RangeError where that code page lacks a character
 */
export function encodeChars(text: string, where: string): Uint8Array {
  return isAscii(text) || isUtf8() ? Buffer.from(text) : encodeInCodePage(text, where);
}

function encodeInCodePage(text: string, where: string): Uint8Array {
  const wide = Buffer.from(text, 'utf16le');
  // Four bytes a unit is the longest any code page needs.
  const encoded = Buffer.alloc(text.length * 4);
  const lost = new Int32Array(new ArrayBuffer(4));
  const flags = WC_NO_BEST_FIT_CHARS;
  const size = wideCharToMultiByte(
    CP_ACP,
    flags,
    wide,
    text.length,
    encoded,
    encoded.length,
    null,
    lost,
  ) as number;
  if (size === 0 || lost[0] !== 0) {
    throw new RangeError(
      `${where}: ${describe(text)} has characters that this system's code page lacks; use the W function`,
    );
  }
  return encoded.subarray(0, size);
}

/** Text as a NUL-terminated `WCHAR *`. */
export function encodeWString(text: string, where: string): Buffer<ArrayBuffer> {
  refuseNul(text, where);
  return Buffer.from(`${text}\0`, 'utf16le');
}

/** What ends memory that nothing counts: so many elements in a row that are zero, of so many bytes each. */
export interface ZeroEnd {
  readonly zeros: number;
  readonly size: number;
}

const NUL: ZeroEnd = { zeros: 1, size: 1 };
const WIDE_NUL: ZeroEnd = { zeros: 1, size: 2 };

/** @throws RangeError where memory given for a string has nothing that ends it */
export function requireTerminator(memory: Uint8Array, wide: boolean, where: string): void {
  requireZeros(memory, wide ? WIDE_NUL : NUL, where);
}

/** @throws RangeError where memory has nothing that ends it */
export function requireZeros(memory: Uint8Array, end: ZeroEnd, where: string): void {
  if (hasZeros(memory, end)) return;
  throw new RangeError(
    `${where}: the ${byteLengthOf(memory)} bytes given hold no ${whatEnds(end)}`,
  );
}

function whatEnds({ zeros, size }: ZeroEnd): string {
  if (zeros > 1) return 'empty string to end the list';
  return size > 2 ? 'zero to end the list' : 'NUL to end the string';
}

function hasZeros(memory: Uint8Array, { zeros, size }: ZeroEnd): boolean {
  if (zeros * size === 1) return indexOfByte(memory, 0) >= 0;
  const bytes = byteLengthOf(memory);
  let row = 0;
  for (let i = 0; i + size <= bytes; i += size) {
    row = isZero(memory, i, size) ? row + 1 : 0;
    if (row === zeros) return true;
  }
  return false;
}

function isZero(memory: Uint8Array, offset: number, size: number): boolean {
  for (let i = offset; i < offset + size; i++) if (memory[i] !== 0) return false;
  return true;
}

/** @throws RangeError where text at an address does not end within memory that is there */
export function requireTerminatorAt(address: number, wide: boolean, where: string): void {
  requireZerosAt(address, wide ? WIDE_NUL : NUL, where);
}

const PAGE_BYTES = 4096;

/** @throws RangeError where what is at an address does not end within memory that is there */
export function requireZerosAt(address: number, end: ZeroEnd, where: string): void {
  if (process.platform !== 'win32') return;
  // Elements may lie across two pages.
  let row = 0;
  let zerosOfElement = 0;
  for (let at = address, index = 0; ; ) {
    const there = mappedBytes(at, PAGE_BYTES - (at % PAGE_BYTES), 'read');
    if (there === 0) {
      throw new RangeError(`${where}: what is at ${address} holds no ${whatEnds(end)}`);
    }
    for (const byte of new Uint8Array(viewOf(at, there) ?? copyOf(at, there))) {
      if (byte === 0) zerosOfElement++;
      index++;
      if (index % end.size !== 0) continue;
      row = zerosOfElement === end.size ? row + 1 : 0;
      if (row === end.zeros) return;
      zerosOfElement = 0;
    }
    at += there;
  }
}

/** The C string at an address, in the code page of the A functions; NULL gives null. */
export function stringAt(address: Pointer): string | null {
  if (address === 0) return null;
  const text = koffi().decode(BigInt(address), 'char', -1) as string;
  return isAscii(text) || isUtf8() ? text : decodeFromCodePage(BigInt(address), -1);
}

/** @param bytes how many there are; -1 where a NUL ends them */
function decodeFromCodePage(text: bigint | Uint8Array, bytes: number): string {
  const units = multiByteToWideChar(CP_ACP, 0, text, bytes, null, 0) as number;
  const wide = Buffer.alloc(units * 2);
  multiByteToWideChar(CP_ACP, 0, text, bytes, wide, units);
  return wideTextOf(wide);
}

/** The wide C string at an address; NULL gives null. */
export function wideStringAt(address: Pointer): string | null {
  if (address === 0) return null;
  return koffi().decode(BigInt(address), 'char16_t', -1) as string;
}

/** The memory up to its NUL, or all of it where there is none. */
function beforeNul(bytes: Uint8Array): Buffer {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.buffer, bytes.byteOffset, end < 0 ? bytes.byteLength : end);
}

/** The text in memory up to its NUL, or to the end of the memory, as UTF-8 whatever the system uses. */
export function utf8TextOf(bytes: Uint8Array): string {
  return beforeNul(bytes).toString('utf8');
}

/**
 * The text in memory up to its NUL, or to the end of the memory where there is none, in the code page of
 * the A functions.
 */
export function charTextOf(bytes: Uint8Array): string {
  const chars = beforeNul(bytes);
  const text = chars.toString('utf8');
  if (isAscii(text) || isUtf8()) return text;
  return decodeFromCodePage(chars, chars.length);
}

/** The wide text in memory up to its NUL, or to the end of the memory where there is none. */
export function wideTextOf(bytes: Uint8Array): string {
  let end = 0;
  while (end + 1 < bytes.byteLength && (bytes[end] !== 0 || bytes[end + 1] !== 0)) end += 2;
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('utf16le');
}
