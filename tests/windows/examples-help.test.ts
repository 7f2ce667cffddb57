/** Every example says how it is used, also when it is used wrongly. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { needs, node, result } from './examples-support.ts';

const dir = fileURLToPath(new URL('../../examples/', import.meta.url));
const files = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.startsWith('shared/'))
  .sort();

t.test('--help', needs(node), async (t) => {
  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      const { code, output } = await result(node, file, '--help');
      t.equal(code, 0, `${file}: ${output}`);
      t.match(output, /^usage: /m, file);
      // Those of Node's libraries read their command line by Node's parseArgs, which throws.
      if (file.startsWith('ecosystem/')) continue;
      const wrong = await result(node, file, '--no-such-option');
      t.not(wrong.code, 0, `${file}: ${wrong.output}`);
      t.match(wrong.output, /^usage: /m, file);
      t.notMatch(wrong.output, /^ {4}at /m, file);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
});

t.test('each names the command that starts it', async (t) => {
  for (const file of files) {
    t.match(readFileSync(dir + file, 'utf8'), `npm start -- examples/${file}`, file);
  }
});
