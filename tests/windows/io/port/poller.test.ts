/** The thread that waits on the port, where the program's settings leave it little room or none. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { runProgram } from '../../support/programs.ts';
import { runCase } from '../support.ts';

const here = (name: string) => fileURLToPath(new URL(`../cases/${name}`, import.meta.url));
const isNode = process.versions.bun === undefined;

async function run(args: readonly string[], options = '') {
  const child = spawn(process.execPath, [...args, here('idle.ts')], {
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${options}`.trim() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, output: output.trim(), errors };
}

t.test('an agent of NODE_OPTIONS is not loaded into it', { skip: !isNode }, async (t) => {
  const agent = here('agent.cjs').replaceAll('\\', '/');
  const ended = await run([], `--require ${agent}`);
  t.match(ended, { code: 0, output: 'later' }, ended.errors);
  t.notMatch(ended.errors, /WINSOCK_NO_POLLER/);
});

t.test('without threads the port is looked at by a timer', { skip: !isNode }, async (t) => {
  const ended = await run(['--permission', '--allow-fs-read=*', '--allow-addons']);
  t.match(ended, { code: 0, output: 'later' }, ended.errors);
  t.match(ended.errors, /WINSOCK_NO_POLLER/);
});

t.test('it ends though it is told between its look and its wait', { skip: !isNode }, async (t) => {
  const ended = await runCase(process.execPath, 'late-poller.ts');
  t.match(ended, { code: 0, output: /^closed\s*$/ }, ended.errors);
});

t.test('a thread that may be terminated has none when it has just begun', async (t) => {
  const ended = await runCase(process.execPath, 'young.ts');
  t.equal(ended.code, 0, ended.errors);
  // What is loaded in it could end the process.
  t.ok(Number(ended.output) >= 200, `${ended.output.trim()} ms`);
});

t.test('it holds no process up that tells nobody of its end', { skip: !isNode }, async (t) => {
  // Shorter than a wait of the poller's ever was, and longer than a program takes on a busy machine.
  const ended = await runProgram(process.execPath, [here('tells-nobody.ts')], { limit: 50_000 });
  t.match(ended, { code: 7, output: /^ends\s*$/ }, ended.errors);
});

const ENDS = {
  load: { exit: 0, close: 0, throw: 1, user: 0, terminate: 0, 'terminate user': 0 },
  config: { exit: 0, user: 0 },
  view: { user: 0, 'terminate user': 0 },
  proto: { user: 0 },
  register: { user: 0 },
};
for (const [where, ways] of Object.entries(ENDS)) {
  for (const [way, code] of Object.entries(ways)) {
    t.test(`an end waits for what is in koffi: ${where}, ${way}`, { skip: !isNode }, async (t) => {
      const ended = await runCase(process.execPath, 'loads-late.ts', way, where);
      t.match(ended, { code, output: 'over' }, ended.errors);
    });
  }
}
