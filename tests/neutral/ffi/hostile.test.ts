import t from 'tap';
import * as w from 'winsock';

/**
 * Arguments that would crash the process, or have native code read or write where it must not, if
 * they came through. Each is refused with a typed error before anything native happens.
 */
const c = process.platform === 'win32' ? 'msvcrt.dll' : 'libc.so.6';
const memory = w.func<(to: w.BufferArg, from: w.BufferArg, n: number) => void>(
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
type Take = (value: w.ScalarArg<number>) => number;
const Take = w.callback<Take>('Take', () => [
  w.int,
  w.p('value', w.ptr(w.int), 'inout', w.required),
]);
interface Named extends w.Struct {
  text: string | null;
  wide: string | null;
  data: w.Pointer;
}
const Named = w.struct<Named>('Named', () => ({ text: w.cstring, wide: w.wstring, data: w.pvoid }));

function transferred(bytes: number): Uint8Array {
  const view = new Uint8Array(new ArrayBuffer(bytes));
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

function resizable(bytes: number): { readonly view: Uint8Array; shrink(): void } {
  const buffer = new (ArrayBuffer as new (n: number, options: object) => ArrayBuffer)(bytes, {
    maxByteLength: bytes,
  });
  const shrink = () => (buffer as unknown as { resize(n: number): void }).resize(0);
  return { view: new Uint8Array(buffer), shrink };
}

t.test('NULL in any spelling where a pointer must not be NULL', async (t) => {
  for (const nothing of [null, 0, -0, 0n, undefined]) {
    t.throws(() => strlen(nothing as never), TypeError, String(nothing));
  }
  using take = Take.register(() => 1);
  const call = Take.at(take.address) as Take;
  for (const nothing of [null, 0, -0, 0n, undefined]) {
    t.throws(() => call(nothing as never), TypeError, String(nothing));
  }
});

t.test('a value where its address is wanted', async (t) => {
  using take = Take.register((pointer) => w.cast(w.int, pointer as w.Pointer).value);
  const call = Take.at(take.address) as Take;
  t.throws(() => call(16 as never), { name: 'RangeError', message: /ref\(int32, 16\)/ });
  t.throws(() => call(65535n as never), RangeError);
  t.throws(() => memory(8 as never, new Uint8Array(8), 8), RangeError);
  t.equal(call(w.ref(w.int, 16)), 16);
  const variable = w.ref(w.int, 17);
  t.equal(call(w.addressOf(variable)), 17, 'a true address goes through');
});

t.test('memory that is gone', async (t) => {
  t.throws(() => memory(transferred(64), new Uint8Array(8), 0), TypeError);
  t.throws(() => strlen(transferred(64)), {
    name: 'TypeError',
    message: /^strlen: text: .*detached/,
  });
  const record = new Named();
  t.throws(() => {
    record.data = transferred(64) as never;
  }, TypeError);
  const shrunk = resizable(64);
  memory(shrunk.view, new Uint8Array([7]), 1);
  t.equal(shrunk.view[0], 7, 'a call that waits takes memory that could shrink');
  shrunk.shrink();
  t.throws(() => memory(shrunk.view, new Uint8Array(8), 8), RangeError);
});

t.test('a record by value over memory that is gone', async (t) => {
  const TakeRecord = w.callback<(value: w.sockaddr_in6) => number>('TakeRecord', () => [
    w.int,
    w.p('value', w.sockaddr_in6),
  ]);
  using take = TakeRecord.register(() => 0);
  const record = new w.sockaddr_in6(new ArrayBuffer(28), 0);
  structuredClone(record.buffer, { transfer: [record.buffer] });
  t.throws(() => TakeRecord.at(take.address)(record), RangeError);
});

t.test('memory that can shrink, where native code keeps its address', async (t) => {
  const record = new Named();
  t.throws(() => {
    record.data = resizable(64).view as never;
  }, /resizable/);
  await t.rejects(memory.async(resizable(8).view, new Uint8Array(8), 8), /to: a resizable/);
  const shared = new Uint8Array(new SharedArrayBuffer(8));
  await memory.async(shared, new Uint8Array([1, 2]), 2);
  t.equal(shared[1], 2);
});

t.test('text without an end is refused', async (t) => {
  t.throws(() => strlen(new Uint8Array([65, 66])), RangeError);
  t.throws(() => new Named({ text: new Uint8Array([65, 66]) as never }), RangeError);
  t.throws(() => new Named({ wide: new Uint16Array([65, 66]) as never }), RangeError);
  t.throws(() => new Named({ wide: new Uint8Array([0, 65, 0]) as never }), RangeError);
  t.throws(() => new Named({ text: 'a\0b' }), TypeError);
  const record = new Named({ text: new Uint8Array([65, 0]) as never, wide: '\ud800' });
  t.equal(record.text, 'A');
  t.equal(record.wide?.charCodeAt(0), 0xd800, 'units go through as they are');
});

t.test('offsets of casts that are no whole numbers are refused', async (t) => {
  const source = w.addressOf(new Uint8Array(64));
  for (const offset of [Number.NaN, 0.5, Infinity, '4', 4n]) {
    t.throws(() => w.cast(w.int, source, offset as never), TypeError, String(offset));
  }
});

t.test('callbacks of a call on another thread that is refused end with it', async (t) => {
  const Compare = w.callback<() => number>('Compare', () => [w.int]);
  const sort = w.func<(compare: w.CallbackArg<() => number>, base: w.BufferArg, n: number) => void>(
    c,
    'qsort',
    w.NeverFails,
    () => [
      w.void_,
      w.p('compare', Compare),
      w.p('base', w.pvoid, 'inout', w.bytes('n')),
      w.p('n', w.uintptr),
    ],
  );
  // More than there can be at a time.
  const refusals = new Set<unknown>();
  for (let i = 0; i < 10_000; i++) {
    await sort.async(() => 0, new Uint8Array(4), 5).catch((error) => refusals.add(error.name));
  }
  t.same([...refusals], ['RangeError']);
});

t.test('the error variable of a call is read whatever memory it is', async (t) => {
  type Fail = (errno: w.ScalarArg<number>) => number;
  const Fail = w.callback<Fail>('Fail', () => [w.int, w.p('lpErrno', w.ptr(w.int), 'out')]);
  using fail = Fail.register((errno) => {
    w.cast(w.int, errno as w.Pointer).value = 10054;
    return -1;
  });
  const call = Fail.at(fail.address, 'Fail', w.ErrnoOut('lpErrno', w.SocketError)) as w.Func<Fail>;
  for (const variable of [w.ref(w.int), new Int32Array(1), w.arrayOf(w.int, 1)]) {
    t.throws(() => call.orThrow(variable), { code: 'WSAECONNRESET' });
  }
});

t.test('lengths in variables of 64 bits are compared in full', async (t) => {
  type Fill = (to: w.BufferArg, size: w.ScalarArg<number>) => number;
  const Fill = w.callback<Fill>('Fill', () => [
    w.int,
    w.p('to', w.pvoid, 'out', w.bytesAt('size')),
    w.p('size', w.ptr(w.uintptr), 'inout'),
  ]);
  using fill = Fill.register(() => 0);
  const call = Fill.at(fill.address) as Fill;
  t.equal(call(new Uint8Array(8), w.ref(w.uintptr, 8)), 0);
  for (const size of [9, 2 ** 32, 2 ** 32 + 8, -1]) {
    t.throws(() => call(new Uint8Array(8), w.ref(w.uintptr, size)), RangeError, String(size));
  }
});
