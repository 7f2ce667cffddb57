import t from 'tap';
import { bothEngines } from '../../support/runtimes.ts';
import { runCase } from '../support.ts';

t.setTimeout(300_000);

for (const [name, executable] of bothEngines) {
  const skip = executable === undefined && `no ${name} here`;
  t.test(`every operation ended at every stage, on ${name}`, { skip }, async (t) => {
    const { code, output, errors } = await runCase(executable!, 'stages.ts');
    t.equal(code, 0, errors);
    const { kinds, tried, wrong, faster, forgotten, left } = JSON.parse(output);
    t.equal(tried, kinds * 7);
    t.same(wrong, []);
    // All others were pending whenever they were ended.
    const quick = ['connect', 'disconnect', 'sendMessage', 'sendTo'];
    t.same(
      faster.filter((name: string) => !quick.includes(name)),
      [],
    );
    t.same(left, { pending: 0, buffers: 0 });
    for (const kind of ['accept', 'connectPipe', 'read', 'receive', 'receiveFrom', 'send']) {
      t.ok(forgotten.includes(kind), `${kind} was pending when it was forgotten`);
    }
  });
}
