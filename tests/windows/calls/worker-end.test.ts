/** A worker that ends while its calls on other threads wait for what never comes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { allRuntimes } from '../support/runtimes.ts';

/** A worker that its calls hold would never end. */
const PATIENCE_MS = 60_000;

const ENDS: readonly (readonly [what: string, how: string])[] = [
  ['recv', 'terminate'],
  ['recv', 'exit'],
  ['recv', 'throw'],
  ['many recv', 'terminate'],
  ['WSARecvFrom', 'terminate'],
  ['accept', 'terminate'],
  ['WaitForSingleObject', 'terminate'],
  ['WaitForSingleObjectEx', 'terminate'],
  ['WaitForMultipleObjects', 'terminate'],
  ['WSAWaitForMultipleEvents', 'terminate'],
  ['ConnectNamedPipe', 'terminate'],
];

t.setTimeout(20 * PATIENCE_MS);
// Mostly their programs start and wait.
t.jobs = 2;

const program = fileURLToPath(new URL('cases/blocked-worker.ts', import.meta.url));

async function output(executable: string, what: string, how: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(executable, [program, what, how], {
      timeout: PATIENCE_MS,
    });
    return stdout.trim().replaceAll('\r', '');
  } catch (error) {
    const { killed, stdout, stderr } = error as { killed?: boolean } & Record<string, string>;
    return killed ? 'does not end' : `${stdout}${stderr}`;
  }
}

for (const [name, executable] of allRuntimes) {
  const skip = executable === undefined && `no ${name} here`;
  t.test(name, { skip, timeout: 20 * PATIENCE_MS, buffered: true }, async (t) => {
    for (const [what, how] of ENDS) {
      t.equal(await output(executable!, what, how), `${what} ended`, `${what}, ${how}`);
    }
    t.equal(
      await output(executable!, 'of the main thread', 'terminate'),
      'later\nof the main thread ended',
      'a socket of another thread stays open',
    );
    t.equal(
      await output(executable!, 'waits', 'terminate'),
      '[258,0,1,1,258,"ERROR_INVALID_HANDLE"] ended',
      'waits have the results that they have elsewhere',
    );
  });
}
