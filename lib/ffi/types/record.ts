import { isGone } from '../memory/freed.ts';
import { bufferOf, byteLengthOf, byteOffsetOf, isBuffer, isView } from '../memory/intrinsics.ts';
import { copyKept } from '../memory/kept.ts';
import { bytesOf, HasBytes } from '../memory/memory.ts';
import { place } from '../memory/places.ts';
import { types } from '../native/builtins.ts';
import { isWatched } from '../native/settings.ts';
import { ARCHITECTURES, type Arch, hostArch } from './arch.ts';
import type { BufferArg, CallbackField, isRecord } from './arguments.ts';
import { type CArray, type ElementCount, isOpenArray, openArray } from './array.ts';
import { isBits, readBits, writeBits } from './bits.ts';
import { Bytes } from './bytes.ts';
import type {
  AnyCType,
  AnyFunction,
  FieldLayout,
  Fields,
  Layout,
  PointeeKey,
  Pointer,
  RecordOptions,
  RecordShape,
  RecordType,
} from './ctype.ts';
import { checkType, describe, INSPECT, printable, withArticle } from './describe.ts';
import { computeLayout, fieldAt } from './layout.ts';

/**
 * A C struct or union: its bytes, with an accessor for each field. It goes to a call as it is,
 * without conversion, and what the call writes is read from it at once.
 */
export class Struct extends Bytes {
  declare readonly [isRecord]: true;

  override toString(): string {
    return `[${this.constructor.name}]`;
  }

  [INSPECT](
    depth: number,
    options: { stylize(text: string, style: string): string },
    inspect: (value: unknown, options: object) => string,
  ): string {
    // Records are made by `define` only, and so of a class that is a record type.
    const type = this.constructor as unknown as RecordType<Struct>;
    const text = type.options.text?.(this);
    if (text !== undefined) return `${type.name}(${options.stylize(text, 'string')})`;
    if (depth < 0) return options.stylize(`[${type.name}]`, 'special');
    const shown = Object.fromEntries(
      type
        .layoutFor(hostArch)
        .fields.map((field) => [field.name, printable(field.type, readField(field, this))]),
    );
    return `${type.name} ${inspect(shown, { ...options, depth })}`;
  }
}

declare const openEnded: unique symbol;
/** A record that is only the beginning of others, so that a pointer to it takes memory of any kind. */
export interface OpenEnded extends Struct {
  readonly [openEnded]?: never;
}

/**
 * What may be given for a record or a field: some of its fields, which a record itself has too, an array or its
 * elements or its text, memory or a registered callback for a pointer.
 */
export type Init<T> = T extends Struct
  ? FieldsOf<T>
  : T extends ArrayBufferView | Iterable<unknown>
    ? T | string | Iterable<unknown>
    : T extends Pointer<infer F extends AnyFunction>
      ? CallbackField<F>
      : PointeeKey extends keyof T
        ? T | BufferArg
        : T;

/** Some fields of a record: nothing else, so that an editor shows just them. */
export type FieldsOf<T extends Struct> = InitOf<T, Exclude<keyof T, keyof OpenEnded>>;

/** With the names as a parameter, fields keep what is said of them. */
type InitOf<T extends Struct, Names extends keyof T> = {
  [K in Names]?: null extends T[K] ? NullableInit<T[K]> : Init<T[K]>;
};

/** A field that can be NULL points somewhere: to a record, or the first of many, or to text. */
type NullableInit<T> = typeof openEnded extends keyof NonNullable<T>
  ? BufferArg
  : T | (NonNullable<T> extends Struct ? CArray<NonNullable<T>> : never);

/** The class of a C struct or union. */
export interface StructType<T extends Struct> extends RecordType<T> {
  /** A zeroed record, with the given fields set. */
  new (init?: Init<T>): T;
  /**
   * The record at an offset of existing memory, as a view. The offset is not left out: with one signature for one
   * argument, a wrong field is one error at that field.
   */
  new (buffer: ArrayBufferLike, byteOffset: number): T;
}

