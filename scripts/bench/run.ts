/** Runs the benchmarks: every contender's server at once, the loads one after another, interleaved. */
import { availableParallelism } from 'node:os';
import type { Wine } from '../host/wine/wine.ts';
import { type Costs, costs, costsTable, type IdleMemory, idleMemory } from './extras.ts';
import { measure, type Sample } from './measure.ts';
import { CONTENDERS, type Contender, SCENARIOS, type Scenario } from './plan.ts';
import { commandOf, withEnvironment } from './processes.ts';
import { buildPrograms, type Programs } from './programs.ts';
import { type Cell, summarize, table } from './report.ts';
import { benchWine, type Server, startServer, stopServer } from './servers.ts';

export interface BenchOptions {
  quick: boolean;
  /** Rounds of the whole plan. */
  rounds: number;
  /** Seconds of one measurement. */
  seconds: number;
  /** Only scenarios and contenders whose name contains one of these. */
  only: readonly string[];
  contenders: readonly string[];
}

export interface BenchResult {
  readonly date: string;
  readonly processors: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly cells: readonly Cell[];
  readonly idle: readonly IdleMemory[];
  readonly costs: readonly Costs[];
}

/** Of one measurement in the round that is not counted. */
const REHEARSAL_SECONDS = 0.1;

export const NAMES = new Map(CONTENDERS.map(({ id, name }) => [id, name]));

export async function runBenchmarks(options: BenchOptions): Promise<BenchResult> {
  const scenarios = SCENARIOS.filter(({ name, quick }) =>
    options.only.length > 0
      ? options.only.some((text) => name.includes(text))
      : quick || !options.quick,
  );
  const chosen = CONTENDERS.filter(({ id, quick }) =>
    options.contenders.length > 0 ? options.contenders.includes(id) : quick || !options.quick,
  );
  const programs = await buildPrograms();
  const wine = await benchWine();
  const servers: Server[] = [];
  try {
    for (const contender of chosen) {
      progress(`starting ${contender.name}`);
      servers.push(await startServer(contender, wine, programs));
    }
    const wineServer = withEnvironment(`WINEPREFIX=${wine.prefix}\0`).filter((pid) =>
      commandOf(pid).startsWith('wineserver'),
    );
    const samples = new Map(
      scenarios.map((scenario) => [scenario, emptyResults(scenario, chosen)]),
    );
    const inOneRound = [...samples.values()].reduce((sum, results) => sum + results.size, 0);
    const total = (options.rounds + 1) * inOneRound;
    let done = 0;
    // What a server does for the first time is compiled meanwhile: round 0 is not counted.
    for (let round = 0; round <= options.rounds; round++) {
      const seconds = round === 0 ? REHEARSAL_SECONDS : options.seconds;
      // Nobody always comes after the same one.
      const first = round % servers.length;
      const order = [...servers.slice(first), ...servers.slice(0, first)];
      for (const scenario of scenarios) {
        for (const server of order) {
          const results = samples.get(scenario)!.get(server.contender);
          if (!results) continue;
          progress(`${++done}/${total} ${scenario.name}: ${server.contender.name}`);
          const sample = await measure(server, scenario, seconds, programs.load, wineServer);
          if (round > 0) results.push(sample);
        }
      }
    }
    progress('');
    const cells = scenarios.flatMap((scenario) => reported(scenario, samples.get(scenario)!));
    const isWhole = !options.quick && options.only.length === 0;
    return {
      date: new Date().toISOString(),
      processors: availableParallelism(),
      rounds: options.rounds,
      seconds: options.seconds,
      cells,
      idle: isWhole ? await idleMemories(chosen, wine, programs) : [],
      costs: isWhole ? await allCosts() : [],
    };
  } finally {
    for (const server of servers) stopServer(server);
  }
}

/** Prints results that were measured before. */
export function showResult(result: BenchResult): BenchResult {
  const scenarios = new Map(SCENARIOS.map((scenario) => [scenario.name, scenario]));
  for (const name of new Set(result.cells.map(({ scenario }) => scenario))) {
    const cells = result.cells.filter(({ scenario }) => scenario === name);
    console.log(table(scenarios.get(name)!, cells, NAMES));
  }
  if (result.idle.length > 0) console.log(idleTable(result.idle));
  for (const one of result.costs) console.log(costsTable(one));
  return result;
}

const CAREFUL = new Set(['net', 'wrapper', 'bun', 'wrapper-bun']);

async function idleMemories(
  contenders: readonly Contender[],
  wine: Wine,
  programs: Programs,
): Promise<IdleMemory[]> {
  const results: IdleMemory[] = [];
  // The others give every connection 256 KiB for good.
  for (const contender of contenders.filter(({ id }) => CAREFUL.has(id))) {
    progress(`idle connections: ${contender.name}`);
    // One that was under load has room of its own left for them.
    const server = await startServer(contender, wine, programs);
    try {
      results.push(await idleMemory(server, programs.load));
    } finally {
      stopServer(server);
    }
  }
  progress('');
  console.log(idleTable(results));
  return results;
}

function idleTable(results: readonly IdleMemory[]): string {
  const lines = results.map(({ contender, bytesEach }) => {
    const each = `${(bytesEach / 1024).toFixed(1)} KiB each`;
    return (NAMES.get(contender) ?? contender).padEnd(24) + each.padStart(16);
  });
  return `idle connections\n${lines.join('\n')}\n`;
}

async function allCosts(): Promise<Costs[]> {
  const results = [await costs('node24'), await costs('bun')];
  for (const result of results) console.log(costsTable(result));
  return results;
}

function emptyResults(
  { mode }: Scenario,
  contenders: readonly Contender[],
): Map<Contender, Sample[]> {
  const able = contenders.filter(({ modes }) => modes === undefined || modes.includes(mode));
  return new Map(able.map((contender) => [contender, []]));
}

function reported(scenario: Scenario, results: Map<Contender, Sample[]>): Cell[] {
  const cells = summarize(scenario, results);
  console.log(table(scenario, cells, NAMES));
  return cells;
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
