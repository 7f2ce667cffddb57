// How the generator joins the headers with the overlays, on declarations of our own.

import t from 'tap';
import { readEntry } from '../../../scripts/generate/model/entries.ts';
import { addFacts, type Overlays } from '../../../scripts/generate/model/facts.ts';
import type { CType, IrFunction, IrItem, IrTypedef } from '../../../scripts/generate/model/ir.ts';
import { Names } from '../../../scripts/generate/model/resolve.ts';
import { PARAMS } from '../../../scripts/generate/overlays/params.ts';
import { REQUIRED } from '../../../scripts/generate/overlays/required.ts';
import { parseType } from '../../../scripts/generate/read/parse-type.ts';

const declared = { file: 'input', module: 'winsock2' };

function fn(name: string, ret: string, ...params: [type: string, name: string][]): IrFunction {
  return {
    ...declared,
    kind: 'function',
    name,
    ret: parseType(ret),
    params: params.map(([type, name]) => ({ name, type: parseType(type), facts: {} })),
    cdecl: false,
    dll: '',
    failure: { convention: 'NeverFails' },
  };
}

function typedef(name: string, type: string): IrTypedef {
  return { ...declared, kind: 'typedef', name, type: parseType(type) };
}

const BASE: IrItem[] = [
  typedef('DWORD', 'unsigned long'),
  typedef('BOOL', 'int'),
  typedef('SOCKET', 'unsigned long long'),
];

const NOTHING: Overlays = {
  params: {},
  required: {},
  failures: [],
  dlls: [],
  notExported: [],
  exportedNames: {},
};

/** What the stage says of the items, with these overlays only. */
function join(items: IrItem[], overlays: Partial<Overlays> = {}): string[] {
  const ir = { items: [...BASE, ...items] };
  return addFacts(ir, new Names(ir.items, { SOCKET: '' }), { ...NOTHING, ...overlays });
}

const factsOf = (item: IrFunction) =>
  Object.fromEntries(item.params.map(({ name, facts }) => [name, facts]));

t.test('an entry says direction, bound and marks, and refuses what it does not know', async (t) => {
  const said: [entry: string, facts: object][] = [
    ['inout', { direction: 'inout' }],
    [
      'out bytes len',
      { direction: 'out', bound: { kind: 'bytes', parameter: 'len' }, string: false },
    ],
    ['in opaque', { direction: 'in', bound: { kind: 'opaque' }, string: false }],
    ['bytesSum a:b', { bound: { kind: 'bytesSum', parameters: ['a', 'b'] }, string: false }],
    [
      'bytesBy af:2=4:23=16',
      { bound: { kind: 'bytesBy', parameter: 'af', sizes: { 2: 4, 23: 16 } }, string: false },
    ],
    [
      'out minBytes 46',
      { direction: 'out', bound: { kind: 'minBytes', least: 46 }, string: false },
    ],
    ['in string', { direction: 'in', string: true }],
    ['kept systemOwned', { kept: true, systemOwned: true }],
  ];
  for (const [entry, facts] of said) t.same(readEntry(entry, 'f.x'), facts, entry);
  t.throws(() => readEntry('out byte len', 'f.x'), { message: /f\.x.*unknown word 'byte'/ });
  t.throws(() => readEntry('out bytes', 'f.x'), { message: /f\.x.*missing/ });
  t.throws(() => readEntry('minBytes few', 'f.x'), { message: /needs a number/ });
});

t.test('rules tell the direction, text, and addresses with their length', async (t) => {
  const open = fn(
    'Open',
    'int',
    ['const char *', 'name'],
    ['char *', 'buffer'],
    ['DWORD *', 'count'],
    ['const DWORD *', 'wanted'],
    ['DWORD', 'flags'],
  );
  join([open]);
  t.same(factsOf(open), {
    name: { direction: 'in', string: true },
    buffer: { direction: 'out' },
    count: { direction: 'out' },
    wanted: { direction: 'in' },
    flags: {},
  });
});

t.test('an entry stands above the rule, for both variants of a name', async (t) => {
  const a = fn('OpenA', 'int', ['char *', 'buffer'], ['int', 'length']);
  const w = fn('OpenW', 'int', ['char *', 'buffer'], ['int', 'length']);
  const own = fn('OtherW', 'int', ['char *', 'buffer'], ['int', 'length']);
  const overlays = {
    params: { Open: { buffer: 'in bytes length' }, OtherW: { buffer: 'opaque' } },
    required: { Open: 'buffer' },
  };
  t.same(join([a, w, own], overlays), []);
  const buffer = {
    direction: 'in',
    bound: { kind: 'bytes', parameter: 'length' },
    string: false,
    required: true,
  };
  t.same(factsOf(a).buffer, buffer);
  t.same(factsOf(w).buffer, buffer);
  t.same(factsOf(own).buffer, { direction: 'out', bound: { kind: 'opaque' }, string: false });
});

