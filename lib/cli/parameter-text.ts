/** What is said of a parameter, in sentences: here for the command line, the site and the declarations. */
import type { Bound, BoundOptions } from '../ffi/types/bound.ts';
import type { ParameterData } from './data.ts';

/** Why a name is followed by more: 'len bytes and 16 more'. */
function moreText({ plus, orText }: BoundOptions): string {
  return `${plus ? ` and ${plus} more` : ''}${orText ? ', or up to the NUL where that is -1' : ''}`;
}

/** An amount of memory, as a noun phrase; empty where it is not known. */
function amountOf(bound: Bound): string {
  switch (bound.kind) {
    case 'bytes':
      return `\`${bound.parameter}\` bytes${moreText(bound)}`;
    case 'bytesAt':
      return `as many bytes as \`${bound.parameter}\` says${moreText(bound)}`;
    case 'bytesSum':
      return `as many bytes as ${bound.parameters.map((one) => `\`${one}\``).join(', ')} add up to`;
    case 'bytesBy':
      return `as many bytes as \`${bound.parameter}\` takes`;
    case 'count':
      return `\`${bound.parameter}\` elements${moreText(bound)}`;
    case 'countAt':
      return `as many elements as \`${bound.parameter}\` says${moreText(bound)}`;
    case 'untilZero':
      return bound.zeros > 1
        ? `up to an empty ${bound.size === 2 ? 'wide ' : ''}text`
        : 'up to a zero';
    case 'minBytes':
      return `at least ${bound.least} bytes`;
    case 'byFlags': {
      const flags = `where \`${bound.parameter}\` has 0x${bound.flags.toString(16)}`;
      const [set, clear] = [amountOf(bound.set), amountOf(bound.clear)];
      const both = [set && `${set} ${flags}`, clear && (set ? `else ${clear}` : clear)];
      return both.filter(Boolean).join(', ');
    }
    case 'opaque':
      return '';
  }
}

/** What a parameter counts of another's memory; undefined where it counts none. */
function unitOf(bound: Bound | undefined, length: string): 'bytes' | 'elements' | undefined {
  switch (bound?.kind) {
    case 'bytes':
    case 'bytesAt':
      return bound.parameter === length ? 'bytes' : undefined;
    case 'bytesSum':
      return bound.parameters.includes(length) ? 'bytes' : undefined;
    case 'count':
    case 'countAt':
      return bound.parameter === length ? 'elements' : undefined;
    case 'byFlags':
      return unitOf(bound.set, length) ?? unitOf(bound.clear, length);
    default:
      return undefined;
  }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What it is, with its direction where the amount of memory does not say that. */
function headOf({ what, direction, string, bound }: ParameterData, counted: string): string {
  const known = what ?? counted;
  if (known === '') {
    if (string) return 'Text.';
    if (bound !== undefined && amountOf(bound) !== '') return '';
    return { in: 'Read.', out: 'Written.', inout: 'Read and written.', none: '' }[
      direction ?? 'none'
    ];
  }
  const isSaidBelow = bound !== undefined && amountOf(bound) !== '';
  if (direction === 'out' && !isSaidBelow) return `Gets ${known}.`;
  if (direction === 'inout' && !isSaidBelow) return `${capital(known)}. Read and written.`;
  return `${capital(known)}.`;
}

const USES = { in: 'are read', out: 'may be written', inout: 'are read and written' } as const;

/**
 * What a parameter is, who reads or writes it and how much memory that takes, whether it may be left out, and how
 * long it is used.
 *
 * @param all the parameters of the function, of which some count the memory of others
 */
export function parameterText(parameter: ParameterData, all: readonly ParameterData[]): string {
  const { name, direction, required, bound, string, kept } = parameter;
  const counted = all.flatMap((one) => {
    const unit = unitOf(one.bound, name);
    return unit ? [`how many ${unit} \`${one.name}\` has`] : [];
  });
  const amount = bound && amountOf(bound);
  const facts = [
    headOf(parameter, counted.join(' and ')),
    amount && direction && capital(`${amount} ${USES[direction]}.`),
    direction && !required && 'May be NULL.',
    kept && !string && 'Used until the operation is over.',
  ];
  return facts.filter(Boolean).join(' ');
}
