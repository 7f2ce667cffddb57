import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import * as c from '../../../lib/c.ts';
import {
  arrayOf,
  cast,
  float64,
  int,
  pvoid,
  ref,
  SOCKET,
  type Struct,
  sockaddr_in,
  stringAt,
  struct,
} from '../../../lib/index.ts';

type Case = readonly [name: string, args: readonly (string | number)[], result: unknown];

/** What a C program printed: scripts/fixtures/c-values.ts. */
const cases = JSON.parse(
  readFileSync(new URL('../../fixtures/c-values.json', import.meta.url), 'utf8'),
) as readonly Case[];

type Number = number;

/** How each function is asked what the C program was asked. */
const ASK: Readonly<Record<string, (...args: never[]) => unknown>> = {
  sprintf: (template: string, ...values: unknown[]) => c.format(template, values),
  sprintf64: (template: string, number: string) => c.format(template, [BigInt(number)]),
  atoi: c.atoi,
  atol: c.atol,
  strtol: (text: string, base: Number) => c.strtol(text, null, base),
  strtoul: (text: string, base: Number) => c.strtoul(text, null, base),
  atof: c.atof,
  rand(seed: Number) {
    c.srand(seed);
    return [c.rand(), c.rand(), c.rand()];
  },
  strlen: c.strlen,
  strcmp: (a: string, b: string) => Math.sign(c.strcmp(a, b)),
  strncmp: (a: string, b: string, n: Number) => Math.sign(c.strncmp(a, b, n)),
  _stricmp: (a: string, b: string) => Math.sign(c._stricmp(a, b)),
  _strnicmp: (a: string, b: string, n: Number) => Math.sign(c._strnicmp(a, b, n)),
  strspn: c.strspn,
  strcspn: c.strcspn,
  ctype: (unit: Number) => [
    c.isdigit(unit),
    c.isalpha(unit),
    c.isalnum(unit),
    c.isspace(unit),
    c.isprint(unit),
    c.ispunct(unit),
    c.isxdigit(unit),
    c.toupper(unit),
    c.tolower(unit),
  ],
  strncpy: (text: string, count: Number) => [...c.strncpy(Buffer.alloc(8, 'x'), text, count)],
  strtok(text: string, separators: string) {
    const tokens: string[] = [];
    let token = c.strtok<Uint8Array>(c.cstr(text), separators);
    for (; token; token = c.strtok<Uint8Array>(null, separators)) tokens.push(c.str(token));
    return tokens;
  },
  strchr: (text: string, unit: Number) => c.strchr(text, unit),
  strrchr: (text: string, unit: Number) => c.strrchr(text, unit),
  strstr: (text: string, wanted: string) => c.strstr(text, wanted),
  strpbrk: (text: string, set: string) => c.strpbrk(text, set),
  sscanf(text: string, template: string, kinds: string) {
    const places = [...kinds].map((kind) => {
      if (kind === 'd') return ref(int);
      return kind === 'f' ? ref(float64) : Buffer.alloc(kind === 'c' ? 1 : 32);
    });
    const count = c.sscanf(text, template, ...places);
    const stored = places.map((place, index) => {
      if ('value' in place) return place.value;
      return kinds[index] === 'c' ? place[0] : c.str(place);
    });
    return [count, ...stored];
  },
  gmtime(seconds: Number) {
    const { tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday } = at(seconds);
    return [tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday];
  },
  asctime: (seconds: Number) => c.asctime(at(seconds)),
  strftime(seconds: Number, template: string) {
    const out = Buffer.alloc(64);
    c.strftime(out, out.length, template, at(seconds));
    return c.str(out);
  },
};

const at = (seconds: number) => c.gmtime({ value: seconds } as never)!;

const byName = new Map<string, Case[]>();
for (const one of cases) {
  const list = byName.get(one[0]);
  if (list) list.push(one);
  else byName.set(one[0], [one]);
}

