import { inspect } from 'node:util';
import t from 'tap';
import * as w from 'winsock';

interface Point extends w.Struct {
  x: number;
  y: number;
}
const Point: w.StructType<Point> = w.struct('Point', () => ({ x: w.int16, y: w.int32 }));

interface Line extends w.Struct {
  name: w.CharArray;
  ends: w.CArray<Point>;
  first: Point;
}
const Line: w.StructType<Line> = w.struct('Line', () => ({
  name: w.array(w.char, 6),
  ends: w.array(Point, 2),
  first: Point,
}));

t.test('a record is its bytes', async (t) => {
  const point = new Point({ x: -2, y: 7 });
  t.ok(point instanceof Uint8Array);
  t.equal(w.sizeof(point), 8);
  t.equal(w.sizeof(Point), 8);
  t.equal(w.offsetof(Point, 'y'), 4);
  t.same([...point], [254, 255, 0, 0, 7, 0, 0, 0]);
  point[4] = 9;
  t.equal(point.y, 9);
  t.equal(point.subarray(0, 4).constructor, Uint8Array, 'a slice is bytes');
});

t.test('a fresh record is zero, wherever its memory comes from', async (t) => {
  for (let i = 0; i < 2000; i++) {
    const point = new Point();
    if (point.some((byte) => byte !== 0)) t.fail(`record ${i} is not zero`);
    point.fill(0xff);
  }
});

t.test('records do not share memory', async (t) => {
  const records = Array.from({ length: 3000 }, (_, i) => new Point({ x: i % 1000, y: i }));
  t.ok(records.every((record, i) => record.y === i && record.x === i % 1000));
});

t.test('nested records and arrays are views', async (t) => {
  const line = new Line({ name: 'abc', first: { x: 1 }, ends: [{ x: 3 }, { y: 4 }] });
  line.first.y = 5;
  line.ends[1]!.x = 6;
  t.equal(line.first.y, 5);
  t.equal(line.ends[1]!.x, 6);
  t.equal(line.ends[1]!.y, 4);
  t.equal(String(line.name), 'abc');
  t.equal(line.ends.length, 2);
  t.same(
    [...line.ends].map((end) => end.x),
    [3, 6],
  );
  t.equal(line.ends.at(-1)!.y, 4);
  t.equal(line.ends[2], undefined);
});

t.test('assigning a record copies it', async (t) => {
  const line = new Line();
  const point = new Point({ x: 1, y: 2 });
  line.first = point;
  point.y = 3;
  t.equal(line.first.y, 2);
  t.throws(() => {
    line.first = new Line() as never;
  }, TypeError);
});

t.test('fields, values and memory that do not fit a structure are refused', async (t) => {
  t.throws(() => new Point({ z: 1 } as never), { message: 'Point has no field z' });
  t.throws(() => new Point(5 as never), TypeError);
  t.throws(() => new Point({ x: 40000000 }), { message: /Point\.x.*int16/ });
  t.throws(() => new Line({ name: 'abcdef' }), RangeError, 'no room for the NUL');
  t.throws(() => new Line({ ends: [{}, {}, {}] }), RangeError);
  t.throws(() => new Point(new ArrayBuffer(7), 0), RangeError);
  t.throws(() => w.offsetof(Point, 'z'), TypeError);
  const Taken = w.struct('Taken', () => ({ length: w.int }));
  t.throws(() => new Taken(), { name: 'TypeError', message: /Taken\.length/ });
});

t.test('a record over existing memory is a view of it', async (t) => {
  const memory = new ArrayBuffer(24);
  const point = new Point(memory, 8);
  point.y = 0x01020304;
  t.same([...new Uint8Array(memory, 12, 4)], [4, 3, 2, 1]);
});

t.test('unions, anonymous members, bit-fields and aliases', async (t) => {
  interface Scope extends w.Struct {
    Zone: number;
    Level: number;
    Value: number;
    whole: number;
  }
  const Bits = w.struct('Bits', () => ({ Zone: w.bits(w.uint32, 28), Level: w.bits(w.uint32, 4) }));
  const Either = w.union('Either', () => ({ parts: w.anon(Bits), Value: w.uint32 }));
  const Scope: w.StructType<Scope> = w.struct('Scope', () => ({ either: w.anon(Either) }), {
    aliases: { whole: 'Value' },
  });
  const scope = new Scope({ Zone: 0x1234567, Level: 15 });
  t.equal(scope.Value, 0xf1234567);
  scope.whole = 0x20000005;
  t.equal(scope.Level, 2);
  t.equal(scope.Zone, 5);
  t.equal(w.sizeof(Scope), 4);
  t.throws(() => {
    scope.Level = 16;
  }, RangeError);
  t.equal(scope.Zone, 5, 'the refused write changed nothing');
});

t.test('the layout follows packing and architecture', async (t) => {
  const fields = () => ({ a: w.uint8, b: w.intptr, c: w.uint16 });
  const Natural = w.struct('Natural', fields);
  const Packed = w.struct('Packed', fields, { pack: 1 });
  const Four = w.struct('Four', fields, { pack: 4 });
  t.same([w.sizeof(Natural, 'x64'), w.sizeof(Natural, 'ia32')], [24, 12]);
  t.same([w.sizeof(Packed, 'x64'), w.sizeof(Packed, 'ia32')], [11, 7]);
  t.same([w.sizeof(Four, 'arm64'), w.offsetof(Four, 'b', 'arm64')], [16, 4]);
  const Swapped = w.struct('Swapped', () => ({ a: w.uint8, b: w.uint32 }), {
    byArch: { ia32: () => ({ b: w.uint32, a: w.uint8 }) },
  });
  t.equal(w.offsetof(Swapped, 'a', 'x64'), 0);
  t.equal(w.offsetof(Swapped, 'a', 'ia32'), 4);
  t.throws(() => w.sizeof(Natural, 'mips' as never), RangeError);
});

t.test('a record prints as C names it', async (t) => {
  t.equal(inspect(new Point({ x: 1, y: 2 })), 'Point { x: 1, y: 2 }');
  t.match(inspect(new Line({ name: 'ab' })), /name: "ab"/);
});

t.test('GUIDs become text and are read from it', async (t) => {
  const text = '{b5367df1-cbac-11cf-95ca-00805f48a192}';
  const value = w.guid(0xb5367df1, 0xcbac, 0x11cf, 0x95, 0xca, 0, 0x80, 0x5f, 0x48, 0xa1, 0x92);
  t.equal(w.guidToString(value), text);
  t.same([...w.guidFromString(text)], [...value]);
  t.throws(() => w.guidFromString('{b5367df1}'), TypeError);
});
