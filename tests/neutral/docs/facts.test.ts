// docs/facts.md is what the catalogue behind `winsock check` says.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { factsPage } from '../../../scripts/facts/page.ts';

t.test('the page is up to date', async (t) => {
  const page = readFileSync(new URL('../../../docs/facts.md', import.meta.url), 'utf8');
  t.equal(page, factsPage(), '`npm run facts` writes it');
});

t.test('each line of a table has its four cells', async (t) => {
  for (const line of factsPage().split('\n')) {
    if (!line.startsWith('| ')) continue;
    t.equal(line.replaceAll('\\|', '').split('|').length, 6, line);
  }
});
