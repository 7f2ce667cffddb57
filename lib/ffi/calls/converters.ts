/** How an argument becomes what the foreign call takes, or is refused. */
import { type Advice, checkAddress, checkPointer } from '../memory/address.ts';
import { homeOf } from '../memory/copies.ts';
import { isForeign } from '../memory/foreign.ts';
import { ANY_TYPE, checkFreeable, markFreed } from '../memory/freed.ts';
import { bufferOf, byteLengthOf, isUint8Array } from '../memory/intrinsics.ts';
import { bytesOf, isDetached, isMemory, refuseUnstable } from '../memory/memory.ts';
import {
  encodeCString,
  encodeWString,
  requireTerminator,
  requireTerminatorAt,
} from '../memory/strings.ts';
import { reaches } from '../memory/views.ts';
import { hostArch } from '../types/arch.ts';
import { CArray } from '../types/array.ts';
import { countsElements, isMeasured } from '../types/bound.ts';
import {
  type AnyCType,
  type AnyFunction,
  type FunctionPointerType,
  type RecordType,
  type RegisteredFunction,
  targetOf,
} from '../types/ctype.ts';
import { describe, withArticle } from '../types/describe.ts';
import { recordTypeOf, refuseOfAnotherCopy } from '../types/record.ts';
import { char, uint64, wchar } from '../types/scalars.ts';
import { tooSmall } from './bounds.ts';
import { fieldCheckFor } from './fields.ts';
import type { Parameter } from './parameter.ts';

// Taken now, because the program may put another in its place.
const { getPrototypeOf } = Object;
const bytesPrototype: object = Uint8Array.prototype;
const bufferPrototype: object = Buffer.prototype;

/** Turns an argument into what the foreign call takes. Throws before anything native happens. */
export type Converter = (argument: unknown) => unknown;

function leastBytes({ bound }: Parameter, target: AnyCType | undefined): number {
  if (bound) return bound.kind === 'minBytes' ? bound.least : 0;
  return target?.sizeOf(hostArch) ?? 0;
}

/**
 * The size of the memory that was converted last: what a call asks right after converting an argument,
 * because asking the memory itself again costs as much as another argument.
 */
export const latest = { bytes: 0 };

/** How an argument for a pointer becomes memory, an address or NULL. */
function pointerConverter(
  parameter: Parameter,
  target: AnyCType | undefined,
  where: string,
): Converter {
  const least = leastBytes(parameter, target);
  const takesText = parameter.direction === 'in' && target === char;
  const record = wantedRecord(parameter, target);
  const check = parameter.bound?.kind === 'opaque' ? checkPointer : checkAddress;
  const given = {
    advice: adviceFor(parameter, target),
    access: parameter.direction === 'in' ? 'read' : 'write',
    bytes: least,
  } as const;
  const refuseOther = target && !parameter.bound ? otherThan(target, where) : undefined;
  // What a call only writes to may hold anything before.
  const isRead = parameter.direction !== 'out';
  const checkFields = !isRead
    ? undefined
    : record
      ? fieldCheckFor(record, where, parameter.bound !== undefined)
      : fieldCheckByValue(where);
  return (argument) => {
    if (argument === null) return null;
    let memory: Uint8Array<ArrayBuffer>;
    if (isUint8Array(argument)) {
      memory = argument;
      const prototype = getPrototypeOf(argument) as object | null;
      if (prototype !== bytesPrototype && prototype !== bufferPrototype) {
        refuseOfAnotherCopy(argument, where);
      }
      refuseOther?.(argument);
      if (record && prototype !== record.prototype) {
        const given = recordTypeOf(argument);
        if (given && given !== record) throw wrongRecord(where, record, given.name);
      }
    } else if (isMemory(argument)) {
      memory = bytesOf(argument, where);
      const elements = CArray.elementsOf(argument);
      if (elements) refuseOtherElements(elements, record, target, where);
    } else if (takesText && typeof argument === 'string') memory = encodeCString(argument, where);
    else {
      const address = check(argument, where, given);
      if (address === 0) return null;
      if (parameter.systemOwned && !markFreed(address, target?.name ?? ANY_TYPE)) {
        throw new TypeError(`${where} has been freed before`);
      }
      return address;
    }
    const bytes = byteLengthOf(memory);
    if (bytes < least && !reaches(memory, least)) throw tooSmall(where, bytes, least);
    if (parameter.wholePages && !isForeign(bufferOf(memory))) {
      throw new TypeError(
        `${where}: this call changes whole pages, and this is memory of JavaScript's own; pass what the system has given`,
      );
    }
    if (parameter.systemOwned) {
      if (!isForeign(bufferOf(memory))) {
        throw new TypeError(`${where} is freed by this call, but it is memory of JavaScript's own`);
      }
      checkFreeable(memory, target?.name ?? ANY_TYPE, where);
    }
    if (parameter.kept) refuseUnstable(memory, where);
    else if (bytes === 0 && isDetached(memory))
      throw new TypeError(`${where}: the ArrayBuffer is detached`);
    checkFields?.(memory, argument);
    latest.bytes = bytes;
    return homeOf(memory) ?? memory;
  };
}

