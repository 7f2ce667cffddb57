/** Every snippet of docs/porting.md runs. */

import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';
import { inParallel } from '../../../scripts/host/system/in-parallel.ts';
import { writeSnippets } from '../../fixtures/docs-snippets.ts';

// The limit of the test is the one that counts, not tap's own for a file.
t.setTimeout(180_000);

const run = promisify(execFile);
const { dir, snippets } = writeSnippets('porting.md');
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

t.test('the snippets of porting.md run', { timeout: 120_000 }, async (t) => {
  t.ok(snippets.length > 20);
  await inParallel(snippets, 4, async ({ name, file }) => {
    const failure = await run(process.execPath, [file], { timeout: 60_000 }).then(
      () => '',
      (error) => `${error.stderr}${error.stdout}`,
    );
    t.equal(failure, '', name);
  });
});
