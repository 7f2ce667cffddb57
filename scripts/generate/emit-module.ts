// The text of one `.g.ts` module: constants, then types, then functions, each in the header's order.

import { unconst } from './ctype.ts';
import {
  documentation,
  failureSentence,
  groupTitle,
  linkOf,
  minimumWindows,
  parameterNotes,
} from './docs.ts';
import {
  argumentType,
  descriptor,
  parameter,
  type Scope,
  stringDescriptor,
  valueType,
} from './emit-types.ts';
import type {
  ConstantValue,
  CType,
  IrConstant,
  IrEnum,
  IrField,
  IrFunction,
  IrItem,
  IrRecord,
  IrTypedef,
} from './ir.ts';
import { callbackFacts, functionFacts, LEFT_OUT } from './overlay.ts';
import { EXPORTED_NAMES, POSITIONS, WHEN_THROWN } from './overlays/functions.ts';
import { ANY_HANDLE } from './overlays/handles.ts';
import { BUFFER_FIELDS, FIELD_NAMES, MEMBER_ALIASES } from './overlays/records.ts';
import type { Names } from './resolve.ts';

/** Names that C spells differently from Windows' own documentation. */
const CANONICAL: Record<string, string> = { WINBOOL: 'BOOL', size_t: 'SIZE_T', wchar_t: 'WCHAR' };

export interface ModuleText {
  text: string;
  /** Names that the module exports. */
  exports: string[];
}

export interface EmitOptions {
  name: string;
  title: string;
  header: string;
  items: IrItem[];
  names: Names;
  /** The module of an item that nobody has claimed yet: it becomes part of the base types. */
  claim(item: IrItem): string;
}

