/** Does several things over and over for as long as is asked, and looks every few seconds at what the process holds. */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { handleCount } from '../fuzz/states/handles.ts';
import { committedBytes } from '../support/committed.ts';
import { type Line, picture } from './picture.ts';

const SAMPLE_SECONDS = 5;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

export interface Soak {
  readonly minutes: number;
  /** Where the picture is written, if it is wanted. */
  readonly svg: string | undefined;
  /** Each is done again as soon as it is over, until the end. */
  readonly work: readonly (() => Promise<void>)[];
  /** How often each was done. */
  readonly done: Readonly<Record<string, number>>;
  /** What is held beside what each process has. */
  readonly more?: readonly { name: string; unit: string; now: () => number }[];
  /** Done before the last sample. */
  end(): Promise<unknown>;
}

/** A whole number from 0 to below `most`. */
export const some = (most: number): number => Math.floor(Math.random() * most);

/**
 * Each line is a sample after a garbage collection; at the end stands how each has changed since the fifth minute.
 *
 * @returns how many problems there were
 */
export async function soak({ minutes, svg, work, done, more = [], end }: Soak): Promise<number> {
  /** Pools fill and code is compiled until then. */
  const warm = Math.min(5, minutes / 3);
  const began = Date.now();
  const until = began + minutes * 60_000;
  const problems: string[] = [];
  const sources = [
    { name: 'heap', unit: 'MB', now: () => process.memoryUsage().heapUsed / 1e6 },
    { name: 'external', unit: 'MB', now: () => process.memoryUsage().external / 1e6 },
    { name: 'resident', unit: 'MB', now: () => process.memoryUsage.rss() / 1e6 },
    { name: 'committed', unit: 'MB', now: () => committedBytes() / 1e6 },
    { name: 'handles', unit: '', now: handleCount },
    ...more,
  ];
  const lines: readonly Line[] = sources.map(({ name, unit }) => ({ name, unit, values: [] }));
  const times: number[] = [];

  async function repeat(what: () => Promise<void>): Promise<void> {
    while (Date.now() < until) {
      try {
        await what();
      } catch (error) {
        problems.push(`${what.name}: ${(error as Error).message}`);
        if (problems.length > 100) return;
        await sleep(100);
      }
      await sleep(1 + some(10));
    }
  }

  function sample(): void {
    gc();
    times.push((Date.now() - began) / 60_000);
    const shown = lines.map(({ name, values }, index) => {
      const value = sources[index]!.now();
      values.push(value);
      return `${name} ${value.toFixed(1)}`;
    });
    console.log([times.at(-1)!.toFixed(2), ...shown, JSON.stringify(done)].join('  '));
  }

  /** The mean of a part of the samples. */
  function mean(values: readonly number[], from: number, to: number): number {
    const chosen = values.filter((_, index) => times[index]! >= from && times[index]! <= to);
    return chosen.reduce((sum, value) => sum + value, 0) / Math.max(1, chosen.length);
  }

  process.on('uncaughtException', (error) => problems.push(`uncaught: ${error.stack}`));
  process.on('unhandledRejection', (error) => problems.push(`unhandled: ${String(error)}`));
  const sampling = setInterval(sample, SAMPLE_SECONDS * 1000);
  await Promise.all(work.map(repeat));
  clearInterval(sampling);
  await end();
  await sleep(2000);
  sample();

  console.log(`\nchange from the minutes after ${warm.toFixed(1)} to the last ones`);
  for (const { name, unit, values } of lines) {
    const span = minutes / 10;
    const first = mean(values, warm, warm + span);
    const last = mean(values, minutes - span, minutes);
    const rise = (last - first).toFixed(2);
    console.log(`${name}: ${first.toFixed(2)} to ${last.toFixed(2)} ${unit}, ${rise}`);
  }
  console.log(`${problems.length} problems\n${[...new Set(problems)].join('\n')}`);
  if (svg) writeFileSync(svg, picture(times, lines));
  return problems.length;
}
