/** What has once gone wrong at the stream bridge, on every run time. */
import t from 'tap';
import { allRuntimes, missingRuntime } from '../../support/runtimes.ts';
import { runCase } from '../support.ts';

t.setTimeout(400_000);

const SEEN: Readonly<Record<string, unknown>> = {
  'small writes of an answer': { noDelay: true, text: 'abc' },
  'a write long after another, and destroy': [true, 'one bye'],
  'several writes of a turn through the bridge, and destroy': 'one two three',
  'a half-open stream whose server is disposed of': 'close',
  'a half-open stream whose port is closed': 'close',
  'options that are none': ['TypeError', 'TypeError'],
  'a reset, in the terms of Node': ['ECONNRESET', 'read'],
};

const TLS = 'a client of TLS without a certificate';

for (const [name, executable] of allRuntimes) {
  t.test(name, { skip: missingRuntime(name, executable) }, async (t) => {
    const { code, output, errors } = await runCase(executable!, 'attacks.ts');
    t.equal(code, 0, errors);
    const lines = output
      .trim()
      .split(/\r?\n/)
      .map((line) => JSON.parse(line));
    const seen = Object.fromEntries(lines as [string, unknown][]);
    for (const [attack, wanted] of Object.entries(SEEN)) t.same(seen[attack], wanted, attack);
    const refusals = Object.entries(seen[TLS] as Record<string, [string, string]>);
    for (const [version, [theirs, ours]] of refusals) t.equal(ours, theirs, `${TLS}, ${version}`);
    t.equal(lines.length, Object.keys(SEEN).length + 1, 'and nothing is uncaught');
  });
}
