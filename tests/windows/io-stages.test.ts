import t from 'tap';
import { allRuntimes, runCase } from './io-support.ts';

t.setTimeout(300_000);

for (const [name, executable] of [allRuntimes[0]!, allRuntimes.at(-1)!]) {
  const skip = executable === undefined && `no ${name} here`;
  t.test(`every operation ended at every stage, on ${name}`, { skip }, async (t) => {
    const { code, output, errors } = await runCase(executable!, 'io-stages.ts');
    t.equal(code, 0, errors);
    const { tried, wrong, forgotten, left } = JSON.parse(output);
    t.equal(tried, 16 * 7);
    t.same(wrong, []);
    t.same(left, { pending: 0, buffers: 0 });
    for (const kind of ['accept', 'connectPipe', 'read', 'receive', 'receiveFrom', 'send']) {
      t.ok(forgotten.includes(kind), `${kind} was pending when it was forgotten`);
    }
  });
}
