import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { allRuntimes } from '../support/runtimes.ts';

const run = promisify(execFile);

const FAILING_CALLS = 100_000;

async function output(executable: string, script: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await run(executable, [path, ...args], { maxBuffer: 1 << 24 });
  return stdout;
}

// Mostly their programs start and wait.
t.jobs = 2;

for (const [name, executable] of allRuntimes) {
  const skip = executable === undefined && `no ${name} here`;
  t.test(name, { skip, timeout: 300_000, buffered: true }, async (t) => {
    const slice = await output(executable!, 'cases/slice.ts');
    t.match(slice, /\n9 cases\r?\n$/, 'the main paths');

    const tour = await output(executable!, '../../../examples/tour.ts');
    t.match(tour, /Every stop that this system has worked\./);
    t.notMatch(tour, /FAILED/);
    t.match(tour, /code +WSAECONNREFUSED\r?\n +errno +10061\r?\n/);

    for (const way of ['returns', 'exits', 'terminated']) {
      const ended = await output(executable!, 'cases/worker-end.ts', way);
      t.equal(ended.trim(), 'called, ended, alive', `a worker with pointers: ${way}`);
    }

    const counts = JSON.parse(await output(executable!, 'cases/last-error.ts', `${FAILING_CALLS}`));
    t.same(counts, { calls: FAILING_CALLS, wrong: 0, wrongInWorkers: [0, 0] });
  });
}
