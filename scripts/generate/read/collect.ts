// Compiler output for two architectures → one IR. Duplicates are merged, records get the name that
// programs use, and each item gets the module that publishes it.

import { functionOf, unconst } from '../model/ctype.ts';
import {
  type CType,
  type Ir,
  type IrConstant,
  type IrItem,
  type IrRecord,
  type IrTypedef,
  isRecord,
} from '../model/ir.ts';
import { readSyntaxTree } from './ast.ts';
import type { Clang } from './clang.ts';
import { type Macro, readCallbackParams, readMacros } from './macros.ts';
import { probeConstants, probeGuids } from './probe.ts';
import { RENAMED } from './unit.ts';

export interface CollectOptions {
  unit: string;
  /** The module that publishes a name declared in a file; undefined for names nobody asked for. */
  moduleOf(name: string, file: string, kind: IrItem['kind']): string | undefined;
  /** Names of records that are not called by their first typedef. */
  recordNames: Record<string, string>;
  /** Published names of functions that are declared under another one. */
  functionNames: Record<string, string>;
}

/** Items of the modules come first; the rest (base types, `module` '') is kept for references. */
export async function collect(clang: Clang, options: CollectOptions): Promise<Ir> {
  const { unit } = options;
  const preprocessed = await clang.macros('x64', unit);
  const items = merge(readSyntaxTree(await clang.syntaxTree('x64', unit)));
  addIa32(items, merge(readSyntaxTree(await clang.syntaxTree('ia32', unit))));
  for (const item of items) {
    const published = options.functionNames[item.name];
    if (item.kind === 'function' && published) item.name = published;
  }
  for (const item of items) {
    if (item.kind !== 'enum') continue;
    item.members = item.members.filter(({ name }) => !name.startsWith(RENAMED));
  }
  nameRecords(items, options.recordNames);
  for (const item of items) {
    if (isRecord(item)) nameInline(item);
  }
  nameCallbackParams(items, readCallbackParams(preprocessed));
  for (const item of items) item.module = options.moduleOf(item.name, item.file, item.kind) ?? '';
  for (const item of items) {
    if (item.kind === 'refused' && item.module) throw new Error(`${item.name}: ${item.reason}`);
  }
  await probeGuids(
    clang,
    'x64',
    unit,
    items.filter((item) => item.module !== ''),
  );
  items.push(...(await collectMacros(clang, options, items, readMacros(preprocessed))));
  return { items };
}

/** One item a name: the complete record rather than a forward declaration, else the first. */
function merge(items: IrItem[]): IrItem[] {
  const merged = new Map<string, IrItem>();
  for (const item of items) {
    const tagged = 'tag' in item && item.tag !== '';
    // Enums without a name are each one of their own.
    const key = tagged ? `tag ${item.name}` : item.name || `enum ${merged.size}`;
    const before = merged.get(key);
    if (before && 'complete' in before && 'complete' in item && !before.complete) {
      if (item.complete) Object.assign(before, item);
    } else if (before && item.kind === 'inline' && before.kind === 'function') {
      merged.set(key, item);
    } else if (!before) merged.set(key, item);
  }
  return [...merged.values()];
}

function addIa32(items: IrItem[], ia32: IrItem[]): void {
  const key = (item: IrItem) => `${'tag' in item && item.tag ? 'tag ' : ''}${item.name}`;
  const there = new Map(ia32.map((item) => [key(item), item]));
  const here = new Set(items.map(key));
  for (const item of items) {
    const other = there.get(key(item));
    if (item.kind === 'function' && !other) item.archs = ['x64', 'arm64'];
    if (!('complete' in item) || !other || !('complete' in other)) continue;
    // Another order (WSADATA, servent) or other types (the time stamps of IP_ADAPTER_INFO).
    if (JSON.stringify(item.fields) !== JSON.stringify(other.fields)) {
      item.byArch = { ia32: other.fields };
    }
  }
  for (const other of ia32) {
    if (other.kind === 'function' && !here.has(key(other))) {
      other.archs = ['ia32'];
      items.push(other);
    }
  }
}

/**
 * C names a record by its tag and by typedefs. Programs write the tag when it looks like a name
 * (`sockaddr_in`), and the first typedef when the tag only exists for its sake (`_WSABUF`).
 */
