import { isForeign } from '../memory/foreign.ts';
import { bufferOf, byteOffsetOf } from '../memory/intrinsics.ts';
import { HasBytes } from '../memory/memory.ts';
import { place } from '../memory/places.ts';
import { charTextOf, encodeChars, utf8TextOf, wideTextOf } from '../memory/strings.ts';
import { reach } from '../memory/views.ts';
import { hostArch } from './arch.ts';
import type { AnyCType, ArrayType, CType } from './ctype.ts';
import { checkType, describe, INSPECT } from './describe.ts';
import { char, charUtf8, int8, int16, int32, uint8, uint16, uint32, wchar } from './scalars.ts';

/** `char name[n]`: bytes that read as text up to their NUL, in the code page of the A functions. */
export class CharArray extends Uint8Array {
  override toString(): string {
    return charTextOf(this);
  }

  /** Bytes that are no text print as bytes: `sa_data` is declared as characters, too. */
  [INSPECT](): string | Uint8Array {
    const text = this.toString();
    const isText = text === '' ? this.every((byte) => byte === 0) : isPrintable(text);
    return isText ? JSON.stringify(text) : new Uint8Array(this);
  }
}

/** A `char name[n]` whose text is UTF-8 on every system, such as a path of AF_UNIX. */
class Utf8CharArray extends CharArray {
  override toString(): string {
    return utf8TextOf(this);
  }
}

/** No control characters but those of lines, and no mark of bytes that are no UTF-8. */
function isPrintable(text: string): boolean {
  return [...text].every((one) => one >= ' ' || /\s/.test(one)) && !text.includes('\ufffd');
}

/** `WCHAR name[n]`: UTF-16 units that read as text up to their NUL. */
export class WideCharArray extends Uint16Array {
  override toString(): string {
    return wideTextOf(new Uint8Array(this.buffer, this.byteOffset, this.byteLength));
  }

  [INSPECT](): string {
    return JSON.stringify(this.toString());
  }
}

const INDEX = /^(0|[1-9][0-9]*)$/;

/** Reads and writes the elements of the array whose prototype chain an index came up through. */
const elementAccess: ProxyHandler<object> = {
  get(target, property, array: CArray<unknown>) {
    if (typeof property === 'string' && INDEX.test(property)) return array.at(Number(property));
    return Reflect.get(target, property, array);
  },
  set(target, property, value, array: CArray<unknown>) {
    if (typeof property === 'string' && INDEX.test(property)) {
      array.set(Number(property), value);
      return true;
    }
    return Reflect.set(target, property, value, array);
  },
};

/**
 * A base class that gives `[index]` a meaning. Its prototype is a proxy, which only indexes and
 * unknown names reach: an array itself stays a plain object, and passing it to a call costs nothing.
 * (Accessors for `[0]`, `[1]`, … on a prototype make Bun's engine treat all arrays of the process as
 * ones that could have them, which slows each of them down several times.)
 */
class Indexed extends HasBytes {}
Object.setPrototypeOf(
  Indexed.prototype,
  new Proxy(Object.create(HasBytes.prototype) as object, elementAccess),
);

/**
 * A C array of anything that JavaScript has no typed array for: records, pointers, handles.
 * Indexing, `at` and iteration read the memory; assigning to an index writes it.
 */
export class CArray<T> extends Indexed implements Iterable<T> {
  readonly type: CType<T>;
  readonly length: number;
  [index: number]: T;
  /** As `type`, for calls: neither a prototype nor a property of the program's answers in its place. */
  readonly #elements: CType<T>;

  constructor(type: CType<T>, bytes: Uint8Array<ArrayBuffer>, length: number) {
    super(bytes);
    this.type = type;
    this.length = length;
    this.#elements = type;
  }

  /** What an array is of; undefined for any other value. */
  static elementsOf(value: unknown): AnyCType | undefined {
    return typeof value === 'object' && value !== null && #elements in value
      ? value.#elements
      : undefined;
  }

  at(index: number): T | undefined {
    const whole = Math.trunc(index);
    const position = whole < 0 ? this.length + whole : whole;
    if (!(position >= 0 && position < this.length)) return undefined;
    return this.type.get(this.bytes, position * this.type.sizeOf(hostArch));
  }

