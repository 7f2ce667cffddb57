/** A run as it goes: what is measured is kept at once, and what fails takes nothing of it along. */
import type { BenchArguments } from './arguments.ts';
import { type BenchResult, keep, loadBeside, machineOf, machineText } from './result.ts';

export class Recording {
  readonly #file: string | undefined;
  #result: BenchResult;

  private constructor(file: string | undefined, result: BenchResult) {
    this.#file = file;
    this.#result = result;
  }

  /** @param versions of Wine and the run times */
  static async begin(
    { json, rounds, seconds }: BenchArguments,
    versions: Readonly<Record<string, string>>,
  ): Promise<Recording> {
    const result: BenchResult = {
      date: new Date().toISOString(),
      machine: machineOf(versions),
      rounds,
      seconds,
      cells: [],
      idle: [],
      costs: [],
      own: [],
      warnings: await loadBeside(),
      failures: [],
    };
    console.log(machineText(result));
    return new Recording(json, result);
  }

  /** All that was found so far. */
  get result(): BenchResult {
    return this.#result;
  }

  add(more: Partial<BenchResult>): void {
    this.#result = { ...this.#result, ...more };
    keep(this.#file, this.#result);
  }

  /** Measures a part. That it fails is noted, and does not end the run. */
  async part(name: string, measured: () => Promise<void>): Promise<void> {
    try {
      await measured();
    } catch (error) {
      const failure = `${name}: ${(error as Error).message}`;
      console.error(failure);
      this.add({ failures: [...this.#result.failures, failure] });
    }
  }
}
