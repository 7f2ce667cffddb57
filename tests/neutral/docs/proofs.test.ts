import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { projectDir } from '../../../scripts/host/system/paths.ts';
import type { Evidence } from '../../../scripts/proofs/evidence.ts';
import { type FunctionFact, facts } from '../../../scripts/proofs/facts.ts';
import {
  type Call,
  isOfThisComputer,
  proofsPage,
  verdictOf,
} from '../../../scripts/proofs/page.ts';
import { Recording } from '../../../scripts/proofs/record.ts';
import { remember } from '../../../scripts/proofs/remembered.ts';
import { readTap } from '../../../scripts/test/tap.ts';

const SYSTEM = 'C:\\windows\\system32\\WS2_32.dll';
const OWN = 'Z:\\home\\me\\.cache\\winsock\\test-dlls\\0123456789abcdef\\rio.dll';
const FILE = 'tests/windows/rio/rio.test.ts';

const fact = (given: Partial<FunctionFact> = {}): FunctionFact => ({
  name: 'send',
  exported: 'send',
  header: 'winsock2',
  dll: 'ws2_32',
  signature: true,
  inWine: 'exported',
  ...given,
});

const shown = (given: Partial<Call> = {}): Call => ({
  name: 'send',
  origin: SYSTEM,
  succeeded: 1,
  codes: [],
  stub: false,
  file: FILE,
  ...given,
});

const failing = { succeeded: 0, codes: [10045, 10022] };

const judge = (one: FunctionFact, ...calls: Call[]) => {
  const { kind, text } = verdictOf(one, calls);
  return `${kind}: ${text}`;
};

t.test('what a call shows depends on who answered and how', async (t) => {
  t.equal(judge(fact(), shown()), 'system: Wine’s ws2_32.dll');
  t.match(judge(fact(), shown({ origin: OWN })), /^own: `tests\/native\/rio\.c`$/);
  t.match(judge(fact(), shown({ ...failing, origin: OWN })), /^own: /, 'it fails on purpose');
  t.equal(judge(fact(), shown({ origin: OWN }), shown()), 'system: Wine’s ws2_32.dll');
  t.match(judge(fact(), shown({ stub: true })), /^stub: a stub in Wine’s ws2_32\.dll/);
  t.equal(
    judge(fact(), shown(failing)),
    'failed: Wine’s ws2_32.dll, which only fails: WSAEINVAL, WSAEOPNOTSUPP',
  );
  t.equal(
    judge(fact(), shown({ ...failing, stub: true })),
    'failed: a stub in Wine’s ws2_32.dll, which only fails',
  );
  t.equal(judge(fact(), shown({ succeeded: 0, codes: [997] })), 'system: Wine’s ws2_32.dll');
});

t.test('what a stand-in for all functions has taken says so', async (t) => {
  const standIn = shown({ origin: OWN.replace('rio', 'stand-ins') });
  const source = '`tests/native/stand-ins.cpp`';
  t.equal(judge(fact(), standIn), `standIn: ${source}`);
  t.equal(judge(fact(), standIn, shown()), 'system: Wine’s ws2_32.dll');
  t.match(judge(fact(), standIn, shown({ origin: OWN })), /^own: `tests\/native\/rio\.c`$/);
  const stub = shown({ stub: true });
  t.equal(
    judge(fact(), standIn, stub),
    `standIn: ${source}; a stub in Wine’s ws2_32.dll, which does nothing`,
  );
  const absent = fact({ inWine: 'absent' });
  t.equal(judge(absent, standIn), `standIn: ${source}; not in Wine’s ws2_32.dll`);
});

t.test('what nobody has answered is not shown', async (t) => {
  t.equal(judge(fact()), 'uncalled: no test calls it');
  t.equal(judge(fact(), shown({ succeeded: 0 })), 'uncalled: no test calls it', 'refused');
  t.equal(judge(fact({ inWine: 'absent' })), 'impossible: not in Wine’s ws2_32.dll');
  t.match(judge(fact({ inWine: 'stub' })), /^impossible: .* ends the process$/);
  t.match(judge(fact({ signature: false })), /neither its signature/);
  const elsewhere = shown({ origin: 'Z:\\project\\node_modules\\koffi\\koffi.node' });
  t.equal(judge(fact(), elsewhere), 'uncalled: no test calls it', 'TypeScript has answered itself');
});

