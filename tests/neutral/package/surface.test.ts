// What the entry points publish changes on purpose only.

import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { entries, fileOf, surfaceOf } from '../../../scripts/fixtures/surface.ts';

/** The lines that one text has and the other has not, which is what somebody wants to see of a long one. */
function differences(known: string, found: string): string[] {
  const [before, after] = [known, found].map((text) => new Set(text.split('\n')));
  return [
    ...[...before!].filter((line) => !after!.has(line)).map((line) => `- ${line}`),
    ...[...after!].filter((line) => !before!.has(line)).map((line) => `+ ${line}`),
  ];
}

const HINT =
  'node --import tsx scripts/fixtures/surface.ts writes it anew; CHANGELOG.md tells users, and docs/versions.md what it means for the version';

t.test('every entry point has its snapshot', async (t) => {
  t.ok(entries().length > 8);
  for (const entry of entries()) t.ok(existsSync(fileOf(entry)), `${entry}: ${HINT}`);
});

for (const entry of entries().filter((one) => existsSync(fileOf(one)))) {
  t.test(`what ${entry} publishes`, async (t) => {
    const known = readFileSync(fileOf(entry), 'utf8').replaceAll('\r\n', '\n');
    t.same(differences(known, surfaceOf(entry)), [], HINT);
  });
}

t.test('what is published of a class is in it: a method, and nothing private', async (t) => {
  const io = surfaceOf('io');
  t.match(io, /^TcpSocket\n {2}export declare class TcpSocket/m);
  t.match(io, /^ {6}write\(data: Data, callback\?: SentCallback\): boolean;$/m);
  t.notMatch(io, /#private|@throws|\/\*\*/);
});
