/** Runs the benchmarks: every contender's server at once, the loads one after another, interleaved. */

import { runtimeVersion } from '../host/wine/runtimes.ts';
import type { Wine } from '../host/wine/wine.ts';
import type { BenchArguments } from './arguments.ts';
import { type Costs, costs, costsTable, type IdleMemory, idleMemory } from './extras.ts';
import { measure, type Sample } from './measure.ts';
import { ownTable } from './own/run.ts';
import { threadsLine } from './own/threads.ts';
import { WORKS } from './own/works.ts';
import { CONTENDERS, type Contender, IDLE, SCENARIOS, type Scenario } from './plan.ts';
import { commandOf, withEnvironment } from './processes.ts';
import { buildPrograms, type Programs } from './programs.ts';
import { Recording } from './recording.ts';
import { type Cell, summarize, table } from './report.ts';
import { type BenchResult, loadBeside, machineText, spreadWarnings } from './result.ts';
import { benchWine, type Server, startServer, stopServer } from './servers.ts';

/** Of one measurement in the round that is not counted. */
const REHEARSAL_SECONDS = 0.1;

export const NAMES = new Map(CONTENDERS.map(({ id, name }) => [id, name]));

export async function runBenchmarks(options: BenchArguments): Promise<BenchResult> {
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
  const recording = await Recording.begin(options, { wine: wine.version, ...versionsOf(chosen) });
  for (const warning of recording.result.warnings) console.log(warning);
  if (scenarios.length > 0) {
    await recording.part('servers', () =>
      measureCells({ scenarios, contenders: chosen, options, wine, programs }, (cells) =>
        recording.add({ cells }),
      ),
    );
    const { warnings, cells } = recording.result;
    recording.add({ warnings: [...warnings, ...spreadWarnings(cells)] });
  }
  const isWhole = !options.quick && options.only.length === 0;
  if (isWhole || options.only.some((text) => IDLE.includes(text))) {
    await recording.part(IDLE, async () =>
      recording.add({ idle: await idleMemories(chosen, wine, programs) }),
    );
  }
  if (isWhole)
    await recording.part('costs', async () => recording.add({ costs: await allCosts() }));
  recording.add({ warnings: [...recording.result.warnings, ...(await loadBeside())] });
  for (const warning of recording.result.warnings) console.log(warning);
  return recording.result;
}

interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly contenders: readonly Contender[];
  readonly options: BenchArguments;
  readonly wine: Wine;
  readonly programs: Programs;
}

/** @param found is told after each round what all rounds so far say */
async function measureCells(
  { scenarios, contenders, options, wine, programs }: Plan,
  found: (cells: Cell[]) => void,
): Promise<void> {
  const servers: Server[] = [];
  try {
    for (const contender of contenders) {
      progress(`starting ${contender.name}`);
      servers.push(await startServer(contender, wine, programs));
    }
    const wineServer = withEnvironment(`WINEPREFIX=${wine.prefix}\0`).filter((pid) =>
      commandOf(pid).startsWith('wineserver'),
    );
    const samples = new Map(
      scenarios.map((scenario) => [scenario, emptyResults(scenario, contenders)]),
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
      if (round > 0) found(scenarios.flatMap((one) => summarize(one, samples.get(one)!)));
    }
    progress('');
    for (const scenario of scenarios) {
      console.log(table(scenario, summarize(scenario, samples.get(scenario)!), NAMES));
    }
  } finally {
    for (const server of servers) stopServer(server);
  }
}

/** The versions of the run times that are used. */
function versionsOf(contenders: readonly Contender[]): Record<string, string> {
  const used = contenders.flatMap(({ runtime }) => runtime ?? []);
  return Object.fromEntries([...new Set(used)].map((name) => [name, runtimeVersion(name)]));
}

/** Prints results that were measured before. */
export function showResult(result: BenchResult): void {
  console.log(machineText(result));
  const scenarios = new Map(SCENARIOS.map((scenario) => [scenario.name, scenario]));
  for (const name of new Set(result.cells.map(({ scenario }) => scenario))) {
    const cells = result.cells.filter(({ scenario }) => scenario === name);
    console.log(table(scenarios.get(name)!, cells, NAMES));
  }
  if (result.idle.length > 0) console.log(idleTable(result.idle));
  for (const one of result.costs) console.log(costsTable(one));
  for (const work of WORKS) {
    const cells = (result.own ?? []).filter((cell) => cell.work === work.name);
    if (cells.length > 0) console.log(ownTable(work, cells));
  }
  for (const cell of result.threads ?? []) console.log(threadsLine(cell));
  for (const warning of result.warnings) console.log(warning);
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

export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
