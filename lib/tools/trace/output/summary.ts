/** What a program has done, function by function, as `strace -c` has it. */
import type { SeenCall, SeenCompletion, Sink } from '../seen.ts';
import { TraceFile } from './file.ts';

interface Sum {
  calls: number;
  errors: number;
  bytes: number;
  nanoseconds: bigint;
}

export class Summary implements Sink {
  readonly payload = 0;
  readonly frames = 0;
  readonly #sums = new Map<string, Sum>();
  readonly #file: TraceFile;

  /** @param file a path, or undefined for standard error */
  constructor(file: string | undefined) {
    this.#file = new TraceFile(file);
  }

  called(call: SeenCall): void {
    if (!call.isChosen) return;
    const { name, outcome, moved, began, started, ended } = call;
    const sum = this.#sumOf(name);
    sum.calls++;
    sum.nanoseconds += ended - started;
    if (!began && (outcome.code !== undefined || outcome.thrown !== undefined)) sum.errors++;
    sum.bytes += moved?.length ?? 0;
  }

  /** The time of an operation is not that of a call: the thread does something else meanwhile. */
  completed({ operation, code, moved }: SeenCompletion): void {
    if (!operation.isChosen) return;
    const sum = this.#sumOf(operation.name);
    if (code !== 0) sum.errors++;
    sum.bytes += moved?.length ?? 0;
  }

  #sumOf(name: string): Sum {
    let sum = this.#sums.get(name);
    if (!sum) {
      sum = { calls: 0, errors: 0, bytes: 0, nanoseconds: 0n };
      this.#sums.set(name, sum);
    }
    return sum;
  }

  end(): void {
    const sums = [...this.#sums].sort(([, a], [, b]) => Number(b.nanoseconds - a.nanoseconds));
    const all = sums.reduce(
      (total, [, { calls, errors, bytes, nanoseconds }]) => ({
        calls: total.calls + calls,
        errors: total.errors + errors,
        bytes: total.bytes + bytes,
        nanoseconds: total.nanoseconds + nanoseconds,
      }),
      { calls: 0, errors: 0, bytes: 0, nanoseconds: 0n },
    );
    const row = (name: string, { calls, errors, bytes, nanoseconds }: Sum) => {
      const share =
        all.nanoseconds === 0n ? 0 : Number((nanoseconds * 10000n) / all.nanoseconds) / 100;
      const each = calls === 0 ? 0 : Number(nanoseconds) / 1000 / calls;
      const cells = [
        share.toFixed(2).padStart(6),
        (Number(nanoseconds) / 1e9).toFixed(6).padStart(11),
        each.toFixed(1).padStart(9),
        String(calls).padStart(9),
        String(errors || '').padStart(7),
        String(bytes || '').padStart(12),
      ];
      return `${cells.join(' ')}  ${name}`;
    };
    const header = '% time     seconds   µs/call     calls  errors        bytes  function';
    const lines = [header, ...sums.map(([name, sum]) => row(name, sum)), row('in all', all)];
    this.#file.write(Buffer.from(`${lines.join('\n')}\n`));
  }
}
