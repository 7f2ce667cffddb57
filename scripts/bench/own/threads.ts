/** How much more several threads do than one: each has a server and a completion port of its own. */
import { median, quartiles } from '../../../lib/tools/perf/statistics.ts';
import { runtimeVersion } from '../../host/wine/runtimes.ts';
import type { BenchArguments } from '../arguments.ts';
import type { Contender } from '../plan.ts';
import { Recording } from '../recording.ts';
import type { BenchResult } from '../result.ts';
import { benchWine } from '../servers.ts';
import { OwnServer, rehearse, type Stage, stage } from './server.ts';
import { type OwnSample, type ThreadsCell, WORKS, type Work } from './works.ts';

const THREADS: Omit<Contender, 'args'> = {
  id: 'threads',
  name: 'winsock, threads',
  runtime: 'node24',
  script: 'threads.ts',
};

/** Measures with as many threads as are asked for. */
export async function runThreads(options: BenchArguments): Promise<BenchResult> {
  const wine = await benchWine();
  const on = await stage(wine);
  const works = WORKS.filter(
    ({ name, pause }) =>
      // One message at a time keeps one thread busy, however many there are.
      pause < 0 && (options.only.length === 0 || options.only.some((text) => name.includes(text))),
  );
  const recording = await Recording.begin(options, {
    wine: wine.version,
    node24: runtimeVersion('node24'),
  });
  for (const work of works) {
    await recording.part(work.name, async () => {
      const cell = await measured(work, options, on);
      console.log(threadsLine(cell));
      recording.add({ threads: [...(recording.result.threads ?? []), cell] });
    });
  }
  for (const warning of recording.result.warnings) console.log(warning);
  return recording.result;
}

async function measured(
  work: Work,
  { rounds, seconds, threads }: BenchArguments,
  on: Stage,
): Promise<ThreadsCell> {
  const contender = { ...THREADS, args: [String(threads)] };
  const server = await OwnServer.start(contender, on, [], {}, threads);
  try {
    const count = await rehearse(server, work, seconds, threads);
    const samples: ThreadsCell['samples'][number][] = [];
    for (let round = 0; round < rounds; round++) {
      // Neither always comes after the other.
      const order = round % 2 === 0 ? [1, threads] : [threads, 1];
      const found = new Map<number, OwnSample>();
      for (const many of order) found.set(many, await server.run(work, count, many));
      samples.push({ one: found.get(1)!, all: found.get(threads)! });
    }
    return summarized(work, threads, samples);
  } finally {
    server.stop();
  }
}

function summarized(work: Work, threads: number, samples: ThreadsCell['samples']): ThreadsCell {
  const { name, unit } = work;
  const gains = samples.map(({ one, all }) => one.elapsed / all.elapsed);
  const cost = ({ user, kernel }: OwnSample) => user + kernel;
  return {
    work: name,
    unit,
    threads,
    samples,
    gain: median(gains),
    quartiles: quartiles(gains),
    gainByProcessor: threads * median(samples.map(({ one, all }) => cost(one) / cost(all))),
  };
}

export function threadsLine(cell: ThreadsCell): string {
  const { work, unit, threads, samples, gain, quartiles, gainByProcessor } = cell;
  const of = (which: 'one' | 'all') => median(samples.map((one) => one[which].elapsed)).toFixed(0);
  const [low, high] = quartiles.map((one) => one.toFixed(2));
  return (
    `${work}: ${of('one')} ns a ${unit} by one thread, ${of('all')} ns by ${threads}: ` +
    `×${gain.toFixed(2)} (quartiles ${low}–${high}); by processor time ×${gainByProcessor.toFixed(2)}`
  );
}