/**
 * Where a pointer may be to anything, a record that is given says itself what it points to: the list of
 * addresses for WSAIoctl.
 */
function fieldCheckByValue(where: string) {
  return (memory: Uint8Array, argument: unknown) => {
    const type = typeOfRecords(argument);
    if (type) fieldCheckFor(type, where, !isUint8Array(argument))?.(memory);
  };
}

/** The type of the records that an argument is. */
function typeOfRecords(argument: unknown): RecordType | undefined {
  if (isUint8Array(argument)) return recordTypeOf(argument);
  const elements = CArray.elementsOf(argument);
  return elements?.kind === 'record' ? elements : undefined;
}

/** @throws TypeError for an array of records of another type, or of characters of the other width */
function refuseOtherElements(
  elements: AnyCType,
  record: RecordType | undefined,
  target: AnyCType | undefined,
  where: string,
): void {
  const given = `an array of ${elements.name}`;
  if (record && elements.kind === 'record' && elements !== target) {
    throw wrongRecord(where, record, given);
  }
  if (isOtherText(target, elements)) {
    throw new TypeError(`${where} must be characters of type ${target?.name}, got ${given}`);
  }
}

/** Characters of the other width, which are memory as good as any, but for another text. */
function isOtherText(wanted: AnyCType | undefined, given: AnyCType): boolean {
  return (wanted === char && given === wchar) || (wanted === wchar && given === char);
}

/**
 * What refuses memory that is surely something else than a pointer, or a number of several bytes, where a
 * function stores one: a record, which is what `ref(ptr(addrinfo))` is often mistaken for. Bytes are memory
 * for anything.
 */
function otherThan(target: AnyCType, where: string): ((memory: Uint8Array) => void) | undefined {
  const isPointer = ['pointer', 'string', 'callback'].includes(target.kind);
  if (!isPointer && (target.kind !== 'integer' || target.sizeOf(hostArch) === 1)) return undefined;
  return (memory) => {
    const record = recordTypeOf(memory);
    if (!record) return;
    const pointee = targetOf(target);
    const wanted = pointee ? `ptr(${pointee.name})` : target.name;
    throw new TypeError(
      `${where} must be a variable for ${isPointer ? 'a pointer' : `one ${target.name}`}, got ${record.name}; pass ref(${wanted})`,
    );
  };
}

