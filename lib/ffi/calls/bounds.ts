/** Checks of memory against the lengths that a call gives for it. */
import { byteLengthOf, isUint8Array } from '../memory/intrinsics.ts';
import { keptAt } from '../memory/kept.ts';
import { bytesOf, isMemory } from '../memory/memory.ts';
import { reaches } from '../memory/views.ts';
import { hostArch } from '../types/arch.ts';
import type { AnyCType, RecordType } from '../types/ctype.ts';
import { fieldAt } from '../types/layout.ts';
import { intptr, uint32 } from '../types/scalars.ts';
import type { Parameter } from './parameter.ts';

/** What is thrown for memory that is too short. */
export function tooSmall(where: string, given: number, needed: number): RangeError {
  return new RangeError(`${where} needs ${needed} bytes, got ${given}`);
}

/** The check of one parameter's memory against a length that another argument gives. */
export interface BoundCheck {
  /** Takes the converted arguments; throws where there is less memory than the length says. */
  verify(converted: readonly unknown[]): void;
  /** The condition in numbers, for code written out; undefined where memory has to be read to check it. */
  readonly direct: DirectBound | undefined;
}

/** A bound by the value of another parameter. */
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
  return counted ? (targetOf(type)?.sizeOf(hostArch) ?? 1) : 1;
}

function targetOf(type: AnyCType): AnyCType | undefined {
  return type.kind === 'pointer' ? type.target : undefined;
}

/** The check of a parameter's bound; undefined where it has none that another argument gives. */
export function boundCheckFor(
  parameters: readonly Parameter[],
  index: number,
  syscall: string,
): BoundCheck | undefined {
  const parameter = parameters[index]!;
  const { bound, name, required: isRequired } = parameter;
  if (bound?.kind === 'bytesSum') {
    const verify = sumCheck(index, bound.parameters, parameters, `${syscall}: ${name}`);
    return { verify, direct: undefined };
  }
  if (!bound || !('parameter' in bound)) return undefined;
  const other = lengthIndex(parameters, bound.parameter, syscall);
  if (bound.kind === 'bytesBy') {
    const verify = (converted: readonly unknown[]) => {
      const memory = converted[index];
      const needed = bound.sizes[converted[other] as number] ?? 0;
      if (isUint8Array(memory) && !reaches(memory, needed)) {
        throw tooSmall(`${syscall}: ${name}`, byteLengthOf(memory), needed);
      }
    };
    return { verify, direct: undefined };
  }
  const indirect = bound.kind === 'bytesAt' || bound.kind === 'countAt';
  const variable = indirect ? targetOf(parameters[other]!.type) : undefined;
  const unit = unitOf(parameter);
  const direct = indirect
    ? undefined
    : { memory: index, length: other, unit, required: isRequired };
  const verify = (converted: readonly unknown[]) => {
    const memory = converted[index];
    if (!isUint8Array(memory) && !(memory === null && isRequired)) return;
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
        `${syscall}: ${name} has ${byteLengthOf(memory)} bytes, but ${say} says ${needed}`,
      );
    }
  };
  return { verify, direct };
}

/**
 * Checks the pointers within records that a function is given against the fields that say how much is
 * there: WSABUF has `len` bytes at `buf`. Only what was stored as memory is known to end somewhere.
 * Undefined for records without such pointers.
 */
export function fieldCheckFor(
  record: RecordType,
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
    const end = byteLengthOf(memory);
    for (let start = 0; start + size <= end; start += size) {
      for (const { pointer, length, at, lengthAt } of pairs) {
        const target = keptAt(memory, start + at, intptr.get(memory, start + at));
        if (!target || !isMemory(target)) continue;
        const bytes = bytesOf(target);
        const needed = uint32.get(memory, start + lengthAt);
        if (reaches(bytes, needed)) continue;
        throw new RangeError(
          `${where}: ${record.name}.${pointer} has ${byteLengthOf(bytes)} bytes, but ${length} says ${needed}`,
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
): (converted: readonly unknown[]) => void {
  const lengths = names.map((name) => lengthIndex(parameters, name, where));
  return (converted) => {
    const memory = converted[index];
    if (!isUint8Array(memory)) return;
    const needed = lengths.reduce((sum, length) => sum + Number(converted[length]), 0);
    if (!reaches(memory, needed)) {
      throw new RangeError(
        `${where} has ${byteLengthOf(memory)} bytes, but ${names.join(' + ')} says ${needed}`,
      );
    }
  };
}

/** The variable that a length parameter points to, where it is memory that can be read here. */
function variableAt(memory: unknown, type: AnyCType): number | undefined {
  if (!isUint8Array(memory) || byteLengthOf(memory) < type.sizeOf(hostArch)) return undefined;
  return Number(type.get(memory, 0));
}
