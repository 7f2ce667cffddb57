import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import t from 'tap';
import * as w from 'winsock';

/**
 * What the program does to memory behind the back of a call: takes it away, shares it out, frees it
 * twice, has it say something untrue of itself, or brings it from another realm.
 */
const c = process.platform === 'win32' ? 'msvcrt.dll' : 'libc.so.6';
const memcpy = w.func<(to: w.BufferArg, from: w.BufferArg, n: number) => void>(
  c,
  'memcpy',
  w.NeverFails,
  () => [
    w.void_,
    w.p('to', w.pvoid, 'out', w.bytes('n'), w.required),
    w.p('from', w.pvoid, 'in', w.bytes('n'), w.required),
    w.p('n', w.uintptr),
  ],
);
const strlen = w.func<(text: w.StringArg) => number>(c, 'strlen', w.NeverFails, () => [
  w.uintptr,
  w.p('text', w.cstring, 'in', w.required),
]);
const malloc = w.func<(bytes: number) => w.Pointer>(c, 'malloc', w.IsNull, () => [
  w.pvoid,
  w.p('bytes', w.uintptr),
]);
const free = w.func<(memory: w.BufferArg) => void>(c, 'free', w.NeverFails, () => [
  w.void_,
  w.p('memory', w.pvoid, 'in', w.opaque, w.systemOwned),
]);
interface Cell extends w.Struct {
  value: number;
  data: w.Pointer;
}
const Cell = w.struct<Cell>('Cell', () => ({ value: w.int, data: w.pvoid }));
const fill = w.func<(to: w.StructArg<Cell>, value: number, n: number) => void>(
  c,
  'memset',
  w.NeverFails,
  () => [
    w.void_,
    w.p('to', w.ptr(Cell), 'inout', w.bytes('n'), w.required),
    w.p('value', w.int),
    w.p('n', w.uintptr),
  ],
);

const transfers: [name: string, take: (buffer: ArrayBuffer) => unknown][] = [
  ['structuredClone', (buffer) => structuredClone(buffer, { transfer: [buffer] })],
  [
    'postMessage',
    (buffer) => {
      const { port1, port2 } = new MessageChannel();
      try {
        port1.postMessage(buffer, [buffer]);
      } finally {
        port1.close();
        port2.close();
      }
    },
  ],
];
for (const name of ['transfer', 'transferToFixedLength'] as const) {
  if (!(name in ArrayBuffer.prototype)) continue;
  transfers.push([name, (buffer) => (buffer as unknown as Record<string, () => void>)[name]!()]);
}

/** What is left of a buffer after a program has tried to take it away. */
function leftAfter(take: (buffer: ArrayBuffer) => unknown, buffer: ArrayBuffer): number {
  try {
    take(buffer);
  } catch {
    // Refused.
  }
  return buffer.byteLength;
}

t.test('small values cannot be taken away with the memory that they share', async (t) => {
  for (const [name, take] of transfers) {
    const address = new w.sockaddr_in({ sin_family: w.AF_INET });
    const { byteLength } = address.buffer;
    t.equal(leftAfter(take, address.buffer as ArrayBuffer), byteLength, name);
    t.equal(new w.sockaddr_in({ sin_family: w.AF_INET6 }).sin_family, w.AF_INET6);
    t.equal(leftAfter(take, w.ref(w.int, 5).buffer as ArrayBuffer), byteLength, `${name} of a ref`);
    t.equal(
      leftAfter(take, w.WSAID_ACCEPTEX.buffer as ArrayBuffer),
      byteLength,
      `${name} of a GUID`,
    );
  }
  t.equal(w.WSAID_ACCEPTEX.byteLength, 16);
  t.not(w.WSAID_ACCEPTEX.buffer, new w.GUID().buffer, 'constants lie apart');
});

