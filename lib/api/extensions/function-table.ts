import type { CallbackType } from '../../ffi/callbacks/callback.ts';
import type { Failure } from '../../ffi/errors/failure.ts';
import { hostArch } from '../../ffi/types/arch.ts';
import type { Called, Pointer } from '../../ffi/types/ctype.ts';
import type { Struct, StructType } from '../../ffi/types/record.ts';
import type { Callable } from './callable.ts';

type AnyFunction = (...args: never[]) => unknown;

/** The fields of a record that hold addresses of functions. */
type FunctionField<T extends Struct> = {
  [K in Exclude<keyof T, keyof Struct>]: T[K] extends Pointer<infer F>
    ? F extends AnyFunction
      ? K
      : never
    : never;
}[Exclude<keyof T, keyof Struct>];

/** The documented name of a function, from the field that holds its address: `lpWSPBind`. */
type NameOf<K> = K extends `lp${infer Name}` ? Name : K;

/** The functions of a table under their names, with the types that implementations have. */
export type TableProcedures<T extends Struct> = {
  [K in FunctionField<T> as NameOf<K>]: T[K] extends Pointer<infer F> ? F : never;
};

/** The functions of a table under their names, as JavaScript calls them. */
export type TableFunctions<T extends Struct> = {
  readonly [K in FunctionField<T> as NameOf<K>]: T[K] extends Pointer<infer F extends Called>
    ? Callable<F>
    : never;
};

export interface TableEntry {
  readonly field: string;
  /** The documented name of the function. */
  readonly name: string;
  readonly offset: number;
  readonly type: CallbackType<AnyFunction>;
}

/** The functions of a record of function pointers, in its order. */
export function entriesOf<T extends Struct>(type: StructType<T>): TableEntry[] {
  return type
    .layoutFor(hostArch)
    .fields.filter((field) => field.type.kind === 'callback')
    .map(({ name: field, offset, type: entryType }) => ({
      field,
      name: field.replace(/^lp(?=[A-Z])/, ''),
      offset,
      // Only callbacks are left by the filter.
      type: entryType as unknown as CallbackType<AnyFunction>,
    }));
}

/** How the functions of a table say that they failed. */
export interface TableFailures {
  readonly usual: Failure;
  readonly others: Readonly<Record<string, Failure>>;
}

export function failureOf(failures: TableFailures, name: string): Failure {
  return failures.others[name] ?? failures.usual;
}

/**
 * The functions that a table of function pointers holds now; what is written into it later is not seen.
 *
 * Reading a function of which the table has no address throws, as does an address that the table
 * has beyond the size it gives of itself.
 *
 * @param table a record of function pointers
 * @param failures how they say that they failed
 * @param size how many bytes of the table are filled
 */
export function tableFunctions<T extends Struct>(
  table: T,
  failures: TableFailures,
  size: number = table.byteLength,
): TableFunctions<T> {
  // Records are made by `struct` only, and so of a class that is a record type.
  const type = table.constructor as unknown as StructType<T>;
  const functions: Record<string, unknown> = {};
  for (const { name, offset, type: entry } of entriesOf(type)) {
    // Of a table that ends before it, NULL.
    const address = offset < size ? entry.get(table, offset) : (0 as Pointer<AnyFunction>);
    let bound: unknown;
    Object.defineProperty(functions, name, {
      configurable: true,
      enumerable: true,
      get() {
        if (address === 0) throw new TypeError(`${name}: this ${type.name} has no such function`);
        bound ??= entry.at(address, name, failureOf(failures, name));
        return bound;
      },
    });
  }
  return functions as TableFunctions<T>;
}
