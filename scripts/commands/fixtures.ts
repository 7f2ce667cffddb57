// npm run fixtures: writes what the generator makes of its fixtures, to be looked at in the diff.

import { writeFileSync } from 'node:fs';
import { fixtures, runFixture } from '../generate/fixtures.ts';
import { openToolchain } from '../generate/read/toolchain.ts';

export async function run(): Promise<number> {
  const clang = await openToolchain();
  for (const { name, file, expected } of fixtures()) {
    const text = await runFixture(clang, name);
    if (text === expected) continue;
    writeFileSync(file, text);
    console.log(`${name}: written`);
  }
  return 0;
}
