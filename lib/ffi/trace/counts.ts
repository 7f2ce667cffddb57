import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { Outcome } from './outcome.ts';

/**
 * WINSOCK_CALLS=FOLDER counts calls: at its end each thread leaves a JSON file there that says of each
 * function how often it succeeded, failed with which code, and refused its arguments. The table of
 * what the tests have shown is made of that.
 */
export const countsFolder = process.env.WINSOCK_CALLS || undefined;

interface CallCounts {
  succeeded: number;
  refused: number;
  readonly failed: Record<number, number>;
}

let counts: Map<string, CallCounts> | undefined;

export function countCall(folder: string, syscall: string, outcome: Outcome): void {
  if (!counts) {
    const started = new Map<string, CallCounts>();
    counts = started;
    process.once('exit', () => {
      const file = `calls-${process.pid}-${threadId}-${process.hrtime.bigint()}.json`;
      writeFileSync(join(folder, file), JSON.stringify({ calls: Object.fromEntries(started) }));
    });
  }
  const count = counts.get(syscall) ?? { succeeded: 0, refused: 0, failed: {} };
  counts.set(syscall, count);
  if (outcome.thrown !== undefined) count.refused++;
  else if (outcome.code === undefined) count.succeeded++;
  else count.failed[outcome.code] = (count.failed[outcome.code] ?? 0) + 1;
}