/** What to write in place of an argument that is no memory. */
function adviceFor({ direction, bound }: Parameter, target: AnyCType | undefined): Advice {
  const isOneRecord = target?.kind === 'record' && bound === undefined;
  return (argument) => {
    const name = target?.name ?? 'void';
    if (Array.isArray(argument) && !isOneRecord)
      return target ? `; pass arrayOf(${name}, […])` : '';
    if (target?.kind === 'record') {
      const isWhole = !target.options.openEnded;
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

const TEXT_WANTED = { what: 'a string, memory or null', advice: adviseText };

function wrongRecord(where: string, wanted: { readonly name: string }, given: string): TypeError {
  return new TypeError(`${where} must be ${wanted.name}, got ${given}; cast it`);
}

/**
 * The record that a pointer must point to. Where a length in bytes goes with the pointer, as with
 * every `sockaddr *`, the function takes records of several types, and any is accepted.
 */
function wantedRecord({ bound }: Parameter, target: AnyCType | undefined): RecordType | undefined {
  const counted = !bound || countsElements(bound);
  return counted && target?.kind === 'record' ? target : undefined;
}

function stringConverter(parameter: Parameter, wide: boolean, where: string): Converter {
  const encode = wide ? encodeWString : encodeCString;
  // A window class may be an atom, a small number in place of its name.
  const isText = parameter.bound?.kind !== 'opaque';
  const check = isText ? checkAddress : checkPointer;
  return (argument) => {
    if (argument === null) return null;
    if (typeof argument === 'string') return encode(argument, where);
    if (!isMemory(argument)) {
      const address = check(argument, where, TEXT_WANTED);
      if (isText && address !== 0) requireTerminatorAt(address, wide, where);
      return address || null;
    }
    const memory = bytesOf(argument, where);
    if (isDetached(memory)) throw new TypeError(`${where}: the ArrayBuffer is detached`);
    requireTerminator(memory, wide, where);
    return memory;
  };
}

function recordByValueConverter(type: RecordType, where: string): Converter {
  const size = type.sizeOf(hostArch);
  return (argument) => {
    if (!isUint8Array(argument) || recordTypeOf(argument) !== type) {
      throw new TypeError(`${where} must be ${withArticle(type.name)}, got ${describe(argument)}`);
    }
    // A view of an ArrayBuffer that was transferred since, or that shrank, has none left.
    const bytes = byteLengthOf(argument);
    if (bytes !== size) throw tooSmall(where, bytes, size);
    if (size > 8) return argument;
    return size === 8 ? uint64.get(argument, 0) : integerOf(argument);
  };
}

function integerOf(memory: Uint8Array): number {
  let value = 0;
  for (let i = byteLengthOf(memory) - 1; i >= 0; i--) value = value * 256 + memory[i]!;
  return value;
}

function callbackConverter(
  parameter: Parameter,
  type: FunctionPointerType<unknown>,
  where: string,
  transients: RegisteredFunction[],
): Converter {
  return (argument) => {
    if (argument === null) return null;
    if (typeof argument !== 'function') return type.pointerOf(argument, where) || null;
    if (parameter.kept) {
      throw new TypeError(
        `${where}: the system calls this function after the call has returned; ` +
          `register it with ${type.name}.register(function) and close it when it is no longer needed`,
      );
    }
    // Any function will do: its arguments are what the type says, whatever it makes of them.
    const callback = type.register(argument as AnyFunction);
    callback.errors = [];
    transients.push(callback);
    return callback.address;
  };
}

/** The conversion of one argument of a call. */
export function converterFor(
  parameter: Parameter,
  syscall: string,
  transients: RegisteredFunction[],
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
  transients: RegisteredFunction[],
): Converter {
  const { type } = parameter;
  const where = `${syscall}: ${parameter.name}`;
  switch (type.kind) {
    case 'integer':
      return (argument) => type.check(argument, where);
    case 'float':
      return (argument) => {
        if (typeof argument === 'number') return argument;
        throw new TypeError(`${where} must be a number, got ${describe(argument)}`);
      };
    case 'string':
      return stringConverter(parameter, type.wide, where);
    case 'callback':
      return callbackConverter(parameter, type, where, transients);
    case 'record':
      return recordByValueConverter(type, where);
    default:
      return pointerConverter(parameter, targetOf(type), where);
  }
}
