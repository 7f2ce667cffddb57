// Functions: the documentation, the type and the definition of each.

import type { FailureData } from '../../../lib/ffi/errors/failure.ts';
import { spell } from '../model/ctype.ts';
import type { CType, IrFunction } from '../model/ir.ts';
import { words } from '../model/lists.ts';
import { POSITIONS } from '../overlays/functions.ts';
import { minimumWindows, returnsOf, summaryOf } from '../texts/lookup.ts';
import { linkOf } from '../texts/pages.ts';
import { comment, documentation, failureSentences, parameterNotes, safe } from './docs.ts';
import {
  argumentType,
  descriptor,
  parameter,
  type Scope,
  stringDescriptor,
  valueType,
} from './types.ts';
import type { Writer } from './writer.ts';

export function emitFunction(writer: Writer, fn: IrFunction): void {
  const { module, scope, body, emit } = writer;
  const args = fn.params.map(
    ({ name, type, facts }) => `${safe(name)}: ${argumentType(type, facts, scope)}`,
  );
  const asString = !words(POSITIONS.functions).includes(fn.name);
  const signature = [
    resultDescriptor(fn.ret, scope, asString),
    ...fn.params.map((param) => parameter(param, scope)),
  ];
  const minimum = minimumWindows(fn.name);
  const header = module.header === 'windows.h' ? `${fn.file}.h` : module.header;
  const origin = `\`${header}\`, ${fn.dll}.dll${minimum ? `, ${minimum}` : ''}.`;
  const notes = [`${origin} ${failureSentences(fn.failure)}`];
  if (fn.archs) notes.push(`Only on ${fn.archs.join(' and ')}.`);
  notes.push(...parameterNotes(fn.name, fn.params));
  const returns = returnsOf(fn.name, fn.failure, spell(fn.ret));
  if (returns) notes.push(`@returns ${returns}`);
  const link = linkOf('function', fn.name, module.name, fn.file);
  const text = documentation(fn.name, link, notes);
  const result = valueType(fn.ret, scope, asString);
  const summary = summaryOf(fn.name);
  body.push('', ...(args.length > 0 ? comment(summary ? [summary] : []) : text));
  // Editors show what is said of parameters where it stands at the signature itself.
  const type =
    args.length > 0
      ? `{\n${text.map((line) => `  ${line}\n`).join('')}  (${args.join(', ')}): ${result};\n}`
      : `() => ${result}`;
  emit(
    fn.name,
    `export const ${fn.name}: ${scope.ffi('Func')}<${type}> =`,
    `  /*#__PURE__*/ ${scope.ffi('func')}('${fn.dll}', '${fn.exported ?? fn.name}', ${failure(writer, fn.failure)}, () => ${signatureText(signature, '  ')});`,
  );
}

/** A call without side effects says so to bundlers, which then leave out a function that nobody uses. */
const PURE = '/*#__PURE__*/ ';

/** The expression for a way to fail, in the words of lib/ffi. */
function failure(
  { names, scope }: Writer,
  { convention, pending, codeIn, space }: FailureData,
): string {
  let text = scope.ffi(convention);
  if (pending) {
    const codes = pending.map((code) => names.valueOf(code));
    text = `${PURE}${scope.ffi('pending')}(${[text, ...codes].join(', ')})`;
  }
  if (space) text = `${PURE}${scope.ffi('codesOf')}('${space}', ${text})`;
  return codeIn ? `${PURE}${scope.ffi('ErrnoOut')}('${codeIn}', ${text})` : text;
}

/** The descriptor of a result, which is a string where `char *` is text. */
export function resultDescriptor(type: CType, scope: Scope, asString = true): string {
  const text = asString ? stringDescriptor(type, scope) : undefined;
  return text ? scope.ffi(text) : descriptor(type, scope);
}

/** A signature on one line when it is short, else one parameter a line. */
export function signatureText(items: string[], indent = ''): string {
  const short = `[${items.join(', ')}]`;
  if (short.length <= 60) return short;
  return `[${items[0]},\n${items
    .slice(1)
    .map((item) => `${indent}  ${item},\n`)
    .join('')}${indent}]`;
}
