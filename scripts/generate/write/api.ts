// defs/api.json: everything the definitions say, for programs: one line a name, grouped by header.

import { spell, unconst } from '../model/ctype.ts';
import type { CType, Ir, IrEnum, IrField, IrItem, IrRecord } from '../model/ir.ts';
import type { Names } from '../model/resolve.ts';
import { MEMBER_ALIASES } from '../overlays/records.ts';
import {
  constantText,
  errorsOf,
  fieldText,
  minimumWindows,
  returnsOf,
  summaryOf,
} from '../texts/lookup.ts';
import { type Documented, linkOf } from '../texts/pages.ts';
import { parameterData } from './docs.ts';

export function emitApi(ir: Ir, names: Names, versions: string): string {
  const modules = [...new Set(ir.items.map((item) => item.module).filter(Boolean))].sort();
  const parts = modules.map((module) => {
    const lines = ir.items
      .filter((item) => item.module === module)
      .map((item) => ({ name: item.name, value: describe(item, names) }))
      .filter(({ value }) => value !== undefined)
      .map(({ name, value }) => `    ${JSON.stringify({ name, ...value })}`);
    return `  "${module}": [\n${lines.join(',\n')}\n  ]`;
  });
  return `{\n  "source": "${versions}",\n${parts.join(',\n')}\n}\n`;
}

function describe(item: IrItem, names: Names): object | undefined {
  switch (item.kind) {
    case 'function': {
      if (item.leftOut) return { kind: 'left out', reason: item.leftOut };
      return clean({
        kind: 'function',
        ...common('function', item),
        dll: item.dll,
        export: item.exported,
        minimum: minimumWindows(item.name),
        failure: item.failure,
        returns: returnsOf(item.name, item.failure, spell(item.ret)),
        errors: errorsOf(item.name),
        archs: item.archs,
        result: spell(item.ret),
        params: item.params.map((one) => clean(parameterData(item.name, one))),
      });
    }
    case 'struct':
    case 'union':
      return item.complete ? record(item) : { kind: 'handle' };
    case 'enum':
      return clean({
        kind: 'enum',
        ...common('enum', item),
        members: Object.fromEntries(item.members.map(({ name, value }) => [name, value])),
        texts: membersTexts(item),
      });
    case 'typedef': {
      const fn = names.callbackOf(item);
      if (!fn) return { kind: 'typedef', type: spell(item.type) };
      return clean({
        kind: 'callback',
        ...common('callback', item),
        result: spell(fn.ret),
        params: fn.params.map((one) => clean(parameterData(item.name, one))),
      });
    }
    case 'constant': {
      const { value } = item;
      if (value.k === 'guid') return { kind: 'guid', value: value.value };
      const written = value.k === 'int' ? number(value.value) : value.value;
      const text = constantText(item.module, item.name, written);
      return clean({ kind: 'constant', value: written, text });
    }
    case 'variable':
      return item.guid ? { kind: 'guid', value: item.guid } : { kind: 'variable' };
    case 'alias':
      return { kind: 'alias', of: item.target };
    case 'macro':
    case 'inline':
      return clean({ kind: item.kind, params: item.params.length > 0 ? item.params : undefined });
    default:
      return undefined;
  }
}

/** What is said of members of an enumeration; undefined where nothing is. */
function membersTexts({ module, members }: IrEnum): Record<string, string> | undefined {
  const texts = members.flatMap(({ name, value }) => {
    const text = constantText(module, name, value);
    return text === undefined ? [] : [[name, text] as const];
  });
  return texts.length > 0 ? Object.fromEntries(texts) : undefined;
}

function common(kind: Documented, item: IrItem): object {
  return {
    summary: summaryOf(item.name),
    doc: linkOf(kind, item.name, item.module, item.file) || undefined,
  };
}

function record(item: IrRecord): object {
  return clean({
    kind: item.kind,
    ...common('struct', item),
    tag: item.tag && item.tag !== item.name ? item.tag : undefined,
    pack: item.pack,
    fields: fields(item, item.fields),
    ia32: item.byArch?.ia32 && fields(item, item.byArch.ia32),
    aliases: MEMBER_ALIASES[item.name],
    measured: item.measured,
  });
}

function fields(item: IrRecord, list: IrField[]): object[] {
  return list.map((field) => {
    const inline = inlineOf(field.type);
    const inner = inline === undefined ? undefined : (item.inline[inline] as IrRecord);
    return clean({
      name: field.name || undefined,
      text: fieldText(item.name, field.name),
      type: spell(field.type),
      bits: field.bits,
      kind: inner?.kind,
      fields: inner && fields(inner, inner.fields),
    });
  });
}

function inlineOf(type: CType): number | undefined {
  const plain = unconst(type);
  if (plain.k === 'inline') return plain.index;
  return plain.k === 'array' ? inlineOf(plain.of) : undefined;
}

function number(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
}

function clean<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, one]) => one !== undefined && one !== false),
  ) as T;
}
