/** What the tests of Node's libraries have in common: examples as processes, programs of Linux. */

import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import t, { type Test } from 'tap';
import { projectDir } from '../../scripts/host/system/paths.ts';
import { installed } from '../../scripts/host/wine/root.ts';

// The default is for a file, and starting programs takes its time on a busy machine.
t.setTimeout(300_000);

const onWindows = process.platform === 'win32' && 'the other side is a program of Linux';

/** Options of a test that needs a program of this system. */
export function lacking(program: string) {
  const has = !onWindows && spawnSync(program, ['--version']).error === undefined;
  return { skip: onWindows || (!has && `no ${program} here`), timeout: 120_000 };
}

/** Options of a test that needs PostgreSQL, Redis or wrk, which `npm test` sets up. */
export function needsServers() {
  const has = !onWindows && installed('servers') !== undefined;
  return { skip: onWindows || (!has && 'the servers could not be set up'), timeout: 120_000 };
}

/** Options of a test that needs iperf3, which `npm test` sets up. */
export function needsIperf3(timeout: number) {
  const has = !onWindows && installed('iperf3') !== undefined;
  return { skip: onWindows || (!has && 'iperf3 could not be set up'), timeout };
}

/** Options of a test that needs tshark, which `npm test` sets up. */
export function needsTshark() {
  const has = !onWindows && installed('tshark') !== undefined;
  return { skip: onWindows || (!has && 'tshark could not be set up'), timeout: 300_000 };
}

export interface Program {
  readonly output: string;
  /** Resolves when the output has the text, or matches; rejects where the program ends without it. */
  says(text: string | RegExp): Promise<void>;
  /** A line on its standard input. */
  tell(line: string): void;
  /** The exit code, once it has ended by itself. */
  ended(): Promise<number>;
  /** As Ctrl-C does. */
  stop(): Promise<number>;
}

/** `npm start -- FILE ARGUMENTS`, on Windows' Node.js where nothing else is said. */
export function start(
  t: Test,
  file: string,
  args: readonly string[],
  runtime = 'node24',
  env: Readonly<Record<string, string>> = {},
): Program {
  const main = path.join(projectDir, 'scripts/main.mjs');
  const child = spawn(process.execPath, [main, 'start', '--runtime', runtime, file, ...args], {
    env: { ...process.env, INIT_CWD: projectDir, ...env },
    stdio: 'pipe',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code]) => code as number);
  t.teardown(() => endOf(child));
  return {
    get output() {
      return output;
    },
    async says(text) {
      while (typeof text === 'string' ? !output.includes(text) : !text.test(output)) {
        if (child.exitCode !== null) throw new Error(`${file} ended:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    ended: () => {
      // Whoever waits for a line does not end.
      child.stdin.end();
      return ended;
    },
    stop: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGINT');
  await once(child, 'close');
}

/** What a program of this system prints. */
export function run(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 60_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
}

/** What a case has reported, by its steps. */
export function found(program: Program): Record<string, unknown> {
  const lines = program.output.match(/(?<=^found ).*$/gm) ?? [];
  const steps = lines.map((line) => JSON.parse(line) as { step: string; value: unknown });
  return Object.fromEntries(steps.map(({ step, value }) => [step, value]));
}

/** Does what a case asks for, once it asks. */
export async function when(program: Program, asked: string, action: () => unknown): Promise<void> {
  await program.says(`please ${asked}`);
  await action();
  program.tell('done');
}
