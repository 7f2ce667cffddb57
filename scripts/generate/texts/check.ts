// Whether all is said that has to be, and nothing of what is not there.

import { spell } from '../model/ctype.ts';
import { type Ir, type IrFunction, type IrItem, type IrRecord, isRecord } from '../model/ir.ts';
import { withoutVariant, words } from '../model/lists.ts';
import { MEMBER_ALIASES } from '../overlays/records.ts';
import { CONSTANTS } from './constants.ts';
import { ERRORS } from './errors.ts';
import { FIELDS } from './fields.ts';
import { returnsOf, summaryOf } from './lookup.ts';
import { PARAMETERS } from './parameters.ts';
import { RETURNS } from './returns.ts';
import { SUMMARIES } from './summaries.ts';

/** Every function has its sentence and its result, and nothing is said of what is not there. */
export function checkTexts({ items }: Ir): void {
  const functions = items.filter(
    (item): item is IrFunction => item.module !== '' && item.kind === 'function' && !item.leftOut,
  );
  const named = (list: readonly { name: string }[]) => list.map(({ name }) => name).join(' ');
  const unsaid = functions.filter(({ name }) => !summaryOf(name));
  if (unsaid.length > 0) {
    throw new Error(`texts/summaries: nothing is said of ${named(unsaid)}`);
  }
  const open = functions.filter(({ name, ret, failure }) => {
    const result = spell(ret);
    return result !== 'void' && !returnsOf(name, failure, result);
  });
  if (open.length > 0) throw new Error(`texts/returns: what is the result of ${named(open)}?`);

  const known = new Set(items.flatMap(({ name }) => [name, withoutVariant(name)]));
  for (const [file, texts] of Object.entries({ SUMMARIES, RETURNS, ERRORS })) {
    const stray = Object.keys(texts).filter((name) => !known.has(name));
    if (stray.length > 0) throw new Error(`${file}: nothing is called ${stray.join(' ')}`);
  }
  for (const [file, { texts, used }] of Object.entries(textsOfParts(items))) {
    const stray = Object.keys(texts).filter((key) => !used.has(key));
    if (stray.length > 0) throw new Error(`${file}: nothing is called ${stray.join(' ')}`);
  }
  const codes = new Set(Object.values(ERRORS).flatMap(words));
  const unknown = [...codes].filter((code) => !known.has(code));
  if (unknown.length > 0) throw new Error(`ERRORS: no header has ${unknown.join(' ')}`);
}

/** What is said of parameters, fields and constants, and the keys that there may be. */
function textsOfParts(items: readonly IrItem[]) {
  const both = (name: string) => [name, withoutVariant(name)];
  const parameters = items.flatMap((item) => {
    const params = item.kind === 'function' ? item.params : [];
    return params.flatMap(({ name }) => [name, ...both(item.name).map((fn) => `${fn}.${name}`)]);
  });
  const fields = items.filter(isRecord).flatMap((record) => fieldKeys(record, record.name));
  const constants = items.flatMap((item) =>
    item.kind === 'enum' ? item.members.map(({ name }) => name) : [item.name],
  );
  return {
    PARAMETERS: { texts: PARAMETERS, used: new Set(parameters) },
    FIELDS: { texts: FIELDS, used: new Set(fields) },
    CONSTANTS: { texts: CONSTANTS, used: new Set(constants) },
  };
}

/** What a field may be called in texts/fields.ts: behind its record, or behind the beginning of its name. */
function fieldKeys(record: IrRecord, name: string): string[] {
  const own = [
    ...record.fields.map((field) => field.name),
    ...Object.keys(MEMBER_ALIASES[name] ?? {}),
  ];
  const beginnings = Array.from(name, (_, index) => name.slice(0, index + 1));
  return [
    ...beginnings.flatMap((beginning) => own.map((field) => `${beginning}.${field}`)),
    ...record.inline.flatMap((inner) => fieldKeys(inner as IrRecord, name)),
  ];
}
