/** The types of C as values: what each kind of type says of itself. */
import type { Arch } from './arch.ts';
import type { Bound } from './bound.ts';

/**
 * What every C type can do: say its size and alignment on an architecture, and read and write a
 * value of it in memory. `get` and `set` use the layout of the running process.
 */
interface BaseType<T> {
  /** The name in C, for messages. */
  readonly name: string;
  sizeOf(arch: Arch): number;
  alignOf(arch: Arch): number;
  /** True where the value is or holds an address, so its memory may have to keep other memory alive. */
  readonly holdsPointer: boolean;
  get(memory: Uint8Array, offset: number): T;
  /** Takes whatever may stand for a `T`, and refuses the rest. */
  set(memory: Uint8Array, offset: number, value: unknown, where: string): void;
}

/** The absence of a value: the result of a function that returns nothing. */
export interface VoidType<T = undefined> extends BaseType<T> {
  readonly kind: 'void';
}

/** An integer type as C has it. */
export interface IntegerType<T = number> extends BaseType<T> {
  readonly kind: 'integer';
  readonly signed: boolean;
  /** 'pointer' for the types that are as wide as an address. */
  readonly width: 8 | 16 | 32 | 64 | 'pointer';
  /** Checks a value and gives it in the form the foreign call takes. */
  check(value: unknown, where: string): T;
}

export interface FloatType<T = number> extends BaseType<T> {
  readonly kind: 'float';
}

/** A pointer to text that ends with a NUL: a string in JavaScript, null for NULL. */
export interface StringType<T = string | null> extends BaseType<T> {
  readonly kind: 'string';
  /** Whether its characters are of 16 bits. */
  readonly wide: boolean;
}

/** A pointer as a type: to a record, which reads as the record, or to anything else, which reads as an address. */
export interface PointerType<T> extends BaseType<T> {
  readonly kind: 'pointer';
  /** What it points to; undefined for `void *`. */
  readonly target: AnyCType | undefined;
}

/** A JavaScript function that native code can call until it is closed. */
export interface RegisteredFunction {
  /** For native code; 0 once it is closed. */
  readonly address: Pointer;
  /** What the function threw, where it serves one call only; undefined where it serves any number. */
  errors: unknown[] | undefined;
  close(): void;
}

/** A pointer to a function, as a type. */
export interface FunctionPointerType<T> extends BaseType<T> {
  readonly kind: 'callback';
  /** Makes a JavaScript function callable by native code, until it is closed. */
  register(target: AnyFunction): RegisteredFunction;
  /** The address that an argument or a field value stands for. */
  pointerOf(value: unknown, where: string): T;
}

/** A fixed-length C array as a type. */
export interface ArrayType<T> extends BaseType<T> {
  readonly kind: 'array';
  readonly element: AnyCType;
  readonly length: number;
}

/** A bit-field: some bits of an integer. */
export interface BitsType<T = number> extends BaseType<T> {
  readonly kind: 'bits';
  readonly base: IntegerType<number> | IntegerType<bigint>;
  readonly bits: number;
}

/** An unnamed member: its fields count as fields of the record around it. */
export interface AnonymousType<T = never> extends BaseType<T> {
  readonly kind: 'anonymous';
  readonly record: RecordShape;
}

export type Fields = Readonly<Record<string, AnyCType>>;

export interface RecordOptions {
  /** As #pragma pack. */
  readonly pack?: 1 | 2 | 4 | 8;
  /** As __declspec(align). */
  readonly align?: number;
  /** Other names of fields, as C headers define them by macro: { s_addr: 'S_un.S_addr' }. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Only the beginning of other records, some of which are shorter than this one. */
  readonly openEnded?: boolean;
  /** How much memory pointers and arrays have, by lengths that are fields: { buf: bytes('len') }. */
  readonly measured?: Readonly<Record<string, Bound>>;
  /** Arrays of which a field says how many elements are used: { Table: 'NumEntries' }. */
  readonly counted?: Readonly<Record<string, string>>;
  /** What a record is printed as in place of its fields; undefined where its bytes are none. */
  readonly text?: (bytes: Uint8Array) => string | undefined;
  /** Fields where an architecture has others, or another order. */
  readonly byArch?: Readonly<Partial<Record<Arch, () => Fields>>>;
}

/** What is known of a record without its class. */
export interface RecordShape {
  readonly name: string;
  readonly isUnion: boolean;
  readonly options: RecordOptions;
  fieldsOf(arch: Arch): Fields;
  layoutFor(arch: Arch): Layout;
}

export interface FieldLayout {
  readonly name: string;
  readonly type: AnyCType;
  readonly offset: number;
  /** The first bit of a bit-field in the integer at `offset`; undefined for a field of whole bytes. */
  readonly bit?: number;
}

export interface Layout {
  readonly size: number;
  readonly align: number;
  /** In order of declaration, those of anonymous members in their place. */
  readonly fields: readonly FieldLayout[];
}

/** The class of a C struct or union, which is its type as well. */
export interface RecordType<T = unknown> extends BaseType<T>, RecordShape {
  readonly kind: 'record';
  readonly name: string;
  readonly prototype: T;
  /** The record at an offset of existing memory, as a view; zeroed memory of its own without any. */
  new (buffer: ArrayBufferLike, byteOffset: number): T & Uint8Array<ArrayBuffer>;
}

/** A C type whose values read as `T` in JavaScript. `kind` tells which of them it is. */
export type CType<T = unknown> =
  | VoidType<T>
  | IntegerType<T>
  | FloatType<T>
  | StringType<T>
  | PointerType<T>
  | FunctionPointerType<T>
  | ArrayType<T>
  | BitsType<T>
  | AnonymousType<T>
  | RecordType<T>;

/** A C type that a variable may have by itself. A record is memory already, and needs none. */
export type VariableType<T = unknown> =
  | IntegerType<T>
  | FloatType<T>
  | StringType<T>
  | PointerType<T>
  | FunctionPointerType<T>
  | ArrayType<T>;

/** A C type of whatever values: any CType<T> is one, because values go in and out of it unread. */
export type AnyCType = CType<unknown>;

export type Kind = AnyCType['kind'];

/** A type, or a function that gives it: records may point to records that are declared later. */
export type Lazy<T> = T | (() => T);

/** The type of a thunk, or the type itself. A record type is a class, and so a function as well. */
export function resolveType<T extends { readonly kind: Kind }>(type: Lazy<T>): T {
  return 'kind' in type ? type : type();
}

/** What a pointer points to; undefined for a `void *`, and for a type that is no pointer. */
export function targetOf(type: AnyCType): AnyCType | undefined {
  return type.kind === 'pointer' ? type.target : undefined;
}

/** Any function type. */
export type AnyFunction = (...args: never[]) => unknown;

declare const flavor: unique symbol;
/** Tells numbers of different meaning apart (a SOCKET is not a HANDLE) while plain numbers still fit. */
export interface Flavor<Name extends string> {
  readonly [flavor]?: Name;
}

declare const pointee: unique symbol;
/** What tells the type of an address from that of a number. */
export type PointeeKey = typeof pointee;
/** An address in this process: a number, 0 for NULL. */
export type Pointer<T = unknown> = number & { readonly [pointee]: T };

declare const called: unique symbol;
/**
 * On the type of a function of native code, as an implementation of it sees its arguments: the type as a
 * caller in JavaScript gives them.
 */
export interface Called<F extends AnyFunction = AnyFunction> {
  readonly [called]?: F;
}
/** The type by which a function of native code is called. */
export type CallOf<F extends Called> = NonNullable<F[typeof called]>;
