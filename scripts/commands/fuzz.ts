// npm run fuzz: the fuzzers for as long as is asked, on every run time. `npm test` runs them shortly.

import path from 'node:path';
import { Writable } from 'node:stream';
import { ensureBuilt } from '../host/build/build.ts';
import { runScript } from '../host/launch/script.ts';
import { HostError } from '../host/system/error.ts';
import { refuseTwice } from '../host/system/once-each.ts';
import { projectDir } from '../host/system/paths.ts';
import type { RuntimeName } from '../host/wine/pins.ts';
import { isRuntimeName, runtimeNames } from '../host/wine/runtimes.ts';
import { findToolchain, windowsEnvironment } from '../test/environment.ts';

/** Each with the rounds of one process, which takes a minute or so where nothing else runs. */
const FUZZERS: Readonly<Record<string, number>> = { calls: 60, states: 1000 };
/** More than that, and it hangs. */
const LONGEST_PROCESS = 30 * 60_000;

const usage = `npm run fuzz -- [--minutes N] [--seed N] [--runtime NAME]… [--only FUZZER]… [ARG…]

Calls everything with nonsense (calls), and sends sockets through every state (states), for N minutes
(default: 5) in all. NAME is one of ${runtimeNames.join(', ')}; several take turns, and all without it. What fails is
repeated by its seed, and said call by call: npm run fuzz -- --only FUZZER --seed N --minutes 0.
ARG goes to the fuzzer: for calls the entry points, as winsock,kernel.`;

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly runtimes: readonly RuntimeName[];
  readonly fuzzers: readonly string[];
  readonly rest: readonly string[];
}

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  readonly serverCrashed: boolean;
  readonly interrupted: boolean;
}

export async function run(args: string[]): Promise<number> {
  const options = fuzzOptions(args);
  if (!options) {
    console.log(usage);
    return 0;
  }
  await ensureBuilt();
  const env = await windowsEnvironment(await findToolchain());
  const until = Date.now() + options.minutes * 60_000;
  const totals = new Map<string, Record<string, number>>();
  const failures: string[] = [];
  let { seed } = options;
  do {
    for (const fuzzer of options.fuzzers) {
      for (const runtime of options.runtimes) {
        const rounds = options.minutes > 0 ? FUZZERS[fuzzer]! : 1;
        const label = `${fuzzer} on ${runtime}`;
        const done = await once(fuzzer, runtime, seed, rounds, options.rest, env);
        if (done.interrupted) return 1;
        add(totals, label, done.output);
        if (done.serverCrashed) console.log(`${label}: Wine's server has crashed`);
        else if (done.code !== 0) {
          const failure = await explained(label, fuzzer, runtime, done, options, env);
          console.log(`\n${failure}\n`);
          failures.push(failure);
        }
        console.log(`${label}, seeds ${seed} to ${seed + rounds - 1}: ${shown(totals.get(label))}`);
      }
    }
    seed += Math.max(...Object.values(FUZZERS));
  } while (Date.now() < until);
  for (const [label, counts] of totals) console.log(`${label}: ${shown(counts)}`);
  for (const failure of failures) console.log(`\n${failure}`);
  console.log(`\n${failures.length} failures`);
  return failures.length > 0 ? 1 : 0;
}

/** @returns undefined where help is wanted */
export function fuzzOptions(args: readonly string[]): Options | undefined {
  const numbers = { minutes: 5, seed: Math.floor(Math.random() * 1e9) };
  const runtimes = new Set<RuntimeName>();
  const fuzzers = new Set<string>();
  const forFuzzer: string[] = [];
  const once = refuseTwice(usage);
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--help' || arg === '-h') return undefined;
    if (!arg.startsWith('-')) {
      forFuzzer.push(arg);
      continue;
    }
    const [name, inline] = arg.split('=', 2);
    const value = inline ?? rest.shift() ?? '';
    if (name === '--minutes' || name === '--seed') {
      once(name);
      const number = Number(value);
      if (value === '' || !(number >= 0))
        throw new HostError(`${name} needs a number.\n\n${usage}`);
      numbers[name === '--seed' ? 'seed' : 'minutes'] = number;
    } else if (name === '--runtime' && isRuntimeName(value)) {
      runtimes.add(value);
    } else if (name === '--only' && Object.hasOwn(FUZZERS, value)) {
      fuzzers.add(value);
    } else {
      throw new HostError(`unknown option ${arg} ${value}.\n\n${usage}`);
    }
  }
  return {
    ...numbers,
    runtimes: runtimes.size > 0 ? [...runtimes] : runtimeNames,
    fuzzers: fuzzers.size > 0 ? [...fuzzers] : Object.keys(FUZZERS),
    rest: forFuzzer,
  };
}

async function once(
  fuzzer: string,
  runtime: RuntimeName,
  seed: number,
  rounds: number,
  rest: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Run> {
  let output = '';
  let errors = '';
  const script = path.join(projectDir, `tests/windows/fuzz/cases/${fuzzer}.ts`);
  const { code, windowsCode, serverCrashed, interrupted } = await runScript(
    runtime,
    script,
    [String(seed), String(rounds), ...rest],
    {
      cwd: projectDir,
      env,
      stdout: collector((text) => {
        output += text;
      }),
      stderr: collector((text) => {
        errors = (errors + text).slice(-20_000);
      }),
      timeout: LONGEST_PROCESS,
    },
  );
  return { code: windowsCode ?? code, output, errors, serverCrashed, interrupted };
}

function collector(take: (text: string) => void): Writable {
  return new Writable({
    write(data: Buffer, _encoding, done) {
      take(data.toString());
      done();
    },
  });
}

/** Repeats the round that failed, by itself and with each call said. */
async function explained(
  label: string,
  fuzzer: string,
  runtime: RuntimeName,
  { code, output, errors }: Run,
  { rest }: Options,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  // What was said of a round; of a crash there is only where it happened.
  const said = /^seed (\d+): /m.exec(errors) ?? /seed (\d+)\r?\n(?!.*seed)/s.exec(output);
  const seed = Number(said?.[1] ?? 0);
  const ended = code > 255 ? `crashed with code 0x${code.toString(16)}` : `ended with code ${code}`;
  const again = await once(fuzzer, runtime, seed, 1, rest, { ...env, FUZZ_VERBOSE: '1' });
  const repeated = again.code === 0 ? 'The round by itself passes.' : again.errors.trim();
  const tail = repeated.split('\n').slice(-12).join('\n');
  return `${label}: ${ended}, seed ${seed}\n${errors.trim().slice(-2000)}\n${tail}`;
}

function add(totals: Map<string, Record<string, number>>, label: string, output: string): void {
  const counts = totals.get(label) ?? {};
  totals.set(label, counts);
  const last = output.trim().split('\n').at(-1) ?? '';
  if (!last.startsWith('{')) return;
  for (const [name, count] of Object.entries(JSON.parse(last) as Record<string, number>)) {
    counts[name] =
      name === 'subjects' ? Math.max(counts[name] ?? 0, count) : (counts[name] ?? 0) + count;
  }
}

function shown(counts: Readonly<Record<string, number>> = {}): string {
  return Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
