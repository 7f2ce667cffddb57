// npm run facts: docs/facts.md, from the catalogue behind `winsock check`.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { factsPage } from '../facts/page.ts';
import { projectDir } from '../host/system/paths.ts';

export async function run(): Promise<number> {
  const page = path.join(projectDir, 'docs/facts.md');
  writeFileSync(page, factsPage());
  console.log(`${path.relative(projectDir, page)} written`);
  return 0;
}
