import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BenchArguments, benchArguments, USAGE } from '../bench/arguments.ts';
import { ensureBuilt } from '../host/build/build.ts';
import { HostError } from '../host/system/error.ts';

export async function run(args: string[]): Promise<number> {
  const asked = benchArguments(args, process.env.INIT_CWD ?? process.cwd());
  const { mode, results } = asked;
  if (mode === 'help') {
    console.log(USAGE);
    return 0;
  }
  if (mode === 'compare') {
    const { compared } = await import('../bench/compare.ts');
    console.log(compared(results[0]!, results[1]!));
    return 0;
  }
  if (mode === 'from') {
    const { NAMES, showResult } = await import('../bench/run.ts');
    const { picture } = await import('../bench/picture.ts');
    showResult(results[0]!);
    if (asked.svg) writeFileSync(asked.svg, picture(results[0]!, NAMES));
    return 0;
  }
  if (process.platform !== 'linux') throw new HostError('the benchmarks run on Linux, under Wine.');
  await ensureBuilt();
  if (mode === 'soak') {
    const { runSoak } = await import('../bench/soak.ts');
    return (await runSoak(asked)) ? 0 : 1;
  }
  return mode === 'own' ? measureOwn(asked) : measureServers(asked);
}

async function measureOwn(asked: BenchArguments): Promise<number> {
  if (asked.threads > 0) {
    const { runThreads } = await import('../bench/own/threads.ts');
    return (await runThreads(asked)).failures.length > 0 ? 1 : 0;
  }
  const { runOwn } = await import('../bench/own/run.ts');
  const result = await runOwn(asked);
  if (asked.profile) {
    const { profiles } = await import('../bench/own/profile.ts');
    await profiles(asked, path.resolve(asked.profile));
  }
  return result.failures.length > 0 ? 1 : 0;
}

async function measureServers(asked: BenchArguments): Promise<number> {
  const { NAMES, runBenchmarks } = await import('../bench/run.ts');
  const { picture } = await import('../bench/picture.ts');
  const result = await runBenchmarks(asked);
  if (asked.svg) writeFileSync(asked.svg, picture(result, NAMES));
  return result.failures.length > 0 ? 1 : 0;
}