function readField(field: FieldLayout, memory: Uint8Array): unknown {
  return isBits(field) ? readBits(field, memory) : field.type.get(memory, field.offset);
}

/** What reads how many elements the array at the end of a record has; undefined where no field says it. */
function elementCountOf(record: RecordShape, array: string): ElementCount | undefined {
  const counting = record.options.counted?.[array];
  if (counting === undefined) return undefined;
  const { type, offset } = fieldAt(record, counting);
  return (memory) => Number(type.get(memory, offset));
}

function getterOf(
  field: FieldLayout,
  isLast: boolean,
  record: RecordShape,
): (this: Struct) => unknown {
  const { offset, type } = field;
  if (isBits(field)) {
    return function get() {
      return readBits(field, this);
    };
  }
  if (isLast && isOpenArray(type)) {
    const count = elementCountOf(record, field.name);
    return function get() {
      return openArray(type, this, offset, count);
    };
  }
  if (isWatched) {
    return function get() {
      requireThere(this, record.name);
      return type.get(this, offset);
    };
  }
  return function get() {
    return type.get(this, offset);
  };
}

/** @throws TypeError where a record's memory was freed by the system */
function requireThere(memory: Uint8Array, name: string): void {
  if (isGone(memory)) throw new TypeError(`${name}: its memory has been freed`);
}

function setterOf(field: FieldLayout, where: string): (this: Struct, value: unknown) => void {
  const { offset, type } = field;
  if (isBits(field)) {
    return function set(value) {
      writeBits(field, this, value, where);
    };
  }
  return function set(value) {
    type.set(this, offset, value, where);
  };
}

function defineField(
  type: RecordType<Struct>,
  name: string,
  field: FieldLayout,
  isLast = false,
): void {
  Object.defineProperty(type.prototype, name, {
    configurable: true,
    enumerable: true,
    get: getterOf(field, isLast, type),
    set: setterOf(field, `${type.name}.${name}`),
  });
}

/** Record types by the prototype of their records, which a program cannot put into an object of its own. */
const recordTypes = new WeakMap<object, RecordType<Struct>>();

const { getPrototypeOf, hasOwn } = Object;
const bytesPrototype: object = Uint8Array.prototype;

/**
 * The type of the record that memory is, or derives from; undefined for memory that is none. Nothing of the
 * program's own runs for it, neither a trap of a proxy among the prototypes nor `Symbol.hasInstance`: it
 * could take away memory that this call has looked at before.
 */
export function recordTypeOf(memory: Uint8Array): RecordType | undefined {
  let at = getPrototypeOf(memory) as object | null;
  while (at !== null && at !== bytesPrototype) {
    const type = recordTypes.get(at);
    if (type) return type;
    if (types.isProxy(at)) return undefined;
    // A prototype is an object or null.
    at = getPrototypeOf(at) as object | null;
  }
  return undefined;
}

/**
 * Marks the records of any copy of the package that hold pointers, of whatever realm. What those lead to is known to
 * the copy that made the record, and to no other.
 */
const WITH_POINTERS = Symbol.for('winsock: a record with pointers');

/** @throws TypeError for a record of another copy of the package whose pointers could not be measured here */
export function refuseOfAnotherCopy(memory: Uint8Array, where: string): void {
  let at = getPrototypeOf(memory) as object | null;
  while (at !== null && at !== bytesPrototype && !recordTypes.has(at)) {
    if (types.isProxy(at)) return;
    if (hasOwn(at, WITH_POINTERS)) {
      throw new TypeError(
        `${where}: this record is of another copy of winsock, which alone knows what its pointers lead to; make it with this one`,
      );
    }
    at = getPrototypeOf(at) as object | null;
  }
}