  set(index: number, value: T): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`index ${index} is outside an array of ${this.length}`);
    }
    const where = `element ${index} of ${this.type.name}[${this.length}]`;
    this.type.set(this.bytes, index * this.type.sizeOf(hostArch), value, where);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.length; i++) yield this.at(i) as T;
  }

  /** An array of characters gives its text, up to the NUL; any other its elements with commas between them. */
  override toString(): string {
    if (this.type === charUtf8) return utf8TextOf(this.bytes);
    if (this.type === char) return charTextOf(this.bytes);
    return isWide(this.type) ? wideTextOf(this.bytes) : [...this].join();
  }

  [INSPECT](): T[] | string {
    const isText = isNarrow(this.type) || isWide(this.type);
    return isText ? JSON.stringify(this.toString()) : [...this];
  }
}

/** Frozen, so that a misspelt name is an error rather than a new property. */
function frozenArray<T>(type: CType<T>, bytes: Uint8Array<ArrayBuffer>, length: number): CArray<T> {
  const made = new CArray(type, bytes, length);
  Object.freeze(made);
  return made;
}

function isNarrow(type: AnyCType): boolean {
  return type === char || type === charUtf8;
}

function isWide(type: AnyCType): boolean {
  return type === wchar;
}

/** How many elements a field of the record says that the array at its end has. */
export type ElementCount = (record: Uint8Array) => number;

/**
 * The array at the end of a record that is declared with one element and has more: a count in the record
 * says how many. As in C an index may go beyond the first, as far as the memory goes that the record is a view of.
 */
class OpenArray<T> extends CArray<T> {
  readonly #record: Uint8Array<ArrayBuffer>;
  readonly #offset: number;
  readonly #count: ElementCount | undefined;

  constructor(
    type: CType<T>,
    record: Uint8Array<ArrayBuffer>,
    offset: number,
    count: ElementCount | undefined,
  ) {
    super(type, record.subarray(offset, offset + type.sizeOf(hostArch)), 1);
    this.#record = record;
    this.#offset = offset;
    this.#count = count;
  }

  override at(index: number): T | undefined {
    if (this.#isBeyond(index)) return undefined;
    const bytes = this.#elementAt(index);
    return bytes ? this.type.get(bytes, 0) : super.at(index);
  }

  override set(index: number, value: T): void {
    if (this.#isBeyond(index)) {
      throw new RangeError(`index ${index} is outside an array of ${this.#count?.(this.#record)}`);
    }
    const bytes = this.#elementAt(index);
    if (bytes) this.type.set(bytes, 0, value, `element ${index} of ${this.type.name}[]`);
    else super.set(index, value);
  }

  /** Of memory of the system's only the count says where it ends; of JavaScript's the memory does. */
  #isBeyond(index: number): boolean {
    if (!this.#count || !isForeign(bufferOf(this.#record))) return false;
    return index >= this.#count(this.#record);
  }

  #elementAt(index: number): Uint8Array<ArrayBuffer> | undefined {
    if (!(index > 0 && Number.isInteger(index))) return undefined;
    const size = this.type.sizeOf(hostArch);
    return reach(this.#record, this.#offset + index * size, size);
  }
}

/** Whether an array at the end of a record goes on: it is declared with one element, as C does it. */
export function isOpenArray(type: AnyCType): type is ArrayType<unknown> {
  return type.kind === 'array' && type.length === 1 && typedArrayFor(type.element) === undefined;
}

/** The elements of an array at the end of a record, of which the declaration shows one. */
export function openArray(
  type: ArrayType<unknown>,
  record: Uint8Array<ArrayBuffer>,
  offset: number,
  count: ElementCount | undefined,
): unknown {
  return Object.freeze(new OpenArray(type.element, record, offset, count));
}

type TypedArrayClass = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayBufferView;

/** What arrays read as whose elements have such a name; those of others are a `CArray`. */
interface TypedArrays {
  readonly char: CharArray;
  readonly WCHAR: WideCharArray;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly int32: Int32Array;
  readonly uint32: Uint32Array;
}

/** Element types for which JavaScript has a typed array that reads them as C would. */
function typedArrayFor(element: AnyCType): TypedArrayClass | undefined {
  switch (element) {
    case char:
      return CharArray;
    case charUtf8:
      return Utf8CharArray;
    case wchar:
      return WideCharArray;
    case uint8:
      return Uint8Array;
    case int8:
      return Int8Array;
    case int16:
      return Int16Array;
    case uint16:
      return Uint16Array;
    case int32:
      return Int32Array;
    case uint32:
      return Uint32Array;
    default:
      return undefined;
  }
}

/** `element[length]` at an offset of some memory, as a view. */
export function viewArray(
  element: AnyCType,
  memory: Uint8Array,
  offset: number,
  length: number,
): unknown {
  const bytes = length * element.sizeOf(hostArch);
  const buffer = bufferOf(memory);
  const start = byteOffsetOf(memory) + offset;
  const typed = typedArrayFor(element);
  // Packed records hold arrays at odd addresses, which a typed array cannot view.
  if (typed && start % element.alignOf(hostArch) === 0) {
    return new typed(buffer, start, length);
  }
  return frozenArray(element, new Uint8Array(buffer, start, bytes), length);
}

function writeArray(
  type: ArrayType<unknown>,
  memory: Uint8Array,
  offset: number,
  value: unknown,
  where: string,
): void {
  const { element, length } = type;
  const size = element.sizeOf(hostArch);
  if (typeof value === 'string') {
    writeText(type, memory, offset, value, where);
    return;
  }
  const values = iterableOf(value, where);
  if (values.length > length) {
    throw new RangeError(`${where} holds ${length} elements, got ${values.length}`);
  }
  values.forEach((item, index) => {
    element.set(memory, offset + index * size, item, `${where}[${index}]`);
  });
}

function writeText(
  type: ArrayType<unknown>,
  memory: Uint8Array,
  offset: number,
  text: string,
  where: string,
): void {
  const wide = isWide(type.element);
  if (!wide && !isNarrow(type.element)) {
    throw new TypeError(`${where} is an array of ${type.element.name}, not of characters`);
  }
  const encoded = unitsOf(type.element, text, where);
  const size = type.sizeOf(hostArch);
  // One unit is left for the NUL: text that only just fits is no C string any more.
  if (encoded.length + (wide ? 2 : 1) > size) {
    throw new RangeError(
      `${where} has room for ${size} bytes with the NUL; ${describe(text)} needs more`,
    );
  }
  memory.fill(0, offset, offset + size);
  memory.set(encoded, offset);
}

/** Text as the elements of an array of characters, without a NUL behind it. */
function unitsOf(element: AnyCType, text: string, where: string): Uint8Array {
  if (element === char) return encodeChars(text, where);
  return Buffer.from(text, isWide(element) ? 'utf16le' : 'utf8');
}

function iterableOf(value: unknown, where: string): unknown[] {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) {
    // Whatever its iterator gives: each value is checked as it is stored.
    return [...(value as Iterable<unknown>)];
  }
  throw new TypeError(`${where} must be an array, got ${describe(value)}`);
}