t.test('the page lists tests, and why some were skipped', async (t) => {
  const test = { ok: true, skipped: false, reasons: [] as string[] };
  const evidence: Evidence = {
    file: FILE,
    tests: [
      { ...test, name: 'first' },
      { ...test, name: 'second', skipped: true, reasons: ['Wine has none'] },
      { ...test, name: 'third', reasons: ['Wine has half', 'no network here'] },
    ],
    functions: [shown({ name: 'RIOSend', origin: OWN }), shown({ name: 'WSAPoll' })],
    stubs: ['WSAPoll'],
    fromC: [['WSPBind', 'tests/native/transport-host.c']],
  };
  const lines = proofsPage(facts(), [evidence]).split('\n');
  for (const line of [
    '- first',
    '- *Skipped*: second. Wine has none.',
    '- third (*not all*: Wine has half)',
    '| `RIOSend` | called | `tests/native/rio.c` | rio/rio |',
  ]) {
    t.ok(lines.includes(line), line);
  }
  const bind = lines.find((line) => line.startsWith('| `WSPBind` |'));
  t.match(bind, /^\| `WSPBind` \| called \| called by `tests\/native\/transport-host\.c` \|/);
  const poll = lines.find((line) => line.startsWith('| `WSAPoll` |'));
  t.match(poll, /\| only answered \| a stub in Wine/);
  t.ok(isOfThisComputer('no network here'));
  t.notOk(isOfThisComputer('Wine has none'));
});

t.test('what a file has shown is remembered until the file changes', async (t) => {
  const home = process.env.WINSOCK_HOME;
  process.env.WINSOCK_HOME = t.testdir();
  t.teardown(() => {
    if (home === undefined) delete process.env.WINSOCK_HOME;
    else process.env.WINSOCK_HOME = home;
  });
  const changing = path.relative(projectDir, path.join(t.testdirName, 'changing.test.ts'));
  writeFileSync(path.join(projectDir, changing), 'first');
  const recording = new Recording();
  const recall = () => recording.recall(path.join(projectDir, changing));
  t.equal(recall(), false, 'it has not run');
  const evidence = { file: changing, tests: [], functions: [shown()], stubs: [], fromC: [] };
  remember(evidence);
  t.equal(recall(), true);
  writeFileSync(path.join(projectDir, changing), 'second');
  t.equal(recall(), false);
  t.same(recording.finish(), [evidence]);
});

t.test('the page has every function once', async (t) => {
  const page = readFileSync(new URL('../../../docs/proofs.md', import.meta.url), 'utf8');
  const listed = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  const known = facts().groups.flatMap(({ functions }) => functions.map(({ name }) => name));
  t.same(listed.toSorted(), known.toSorted());
  t.equal(new Set(known).size, known.length);
});

t.test('tests are told from their assertions, and what was skipped', async (t) => {
  const tap = readTap();
  tap.write(
    Buffer.from(
      `TAP version 14
ok 1 - an assertion of the file
# Subtest: whole
    ok 1 - found
    ok 2 - asked # SKIP Wine has half
    1..2
ok 2 - whole
ok 3 - later # SKIP Wine has none
# Subtest: outer
    # Subtest: inner
        not ok 1 - wrong
        1..1
    not ok 1 - inner
    1..1
not ok 4 - outer
1..4
`,
    ),
  );
  const { tests } = await tap.end();
  t.same(tests, [
    { name: 'whole', ok: true, skipped: false, reasons: ['Wine has half'] },
    { name: 'later', ok: true, skipped: true, reasons: ['Wine has none'] },
    { name: 'outer', ok: false, skipped: false, reasons: [] },
  ]);
});
