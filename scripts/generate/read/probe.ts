// Asks the compiler for values. Every question is one global variable in a unit compiled to LLVM
// IR; lines that do not compile are dropped and the rest is compiled again, so a question may be
// asked of anything. Reading IR runs nothing, so it works for every architecture alike.

import { unconst } from '../model/ctype.ts';
import type { Arch, ConstantValue, Guid, IntClass, IrItem, IrRecord } from '../model/ir.ts';
import type { Clang } from './clang.ts';
import type { Macro } from './macros.ts';

const CLASSES: Record<number, IntClass | 'string' | 'wide' | 'other'> = {
  1: 'i32',
  2: 'u32',
  3: 'i64',
  4: 'u64',
  5: 'pointer',
  6: 'string',
  7: 'wide',
};

// `long` is 32 bits; the 16- and 8-bit types are promoted by the unary plus.
const CLASS_OF = (expression: string): string =>
  `_Generic((${expression}), _Bool: 1, char: 1, signed char: 1, unsigned char: 1, short: 1, ` +
  'unsigned short: 1, int: 1, long: 1, unsigned int: 2, unsigned long: 2, long long: 3, ' +
  'unsigned long long: 4, char *: 6, const char *: 6, unsigned short *: 7, ' +
  'const unsigned short *: 7, default: 5)';

/** Compiles `unit` plus the questions, one a line, until all lines that are left compile. */
async function ask(
  clang: Clang,
  arch: Arch,
  unit: string,
  questions: Map<string, string>,
): Promise<string> {
  const first = unit.split('\n').length;
  let names = [...questions.keys()];
  for (let round = 0; round < 6; round++) {
    const lines = names.map((name) => questions.get(name));
    const { ir, errors } = await clang.compile(arch, `${unit}\n${lines.join('\n')}\n`);
    if (errors.size === 0) return ir;
    const kept = names.filter((_, index) => !errors.has(first + 1 + index));
    if (kept.length === names.length) throw new Error('the headers themselves do not compile');
    names = kept;
  }
  throw new Error('the probes do not converge');
}

function readGlobals(ir: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const match of ir.matchAll(/^@(Q\w+) = .*?(?:global|constant) (.*?)(?:, align \d+)?$/gm)) {
    found.set(match[1] as string, match[2] as string);
  }
  return found;
}

/** Values of object-like macros. A macro that is no constant is missing from the result. */
export async function probeConstants(
  clang: Clang,
  arch: Arch,
  unit: string,
  macros: Macro[],
): Promise<Map<string, ConstantValue>> {
  const values = new Map<string, ConstantValue>();
  const ints = new Map<string, string>();
  for (const [index, { name }] of macros.entries()) {
    ints.set(
      name,
      `unsigned long long Q${index}v = (unsigned long long)(${name}); int Q${index}c = ${CLASS_OF(name)};`,
    );
  }
  const globals = readGlobals(await ask(clang, arch, unit, ints));
  const rest: [number, Macro][] = [];
  for (const [index, macro] of macros.entries()) {
    const kind = CLASSES[Number(globals.get(`Q${index}c`)?.replace(/^i32 /, ''))];
    const value = globals.get(`Q${index}v`);
    const number = value && /^i64 (-?\d+)$/.exec(value)?.[1];
    if (kind && kind !== 'string' && kind !== 'wide' && kind !== 'other' && number) {
      values.set(macro.name, { k: 'int', value: typed(BigInt(number), kind), type: kind });
    } else rest.push([index, macro]);
  }

  const others = new Map<string, string>();
  for (const [index, { name }] of rest) {
    others.set(`${name} text`, `const char Q${index}s[] = ${name};`);
    others.set(`${name} wide`, `const unsigned short Q${index}w[] = ${name};`);
    others.set(`${name} guid`, `const GUID Q${index}g = ${name};`);
  }
  const found = readGlobals(await ask(clang, arch, unit, others));
  for (const [index, { name, text }] of rest) {
    // A brace list would pass as an array of characters too, so what it looks like decides.
    const isString = /"/.test(text) || !/^\{|\(/.test(text);
    const narrow = isString ? readString(found.get(`Q${index}s`)) : undefined;
    const wide = isString ? readWide(found.get(`Q${index}w`)) : undefined;
    // An address in braces has the size of a GUID, but lib/api has what it means.
    const guid = /ADDR_\w*INIT$/.test(name) ? undefined : readGuid(found.get(`Q${index}g`));
    if (narrow !== undefined) values.set(name, { k: 'string', value: narrow, wide: false });
    else if (wide !== undefined) values.set(name, { k: 'string', value: wide, wide: true });
    else if (guid) values.set(name, { k: 'guid', value: guid });
  }
  return values;
}

/** The 64 bits that the probe stored, read back as the expression's own type. */
function typed(bits: bigint, kind: IntClass): bigint {
  if (kind === 'i32') return BigInt.asIntN(32, bits);
  if (kind === 'u32') return BigInt.asUintN(32, bits);
  if (kind === 'i64') return BigInt.asIntN(64, bits);
  return BigInt.asUintN(64, bits);
}