export function emitModule(options: EmitOptions): ModuleText {
  const { names, items } = options;
  const ffi = new Set<string>();
  const imports = new Map<string, Set<string>>();
  const exports: string[] = [];
  const importFrom = (module: string, name: string) => {
    const list = imports.get(module) ?? new Set<string>();
    imports.set(module, list.add(name));
  };
  const scope: Scope = {
    names,
    ffi: (name) => {
      ffi.add(name);
      return name;
    },
    use: (given) => {
      const name = CANONICAL[given] ?? given;
      const item = names.find(name);
      if (!item) throw new Error(`nothing declares '${name}'`);
      if (name === 'GUID') return scope.ffi('GUID');
      const module = item.module || options.claim(item);
      if (module !== options.name) importFrom(module, name);
      return name;
    },
  };

  const body: string[] = [];
  const emit = (name: string, ...lines: string[]) => {
    exports.push(name);
    body.push(...lines);
  };
  const alias = (name: string, target: string) => {
    const item = names.find(target);
    // Another name for code is code: lib/api has both.
    const isCode = item?.kind === 'macro' || item?.kind === 'inline' || LEFT_OUT.has(target);
    if (isCode || exports.includes(name)) return;
    exports.push(name);
    // FD_SET is a structure and a macro; lib/api has the macro under the name.
    if (items.some((one) => one.kind === 'macro' && one.name === name)) {
      body.push(`export type ${name} = ${scope.use(target)};`);
      return;
    }
    const module = target === 'GUID' ? undefined : item?.module || (item && options.claim(item));
    if (module === options.name) body.push(`export { ${target} as ${name} };`);
    else {
      const from = module ? `./${module}.g.ts` : '../lib/ffi/index.ts';
      body.push(`export { ${target} as ${name} } from '${from}';`);
    }
  };

  emitConstants(items.filter((item) => item.kind === 'constant' || item.kind === 'variable'));
  // Records first: a typedef that names one of this module is only another name for it.
  for (const item of items) emitType(item);
  for (const item of items) {
    if (item.kind === 'function' && !LEFT_OUT.has(item.name)) emitFunction(item);
  }

  function emitConstants(constants: IrItem[]): void {
    const sizes = new Map<string, number>();
    for (const item of constants) {
      const prefix = prefixOf(item.name);
      sizes.set(prefix, (sizes.get(prefix) ?? 0) + 1);
    }
    let group: string | undefined;
    for (const item of constants) {
      // A prefix without a title that few constants have makes no group.
      const prefix = prefixOf(item.name);
      const title = groupTitle(options.name, prefix, sizes.get(prefix) ?? 0);
      if (title !== group) {
        group = title;
        body.push('', ...(title ? [`// ${title}`] : []));
      }
      if (item.kind === 'constant') emitConstant(item);
      else if (item.kind === 'variable' && item.guid) emitGuid(item.name, item.guid);
    }
  }

  function emitConstant({ name, value, text }: IrConstant): void {
    if (value.k === 'guid') emitGuid(name, value.value);
    else emit(name, `export const ${name} = ${literal(value, text)};`);
  }

  function emitGuid(name: string, [a, b, c, rest]: [number, number, number, number[]]): void {
    const hex = (n: number, digits: number) => `0x${n.toString(16).padStart(digits, '0')}`;
    const parts = [hex(a, 8), hex(b, 4), hex(c, 4), ...rest.map((byte) => hex(byte, 2))];
    const call = `${scope.ffi('guid')}(${parts.join(', ')})`;
    emit(name, `export const ${name}: ${scope.ffi('GUID')} = /*#__PURE__*/ ${call};`);
  }

  function emitType(item: IrItem): void {
    if (item.kind === 'struct' || item.kind === 'union') {
      if (item.complete && item.name !== 'GUID') emitRecord(item);
    } else if (item.kind === 'enum') emitEnum(item);
    else if (item.kind === 'typedef') emitTypedef(item);
    else if (item.kind === 'alias') alias(item.name, names.find(item.target)?.name ?? item.target);
  }

  function emitEnum(item: IrEnum): void {
    body.push('');
    if (item.name) {
      body.push(...documentation(item.name, linkOf('enum', item.name, options.name, item.file)));
      emit(item.name, `export const ${item.name} = ${scope.ffi('int')};`);
      body.push(`export type ${item.name} = number;`);
    }
    for (const { name, value } of item.members) emit(name, `export const ${name} = ${value};`);
  }

  function emitTypedef(item: IrTypedef): void {
    const { name } = item;
    const handle = names.handleBehind(item);
    if (handle) {
      emit(name, `export const ${name} = ${scope.use(handle)};`, `export type ${name} = ${handle};`);
      return;
    }
    if (names.isHandle(name)) {
      emit(name, `export const ${name} = ${scope.ffi('intptr')};`);
      const flavor = name === ANY_HANDLE ? 'string' : `'${name}'`;
      body.push(`export type ${name} = number & ${scope.ffi('Flavor')}<${flavor}>;`);
      return;
    }
    const plain = unconst(item.type);
    const resolved = names.resolve({ k: 'name', name });
    if (resolved.k === 'callback') emitCallback(item);
    else if (resolved.k === 'scalar') {
      const base = resolved.base === 'int32' ? 'int' : resolved.base;
      if (base === 'void') return;
      emit(name, `export const ${name} = ${scope.ffi(base)};`);
      body.push(`export type ${name} = ${/^u?int64$/.test(base) ? 'bigint' : 'number'};`);
    } else if (resolved.k === 'record' || resolved.k === 'enum') {
      if (resolved.k === 'record' && !resolved.item.complete) return;
      if (resolved.item.name !== name) alias(name, resolved.item.name);
    } else if (resolved.k === 'ptr') {
      const text = descriptor(plain.k === 'ptr' ? plain : { k: 'ptr', to: resolved.to }, scope);
      const lazy = text.replace(/^ptr\((.*)\)$/, 'ptr(() => $1)');
      const value = valueType({ k: 'ptr', to: resolved.to }, scope, false);
      const type = value.replace(/^(\w+) \| null$/, `${scope.ffi('Pointer')}<$1>`);
      emit(name, `export const ${name} = /*#__PURE__*/ ${lazy};`, `export type ${name} = ${type};`);
    } else if (resolved.k === 'array') {
      const element = names.resolve(resolved.of);
      if (element.k !== 'scalar') throw new Error(`${name}: an array of ${element.k} as a typedef`);
      const text = `${scope.ffi('array')}(${scope.ffi(element.base)}, ${resolved.length})`;
      emit(name, `export const ${name} = /*#__PURE__*/ ${text};`);
      body.push(`export type ${name} = ${valueType(resolved, scope, false)};`);
    }
  }

  function emitCallback(item: IrTypedef): void {
    const { name } = item;
    const own = unconst(item.type);
    const fn = names.callbackOf(item);
    if (!fn) throw new Error(`${name} is not a function type`);
    const other = own.k === 'ptr' ? unconst(own.to) : own;
    if (other.k === 'name' && !other.tag) {
      alias(name, other.name);
      return;
    }
    const facts = callbackFacts(name, fn.params, names);
    const types = fn.params.map(
      (param, index) =>
        `${safe(param.name)}: ${valueType(param.type, scope, facts[index]?.string ?? false)}`,
    );
    const signature = [
      descriptorOfResult(fn.ret),
      ...fn.params.map((param, index) =>
        parameter(param.name, param.type, facts[index] ?? {}, scope),
      ),
    ];
    body.push('', ...documentation(name, linkOf('callback', name, options.name, item.file)));
    const result = valueType(fn.ret, scope, true);
    body.push(`export type ${name} = (${types.join(', ')}) => ${result};`);
    const head = `export const ${name}: ${scope.ffi('CallbackType')}<${name}>`;
    const whenThrown = name in WHEN_THROWN ? `, ${WHEN_THROWN[name]?.result}` : '';
    emit(
      name,
      `${head} = /*#__PURE__*/ ${scope.ffi('callback')}('${name}', () => ${list(signature)}${whenThrown});`,
    );
  }

  function descriptorOfResult(type: CType, asString = true): string {
    const text = asString ? stringDescriptor(type, scope) : undefined;
    return text ? scope.ffi(text) : descriptor(type, scope);
  }

  function emitFunction(fn: IrFunction): void {
    const facts = functionFacts(fn, names);
    const exported = EXPORTED_NAMES[fn.name] ?? fn.name;
    const args = fn.params.map(
      (param, index) =>
        `${safe(param.name)}: ${argumentType(param.type, facts.params[index] ?? {}, scope)}`,
    );
    const asString = !POSITIONS.functions.split(' ').includes(fn.name);
    const signature = [
      descriptorOfResult(fn.ret, asString),
      ...fn.params.map((param, index) =>
        parameter(param.name, param.type, facts.params[index] ?? {}, scope),
      ),
    ];
    for (const word of facts.failure.match(/[A-Za-z]+(?=[(),]|$)/g) ?? []) {
      if (/^[A-Z]|^pending$/.test(word)) scope.ffi(word);
    }
    const minimum = minimumWindows(fn.name);
    const header = options.header === 'windows.h' ? `${fn.file}.h` : options.header;
    const origin = `\`${header}\`, ${facts.dll}.dll${minimum ? `, ${minimum}` : ''}.`;
    const notes = [`${origin} ${failureSentence(facts.failure)}`];
    if (fn.archs) notes.push(`Only on ${fn.archs.join(' and ')}.`);
    const memory = fn.params.map((param, index) => ({
      name: safe(param.name),
      facts: facts.params[index] ?? {},
    }));
    notes.push(...parameterNotes(memory));
    const link = linkOf('function', fn.name, options.name, fn.file);
    body.push('', ...documentation(fn.name, link, notes));
    const type = `(${args.join(', ')}) => ${valueType(fn.ret, scope, asString)}`;
    emit(
      fn.name,
      `export const ${fn.name}: ${scope.ffi('Func')}<${type}> =`,
      `  /*#__PURE__*/ ${scope.ffi('func')}('${facts.dll}', '${exported}', ${facts.failure}, () => ${list(signature, '  ')});`,
    );
  }

  function emitRecord(record: IrRecord): void {
    nameInline(record);
    for (const inner of record.inline) emitInner(inner);
    body.push(
      '',
      ...documentation(record.name, linkOf('struct', record.name, options.name, record.file)),
    );
    emitRecordText(record, true);
    exports.push(record.name);
  }

  function emitInner(record: IrRecord): void {
    for (const inner of record.inline) emitInner(inner);
    body.push('');
    emitRecordText(record, false);
  }

  function emitRecordText(record: IrRecord, exported: boolean): void {
    const word = exported ? 'export ' : '';
    body.push(`${word}interface ${record.name} extends ${scope.ffi('Struct')} {`);
    for (const line of interfaceFields(record)) body.push(`  ${line}`);
    body.push('}');
    const make = scope.ffi(record.kind);
    const options_ = recordOptions(record);
    body.push(
      `${word}const ${record.name}: ${scope.ffi('StructType')}<${record.name}> = /*#__PURE__*/ ${make}('${record.name}', () => ({`,
      ...fieldLines(record, record.fields, '  '),
      `})${options_});`,
    );
  }

  function interfaceFields(record: IrRecord): string[] {
    const lines: string[] = [];
    for (const field of record.fields) {
      const plain = unconst(field.type);
      if (!field.name && plain.k === 'inline') {
        lines.push(...interfaceFields(record.inline[plain.index] as IrRecord));
      } else if (!field.name) {
        // Padding bits.
        if (plain.k === 'name') {
          const inner = names.resolve(plain);
          if (inner.k === 'record') lines.push(...interfaceFields(inner.item));
        }
      } else lines.push(member(record, field));
    }
    for (const [name, path] of Object.entries(MEMBER_ALIASES[record.name] ?? {})) {
      lines.push(`${name}: ${aliasType(record, path.split('.'))};`);
    }
    return lines;
  }

  /** A pointer reads as an address, but memory, or a callback, may be written to it. */
  function member(record: IrRecord, field: IrField): string {
    const name = fieldName(record, field);
    const type = fieldType(record, field);
    if (!/^Pointer\b/.test(type)) return `${name}: ${type};`;
    const resolved = names.resolve(unconst(field.type));
    const written =
      resolved.k === 'callback'
        ? `${scope.ffi('CallbackField')}<${scope.use(resolved.item.name)}>`
        : scope.ffi('BufferArg');
    return `get ${name}(): ${type}; set ${name}(value: ${written});`;
  }

  function aliasType(record: IrRecord, path: string[]): string {
    const field = record.fields.find((one) => one.name === path[0]);
    if (!field) throw new Error(`overlays/records.ts: ${record.name} has no '${path[0]}'`);
    const plain = unconst(field.type);
    if (path.length === 1) return fieldType(record, field);
    if (plain.k !== 'inline') throw new Error(`${record.name}.${path[0]} has no fields of its own`);
    return aliasType(record.inline[plain.index] as IrRecord, path.slice(1));
  }

  function fieldType(record: IrRecord, field: IrField): string {
    const isBuffer = `${record.name}.${field.name}` in BUFFER_FIELDS;
    return valueType(field.type, scope, !isBuffer, record);
  }

  function fieldLines(record: IrRecord, fields: IrField[], indent: string): string[] {
    let anonymous = 0;
    return fields.map((field) => {
      if (field.bits !== undefined) {
        const base = `${scope.ffi('bits')}(${descriptor(field.type, scope)}, ${field.bits})`;
        return `${indent}${field.name ? fieldName(record, field) : `$${++anonymous}`}: ${base},`;
      }
      const isBuffer = `${record.name}.${field.name}` in BUFFER_FIELDS;
      const text = isBuffer ? undefined : stringDescriptor(field.type, scope);
      const type = text ? scope.ffi(text) : descriptor(field.type, scope, record);
      if (!field.name) return `${indent}$${++anonymous}: ${scope.ffi('anon')}(${type}),`;
      return `${indent}${fieldName(record, field)}: ${type},`;
    });
  }

  function recordOptions(record: IrRecord): string {
    const parts: string[] = [];
    if (record.pack) parts.push(`pack: ${record.pack}`);
    const aliases = MEMBER_ALIASES[record.name];
    if (aliases) {
      const pairs = Object.entries(aliases).map(([name, path]) => `${name}: '${path}'`);
      parts.push(`aliases: { ${pairs.join(', ')} }`);
    }
    if (record.byArch?.ia32) {
      const lines = fieldLines(record, record.byArch.ia32, '    ');
      parts.push(`byArch: { ia32: () => ({\n${lines.join('\n')}\n  }) }`);
    }
    return parts.length > 0 ? `, { ${parts.join(', ')} }` : '';
  }

  const head = [`// ${options.header}: ${options.title}.`];
  return { text: finish(head, ffi, imports, body), exports };
}

