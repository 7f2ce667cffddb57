import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { allRuntimes } from '../support/runtimes.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('cases/callbacks.ts', import.meta.url));

for (const [name, executable] of allRuntimes) {
  const skip = executable === undefined && `no ${name} here`;
  t.test(
    `callbacks are called, and what they throw comes out, on ${name}`,
    { skip, timeout: 120_000 },
    async (t) => {
      const { stdout } = await run(executable!, [program]);
      const lines = stdout.trim().split(/\r?\n/);
      const cases = lines.filter((line) => line.startsWith('ok ') || line.startsWith('not ok '));
      for (const line of cases) t.ok(line.startsWith('ok '), line.replace(/^(not )?ok /, ''));
      t.equal(lines.at(-1), `${cases.length} cases`, 'to the end');
    },
  );
}
