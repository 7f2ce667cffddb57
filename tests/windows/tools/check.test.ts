// `winsock check` on every run time: each fact is answered as it is expected of the system at hand.

import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { Report } from '../../../lib/tools/check/index.ts';
import { isWine } from '../support/native.ts';
import { runProgram } from '../support/programs.ts';
import { bothEngines, missingRuntime } from '../support/runtimes.ts';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

function check(executable: string, ...args: string[]) {
  return runProgram(executable, [cli, 'check', ...args]);
}

// Of Node.js one version: `npm start -- --runtime node22 dist/cli.js check` asks on another.
for (const [name, executable] of bothEngines) {
  const skip = missingRuntime(name, executable);
  t.test(`all facts on ${name}`, { skip }, async (t) => {
    const { output, errors, code } = await check(executable!, '--json');
    const { facts, system } = JSON.parse(output) as Report;
    const odd = facts.filter(({ status }) => status === 'differs' || status === 'broken');
    t.same(
      odd.map(({ name, expected, answered }) => `${name}: ${expected} ≠ ${answered}`),
      [],
    );
    t.equal(code, 0, errors);
    t.match(system, { wine: isWine() ? /^\d/ : undefined, package: /^\d/ });
    t.match(errors, /^1 of \d+: errors/m, 'it shows how far it is');
  });
}

t.test('held against Windows, Wine differs where it is said to', async (t) => {
  const { output, code } = await check(process.execPath, '--as', 'windows', '--json', 'datagrams');
  const { facts } = JSON.parse(output) as Report;
  const unbound = facts.find(({ name }) => name === 'datagrams/unbound-receive');
  t.equal(unbound?.expected, 'WSAEINVAL');
  if (isWine()) {
    t.equal(unbound?.status, 'differs');
    t.equal(code, 1);
  }
});

t.test('a table, and a summary to paste', async (t) => {
  const { output } = await check(process.execPath, '--as=windows', 'datagrams/unbound-receive');
  if (isWine()) t.match(output, /^≠ +datagrams\/unbound-receive +WSAEINVAL +WSAEWOULDBLOCK$/m);
  t.match(output, /^winsock \d\S* check: .*, build \d+, \w+, Node\.js \d+/m);
  t.match(output, /^1 facts in \d+\.\d s, held against Windows: /m);
});

t.test('what makes no sense is refused', async (t) => {
  for (const [args, complaint] of [
    [['--quick'], /check has no option --quick/],
    [['--as', 'linux'], /--as wants windows or wine/],
    [['nothing'], /check knows these topics: errors, /],
  ] as const) {
    const { code, errors } = await check(process.execPath, ...args);
    t.equal(code, 2);
    t.match(errors, complaint);
  }
});
