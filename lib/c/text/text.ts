import type { Pointer } from '../../ffi/index.ts';
import { checkAddress } from '../../ffi/memory/address.ts';
import { bufferOf, byteOffsetOf, isUint8Array, isView } from '../../ffi/memory/intrinsics.ts';
import { mappedBytes } from '../../ffi/memory/mapped.ts';
import { isMemory, bytesOf as wholeBytesOf } from '../../ffi/memory/memory.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import { describe } from '../../ffi/types/describe.ts';
import {
  allocated,
  checkCharacters,
  checkNumber,
  checkText,
  isWide,
  refuseDetached,
} from './checks.ts';
import { decodeText, encodeText } from './encoding.ts';

/** Text that a function of C reads: of JavaScript, or characters up to their NUL. */
export type Text = string | Uint8Array | Uint16Array;
/** Memory of characters, which a function of C writes text to. */
export type Characters = Uint8Array | Uint16Array;
/** Memory, or where it is. */
export type Bytes = ArrayBufferView | ArrayBufferLike | { readonly bytes: Uint8Array } | Pointer;

/** The number of a character, as C's `'a'`. */
export function ch(character: string): number {
  requireString(character, 'ch');
  const unit = character.charCodeAt(0);
  return unit > 0x7f && unit < 0x100 ? unit - 0x100 : unit;
}

function requireString(text: unknown, where: string): asserts text is string {
  if (typeof text === 'string') return;
  throw new TypeError(`${where}: text is a string, got ${describe(text)}`);
}

/** The character at an index of a string; at its end the NUL that ends it in C. */
export function charAt(text: string, index: number): number {
  requireString(text, 'charAt');
  checkNumber(index, 'charAt: index');
  const unit = text.charCodeAt(index);
  return Number.isNaN(unit) ? 0 : unit;
}

/**
 * C's `char s[] = "text"`: bytes with room for the NUL.
 *
 * @param text the characters, as UTF-8
 * @param size of the array; as many bytes as the text needs where left out
 */
export function cstr(text: string, size?: number): Buffer<ArrayBuffer> {
  requireString(text, 'cstr');
  return filled(encodeText(text), Buffer.alloc, size, 'cstr');
}

/** C's `WCHAR s[] = L"text"`. */
export function wstr(text: string, size?: number): Uint16Array {
  requireString(text, 'wstr');
  return filled(wideUnits(text), (length) => new Uint16Array(length), size, 'wstr');
}

function filled<T extends Uint8Array | Uint16Array>(
  content: ArrayLike<number> & { length: number },
  make: (length: number) => T,
  size: number | undefined,
  where: string,
): T {
  const least = content.length;
  const result = allocated(size ?? least + 1, `${where}: size`, make);
  if (result.length < least) {
    throw new RangeError(`${where}: an array of ${size} characters does not hold ${least}`);
  }
  result.set(content);
  return result;
}

/** The text in characters up to their NUL. */
export function str(text: Text | null): string {
  if (text === null) return '(null)';
  if (typeof text === 'string') return text;
  checkText(text, 'text');
  const content = text.subarray(0, lengthOf(text));
  return isWide(text) ? wideText(content) : decodeText(content as Uint8Array);
}

const wideText = ({ buffer, byteOffset, byteLength }: ArrayBufferView): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf16le');

/** How many characters there are before the NUL, or in all of the memory. */
export function lengthOf(text: Characters): number {
  checkCharacters(text, 'text');
  const end = text.indexOf(0);
  return end < 0 ? text.length : end;
}

/** The units of a text: bytes, or those of wide text. */
export function unitsOf(text: Text, wide = false): Characters {
  checkText(text, 'text');
  if (typeof text !== 'string') return text.subarray(0, lengthOf(text));
  if (!wide) return encodeText(text);
  return wideUnits(text);
}

const wideUnits = (text: string): Uint16Array =>
  Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));

/** Writes characters and a NUL, if the memory has room. */
export function put(into: Characters, at: number, units: Characters, what: string): void {
  requireString(what, 'put: what');
  checkCharacters(into, `${what}: the memory`);
  checkCharacters(units, `${what}: the characters`);
  checkNumber(at, `${what}: the place`);
  if (at + units.length >= into.length) {
    throw new RangeError(
      `${what}: ${at + units.length} characters and the NUL do not fit into ${into.length}`,
    );
  }
  into.set(units, at);
  into[at + units.length] = 0;
}

/** How many bytes are seen of memory of the system, of which nothing says how far it goes. */
const FAR = 0x10000;

/** The bytes of memory of any kind, shared. At an address, `size` of them. */
export function bytesOf(memory: Bytes, size = FAR): Uint8Array {
  if (typeof memory === 'number') {
    const address = checkAddress(memory, 'memory');
    return memoryAt(address, mappedBytes(address, size, 'read'));
  }
  if (isUint8Array(memory)) {
    refuseDetached(memory, 'memory');
    return memory;
  }
  if (!isMemory(memory)) {
    throw new TypeError(
      `memory is a view, an ArrayBuffer, an array of C or an address, got ${describe(memory)}`,
    );
  }
  // Of a DataView too the bytes are those of a view, and of a detached one this is an error.
  const bytes = wholeBytesOf(memory);
  if (!isView(memory)) return bytes;
  // Numbers that end before their memory does: the byte behind the last pair is there, too.
  return new Uint8Array(bufferOf(bytes), byteOffsetOf(bytes));
}
