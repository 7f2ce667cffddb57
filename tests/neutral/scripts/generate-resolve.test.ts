// What the generator takes a C type for, on declarations of our own.

import t from 'tap';
import type { IrItem, IrRecord } from '../../../scripts/generate/model/ir.ts';
import { publishReferences } from '../../../scripts/generate/model/references.ts';
import { canonical, Names } from '../../../scripts/generate/model/resolve.ts';
import { parseType } from '../../../scripts/generate/read/parse-type.ts';

const declared = { file: 'input', module: '' };

function typedef(name: string, type: string): IrItem {
  return { ...declared, kind: 'typedef', name, type: parseType(type) };
}

function record(name: string, fields: Record<string, string> | undefined): IrRecord {
  return {
    ...declared,
    kind: 'struct',
    name,
    tag: name,
    fields: Object.entries(fields ?? {}).map(([name, type]) => ({ name, type: parseType(type) })),
    inline: [],
    complete: fields !== undefined,
  };
}

const ITEMS: IrItem[] = [
  typedef('DWORD', 'unsigned long'),
  typedef('LPDWORD', 'DWORD *'),
  typedef('ULONG_PTR', 'unsigned long long'),
  typedef('PULONG_PTR', 'unsigned long long *'),
  typedef('WCHAR', 'unsigned short'),
  typedef('PCWSTR', 'const WCHAR *'),
  typedef('SOCKET', 'ULONG_PTR'),
  typedef('HFILE', 'struct HFILE__ *'),
  typedef('HMODULE', 'HFILE'),
  record('HFILE__', { unused: 'int' }),
  typedef('HFLOW', 'struct FLOW *'),
  record('FLOW', undefined),
  record('PAIR', { key: 'DWORD', next: 'struct PAIR *', text: 'PCWSTR', file: 'HFILE' }),
  typedef('LPPAIR', 'struct PAIR *'),
  typedef('LPDONE', 'void (*)(DWORD, LPPAIR)'),
  typedef('LPDONE2', 'LPDONE'),
];

const names = new Names(ITEMS, { SOCKET: 'a number' });
const kindOf = (type: string) => names.resolve(parseType(type)).k;

t.test('a typedef is what it comes down to, and what is wide as a pointer stays so', async (t) => {
  t.same(names.resolve(parseType('DWORD')), { k: 'scalar', base: 'uint32' });
  t.same(names.resolve(parseType('ULONG_PTR')), { k: 'scalar', base: 'uintptr' });
  const pointer = names.resolve(parseType('PULONG_PTR'));
  t.same(pointer.k === 'ptr' && names.resolve(pointer.to), { k: 'scalar', base: 'uintptr' });
  t.same(names.resolve(parseType('WCHAR')), { k: 'scalar', base: 'wchar' });
  t.equal(kindOf('LPDWORD'), 'ptr');
  t.equal(kindOf('struct PAIR'), 'record');
  t.throws(() => kindOf('UNKNOWN'), { message: "nothing declares 'UNKNOWN'" });
});

t.test('const is of what is pointed to', async (t) => {
  const isConst = (type: string) => {
    const resolved = names.resolve(parseType(type));
    return resolved.k === 'ptr' && resolved.isConst;
  };
  t.ok(isConst('const DWORD *'));
  t.ok(isConst('PCWSTR'));
  t.notOk(isConst('DWORD *'));
  t.notOk(isConst('DWORD *const'));
});

t.test(
  'handles are numbers: those of the list, of DECLARE_HANDLE, of records unknown',
  async (t) => {
    for (const name of ['SOCKET', 'HFILE', 'HMODULE', 'HFLOW'])
      t.equal(kindOf(name), 'handle', name);
    t.notOk(names.isHandle('LPPAIR'));
  },
);

t.test('a function type is a callback under each of its names', async (t) => {
  for (const name of ['LPDONE', 'LPDONE2']) t.equal(kindOf(name), 'callback', name);
  const [first, second] = ['LPDONE', 'LPDONE2'].map((name) => names.find(name));
  t.ok(first?.kind === 'typedef' && names.spellsOut(first));
  t.notOk(
    second?.kind === 'typedef' && names.spellsOut(second),
    'which only one of them spells out',
  );
});

t.test('characters, and what nobody can look into', async (t) => {
  t.equal(names.characterOf(parseType('const char *')), 'char');
  t.equal(names.characterOf(parseType('PCWSTR')), 'wchar');
  t.equal(names.characterOf(parseType('DWORD *')), undefined);
  t.ok(names.isOpaque(parseType('void')));
  t.ok(names.isOpaque(parseType('struct FLOW')));
  t.notOk(names.isOpaque(parseType('struct PAIR')));
  t.equal(canonical('WINBOOL'), 'BOOL');
  t.equal(canonical('DWORD'), 'DWORD');
});

t.test('what a published item names is published with the base types, and no more', async (t) => {
  const items = ITEMS.map((item) => ({ ...item, module: item.name === 'LPDONE2' ? 'own' : '' }));
  publishReferences({ items }, new Names(items, { SOCKET: 'a number' }));
  const published = items.filter(({ module }) => module === 'windows').map(({ name }) => name);
  t.same(
    published.sort(),
    ['DWORD', 'HFILE', 'LPDONE', 'PAIR'],
    'through types of functions and fields',
  );
});
