import {
  addressOf,
  bytesOf,
  checkAddress,
  checkPointer,
  isForeign,
  isMemory,
  keepAlive,
  keptAt,
  type Memory,
  memoryAt,
  originOf,
  place,
  refuseUnstable,
  setOrigin,
} from '../memory/memory.ts';
import {
  encodeCString,
  encodeWString,
  requireTerminator,
  stringAt,
  wideStringAt,
} from '../memory/strings.ts';
import { hostArch } from './arch.ts';
import type { CType, Lazy, Pointer } from './ctype.ts';
import { checkType, describe, printable } from './ctype.ts';
import type { Struct, StructType } from './record.ts';
import { intptr } from './scalars.ts';

/** A pointer as a type: to a record, which reads as the record, or to anything else, which reads as an address. */
export interface PointerType<T> extends CType<T> {
  readonly kind: 'pointer';
  /** What it points to; undefined for `void *`. */
  readonly target: CType<unknown> | undefined;
}

function resolve(target: Lazy<CType<unknown>> | undefined): CType<unknown> | undefined {
  // Record types are classes and so functions too; only a thunk lacks `kind`.
  return typeof target === 'function' && !('kind' in target)
    ? (target as () => CType<unknown>)()
    : (target as CType<unknown> | undefined);
}

function isRecordType(type: CType<unknown> | undefined): type is StructType<Struct> {
  return type?.kind === 'record';
}

/** Pointers are stored and laid out alike, whatever they point to. */
const pointerBase = {
  holdsPointer: true,
  sizeOf: intptr.sizeOf,
  alignOf: intptr.alignOf,
} as const;

/** Writes the address of some memory, and keeps that memory alive as long as the pointer's own. */
export function storePointer(
  memory: Uint8Array,
  offset: number,
  target: Memory | number | bigint | null | undefined,
  where: string,
  leastBytes = 0,
  check = checkAddress,
): void {
  if (target === null || target === undefined || target === 0) {
    intptr.set(memory, offset, 0, where);
    keepAlive(memory, offset, null, 0);
    return;
  }
  if (!isMemory(target)) {
    intptr.set(memory, offset, check(target, where), where);
    keepAlive(memory, offset, null, 0);
    return;
  }
  const bytes = bytesOf(target);
  if (bytes.byteLength < leastBytes) {
    throw new RangeError(
      `${where} points to ${leastBytes} bytes, but ${describe(target)} has ${bytes.byteLength}`,
    );
  }
  refuseUnstable(bytes, where);
  const address = addressOf(bytes);
  intptr.set(memory, offset, address, where);
  keepAlive(memory, offset, target, address);
}

function viewOf<T extends Struct>(type: StructType<T>, bytes: Uint8Array): T {
  const view = new type(bytes.buffer, bytes.byteOffset);
  setOrigin(view, originOf(bytes));
  return view;
}

/** The record at an address, or null at NULL. */
export function recordAt<T extends Struct>(type: StructType<T>, address: Pointer): T | null {
  if (address === 0) return null;
  const bytes = memoryAt(address, type.sizeOf(hostArch));
  return new type(bytes.buffer, bytes.byteOffset);
}

/** `T *`. Without a type, `void *`. */
export function ptr<T extends Struct>(target: Lazy<StructType<T>>): PointerType<T | null>;
export function ptr<T>(target?: Lazy<CType<T>>): PointerType<Pointer<T>>;
export function ptr(target?: Lazy<CType<never> | CType<unknown>>): PointerType<unknown> {
  const lazy = target as Lazy<CType<unknown>> | undefined;
  return {
    ...pointerBase,
    kind: 'pointer',
    get name() {
      return `${resolve(lazy)?.name ?? 'void'} *`;
    },
    get target() {
      return resolve(lazy);
    },
    get(memory, offset) {
      const address = intptr.get(memory, offset) as Pointer;
      const type = resolve(lazy);
      if (!isRecordType(type)) return address;
      if (address === 0) return null;
      const known = keptAt(memory, offset, address);
      if (known instanceof type) return known;
      if (known && isMemory(known)) return viewOf(type, bytesOf(known));
      return recordAt(type, address);
    },
    set(memory, offset, value, where) {
      const type = resolve(lazy);
      const isWhole = isRecordType(type) && !type.options.openEnded;
      const least = isWhole ? type.sizeOf(hostArch) : 0;
      // A `void *` may carry a number of the program's own.
      const check = type ? checkAddress : checkPointer;
      storePointer(memory, offset, value as Memory | number | null, where, least, check);
    },
  };
}

