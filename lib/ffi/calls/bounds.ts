/** Checks of the memory of a call against the lengths that the call gives for it. */
import { byteLengthOf, isUint8Array } from '../memory/intrinsics.ts';
import { mappedBytes } from '../memory/mapped.ts';
import { requireZeros, requireZerosAt } from '../memory/strings.ts';
import { reaches } from '../memory/views.ts';
import { hostArch } from '../types/arch.ts';
import type { Bound } from '../types/bound.ts';
import { type AnyCType, targetOf } from '../types/ctype.ts';
import { fieldAt } from '../types/layout.ts';
import { extentOf, type Lengths } from './extents.ts';
import type { Parameter } from './parameter.ts';

/** What is thrown for memory that is too short. */
export function tooSmall(where: string, given: number, needed: number): RangeError {
  return new RangeError(`${where} needs ${needed} bytes, got ${given}`);
}

/** The check of one parameter's memory against a length that another argument gives. */
export interface BoundCheck {
  /** Takes the converted arguments; throws where there is less memory than the length says. */
  verify(converted: readonly unknown[]): void;
  /** The same condition as numbers, where it is one; undefined where memory has to be read for it. */
  readonly direct: DirectBound | undefined;
}

/** A bound by the value of another parameter. */
export interface DirectBound {
  readonly memory: number;
  readonly length: number;
  /** Bytes for each unit of the length. */
  readonly unit: number;
  /** Whether the memory may be NULL only where the length is 0. */
  readonly refusesNull: boolean;
}

type Converted = readonly unknown[];

function lengthIndex(parameters: readonly Parameter[], wanted: string, syscall: string): number {
  const index = parameters.findIndex(({ name }) => name === wanted);
  if (index < 0) throw new TypeError(`${syscall} has no parameter ${wanted}`);
  return index;
}

/** The lengths of a call are its other arguments. */
function lengthsOf(parameters: readonly Parameter[], syscall: string): Lengths<Converted> {
  return {
    valueOf(name) {
      const [parameter = '', field] = name.split('.');
      const index = lengthIndex(parameters, parameter, syscall);
      if (field === undefined) return (converted) => Number(converted[index]);
      const record = targetOf(parameters[index]!.type);
      if (record?.kind !== 'record') throw new TypeError(`${syscall} has no record ${parameter}`);
      const { type, offset } = fieldAt(record, field);
      const end = offset + type.sizeOf(hostArch);
      return (converted) => {
        const memory = converted[index];
        const isThere = isUint8Array(memory) && byteLengthOf(memory) >= end;
        return isThere ? Number(type.get(memory, offset)) : undefined;
      };
    },
    variableOf(name) {
      const index = lengthIndex(parameters, name, syscall);
      const type = targetOf(parameters[index]!.type);
      return (converted) => type && variableAt(converted[index], type);
    },
  };
}

/** The variable that a length parameter points to, where it is memory that can be read here. */
function variableAt(memory: unknown, type: AnyCType): number | undefined {
  if (!isUint8Array(memory) || byteLengthOf(memory) < type.sizeOf(hostArch)) return undefined;
  return Number(type.get(memory, 0));
}

/** Whether a bound is a product of one argument and a constant, and nothing else. */
function isPlain(bound: Bound): bound is Extract<Bound, { kind: 'bytes' | 'count' }> {
  return (bound.kind === 'bytes' || bound.kind === 'count') && !bound.plus && !bound.orText;
}

/** The check of a parameter's bound; undefined where it has none that another argument gives. */
export function boundCheckFor(
  parameters: readonly Parameter[],
  index: number,
  syscall: string,
): BoundCheck | undefined {
  const { bound, name, type, direction, required: isRequired } = parameters[index]!;
  // What the definition itself asks for is asked when the argument is converted.
  if (!bound || bound.kind === 'minBytes') return undefined;
  const target = targetOf(type);
  const size = target?.sizeOf(hostArch) ?? 1;
  const extent = extentOf(bound, size, lengthsOf(parameters, syscall));
  if (!extent) return undefined;
  const where = `${syscall}: ${name}`;
  // A length that is read from memory may be left over from before where the memory is NULL.
  const isValue = bound.kind === 'bytes' || bound.kind === 'count';
  const refusesNull = isRequired || (isValue && !extent.orNull);
  const access = direction === 'in' ? 'read' : 'write';
  const verify = (converted: Converted) => {
    const memory = converted[index];
    const isAddress = typeof memory === 'number';
    if (!isUint8Array(memory) && !isAddress && !(memory === null && refusesNull)) return;
    const needed = extent.needed(converted);
    if (needed === undefined || needed === 0) return;
    if (typeof needed === 'object') {
      if (isAddress) requireZerosAt(memory, needed, where);
      else if (memory !== null) requireZeros(memory, needed, where);
      return;
    }
    if (needed < 0) throw new RangeError(`${syscall}: ${extent.by} is negative: ${needed}`);
    if (memory === null) {
      throw new TypeError(`${where} is NULL, but ${extent.by} says ${needed} bytes`);
    }
    if (!isAddress && reaches(memory, needed)) return;
    const there = isAddress ? mappedBytes(memory, needed, access) : byteLengthOf(memory);
    if (there >= needed) return;
    if (extent.by === '') throw tooSmall(where, there, needed);
    throw new RangeError(`${where} has ${there} bytes, but ${extent.by} says ${needed}`);
  };
  const direct = isPlain(bound)
    ? {
        memory: index,
        length: lengthIndex(parameters, bound.parameter, syscall),
        unit: bound.kind === 'count' ? size : 1,
        refusesNull,
      }
    : undefined;
  return { verify, direct };
}
