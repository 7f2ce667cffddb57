import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';
import { blocksOf, extract } from '../markdown.ts';

const run = promisify(execFile);

const programs = [
  ['this Node.js', process.execPath],
  ['Bun', process.env.WINSOCK_BUN],
] as const;

for (const [runtime, executable] of programs) {
  const skip = executable === undefined && `no ${runtime} here`;
  t.test(`the programs of the README run on ${runtime}`, { skip, timeout: 300_000 }, async (t) => {
    const { dir, files } = extract(blocksOf('README.md').filter((block) => block.runs));
    t.teardown(() => rmSync(dir, { recursive: true, force: true }));
    for (const { name, file } of files) {
      const { WINSOCK_TRACE: _, ...env } = process.env;
      await t.resolves(run(executable!, [file], { env, timeout: 60_000 }), name);
    }
  });
}