t.test('memory of an asynchronous call stays from the moment it is asked for', async (t) => {
  for (const [name, take] of transfers) {
    // More than go at a time, so that the last of them wait.
    const running = Array.from({ length: 300 }, () => {
      const to = new Uint8Array(new ArrayBuffer(64));
      return { to, call: memcpy.async(to, Buffer.from('x'.repeat(64)), 64) };
    });
    for (const { to } of running) t.equal(leftAfter(take, to.buffer), 64, name);
    await Promise.all(running.map(({ call }) => call));
    t.ok(running.every(({ to }) => to[63] === 0x78));
  }
});

t.test('so does what its records point to', async (t) => {
  for (const [name, take] of transfers) {
    const data = new Uint8Array(new ArrayBuffer(32));
    const cell = new Cell({ data });
    const call = fill.async(cell, 0, 4);
    t.equal(leftAfter(take, data.buffer), 32, name);
    await call;
  }
});

t.test('any number of asynchronous calls is queued', async (t) => {
  const lengths = await Promise.all(
    Array.from({ length: 2000 }, (_, i) => strlen.async('x'.repeat(i % 100))),
  );
  t.ok(lengths.every((length, i) => length === i % 100));
});

t.test('a call that waits is checked again when its turn comes', async (t) => {
  const grows = w.func<(to: w.BufferArg, value: number, n: w.ScalarArg<number>) => number>(
    c,
    'memset',
    w.NeverFails,
    () => [
      w.int,
      w.p('to', w.pvoid, 'out', w.bytesAt('n'), w.required),
      w.p('value', w.int),
      w.p('n', w.ptr(w.int), 'in', w.required),
    ],
  );
  const blocking = Array.from({ length: 200 }, () => strlen.async('x'));
  const n = w.ref(w.int, 4);
  const call = grows.async(Buffer.alloc(8), 0, n);
  n.value = 1_000_000;
  await t.rejects(call, RangeError);
  await Promise.all(blocking);
});

t.test('what was freed is known by its address', async (t) => {
  const address = malloc(64);
  free(address);
  t.throws(() => free(address), /freed before/);
  const views = malloc(64);
  const first = w.cast(Cell, views);
  const second = w.cast(Cell, views);
  free(first);
  t.throws(() => free(second), /freed before/, 'by another view of it');
  t.throws(() => free(views), /freed before/, 'by its address');
  for (let i = 0; i < 100; i++) free(malloc(64));
});

t.test('what a function without checks gives out is not taken for freed', async (t) => {
  interface Seen extends w.Struct {
    value: number;
  }
  const Seen = w.struct<Seen>('Seen', () => ({ value: w.int }));
  const release = w.func<(memory: w.StructArg<Seen>) => void>(c, 'free', w.NeverFails, () => [
    w.void_,
    w.p('memory', w.ptr(Seen), 'in', w.systemOwned),
  ]);
  const addresses = new Set<number>();
  const give = w.unchecked(
    w.func<(out: w.ScalarArg<Seen | null>, from: w.BufferArg, n: number) => void>(
      c,
      'memcpy',
      w.NeverFails,
      () => [
        w.void_,
        w.p('out', w.ptr(w.ptr(Seen)), 'out'),
        w.p('from', w.pvoid, 'in', w.bytes('n')),
        w.p('n', w.uintptr),
      ],
    ),
  );
  const out = w.ref(w.ptr(Seen));
  const allocate = w.unchecked(malloc);
  let again = 0;
  for (let i = 0; i < 100_000 && again < 10; i++) {
    const address = allocate(64) as w.Pointer;
    if (addresses.has(address)) again++;
    addresses.add(address);
    give(out, w.ref(w.pvoid, address), 8);
    release(out.value);
  }
  t.equal(again, 10, 'addresses come again');
});

