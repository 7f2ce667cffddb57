/** What `npm run bench` is asked for, checked before anything is measured. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../host/system/error.ts';
import { refuseTwice } from '../host/system/once-each.ts';
import { WORKS } from './own/works.ts';
import { CONTENDERS, IDLE, SCENARIOS } from './plan.ts';
import type { BenchResult } from './result.ts';

export const USAGE = `npm run bench -- [--quick] [--rounds N] [--seconds N] [--only TEXT]… [--contender ID]…
                [--json FILE] [--svg FILE]
npm run bench -- --own [--profile DIRECTORY] [--rounds N] [--seconds N] [--only TEXT]…
                [--contender ID]… [--json FILE]
npm run bench -- --own --threads N [--rounds N] [--seconds N] [--only TEXT]… [--json FILE]
npm run bench -- --compare FILE FILE
npm run bench -- --from FILE [--svg FILE]
npm run bench -- --soak MINUTES [--messages N] [--core N]

Measures servers on this package, on node:net, on Bun and in C, interleaved.
With --own: what the package itself costs, by a stand-in that answers at once; with --profile also where;
  with --threads how much more N threads do than one, which needs N processors that have nothing else to do.
With --compare: two results that --json has written, cell by cell.
With --from: shows the results that --json has written.
With --soak: keeps a server of this package busy, and says whether its memory stays flat.`;

export interface BenchArguments {
  readonly mode: 'servers' | 'own' | 'compare' | 'from' | 'soak' | 'help';
  readonly quick: boolean;
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  readonly only: readonly string[];
  readonly contenders: readonly string[];
  readonly json: string | undefined;
  readonly svg: string | undefined;
  /** How many threads are held against one; 0 where none are. */
  readonly threads: number;
  /** Where profiles go. */
  readonly profile: string | undefined;
  /** Results to be shown or compared. */
  readonly results: readonly BenchResult[];
  readonly minutes: number;
  readonly messages: number;
  readonly core: number | undefined;
}

const MODES = ['own', 'compare', 'from', 'soak'] as const;
/** How many values each option takes. */
const VALUES: Readonly<Record<string, number>> = {
  '--quick': 0,
  '--own': 0,
  '--help': 0,
  '-h': 0,
  '--compare': 2,
  '--from': 1,
  '--soak': 1,
  '--rounds': 1,
  '--seconds': 1,
  '--only': 1,
  '--contender': 1,
  '--json': 1,
  '--svg': 1,
  '--profile': 1,
  '--threads': 1,
  '--messages': 1,
  '--core': 1,
};

/** Options that may be given several times. */
const SEVERAL = ['--only', '--contender'];

function wrong(what: string): never {
  throw new HostError(`${what}\n\n${USAGE}`);
}

/** @param cwd what file names are relative to */
export function benchArguments(args: readonly string[], cwd: string): BenchArguments {
  const once = refuseTwice(USAGE);
  const given = new Map<string, string[]>();
  const rest = [...args];
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    const count = VALUES[option];
    if (count === undefined) wrong(`unknown option ${option}.`);
    if (count > 0 && !SEVERAL.includes(option)) once(option);
    const values = rest.splice(0, count);
    if (values.length < count || values.some((value) => value.startsWith('--'))) {
      wrong(`${option} wants ${count === 1 ? 'a value' : `${count} values`}.`);
    }
    given.set(option, [...(given.get(option) ?? []), ...values]);
  }
  const modes = MODES.filter((mode) => given.has(`--${mode}`));
  if (modes.length > 1) wrong(`--${modes[0]} and --${modes[1]} are different things.`);
  const help = given.has('--help') || given.has('-h');
  const mode = help ? 'help' : (modes[0] ?? 'servers');
  const number = (option: string, otherwise: number, least: number, whole = true): number => {
    const text = given.get(option)?.at(-1);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (value >= least && (!whole || Number.isInteger(value))) return value;
    return wrong(`${option} is a ${whole ? 'whole ' : ''}number from ${least} on, got ${text}.`);
  };
  const file = (option: string): string | undefined => {
    const name = given.get(option)?.at(-1);
    return name === undefined ? undefined : writable(path.resolve(cwd, name));
  };
  const quick = given.has('--quick');
  const own = mode === 'own';
  if (given.has('--threads') && !own) wrong('--threads goes with --own.');
  const only = given.get('--only') ?? [];
  const known = own ? WORKS.map(({ name }) => name) : [...SCENARIOS.map(({ name }) => name), IDLE];
  for (const text of only) {
    if (known.some((name) => name.includes(text))) continue;
    wrong(`nothing that is measured is called "${text}": ${known.join('; ')}.`);
  }
  const contenders = given.get('--contender') ?? [];
  const ids = CONTENDERS.map(({ id }) => id);
  for (const id of contenders) {
    if (!ids.includes(id)) wrong(`there is no contender ${id}: ${ids.join(', ')}.`);
  }
  const results = [...(given.get('--compare') ?? []), ...(given.get('--from') ?? [])];
  return {
    mode,
    quick,
    only,
    contenders,
    rounds: number('--rounds', own ? 7 : quick ? 3 : 5, 1),
    seconds: number('--seconds', own ? 0.4 : quick ? 0.25 : 1, 0.01, false),
    json: file('--json'),
    svg: file('--svg'),
    threads: given.has('--threads') ? number('--threads', 0, 2) : 0,
    profile: given.has('--profile')
      ? directory(path.resolve(cwd, given.get('--profile')![0]!))
      : undefined,
    results: results.map((name) => read(path.resolve(cwd, name))),
    minutes: number('--soak', 0, 0, false),
    messages: number('--messages', 0, 0),
    core: given.has('--core') ? number('--core', 0, 0) : undefined,
  };
}

/** @throws HostError where nothing can be written there */
function writable(file: string): string {
  directory(path.dirname(file));
  return file;
}

function directory(name: string): string {
  if (!existsSync(name)) throw new HostError(`there is no directory ${name}.`);
  try {
    accessSync(name, constants.W_OK);
  } catch {
    throw new HostError(`${name} cannot be written to.`);
  }
  return name;
}

function read(file: string): BenchResult {
  let result: BenchResult;
  try {
    result = JSON.parse(readFileSync(file, 'utf8')) as BenchResult;
  } catch (cause) {
    throw new HostError(`${file} cannot be read: ${(cause as Error).message}`);
  }
  if (!Array.isArray(result.cells) && !Array.isArray(result.own)) {
    throw new HostError(`${file} holds no results of npm run bench.`);
  }
  return result;
}
