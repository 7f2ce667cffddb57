import {
  type Advice,
  bytesOf,
  checkAddress,
  checkPointer,
  isDetached,
  isForeign,
  isMemory,
  markFreed,
  reaches,
  refuseUnstable,
} from '../memory/memory.ts';
import { encodeCString, encodeWString, requireTerminator } from '../memory/strings.ts';
import { ABI_SIGNED_POINTER_SIZED } from '../native/native.ts';
import { hostArch } from '../types/arch.ts';
import { CArray } from '../types/array.ts';
import type { AnyFunction, CType, Pointer } from '../types/ctype.ts';
import { describe } from '../types/ctype.ts';
import type { PointerType, Ref } from '../types/pointer.ts';
import { type RecordType, Struct } from '../types/record.ts';
import { char, type IntegerType, uint64, wchar } from '../types/scalars.ts';
import { type Bound, fieldCheckFor, isMeasured, tooSmall } from './bounds.ts';
import type { Callback, CallbackType } from './callback.ts';

export type Direction = 'in' | 'out' | 'inout';

/** Marks memory that the system keeps using after the call has returned. */
export const kept = 'kept';

/** Marks a pointer that must not be NULL: the system would not survive it. */
export const required = 'required';

/** Marks memory that a function frees, so that it must be memory that the system allocated. */
export const systemOwned = 'systemOwned';

type Mark = typeof kept | typeof required | typeof systemOwned;

export interface Parameter {
  readonly name: string;
  readonly type: CType<unknown>;
  readonly direction: Direction;
  readonly bound: Bound | undefined;
  readonly kept: boolean;
  readonly required: boolean;
  readonly systemOwned: boolean;
}

/** One parameter of a function: its C name and type, and for pointers what happens to the memory. */
export function p(
  name: string,
  type: CType<never> | CType<unknown>,
  ...rest: readonly (Direction | Bound | Mark)[]
): Parameter {
  let direction: Direction = 'in';
  let bound: Bound | undefined;
  const marks = new Set<Mark>();
  for (const item of rest) {
    if (typeof item === 'object') bound = item;
    else if (item === 'in' || item === 'out' || item === 'inout') direction = item;
    else marks.add(item);
  }
  return {
    name,
    type: type as CType<unknown>,
    direction,
    bound,
    kept: marks.has(kept),
    required: marks.has(required),
    systemOwned: marks.has(systemOwned),
  };
}

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
/** Memory that is no variable of another type. */
type PlainMemory = ArrayBufferView & { readonly type?: never };
/** What may be given for a NUL-terminated string that is only read. */
export type StringArg = string | Uint8Array | Uint16Array | Pointer | null;
/** What may be given for a callback. */
export type CallbackArg<F extends AnyFunction> = F | Callback<F> | Pointer<F> | null;

/** What may be written to a field that points to a function. */
export type CallbackField<F extends AnyFunction> = Callback<F> | Pointer<F> | null;

/** Turns an argument into what the foreign call takes. Throws before anything native happens. */
export type Converter = (argument: unknown) => unknown;

/** Memory that must be released, or callbacks that must be unregistered, when the call is over. */
export interface Transient {
  /** What a callback threw. */
  errors: unknown[] | undefined;
  close(): void;
}

/** koffi's name for a type as a parameter or a result. */
export function abiOf(type: CType<unknown>): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'integer': {
      const { width, signed } = type as IntegerType;
      return width === 'pointer' ? ABI_SIGNED_POINTER_SIZED : `${signed ? '' : 'u'}int${width}_t`;
    }
    case 'float':
      return type.name;
    case 'record':
      return abiOfRecordByValue(type);
    default:
      return 'void *';
  }
}

/**
 * Records passed by value. On 64-bit Windows one of 1, 2, 4 or 8 bytes travels as an integer and a
 * larger one as the address of a copy, so neither needs a description of its fields.
 */
