// Options of the npm scripts that are given twice: all count, or the second is refused; none is dropped in silence.

import t from 'tap';
import { fuzzOptions } from '../../../scripts/commands/fuzz.ts';
import * as nodeTests from '../../../scripts/commands/node-tests.ts';
import * as start from '../../../scripts/commands/start.ts';
import * as tests from '../../../scripts/commands/test.ts';

t.test('the fuzzers run on each run time that is named, and those that are named', async (t) => {
  const all = fuzzOptions([])!;
  t.ok(all.runtimes.length > 2 && all.fuzzers.length > 1);
  const { runtimes, fuzzers, rest } = fuzzOptions([
    ...['--runtime', 'node22', '--only', 'states', '--runtime=bun', '--only=calls'],
    ...['winsock', '--runtime', 'bun', 'winsock/kernel'],
  ])!;
  t.same(runtimes, ['node22', 'bun'], 'each once, in the order in which they are named');
  t.same(fuzzers, ['states', 'calls']);
  t.same(rest, ['winsock', 'winsock/kernel']);
});

t.test('an option that takes one value is refused when it is given again', async (t) => {
  const commands: [run: (args: string[]) => unknown, args: string][] = [
    [fuzzOptions, '--seed 1 --seed 2'],
    [fuzzOptions, '--minutes=1 --minutes=1'],
    [start.run, '--runtime node22 --runtime bun examples/tour.ts'],
    [start.run, '--as-windows all --as-windows=closing examples/tour.ts'],
    [tests.run, '--runtime node22 --runtime node26'],
    [tests.run, '--as-windows all --as-windows all'],
    [nodeTests.run, '--every 2 --every 3'],
    [nodeTests.run, '--runtime node22 --runtime node22'],
    [nodeTests.run, '--json a.json --json b.json'],
  ];
  for (const [run, args] of commands) {
    const [option] = args.split(/[ =]/);
    const refused = { name: 'HostError', message: new RegExp(`^${option} is given twice`) };
    // Some are asked in this turn of the event loop, others by a promise.
    await t.rejects(async () => run(args.split(' ')), refused, args);
  }
});
