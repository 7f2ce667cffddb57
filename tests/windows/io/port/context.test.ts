import t from 'tap';
import { allRuntimes } from '../../support/runtimes.ts';
import { runCase } from '../support.ts';

t.setTimeout(300_000);

const expected = [
  'accepted data: none',
  'connection: server',
  'server close: server',
  ...['a', 'b', 'c'].flatMap((name) =>
    [
      'awaited',
      'borrowed',
      'close',
      'data',
      'lent message',
      'message',
      'stream',
      'written',
      'written behind it',
      'written late',
    ].map((what) => `${name} ${what}: ${name}`),
  ),
].sort();

for (const [name, executable] of allRuntimes) {
  const skip = executable === undefined && `no ${name} here`;
  t.test(`the asynchronous context of what is called, on ${name}`, { skip }, async (t) => {
    const { code, output, errors } = await runCase(executable!, 'context.ts');
    t.equal(code, 0, errors);
    t.same(JSON.parse(output), expected);
  });
}
