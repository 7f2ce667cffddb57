// The definitions against the headers of the Windows SDK. They are made from other headers, which the
// compiler that layouts.test.ts asks reads as well, so this is the independent witness. A difference
// that is meant stands in sdk-differences.ts with its reason; any other fails, and so does a reason that
// has become void.

import { readdirSync, readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { CType, Func, RecordType } from 'winsock';
import { DIFFERENCES } from './sdk-differences.ts';

type Arch = 'x64' | 'arm64' | 'ia32';
type Fields = Record<string, [offset: number, size: number, bit?: number]>;
type Layout = [size: number, align: number, fields: Fields];

const folder = new URL('../../../', import.meta.url);
const facts = JSON.parse(
  readFileSync(new URL('tests/fixtures/sdk-facts.json', folder), 'utf8'),
) as {
  constants: Record<string, number | string>;
  guids: Record<string, string>;
  records: Record<string, Partial<Record<Arch, Layout>> & { x64: Layout }>;
  functions: Record<string, [dll: string, result: string, ...parameters: string[]]>;
};

const published = new Map<string, unknown>();
for (const name of readdirSync(new URL('defs/', folder))) {
  if (!name.endsWith('.g.ts')) continue;
  const module = (await import(new URL(`defs/${name}`, folder).href)) as object;
  for (const [key, value] of Object.entries(module)) published.set(key, value);
}

/** Compares a kind of names, but for the differences that are meant; those have to be there. */
function compare<T>(
  t: Test,
  kind: string,
  all: Readonly<Record<string, T>>,
  differenceOf: (name: string, fact: T) => string | undefined,
): void {
  const meant = DIFFERENCES[kind] ?? {};
  for (const [name, fact] of Object.entries(all)) {
    const difference = differenceOf(name, fact);
    const isMeant = meant[name]?.differs;
    if (difference !== isMeant)
      t.fail(`${name}: ${difference ?? 'is as in the SDK'}; ${isMeant ?? ''}`);
  }
  t.same(
    Object.keys(meant).filter((name) => !(name in all)),
    [],
    'differences of names that are compared',
  );
  t.pass(`${Object.keys(all).length} ${kind}`);
}

t.test('constants have the values of the headers', async (t) => {
  compare(t, 'constants', facts.constants, (name, fact) => {
    const value = published.get(name);
    if (typeof value !== 'number' && typeof value !== 'bigint') return 'is not published';
    // -1 stands for the largest value of an unsigned type, of 32 bits or as wide as a pointer.
    const same = [32, 64].some(
      (bits) => BigInt.asUintN(bits, BigInt(value)) === BigInt.asUintN(bits, BigInt(fact)),
    );
    return same ? undefined : `is ${value}, not ${fact}`;
  });
});

t.test('GUIDs have the bytes of the headers', async (t) => {
  compare(t, 'guids', facts.guids, (name, fact) => {
    const value = published.get(name);
    if (!ArrayBuffer.isView(value)) return 'is not published';
    const hex = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
    return hex === fact ? undefined : `is ${hex}, not ${fact}`;
  });
});

t.test('records have the layout of the headers', async (t) => {
  compare(t, 'records', facts.records, (name, byArch) => {
    const type = published.get(name) as RecordType | undefined;
    if (type === undefined) return 'is not published';
    const archs = ['x64', 'arm64', 'ia32'] as const;
    const wrong = archs.flatMap((arch) =>
      layoutDifferences(type, arch, byArch[arch] ?? byArch.x64),
    );
    return wrong.length > 0 ? [...new Set(wrong)].join('; ') : undefined;
  });
});

function layoutDifferences(type: RecordType, arch: Arch, [size, align, fields]: Layout): string[] {
  const found = `${type.sizeOf(arch)}, ${type.alignOf(arch)}`;
  const wrong =
    found === `${size}, ${align}`
      ? []
      : [`${arch} size, alignment ${found}, not ${size}, ${align}`];
  for (const [path, [offset, , bit]] of Object.entries(fields)) {
    const place = placeOf(type, path, arch);
    const expected = bit === undefined ? offset * 8 : (offset - (bit >> 3)) * 8 + bit;
    if (place === undefined) wrong.push(`no ${path}`);
    else if (place !== expected) wrong.push(`${arch} ${path} at bit ${place}, not ${expected}`);
  }
  return wrong;
}

/** Where a field begins, in bits. */
function placeOf(type: RecordType, path: string, arch: Arch): number | undefined {
  const [first = '', ...rest] = path.split('.');
  const alias = type.options.aliases?.[first];
  if (alias !== undefined) return placeOf(type, [alias, ...rest].join('.'), arch);
  const field = type.layoutFor(arch).fields.find(({ name }) => name === first);
  if (!field || rest.length === 0) return field && field.offset * 8 + (field.bit ?? 0);
  const inner =
    field.type.kind === 'record' ? placeOf(field.type, rest.join('.'), arch) : undefined;
  return inner === undefined ? undefined : field.offset * 8 + inner;
}

t.test('functions have the signatures of the headers', async (t) => {
  compare(t, 'functions', facts.functions, (name, [dll, ...classes]) => {
    const definition = (published.get(name) as Func<() => unknown> | undefined)?.definition;
    if (!definition) return 'is not published';
    const [result, ...parameters] = definition.signature();
    const types = [result, ...parameters.map(({ type }) => type)] as CType[];
    const wrong = classes.flatMap((wanted, index) => {
      const type = types[index];
      if (type && isOf(type, wanted)) return [];
      return [`${index === 0 ? 'result' : `parameter ${index}`} ${type?.name}, not ${wanted}`];
    });
    if (types.length !== classes.length) wrong.push(`${types.length - 1} parameters`);
    // The entry point of a provider has no DLL of its own.
    const other = dll !== '' && definition.dll.toLowerCase() !== dll;
    if (other) wrong.push(`of ${definition.dll}, not ${dll}`);
    return wrong.length > 0 ? wrong.join('; ') : undefined;
  });
});

/** Whether a type travels as the SDK's does. What is as wide as a pointer may be a handle there. */
function isOf(type: CType, wanted: string): boolean {
  switch (type.kind) {
    case 'void':
      return wanted === 'void';
    case 'record':
      return wanted === 'rec';
    case 'integer': {
      const { width, signed } = type as CType & { width: number | 'pointer'; signed: boolean };
      if (width === 'pointer') return ['ptr', 'int8', 'int8u'].includes(wanted);
      const [, bytes, unsigned] = /^int(\d)(u?)$/.exec(wanted) ?? [];
      if (wanted === 'enum') return width === 32;
      return Number(bytes) * 8 === width && signed === (unsigned === '');
    }
    default:
      return wanted === 'ptr';
  }
}
