import t from 'tap';
import * as w from 'winsock';

// The C library of this system stands in for a DLL: the calling path is the same.
const libc = process.platform === 'win32' ? 'msvcrt.dll' : 'libc.so.6';

const memset = w.func<(s: w.BufferArg, c: number, n: number) => w.Pointer>(
  libc,
  'memset',
  w.IsNull,
  () => [w.pvoid, w.p('s', w.pvoid, 'out', w.bytes('n')), w.p('c', w.int), w.p('n', w.uintptr)],
);
const strlen = w.func<(s: w.StringArg) => number>(libc, 'strlen', w.NeverFails, () => [
  w.uintptr,
  w.p('s', w.cstring),
]);
const strchr = w.func<(s: w.StringArg, c: number) => string | null>(
  libc,
  'strchr',
  w.IsNull,
  () => [w.cstring, w.p('s', w.cstring), w.p('c', w.int)],
);
type Compare = (a: w.Pointer, b: w.Pointer) => number;
const Compare = w.callback<Compare>('Compare', () => [w.int, w.p('a', w.pvoid), w.p('b', w.pvoid)]);
const qsort = w.func<
  (base: w.BufferArg, n: number, size: number, compare: w.CallbackArg<Compare>) => void
>(libc, 'qsort', w.NeverFails, () => [
  w.void_,
  w.p('base', w.pvoid, 'inout', w.opaque),
  w.p('n', w.uintptr),
  w.p('size', w.uintptr),
  w.p('compare', Compare),
]);

t.test('a call passes numbers, memory and text, and returns what C returns', async (t) => {
  const memory = Buffer.alloc(8);
  memset(memory, 65, 3);
  t.equal(memory.toString('latin1', 0, 4), 'AAA\0');
  t.equal(strlen('four'), 4);
  t.equal(strlen(Buffer.from('ab\0c')), 2);
  t.equal(strchr('name=value', 61), '=value');
  t.equal(strchr('name', 61), null);
  t.equal(memset.name, 'memset');
  t.equal(memset.definition.dll, libc);
});

t.test('arguments are refused before the call', async (t) => {
  const memory = Buffer.alloc(8, 1);
  const refused: [string, () => unknown, unknown][] = [
    ['length beyond the memory', () => memset(memory, 0, 9), RangeError],
    ['negative length', () => memset(memory, 0, -1), RangeError],
    ['fraction', () => memset(memory, 0, 1.5), TypeError],
    ['no memory', () => memset('text' as never, 0, 1), TypeError],
    ['undefined', () => memset(undefined as never, 0, 1), TypeError],
    ['missing argument', () => (memset as (...args: unknown[]) => unknown)(memory, 0), TypeError],
    ['negative address', () => memset(-1 as w.Pointer, 0, 1), RangeError],
    ['too large integer', () => memset(memory, 2 ** 40, 1), RangeError],
    ['NUL inside a string', () => strlen('a\0b'), TypeError],
    ['string memory without NUL', () => strlen(new Uint8Array([1, 2])), RangeError],
  ];
  for (const [name, call, error] of refused) t.throws(call, error as Error, name);
  t.throws(() => memset(memory, 0, 9), { message: 'memset: s has 8 bytes, but n says 9' });
  t.ok(
    memory.every((byte) => byte === 1),
    'nothing was written',
  );
});

t.test('a view of longer memory goes as far as that', async (t) => {
  const memory = Buffer.alloc(40);
  const beginning = w.cast(w.GUID, memory, 8);
  memset(beginning, 7, 32);
  t.equal(memory.indexOf(7), 8);
  t.equal(memory[39], 7);
  t.throws(() => memset(beginning, 0, 33), RangeError);
  t.throws(() => memset(new w.GUID(), 0, 17), RangeError, 'memory of its own has its own length');
});

t.test('two lengths that bound one buffer are added up', async (t) => {
  // memset takes three parameters; two of them may bound the first together.
  const fill = w.func<(s: w.BufferArg, c: number, n: number) => w.Pointer>(
    libc,
    'memset',
    w.IsNull,
    () => [
      w.pvoid,
      w.p('s', w.pvoid, 'out', w.bytesSum('c', 'n'), w.required),
      w.p('c', w.uint32),
      w.p('n', w.uintptr),
    ],
  );
  const memory = new Uint8Array(8);
  fill(memory, 2, 6);
  t.same([...memory], [2, 2, 2, 2, 2, 2, 0, 0]);
  t.throws(() => fill(memory, 3, 6), {
    name: 'RangeError',
    message: 'memset: s has 8 bytes, but c + n says 9',
  });
  t.throws(() => fill(null, 0, 0), TypeError);
  t.equal(memory[0], 2, 'nothing was written');
});

