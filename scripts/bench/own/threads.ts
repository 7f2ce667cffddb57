/** How much more several threads do than one: each has a server and a completion port of its own. */
import { median, quartiles } from '../../../lib/tools/perf/statistics.ts';
import { runtimeVersion } from '../../host/wine/runtimes.ts';
import type { BenchArguments } from '../arguments.ts';
import type { Contender } from '../plan.ts';
import { Recording } from '../recording.ts';
import type { BenchResult } from '../result.ts';
import { benchWine } from '../servers.ts';
import { OwnServer, rehearse, type Stage, stage } from './server.ts';
import { type ThreadsCell, WORKS, type Work } from './works.ts';

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
    const samples: { one: number; all: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const elapsed = async (threads: number) => (await server.run(work, count, threads)).elapsed;
      // Neither always comes after the other.
      if (round % 2 === 0) samples.push({ one: await elapsed(1), all: await elapsed(threads) });
      else {
        const all = await elapsed(threads);
        samples.push({ one: await elapsed(1), all });
      }
    }
    const gains = samples.map(({ one, all }) => one / all);
    const [low, high] = quartiles(gains);
    const { name, unit } = work;
    return { work: name, unit, threads, samples, gain: median(gains), quartiles: [low, high] };
  } finally {
    server.stop();
  }
}

export function threadsLine({
  work,
  unit,
  threads,
  samples,
  gain,
  quartiles,
}: ThreadsCell): string {
  const of = (which: 'one' | 'all') => median(samples.map((sample) => sample[which])).toFixed(0);
  const [low, high] = quartiles.map((one) => one.toFixed(2));
  return (
    `${work}: ${of('one')} ns a ${unit} by one thread, ${of('all')} ns by ${threads}: ` +
    `×${gain.toFixed(2)} (quartiles ${low}–${high})`
  );
}
