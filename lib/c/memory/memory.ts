import {
  CArray,
  type CType,
  cast,
  intptr,
  type Pointer,
  pvoid,
  type Struct,
  type StructType,
  sizeof,
} from '../../ffi/index.ts';
import { bufferOf, byteLengthOf, byteOffsetOf, isView } from '../../ffi/memory/intrinsics.ts';
import { keptAt } from '../../ffi/memory/kept.ts';
import { addressOf, HasBytes } from '../../ffi/memory/memory.ts';
import { describe } from '../../ffi/types/describe.ts';
import { allocated, checkCount, checkFunction, checkNumber, checkObject } from '../text/checks.ts';
import { type Bytes, bytesOf } from '../text/text.ts';
import { exactly, wholeOf } from './reach.ts';

/** A variable of JavaScript whose place is handed on, as C's `char *p` whose `&p` is. */
export class Box<T> {
  value: T;
  constructor(value: T) {
    this.value = value;
  }
}

/** What `malloc` gave, by address: whoever has only the address must find it there until `free`. */
const heap = new Map<number, Uint8Array>();

/** Memory that stays where it is until `free`; zeroed, which C does not promise. */
export function malloc(size: number): Uint8Array {
  return taken(size, 'malloc');
}

function taken(size: number, where: string): Uint8Array {
  const memory = allocated(
    size,
    `${where}: size`,
    (bytes) => new Uint8Array(new ArrayBuffer(Math.max(bytes, 1))),
  );
  heap.set(addressOf(memory), memory);
  return memory.subarray(0, size);
}

export function calloc(count: number, size: number): Uint8Array {
  checkCount(count, 'calloc: number');
  checkCount(size, 'calloc: size');
  return taken(count * size, 'calloc');
}

export function realloc(memory: Bytes | null, size: number): Uint8Array {
  const result = taken(size, 'realloc');
  if (memory !== null && memory !== 0) {
    const old =
      typeof memory === 'number' ? heap.get(memory) : heap.get(addressOf(bytesOf(memory)));
    const content = old ?? bytesOf(memory);
    result.set(content.subarray(0, Math.min(content.length, size)));
    free(memory);
  }
  return result;
}

/** Gives memory of `malloc` back. Any other object needs no end. */
export function free(memory: unknown): void {
  if (heap.size === 0) return;
  if (typeof memory === 'number') heap.delete(memory);
  else if (isView(memory) && byteLengthOf(bytesOf(memory)) > 0) heap.delete(addressOf(memory));
}

/**
 * As memcpy. The two must not overlap, but may.
 *
 * @throws RangeError where either has fewer bytes
 */
export function memcpy<T extends Bytes>(into: T, from: Bytes, size: number): T {
  const target = exactly(into, size, 'memcpy: dest');
  target.set(exactly(from, size, 'memcpy: src'));
  return into;
}
export const memmove = memcpy;
export function CopyMemory(into: Bytes, from: Bytes, size: number): void {
  memcpy(into, from, size);
}
export const MoveMemory = CopyMemory;

export function memcpy_s(into: Bytes, room: number, from: Bytes, size: number): number {
  checkCount(room, 'memcpy_s: destSize');
  checkCount(size, 'memcpy_s: count');
  if (size > room) return 34;
  memcpy(into, from, size);
  return 0;
}
export const memmove_s = memcpy_s;

export function memset<T extends Bytes>(into: T, byte: number, size: number): T {
  checkNumber(byte, 'memset: c');
  exactly(into, size, 'memset: dest').fill(byte & 0xff);
  return into;
}

/** Below zero, zero or above, by the first bytes that differ. */
export function memcmp(a: Bytes, b: Bytes, size: number): number {
  return Buffer.compare(exactly(a, size, 'memcmp: buf1'), exactly(b, size, 'memcmp: buf2'));
}

export function memchr(memory: Uint8Array, byte: number, size: number): Uint8Array | null {
  checkNumber(byte, 'memchr: c');
  checkCount(size, 'memchr: count');
  const bytes = bytesOf(memory);
  const at = bytes.subarray(0, size).indexOf(byte & 0xff);
  return at < 0 ? null : bytes.subarray(at);
}

const VIEWS = new Map(
  [Uint8Array, Int8Array, Uint16Array, Int16Array, Uint32Array, Int32Array].map((view) => [
    view.name,
    view,
  ]),
);

/**
 * `p - n`: the same memory from `n` elements before.
 *
 * @throws TypeError for what is no typed array
 */
export function back<
  T extends Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array,
