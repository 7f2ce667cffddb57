// Doc comments: a sentence, where the function comes from, how it fails, what happens to memory, and
// the page about it.

import { CONVENTIONS, type FailureData } from '../../../lib/ffi/errors/failure.ts';
import type { Bound, BoundOptions } from '../../../lib/ffi/types/bound.ts';
import type { ParamFacts } from '../model/ir.ts';
import { summaryOf } from '../texts/lookup.ts';

/** The lines of a doc comment; none when there is nothing to say. */
export function documentation(name: string, link: string, notes: string[] = []): string[] {
  const lines: string[] = [];
  const summary = summaryOf(name);
  if (summary) lines.push(summary);
  if (summary && notes.length > 0) lines.push('');
  lines.push(...notes);
  if (link) lines.push(`@see ${link}`);
  if (lines.length === 0) return [];
  if (lines.length === 1) return [`/** ${lines[0]} */`];
  return ['/**', ...lines.map((line) => (line ? ` * ${line}` : ' *')), ' */'];
}

export function failureSentences({ convention, pending, codeIn }: FailureData): string {
  const sentences = [failureSentence(convention)];
  if (pending) sentences.push(`Not a failure: ${pending.join(', ')}.`);
  if (codeIn) sentences.push(`The code is in ${codeIn}.`);
  return sentences.join(' ');
}

function failureSentence(convention: FailureData['convention']): string {
  if (convention === 'NeverFails') return 'Does not fail.';
  if (convention === 'ReturnsCode') return 'Returns an error code, 0 for success.';
  if (convention === 'ReturnsNtStatus') return 'Returns an NTSTATUS.';
  const { name } = CONVENTIONS[convention];
  return `Fails with ${name}${name === 'FALSE' ? ' (0)' : ''}.`;
}

/** `@param` lines for pointers: who reads and writes the memory, and how much of it there must be. */
export function parameterNotes(
  params: { name: string; facts: Pick<ParamFacts, 'direction' | 'bound' | 'kept'> }[],
): string[] {
  return params.flatMap(({ name, facts }) => {
    const words = [
      facts.direction,
      facts.bound && boundWords(facts.bound),
      facts.kept && 'used until the operation is over',
    ].filter(Boolean);
    return words.length > 0 ? [`@param ${name} ${words.join(', ')}`] : [];
  });
}

function moreWords({ plus, orText }: BoundOptions): string {
  return `${plus ? ` and ${plus} more` : ''}${orText ? ', or up to the NUL where that is -1' : ''}`;
}

function boundWords(bound: Bound): string | undefined {
  switch (bound.kind) {
    case 'bytes':
      return `${bound.parameter} bytes${moreWords(bound)}`;
    case 'bytesAt':
      return `as many bytes as ${bound.parameter} points to${moreWords(bound)}`;
    case 'bytesSum':
      return `as many bytes as ${bound.parameters.join(', ')} add up to`;
    case 'count':
      return `${bound.parameter} elements${moreWords(bound)}`;
    case 'countAt':
      return `as many elements as ${bound.parameter} points to${moreWords(bound)}`;
    case 'byFlags': {
      const [set, clear] = [boundWords(bound.set), boundWords(bound.clear)];
      const flags = `${bound.parameter} has 0x${bound.flags.toString(16)}`;
      return [set && `${set} where ${flags}`, clear && `${clear} else`].filter(Boolean).join(', ');
    }
    case 'minBytes':
      return `at least ${bound.least} bytes`;
    default:
      return undefined;
  }
}