function abiOfRecordByValue(type: CType<unknown>): string {
  const size = type.sizeOf(hostArch);
  if (size === 1 || size === 2 || size === 4 || (size === 8 && hostArch !== 'ia32')) {
    return `uint${size * 8}_t`;
  }
  if (size > 16 && hostArch !== 'ia32') return 'void *';
  throw new TypeError(`passing ${type.name} by value is not supported on ${hostArch}`);
}

function leastBytes(parameter: Parameter): number {
  const { bound, type } = parameter;
  if (bound) return bound.kind === 'minBytes' ? bound.least : 0;
  return (type as PointerType<unknown>).target?.sizeOf(hostArch) ?? 0;
}

function pointerConverter(parameter: Parameter, where: string): Converter {
  const least = leastBytes(parameter);
  const { target } = parameter.type as PointerType<unknown>;
  const takesText = parameter.direction === 'in' && target === char;
  const record = wantedRecord(parameter);
  const check = parameter.bound?.kind === 'opaque' ? checkPointer : checkAddress;
  const advice = adviceFor(parameter);
  const checkFields = record && fieldCheckFor(target as unknown as RecordType, where);
  return (argument) => {
    if (argument === null) return null;
    let memory: Uint8Array;
    if (argument instanceof Uint8Array) {
      memory = argument;
      if (record && !(argument instanceof record) && argument instanceof Struct) {
        throw wrongRecord(where, record, describe(argument));
      }
    } else if (argument instanceof CArray) {
      memory = argument.bytes;
      if (record && argument.type.kind === 'record' && argument.type !== target) {
        throw wrongRecord(where, record, `an array of ${argument.type.name}`);
      }
      if (isOtherText(target, argument.type)) {
        throw new TypeError(
          `${where} must be characters of type ${target?.name}, got an array of ${argument.type.name}`,
        );
      }
    } else if (isMemory(argument)) memory = bytesOf(argument);
    else if (takesText && typeof argument === 'string') memory = encodeCString(argument, where);
    else return check(argument, where, undefined, advice) || null;
    if (memory.byteLength < least && !reaches(memory, least))
      throw tooSmall(where, memory.byteLength, least);
    if (parameter.systemOwned) checkFreeable(memory, where);
    if (parameter.kept) refuseUnstable(memory, where);
    else if (isDetached(memory)) throw new TypeError(`${where}: the ArrayBuffer is detached`);
    checkFields?.(memory);
    return memory;
  };
}

/** Characters of the other width, which are memory as good as any, but for another text. */
function isOtherText(wanted: CType<unknown> | undefined, given: CType<unknown>): boolean {
  return (wanted === char && given === wchar) || (wanted === wchar && given === char);
}

/** What to write in place of an argument that is no memory. */
function adviceFor({ direction, type }: Parameter): Advice {
  return (argument) => {
    const { target } = type as PointerType<unknown>;
    const name = target?.name ?? 'void';
    if (Array.isArray(argument)) return target ? `; pass arrayOf(${name}, […])` : '';
    if (target?.kind === 'record') {
      const isWhole = !(target as unknown as RecordType).options.openEnded;
      return isWhole && typeof argument === 'object' ? `; pass new ${name}({ … })` : '';
    }
    if (typeof argument === 'string') {
      return direction === 'in' ? '; pass Buffer.from(text)' : '; pass Buffer.alloc(size)';
    }
    if (typeof argument !== 'number' && typeof argument !== 'boolean') return '';
    const variable = target?.kind === 'integer' && target !== char ? name : 'int';
    return `; pass a variable: ref(${variable}, ${Number(argument)})`;
  };
}

const adviseText: Advice = (argument) =>
  typeof argument === 'number' ? `; pass '${argument}', a string` : '';

/** What the system did not allocate it cannot free, and nothing is freed twice. */
function checkFreeable(memory: Uint8Array, where: string): void {
  if (!isForeign(memory.buffer)) {
    throw new TypeError(`${where} is freed by this call, but it is memory of JavaScript's own`);
  }
  if (!markFreed(memory.buffer)) throw new TypeError(`${where} has been freed before`);
}