t.test('a variable that says how much memory there is, is read and written', async (t) => {
  const list = fn('List', 'int', ['void *', 'rows'], ['DWORD *', 'size']);
  join([list], { params: { List: { rows: 'out bytesAt size' } } });
  t.equal(list.params[1]?.facts.direction, 'inout');
  const ask = fn('Ask', 'int', ['void *', 'rows'], ['DWORD *', 'size']);
  join([ask], { params: { Ask: { rows: 'out bytesAt size', size: 'in' } } });
  t.equal(ask.params[1]?.facts.direction, 'in', 'unless an entry says otherwise');
});

t.test('data that fits no header is refused', async (t) => {
  const one = () => fn('One', 'int', ['char *', 'buffer']);
  t.throws(() => join([one()], { params: { One: { bufer: 'in' } } }), {
    message: /One has no parameter 'bufer'/,
  });
  t.throws(() => join([one()], { params: { One: { buffer: 'in bytes length' } } }), {
    message: /One\.buffer: there is no parameter 'length'/,
  });
  const unused = join([one()], {
    params: { Gone: { buffer: 'in' } },
    required: { Lost: 'x' },
    failures: [{ functions: 'One Never', failure: { convention: 'IsFalse' } }],
    dlls: [{ dll: 'a', functions: 'Nowhere' }],
  });
  t.same(unused, ['Gone', 'Lost', 'Nowhere', 'Never']);
});

t.test('failure follows the result, unless an entry or an error parameter says more', async (t) => {
  const convention = (item: IrFunction, overlays?: Partial<Overlays>) => {
    join([item], overlays);
    return item.failure;
  };
  t.same(convention(fn('F', 'int')), { convention: 'SocketError' });
  t.same(convention(fn('F', 'BOOL')), { convention: 'IsFalse' });
  t.same(convention(fn('F', 'SOCKET')), { convention: 'InvalidSocket' });
  t.same(convention(fn('F', 'void')), { convention: 'NeverFails' });
  t.same(convention(fn('F', 'void *')), { convention: 'IsNull' });
  t.same(convention(fn('F', 'int', ['int *', 'lpErrno'])), {
    convention: 'SocketError',
    codeIn: 'lpErrno',
  });
  const failure = { convention: 'IsFalse', pending: ['WSA_IO_PENDING'] } as const;
  t.same(convention(fn('F', 'int'), { failures: [{ functions: 'F', failure }] }), failure);
});

t.test('a type of a function that is called has the facts of the function', async (t) => {
  const callback = (name: string): [IrTypedef, Extract<CType, { k: 'fn' }>] => {
    const item = typedef(name, 'int (*)(char *, int)');
    const type = item.type.k === 'ptr' ? item.type.to : item.type;
    if (type.k !== 'fn') throw new Error(`${name} is no function type`);
    for (const [index, param] of ['buffer', 'length'].entries()) type.params[index]!.name = param;
    return [item, type];
  };
  const [called, calledType] = callback('LPFN_RECEIVE');
  const [calling, callingType] = callback('LPRECEIVED');
  const params = { Receive: { buffer: 'out bytes length' }, LPRECEIVED: { length: 'kept' } };
  join([fn('Receive', 'int', ['char *', 'buffer'], ['int', 'length']), called, calling], {
    params,
    required: { Receive: 'buffer' },
  });
  t.same(calledType.params[0]?.facts, {
    direction: 'out',
    bound: { kind: 'bytes', parameter: 'length' },
    string: false,
    required: true,
  });
  t.same(callingType.params[0]?.facts, {}, 'memory of the caller is not judged');
  t.same(callingType.params[1]?.facts, { kept: true }, 'but for what its own entry says');
});

t.test('what the overlays say of both variants of a name they say once', (t) => {
  for (const [overlay, entries] of Object.entries<Readonly<Record<string, unknown>>>({
    PARAMS,
    REQUIRED,
  })) {
    const twins = Object.keys(entries)
      .filter((name) => name.endsWith('A'))
      .filter((name) => {
        const other = entries[`${name.slice(0, -1)}W`];
        return other !== undefined && JSON.stringify(other) === JSON.stringify(entries[name]);
      });
    t.same(twins, [], overlay);
  }
  t.end();
});