t.test('a detached ArrayBuffer is refused', async (t) => {
  for (const make of [
    (buffer: ArrayBuffer) => new Uint8Array(buffer),
    (buffer: ArrayBuffer) => new Uint16Array(buffer),
    (buffer: ArrayBuffer) => new DataView(buffer),
  ]) {
    const memory = make(new ArrayBuffer(8));
    structuredClone(memory.buffer, { transfer: [memory.buffer] });
    const refused = { name: 'TypeError', message: /^memset: .*detached/ };
    t.throws(() => memset(memory as Uint8Array, 0, 1), refused);
    t.throws(() => memset(memory.buffer as unknown as Uint8Array, 0, 1), refused);
  }
});

t.test('C calls a function that is given or registered', async (t) => {
  const numbers = new Int32Array([5, 1, 4]);
  const byValue: Compare = (a, b) => w.cast(w.int, a).value - w.cast(w.int, b).value;
  qsort(numbers, 3, 4, byValue);
  t.same([...numbers], [1, 4, 5]);
  numbers.set([9, 8, 7]);
  const registered = Compare.register(byValue);
  qsort(numbers, 3, 4, registered);
  t.same([...numbers], [7, 8, 9]);
  t.equal(Compare.at(registered.address)(w.addressOf(numbers), w.addressOf(numbers)), 0);
  registered.close();
  registered.close();
  t.equal(registered.address, 0);
  t.throws(
    () =>
      qsort(numbers, 3, 4, () => {
        throw new Error('from the callback');
      }),
    { message: 'from the callback' },
  );
});

t.test('plain functions are registered for the call only', async (t) => {
  const numbers = new Int32Array([2, 1]);
  for (let i = 0; i < 20000; i++) qsort(numbers, 2, 4, () => 0);
  t.pass('koffi allows 8192 callbacks at a time');
});

t.test('orThrow and async report failure', async (t) => {
  const fails = w.func<(s: w.StringArg, c: number) => string | null>(
    libc,
    'strchr',
    { ...w.IsNull, code: 'result', translate: () => 10054 },
    () => [w.cstring, w.p('s', w.cstring), w.p('c', w.int)],
  );
  const expected = { name: 'WinsockError', code: 'WSAECONNRESET', errno: 10054, syscall: 'strchr' };
  t.throws(() => fails.orThrow('name', 61), expected);
  await t.rejects(fails.async('name', 61), expected);
  await t.rejects(fails.async('name', 'x' as never), TypeError);
  t.equal(await fails.async('a=b', 61), '=b');
  t.equal(fails.orThrow('a=b', 61), '=b');
  const goesOn = w.func<(s: w.StringArg, c: number) => string | null>(
    libc,
    'strchr',
    w.pending({ ...w.IsNull, code: 'result', translate: () => 997 }, 997),
    () => [w.cstring, w.p('s', w.cstring), w.p('c', w.int)],
  );
  t.equal(goesOn.orThrow('name', 61), null, 'pending is not failure');
  t.equal(await goesOn.async('name', 61), null);
});

t.test('memory of an asynchronous call survives collection', async (t) => {
  const calls = Array.from({ length: 200 }, async (_, i) => {
    const memory = new Uint8Array(16);
    await memset.async(memory, i & 0xff, 16);
    return memory.every((byte) => byte === (i & 0xff));
  });
  for (let i = 0; i < 50; i++) Buffer.alloc(1 << 18);
  t.ok((await Promise.all(calls)).every(Boolean));
});

t.test(
  'a function of a Windows DLL fails elsewhere and says why',
  { skip: process.platform === 'win32' },
  async (t) => {
    const closesocket = w.func<(s: number) => number>(
      'ws2_32',
      'closesocket',
      w.SocketError,
      () => [w.int, w.p('s', w.intptr)],
    );
    t.throws(() => closesocket(1), { code: 'ERR_WINSOCK_PLATFORM', message: /Windows only/ });
    await t.rejects(closesocket.async(1), { code: 'ERR_WINSOCK_PLATFORM' });
  },
);

t.test('a function with more parameters than a call passes on is refused', async (t) => {
  const many = (count: number) =>
    w.func<(...args: number[]) => number>(libc, 'abs', w.NeverFails, () => [
      w.int,
      ...Array.from({ length: count }, (_, i) => w.p(`p${i}`, w.int)),
    ]);
  t.equal(many(14)(-5, ...Array<number>(13).fill(0)), 5);
  t.throws(() => many(15)(-5), /abs has 15 parameters, more than 14/);
  await t.rejects(many(15).async(-5), /more than 14/);
});
