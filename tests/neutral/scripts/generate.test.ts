// The generator on its fixtures, and on the headers: what it makes has to be what is committed.
// `npm run fixtures` and `npm run generate` write what comes out, to be looked at in the diff.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { run } from '../../../scripts/commands/generate.ts';
import { fixtures, runFixture } from '../../../scripts/generate/fixtures.ts';
import { openToolchain } from '../../../scripts/generate/read/toolchain.ts';
import { inParallel } from '../../../scripts/host/system/in-parallel.ts';
import { projectDir } from '../../../scripts/host/system/paths.ts';
import { installed } from '../../../scripts/host/wine/root.ts';

const missing = process.platform !== 'linux' || !installed('toolchain');
const skip = missing && 'the toolchain is not installed: npm run generate';

// The compiler runs about ten times for each fixture, and is slow where other work goes on.
const timeout = 600_000;
t.setTimeout(timeout);

t.test('each fixture generates what is expected of it', { skip, timeout }, async (t) => {
  const clang = await openToolchain();
  // Two compilers at once.
  await inParallel(fixtures(), 2, async ({ name, expected, refused }) => {
    const found = await runFixture(clang, name);
    t.equal(found, expected, `${name}${refused ? ' is refused' : ''}`);
  });
});

interface Described {
  readonly name: string;
  readonly kind: string;
  readonly summary?: string;
}

t.test('every function has a sentence', async (t) => {
  const text = readFileSync(path.join(projectDir, 'defs/api.json'), 'utf8');
  const { source, ...headers } = JSON.parse(text) as Record<string, Described[]>;
  for (const [header, items] of Object.entries(headers)) {
    const without = items.filter(({ kind, summary }) => kind === 'function' && !summary);
    t.same(
      without.map(({ name }) => name),
      [],
      header,
    );
  }
});

t.test('the definitions are what the generator makes', { skip, timeout }, async (t) => {
  t.equal(await run(['--check']), 0, 'run: npm run generate');
});