for (const [name, list] of byName) {
  t.test(`${name} gives what a C program gets`, (t) => {
    for (const [, args, result] of list) {
      t.same(ASK[name]?.(...(args as never[])), result, JSON.stringify(args));
    }
    t.end();
  });
}

t.test('text has the bytes of the code page that a program was written in', (t) => {
  t.teardown(() => c.sourceEncoding('utf-8'));
  t.equal(c.cstr('Пр').toString('hex'), 'd09fd18000');
  c.sourceEncoding('windows-1251');
  t.equal(c.cstr('Пр').toString('hex'), 'cff000');
  t.equal(c.strlen('Пр'), 2);
  t.equal(c.str(c.cstr('Пр')), 'Пр');
  t.equal(c.format('%3s|', ['П']), '  \xcf|');
  c.sourceEncoding('gbk');
  t.equal(c.cstr('你a').toString('hex'), 'c4e36100');
  c.sourceEncoding('windows-1252');
  const all = Uint8Array.from({ length: 255 }, (_, index) => index + 1);
  t.same([...c.cstr(c.str(all)).subarray(0, 255)], [...all]);
  // Some versions of Node.js read this code page as Latin-1.
  t.equal(c.cstr('€ƒŸ').toString('hex'), '80839f00');
  t.throws(() => c.sourceEncoding('no-such-page'), RangeError);
  t.end();
});

t.test('what does not fit is refused, and a structure is copied with what is in it', (t) => {
  t.throws(() => c.strcpy(Buffer.alloc(3), 'abc'), RangeError);
  t.throws(() => c.sprintf(Buffer.alloc(2), '%d', 100), RangeError);
  t.throws(() => c.format('%d %d', [1]), TypeError);
  t.equal(c.snprintf(Buffer.alloc(3), 3, '%d', 12345), 5);
  t.equal(c.strcpy_s(Buffer.alloc(3), 3, 'abc'), 34);
  class Inner {
    bytes = Buffer.alloc(2);
    pointer: Uint8Array | null = null;
  }
  class Outer {
    inner = new Inner();
    list = [0, 0];
    n = 0;
  }
  const from = new Outer();
  from.inner.bytes[0] = 7;
  from.inner.pointer = Buffer.from('shared');
  from.list[1] = 5;
  const to = c.assign(new Outer(), from);
  from.inner.bytes[0] = 8;
  from.list[1] = 6;
  t.same([to.inner.bytes[0], to.list[1]], [7, 5], 'arrays are copied');
  t.equal(to.inner.pointer, from.inner.pointer, 'pointers are not');
  const memory = c.malloc(4);
  t.equal(c.back(memory.subarray(3), 2).byteOffset, memory.byteOffset + 1);
  const before = c.back(memory, 1);
  t.equal(before.byteOffset, memory.byteOffset - 1, 'before the start it can be compared');
  t.equal(before.length, 0);
  t.equal(before.subarray(1).byteOffset, memory.byteOffset);
  t.equal(c.samePlace(memory, memory.subarray(0)), true);
  c.free(memory);
  t.end();
});

t.test('sorting and looking up, in memory and in arrays of pointers', (t) => {
  const numbers = Int32Array.of(5, -2, 9, 1);
  const byNumber = (a: Uint8Array, b: Uint8Array) => cast(int, a).value - cast(int, b).value;
  c.qsort(numbers, 4, 4, byNumber);
  t.same([...numbers], [-2, 1, 5, 9]);
  const found = c.bsearch(Int32Array.of(5), numbers, 4, 4, byNumber);
  t.equal(found?.byteOffset, numbers.byteOffset + 8);
  t.equal(c.bsearch(Int32Array.of(6), numbers, 4, 4, byNumber), null);
  const names = ['pear', 'fig', 'apple'];
  const byText = (a: Uint8Array, b: Uint8Array) =>
    c.strcmp(stringAt(cast(pvoid, a).value) ?? '', stringAt(cast(pvoid, b).value) ?? '');
  c.qsort(names, 3, 8, byText);
  t.same(names, ['apple', 'fig', 'pear']);
  t.end();
});

