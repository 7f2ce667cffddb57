import { bindSystem, koffi, type NativeFunction, refNapi } from '../native/native.ts';
import type { Pointer } from '../types/ctype.ts';
import { describe } from '../types/ctype.ts';
import {
  CP_ACP,
  CP_UTF8,
  FORMAT_MESSAGE_FROM_SYSTEM,
  FORMAT_MESSAGE_IGNORE_INSERTS,
  FormatMessageW,
  GetACP,
  GetLastError,
  MultiByteToWideChar,
  SetLastError,
  WC_NO_BEST_FIT_CHARS,
  WideCharToMultiByte,
} from '../windows.g.ts';

let getACP: NativeFunction | undefined;
let wideCharToMultiByte: NativeFunction | undefined;
let multiByteToWideChar: NativeFunction | undefined;

/** Whether the A functions of Windows take and give UTF-8; else their text depends on the system. */
function isUtf8(): boolean {
  if (process.platform !== 'win32') return true;
  getACP ??= bindSystem(GetACP);
  return getACP() === CP_UTF8;
}

function refuseNul(text: string, where: string): void {
  if (text.includes('\0')) {
    throw new TypeError(
      `${where}: ${describe(text)} holds a NUL character, where C ends the string`,
    );
  }
}

/** Text as a NUL-terminated `char *` in the code page that the A functions of Windows use. */
export function encodeCString(text: string, where: string): Buffer {
  refuseNul(text, where);
  // ASCII is the same in every code page that Windows uses for the A functions.
  const isAscii = Buffer.byteLength(text) === text.length;
  if (isAscii || isUtf8()) return refNapi().allocCString(text);
  return encodeInCodePage(text, where);
}

function encodeInCodePage(text: string, where: string): Buffer {
  wideCharToMultiByte ??= bindSystem(WideCharToMultiByte);
  const wide = Buffer.from(text, 'utf16le');
  // Four bytes a unit is the longest any code page needs; Buffer.alloc zeroes, which ends the string.
  const encoded = Buffer.alloc(text.length * 4 + 1);
  const lost = new Int32Array(new ArrayBuffer(4));
  const flags = WC_NO_BEST_FIT_CHARS;
  const size = wideCharToMultiByte(
    CP_ACP,
    flags,
    wide,
    text.length,
    encoded,
    encoded.length - 1,
    null,
    lost,
  ) as number;
  if (size === 0 || lost[0] !== 0) {
    throw new RangeError(
      `${where}: ${describe(text)} has characters that this system's code page lacks; use the W function`,
    );
  }
  return encoded.subarray(0, size + 1);
}

/** Text as a NUL-terminated `WCHAR *`. */
export function encodeWString(text: string, where: string): Buffer {
  refuseNul(text, where);
  return Buffer.from(`${text}\0`, 'utf16le');
}

/** @throws RangeError where memory given for a string has nothing that ends it */
export function requireTerminator(memory: Uint8Array, wide: boolean, where: string): void {
  if (!wide && memory.includes(0)) return;
  for (let i = 0; wide && i + 1 < memory.byteLength; i += 2) {
    if (memory[i] === 0 && memory[i + 1] === 0) return;
  }
  throw new RangeError(
    `${where}: the ${memory.byteLength} bytes given hold no NUL to end the string`,
  );
}

/** The C string at an address, in the code page of the A functions; NULL gives null. */
export function stringAt(address: Pointer): string | null {
  if (address === 0) return null;
  const text = koffi().decode(BigInt(address), 'char', -1) as string;
  const isAscii = Buffer.byteLength(text) === text.length;
  return isAscii || isUtf8() ? text : decodeFromCodePage(address);
}

function decodeFromCodePage(address: Pointer): string {
  multiByteToWideChar ??= bindSystem(MultiByteToWideChar);
  const text = BigInt(address);
  const units = multiByteToWideChar(CP_ACP, 0, text, -1, null, 0) as number;
  const wide = Buffer.alloc(units * 2);
  multiByteToWideChar(CP_ACP, 0, text, -1, wide, units);
  return wideTextOf(wide);
}

/** The wide C string at an address; NULL gives null. */
export function wideStringAt(address: Pointer): string | null {
  if (address === 0) return null;
  return koffi().decode(BigInt(address), 'char16_t', -1) as string;
}

/** The text in memory up to its NUL, or to the end of the memory where there is none. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.buffer, bytes.byteOffset, end < 0 ? bytes.byteLength : end).toString(
    'utf8',
  );
}

/** The wide text in memory up to its NUL, or to the end of the memory where there is none. */
export function wideTextOf(bytes: Uint8Array): string {
  let end = 0;
  while (end + 1 < bytes.byteLength && (bytes[end] !== 0 || bytes[end + 1] !== 0)) end += 2;
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('utf16le');
}

let formatMessage: NativeFunction | undefined;
let getLastError: NativeFunction | undefined;
let setLastError: NativeFunction | undefined;

/** The system's text for an error code, or undefined where it has none (or is not Windows). */
export function systemMessage(code: number): string | undefined {
  if (process.platform !== 'win32') return undefined;
  formatMessage ??= bindSystem(FormatMessageW);
  getLastError ??= bindSystem(GetLastError);
  setLastError ??= bindSystem(SetLastError);
  // Asking for the text must not change what WSAGetLastError says next.
  const before = getLastError();
  const text = new Uint8Array(new ArrayBuffer(2048));
  const units = formatMessage(
    FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
    null,
    code >>> 0,
    0,
    text,
    text.length / 2,
    null,
  ) as number;
  setLastError(before);
  if (units === 0) return undefined;
  return Buffer.from(text.buffer, 0, units * 2)
    .toString('utf16le')
    .trim()
    .replace(/\s+/g, ' ');
}
