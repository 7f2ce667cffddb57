// The programs of the README and of the guide run.

import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { inParallel } from '../../../scripts/host/system/in-parallel.ts';
import { blocksOf, extract, guides } from '../../markdown.ts';

const run = promisify(execFile);

async function runAll(t: Test, executable: string, documents: readonly string[]) {
  const blocks = documents.flatMap(blocksOf).filter((block) => block.runs);
  const { dir, files } = extract(blocks);
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const { WINSOCK_TRACE: _, ...env } = process.env;
  await inParallel(files, 4, async ({ name, file }) => {
    await t.resolves(run(executable, [file], { env, timeout: 60_000 }), name);
  });
}

const bun = process.env.WINSOCK_BUN;
const programs = [
  ['this Node.js', process.execPath],
  ['Bun', bun],
] as const;

for (const [runtime, executable] of programs) {
  const skip = executable === undefined && `no ${runtime} here`;
  t.test(`the programs of the README run on ${runtime}`, { skip, timeout: 300_000 }, (t) =>
    runAll(t, executable!, ['README.md']),
  );
}

t.test('the programs of the guide run', { timeout: 300_000 }, async (t) => {
  t.ok(guides.length > 5);
  await runAll(t, process.execPath, guides);
});