function wrongRecord(where: string, wanted: { readonly name: string }, given: string): TypeError {
  return new TypeError(`${where} must be ${wanted.name}, got ${given}; cast it`);
}

/**
 * The record that a pointer must point to. Where a length in bytes goes with the pointer, as with
 * every `sockaddr *`, the function takes records of several types, and any is accepted.
 */
function wantedRecord({ bound, type }: Parameter): (new () => Struct) | undefined {
  const { target } = type as PointerType<unknown>;
  if (target?.kind !== 'record') return undefined;
  const counted = !bound || bound.kind === 'count' || bound.kind === 'countAt';
  return counted ? (target as unknown as new () => Struct) : undefined;
}

function stringConverter(parameter: Parameter, where: string): Converter {
  const wide = parameter.type.name !== 'char *';
  const encode = wide ? encodeWString : encodeCString;
  // A window class may be an atom, a small number in place of its name.
  const check = parameter.bound?.kind === 'opaque' ? checkPointer : checkAddress;
  return (argument) => {
    if (argument === null) return null;
    if (typeof argument === 'string') return encode(argument, where);
    if (!isMemory(argument)) {
      return check(argument, where, 'a string, memory or null', adviseText) || null;
    }
    const memory = bytesOf(argument);
    requireTerminator(memory, wide, where);
    return memory;
  };
}

function recordByValueConverter(parameter: Parameter, where: string): Converter {
  const type = parameter.type as CType<Struct> & { new (): Struct };
  const size = type.sizeOf(hostArch);
  return (argument) => {
    if (!(argument instanceof type)) {
      throw new TypeError(`${where} must be a ${type.name}, got ${describe(argument)}`);
    }
    // A view of an ArrayBuffer that was transferred since, or that shrank, has none left.
    if (argument.byteLength !== size) throw tooSmall(where, argument.byteLength, size);
    if (size > 8) return argument;
    return size === 8 ? uint64.get(argument, 0) : integerOf(argument);
  };
}

function integerOf(memory: Uint8Array): number {
  return memory.reduceRight((value, byte) => value * 256 + byte, 0);
}

function callbackConverter(
  parameter: Parameter,
  where: string,
  transients: Transient[],
): Converter {
  const type = parameter.type as CallbackType<(...args: never[]) => unknown>;
  return (argument) => {
    if (argument === null) return null;
    if (typeof argument !== 'function') return type.pointerOf(argument, where) || null;
    if (parameter.kept) {
      throw new TypeError(
        `${where}: the system calls this function after the call has returned; ` +
          `register it with ${type.name}.register(function) and close it when it is no longer needed`,
      );
    }
    const callback = type.register(argument as (...args: never[]) => unknown);
    callback.errors = [];
    transients.push(callback);
    return callback.address;
  };
}

/** The conversion of one argument of a call. */
export function converterFor(
  parameter: Parameter,
  syscall: string,
  transients: Transient[],
): Converter {
  const convert = converterForType(parameter, syscall, transients);
  if (!parameter.required || isMeasured(parameter.bound)) return convert;
  return (argument) => {
    const converted = convert(argument);
    if (converted === null) throw new TypeError(`${syscall}: ${parameter.name} must not be NULL`);
    return converted;
  };
}

function converterForType(
  parameter: Parameter,
  syscall: string,
  transients: Transient[],
): Converter {
  const { type } = parameter;
  const where = `${syscall}: ${parameter.name}`;
  switch (type.kind) {
    case 'integer': {
      const { check } = type as IntegerType;
      return (argument) => check(argument, where);
    }
    case 'float':
      return (argument) => {
        if (typeof argument === 'number') return argument;
        throw new TypeError(`${where} must be a number, got ${describe(argument)}`);
      };
    case 'string':
      return stringConverter(parameter, where);
    case 'callback':
      return callbackConverter(parameter, where, transients);
    case 'record':
      return recordByValueConverter(parameter, where);
    default:
      return pointerConverter(parameter, where);
  }
}
