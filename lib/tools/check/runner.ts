// Asks facts in a process of their own, so that one that crashes or hangs is a line of the table and no more.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Line, Outcome } from './outcome.ts';

/** What is asked of a fact: its name, and how it is run. */
export interface Question {
  readonly name: string;
  readonly slow: boolean;
  readonly alone: boolean;
}

export interface Asked {
  readonly name: string;
  readonly outcome: Outcome;
  readonly milliseconds: number;
}

const LIMIT_SECONDS = 15;
const SLOW_LIMIT_SECONDS = 90;
/** The process has to start as well, and a busy machine takes its time for it. */
const START_SECONDS = 60;

/** The program in which facts are asked, and how long one may take. */
export interface Asker {
  readonly script: string;
  readonly seconds: number;
}

const ASKER: Asker = {
  script: fileURLToPath(new URL('./check-child.js', import.meta.url)),
  seconds: LIMIT_SECONDS,
};

/** The processes to start, one after the other: those that go together and those that want to be alone. */
function batches(questions: readonly Question[]): Question[][] {
  const together = questions.filter(({ alone }) => !alone);
  const alone = questions.filter((one) => one.alone).map((one) => [one]);
  return together.length > 0 ? [together, ...alone] : alone;
}

/** Asks all, in the end; `tell` gets each as it comes. */
export async function askAll(
  questions: readonly Question[],
  tell: (asked: Asked) => void,
  asker: Asker = ASKER,
): Promise<void> {
  const queue = batches(questions);
  for (let batch = queue.shift(); batch; batch = queue.shift()) {
    const rest = await askSome(batch, tell, asker);
    if (rest.length > 0) queue.unshift(rest);
  }
}

/** Asks in one process until it ends, and gives what it did not come to. */
function askSome(
  questions: readonly Question[],
  tell: (asked: Asked) => void,
  asker: Asker,
): Promise<Question[]> {
  const left = new Map(questions.map((one) => [one.name, one]));
  const names = [...left.keys()];
  const child = spawn(process.execPath, [...process.execArgv, asker.script, ...names], {
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let current: string | undefined;
  let began = performance.now();
  let tooLong = false;
  let complaint = '';
  let timer: NodeJS.Timeout | undefined;

  const limit = (seconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      tooLong = true;
      child.kill('SIGKILL');
    }, seconds * 1000);
  };
  const settle = (name: string, outcome: Outcome, milliseconds: number) => {
    left.delete(name);
    current = undefined;
    tell({ name, outcome, milliseconds });
  };
  const hear = (line: Line) => {
    if ('begins' in line) {
      current = line.begins;
      began = performance.now();
      limit(left.get(current)?.slow ? SLOW_LIMIT_SECONDS : asker.seconds);
    } else {
      settle(line.ended, line.outcome, line.milliseconds);
      limit(asker.seconds);
    }
  };

  limit(START_SECONDS);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    if (text.startsWith('{')) hear(JSON.parse(text) as Line);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      const [first] = left.keys();
      // A process that never began one would be started over and over.
      const name = current ?? first;
      if (name !== undefined) settle(name, { broken: reason() }, performance.now() - began);
      resolve([...left.values()]);

      function reason(): string {
        if (tooLong) return current ? 'does not end' : 'its process does not start';
        const how = `its process ended with code 0x${((code ?? 0) >>> 0).toString(16)}`;
        return complaint.trim() ? `${how}: ${complaint.trim().slice(-300)}` : how;
      }
    });
  });
}
