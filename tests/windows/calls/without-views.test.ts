// Electron forbids buffers over memory that is not JavaScript's: koffi is made to refuse them as it does there.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';

const run = promisify(execFile);
const fileOf = (name: string) => fileURLToPath(new URL(`cases/${name}`, import.meta.url));

t.test(
  'lists of the system, freeing and winsock/io do without views',
  { timeout: 60_000 },
  async (t) => {
    const args = ['--require', fileOf('no-views.cjs'), fileOf('without-views.ts')];
    const { stdout, stderr } = await run(process.execPath, args);
    t.equal(stdout.trim(), '127.0.0.1 true true 300000 a datagram', stderr);
    t.notMatch(stderr, /NO_POLLER|Error/);
  },
);