/** Sets fields by name. Unknown names are refused: they are spelling mistakes. */
function assign(type: RecordType<Struct>, record: Struct, init: unknown): void {
  if (init instanceof Struct) {
    copyInto(type, record, 0, init, type.name);
    return;
  }
  if (typeof init !== 'object' || init === null) {
    throw new TypeError(`${type.name}: expected its fields, got ${describe(init)}`);
  }
  for (const [name, value] of Object.entries(init)) {
    if (!isFieldName(type, name)) throw new TypeError(`${type.name} has no field ${name}`);
    Reflect.set(record, name, value);
  }
}

function isFieldName(type: RecordShape, name: string): boolean {
  return (
    type.layoutFor(hostArch).fields.some((field) => field.name === name) ||
    Object.hasOwn(type.options.aliases ?? {}, name)
  );
}

function copyInto(
  type: RecordType<Struct>,
  memory: Uint8Array,
  offset: number,
  source: Struct,
  where: string,
): void {
  if (!(source instanceof type)) {
    throw new TypeError(`${where} must be ${withArticle(type.name)}, got ${describe(source)}`);
  }
  memory.set(source, offset);
  if (type.holdsPointer) copyKept(source, memory, offset);
}

/** A record type as it is here: with what it was made of, and what was made of that. */
interface Made extends RecordType<Struct> {
  isUnion: boolean;
  options: RecordOptions;
  fields: () => Fields;
  /** Of this architecture, once somebody has asked. */
  layout: Layout | undefined;
  pointers: boolean | undefined;
  /** Whether its records have their accessors. */
  prepared: boolean;
}

/** Makes the accessors: at the first use, so that importing a header lays nothing out. */
function prepare(type: Made): Layout {
  const layout = type.layoutFor(hostArch);
  for (const field of layout.fields) {
    // A field named `length` or `buffer` would take the place of what the bytes themselves need.
    if (field.name in Struct.prototype) {
      throw new TypeError(
        `${type.name}.${field.name}: the name is taken by Uint8Array; choose another`,
      );
    }
    defineField(type, field.name, field, !type.isUnion && field === layout.fields.at(-1));
  }
  for (const [alias, path] of Object.entries(type.options.aliases ?? {})) {
    defineField(type, alias, fieldAt(type, path));
  }
  if (type.holdsPointer) Object.defineProperty(type.prototype, WITH_POINTERS, { value: true });
  type.prepared = true;
  return layout;
}

/**
 * What all record types have in common. Each of them is a class below this one: what it had of its own would be
 * made at import for every record of the headers.
 */
class RecordClass extends Struct {
  static readonly kind = 'record';
  static isUnion = false;
  static options: RecordOptions = {};
  static layout: Layout | undefined;
  static pointers: boolean | undefined;
  static prepared = false;

  static get holdsPointer(): boolean {
    const type = made(this);
    type.pointers ??= type.layoutFor(hostArch).fields.some((field) => field.type.holdsPointer);
    return type.pointers;
  }

  static fieldsOf(arch: Arch): Fields {
    const { options, fields } = made(this);
    return (options.byArch?.[arch] ?? fields)();
  }

  static layoutFor(arch: Arch): Layout {
    const type = made(this);
    if (arch !== hostArch) return computeLayout(type, arch);
    type.layout ??= computeLayout(type, arch);
    return type.layout;
  }

  static sizeOf(arch: Arch): number {
    return made(this).layoutFor(arch).size;
  }

  static alignOf(arch: Arch): number {
    return made(this).layoutFor(arch).align;
  }

  static get(memory: Uint8Array, offset: number): Struct {
    return new (made(this))(bufferOf(memory), byteOffsetOf(memory) + offset);
  }

  static set(memory: Uint8Array, offset: number, value: unknown, where: string): void {
    const type = made(this);
    if (value instanceof Struct) copyInto(type, memory, offset, value, where);
    else assign(type, new type(bufferOf(memory), byteOffsetOf(memory) + offset), value);
  }

