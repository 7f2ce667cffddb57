// Functions: the documentation, the type and the definition of each.

import { spell } from '../model/ctype.ts';
import { functionFacts } from '../model/facts.ts';
import type { CType, IrFunction } from '../model/ir.ts';
import { EXPORTED_NAMES, POSITIONS } from '../overlays/functions.ts';
import {
  documentation,
  failureSentence,
  linkOf,
  minimumWindows,
  parameterNotes,
  returnsOf,
} from './docs.ts';
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
  const { module, names, scope, body, emit } = writer;
  const facts = functionFacts(fn, names);
  const exported = EXPORTED_NAMES[fn.name] ?? fn.name;
  const args = fn.params.map(
    (param, index) =>
      `${safe(param.name)}: ${argumentType(param.type, facts.params[index] ?? {}, scope)}`,
  );
  const asString = !POSITIONS.functions.split(' ').includes(fn.name);
  const signature = [
    resultDescriptor(fn.ret, scope, asString),
    ...fn.params.map((param, index) =>
      parameter(param.name, param.type, facts.params[index] ?? {}, scope),
    ),
  ];
  for (const word of facts.failure.match(/[A-Za-z]+(?=[(),]|$)/g) ?? []) {
    if (/^[A-Z]|^pending$/.test(word)) scope.ffi(word);
  }
  const minimum = minimumWindows(fn.name);
  const header = module.header === 'windows.h' ? `${fn.file}.h` : module.header;
  const origin = `\`${header}\`, ${facts.dll}.dll${minimum ? `, ${minimum}` : ''}.`;
  const notes = [`${origin} ${failureSentence(facts.failure)}`];
  if (fn.archs) notes.push(`Only on ${fn.archs.join(' and ')}.`);
  const memory = fn.params.map((param, index) => ({
    name: safe(param.name),
    facts: facts.params[index] ?? {},
  }));
  notes.push(...parameterNotes(memory));
  const returns = returnsOf(fn.name, facts.failure, spell(fn.ret));
  if (returns) notes.push(`@returns ${returns}`);
  const link = linkOf('function', fn.name, module.name, fn.file);
  body.push('', ...documentation(fn.name, link, notes));
  const type = `(${args.join(', ')}) => ${valueType(fn.ret, scope, asString)}`;
  emit(
    fn.name,
    `export const ${fn.name}: ${scope.ffi('Func')}<${type}> =`,
    `  /*#__PURE__*/ ${scope.ffi('func')}('${facts.dll}', '${exported}', ${facts.failure}, () => ${signatureText(signature, '  ')});`,
  );
}

/** The descriptor of a result, which is a string where `char *` is text. */
export function resultDescriptor(type: CType, scope: Scope, asString = true): string {
  const text = asString ? stringDescriptor(type, scope) : undefined;
  return text ? scope.ffi(text) : descriptor(type, scope);
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

/** A signature on one line when it is short, else one parameter a line. */
export function signatureText(items: string[], indent = ''): string {
  const short = `[${items.join(', ')}]`;
  if (short.length <= 60) return short;
  return `[${items[0]},\n${items
    .slice(1)
    .map((item) => `${indent}  ${item},\n`)
    .join('')}${indent}]`;
}
