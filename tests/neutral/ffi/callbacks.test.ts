import { once } from 'node:events';
import t from 'tap';
import * as w from 'winsock';

// A function of JavaScript that native code could call is called through its native address here.

type Sum = (values: w.Pointer<number>, count: number) => number;
const Sum = w.callback<Sum>('Sum', () => [
  w.int,
  w.p('values', w.ptr(w.int), 'in', w.count('count')),
  w.p('count', w.int),
]);

t.test('a function at an address takes memory as any function does', async (t) => {
  using sum = Sum.register((values, count) => {
    let total = 0;
    for (let i = 0; i < count; i++) total += w.cast(w.int, values, 4 * i).value;
    return total;
  });
  const call = Sum.at(sum.address) as (values: w.ScalarArg<number>, count: number) => number;
  const values = new Int32Array([1, 2, 3]);
  t.equal(call(values, 3), 6);
  t.equal(call(w.addressOf(values), 2), 3);
  t.equal(call(w.arrayOf(w.int, [5, 6]), 2), 11);
  t.throws(() => call(values, 4), RangeError);
});

t.test('a function at an address says that it failed', async (t) => {
  using sum = Sum.register(() => -1);
  const failure = { ...w.SocketError, code: 'result' as const, translate: () => w.WSAEINVAL };
  const call = Sum.at(sum.address, 'Adder', failure) as w.Func<Sum>;
  const expected = { name: 'WinsockError', code: 'WSAEINVAL', syscall: 'Adder' };
  t.equal(call(0 as w.Pointer<number>, 0), -1);
  t.throws(() => call.orThrow(0 as w.Pointer<number>, 0), expected);
  await t.rejects(call.async(0 as w.Pointer<number>, 0), expected);
});

t.test('records by value arrive as records', async (t) => {
  type Take = (large: w.sockaddr_in6, small: w.in_addr) => number;
  const Take = w.callback<Take>('Take', () => [
    w.int,
    w.p('large', w.sockaddr_in6),
    w.p('small', w.in_addr),
  ]);
  const seen: [w.sockaddr_in6, w.in_addr][] = [];
  using take = Take.register((large, small) => seen.push([large, small]));
  const large = new w.sockaddr_in6({ sin6_port: 0x1234, sin6_scope_id: 7 });
  const small = new w.in_addr({ s_addr: 0x81020304 });
  t.equal(Take.at(take.address)(large, small), 1);
  large.sin6_port = 0;
  const [[gotLarge, gotSmall]] = seen as [[w.sockaddr_in6, w.in_addr]];
  t.equal(gotLarge.sin6_port, 0x1234, 'a copy, which outlives the call');
  t.equal(gotLarge.sin6_scope_id, 7);
  t.equal(gotSmall.s_addr, 0x81020304);
});

type Compare = (a: w.Pointer, b: w.Pointer) => number;
const signature = () =>
  [w.int, w.p('a', w.pvoid), w.p('b', w.pvoid)] as [typeof w.int, w.Parameter, w.Parameter];
const Compare = w.callback<Compare>('Compare', signature, 1);
const qsort = w.func<
  (base: w.BufferArg, n: number, size: number, compare: w.CallbackArg<Compare>) => void
>(process.platform === 'win32' ? 'msvcrt.dll' : 'libc.so.6', 'qsort', w.NeverFails, () => [
  w.void_,
  w.p('base', w.pvoid, 'inout', w.opaque),
  w.p('n', w.uintptr),
  w.p('size', w.uintptr),
  w.p('compare', Compare),
]);

t.test(
  'a function for one call that throws is not called again, and the call throws',
  async (t) => {
    let calls = 0;
    const numbers = new Int32Array([1, 2, 3, 4, 5]);
    const compare = () => {
      throw new Error(`comparison ${++calls}`);
    };
    t.throws(() => qsort(numbers, 5, 4, compare), { message: 'comparison 1' });
    t.equal(calls, 1);
    await t.rejects(qsort.async(numbers, 5, 4, compare), { message: 'comparison 2' });
    t.throws(() => qsort(numbers, 2, 4, (() => 'more') as never), {
      name: 'TypeError',
      message: 'the result of Compare must be an integer, got "more"',
    });
  },
);

t.test('native code gets the result that the type gives for a function that throws', async (t) => {
  const numbers = new Int32Array([1, 2]);
  const compare = () => {
    throw new Error('no');
  };
  t.throws(() => qsort(numbers, 2, 4, compare));
  t.same([...numbers], [2, 1], 'greater, says the type');
});

t.test(
  'a registered function is called whatever it threw before, and no error is lost',
  async (t) => {
    let calls = 0;
    using compare = Compare.register(() => {
      throw new Error(`comparison ${++calls}`);
    });
    t.throws(() => qsort(new Int32Array(2), 2, 4, compare), { message: 'comparison 1' });
    calls = 0;
    const error = t.throws(() => qsort(new Int32Array([3, 2, 1]), 3, 4, compare));
    t.ok(calls > 1);
    t.ok(error instanceof AggregateError);
    t.same(
      (error as AggregateError).errors.map(({ message }: Error) => message),
      Array.from({ length: calls }, (_, index) => `comparison ${index + 1}`),
    );
  },
);

t.test('a callback does not see what an earlier one of the same call threw', async (t) => {
  const seen: number[] = [];
  using compare = Compare.register(() => {
    const pair = new Int32Array([2, 1]);
    qsort(pair, 2, 4, (a, b) => w.cast(w.int, a).value - w.cast(w.int, b).value);
    seen.push(...pair);
    throw new Error('after the inner call');
  });
  t.throws(() => qsort(new Int32Array([3, 2, 1]), 3, 4, compare), AggregateError);
  t.ok(seen.length > 2);
  t.ok(seen.every((value, index) => value === 1 + (index % 2)));
});

t.test('a function that calls the same native function again keeps its own callback', async (t) => {
  const inner = new Int32Array([9, 8, 7]);
  const byValue: Compare = (a, b) => w.cast(w.int, a).value - w.cast(w.int, b).value;
  const numbers = new Int32Array([5, 1, 4]);
  qsort(numbers, 3, 4, (a, b) => {
    qsort(inner, 3, 4, byValue);
    return byValue(a, b);
  });
  t.same([...inner], [7, 8, 9]);
  t.same([...numbers], [1, 4, 5]);
});

t.test('a callback that has been closed is refused', async (t) => {
  const compare = Compare.register(() => 0);
  compare.close();
  t.throws(() => qsort(new Int32Array(2), 2, 4, compare), {
    name: 'TypeError',
    message: 'qsort: compare: the Compare has been closed',
  });
  compare.close();
});

t.test('what a function throws that no call waits for is an uncaught exception', async (t) => {
  const uncaught = once(process, 'uncaughtException');
  // The callback was registered by hand, so the promise of the call does not report for it.
  using compare = Compare.register(() => {
    throw new Error('on another thread');
  });
  await qsort.async(new Int32Array(2), 2, 4, compare);
  t.match((await uncaught)[0], { message: 'on another thread' });
});
