/** Every example says how it is used; used wrongly, it says what is wrong and ends with another code. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { inParallel } from '../../../scripts/host/system/in-parallel.ts';
import { needs, node, result } from './support.ts';

const dir = fileURLToPath(new URL('../../../examples/', import.meta.url));
const files = readdirSync(dir, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts') && !file.startsWith('shared/'))
  .sort();

t.test('every example prints its usage for --help', needs(node), async (t) => {
  await inParallel(files, 4, async (file) => {
    const { code, output } = await result(node, file, '--help');
    t.equal(code, 0, `${file}: ${output}`);
    t.match(output, /^usage: /m, file);
  });
});

/** The command line is read in one place, but for these two. */
const wrong: readonly [file: string, args: string[], said: RegExp][] = [
  ['getting-started/client.ts', ['--no-such-option'], /^usage: client/],
  ['getting-started/server.ts', ['--no-such-option'], /^usage: server/],
  ['overlap.ts', ['--no-such-option'], /^--no-such-option is not understood\n\nusage: /],
  ['simple/server.ts', ['-p', 'tcp', 'more'], /^more is not understood\n\nusage: /],
  ['simple/server.ts', ['-e'], /^-e needs a value\n\nusage: /],
  ['simple/client.ts', ['-p', 'sctp'], /^-p takes tcp or udp, not sctp\n\nusage: /],
  ['iocp/client.ts', ['-t:0'], /^-t takes a number from 1 to 64, not 0\n\nusage: /],
  ['iphdrinc.ts', ['-z', 'many'], /^-z takes a number from 0 to 65507, not many\n\nusage: /],
];

t.test('what is not understood', needs(node), async (t) => {
  for (const [file, args, said] of wrong) {
    const { code, output } = await result(node, file, ...args);
    t.equal(code, 1, output);
    t.match(output, said);
    t.notMatch(output, /^ {4}at /m, 'no stack');
  }
  for (const file of files.filter((file) => /^(?!getting-started|ecosystem)/.test(file))) {
    t.match(readFileSync(dir + file, 'utf8'), 'getopt(', file);
  }
});

t.test('each names the command that starts it', async (t) => {
  for (const file of files) {
    t.match(readFileSync(dir + file, 'utf8'), `npm start -- examples/${file}`, file);
  }
});
