// What `npm run bench` takes, and what it reads out of what it is told.

import path from 'node:path';
import t from 'tap';
import { benchArguments } from '../../../scripts/bench/arguments.ts';
import { compared } from '../../../scripts/bench/compare.ts';
import { takenIn } from '../../../scripts/bench/own/heap.ts';
import { WORKS } from '../../../scripts/bench/own/works.ts';
import { CONTENDERS, SCENARIOS } from '../../../scripts/bench/plan.ts';
import { type BenchResult, spreadWarnings } from '../../../scripts/bench/result.ts';

t.test('wrong arguments are told before anything is measured', async (t) => {
  const folder = t.testdir({ 'text.json': 'text', 'other.json': '{}' });
  const refused: [args: string[], reason: RegExp][] = [
    [['--rond'], /unknown option --rond/],
    [['--rounds'], /--rounds wants a value/],
    [['--rounds', '--quick'], /--rounds wants a value/],
    [['--rounds', 'three'], /whole number from 1 on, got three/],
    [['--rounds', '0'], /from 1 on/],
    [['--rounds', '1', '--rounds', '2'], /--rounds is given twice/],
    [['--json', 'one.json', '--json', 'two.json'], /--json is given twice/],
    [['--seconds', '0'], /from 0.01 on/],
    [['--only', 'carrier pigeons'], /nothing that is measured is called "carrier pigeons"/],
    [['--own', '--only', SCENARIOS[0]!.name], /nothing that is measured/],
    [['--contender', 'nobody'], /no contender nobody/],
    [['--own', '--soak', '1'], /different things/],
    [['--threads', '2'], /goes with --own/],
    [['--own', '--threads', '1'], /from 2 on/],
    [['--compare', 'one.json'], /wants 2 values/],
    [['--from', 'none.json'], /none.json cannot be read/],
    [['--from', 'text.json'], /text.json cannot be read/],
    [['--from', 'other.json'], /holds no results/],
    [['--json', path.join('none', 'result.json')], /there is no directory/],
  ];
  for (const [args, reason] of refused) {
    t.throws(() => benchArguments(args, folder), { message: reason }, args.join(' '));
  }
});

t.test('arguments choose works, contenders and rounds, and wrong ones are refused', async (t) => {
  const folder = t.testdir({});
  const given = benchArguments(
    ['--own', '--only', WORKS[0]!.name, '--contender', CONTENDERS[0]!.id, '--rounds', '3'],
    folder,
  );
  t.match(given, { mode: 'own', rounds: 3, only: [WORKS[0]!.name], json: undefined });
  t.equal(
    benchArguments(['--quick', '--json', 'a.json'], folder).json,
    path.join(folder, 'a.json'),
  );
  t.equal(benchArguments(['--help'], folder).mode, 'help');
});

t.test('what V8 says of its collections', async (t) => {
  const line = (before: string, after: string) =>
    `[32:0x1]   40 ms: Scavenge ${before} (5.8) -> ${after} (6.6) MB, pooled: 0 MB, 0.9 / 0.0 ms\n`;
  t.equal(takenIn(''), 0);
  t.equal(takenIn(line('4.1', '3.5')), 0, 'one says nothing yet');
  t.equal(takenIn(`${line('4.0', '3.5')}other\n${line('4.5', '3.0')}${line('4.0', '3.0')}`), 2);
});

const sample = { rate: 100, throughput: 0, latency: 0, cpu: 0 };
const cell = {
  scenario: 'echo',
  contender: 'net',
  samples: [sample],
  median: sample,
  spread: 0.1,
  toNet: 1,
  toC: null,
  cpuToNet: 1,
  cpuToC: null,
};

t.test('two results side by side', async (t) => {
  const machine = { system: '', processor: '', processors: 1, versions: {}, commit: null };
  const parts = { idle: [], costs: [], own: [], warnings: [], failures: [] };
  const one: BenchResult = { date: '', machine, rounds: 1, seconds: 1, cells: [cell], ...parts };
  const faster = { ...cell, median: { ...sample, rate: 150 }, toNet: 1.5 };
  const other = { ...one, cells: [faster, { ...cell, scenario: 'new' }] };
  const text = compared(one, other);
  t.match(text, /echo: net +100 +150 +×1\.50 +×1\.00 +×1\.50/);
  t.notMatch(text, /new/);
});

t.test('a cell whose rounds differ is named', async (t) => {
  t.same(spreadWarnings([cell]), []);
  t.match(spreadWarnings([{ ...cell, spread: 0.5 }]), [/echo, net: the rounds differ by 50 %/]);
});