/** The type `element[length]`. */
export function array<Name extends keyof TypedArrays>(
  element: CType<number> & { readonly name: Name },
  length: number,
): ArrayType<TypedArrays[Name]>;
export function array<T>(element: CType<T>, length: number): ArrayType<CArray<T>>;
export function array(element: AnyCType, length: number): ArrayType<unknown> {
  const type: ArrayType<unknown> = {
    kind: 'array',
    name: `${element.name}[${length}]`,
    element,
    length,
    holdsPointer: element.holdsPointer,
    sizeOf: (arch) => element.sizeOf(arch) * length,
    alignOf: (arch) => element.alignOf(arch),
    get: (memory, offset) => viewArray(element, memory, offset, length),
    set: (memory, offset, value, where) => writeArray(type, memory, offset, value, where),
  };
  return type;
}

/**
 * Contiguous elements, as C's `T name[n]`.
 *
 * @param type the element type
 * @param content how many elements (zeroed), or their values, or for characters a text
 */
export function arrayOf<T>(type: CType<T>, content: number | Iterable<unknown>): CArray<T> {
  checkType(type, 'arrayOf');
  if (typeof content === 'string') return textArray(type, content);
  const values = typeof content === 'number' ? undefined : iterableOf(content, 'arrayOf: content');
  // What is no list of values is their number: see above.
  const length = values ? values.length : (content as number);
  if (!Number.isInteger(length) || length < 0) {
    throw new RangeError(`arrayOf: ${describe(content)} is not a length`);
  }
  const result = zeroedArray(type, length);
  // Setting an element refuses what is none of its type.
  for (const [index, value] of values?.entries() ?? []) result.set(index, value as T);
  return result;
}

function zeroedArray<T>(type: CType<T>, length: number): CArray<T> {
  const bytes = length * type.sizeOf(hostArch);
  const { buffer, byteOffset } = place(bytes, type.holdsPointer);
  return frozenArray(type, new Uint8Array(buffer, byteOffset, bytes), length);
}

/** As C's `char s[] = "text"`: with room for the NUL. */
function textArray<T>(type: CType<T>, text: string): CArray<T> {
  const where = 'arrayOf: content';
  const length = unitsOf(type, text, where).length / type.sizeOf(hostArch) + 1;
  const result = zeroedArray(type, length);
  array(type, length).set(result.bytes, 0, text, where);
  return result;
}