t.test('only the whole of what was allocated can be freed', async (t) => {
  const memory = malloc(64);
  t.throws(() => free(w.cast(Cell, w.cast(Cell, memory), 16)), /a part of the memory/);
  interface Two extends w.Struct {
    head: number;
    rows: w.CArray<Cell>;
  }
  const Two = w.struct<Two>('Two', () => ({ head: w.int, rows: w.array(Cell, 1) }));
  t.throws(() => free(w.cast(Two, memory).rows[0]!), /a part of the memory/);
  t.throws(() => free(w.cast(Two, memory).rows[1]!), /a part of the memory/);
  free(memory);
});

t.test('a table of the system ends where its count says', async (t) => {
  interface Table extends w.Struct {
    n: number;
    rows: w.CArray<Cell>;
  }
  const Table = w.struct<Table>('Table', () => ({ n: w.int, rows: w.array(Cell, 1) }), {
    counted: { rows: 'n' },
  });
  const memory = malloc(4096);
  const table = w.cast(Table, memory);
  table.n = 3;
  table.rows[2] = { value: 7 } as Cell;
  t.equal(table.rows[2]!.value, 7);
  t.equal(table.rows[3], undefined);
  t.equal(table.rows[1e7], undefined);
  t.throws(() => table.rows.set(5e6, new Cell()), RangeError);
  table.n = 0;
  t.equal(table.rows[0], undefined);
  free(memory);
});

t.test('an array that lies about its length is measured', async (t) => {
  const whole = new ArrayBuffer(256);
  const own = Object.defineProperty(new Uint8Array(whole, 64, 16), 'byteLength', { value: 1e6 });
  class Longer extends Uint8Array {
    override get byteLength(): number {
      return 1e6;
    }
  }
  const view = Object.defineProperty(new DataView(whole, 64, 16), 'byteLength', { value: 1e6 });
  const elsewhere = Object.defineProperties(new Uint8Array(whole, 64, 16), {
    buffer: { value: new ArrayBuffer(1e6) },
    byteOffset: { value: 0 },
    byteLength: { value: 1e6 },
  });
  const liars = [own, new Longer(whole, 64, 16), view, elsewhere];
  for (const liar of liars) {
    t.throws(() => memcpy(liar, Buffer.alloc(200), 200), RangeError);
    t.throws(() => memcpy(new Uint8Array(200), liar, 200), RangeError);
    await t.rejects(memcpy.async(liar, Buffer.alloc(200), 200), RangeError);
    t.throws(
      () => new w.WSABUF({ buf: liar as never }) && w.cast(w.sockaddr_in6, liar),
      RangeError,
    );
  }
  t.same(new Uint8Array(whole), new Uint8Array(256));
  const text = Object.defineProperty(new Uint8Array([65, 66]), 'includes', { value: () => true });
  Object.defineProperty(text, 'indexOf', { value: () => 0 });
  t.throws(() => strlen(text), RangeError);
});

t.test('a prototype that the program has changed is not asked', async (t) => {
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
  const before = Object.getOwnPropertyDescriptor(typedArray, 'byteLength')!;
  const iterator = Object.getOwnPropertyDescriptor(Array.prototype, Symbol.iterator)!;
  const small = new Uint8Array(16);
  const from = Buffer.alloc(200);
  memcpy(small, from, 16);
  const refused: string[] = [];
  Object.defineProperty(typedArray, 'byteLength', { get: () => 1e6, configurable: true });
  Object.defineProperty(Array.prototype, Symbol.iterator, {
    // biome-ignore lint/correctness/useYield: it yields nothing on purpose
    value: function* () {
      return undefined;
    },
    configurable: true,
    writable: true,
  });
  try {
    memcpy(small, from, 200);
  } catch (error) {
    refused.push((error as Error).name);
  } finally {
    Object.defineProperty(typedArray, 'byteLength', before);
    Object.defineProperty(Array.prototype, Symbol.iterator, iterator);
  }
  t.same(refused, ['RangeError']);
});

