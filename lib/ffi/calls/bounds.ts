import { bytesOf, isMemory, keptAt, reaches } from '../memory/memory.ts';
import { hostArch } from '../types/arch.ts';
import type { CType } from '../types/ctype.ts';
import { fieldAt, type RecordShape } from '../types/layout.ts';
import type { PointerType } from '../types/pointer.ts';
import { intptr, uint32 } from '../types/scalars.ts';
import type { Parameter } from './parameters.ts';

/** How much memory a function reads or writes at a pointer, where the pointee's size does not say it. */
export type Bound =
  /** As many bytes as another parameter says. */
  | { readonly kind: 'bytes'; readonly parameter: string }
  /** As many bytes as the variable says that another parameter points to. */
  | { readonly kind: 'bytesAt'; readonly parameter: string }
  /** As many elements as another parameter says. */
  | { readonly kind: 'count'; readonly parameter: string }
  /** As many elements as the variable says that another parameter points to. */
  | { readonly kind: 'countAt'; readonly parameter: string }
  /** As many bytes as belong to the value of another parameter, such as an address family. */
  | {
      readonly kind: 'bytesBy';
      readonly parameter: string;
      readonly sizes: Readonly<Record<number, number>>;
    }
  /** As many bytes as other parameters add up to. */
  | { readonly kind: 'bytesSum'; readonly parameters: readonly string[] }
  | { readonly kind: 'minBytes'; readonly least: number }
  /** Nothing in the call says how much. */
  | { readonly kind: 'opaque' };

export const bytes = (parameter: string): Bound => ({ kind: 'bytes', parameter });
export const bytesAt = (parameter: string): Bound => ({ kind: 'bytesAt', parameter });
export const count = (parameter: string): Bound => ({ kind: 'count', parameter });
export const countAt = (parameter: string): Bound => ({ kind: 'countAt', parameter });
export const bytesBy = (parameter: string, sizes: Readonly<Record<number, number>>): Bound => ({
  kind: 'bytesBy',
  parameter,
  sizes,
});
export const bytesSum = (...parameters: string[]): Bound => ({ kind: 'bytesSum', parameters });
export const minBytes = (least: number): Bound => ({ kind: 'minBytes', least });
export const opaque: Bound = { kind: 'opaque' };

/** Memory that goes with a length may be NULL where the length is 0; its bound check sees to it. */
export function isMeasured(bound: Bound | undefined): boolean {
  return bound !== undefined && 'parameter' in bound && bound.kind !== 'bytesBy';
}

export function tooSmall(where: string, given: number, needed: number): RangeError {
  return new RangeError(`${where} needs ${needed} bytes, got ${given}`);
}

/** Checks memory against a length that another argument gives. Takes the converted arguments. */
export type BoundCheck = (converted: readonly unknown[]) => void;

/** A bound by the value of another parameter, which can be checked without reading memory. */
export interface DirectBound {
  readonly memory: number;
  /** Whether the memory may be NULL only where the length is 0. */
  readonly required: boolean;
  readonly length: number;
  /** Bytes for each unit of the length. */
  readonly unit: number;
}

function lengthIndex(parameters: readonly Parameter[], wanted: string, syscall: string): number {
  const index = parameters.findIndex(({ name }) => name === wanted);
  if (index < 0) throw new TypeError(`${syscall} has no parameter ${wanted}`);
  return index;
}

function unitOf({ bound, type }: Parameter): number {
  const counted = bound?.kind === 'count' || bound?.kind === 'countAt';
  return counted ? ((type as PointerType<unknown>).target?.sizeOf(hostArch) ?? 1) : 1;
}

/** The bound of a parameter, where it is by the value of another. */
export function directBoundOf(
  parameters: readonly Parameter[],
  memory: number,
  syscall: string,
): DirectBound | undefined {
  const parameter = parameters[memory]!;
  const { bound } = parameter;
  if (bound?.kind !== 'bytes' && bound?.kind !== 'count') return undefined;
  const length = lengthIndex(parameters, bound.parameter, syscall);
  return { memory, length, unit: unitOf(parameter), required: parameter.required };
}

