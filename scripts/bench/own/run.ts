/** What the package itself costs: rounds of work at servers in which a stand-in answers at once. */
import { median, quartiles } from '../../../lib/tools/perf/statistics.ts';
import { runtimeVersion } from '../../host/wine/runtimes.ts';
import type { BenchArguments } from '../arguments.ts';
import { CONTENDERS, type Contender } from '../plan.ts';
import { Recording } from '../recording.ts';
import type { BenchResult } from '../result.ts';
import { benchWine } from '../servers.ts';
import { allocationOf } from './heap.ts';
import { OwnServer, rehearse, type Stage, stage } from './server.ts';
import { type OwnCell, type OwnSample, WORKS, type Work } from './works.ts';

const DEFAULT_CONTENDERS = ['bare', 'raw', 'wrapper', 'events', 'c'];
/** koffi alone does what every program in JavaScript must do at least. */
const FLOOR = 'bare';
export function ownContenders(wanted: readonly string[]): Contender[] {
  const ids = wanted.length > 0 ? wanted : DEFAULT_CONTENDERS;
  return CONTENDERS.filter(({ id }) => ids.includes(id));
}

export async function runOwn(options: BenchArguments): Promise<BenchResult> {
  const wine = await benchWine();
  const on = await stage(wine);
  const works = WORKS.filter(
    ({ name }) => options.only.length === 0 || options.only.some((text) => name.includes(text)),
  );
  const contenders = ownContenders(options.contenders);
  const recording = await Recording.begin(options, {
    wine: wine.version,
    node24: runtimeVersion('node24'),
  });
  for (const work of works) {
    await recording.part(work.name, async () => {
      const samples = await roundsOf(work, contenders, options, on);
      const heaps = new Map<string, number | null>();
      for (const contender of contenders) {
        heaps.set(contender.id, await allocationOf(contender, work, on));
      }
      const cells = summarized(work, samples, heaps);
      console.log(ownTable(work, cells));
      recording.add({ own: [...recording.result.own, ...cells] });
    });
  }
  for (const warning of recording.result.warnings) console.log(warning);
  return recording.result;
}

/** Processes of their own for each work: what the engine has learnt of one is not for the next. */
async function roundsOf(
  work: Work,
  contenders: readonly Contender[],
  { rounds, seconds }: BenchArguments,
  on: Stage,
): Promise<Map<string, OwnSample[]>> {
  const servers: OwnServer[] = [];
  try {
    const counts = new Map<OwnServer, number>();
    for (const contender of contenders) {
      const server = await OwnServer.start(contender, on);
      servers.push(server);
      counts.set(server, await rehearse(server, work, seconds));
    }
    const samples = new Map(contenders.map(({ id }) => [id, [] as OwnSample[]]));
    for (let round = 0; round < rounds; round++) {
      // Nobody always comes after the same one.
      const first = round % servers.length;
      for (const server of [...servers.slice(first), ...servers.slice(0, first)]) {
        const sample = await server.run(work, counts.get(server)!);
        samples.get(server.server.contender.id)!.push(sample);
      }
    }
    return samples;
  } finally {
    for (const server of servers) server.stop();
  }
}

function summarized(
  work: Work,
  samples: ReadonlyMap<string, readonly OwnSample[]>,
  heaps: ReadonlyMap<string, number | null>,
): OwnCell[] {
  const floor = samples.get(FLOOR);
  return [...samples].map(([contender, all]) => {
    const of = (key: keyof OwnSample) => median(all.map((sample) => sample[key]));
    const ratios = floor?.map(({ user }, round) => all[round]!.user / user) ?? [];
    const [low, high] = quartiles(all.map(({ user }) => user));
    return {
      work: work.name,
      contender,
      samples: all,
      median: {
        user: of('user'),
        kernel: of('kernel'),
        elapsed: of('elapsed'),
        latency: of('latency'),
      },
      quartiles: [low, high],
      toFloor: ratios.length > 0 ? median(ratios) : null,
      heap: heaps.get(contender) ?? null,
    };
  });
}

const NAMES = new Map(CONTENDERS.map(({ id, name }) => [id, name]));

export function ownTable(work: Work, cells: readonly OwnCell[]): string {
  const head = ['', 'user ns', 'quartiles', 'kernel ns', 'elapsed ns', 'heap B', 'user to koffi'];
  const isLone = work.pause >= 0;
  const rows = cells.map(({ contender, median: m, quartiles: [low, high], toFloor, heap }) => [
    NAMES.get(contender) ?? contender,
    m.user.toFixed(0),
    `${low.toFixed(0)}–${high.toFixed(0)}`,
    m.kernel.toFixed(0),
    (isLone ? m.latency : m.elapsed).toFixed(0),
    heap === null ? '–' : heap.toFixed(0),
    toFloor === null ? '–' : `×${toFloor.toFixed(2)}`,
  ]);
  if (isLone) head[4] = 'answer ns';
  const lines = [head, ...rows].map((row) =>
    row.map((text, column) => (column === 0 ? text.padEnd(26) : text.padStart(14))).join(''),
  );
  return `${work.name}, for one ${work.unit}\n${lines.join('\n')}\n`;
}
