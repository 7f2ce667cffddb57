// The definitions against a C compiler: layouts of every record on three architectures, values of
// constants, and how each parameter and result travels.

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import type { CType, Func, RecordType } from 'winsock';

type Arch = 'x64' | 'arm64' | 'ia32';
type Layout = [size: number, align: number, fields: Record<string, [number, number]>];

const folder = new URL('../../../', import.meta.url);
const facts = JSON.parse(readFileSync(new URL('tests/fixtures/compiler.json', folder), 'utf8')) as {
  layouts: Record<string, Partial<Record<Arch, Layout>>>;
  constants: Record<string, string[]>;
  signatures: Record<'x64' | 'ia32', Record<string, string[]>>;
};

const published = new Map<string, unknown>();
for (const name of readdirSync(new URL('defs/', folder))) {
  if (!name.endsWith('.g.ts')) continue;
  const module = (await import(new URL(`defs/${name}`, folder).href)) as object;
  for (const [key, value] of Object.entries(module)) published.set(key, value);
}

/** Fields that go by another name, because theirs is a member of every typed array. */
const renamed: Record<string, string> = { length: 'length_' };

t.test('records are laid out as the compiler does', async (t) => {
  let compared = 0;
  for (const [name, byArch] of Object.entries(facts.layouts)) {
    const type = published.get(name) as RecordType | undefined;
    const wrong: string[] = type ? [] : ['is not published'];
    for (const [arch, [size, align, fields]] of Object.entries(byArch) as [Arch, Layout][]) {
      if (!type) continue;
      const found = [type.sizeOf(arch), type.alignOf(arch)].join();
      if (found !== [size, align].join()) {
        wrong.push(`${arch}: size, alignment ${found}, not ${size},${align}`);
      }
      for (const [path, [offset, bytes]] of Object.entries(fields)) {
        const field = find(type, path, arch);
        if (field?.offset !== offset || field.size !== bytes) {
          wrong.push(`${arch}: ${path} ${JSON.stringify(field)}, not ${offset}, ${bytes}`);
        }
        compared++;
      }
    }
    if (wrong.length > 0) t.fail(`${name}: ${wrong.join('; ')}`);
  }
  t.ok(compared > 5000, `${compared} fields compared`);
});

/** The offset and size of a field, `a.b` being b in the record that a is. */
function find(
  type: RecordType,
  path: string,
  arch: Arch,
): { offset: number; size: number } | undefined {
  const [first = '', ...rest] = path.split('.');
  const fields = type.layoutFor(arch).fields;
  const field = fields.find(({ name }) => name === first || name === renamed[first]);
  if (!field) return undefined;
  if (rest.length === 0) return { offset: field.offset, size: field.type.sizeOf(arch) };
  const inner = find(field.type as unknown as RecordType, rest.join('.'), arch);
  return inner && { offset: field.offset + inner.offset, size: inner.size };
}

t.test('constants have the compiler’s values', async (t) => {
  for (const [name, values] of Object.entries(facts.constants)) {
    const value = published.get(name);
    const isNumber = typeof value === 'number' || typeof value === 'bigint';
    // -1 stands for the largest value of an unsigned type as wide as a pointer.
    const same = (text: string) =>
      BigInt.asUintN(64, BigInt(text)) === BigInt.asUintN(64, BigInt(value as number));
    if (!isNumber || !values.some(same)) t.fail(`${name} is ${value}, not ${values.join(' or ')}`);
  }
  t.pass(`${Object.keys(facts.constants).length} constants`);
});

t.test('parameters and results travel as the compiler has them', async (t) => {
  for (const arch of ['x64', 'ia32'] as const) {
    const word = arch === 'x64' ? 'i64' : 'i32';
    for (const [name, classes] of Object.entries(facts.signatures[arch])) {
      const definition = published.get(name) as
        | Func<() => unknown>
        | { signature(): readonly [CType, ...{ type: CType }[]] }
        | undefined;
      const signature =
        definition &&
        ('definition' in definition ? definition.definition.signature() : definition.signature());
      const types = signature?.map((one) => ('type' in one ? one.type : one)) as
        | CType[]
        | undefined;
      const matches =
        types?.length === classes.length &&
        types.every((type, index) => travelsAs(type, word).includes(classes[index] as string));
      if (!matches) t.fail(`${arch} ${name}: ${types?.map((type) => type.name)}, not ${classes}`);
    }
    t.pass(`${Object.keys(facts.signatures[arch]).length} signatures on ${arch}`);
  }
});

/** A handle is a number here and often a pointer in C; they travel alike. */
function travelsAs(type: CType, word: string): string[] {
  if (type.kind === 'void') return ['void'];
  if (type.kind === 'record') return ['byval', 'ptr', 'i32', 'i64'];
  if (type.kind !== 'integer') return ['ptr', word];
  const { width } = type as CType & { width: number | 'pointer' };
  return width === 'pointer' ? ['ptr', word] : [`i${width}`];
}