/** What groups constants: up to the first underline, or a few families that have none. */
function prefixOf(name: string): string {
  return /^(?:SOCK_NOTIFY_|WSAE(?=[A-Z])|SIOC|FIO(?=[A-Z])|POLL|[A-Z0-9]+_)/.exec(name)?.[0] ?? '';
}

const OWN_MEMBERS = new Set(
  [
    Uint8Array.prototype,
    Object.getPrototypeOf(Uint8Array.prototype) as object,
    Object.prototype,
  ].flatMap((object) => Object.getOwnPropertyNames(object)),
);

function fieldName(record: IrRecord, field: IrField): string {
  const name = FIELD_NAMES[`${record.name}.${field.name}`] ?? field.name;
  if (OWN_MEMBERS.has(name)) {
    throw new Error(
      `${record.name}.${name} would hide Uint8Array's own '${name}': rename it in overlays/records.ts`,
    );
  }
  return name;
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

const RESERVED = new Set(
  'in function default new delete class enum export import var void with switch case return this'.split(
    ' ',
  ),
);

function safe(name: string): string {
  return RESERVED.has(name) ? `${name}_` : name;
}

/** A signature on one line when it is short, else one parameter a line. */
function list(items: string[], indent = ''): string {
  const short = `[${items.join(', ')}]`;
  if (short.length <= 60) return short;
  return `[${items[0]},\n${items
    .slice(1)
    .map((item) => `${indent}  ${item},\n`)
    .join('')}${indent}]`;
}

function literal(value: ConstantValue, text: string): string {
  if (value.k === 'string') return `'${value.value.replace(/[\\']/g, '\\$&')}'`;
  if (value.k !== 'int') throw new Error('unreachable');
  let number = value.value;
  const minus = value.pointerSized || value.type === 'pointer';
  if (minus && number >= 1n << 63n) number -= 1n << 64n;
  const hex = /0x/i.test(text) || number >= 0x10000000n;
  const written = hex && number >= 0 ? `0x${number.toString(16)}` : `${number}`;
  const isSafe = number <= 0x1fffffffffffffn && number >= -0x1fffffffffffffn;
  return isSafe ? written : `${written}n`;
}

function finish(
  head: string[],
  ffi: Set<string>,
  imports: Map<string, Set<string>>,
  body: string[],
): string {
  const lines = [...head];
  const types = new Set([
    'Struct',
    'StructType',
    'Func',
    'CallbackType',
    'CallbackArg',
    'CallbackField',
    'BufferArg',
    'StructArg',
    'ScalarArg',
    'StringArg',
    'Pointer',
    'Flavor',
    'CharArray',
    'WideCharArray',
    'CArray',
  ]);
  const sorted = [...ffi].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  if (sorted.length > 0) {
    const words = sorted.map((name) => (types.has(name) ? `type ${name}` : name));
    lines.push(...wrap('import {', words, "} from '../lib/ffi/index.ts';"));
  }
  for (const module of [...imports.keys()].sort()) {
    const words = [...(imports.get(module) ?? [])].sort();
    lines.push(...wrap('import {', words, `} from './${module}.g.ts';`));
  }
  return `${[...lines, '', ...body].join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}

/** A list of names filled into lines of at most 100 characters. */
function wrap(open: string, words: string[], close: string): string[] {
  const single = `${open} ${words.join(', ')} ${close}`;
  if (single.length <= 100) return [single];
  const lines: string[] = [];
  let line = ' ';
  for (const word of words) {
    if (line.length + word.length + 2 > 100) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word},`;
  }
  return [open, ...lines, line, close];
}