t.test('values of another realm are what they are', async (t) => {
  const vm = await import('node:vm');
  const bytes = vm.runInNewContext(
    'Uint8Array.of(2,0,0,80,127,0,0,1,0,0,0,0,0,0,0,0)',
  ) as Uint8Array;
  t.notOk(bytes instanceof Uint8Array, 'of another realm');
  t.equal(new w.sockaddr_in(bytes.buffer, 0).sin_family, 2);
  t.equal(w.cast(w.sockaddr_in, bytes).sin_addr.s_addr, 0x0100007f);
  memcpy(bytes, Buffer.from([9]), 1);
  t.equal(bytes[0], 9);
  t.throws(() => memcpy(bytes, Buffer.alloc(32), 32), RangeError);
  const shared = vm.runInNewContext('new SharedArrayBuffer(16)') as SharedArrayBuffer;
  t.equal(new w.sockaddr_in(shared, 0).sin_family, 0);
  const wsabuf = new w.WSABUF({ len: 16, buf: bytes as never });
  t.equal(wsabuf.buf, w.addressOf(bytes));
  t.equal(w.INETADDR_ISANY(new w.sockaddr_in(vm.runInNewContext('new ArrayBuffer(16)'))), false);
});

t.test('a second copy of the package works, or is refused', async (t) => {
  const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));
  const copy = mkdtempSync(path.join(dist, '../node_modules/.copy-'));
  t.teardown(() => rmSync(copy, { recursive: true }));
  cpSync(dist, copy, { recursive: true });
  const entry = pathToFileURL(path.join(copy, 'index.js')).href;
  const other = (await import(entry)) as typeof w;
  const theirs = new other.sockaddr_in({ sin_family: w.AF_INET, sin_port: 80 });
  t.notOk(theirs instanceof w.sockaddr_in);
  t.equal(w.cast(w.sockaddr_in, theirs).sin_port, 80, 'bytes are bytes');
  t.throws(() => new w.sockaddr_in(theirs as never), TypeError);
  // Their pointers are known there only: nothing could measure them here, nor have them stay.
  const refused = { name: 'TypeError', message: /: this record is of another copy of winsock/ };
  const pointing = new other.WSABUF({ len: 1000, buf: new Uint8Array(16) });
  const take = w.func<(buffers: unknown) => void>(c, 'strlen', w.NeverFails, () => [
    w.void_,
    w.p('buffers', w.ptr(w.WSABUF), 'in', w.count('n')),
    w.p('n', w.DWORD),
  ]) as unknown as (...args: unknown[]) => void;
  const bytes = w.func<(memory: unknown) => void>(c, 'strlen', w.NeverFails, () => [
    w.void_,
    w.p('memory', w.pvoid, 'in', w.minBytes(1)),
  ]) as unknown as (...args: unknown[]) => void;
  t.throws(() => take(pointing, 1), refused);
  t.throws(() => bytes(pointing), refused);
  t.throws(() => new w.WSAMSG({ lpBuffers: pointing as never }), refused);
  t.throws(() => w.cast(w.WSABUF, pointing), refused);
  const own = Object.setPrototypeOf(pointing, Object.create(other.WSABUF.prototype) as object);
  t.throws(() => bytes(own), refused, 'whatever class the program derives');
  bytes(theirs);
  take(new w.WSABUF({ len: 16, buf: new Uint8Array(16) }), 1);
});

