// The stand-in that answers as Windows: it says for each fact it covers what Windows is known to.

import { fileURLToPath } from 'node:url';
import t from 'tap';
import * as w from 'winsock';
import type { Checked, Report } from '../../../lib/tools/check/index.ts';
import { asWindows, needsAsWindows } from '../support/as-windows.ts';
import { testDll } from '../support/native.ts';
import { runProgram } from '../support/programs.ts';
import { DIFFERENCES } from './differences.ts';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

/** What the facts answer, held against a system. */
async function answers(
  env: NodeJS.ProcessEnv,
  facts: readonly string[],
  as: 'windows' | 'wine' = 'windows',
): Promise<Map<string, Checked>> {
  const argv = [cli, 'check', '--as', as, '--all', '--json', ...facts];
  const { output, errors } = await runProgram(process.execPath, argv, { env });
  if (!output.startsWith('{')) throw new Error(errors);
  const report = JSON.parse(output) as Report;
  return new Map(report.facts.map((one) => [one.name, one]));
}

const covered = DIFFERENCES.flatMap(({ facts }) => facts);

t.test(
  'what it covers answers as on Windows, and otherwise without it',
  needsAsWindows,
  async (t) => {
    const { WINSOCK_AS_WINDOWS: _, ...plain } = process.env;
    const without = await answers(plain, covered);
    const withIt = await answers(asWindows('all'), covered);
    for (const name of covered) {
      t.equal(without.get(name)?.status, 'differs', `${name} on Wine`);
      const { status, answered } = withIt.get(name) ?? {};
      t.equal(status, 'as expected', `${name}: ${answered}`);
    }
  },
);

t.test('it changes nothing that is not switched on', needsAsWindows, async (t) => {
  const told = await answers(asWindows('callbacks'), ['errors', 'completion', 'streams'], 'wine');
  const odd = [...told.values()].filter(({ status }) => status !== 'as expected');
  t.same(
    odd.map(({ name, answered }) => `${name}: ${answered}`),
    [],
  );
});

t.test('each of its switches is in the list', needsAsWindows, async (t) => {
  const name = w.func<(which: number) => string | null>(
    testDll('as-windows'),
    'DifferenceName',
    w.NeverFails,
    () => [w.cstring, w.p('which', w.int)],
  );
  const names: string[] = [];
  for (let i = 0; ; i++) {
    const one = name(i);
    if (one === null) break;
    names.push(one);
  }
  t.same([...names].sort(), DIFFERENCES.map((one) => one.name).sort());
});
