/** Numbers out of samples, and a table of them. */
import { median, spread } from '../../lib/tools/perf/statistics.ts';
import type { Sample } from './measure.ts';
import type { Contender, Scenario } from './plan.ts';

export interface Cell {
  readonly scenario: string;
  readonly contender: string;
  readonly samples: readonly Sample[];
  readonly median: Sample;
  /** (highest − lowest) / median of the rate. */
  readonly spread: number;
  /** Messages a second to those of node:net and of C. For lone messages: their latency to ours. */
  readonly toNet: number | null;
  readonly toC: number | null;
  /** The same by messages per second of processor time, which other programs disturb less. */
  readonly cpuToNet: number | null;
  readonly cpuToC: number | null;
}

export function summarize(
  scenario: Scenario,
  results: ReadonlyMap<Contender, readonly Sample[]>,
): Cell[] {
  const medians = new Map(
    [...results].map(([{ id }, samples]) => [id, medianOf(samples)] as const),
  );
  const speed = (sample: Sample | undefined) =>
    sample && (scenario.mode === 'lone' ? 1 / sample.latency : sample.rate);
  const ratio = (a: number | undefined, b: number | undefined) =>
    a && b && Number.isFinite(a / b) ? a / b : null;
  return [...results].map(([{ id }, samples]) => {
    const own = medians.get(id)!;
    const rates = samples.map(({ rate }) => rate);
    const cpu = (other: string) => ratio(medians.get(other)?.cpu, own.cpu);
    return {
      scenario: scenario.name,
      contender: id,
      samples,
      median: own,
      spread: spread(rates),
      toNet: ratio(speed(own), speed(medians.get('net'))),
      toC: ratio(speed(own), speed(medians.get('c'))),
      cpuToNet: cpu('net'),
      cpuToC: cpu('c'),
    };
  });
}

function medianOf(samples: readonly Sample[]): Sample {
  const of = (key: keyof Sample) => median(samples.map((sample) => sample[key]));
  return { rate: of('rate'), throughput: of('throughput'), latency: of('latency'), cpu: of('cpu') };
}

function times(value: number | null): string {
  return value === null ? '–' : `×${value.toFixed(2)}`;
}

/** One scenario as lines of text. */
export function table(
  scenario: Scenario,
  cells: readonly Cell[],
  names: Map<string, string>,
): string {
  const head = ['', 'per second', '± ', 'µs CPU', 'to net', 'to C', 'CPU to net', 'CPU to C'];
  const rows = cells.map((cell) => [
    names.get(cell.contender) ?? cell.contender,
    scenario.mode === 'lone'
      ? `${cell.median.latency.toFixed(0)} µs`
      : scenario.mode === 'source' || scenario.mode === 'sink'
        ? `${(cell.median.throughput / 1e6).toFixed(0)} MB`
        : cell.median.rate.toFixed(0),
    `${(cell.spread * 50).toFixed(0)} %`,
    cell.median.cpu.toFixed(1),
    times(cell.toNet),
    times(cell.toC),
    times(cell.cpuToNet),
    times(cell.cpuToC),
  ]);
  const lines = [head, ...rows].map((row) =>
    row.map((text, column) => (column === 0 ? text.padEnd(24) : text.padStart(11))).join(''),
  );
  return `${scenario.name}\n${lines.join('\n')}\n`;
}
