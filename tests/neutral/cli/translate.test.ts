// The command `winsock translate`: what it writes, and what it refuses without writing anything.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** A folder with files, and the command run in it. */
function folder(t: Test, files: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-translate-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(dir, name), content);
  const translate = (...args: string[]) => {
    const options = { cwd: dir, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [cli, 'translate', ...args],
      options,
    );
    return { status, stdout, stderr };
  };
  const has = (name: string) => existsSync(path.join(dir, name));
  const read = (name: string) => readFileSync(path.join(dir, name), 'utf8');
  return { translate, has, read };
}

const PROGRAM = 'int main(void) { return 3; }\n';

t.test('a file that is there is overwritten by --force only', async (t) => {
  const { translate, read, has } = folder(t, { 'a.c': PROGRAM, 'a.ts': 'mine', 'b.c': PROGRAM });
  const refused = translate('a.c', 'b.c');
  t.match(refused, { status: 1, stderr: /a\.ts is there already; --force overwrites it/ });
  t.equal(read('a.ts'), 'mine');
  t.notOk(has('b.ts'), 'none of several is written');
  t.match(translate('a.c', '--force'), { status: 0, stdout: /100\.0 %/ });
  t.match(read('a.ts'), 'return 3;');
});

t.test('what is no C, or is not there, is said and leaves nothing behind', async (t) => {
  const { translate, has } = folder(t, {
    'cpp.cpp': '#include <stdio.h>\nclass Socket { public: int s; };\nint main() { return 0; }\n',
    'letter.c': 'Dear Sir,\nthis is a letter. It has no code.\nYours',
    'good.c': PROGRAM,
  });
  t.match(translate('good.c', 'cpp.cpp', '-o', 'out'), {
    status: 1,
    stderr: /cpp\.cpp:2 is C\+\+ \(class Socket\); translate reads C/,
  });
  t.notOk(has('out'), 'nothing is half written');
  t.match(translate('letter.c'), { status: 1, stderr: /letter\.c is not understood as C/ });
  t.match(translate('none.c'), { status: 1, stderr: /there is no file none\.c/ });
  t.match(translate('good.c', '--encoding', 'nonsense'), {
    status: 1,
    stderr: /no encoding nonsense/,
  });
  t.match(translate('--odd'), { stderr: /translate has no option --odd/ });
});

t.test(
  'what C++ stands in C, a type or a header that is missing, is told by its line',
  async (t) => {
    const { translate, read } = folder(t, {
      'a.c': `#include "gone.h"
static void twice(int &n) { n *= 2; }
static int times(int n, int by = 2) { return n * by; }
int main(void) {
  widget w;
  int *p = new int;
  return 0;
}
`,
    });
    const { status, stdout } = translate('a.c');
    t.equal(status, 0);
    t.match(stdout, /line 2: this is C\+\+: a reference is passed/);
    t.match(stdout, /line 3: this is C\+\+: a parameter has a value of its own/);
    t.match(stdout, /line 5: the type widget is not known/);
    t.match(stdout, /line 6: this is C\+\+: an object is made or taken away/);
    t.match(stdout, /gone\.h was not found/);
    for (const line of ['static void twice(int &n)', 'widget w;', 'int *p = new int;'])
      t.match(read('a.ts'), line, 'the text is kept');
  },
);
