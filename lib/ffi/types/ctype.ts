import type { Arch } from './arch.ts';

/**
 * What every C type can do: say its size and alignment on an architecture, and read and write a
 * value of it in memory. `get` and `set` use the layout of the running process.
 */
export interface CType<T = unknown> {
  readonly kind: Kind;
  /** The name in C, for messages. */
  readonly name: string;
  sizeOf(arch: Arch): number;
  alignOf(arch: Arch): number;
  /** True where the value is or holds an address, so its memory may have to keep other memory alive. */
  readonly holdsPointer: boolean;
  get(memory: Uint8Array, offset: number): T;
  set(memory: Uint8Array, offset: number, value: T, where: string): void;
}

export type Kind =
  | 'void'
  | 'integer'
  | 'float'
  | 'string'
  | 'pointer'
  | 'callback'
  | 'array'
  | 'bits'
  | 'anonymous'
  | 'record';

/** A type, or a function that gives it: records may point to records that are declared later. */
export type Lazy<T> = T | (() => T);

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

/** Refuses what is no type: most often a name that was imported from an entry point that lacks it. */
export function checkType(type: unknown, caller: string): void {
  if (typeof (type as CType | undefined)?.sizeOf === 'function') return;
  throw new TypeError(
    `${caller}: a type is needed first, such as int or sockaddr_in, got ${describe(type)}`,
  );
}

/** A value of a type as inspection shows it: an address in hexadecimal. */
export function printable({ kind }: Pick<CType, 'kind'>, value: unknown): unknown {
  if (kind !== 'pointer' || typeof value !== 'number') return value;
  const text = value === 0 ? 'NULL' : `0x${value.toString(16)}`;
  return { [Symbol.for('nodejs.util.inspect.custom')]: () => text };
}

/** A readable rendering of a wrong argument, short enough for a message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string')
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`;
  if (typeof value === 'symbol') return 'a symbol';
  return value.constructor?.name ?? 'an object';
}