/** `void *` */
export const pvoid: PointerType<Pointer> = ptr();

function stringType(
  name: string,
  read: (address: Pointer) => string | null,
  encode: (text: string, where: string) => Buffer,
): CType<string | null> {
  return {
    ...pointerBase,
    kind: 'string',
    name,
    get: (memory, offset) => read(intptr.get(memory, offset) as Pointer),
    set(memory, offset, value, where) {
      const target = typeof value === 'string' ? encode(value, where) : value;
      // How far memory of the system's own reaches is not known.
      if (isMemory(target) && !isForeign(bytesOf(target).buffer)) {
        requireTerminator(bytesOf(target), encode === encodeWString, where);
      }
      storePointer(memory, offset, target, where);
    },
  };
}

/** `char *` to a NUL-terminated string: a string in JavaScript, null for NULL. */
export const cstring = stringType('char *', stringAt, encodeCString);
/** `WCHAR *` to a NUL-terminated string: a string in JavaScript, null for NULL. */
export const wstring = stringType('WCHAR *', wideStringAt, encodeWString);

/** A variable of a C type, for parameters that a function reads or writes through a pointer. */
export class Ref<T = unknown> extends Uint8Array {
  readonly type: CType<T>;

  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }

  constructor(type: CType<T>, buffer: ArrayBufferLike, byteOffset: number) {
    super(buffer as ArrayBuffer, byteOffset, type.sizeOf(hostArch));
    this.type = type;
  }

  get value(): T {
    return this.type.get(this, 0);
  }

  set value(value: T) {
    this.type.set(this, 0, value, `a ${this.type.name}`);
  }

  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return `ref(${this.type.name}, ${inspect(printable(this.type, this.value), options)})`;
  }
}

/**
 * A variable, as C's `int n = 5` whose `&n` is handed to a function.
 *
 * @param type its C type
 * @param value its first value; zero where left out
 */
export function ref<T>(type: CType<T>, value?: T): Ref<T> {
  checkType(type, 'ref');
  const home = place(type.sizeOf(hostArch), type.holdsPointer);
  const variable = new Ref(type, home.buffer, home.byteOffset);
  if (value !== undefined) variable.value = value;
  return variable;
}

/**
 * The same memory as another type, as C's `(T *)source`.
 *
 * Memory of JavaScript's own must be large enough for the type. How far memory at an address
 * reaches is not known, so there, as in C, the caller answers for it.
 *
 * @param type a record type, or a scalar type
 * @param source memory, or an address; null gives null
 * @param offset bytes from the start of the source
 * @returns a view of the record, or a variable of the scalar type
 */
export function cast<T extends Struct>(
  type: StructType<T>,
  source: Memory | number,
  offset?: number,
): T;
export function cast<T extends Struct>(
  type: StructType<T>,
  source: Memory | number | null,
  offset?: number,
): T | null;
export function cast<T>(type: CType<T>, source: Memory | number, offset?: number): Ref<T>;
export function cast(type: CType<unknown>, source: Memory | number | null, offset = 0): unknown {
  checkType(type, 'cast');
  if (source === null || source === 0) return null;
  if (!Number.isInteger(offset)) {
    throw new TypeError(`cast: the offset must be an integer, got ${describe(offset)}`);
  }
  const size = type.sizeOf(hostArch);
  const make = (bytes: Uint8Array, at: number) =>
    isRecordType(type)
      ? viewOf(type, at === 0 ? bytes : bytes.subarray(at))
      : new Ref(type, bytes.buffer, bytes.byteOffset + at);
  if (!isMemory(source))
    return make(memoryAt((checkAddress(source, 'cast') + offset) as Pointer, size), 0);
  const bytes = bytesOf(source);
  if (isForeign(bytes.buffer))
    return make(memoryAt((addressOf(bytes) + offset) as Pointer, size), 0);
  const whole = originOf(bytes);
  const start = bytes.byteOffset - whole.byteOffset + offset;
  if (start < 0 || start + size > whole.byteLength) {
    throw new RangeError(
      `cast: ${type.name} takes ${size} bytes, but ${describe(source)} has ${whole.byteLength - start} from offset ${offset}`,
    );
  }
  return make(whole, start);
}
