import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchResult } from '../bench/run.ts';
import { ensureBuilt } from '../host/build/build.ts';
import { HostError } from '../host/system/error.ts';

const usage = `npm run bench -- [--quick] [--rounds N] [--seconds N] [--only TEXT]… [--contender ID]…
                [--json FILE] [--svg FILE]
npm run bench -- --from FILE [--svg FILE]
npm run bench -- --soak MINUTES [--messages N] [--core N]

Measures servers on this package, on node:net, on Bun and in C, interleaved, under Wine.
With --from: shows the results that --json has written.
With --soak: keeps a server of this package busy, and says whether its memory stays flat.`;

export async function run(args: string[]): Promise<number> {
  const options = {
    quick: false,
    rounds: 0,
    seconds: 0,
    only: [] as string[],
    contenders: [] as string[],
  };
  let json: string | undefined;
  let svg: string | undefined;
  let from: string | undefined;
  let minutes: number | undefined;
  let messages = 0;
  let core: number | undefined;
  const rest = [...args];
  const value = (option: string) => {
    const next = rest.shift();
    if (next === undefined) throw new HostError(`${option} wants a value.\n\n${usage}`);
    return next;
  };
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    if (option === '--quick') options.quick = true;
    else if (option === '--rounds') options.rounds = Number(value(option));
    else if (option === '--seconds') options.seconds = Number(value(option));
    else if (option === '--only') options.only.push(value(option));
    else if (option === '--contender') options.contenders.push(value(option));
    else if (option === '--json') json = value(option);
    else if (option === '--svg') svg = value(option);
    else if (option === '--from') from = value(option);
    else if (option === '--soak') minutes = Number(value(option));
    else if (option === '--messages') messages = Number(value(option));
    else if (option === '--core') core = Number(value(option));
    else if (option === '--help' || option === '-h') {
      console.log(usage);
      return 0;
    } else throw new HostError(`unknown option ${option}.\n\n${usage}`);
  }
  if (process.platform !== 'linux') throw new HostError('the benchmarks run on Linux, under Wine.');
  options.rounds ||= options.quick ? 3 : 5;
  options.seconds ||= options.quick ? 0.25 : 1;
  await ensureBuilt();
  if (minutes !== undefined) {
    const { runSoak } = await import('../bench/soak.ts');
    return (await runSoak({ minutes, messages, core })) ? 0 : 1;
  }
  const { NAMES, runBenchmarks, showResult } = await import('../bench/run.ts');
  const { picture } = await import('../bench/picture.ts');
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const result = from
    ? showResult(JSON.parse(readFileSync(path.resolve(cwd, from), 'utf8')) as BenchResult)
    : await runBenchmarks(options);
  if (json) writeFileSync(path.resolve(cwd, json), `${JSON.stringify(result, null, 2)}\n`);
  if (svg) writeFileSync(path.resolve(cwd, svg), picture(result, NAMES));
  return 0;
}
