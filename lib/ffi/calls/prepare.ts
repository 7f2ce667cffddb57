/** From a definition to what its calls need: conversions, checks, the bound function. */
import type { Failure } from '../errors/failure.ts';
import { markAllocated, markGivenOut } from '../memory/freed.ts';
import { holdInPlace } from '../memory/held.ts';
import { bytesOf, isMemory } from '../memory/memory.ts';
import type { NativeFunction } from '../native/kernel32.ts';
import { lastError } from '../native/last-error.ts';
import type { AnyCType, RegisteredFunction } from '../types/ctype.ts';
import { int32 } from '../types/scalars.ts';
import type { CallParts } from './assemble.ts';
import { boundCheckFor } from './bounds.ts';
import { type Converter, converterFor } from './converters.ts';
import type { Definition } from './definition.ts';
import type { Parameter } from './parameter.ts';
import { converterOfResult } from './results.ts';

/** Notes what a call has given out, so that it may be freed though its address was freed before. */
export type NoteAllocated = (result: unknown, args: readonly unknown[]) => void;

/** A definition that has been bound. */
export interface Prepared extends CallParts {
  readonly native: NativeFunction;
  readonly parameters: readonly Parameter[];
  /** Callbacks registered for the call that is being prepared. */
  readonly transients: RegisteredFunction[];
  /** Undefined for a function that gives out no memory. */
  readonly noteAllocated: NoteAllocated | undefined;
  /** Checks again, at the start of a call that had to wait, the memory of its converted arguments. */
  readonly recheck: (converted: readonly unknown[]) => void;
}

/** A call passes on so many parameters by name, because Bun's engine copies a rest parameter. */
const MOST_PARAMETERS = 14;

/** @throws TypeError for a definition with more parameters than a call passes on */
export function prepare(definition: Definition, native: NativeFunction): Prepared {
  const { name } = definition;
  const [result, ...parameters] = definition.signature();
  if (parameters.length > MOST_PARAMETERS) {
    throw new TypeError(
      `${name} has ${parameters.length} parameters, more than ${MOST_PARAMETERS}`,
    );
  }
  const transients: RegisteredFunction[] = [];
  const callsBack = mayCallBack(parameters);
  const convert = parameters.map((parameter) => {
    const one = converterFor(parameter, name, transients);
    return callsBack && parameter.type.kind === 'pointer' ? holding(one, parameter, name) : one;
  });
  return {
    native,
    parameters,
    transients,
    checks: parameters
      .map((_, index) => boundCheckFor(parameters, index, name))
      .filter((check) => check !== undefined),
    convert,
    noteAllocated: allocationsOf(result, parameters),
    recheck: (converted) => {
      for (let i = 0; i < parameters.length; i++) {
        const { type, systemOwned } = parameters[i]!;
        // A pointer to memory converts to the memory itself, however often it is asked.
        if (type.kind === 'pointer' && !systemOwned) convert[i]!(converted[i]);
      }
    },
    finish: converterOfResult(result),
  };
}

/** Parameters of calls that wait alertably, or have to do with a window and so with messages to it. */
const CALLING_BACK = /Alertable$|^hWnd$/;

/**
 * Whether functions of JavaScript may run while the call lasts: those given for it, those queued to the
 * thread where it waits alertably, and window procedures.
 */
function mayCallBack(parameters: readonly Parameter[]): boolean {
  return parameters.some(({ name, type, kept }) =>
    type.kind === 'callback' ? !kept : CALLING_BACK.test(name),
  );
}

/** What runs during the call could otherwise take away the memory of the call. */
function holding(convert: Converter, { name }: Parameter, syscall: string): Converter {
  return (argument) => {
    const converted = convert(argument);
    holdInPlace(converted, `${syscall}: ${name}`);
    return converted;
  };
}

/** Memory is given out through a pointer to a pointer, as by getaddrinfo, or as the result, as by HeapAlloc. */
function allocationsOf(
  type: AnyCType,
  parameters: readonly Parameter[],
): NoteAllocated | undefined {
  const returnsAddress = type.kind === 'pointer' && type.target === undefined;
  const outs: number[] = [];
  for (let i = 0; i < parameters.length; i++) {
    const { type: pointer, direction } = parameters[i]!;
    if (direction === 'in' || pointer.kind !== 'pointer') continue;
    if (pointer.target?.kind === 'pointer') outs.push(i);
  }
  if (outs.length === 0 && !returnsAddress) return undefined;
  return (result, args) => {
    // An address is a number.
    if (returnsAddress) markAllocated(result as number);
    for (let i = 0; i < outs.length; i++) {
      const memory = args[outs[i]!];
      if (isMemory(memory)) markGivenOut(bytesOf(memory));
    }
  };
}

/** The code of a call that has failed. */
export function failureCode(
  { code, translate }: Failure,
  parameters: readonly Parameter[],
  result: unknown,
  args: readonly unknown[],
): number {
  let number: number;
  if (code === 'lastError') number = lastError();
  // A function that returns its code returns a number.
  else if (code === 'result') number = result as number;
  else {
    const memory = args[parameters.findIndex((parameter) => parameter.name === code.parameter)];
    number = isMemory(memory) ? int32.get(bytesOf(memory), 0) : lastError();
  }
  return translate ? translate(number) : number;
}
