/** What a run of the benchmarks has found, as it is kept in a file. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { installedVersion } from '../host/system/npm.ts';
import { projectDir } from '../host/system/paths.ts';
import type { Costs, IdleMemory } from './extras.ts';
import type { OwnCell, ThreadsCell } from './own/works.ts';
import type { Cell } from './report.ts';

/** What was measured on, and with what. */
export interface Machine {
  readonly system: string;
  readonly processor: string;
  readonly processors: number;
  /** Of Wine, the run times, koffi and the package. */
  readonly versions: Readonly<Record<string, string>>;
  /** The commit, with a + behind it where files are changed; null where there is no repository. */
  readonly commit: string | null;
}

export interface BenchResult {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly cells: readonly Cell[];
  readonly idle: readonly IdleMemory[];
  readonly costs: readonly Costs[];
  readonly own: readonly OwnCell[];
  readonly threads?: readonly ThreadsCell[];
  /** Why some of it is not to be relied upon. */
  readonly warnings: readonly string[];
  /** What could not be measured, and why. */
  readonly failures: readonly string[];
}

/** A cell that moves by more between its rounds says little. */
export const WIDE_SPREAD = 0.2;
/** More work than this that others do at the beginning is a load beside the measurement. */
const BUSY_PROCESSORS = 0.3;

export function machineOf(versions: Readonly<Record<string, string>>): Machine {
  const list = cpus();
  return {
    system: `${type()} ${release()}`,
    processor: list[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    versions: { ...versions, ...packageVersions() },
    commit: commit(),
  };
}

function packageVersions(): Record<string, string> {
  return { winsock: installedVersion(), koffi: installedVersion('koffi') };
}

function commit(): string | null {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { cwd: projectDir, encoding: 'utf8', stdio: 'pipe' }).trim();
    const isChanged = git('status', '--porcelain', '--untracked-files=no') !== '';
    return git('rev-parse', '--short=12', 'HEAD') + (isChanged ? '+' : '');
  } catch {
    return null;
  }
}

/** Looks how busy the processors are while nothing is measured: what others do disturbs. */
export async function loadBeside(): Promise<string[]> {
  const before = cpus();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const busy = cpus().map(({ times }, at) => {
    const then = before[at]!.times;
    const idle = times.idle - then.idle;
    const all = Object.entries(times).reduce(
      (sum, [key, value]) => sum + value - then[key as keyof typeof then],
      0,
    );
    return all > 0 ? 1 - idle / all : 0;
  });
  const sum = busy.reduce((a, b) => a + b, 0);
  if (sum < BUSY_PROCESSORS) return [];
  return [
    `a load beside it: others keep ${sum.toFixed(1)} of ${busy.length} processors busy` +
      ` (load average ${loadavg()[0]!.toFixed(1)}); do not read the figures.`,
  ];
}

/** Says of which cells the rounds differ too much. */
export function spreadWarnings(cells: readonly Cell[]): string[] {
  return cells
    .filter(({ spread }) => spread > WIDE_SPREAD)
    .map(
      ({ scenario, contender, spread }) =>
        `${scenario}, ${contender}: the rounds differ by ${(100 * spread).toFixed(0)} %; do not read this cell.`,
    );
}

export function machineText({ date, machine }: BenchResult): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date.slice(0, 16).replace('T', ' ')} UTC, commit ${machine.commit ?? 'unknown'}`,
    `${machine.system}; ${machine.processors} × ${machine.processor}`,
    versions.join(', '),
    '',
  ].join('\n');
}

/** Keeps a result in a file, if one was named: as far as it has come, whatever happens next. */
export function keep(file: string | undefined, result: BenchResult): void {
  if (file) writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}