>(memory: T, n: number): T {
  const View = VIEWS.get(memory?.[Symbol.toStringTag]);
  if (!View) throw new TypeError(`back: a pointer is a typed array, got ${describe(memory)}`);
  checkCount(n, 'back: n');
  const start = memory.byteOffset - n * View.BYTES_PER_ELEMENT;
  if (start < wholeOf(bytesOf(memory)).start) return beforeStart(memory, n);
  // Of the kind that the memory has.
  return new View(memory.buffer as ArrayBuffer, start, memory.length + n) as T;
}

/** A pointer before the start of its memory, which can only be compared and moved back. */
function beforeStart<
  T extends Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array,
>(memory: T, n: number): T {
  const none = memory.subarray(0, 0) as T;
  return Object.defineProperties(none, {
    byteOffset: { value: memory.byteOffset - n * memory.BYTES_PER_ELEMENT },
    subarray: {
      value: (by: number) => (by >= n ? memory.subarray(by - n) : beforeStart(memory, n - by)),
    },
  });
}

/**
 * A pointer to structures, `n` of them further: `p + n`. It may be the one behind the last of an array,
 * which has no fields.
 */
export function moved<T extends Struct>(
  type: StructType<T>,
  place: T | CArray<T> | Pointer<unknown>,
  n: number,
): T {
  const size = sizeof(type);
  checkNumber(n, 'moved: n');
  if (typeof place === 'number') return cast(type, (place + n * size) as Pointer);
  const bytes = bytesOf(place);
  const buffer = bufferOf(bytes);
  const start = byteOffsetOf(bytes) + n * size;
  if (!Number.isInteger(start) || start < 0 || start > buffer.byteLength) {
    throw new RangeError(`${n} of ${type.name} are outside of the memory`);
  }
  const isWhole = start + size <= buffer.byteLength;
  if (isWhole) return cast(type, new Uint8Array(buffer, start, size));
  // Nothing can be read of what lies past its memory's end: it stands for the address only.
  return new Uint8Array(buffer, start, 0) as unknown as T;
}

/** `p + n` for numbers that JavaScript has no typed array for. */
export function movedIn<T>(array: CArray<T>, n: number): CArray<T> {
  const bytes = HasBytes.bytesOf(array);
  if (!bytes) throw new TypeError(`movedIn: an array of C is needed, got ${describe(array)}`);
  checkNumber(n, 'movedIn: n');
  const { type, length } = array;
  const size = sizeof(type);
  const buffer = bufferOf(bytes);
  const start = byteOffsetOf(bytes) + n * size;
  const end = start + Math.max(0, length - n) * size;
  if (!Number.isInteger(start) || start < 0 || end > buffer.byteLength) {
    throw new RangeError(`movedIn: ${n} of ${type.name} are outside of the memory`);
  }
  return elements(type, new Uint8Array(buffer, start, end - start));
}

interface ArrayClass<T> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
}

/** Memory as an array of numbers, as C's `(unsigned short *)memory`. */
export function view<T>(type: ArrayClass<T>, memory: Bytes): T;
export function view<T>(type: ArrayClass<T>, memory: Bytes | null): T | null;
export function view<T>(type: ArrayClass<T>, memory: Bytes | null): T | null {
  if (memory === null) return null;
  checkFunction(type, 'view: the class of the array');
  const size = type.BYTES_PER_ELEMENT;
  checkCount(size, `view: the bytes of an element of ${describe(type)}`);
  const bytes = bytesOf(memory);
  const offset = byteOffsetOf(bytes);
  if (offset % size === 0) {
    return new type(bufferOf(bytes), offset, Math.floor(byteLengthOf(bytes) / size));
  }
  throw new RangeError(`numbers of ${size} bytes at an odd address`);
}

/** Memory as an array of what JavaScript has no typed array for: handles, structures. */
export function elements<T>(type: CType<T>, memory: Uint8Array): CArray<T> {
  // It has the memory that it was given.
  const bytes = bytesOf(memory) as Uint8Array<ArrayBuffer>;
  return new CArray(type, bytes, Math.floor(byteLengthOf(bytes) / sizeof(type)));
}

/** Whether two pointers are equal. */
export function samePlace(a: Bytes | null, b: Bytes | null): boolean {
  if (a === null || b === null) return (a ?? 0) === (b ?? 0);
  return placeOf(a) === placeOf(b);
}

const placeOf = (memory: Bytes): number =>
  typeof memory === 'number' ? memory : addressOf(bytesOf(memory));

/** The pointer at an index of an array of pointers at an address; 0 for NULL. */
export function pointerAt(address: Pointer<unknown>, index: number): Pointer {
  checkNumber(index, 'pointerAt: index');
  const place: { value: Pointer } | null = cast(pvoid, address, index * 8);
  if (place === null) throw new TypeError('pointerAt: there is nothing at NULL');
  return place.value;
}