t.test('pointers that move over structures and numbers, and functions in memory', (t) => {
  interface Command extends Struct {
    run: ((n: number) => number) | null;
    n: number;
  }
  const Command = struct<Command>('Command', () => ({ run: c.functionPtr, n: int }));
  const twice = (n: number) => n * 2;
  const commands = arrayOf(Command, [{ run: twice, n: 1 }, { n: 2 }]);
  const second = c.moved(Command, commands, 1);
  t.same([second.n, second.run], [2, null]);
  t.equal(c.moved(Command, second, -1).run, twice);
  t.throws(() => c.moved(Command, second, -2), RangeError);
  const handles = arrayOf(SOCKET, [1, 2, 3]);
  t.same([...c.movedIn(handles, 1)], [2, 3]);
  t.equal(c.unsigned64(-1), 2 ** 64);
  t.equal(c.unsigned64(3), 3);
  t.end();
});

t.test('what was written to a file by number is read again, line ends as the mode says', (t) => {
  const file = path.join(t.testdir(), 'numbers.txt');
  const fd = c._open(file, c._O_WRONLY | c._O_CREAT | c._O_TEXT);
  t.equal(c._write(fd, 'a\nb', 3), 3);
  t.equal(c._close(fd), 0);
  const again = c._open(file, c._O_RDONLY | c._O_BINARY);
  const memory = Buffer.alloc(8);
  t.equal(c._read(again, memory, 8), 4, 'the line end has two bytes in the file');
  t.equal(c._lseek(again, -1, c.SEEK_END), 3);
  t.equal(c._read(again, memory, 8), 1);
  t.equal(c._read(again, memory, 8), 0);
  c._close(again);
  t.equal(c._open(`${file}.none`, c._O_RDONLY), -1);
  t.equal(c.errno.value, 2);
  t.end();
});

t.test('memory of small structures and of small Buffers ends where it ends', async (t) => {
  const between = new sockaddr_in({ sin_port: 1 });
  const behind = new sockaddr_in({ sin_port: 2 });
  t.equal(between.buffer, behind.buffer, 'they lie side by side');
  t.throws(() => c.memset(between, 0xff, 4000), RangeError);
  t.throws(() => c.memcpy(Buffer.alloc(100), between, 100), RangeError);
  t.equal(c.back(behind, 16).length, 0, 'nothing is there');
  t.equal(behind.sin_port, 2);
  const secret = Buffer.from('somebody else');
  const text = Buffer.from('text');
  t.equal(secret.buffer, text.buffer, 'of one pool');
  t.throws(() => c.memset(text, 0, 4000), RangeError);
  t.equal(c.back(text, 8).length, 0);
  t.equal(secret.toString(), 'somebody else');
  t.throws(() => c.memset(5 as never, 0, 4), RangeError, 'no address');
  // A view of memory of its own goes on behind its end, as a pointer into it does.
  const whole = Buffer.alloc(64);
  t.equal(c.memset(whole.subarray(8, 16), 7, 32)[0], 7);
  t.equal(whole[39], 7);
  t.equal(c.back(whole.subarray(8), 4).length, 60);
  t.type(c.back(new Int16Array(4).subarray(2), 1), Int16Array);
  for (const none of [() => 'return 1', { length: 1 }, null]) {
    t.throws(() => c.back(none as never, 0), TypeError, 'what is no memory is not made one');
  }
});

t.test('the conversions of C99 that the old runtime of Windows has not', async (t) => {
  const date = at(Date.UTC(2024, 1, 29, 0, 5, 7) / 1000);
  const out = Buffer.alloc(64);
  c.strftime(out, 64, '%C|%e|%h|%r|%u|%U|%W|%n%t%%|%R', date);
  t.equal(c.str(out), '20|29|Feb|12:05:07 AM|4|08|09|\n\t%|00:05');
  c.strftime(out, 64, '%z', date);
  t.match(c.str(out), /^[+-]\d{4}$/);
  t.throws(() => c.strftime(out, 64, '%Q', date), RangeError, 'no such conversion');
});
