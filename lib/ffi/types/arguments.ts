/** What may be given for a parameter or a field of a type. */
import type { CArray } from './array.ts';
import type { Callback } from './callback.ts';
import type { AnyFunction, Pointer } from './ctype.ts';
import type { Ref } from './ref.ts';

/** What records have and other memory has not, in types only. */
export declare const isRecord: unique symbol;

/** What may be given for a buffer of bytes, a `void *`, or a `sockaddr *`. */
export type BufferArg = ArrayBufferView | ArrayBufferLike | CArray<unknown> | Pointer | null;
/** What may be given for a pointer to a record. */
export type StructArg<T> = T | CArray<T> | Pointer<T> | null;
/** What may be given for a pointer to a number or to a pointer. */
export type ScalarArg<T = unknown> =
  | Ref<T>
  | Ref<Pointer>
  | PlainMemory
  | CArray<T>
  | Pointer
  | null;
/** Memory that is neither a variable of another type nor a record. */
type PlainMemory = ArrayBufferView & { readonly type?: never; readonly [isRecord]?: never };
/** What may be given for a NUL-terminated string that is only read. */
export type StringArg = string | Uint8Array | Uint16Array | Pointer | null;
/** What may be given for a callback. */
export type CallbackArg<F extends AnyFunction> = F | Callback<F> | Pointer<F> | null;

/** What may be written to a field that points to a function. */
export type CallbackField<F extends AnyFunction> = Callback<F> | Pointer<F> | null;
