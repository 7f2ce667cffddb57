// Entries of overlays/params, which are little texts → the facts they say.

import type { Bound } from '../../../lib/ffi/calls/bound.ts';
import type { ParamFacts } from './ir.ts';

/** What an entry says. Where it bounds the memory, that is no string of its own. */
export function readEntry(text: string | undefined, where: string): ParamFacts {
  const facts: ParamFacts = {};
  const words = text?.split(' ') ?? [];
  const refuse = (why: string): Error => new Error(`overlays/params: ${where}: ${why}`);
  const next = (): string => {
    const word = words.shift();
    if (word) return word;
    throw refuse(`something is missing after '${text}'`);
  };
  const bound = (found: Bound) => Object.assign(facts, { bound: found, string: false });

  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    switch (word) {
      case 'in':
      case 'out':
      case 'inout':
        facts.direction = word;
        break;
      case 'kept':
      case 'systemOwned':
      case 'string':
        facts[word] = true;
        break;
      case 'opaque':
        bound({ kind: word });
        break;
      case 'bytes':
      case 'bytesAt':
      case 'count':
      case 'countAt':
        bound({ kind: word, parameter: next() });
        break;
      case 'bytesSum':
        bound({ kind: word, parameters: next().split(':') });
        break;
      case 'bytesBy': {
        const [parameter = '', ...sizes] = next().split(':');
        const pairs = sizes.map((size) => size.split('=').map(Number));
        bound({ kind: word, parameter, sizes: Object.fromEntries(pairs) });
        break;
      }
      case 'minBytes': {
        const least = Number(next());
        if (!(least > 0)) throw refuse("'minBytes' needs a number");
        bound({ kind: word, least });
        break;
      }
      default:
        throw refuse(`unknown word '${word}'`);
    }
  }
  return facts;
}

/** The names of the parameters that say how much memory a bound means. */
export function lengthsOf(bound: Bound | undefined): readonly string[] {
  if (!bound) return [];
  if ('parameter' in bound) return [bound.parameter];
  return bound.kind === 'bytesSum' ? bound.parameters : [];
}

/** Whether a bound is the variable that a parameter points to, rather than its value. */
export function isIndirect(bound: Bound): boolean {
  return bound.kind === 'bytesAt' || bound.kind === 'countAt';
}
