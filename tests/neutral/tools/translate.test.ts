// What `winsock translate` makes of C: each fixture as it was read and committed, and what it says of what
// it does not know. scripts/fixtures/translate.ts writes the fixtures.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { fixtures, translated, translateText } from '../../fixtures/translate.ts';

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
