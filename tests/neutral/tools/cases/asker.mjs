// A program like the one in which facts are asked, whose facts end it in several ways.

import { writeSync } from 'node:fs';

const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

for (const name of process.argv.slice(2)) {
  say({ begins: name });
  if (name.startsWith('crashes')) {
    writeSync(2, 'the last words');
    process.exit(77);
  }
  if (name.startsWith('hangs')) await new Promise((resolve) => setTimeout(resolve, 60_000));
  say({ ended: name, milliseconds: 1, outcome: { answered: `of ${name}` } });
}
