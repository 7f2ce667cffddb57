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
  const call = Sum.at(sum.address, 'Adder', failure);
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
