/** From a definition to what its calls need: conversions, checks, the bound function. */
import type { Failure } from '../errors/failure.ts';
import { bytesOf, isMemory } from '../memory/memory.ts';
import { lastError } from '../native/last-error.ts';
import type { NativeFunction } from '../native/native.ts';
import type { RegisteredFunction } from '../types/ctype.ts';
import { int32 } from '../types/scalars.ts';
import type { CallParts } from './assemble.ts';
import { boundCheckFor } from './bounds.ts';
import { converterFor } from './converters.ts';
import type { Definition } from './definition.ts';
import type { Parameter } from './parameter.ts';
import { converterOfResult } from './results.ts';

/** A definition that has been bound. */
export interface Prepared extends CallParts {
  readonly native: NativeFunction;
  readonly parameters: readonly Parameter[];
  /** Callbacks registered for the call that is being prepared. */
  readonly transients: RegisteredFunction[];
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
  return {
    native,
    parameters,
    transients,
    checks: parameters
      .map((_, index) => boundCheckFor(parameters, index, name))
      .filter((check) => check !== undefined),
    convert: parameters.map((parameter) => converterFor(parameter, name, transients)),
    finish: converterOfResult(result),
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
