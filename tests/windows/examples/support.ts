/** Starts examples as a person would, and looks at what they print and how they end. */

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { freePort as freeNumber } from '../support/free-port.ts';

// Each test has its own limit; that of a file would be up to how busy the machine is.
t.setTimeout(300_000);

export interface Runtime {
  readonly name: string;
  readonly program: string | undefined;
  readonly options: readonly string[];
}

const preload = process.env.WINSOCK_PRELOAD_BUN;

export const node: Runtime = { name: 'Node.js', program: process.execPath, options: [] };
export const bun: Runtime = {
  name: 'Bun',
  program: process.env.WINSOCK_BUN,
  options: preload ? [`--preload=${preload}`] : [],
};
export const runtimes = [node, bun];

/** Options of a test that needs a run time. */
export function needs(runtime: Runtime) {
  return { skip: runtime.program === undefined && `no ${runtime.name} here`, timeout: 120_000 };
}

/** What Bun says under Wine about directories. */
const NOISE = /^Internal error: directory mismatch .*\n/gm;

export interface Run {
  readonly child: ChildProcess;
  /** Standard output and standard error, as they came. */
  readonly output: string;
  /** Resolves when the output has the text; rejects where the program ends without it. */
  says(text: string | RegExp): Promise<void>;
  /** The exit code. */
  readonly ended: Promise<number | null>;
  /** Resolves when the program has ended, by force. */
  stop(): Promise<void>;
}

/** `iocp/server.ts -e:0` as a process, which does not outlive the test file. */
export function example(runtime: Runtime, file: string, ...args: string[]): Run {
  const path = fileURLToPath(new URL(`../../../examples/${file}`, import.meta.url));
  const child = spawn(runtime.program!, [...runtime.options, path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let over = false;
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const look of [...waiting]) look();
  };
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      over = true;
      changed();
      resolve(code);
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).replaceAll('\r\n', '\n').replaceAll(NOISE, '');
      changed();
    });
  }
  const says = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        const found = typeof text === 'string' ? output.includes(text) : text.test(output);
        if (!found && !over) return;
        waiting.delete(look);
        if (found) resolve();
        else reject(new Error(`${file} ended without saying ${text}:\n${output}`));
      };
      waiting.add(look);
      look();
    });
  const stop = async () => {
    if (!over) child.kill();
    await ended;
  };
  t.teardown(stop);
  return {
    child,
    get output() {
      return output;
    },
    says,
    ended,
    stop,
  };
}

/** Runs an example to its end. */
export async function result(runtime: Runtime, file: string, ...args: string[]) {
  const run = example(runtime, file, ...args);
  const code = await run.ended;
  return { code, output: run.output };
}

/** A free port number, as an argument. */
export async function freePort(): Promise<string> {
  return String(await freeNumber());
}
