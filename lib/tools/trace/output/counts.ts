/**
 * WINSOCK_CALLS=FOLDER counts calls: at its end each thread leaves a JSON file there that says of each
 * function how often it succeeded, failed with which code, and refused its arguments. The table of
 * what the tests have shown is made of that.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { SeenCall, Sink } from '../seen.ts';

interface CallCounts {
  succeeded: number;
  refused: number;
  readonly failed: Record<number, number>;
}

export class Counts implements Sink {
  readonly payload = 0;
  readonly frames = 0;
  readonly #folder: string;
  readonly #counts = new Map<string, CallCounts>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  called({ name, outcome }: SeenCall): void {
    const count = this.#counts.get(name) ?? { succeeded: 0, refused: 0, failed: {} };
    this.#counts.set(name, count);
    if (outcome.thrown !== undefined) count.refused++;
    else if (outcome.code === undefined) count.succeeded++;
    else count.failed[outcome.code] = (count.failed[outcome.code] ?? 0) + 1;
  }

  end(): void {
    if (this.#counts.size === 0) return;
    const file = `calls-${process.pid}-${threadId}-${process.hrtime.bigint()}.json`;
    const calls = Object.fromEntries(this.#counts);
    writeFileSync(join(this.#folder, file), JSON.stringify({ calls }));
  }
}
