/** The code of one function's calls. */

import { throwErrors, thrown } from '../callbacks/thrown.ts';
import { byteLengthOf, isUint8Array } from '../memory/intrinsics.ts';
import type { IntegerType } from '../types/ctype.ts';
import type { BoundCheck } from './bounds.ts';
import { type Converter, latest } from './converters.ts';
import type { Call } from './definition.ts';
import type { Parameter } from './parameter.ts';

/** The parts of a call: the conversions of its arguments, the native function, what checks and finishes. */
export interface CallParts {
  readonly native: Call;
  readonly parameters: readonly Parameter[];
  readonly convert: readonly Converter[];
  /** Checks of memory against lengths. */
  readonly checks: readonly BoundCheck[];
  /** Turns the raw result into its value; undefined where it is the value. */
  readonly finish: ((raw: unknown) => unknown) | undefined;
}

/**
 * Puts a call together.
 *
 * Each function gets code of its own, written out for its number and kinds of parameters: the
 * engine then knows every function it calls and inlines it. One closure shared by all functions of
 * the package costs more than twice as much, because nothing in it can be inlined. Where making code
 * from text is forbidden (node --disallow-code-generation-from-strings) the shared one serves.
 */
export function assemble(parts: CallParts): Call {
  try {
    return writeOut(parts);
  } catch (error) {
    if (error instanceof EvalError) return composeWithoutEval(parts);
    throw error;
  }
}

/** One closure for any function, without code made from text. */
function composeWithoutEval({ native, convert, checks, finish }: CallParts): Call {
  return (...args) => {
    const converted = convert.map((one, index) => one(args[index]));
    verifyAll(checks, converted);
    const raw = native(...converted);
    if (thrown.errors !== undefined) throwErrors(thrown.errors);
    return finish ? finish(raw) : raw;
  };
}

/** @throws RangeError or TypeError where there is less memory than a length says */
export function verifyAll(checks: readonly BoundCheck[], converted: readonly unknown[]): void {
  // By index: the iterator of arrays belongs to the program as well.
  for (let i = 0; i < checks.length; i++) checks[i]!.verify(converted);
}

/** The text names parameters by number only, so no name of a definition becomes code. */
function writeOut(parts: CallParts): Call {
  const { native, parameters, convert, checks, finish } = parts;
  const list = (prefix: string) => parameters.map((_, index) => `${prefix}${index}`).join(', ');
  const bounded = new Set(checks.map(({ direct }) => direct?.memory));
  const conversions = parameters.map((parameter, index) => {
    // The size that the conversion has just asked for, where it is needed again.
    const size = bounded.has(index) ? `, b${index} = ${sizeAfter(parameter, index)}` : '';
    return `  const r${index} = ${conversion(parameter, index)}${size};`;
  });
  const source = [
    `const [${list('c')}] = convert;`,
    `return (${list('a')}) => {`,
    ...conversions,
    checks.length > 0 ? `  ${condition(checks)}verifyAll(checks, [${list('r')}]);` : '',
    `  const raw = native(${list('r')});`,
    '  if (thrown.errors !== undefined) throwErrors(thrown.errors);',
    `  return ${finish ? 'finish(raw)' : 'raw'};`,
    '};',
  ].join('\n');
  const given = {
    native,
    convert,
    checks,
    finish,
    thrown,
    throwErrors,
    verifyAll,
    sizeOf,
    latest,
    isSafeInteger,
  };
  // The text above gives a function that gives the call.
  const make = new Function(...Object.keys(given), source) as (...parts: unknown[]) => Call;
  return make(...Object.values(given));
}

/**
 * What is asked in place, so that the checks themselves run only where one is broken: nothing, where
 * one of them has to read memory. Memory is an object here, an address a number, and NULL null.
 */
function condition(checks: readonly BoundCheck[]): string {
  const broken: string[] = [];
  for (const { direct } of checks) {
    if (!direct) return '';
    const { memory, length, unit, refusesNull } = direct;
    const fits = `r${length} >= 0 && r${length} * ${unit} <= b${memory}`;
    broken.push(
      `(typeof r${memory} === 'object' ? (r${memory} === null ? ${refusesNull} && r${length} !== 0 : !(${fits})) : true)`,
    );
  }
  return `if (${broken.join(' || ')}) `;
}

function sizeAfter({ type }: Parameter, index: number): string {
  return type.kind === 'pointer' ? 'latest.bytes' : `sizeOf(r${index})`;
}

function sizeOf(converted: unknown): number {
  return isUint8Array(converted) ? byteLengthOf(converted) : 0;
}

// Taken now, because the program may put another in its place.
const { isSafeInteger } = Number;

/** The common integers are told apart without a call; everything else goes to its converter. */
function conversion({ type }: Parameter, index: number): string {
  const argument = `a${index}`;
  const converted = `c${index}(${argument})`;
  if (type.kind !== 'integer') return converted;
  const test = integerTest(type.width, type.signed, argument);
  return test
    ? `typeof ${argument} === 'number' && ${test} ? ${argument} : ${converted}`
    : converted;
}

function integerTest(
  width: IntegerType['width'],
  signed: boolean,
  argument: string,
): string | undefined {
  if (width === 'pointer') return `isSafeInteger(${argument})`;
  if (width === 32) return `${argument} === (${argument} ${signed ? '|' : '>>>'} 0)`;
  if (width === 16 && !signed) return `${argument} === (${argument} & 0xffff)`;
  return undefined;
}
