// Entries of the overlays about memory, which are little texts → the facts they say.

import type { Bound, BoundOptions } from '../../../lib/ffi/types/bound.ts';
import type { ParamFacts } from './ir.ts';
import { words } from './lists.ts';

/** The words of a text, taken one by one. */
class Words {
  readonly #left: string[];
  readonly #where: string;

  constructor(text: string, where: string) {
    this.#left = words(text);
    this.#where = where;
  }

  refuse(why: string): Error {
    return new Error(`overlays: ${this.#where}: ${why}`);
  }

  /** Takes the next word; undefined at the end. */
  next(): string | undefined {
    return this.#left.shift();
  }

  /** Takes the next word, which has to be there. */
  argument(of: string): string {
    const word = this.next();
    if (word === undefined) throw this.refuse(`something is missing after '${of}'`);
    return word;
  }

  number(of: string): number {
    const value = Number(this.argument(of));
    if (!(value > 0)) throw this.refuse(`'${of}' needs a number`);
    return value;
  }

  /** Takes the next word if it is a number. */
  optional(): number | undefined {
    const value = Number(this.#left[0]);
    if (!(value > 0)) return undefined;
    this.#left.shift();
    return value;
  }

  /** Takes the next word if it is this one. */
  skip(word: string): boolean {
    if (this.#left[0] !== word) return false;
    this.#left.shift();
    return true;
  }
}

/** What an entry says of a parameter. Where it bounds the memory, that is no string of its own. */
export function readEntry(text: string | undefined, where: string): ParamFacts {
  const facts: ParamFacts = {};
  const left = new Words(text ?? '', where);
  for (let word = left.next(); word !== undefined; word = left.next()) {
    switch (word) {
      case 'in':
      case 'out':
      case 'inout':
        facts.direction = word;
        break;
      case 'kept':
      case 'systemOwned':
      case 'wholePages':
      case 'string':
        facts[word] = true;
        break;
      default:
        Object.assign(facts, { bound: boundOf(word, left), string: false });
    }
  }
  return facts;
}

/** What an entry says of a field: a bound and nothing else. */
export function readBound(text: string, where: string): Bound {
  const left = new Words(text, where);
  const bound = boundOf(left.argument(where), left);
  const rest = left.next();
  if (rest !== undefined) throw left.refuse(`unknown word '${rest}'`);
  return bound;
}

function boundOf(kind: string, left: Words): Bound {
  switch (kind) {
    case 'opaque':
      return { kind };
    case 'bytes':
    case 'bytesAt':
    case 'count':
    case 'countAt': {
      const parameter = left.argument(kind);
      return { kind, parameter, ...optionsOf(left) };
    }
    case 'bytesSum':
      return { kind, parameters: left.argument(kind).split(':') };
    case 'bytesBy': {
      const [parameter = '', ...sizes] = left.argument(kind).split(':');
      const pairs = sizes.map((size) => size.split('=').map(Number));
      return { kind, parameter, sizes: Object.fromEntries(pairs) };
    }
    case 'byFlags': {
      const parameter = left.argument(kind);
      const flags = left.number(kind);
      const set = boundOf(left.argument(kind), left);
      if (!left.skip('else')) throw left.refuse("'byFlags' needs an 'else'");
      return { kind, parameter, flags, set, clear: boundOf(left.argument('else'), left) };
    }
    case 'untilZero':
      return { kind, zeros: left.optional() ?? 1, size: left.optional() };
    case 'minBytes':
      return { kind, least: left.number(kind) };
    default:
      throw left.refuse(`unknown word '${kind}'`);
  }
}

function optionsOf(left: Words): BoundOptions {
  return {
    ...(left.skip('plus') && { plus: left.number('plus') }),
    ...(left.skip('orText') && { orText: true }),
    ...(left.skip('orNull') && { orNull: true }),
  };
}

/** The names of the parameters, or of the fields, that say how much memory a bound means. */
export function lengthsOf(bound: Bound | undefined): readonly string[] {
  if (!bound) return [];
  switch (bound.kind) {
    case 'opaque':
    case 'untilZero':
    case 'minBytes':
      return [];
    case 'bytesSum':
      return bound.parameters;
    case 'byFlags':
      return [bound.parameter, ...lengthsOf(bound.set), ...lengthsOf(bound.clear)];
    default:
      return [bound.parameter];
  }
}

/** Whether a bound is the variable that a parameter points to, rather than its value. */
export function isIndirect(bound: Bound): boolean {
  return bound.kind === 'bytesAt' || bound.kind === 'countAt';
}
