import { checkAddress, checkPointer } from '../memory/address.ts';
import { isForeign } from '../memory/foreign.ts';
import { bufferOf, byteLengthOf, byteOffsetOf } from '../memory/intrinsics.ts';
import { keepAlive, keptAt } from '../memory/kept.ts';
import { addressOf, bytesOf, isMemory, type Memory, refuseUnstable } from '../memory/memory.ts';
import {
  encodeCString,
  encodeWString,
  requireTerminator,
  stringAt,
  wideStringAt,
} from '../memory/strings.ts';
import { memoryAt, originOf, partOf, setOrigin } from '../memory/views.ts';
import { type Arch, hostArch } from './arch.ts';
import {
  type AnyCType,
  type CType,
  type Lazy,
  type Pointer,
  type PointerType,
  type RecordType,
  resolveType,
  type StringType,
} from './ctype.ts';
import { checkType, describe } from './describe.ts';
import { refuseOfAnotherCopy, type Struct, type StructType } from './record.ts';
import { Ref } from './ref.ts';
import { intptr } from './scalars.ts';

/** Writes the address of some memory, and keeps that memory alive as long as the pointer's own. */
export function storePointer(
  memory: Uint8Array,
  offset: number,
  target: unknown,
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
    intptr.set(memory, offset, check(target, where, { bytes: leastBytes }), where);
    keepAlive(memory, offset, null, 0);
    return;
  }
  const bytes = bytesOf(target, where);
  refuseOfAnotherCopy(bytes, where);
  if (byteLengthOf(bytes) < leastBytes) {
    throw new RangeError(
      `${where} points to ${leastBytes} bytes, but ${describe(target)} has ${byteLengthOf(bytes)}`,
    );
  }
  refuseUnstable(bytes, where);
  const address = addressOf(bytes);
  intptr.set(memory, offset, address, where);
  keepAlive(memory, offset, target, address);
}

/** Memory as a record, from which all of the memory can be reached. */
function recordOver(type: RecordType, bytes: Uint8Array<ArrayBuffer>): unknown {
  const view = new type(bufferOf(bytes), byteOffsetOf(bytes));
  setOrigin(view, originOf(bytes));
  return view;
}

/** The record at an address, or null at NULL. */
export function recordAt<T>(type: RecordType<T>, address: Pointer): T | null {
  return address === 0 ? null : new type(memoryAt(address, type.sizeOf(hostArch)).buffer, 0);
}

/** Pointers are stored and laid out alike, whatever they point to. */
abstract class AnyPointer {
  readonly holdsPointer = true;

  sizeOf(arch: Arch): number {
    return intptr.sizeOf(arch);
  }

  alignOf(arch: Arch): number {
    return intptr.alignOf(arch);
  }
}

/** `T *`. The headers have some hundred, all made at import. */
class PointerTo extends AnyPointer implements PointerType<unknown> {
  readonly kind = 'pointer';
  readonly #lazy: Lazy<AnyCType> | undefined;

  constructor(lazy: Lazy<AnyCType> | undefined) {
    super();
    this.#lazy = lazy;
  }

  get name(): string {
    return `${this.target?.name ?? 'void'} *`;
  }

  get target(): AnyCType | undefined {
    return this.#lazy === undefined ? undefined : resolveType(this.#lazy);
  }

  get(memory: Uint8Array, offset: number): unknown {
    // A number of a pointer's size is an address here.
    const address = intptr.get(memory, offset) as Pointer;
    const type = this.target;
    if (type?.kind !== 'record') return address;
    if (address === 0) return null;
    const known = keptAt(memory, offset, address);
    if (known instanceof type) return known;
    if (known && isMemory(known)) return recordOver(type, bytesOf(known));
    return recordAt(type, address);
  }

  set(memory: Uint8Array, offset: number, value: unknown, where: string): void {
    const type = this.target;
    const least = type?.kind === 'record' && !type.options.openEnded ? type.sizeOf(hostArch) : 0;
    // A `void *` may carry a number of the program's own.
    const check = type ? checkAddress : checkPointer;
    storePointer(memory, offset, value, where, least, check);
  }
}

/** `T *`. Without a type, `void *`. */
export function ptr<T extends Struct>(target: Lazy<StructType<T>>): PointerType<T | null>;
export function ptr<T>(target?: Lazy<CType<T>>): PointerType<Pointer<T>>;
export function ptr(lazy?: Lazy<AnyCType>): PointerType<unknown> {
  return new PointerTo(lazy);
}

/** `void *` */
export const pvoid: PointerType<Pointer> = /*#__PURE__*/ ptr();

class StringPointer extends AnyPointer implements StringType {
  readonly kind = 'string';
  readonly name: string;
  readonly wide: boolean;

  constructor(name: string, wide: boolean) {
    super();
    this.name = name;
    this.wide = wide;
  }

  get(memory: Uint8Array, offset: number): string | null {
    // A number of a pointer's size is an address here.
    const address = intptr.get(memory, offset) as Pointer;
    return this.wide ? wideStringAt(address) : stringAt(address);
  }

  set(memory: Uint8Array, offset: number, value: unknown, where: string): void {
    const encode = this.wide ? encodeWString : encodeCString;
    const target = typeof value === 'string' ? encode(value, where) : value;
    // How far memory of the system's own reaches is not known.
    const bytes = isMemory(target) ? bytesOf(target, where) : undefined;
    if (bytes && !isForeign(bufferOf(bytes))) requireTerminator(bytes, this.wide, where);
    storePointer(memory, offset, target, where);
  }
}

/** `char *` to a NUL-terminated string: a string in JavaScript, null for NULL. */
export const cstring: StringType = /*#__PURE__*/ new StringPointer('char *', false);
/** `WCHAR *` to a NUL-terminated string: a string in JavaScript, null for NULL. */
export const wstring: StringType = /*#__PURE__*/ new StringPointer('WCHAR *', true);

/**
 * Reads memory as another type, as C's `(T *)source` does.
 *
 * Memory of JavaScript's own must be large enough for the type. At an address there must be as much memory, which
 * the system is asked; whose it is, and how long it stays, the caller answers for, as in C.
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
export function cast(type: AnyCType, source: Memory | number | null, offset = 0): unknown {
  checkType(type, 'cast');
  if (source === null || source === 0) return null;
  if (!Number.isInteger(offset)) {
    throw new TypeError(`cast: the offset must be an integer, got ${describe(offset)}`);
  }
  const size = type.sizeOf(hostArch);
  const make = (bytes: Uint8Array<ArrayBuffer>, at: number) => {
    const buffer = bufferOf(bytes);
    const start = byteOffsetOf(bytes) + at;
    if (type.kind !== 'record') return new Ref(type, buffer, start);
    const rest = at === 0 ? bytes : new Uint8Array(buffer, start, byteLengthOf(bytes) - at);
    return recordOver(type, rest);
  };
  if (!isMemory(source)) {
    const address = checkPointer(source, 'cast') + offset;
    return make(memoryAt(checkAddress(address, 'cast', { bytes: size }), size), 0);
  }
  const bytes = bytesOf(source, 'cast');
  refuseOfAnotherCopy(bytes, 'cast');
  if (isForeign(bufferOf(bytes))) return make(partOf(bytes, offset, size), 0);
  const whole = originOf(bytes);
  const start = byteOffsetOf(bytes) - byteOffsetOf(whole) + offset;
  const room = byteLengthOf(whole);
  if (start < 0 || start + size > room) {
    throw new RangeError(
      `cast: ${type.name} takes ${size} bytes, but ${describe(source)} has ${room - start} from offset ${offset}`,
    );
  }
  return make(whole, start);
}
