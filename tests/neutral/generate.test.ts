// The generator on its fixtures. `npm run fixtures` writes what comes out; here it has to be the same.

import t from 'tap';
import { fixtures, runFixture } from '../../scripts/generate/fixtures.ts';
import { openToolchain } from '../../scripts/generate/toolchain.ts';
import { installed } from '../../scripts/host/root.ts';

const missing = process.platform !== 'linux' || !installed('toolchain');

t.test(
  'fixtures',
  { skip: missing && 'the toolchain is not installed: npm run generate' },
  async (t) => {
    const clang = await openToolchain();
    for (const { name, expected, refused } of fixtures()) {
      const found = await runFixture(clang, name);
      t.equal(found, expected, `${name}${refused ? ' is refused' : ''}`);
    }
  },
);