  constructor(type: Made, source: unknown, byteOffset: number) {
    const { size } = type.prepared ? type.layoutFor(hostArch) : prepare(type);
    if (isBuffer(source)) {
      super(source, byteOffset, size);
    } else {
      const home = place(size, type.holdsPointer);
      super(home.buffer, home.byteOffset, size);
      if (source !== undefined) assign(type, this, source);
    }
  }
}

/** A class below `RecordClass`, which `define` has given what a record type has. */
function made(type: object): Made {
  return type as Made;
}

function define(
  name: string,
  isUnion: boolean,
  fields: () => Fields,
  options: RecordOptions | undefined,
): RecordType<Struct> {
  const type: Made = made(
    {
      [name]: class extends RecordClass {
        // A program's own class below this one has the layout of this one, whatever it says of itself.
        constructor(source?: unknown, byteOffset = 0) {
          super(type, source, byteOffset);
        }
      },
    }[name]!,
  );
  type.fields = fields;
  if (isUnion) type.isUnion = true;
  if (options) type.options = options;
  recordTypes.set(type.prototype, type);
  return type;
}

/** The record that fields of these types make: what TypeScript knows of `struct('point', { x: int, y: int })`. */
export type RecordOf<F extends Fields> = Struct & { -readonly [Name in keyof F]: ValueOf<F[Name]> };

/** What a field of a type reads as. */
type ValueOf<Type> = Type extends { get(memory: Uint8Array, offset: number): infer Value }
  ? Value
  : never;

/**
 * Defines a C struct.
 *
 * @param name its name in C, for messages
 * @param fields its fields in their order. The type of the record follows from them. A function that gives them
 *   is asked at the first use, so it may name records declared later, and the record itself; TypeScript has to
 *   be told the type then
 * @param options what the declaration has beside the fields
 */
export function struct<const F extends Fields>(
  name: string,
  fields: F,
  options?: RecordOptions,
): StructType<RecordOf<F>>;
export function struct<T extends Struct>(
  name: string,
  fields: () => Fields,
  options?: RecordOptions,
): StructType<T>;
export function struct(
  name: string,
  fields: Fields | (() => Fields),
  options?: RecordOptions,
): RecordType {
  return define(name, false, asked(fields), options);
}

/** Defines a C union, as `struct` defines a struct. */
export function union<const F extends Fields>(
  name: string,
  fields: F,
  options?: RecordOptions,
): StructType<RecordOf<F>>;
export function union<T extends Struct>(
  name: string,
  fields: () => Fields,
  options?: RecordOptions,
): StructType<T>;
export function union(
  name: string,
  fields: Fields | (() => Fields),
  options?: RecordOptions,
): RecordType {
  return define(name, true, asked(fields), options);
}

function asked(fields: Fields | (() => Fields)): () => Fields {
  return typeof fields === 'function' ? fields : () => fields;
}

/** Size in bytes, as C's sizeof: of a type, or of a value's memory. */
export function sizeof(
  what: Pick<AnyCType, 'sizeOf'> | ArrayBufferView | HasBytes,
  arch: Arch = hostArch,
): number {
  if (!ARCHITECTURES.includes(arch)) throw new RangeError(`unknown architecture ${describe(arch)}`);
  if (isView(what)) return byteLengthOf(bytesOf(what, 'sizeof'));
  if (what !== null && (typeof what === 'object' || typeof what === 'function')) {
    if ('sizeOf' in what) return what.sizeOf(arch);
    const bytes = HasBytes.bytesOf(what);
    if (bytes) return byteLengthOf(bytes);
  }
  throw new TypeError(`sizeof: ${describe(what)} has no size in C`);
}

/** Offset in bytes of a field, as C's offsetof. `field` may be a path: 'S_un.S_addr'. */
export function offsetof(type: RecordShape, field: string, arch: Arch = hostArch): number {
  checkType(type, 'offsetof');
  return fieldAt(type, field, arch).offset;
}
