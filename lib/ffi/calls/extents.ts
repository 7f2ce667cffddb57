/** From a bound to the bytes that it asks for: of the arguments of a call, or of a record's fields. */
import type { ZeroEnd } from '../memory/strings.ts';
import { type Bound, countsElements } from '../types/bound.ts';

/** How the numbers that a bound names are read from `Source`. */
export interface Lengths<Source> {
  /** The value of a length. */
  valueOf(name: string): (source: Source) => number | undefined;
  /** The value of the variable that a length points to; undefined where that cannot be read. */
  variableOf(name: string): (source: Source) => number | undefined;
}

/** How much memory a bound asks for. */
export interface Extent<Source> {
  /** Who says so, for messages; empty where it is the definition itself. */
  readonly by: string;
  /** Bytes, negative where a length is; what ends the memory; undefined where nothing is known. */
  needed(source: Source): number | ZeroEnd | undefined;
  /** Whether NULL is right whatever is needed. */
  readonly orNull: boolean;
}

/**
 * @param unit the bytes of what the pointer points to
 * @returns undefined for a bound that asks for nothing
 */
export function extentOf<Source>(
  bound: Bound,
  unit: number,
  lengths: Lengths<Source>,
): Extent<Source> | undefined {
  switch (bound.kind) {
    case 'opaque':
      return undefined;
    case 'untilZero': {
      const end = { zeros: bound.zeros, size: bound.size ?? unit };
      return { by: '', needed: () => end, orNull: true };
    }
    case 'minBytes':
      return { by: '', needed: () => bound.least, orNull: true };
    case 'bytesBy': {
      const value = lengths.valueOf(bound.parameter);
      const needed = (source: Source) => bound.sizes[value(source) ?? -1] ?? 0;
      return { by: '', needed, orNull: true };
    }
    case 'bytesSum': {
      const values = bound.parameters.map((name) => lengths.valueOf(name));
      const needed = (source: Source) =>
        values.reduce((sum, value) => sum + (value(source) ?? 0), 0);
      return { by: bound.parameters.join(' + '), needed, orNull: true };
    }
    case 'byFlags':
      return extentByFlags(bound, unit, lengths);
    default:
      return extentByLength(bound, unit, lengths);
  }
}

function extentByFlags<Source>(
  bound: Extract<Bound, { kind: 'byFlags' }>,
  unit: number,
  lengths: Lengths<Source>,
): Extent<Source> {
  const flags = lengths.valueOf(bound.parameter);
  const set = extentOf(bound.set, unit, lengths);
  const clear = extentOf(bound.clear, unit, lengths);
  const chosen = (source: Source) => (((flags(source) ?? 0) & bound.flags) !== 0 ? set : clear);
  return {
    by: [bound.parameter, set?.by, clear?.by].filter(Boolean).join(', '),
    needed: (source) => chosen(source)?.needed(source),
    orNull: (set?.orNull ?? true) && (clear?.orNull ?? true),
  };
}

function extentByLength<Source>(
  bound: Extract<Bound, { kind: 'bytes' | 'bytesAt' | 'count' | 'countAt' }>,
  unit: number,
  lengths: Lengths<Source>,
): Extent<Source> {
  const { parameter, plus = 0, orText = false, orNull = false } = bound;
  const indirect = bound.kind === 'bytesAt' || bound.kind === 'countAt';
  const value = indirect ? lengths.variableOf(parameter) : lengths.valueOf(parameter);
  const bytes = countsElements(bound) ? unit : 1;
  const more = plus === 0 ? '' : ` + ${plus}`;
  const text = { zeros: 1, size: unit };
  return {
    by: `${indirect ? `what ${parameter} points to` : parameter}${more}`,
    orNull,
    needed(source) {
      const length = value(source);
      if (length === undefined) return undefined;
      if (length < 0) return orText && length === -1 ? text : length;
      return (length + plus) * bytes;
    },
  };
}
