import type { WSAQUERYSET2W, WSAQUERYSETW, WSASERVICECLASSINFOW } from '../../defs/winsock2.g.ts';
import type { sockaddr } from '../../defs/ws2def.g.ts';
import type { Pointer } from '../ffi/ctype.ts';
import type { Func } from '../ffi/function.ts';
import type { BufferArg, CallbackArg, ScalarArg, StringArg, StructArg } from '../ffi/parameters.ts';
import type { Struct } from '../ffi/record.ts';

/** What marks an address among the numbers. */
type PointerMark = Exclude<keyof Pointer, keyof number>;

type AnyFunction = (...args: never[]) => unknown;

/** Records that are the beginning of something longer, so that memory of any kind stands for them. */
type OpenEnded = sockaddr | WSAQUERYSETW | WSAQUERYSET2W | WSASERVICECLASSINFOW;

/** What may be given where a callback of the same type would get a `T`. */
export type NativeArg<T> = [T] extends [string | null]
  ? StringArg
  : [T] extends [Struct | null]
    ? null extends T
      ? [T] extends [OpenEnded | null]
        ? BufferArg
        : StructArg<NonNullable<T>>
      : T
    : PointerMark extends keyof T
      ? T extends Pointer<infer Target>
        ? Target extends AnyFunction
          ? CallbackArg<Target>
          : unknown extends Target
            ? BufferArg
            : ScalarArg<Target>
        : never
      : T;

type NativeArgs<Args extends readonly unknown[]> = {
  [Index in keyof Args]: NativeArg<Args[Index]>;
};

/** A native function as JavaScript calls it, from the type that a callback in its place would have. */
export type Callable<F> = F extends (...args: infer Args) => infer Result
  ? Func<(...args: NativeArgs<Args>) => Result>
  : never;
