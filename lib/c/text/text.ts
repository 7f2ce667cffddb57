import type { Pointer } from '../../ffi/index.ts';
import { checkAddress } from '../../ffi/memory/address.ts';
import { mappedBytes } from '../../ffi/memory/mapped.ts';
import { memoryAt } from '../../ffi/memory/views.ts';
import { decodeText, encodeText } from './encoding.ts';

/** Text that a function of C reads: of JavaScript, or characters up to their NUL. */
export type Text = string | Uint8Array | Uint16Array;
/** Memory of characters, which a function of C writes text to. */
export type Characters = Uint8Array | Uint16Array;
/** Memory, or where it is. */
export type Bytes = ArrayBufferView | ArrayBufferLike | { readonly bytes: Uint8Array } | Pointer;

/** The number of a character, as C's `'a'`. */
export function ch(character: string): number {
  const unit = character.charCodeAt(0);
  return unit > 0x7f && unit < 0x100 ? unit - 0x100 : unit;
}

/** The character at an index of a string; at its end the NUL that ends it in C. */
export function charAt(text: string, index: number): number {
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
  return filled(encodeText(text), Buffer.alloc, 1, size, text);
}

/** C's `WCHAR s[] = L"text"`. */
export function wstr(text: string, size?: number): Uint16Array {
  return filled(wideUnits(text), (length) => new Uint16Array(length), 1, size, text);
}

function filled<T extends Uint8Array | Uint16Array>(
  content: ArrayLike<number> & { length: number },
  make: (length: number) => T,
  end: number,
  size: number | undefined,
  text: string,
): T {
  const least = content.length;
  if (size !== undefined && size < least) {
    throw new RangeError(`an array of ${size} characters does not hold ${JSON.stringify(text)}`);
  }
  const result = make(size ?? least + end);
  result.set(content);
  return result;
}

/** The text in characters up to their NUL. */
export function str(text: Text | null): string {
  if (text === null) return '(null)';
  if (typeof text === 'string') return text;
  const content = text.subarray(0, lengthOf(text));
  if (text instanceof Uint16Array) return String.fromCharCode(...content);
  return decodeText(content as Uint8Array);
}

/** How many characters there are before the NUL, or in all of the memory. */
export function lengthOf(text: Characters): number {
  const end = text.indexOf(0);
  return end < 0 ? text.length : end;
}

/** The units of a text: bytes, or those of wide text. */
export function unitsOf(text: Text, wide = false): Characters {
  if (typeof text !== 'string') return text.subarray(0, lengthOf(text));
  if (!wide) return encodeText(text);
  return wideUnits(text);
}

const wideUnits = (text: string): Uint16Array =>
  Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));

/** Writes characters and a NUL, if the memory has room. */
export function put(into: Characters, at: number, units: Characters, what: string): void {
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
  if (memory instanceof Uint8Array) return memory;
  if (ArrayBuffer.isView(memory)) {
    // Numbers that end before their memory does: the byte behind the last pair is there, too.
    return new Uint8Array(memory.buffer, memory.byteOffset);
  }
  return 'bytes' in memory ? memory.bytes : new Uint8Array(memory);
}
