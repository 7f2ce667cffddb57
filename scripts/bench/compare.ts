/** Two results side by side. */
import type { BenchResult } from './result.ts';

const ratio = (value: number | null | undefined) =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : `×${value.toFixed(2)}`;

/** How what one measurement has found changed from the first result to the second. */
interface Row {
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** The ratios to node:net, or of user time to koffi, which the machine has less part in. */
  readonly ratioBefore: number | null;
  readonly ratioAfter: number | null;
}

function rows(first: BenchResult, second: BenchResult): Row[] {
  const cells = (first.cells ?? []).flatMap((before) => {
    const after = second.cells?.find(
      ({ scenario, contender }) => scenario === before.scenario && contender === before.contender,
    );
    if (!after) return [];
    return {
      name: `${before.scenario}: ${before.contender}`,
      before: before.median.rate,
      after: after.median.rate,
      ratioBefore: before.toNet,
      ratioAfter: after.toNet,
    };
  });
  const own = (first.own ?? []).flatMap((before) => {
    const after = second.own?.find(
      ({ work, contender }) => work === before.work && contender === before.contender,
    );
    if (!after) return [];
    return {
      name: `${before.work}: ${before.contender}, user ns`,
      before: before.median.user,
      after: after.median.user,
      ratioBefore: before.toFloor,
      ratioAfter: after.toFloor,
    };
  });
  const idle = (first.idle ?? []).flatMap((before) => {
    const after = second.idle?.find(({ contender }) => contender === before.contender);
    if (!after) return [];
    return {
      name: `idle connection: ${before.contender}, bytes`,
      before: before.bytesEach,
      after: after.bytesEach,
      ratioBefore: null,
      ratioAfter: null,
    };
  });
  return [...cells, ...own, ...idle];
}

/** A table of all that both have measured. */
export function compared(first: BenchResult, second: BenchResult): string {
  const head = ['', 'before', 'after', 'after / before', 'ratio before', 'ratio after'];
  const lines = rows(first, second).map((row) => [
    row.name,
    row.before.toFixed(0),
    row.after.toFixed(0),
    ratio(row.after / row.before),
    ratio(row.ratioBefore),
    ratio(row.ratioAfter),
  ]);
  const text = [head, ...lines].map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(46) : cell.padStart(16))).join(''),
  );
  return `${text.join('\n')}\n`;
}