/**
 * Copies a structure of JavaScript's own, or some of its fields, or the elements of an array, as C's
 * assignment does: arrays and structures in it with what they have, pointers as they are.
 */
export function assign<T extends object>(into: T, from: Partial<T> | T | readonly unknown[]): T {
  checkObject(into, 'a structure or an array', 'assign: what is assigned to');
  checkObject(from, 'a structure or an array', 'assign: what is assigned');
  if (ArrayBuffer.isView(into) || Array.isArray(into)) {
    store(into, from, into);
    return into;
  }
  // What a new structure has by itself is part of it; what a pointer points to is not.
  const fresh = freshOf(into);
  const target = into as Record<string, unknown>;
  for (const [name, value] of Object.entries(from)) {
    if (!store(target[name], value, fresh[name])) target[name] = value;
  }
  return into;
}

/** @throws TypeError for an object that nothing without arguments makes */
function freshOf(structure: object): Record<string, unknown> {
  try {
    return new (structure.constructor as new () => Record<string, unknown>)();
  } catch {
    throw new TypeError(`assign: ${describe(structure)} is no structure of the program's`);
  }
}

/** Copies a part of a structure into its place; false for what has no memory of its own. */
function store(place: unknown, value: unknown, fresh: unknown): boolean {
  if (ArrayBuffer.isView(fresh)) {
    const memory = place as Uint8Array;
    if (memory === value) return true;
    const content = bytesOf(value as Bytes);
    const bytes = bytesOf(memory);
    if (byteLengthOf(content) > byteLengthOf(bytes)) {
      throw new RangeError(
        `assign: ${byteLengthOf(content)} bytes into memory of ${byteLengthOf(bytes)}`,
      );
    }
    bytes.fill(0);
    bytes.set(content);
    return true;
  }
  if (fresh instanceof CArray) {
    (place as CArray<unknown>).bytes.set((value as CArray<unknown>).bytes);
    return true;
  }
  if (Array.isArray(fresh)) {
    const list = place as unknown[];
    if (!Array.isArray(value)) {
      throw new TypeError(`assign: an array is needed, got ${describe(value)}`);
    }
    value.forEach((one, index) => {
      if (!store(list[index], one, fresh[index])) list[index] = one;
    });
    return true;
  }
  if (typeof fresh === 'object' && fresh !== null && !(fresh instanceof Box)) {
    assign(place as object, value as object);
    return true;
  }
  return false;
}

/** Sets all structures of an array to zero. */
export function clear(list: object[]): void {
  if (!Array.isArray(list)) throw new TypeError(`clear: an array, got ${describe(list)}`);
  for (const one of list) {
    checkObject(one, 'a structure', 'clear: an element');
    assign(one, freshOf(one));
  }
}

/** The first of its arguments, the value of C's `x++`: the others are worked out behind it. */
export function first<T>(value: T, ..._then: unknown[]): T {
  return value;
}

/**
 * C's `place op= value` where finding the place changes something, as `next()->count += 2`: it is found once.
 *
 * @param key of an array or a structure
 * @param change what becomes of the value that is there
 * @returns what is there now
 */
export function update<T extends object, K extends keyof T>(
  object: T,
  key: K,
  change: (value: T[K]) => T[K],
): T[K] {
  checkObject(object, 'an array or a structure', 'update: the place');
  checkFunction(change, 'update: change');
  object[key] = change(object[key]);
  return object[key];
}

/** A type that lies in memory as a pointer does, and reads and writes in its own way. */
export function likePointer<T>(own: Pick<CType<T>, 'name' | 'get' | 'set'>): CType<T> {
  // Asked of `pvoid` itself, what it points to is private to it.
  const all = { ...own, target: undefined };
  return Object.create(pvoid, Object.getOwnPropertyDescriptors(all)) as CType<T>;
}

/** A `char *` or `unsigned char *` in a structure: reads as the bytes that were stored. */
export const memoryPtr = likePointer<Uint8Array | null>({
  name: 'unsigned char *',
  get(memory, offset) {
    const address = intptr.get(memory, offset) as Pointer;
    if (address === 0) return null;
    const known = keptAt(memory, offset, address);
    return bytesOf((known as Uint8Array | undefined) ?? address);
  },
  // `set` refuses what is no pointer.
  set: (memory, offset, value, where) => pvoid.set(memory, offset, value as never, where),
});

/** Where a statement could not be translated: what the program says is missing here. */
export function todo(text: string): never {
  throw new Error(`not translated yet: ${text}`);
}

export function assert(holds: boolean): void {
  if (!holds) throw new Error('Assertion failed');
}
