// Starts scripts the way `npm start` does and looks at the run from outside.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { projectDir } from '../../scripts/host/system/paths.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'winsock launch ö '));
t.teardown(() => rmSync(dir, { recursive: true, force: true }));

function script(name: string, source: string): string {
  const file = path.join(dir, name);
  writeFileSync(file, source);
  return file;
}

/** `npm start` with these arguments. */
function start(...args: string[]) {
  return command('start', ...args);
}

function command(...args: string[]) {
  const env = { ...process.env, INIT_CWD: dir, WINSOCK_TEST_DIR: dir };
  const main = path.join(projectDir, 'scripts/main.mjs');
  const child = spawn(process.execPath, [main, ...args], { env, stdio: 'pipe' });
  const run = {
    child,
    stdout: '',
    stderr: '',
    /** Resolves when standard output has the text. */
    async says(text: string): Promise<void> {
      while (!run.stdout.includes(text) && child.exitCode === null) await pause(20);
    },
    ended: ended(child),
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.stderr += text;
  });
  child.stdin.on('error', () => {});
  t.teardown(() => child.kill('SIGKILL'));
  return run;
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Windows programs that were started by these tests and are alive. */
function survivors(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const environ = readFileSync(`/proc/${pid}/environ`, 'latin1');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      const marked = environ.includes(`WINSOCK_TEST_DIR=${Buffer.from(dir).toString('latin1')}\0`);
      return marked && /(node|bun)\.exe\0/.test(command) && /WINSOCK_RUN=/.test(environ);
    } catch {
      return false;
    }
  });
}

async function nothingLeft(t: Test): Promise<void> {
  for (let i = 0; i < 1200 && survivors().length > 0; i += 1) await pause(50);
  t.same(survivors(), [], 'nothing is left running');
}

const upper = script(
  'upper case.ts',
  `process.stdin.setEncoding('utf8');
process.stdin.on('data', (text: string) => process.stdout.write(text.toUpperCase()));
process.stdin.on('end', () => { console.error(process.cwd()); process.exit(5); });
`,
);
const loop = script(
  'loop.ts',
  `import { spawn } from 'node:child_process';
const [how] = process.argv.slice(2);
if (how === 'graceful') process.on('SIGINT', () => { console.log('cleaned up'); process.exit(9); });
if (how === 'stubborn') process.on('SIGINT', () => console.log('no'));
if (how !== 'child') {
  spawn(process.execPath, [process.argv[1] ?? '', 'child'], { stdio: 'ignore', detached: how === 'detached' });
}
console.log('ready');
setInterval(() => {}, 1000);
`,
);
const flood = script(
  'flood.mjs',
  "let i = 0;\nsetInterval(() => process.stdout.write('line ' + i++ + '\\n'), 1);\n",
);

for (const runtime of ['node24', 'bun']) {
  t.test(`standard streams pass as they happen, on ${runtime}`, async (t) => {
    const run = start('--runtime', runtime, upper);
    run.child.stdin.write('one ');
    await run.says('ONE ');
    t.equal(run.stdout, 'ONE ', 'before the input has ended');
    run.child.stdin.end('two');
    t.equal(await run.ended, 5);
    t.equal(run.stdout, 'ONE TWO');
    t.equal(run.stderr.trim(), `Z:${dir.replaceAll('/', '\\')}`, "in the user's directory");
  });

  t.test(`Ctrl-C on ${runtime}`, async (t) => {
    for (const [how, code] of [
      ['plain', 130],
      ['detached', 130],
      ['graceful', 9],
      ['stubborn', 130],
    ] as const) {
      const run = start('--runtime', runtime, loop, how);
      await run.says('ready');
      run.child.kill('SIGINT');
      t.equal(await run.ended, code, how);
      if (how === 'graceful') t.match(run.stdout, /cleaned up/);
      await nothingLeft(t);
    }
  });

  t.test(`a killed host takes the program along, on ${runtime}`, async (t) => {
    const run = start('--runtime', runtime, loop);
    await run.says('ready');
    run.child.kill('SIGKILL');
    await run.ended;
    await nothingLeft(t);
  });

  t.test(`a reader that goes away ends the program, on ${runtime}`, async (t) => {
    const run = start('--runtime', runtime, flood);
    await run.says('line 1\n');
    run.child.stdout.destroy();
    t.not(await run.ended, 0);
    await nothingLeft(t);
  });
}

t.test('what cannot be run is refused with a sentence', async (t) => {
  const missing = start('no such file.ts');
  t.equal(await missing.ended, 1);
  t.match(missing.stderr, /^winsock: there is no file .*no such file\.ts\.$/m);
  const runtime = start('--runtime', 'node18', upper);
  t.equal(await runtime.ended, 1);
  t.match(runtime.stderr, /--runtime is one of node22, node24, node26, bun/);
});

t.test('npm test takes files and folders', async (t) => {
  const folder = path.join(dir, 'some tests');
  mkdirSync(folder);
  const none = command('test', folder);
  t.equal(await none.ended, 1);
  t.match(none.stderr, /^winsock: there are no test files in .*some tests\.$/m);
  writeFileSync(path.join(folder, 'one.test.ts'), "import t from 'tap';\nt.pass('yes');\n");
  writeFileSync(path.join(folder, 'two.ts'), 'throw new Error();\n');
  const one = command('test', folder);
  await one.ended;
  t.match(one.stdout, /one\.test\.ts/);
  t.notMatch(one.stdout, /two\.ts/);
});

t.test(
  "what started a program is run again where Wine's server has crashed under it",
  async (t) => {
    const run = command('test', path.join(projectDir, 'tests/host/cases/crashes-once.ts'));
    t.equal(await run.ended, 0, run.stdout + run.stderr);
    t.match(run.stdout, "Wine's server has crashed; once more: tests/host/cases/crashes-once.ts");
    t.match(run.stdout, /crashes-once.ts {2}1 passed \(/);
  },
);
