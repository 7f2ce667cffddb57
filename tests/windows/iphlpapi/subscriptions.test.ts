import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';

const run = promisify(execFile);
const program = fileURLToPath(new URL('cases/subscribed.ts', import.meta.url));

t.test('a subscription keeps the process until it is closed', { timeout: 60_000 }, async (t) => {
  const { stdout } = await run(process.execPath, [program]);
  t.equal(stdout.trim(), 'still here');
});

t.test('unref lets the process end', { timeout: 60_000 }, async (t) => {
  const { stdout } = await run(process.execPath, [program, 'unref']);
  t.equal(stdout.trim(), '');
});