function nameRecords(items: IrItem[], names: Record<string, string>): void {
  for (const item of items) {
    if (!('tag' in item) || item.tag === '') continue;
    const chosen = names[item.tag];
    if (chosen) item.name = chosen;
    else if (/^_|^tag[A-Z]|_tag$|^[A-Z]\w*_[a-z]$/.test(item.tag)) {
      const typedef = items.find((other) => other.kind === 'typedef' && namesRecord(other, item));
      if (typedef) item.name = typedef.name;
    }
  }
  // A record's own name needs no typedef beside it.
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at] as IrItem;
    if (item.kind !== 'typedef') continue;
    const record = items.find((other) => 'tag' in other && namesRecord(item, other));
    if (record && record.name === item.name) items.splice(at, 1);
  }
}

function namesRecord(typedef: IrTypedef, tagged: IrItem): boolean {
  const type = unconst(typedef.type);
  if (type.k !== 'name' || !type.tag || !('tag' in tagged)) return false;
  return tagged.tag === type.name && (tagged.kind === 'enum') === (type.tag === 'enum');
}

/** Unnamed records inside `record` are called by the member they make up. */
function nameInline(record: IrRecord): void {
  let anonymous = 0;
  for (const [index, inner] of record.inline.entries()) {
    const field = record.fields.find((one) => inlineIndex(one.type) === index);
    inner.name = `${record.name}_${field?.name || `${++anonymous}`}`;
    nameInline(inner);
  }
}

function inlineIndex(type: CType): number | undefined {
  if (type.k === 'inline') return type.index;
  if (type.k === 'array' || type.k === 'const') return inlineIndex(type.of);
  return type.k === 'ptr' ? inlineIndex(type.to) : undefined;
}

function nameCallbackParams(items: IrItem[], names: Map<string, string[]>): void {
  for (const item of items) {
    const fn = item.kind === 'typedef' ? functionOf(item.type) : undefined;
    const found = fn && names.get(item.name);
    if (!fn || found?.length !== fn.params.length) continue;
    for (const [index, param] of fn.params.entries())
      param.name = found[index] || `arg${index + 1}`;
  }
}

async function collectMacros(
  clang: Clang,
  options: CollectOptions,
  items: IrItem[],
  macros: Macro[],
): Promise<IrItem[]> {
  const found: IrItem[] = [];
  const asked: Macro[] = [];
  const declared = new Set(items.map((item) => item.name));
  const enumerators = new Set(
    items.flatMap((item) => (item.kind === 'enum' ? item.members.map(({ name }) => name) : [])),
  );
  for (const macro of macros) {
    const { name, file } = macro;
    const kind = macro.params ? 'macro' : 'constant';
    const module = options.moduleOf(name, file, kind);
    if (module === undefined || macro.text === '' || enumerators.has(name)) continue;
    if (macro.params) {
      if (!declared.has(name)) {
        found.push({ kind: 'macro', name, file, module, params: macro.params, text: macro.text });
      }
    } else asked.push(macro);
  }
  const values = await probeConstants(clang, 'x64', options.unit, asked);
  const narrow = await probeConstants(clang, 'ia32', options.unit, asked);
  for (const { name, file, text } of asked) {
    const module = options.moduleOf(name, file, 'constant') as string;
    const value = values.get(name);
    if (value) {
      const other = narrow.get(name);
      if (value.k === 'int' && other?.k === 'int' && value.type !== other.type) {
        value.pointerSized = true;
      }
      if (value.k === 'int' && other?.k === 'int' && !isSame(value.value, other.value)) {
        throw new Error(`${name}: its value depends on the architecture`);
      }
      found.push({ kind: 'constant', name, file, module, value, text } satisfies IrConstant);
      continue;
    }
    const target = aliasTarget(text);
    if (
      target &&
      target !== name &&
      !declared.has(name) &&
      (declared.has(target) || values.has(target))
    ) {
      found.push({ kind: 'alias', name, file, module, target });
    } else found.push({ kind: 'macro', name, file, module, params: [], text });
  }
  return found;
}

/** Equal, or the same negative number of an unsigned type as wide as a pointer. */
function isSame(x64: bigint, ia32: bigint): boolean {
  return x64 === ia32 || BigInt.asIntN(64, x64) === BigInt.asIntN(32, ia32);
}

/** What a macro is another name for; `__MINGW_NAME_AW(X)` means XW. */
function aliasTarget(text: string): string | undefined {
  const wide = /^__MINGW_NAME_(?:AW|UAW)\((\w+)\)$/.exec(text);
  if (wide) return `${wide[1]}W`;
  return /^(?:struct )?([A-Za-z_]\w*)$/.exec(text)?.[1];
}