export function boundCheckFor(
  parameters: readonly Parameter[],
  index: number,
  syscall: string,
): BoundCheck | undefined {
  const parameter = parameters[index]!;
  const { bound, name, required: isRequired } = parameter;
  if (bound?.kind === 'bytesSum') {
    return sumCheck(index, bound.parameters, parameters, `${syscall}: ${name}`);
  }
  if (!bound || !('parameter' in bound)) return undefined;
  const other = lengthIndex(parameters, bound.parameter, syscall);
  if (bound.kind === 'bytesBy') {
    return (converted) => {
      const memory = converted[index];
      const needed = bound.sizes[converted[other] as number] ?? 0;
      if (memory instanceof Uint8Array && !reaches(memory, needed)) {
        throw tooSmall(`${syscall}: ${name}`, memory.byteLength, needed);
      }
    };
  }
  const indirect = bound.kind === 'bytesAt' || bound.kind === 'countAt';
  const { target } = parameters[other]!.type as PointerType<unknown>;
  const variable = indirect ? target : undefined;
  const unit = unitOf(parameter);
  return (converted) => {
    const memory = converted[index];
    if (!(memory instanceof Uint8Array) && !(memory === null && isRequired)) return;
    const length = variable ? variableAt(converted[other], variable) : (converted[other] as number);
    if (length === undefined) return;
    const needed = Number(length) * unit;
    if (needed < 0) throw new RangeError(`${syscall}: ${bound.parameter} is negative: ${length}`);
    if (memory === null) {
      if (needed === 0) return;
      throw new TypeError(
        `${syscall}: ${name} is NULL, but ${bound.parameter} says ${needed} bytes`,
      );
    }
    if (!reaches(memory, needed)) {
      const say = indirect ? `what ${bound.parameter} points to` : bound.parameter;
      throw new RangeError(
        `${syscall}: ${name} has ${memory.byteLength} bytes, but ${say} says ${needed}`,
      );
    }
  };
}

/**
 * Checks the pointers within records that a function is given against the fields that say how much is
 * there: WSABUF has `len` bytes at `buf`. Only what was stored as memory is known to end somewhere.
 * Undefined for records without such pointers.
 */
export function fieldCheckFor(
  record: RecordShape & Pick<CType<unknown>, 'sizeOf'>,
  where: string,
): ((memory: Uint8Array) => void) | undefined {
  const { measured } = record.options;
  if (!measured) return undefined;
  const size = record.sizeOf(hostArch);
  const pairs = Object.entries(measured).map(([pointer, length]) => ({
    pointer,
    length,
    at: fieldAt(record, pointer).offset,
    lengthAt: fieldAt(record, length).offset,
  }));
  return (memory) => {
    for (let start = 0; start + size <= memory.byteLength; start += size) {
      for (const { pointer, length, at, lengthAt } of pairs) {
        const target = keptAt(memory, start + at, intptr.get(memory, start + at));
        if (!target || !isMemory(target)) continue;
        const bytes = bytesOf(target);
        const needed = uint32.get(memory, start + lengthAt);
        if (reaches(bytes, needed)) continue;
        throw new RangeError(
          `${where}: ${record.name}.${pointer} has ${bytes.byteLength} bytes, but ${length} says ${needed}`,
        );
      }
    }
  };
}

function sumCheck(
  index: number,
  names: readonly string[],
  parameters: readonly Parameter[],
  where: string,
): BoundCheck {
  const lengths = names.map((name) => lengthIndex(parameters, name, where));
  return (converted) => {
    const memory = converted[index];
    if (!(memory instanceof Uint8Array)) return;
    const needed = lengths.reduce((sum, length) => sum + Number(converted[length]), 0);
    if (!reaches(memory, needed)) {
      throw new RangeError(
        `${where} has ${memory.byteLength} bytes, but ${names.join(' + ')} says ${needed}`,
      );
    }
  };
}

/** The variable that a length parameter points to, where it is memory that can be read here. */
function variableAt(memory: unknown, type: CType<unknown>): number | undefined {
  if (!(memory instanceof Uint8Array) || memory.byteLength < type.sizeOf(hostArch))
    return undefined;
  return Number(type.get(memory, 0));
}
