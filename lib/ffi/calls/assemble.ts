import type { IntegerType } from '../types/scalars.ts';
import type { DirectBound } from './bounds.ts';
import type { Converter, Parameter } from './parameters.ts';
import { throwErrors, thrown } from './thrown.ts';

export type Call = (...args: unknown[]) => unknown;

/** The parts of a call: the conversions of its arguments, the native function, what checks and finishes. */
export interface CallParts {
  readonly native: Call;
  readonly parameters: readonly Parameter[];
  readonly convert: readonly Converter[];
  /** Checks memory against lengths; undefined where no parameter bounds another. */
  readonly verify: ((converted: readonly unknown[]) => void) | undefined;
  /** The bounds that can be checked in place; `verify` is asked only where one of them is broken. */
  readonly directBounds: readonly DirectBound[];
  /** Whether `verify` checks anything that is not among the direct bounds. */
  readonly hasIndirectBounds: boolean;
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
    if (error instanceof EvalError) return generic(parts);
    throw error;
  }
}

export function generic({ native, convert, verify, finish }: CallParts): Call {
  return (...args) => {
    const converted = convert.map((one, index) => one(args[index]));
    verify?.(converted);
    const raw = native(...converted);
    if (thrown.errors !== undefined) throwErrors(thrown.errors);
    return finish ? finish(raw) : raw;
  };
}

/** The text names parameters by number only, so no name of a definition becomes code. */
function writeOut(parts: CallParts): Call {
  const { native, parameters, convert, verify, finish } = parts;
  const list = (prefix: string) => parameters.map((_, index) => `${prefix}${index}`).join(', ');
  const conversions = parameters.map(
    (parameter, index) => `  const r${index} = ${conversion(parameter, index)};`,
  );
  const source = [
    `const [${list('c')}] = convert;`,
    `return (${list('a')}) => {`,
    ...conversions,
    verify ? `  ${condition(parts)}verify([${list('r')}]);` : '',
    `  const raw = native(${list('r')});`,
    '  if (thrown.errors !== undefined) throwErrors(thrown.errors);',
    `  return ${finish ? 'finish(raw)' : 'raw'};`,
    '};',
  ].join('\n');
  const given = { native, convert, verify, finish, thrown, throwErrors };
  const make = new Function(...Object.keys(given), source) as (...parts: unknown[]) => Call;
  return make(...Object.values(given));
}

/** Memory is an object here, an address a number, and NULL null; only the first has a length. */
function condition({ directBounds, hasIndirectBounds }: CallParts): string {
  if (hasIndirectBounds) return '';
  const broken = directBounds.map(
    ({ memory, length, unit, required }) =>
      `(r${memory} !== null ? !(r${length} >= 0 && r${length} * ${unit} <= r${memory}.byteLength) : ${required})`,
  );
  return `if (${broken.join(' || ')}) `;
}

/** The common integers are told apart without a call; everything else goes to its converter. */
function conversion({ type }: Parameter, index: number): string {
  const argument = `a${index}`;
  const converted = `c${index}(${argument})`;
  const { kind, width, signed } = type as IntegerType;
  if (kind !== 'integer') return converted;
  const test = integerTest(width, signed, argument);
  return test
    ? `typeof ${argument} === 'number' && ${test} ? ${argument} : ${converted}`
    : converted;
}

function integerTest(
  width: IntegerType['width'],
  signed: boolean,
  argument: string,
): string | undefined {
  if (width === 'pointer') return `Number.isSafeInteger(${argument})`;
  if (width === 32) return `${argument} === (${argument} ${signed ? '|' : '>>>'} 0)`;
  if (width === 16 && !signed) return `${argument} === (${argument} & 0xffff)`;
  return undefined;
}
