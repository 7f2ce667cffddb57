// What `winsock translate` makes of C: each fixture as it was read and committed, and what it says of what
// it does not know. scripts/fixtures/translate.ts writes the fixtures.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { decode, translate } from '../../../lib/tools/translate/index.ts';
import { fixtures, packageExports, translated, translateText } from '../../fixtures/translate.ts';

for (const name of readdirSync(fixtures)) {
  t.test(`${name} becomes what it became`, async (t) => {
    const { text } = await translated(name);
    t.equal(text, readFileSync(path.join(fixtures, name, 'expected.ts'), 'utf8'));
  });
}

t.test('what is not understood is a TODO with its text, and counted', async (t) => {
  const { text, report } = await translated('todo');
  t.match(
    text,
    /\/\/ TODO\(translate\): the package lacks frobnicate:\n {2}\/\/ {3}frobnicate\(thing, 3\);/,
  );
  t.same(report.missing, { frobnicate: 1, widget: 1 });
  t.ok(report.translated < report.statements);
  t.same(
    report.todos.map(({ line }) => line),
    [8, 11, 12],
  );
});

t.test('text that is no C is a TODO, never nothing', async (t) => {
  const { text, report } = await translateText(
    'int main(void)\n{\n  int a = 1;\n  a = @ 2;\n  return a;\n}\n',
  );
  t.match(text, /TODO\(translate\)/);
  t.match(text, /@ 2/);
  t.not(report.todos.length, 0);
});

t.test('a program that is C++ is refused', async (t) => {
  const program = '#include <iostream>\nint main() { std::cout << 1; }\n';
  await t.rejects(translateText(program), { message: /is C\+\+ \(#include <iostream>\)/ });
  await t.rejects(translateText('class A { public: int x; };\nint main() {}\n'), {
    message: /is C\+\+/,
  });
});

t.test('text that is something else is refused', async (t) => {
  await t.rejects(translateText('Dear Sir,\nthis is a letter. It has no code.\nYours'), {
    message: 'input.c is not understood as C',
  });
});

t.test('-D chooses the branches of the preprocessor', async (t) => {
  const { text } = await translateText(
    '#define FAST\nint main(void) {\n#ifdef FAST\nreturn 1;\n#else\nreturn 2;\n#endif\n}\n',
  );
  t.match(text, 'return 1;');
  t.notMatch(text, 'return 2;');
});

t.test('a thousand lines take no more than their reading', async (t) => {
  const functions = Array.from(
    { length: 100 },
    (_, i) =>
      `static int f${i}(int a)\n{\n  int b = a + ${i};\n\n  if (b > 3)\n    b = b * 2;\n  return b;\n}\n\n`,
  );
  const { report } = await translateText(`${functions.join('')}int main(void) { return f0(1); }\n`);
  t.equal(report.translated, report.statements);
});

t.test('a file in a code page keeps the bytes of its text, and its line ends', async (t) => {
  const bytes = Buffer.from('int main(void)\r\n{ puts("\xcf\xf0"); return 0; }\r\n', 'latin1');
  const exports = await packageExports();
  const [done] = await translate([{ file: 'a.c', source: decode(bytes, 'windows-1251') }], {
    exports,
  });
  t.match(done?.text, "sourceEncoding('windows-1251');\r\n");
  t.match(done?.text, "puts('Пр')");
  t.equal(done?.text.replaceAll('\r\n', '').includes('\n'), false);
  t.throws(() => decode(bytes, 'no-such-page'), { message: 'there is no encoding no-such-page' });
  const utf16 = Buffer.from('\ufeffint main(void) { return 7; }', 'utf16le');
  const [wide] = await translate([{ file: 'b.c', source: decode(utf16) }], { exports });
  t.match(wide?.text, 'return 7;');
  t.notMatch(wide?.text, 'sourceEncoding');
});

t.test('files that are given together import what the others define', async (t) => {
  const exports = await packageExports();
  const source = (text: string) => decode(Buffer.from(text));
  const [main, other] = await translate(
    [
      {
        file: 'main.c',
        source: source(
          'extern int count; int twice(int); int main(void) { count = 2; return twice(count); }\n',
        ),
      },
      { file: 'other.c', source: source('int count = 1;\nint twice(int n) { return n * 2; }\n') },
    ],
    { exports },
  );
  t.match(main?.text, "import { count, twice } from './other.ts';");
  t.match(main?.text, 'count.value = 2;');
  t.match(other?.text, 'export const count = ref(int, 1);');
  t.match(other?.text, 'export function twice(n: number): number {');
});

t.test(
  'a place is the same by its names, fields and indexes, whatever else it calls',
  async (t) => {
    const { text } = await translateText(
      `static char rows[4][16];
struct sum { int hash; };
static struct sum sums[4];
static int pick(int i) { return i; }
int main(void) {
  int i = 1;
  memset(rows[pick(i)], 0, sizeof(rows[pick(i)]));
  memset(rows[i + 1], 0, sizeof(rows[i + 1]));
  memset(rows[i], 0, sizeof(rows[i + 1]));
  sums[i].hash = sums[i].hash * 31 + 7;
  return 0;
}
`,
    );
    t.match(text, 'memset(rows[pick(i)]!, 0, rows[pick(i)]!.length);');
    t.match(text, 'rows[i + 1]!.fill(0);');
    t.match(text, 'memset(rows[i]!, 0, rows[i + 1]!.length);');
    t.match(text, 'sums[i]!.hash = (sums[i]!.hash * 31 + 7) | 0;');
  },
);
