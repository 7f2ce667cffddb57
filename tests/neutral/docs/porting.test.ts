/** docs/porting.md: its snippets compile, its links lead somewhere, and its table is true. */

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { writeSnippets } from '../../fixtures/docs-snippets.ts';

const run = promisify(execFile);
const root = new URL('../../../', import.meta.url);
const docs = new URL('docs/', root);
const page = readFileSync(new URL('porting.md', docs), 'utf8').replaceAll('\r\n', '\n');

t.test('the snippets compile', { timeout: 120_000 }, async (t) => {
  const { dir, snippets } = writeSnippets('porting.md');
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const config = `${dir}/tsconfig.json`;
  const compilerOptions = { noUnusedLocals: false };
  writeFileSync(
    config,
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions,
      files: snippets.map(({ file }) => file),
      exclude: [],
      include: [],
    }),
  );
  const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
  const errors = await run(process.execPath, [tsc, '--noEmit', '-p', config], { cwd: dir }).then(
    () => '',
    ({ stdout, stderr }) => `${stdout}${stderr}`,
  );
  const named = snippets.reduce(
    (text, { name }, index) => text.replaceAll(`snippet-${index}.ts`, name),
    errors,
  );
  t.equal(named, '');
});

t.test('the links lead somewhere', async (t) => {
  const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text!.toLowerCase().replaceAll(' ', '-'),
  );
  for (const [, target] of page.matchAll(/\]\(([^)]+)\)/g)) {
    if (target!.startsWith('#')) t.ok(headings.includes(target!.slice(1)), target!);
    else t.ok(existsSync(new URL(target!, docs)), target!);
  }
});

const lines = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;

function linesOf(path: string): number {
  if (statSync(path).isFile()) return lines(path);
  return readdirSync(path).reduce((sum, name) => sum + linesOf(`${path}/${name}`), 0);
}

t.test(
  'the line counts are those of the ports, and no port is longer than its original',
  async (t) => {
    const rows = [...page.matchAll(/^\| \[.*\]\((.*)\) \| .* \| (\d+) \| (\d+) \|$/gm)];
    t.ok(rows.length > 10);
    for (const [, target, port, original] of rows) {
      t.equal(Number(port), linesOf(fileURLToPath(new URL(target!, docs))), target!);
      t.ok(Number(port) <= Number(original), `${target}: ${port} lines of ${original}`);
    }
  },
);
