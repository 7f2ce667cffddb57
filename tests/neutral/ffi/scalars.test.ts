import t from 'tap';
import * as w from 'winsock';

t.test('integers keep their bits and refuse what they cannot hold', async (t) => {
  const cases: [w.IntegerType<number>, number[], unknown[]][] = [
    [w.int8, [-128, 127], [-129, 256, 1.5, NaN, Infinity, '1', null, true, {}]],
    [w.uint8, [0, 255], [-129, 256]],
    [w.int16, [-32768, 32767], [65536, -32769]],
    [w.uint16, [0, 65535], [65536, -32769]],
    [w.int32, [-(2 ** 31), 2 ** 31 - 1], [2 ** 32, -(2 ** 31) - 1, 2 ** 63]],
    [w.uint32, [0, 2 ** 32 - 1], [2 ** 32, -(2 ** 31) - 1, 2 ** 63]],
    [w.intptr, [-1, 0, 2 ** 47], [2 ** 63, 0.5, NaN, '1']],
    [w.uintptr, [0, 2 ** 47], [2 ** 63, 0.5, NaN, '1']],
  ];
  for (const [type, good, bad] of cases) {
    for (const value of good)
      t.equal(w.ref(type, value).value, value, `${type.name} holds ${value}`);
    for (const value of bad) {
      t.throws(
        () => w.ref(type, value as number),
        { message: /^an? \w+: |^an? \w+ must/ },
        `${type.name} refuses ${String(value)}`,
      );
    }
  }
});

t.test('the error says whether the value is of the wrong kind or too large', async (t) => {
  t.throws(() => w.ref(w.uint16, 65536), RangeError);
  t.throws(() => w.ref(w.uint16, '1' as never), TypeError);
  t.throws(() => w.ref(w.uint16, 1.5), TypeError);
  t.throws(() => w.ref(w.int64, 2n ** 64n), RangeError);
  t.throws(() => w.ref(w.int64, 0.5 as never), TypeError);
});

t.test('a 32-bit value may be written with either sign, as in C', async (t) => {
  t.equal(w.ref(w.int32, 0x8004667e).value, 0x8004667e | 0);
  t.equal(w.ref(w.uint32, -1).value, 0xffffffff);
  t.equal(w.ref(w.uint16, -1).value, 0xffff);
});

t.test('64-bit integers are bigint', async (t) => {
  t.equal(w.ref(w.uint64, 2n ** 64n - 1n).value, 2n ** 64n - 1n);
  t.equal(w.ref(w.int64, -1n).value, -1n);
  t.equal(w.ref(w.int64, 5 as never).value, 5n);
});

t.test('bytes lie in memory as on Windows', async (t) => {
  t.same([...w.ref(w.uint32, 0x01020304)], [4, 3, 2, 1]);
  t.same([...w.ref(w.uint64, 0x0102030405060708n)], [8, 7, 6, 5, 4, 3, 2, 1]);
  t.same([...w.ref(w.intptr, -1)], [255, 255, 255, 255, 255, 255, 255, 255]);
  t.same([...w.ref(w.intptr, -2)], [254, 255, 255, 255, 255, 255, 255, 255]);
  t.same([...w.ref(w.float32, 1)], [0, 0, 128, 63]);
  t.equal(w.ref(w.float64, 0.1).value, 0.1);
});