t.test('what a field points to is looked at again at each call', async (t) => {
  interface Pointing extends w.Struct {
    text: string | null;
    wide: string | null;
    id: w.GUID | null;
    any: w.Pointer;
  }
  const Pointing = w.struct<Pointing>('Pointing', () => ({
    text: w.cstring,
    wide: w.wstring,
    id: w.ptr(w.GUID),
    any: w.pvoid,
  }));
  const take = w.func<(record: unknown) => void>(c, 'strlen', w.NeverFails, () => [
    w.void_,
    w.p('record', w.ptr(Pointing), 'in'),
  ]) as unknown as (record: Pointing) => void;
  const record = new Pointing();
  take(record);
  const text = new Uint8Array(new ArrayBuffer(4));
  record.text = text as never;
  take(record);
  text.fill(65);
  t.throws(() => take(record), /Pointing\.text: the 4 bytes given hold no NUL/);
  record.text = 'own text';
  record.wide = new Uint16Array([65, 66, 0]) as never;
  take(record);
  const wide = new Uint16Array([65, 0]);
  record.wide = wide as never;
  wide[1] = 66;
  t.throws(() => take(record), /Pointing\.wide: the 4 bytes given hold no NUL/);
  record.wide = null;
  for (const field of ['id', 'any'] as const) {
    const buffer = new ArrayBuffer(16);
    (record as unknown as Record<string, unknown>)[field] = new Uint8Array(buffer);
    take(record);
    structuredClone(buffer, { transfer: [buffer] });
    t.throws(() => take(record), new RegExp(`Pointing\\.${field}`));
    record[field] = null as never;
  }
  take(record);
});

t.test('nothing of the program runs while arguments are looked at', async (t) => {
  let ran = 0;
  const count = () => {
    ran++;
  };
  const handler = new Proxy(
    {},
    {
      get: (_, trap: string) => {
        return (target: object, ...rest: unknown[]) => {
          count();
          return (Reflect as unknown as Record<string, (...args: unknown[]) => unknown>)[trap]!(
            target,
            ...rest,
          );
        };
      },
    },
  );
  /** A value with a proxy among its prototypes. */
  const under = <T extends object>(value: T): T =>
    Object.setPrototypeOf(value, new Proxy(Object.getPrototypeOf(value) as object, handler)) as T;
  const getters = {
    get address() {
      count();
      return 5;
    },
    get byteLength() {
      count();
      return 64;
    },
    get type() {
      count();
      return w.int;
    },
    valueOf: count,
    toString: count,
    [Symbol.toPrimitive]: count,
  };
  const hostile: (() => unknown)[] = [
    () => under(new Uint8Array(new ArrayBuffer(64))),
    () => under(new Cell()),
    () => new Proxy(new Uint8Array(64), handler),
    () => new Proxy(new Cell(), handler),
    () => new Proxy(w.arrayOf(Cell, 4), handler),
    () => new Proxy(() => 0, handler),
    () => new Proxy({}, handler),
    () => getters,
    () => Object.assign(() => 0, getters),
    () => Object.defineProperties(new Cell(), Object.getOwnPropertyDescriptors(getters)),
  ];
  const Take = w.callback<(value: number) => number>('Take', () => [w.int, w.p('value', w.int)]);
  const byValue = w.func<(cell: Cell, take: never) => void>(c, 'memcmp', w.NeverFails, () => [
    w.void_,
    w.p('cell', Cell),
    w.p('take', Take, 'in'),
    w.p('n', w.uintptr),
  ]) as unknown as (...args: unknown[]) => void;
  Object.defineProperty(Cell, Symbol.hasInstance, { value: count, configurable: true });
  t.teardown(() => Reflect.deleteProperty(Cell, Symbol.hasInstance));
  const calls: Record<string, (value: unknown) => unknown> = {
    'memory that is written': (value) => memcpy(value as never, new Uint8Array(4), 0),
    'memory that is read': (value) => memcpy(new Uint8Array(4), value as never, 0),
    'a length': (value) => memcpy(new Uint8Array(4), new Uint8Array(4), value as never),
    'a record': (value) => fill(value as never, 0, 0),
    text: (value) => strlen(value as never),
    // With a length that is none, so that nothing is called.
    'a record by value': (value) => byValue(value, null, 'none'),
    'a callback': (value) => byValue(new Cell(), value, 'none'),
  };
  for (const [name, call] of Object.entries(calls)) {
    for (const [index, make] of hostile.entries()) {
      const value = make();
      ran = 0;
      try {
        call(value);
      } catch (error) {
        t.match((error as Error).name, /^(Type|Range)Error$/, `${name}, value ${index}`);
      }
      t.equal(ran, 0, `${name}, value ${index}`);
    }
  }
});
