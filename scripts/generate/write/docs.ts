// Doc comments: a sentence, where the function comes from, how it fails, what happens to memory, and
// the page about it.

import type { ParameterData } from '../../../lib/cli/data.ts';
import { parameterText } from '../../../lib/cli/parameter-text.ts';
import { CONVENTIONS, type FailureData } from '../../../lib/ffi/errors/failure.ts';
import { spell } from '../model/ctype.ts';
import type { IrParam } from '../model/ir.ts';
import { parameterWhat, summaryOf } from '../texts/lookup.ts';

/** The lines of a doc comment; none when there is nothing to say. */
export function documentation(name: string, link: string, notes: string[] = []): string[] {
  const lines: string[] = [];
  const summary = summaryOf(name);
  if (summary) lines.push(summary);
  if (summary && notes.length > 0) lines.push('');
  lines.push(...notes);
  if (link) lines.push(`@see ${link}`);
  return comment(lines);
}

/** A doc comment of some lines; none for no lines. */
export function comment(lines: readonly string[]): string[] {
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

/** `@param` lines: what each parameter is, who reads and writes its memory, and how much of it there must be. */
export function parameterNotes(fn: string, params: readonly IrParam[]): string[] {
  const all = params.map((one) => parameterData(fn, one));
  return all.flatMap((one) => {
    const text = parameterText(one, all);
    return text ? [`@param ${safe(one.name)} ${text}`] : [];
  });
}

/** What is known of a parameter, as defs/api.json has it. */
export function parameterData(fn: string, { name, type, facts }: IrParam): ParameterData {
  const what = parameterWhat(fn, name);
  return { name, type: spell(type), ...(what && { what }), ...facts };
}

const RESERVED = new Set(
  'in function default new delete class enum export import var void with switch case return this'.split(
    ' ',
  ),
);

/** The name of a parameter, which must not be a word of the language. */
export function safe(name: string): string {
  return RESERVED.has(name) ? `${name}_` : name;
}