function readString(initializer: string | undefined): string | undefined {
  const match = initializer && /^\[\d+ x i8\] c"(.*)"$/.exec(initializer);
  if (!match) return undefined;
  const bytes = (match[1] as string).replace(/\\([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return bytes.replace(/\0$/, '');
}

function readWide(initializer: string | undefined): string | undefined {
  const match = initializer && /^\[\d+ x i16\] \[(.*)\]$/.exec(initializer);
  if (!match) return undefined;
  const codes = (match[1] as string).split(', ').map((item) => Number(item.replace('i16 ', '')));
  return String.fromCharCode(...codes).replace(/\0$/, '');
}

function readGuid(initializer: string | undefined): Guid | undefined {
  const match =
    initializer &&
    /^%struct\._?GUID \{ i32 (-?\d+), i16 (-?\d+), i16 (-?\d+), \[8 x i8\] (.*) \}$/.exec(
      initializer,
    );
  if (initializer === '%struct._GUID zeroinitializer') return [0, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]];
  if (!match) return undefined;
  const [, a, b, c, tail] = match as unknown as [string, string, string, string, string];
  const bytes: number[] = [];
  if (tail === 'zeroinitializer') bytes.push(0, 0, 0, 0, 0, 0, 0, 0);
  else {
    for (const piece of tail.slice(2, -1).matchAll(/\\([0-9A-F]{2})|([^\\])/g)) {
      bytes.push(piece[1] ? Number.parseInt(piece[1], 16) : (piece[2] as string).charCodeAt(0));
    }
  }
  return [Number(a) >>> 0, Number(b) & 0xffff, Number(c) & 0xffff, bytes];
}

/** GUID objects (`extern const GUID X`, which INITGUID turns into definitions). */
export async function probeGuids(
  clang: Clang,
  arch: Arch,
  unit: string,
  items: IrItem[],
): Promise<void> {
  // The compiler drops unused definitions, so each is taken by address.
  const names = items.filter((item) => item.kind === 'variable' && isGuid(item.type));
  const uses = names.map(({ name }, index) => `const void *Q${index} = &${name};`);
  const { ir } = await clang.compile(arch, `${unit}\n${uses.join('\n')}\n`);
  for (const match of ir.matchAll(
    /^@(\w+) = .*?constant (%struct\._?GUID .*?)(?:, comdat.*|, align.*)?$/gm,
  )) {
    const item = names.find(({ name }) => name === match[1]);
    const guid = readGuid(match[2]);
    if (item?.kind === 'variable' && guid) item.guid = guid;
  }
}

function isGuid(type: unknown): boolean {
  return /"name":"_?(?:GUID|IID|CLSID|_GUID)"/.test(JSON.stringify(type));
}

export interface Layout {
  size: number;
  align: number;
  /** Offset and size of each field, bit-fields left out; promoted names stand by themselves. */
  fields: Record<string, [offset: number, size: number]>;
}

/** By architecture and the record's name. */
export type Layouts = ReadonlyMap<Arch, ReadonlyMap<string, Layout>>;

/** The C spelling of a record's type. */
export function spelling(record: IrRecord): string {
  return record.tag ? `${record.kind} ${record.tag}` : record.name;
}

/** Paths that `offsetof` takes, with the fields of anonymous members promoted. */
function fieldPaths(record: IrRecord, arch: Arch, prefix = ''): string[] {
  const paths: string[] = [];
  const fields = (arch === 'ia32' && record.byArch?.ia32) || record.fields;
  for (const field of fields) {
    if (field.bits !== undefined) continue;
    const type = unconst(field.type);
    if (field.name) paths.push(prefix + field.name);
    if (type.k === 'inline') {
      const inner = record.inline[type.index] as IrRecord;
      paths.push(...fieldPaths(inner, arch, field.name ? `${prefix}${field.name}.` : prefix));
    }
  }
  return paths;
}

/** The compiler's layout of each record that exists on `arch`, by the record's name. */
export async function probeLayouts(
  clang: Clang,
  arch: Arch,
  unit: string,
  records: IrRecord[],
): Promise<Map<string, Layout>> {
  const questions = new Map<string, string>();
  const asked = records.filter((record) => record.complete);
  for (const [index, record] of asked.entries()) {
    const type = spelling(record);
    const items = [`sizeof(${type})`, `_Alignof(${type})`];
    for (const path of fieldPaths(record, arch)) {
      items.push(`__builtin_offsetof(${type}, ${path})`, `sizeof(((${type} *)0)->${path})`);
    }
    questions.set(record.name, `unsigned long long Q${index}[] = {${items.join(', ')}};`);
  }
  const globals = readGlobals(await ask(clang, arch, unit, questions));
  const layouts = new Map<string, Layout>();
  for (const [index, record] of asked.entries()) {
    const initializer = globals.get(`Q${index}`);
    if (!initializer) continue;
    const count = Number(/^\[(\d+) x/.exec(initializer)?.[1]);
    const values = initializer.endsWith('zeroinitializer')
      ? new Array<number>(count).fill(0)
      : [...initializer.matchAll(/\bi64 (-?\d+)/g)].map((match) => Number(match[1]));
    const [size = 0, align = 1, ...rest] = values;
    const fields: Layout['fields'] = {};
    for (const [at, path] of fieldPaths(record, arch).entries()) {
      fields[path] = [rest[at * 2] ?? 0, rest[at * 2 + 1] ?? 0];
    }
    layouts.set(record.name, { size, align, fields });
  }
  return layouts;
}
