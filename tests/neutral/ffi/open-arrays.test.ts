import { inspect } from 'node:util';
import t from 'tap';
import * as w from 'winsock';

interface Row extends w.Struct {
  id: number;
  port: number;
}
const Row: w.StructType<Row> = w.struct('Row', () => ({ id: w.int32, port: w.uint16 }));

interface Table extends w.Struct {
  count: number;
  rows: w.CArray<Row>;
}
const Table: w.StructType<Table> = w.struct('Table', () => ({
  count: w.int32,
  rows: w.array(Row, 1),
}));

const ROWS = w.offsetof(Table, 'rows');

t.test('the array at the end goes as far as the memory', async (t) => {
  const memory = Buffer.alloc(ROWS + 3 * w.sizeof(Row));
  const table = w.cast(Table, memory);
  table.count = 3;
  for (let i = 0; i < table.count; i++) table.rows[i]!.id = 10 + i;
  table.rows[2] = new Row({ id: 12, port: 80 });
  t.same(
    [0, 1, 2].map((i) => table.rows[i]?.id),
    [10, 11, 12],
  );
  t.equal(memory.readInt32LE(ROWS + 2 * w.sizeof(Row)), 12, 'it is the memory itself');
  t.equal(table.rows.at(2)?.port, 80);
  t.equal(table.rows[3], undefined, 'the memory ends before');
  t.throws(() => {
    table.rows[3] = new Row();
  }, RangeError);
  t.equal(table.rows.length, 1, 'the length is that of the declaration, as sizeof');
  t.equal(w.sizeof(table.rows), w.sizeof(Row));
  t.match(inspect(table), /rows: \[ Row \{ id: 10, port: 0 \} \]/);
});

t.test('a record of its own has what is declared', async (t) => {
  const table = new Table({ count: 1, rows: [{ id: 5 }] });
  const neighbour = new Table({ rows: [{ id: 6 }] });
  t.equal(table.rows[0]?.id, 5);
  t.equal(table.rows[1], undefined, 'what lies behind it belongs to others');
  t.equal(table.rows.at(-1)?.id, 5);
  t.equal(neighbour.rows[0]?.id, 6);
});

t.test('memory of the system goes as far as one asks', async (t) => {
  const memory = Buffer.alloc(ROWS + 2 * w.sizeof(Row));
  w.cast(Table, memory).rows[1]!.id = 7;
  const table = w.cast(Table, w.addressOf(memory));
  t.equal(table.rows[1]?.id, 7);
  table.rows[1]!.id++;
  t.equal(w.cast(Table, memory).rows[1]?.id, 8);
});

t.test('an array elsewhere has its own length', async (t) => {
  interface Middle extends w.Struct {
    rows: w.CArray<Row>;
    after: number;
  }
  const Middle = w.struct<Middle>('Middle', () => ({ rows: w.array(Row, 1), after: w.int32 }));
  t.equal(w.cast(Middle, Buffer.alloc(64)).rows[1], undefined);
});
