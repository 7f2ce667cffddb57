/** A sample of Node's own tests over `winsock/register`; all of them: `npm run node-tests`. */

import t from 'tap';
import { ensureCopy } from '../../scripts/node-tests/copy.ts';
import { testFilesOf } from '../../scripts/node-tests/files.ts';
import { isUnexpected, lineOf } from '../../scripts/node-tests/report.ts';
import { runFiles } from '../../scripts/node-tests/run.ts';

/** Every so many files, of those that are about sockets and not about a protocol. */
const EVERY = 24;

/** In seconds, as other tests run beside these. */
const LIMIT = 100;

t.setTimeout(600_000);

const copy = await ensureCopy();
const skip = 'missing' in copy && copy.missing;

t.test("a sample of Node's own tests", { skip, timeout: 600_000 }, async (t) => {
  if ('missing' in copy) return;
  const sample = testFilesOf(copy.dir, ['net', 'dgram', 'http', 'https', 'tls']).filter(
    (_, at) => at % EVERY === 0,
  );
  t.ok(sample.length > 15);
  for (const result of await runFiles(sample, { over: ['register'], limit: LIMIT })) {
    t.notOk(isUnexpected(result), lineOf(result));
  }
});
