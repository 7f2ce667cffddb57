// npm run node-tests: Node's own tests over `winsock/register`. `npm test` runs a sample of them.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt } from '../host/build/build.ts';
import { HostError } from '../host/system/error.ts';
import { refuseTwice } from '../host/system/once-each.ts';
import type { RuntimeName } from '../host/wine/pins.ts';
import { isRuntimeName } from '../host/wine/runtimes.ts';
import { ensureCopy } from '../node-tests/copy.ts';
import { PARTS, type Part, type TestFile, testFilesOf } from '../node-tests/files.ts';
import { ensureLibraries, runLibraries } from '../node-tests/libraries.ts';
import { isUnexpected, lineOf, tableOf } from '../node-tests/report.ts';
import { type Over, type Result, runFiles } from '../node-tests/run.ts';

const usage = `npm run node-tests -- [OPTIONS] [PART…] [FILE…]

Runs Node's own tests (${PARTS.join(', ')}; default: all of them, or those whose names contain FILE) over
winsock/register, with the Windows build of Node 24. They are fetched from a public copy; the variable
WINSOCK_NODE_TESTS names a Git repository that has them instead.

libraries        in place of a PART: a program of many libraries from the npm registry, over both

--built-in       each file over Node's own modules as well, in turn
--only-built-in  over these alone
--every N        every Nth file only
--repeat N       all of it N times
--width N        so many files at a time (default: 2)
--limit N        seconds that a file may take (default: 60)
--runtime NAME   node22, node24 (default) or node26
--output         what each file that failed has printed
--json FILE      the results, as JSON`;

interface Options {
  over: Over[];
  every: number;
  repeat: number;
  width: number;
  limit: number;
  runtime: RuntimeName | undefined;
  libraries: boolean;
  output: boolean;
  json: string | undefined;
  parts: Part[];
  names: string[];
}

export async function run(args: string[]): Promise<number> {
  const options = parse(args);
  if (!options) {
    console.log(usage);
    return 0;
  }
  const copy = await ensureCopy();
  if ('missing' in copy) {
    console.log(`skipped: ${copy.missing}`);
    return 0;
  }
  await ensureBuilt();
  if (options.libraries) return runAllLibraries(copy.dir, options.runtime);
  const files = chosen(copy.dir, options);
  if (files.length === 0) throw new HostError('no file has such a name.');
  const results: Result[] = [];
  for (let round = 1; round <= options.repeat; round += 1) {
    if (options.repeat > 1) console.log(`round ${round} of ${options.repeat}`);
    results.push(
      ...(await runFiles(files, {
        ...options,
        onResult(result) {
          console.log(lineOf(result));
          if (options.output && result.outcome === 'failed') console.log(result.output);
        },
      })),
    );
  }
  console.log(`\n${tableOf(results)}`);
  if (options.json) writeFileSync(options.json, JSON.stringify(results.map(plain), null, 1));
  const unexpected = results.filter(isUnexpected);
  if (unexpected.length > 0) console.log(`\nUnexpected:\n${unexpected.map(lineOf).join('\n')}`);
  return unexpected.length > 0 ? 1 : 0;
}

async function runAllLibraries(tests: string, runtime: RuntimeName | undefined): Promise<number> {
  const libraries = await ensureLibraries();
  if ('missing' in libraries) {
    console.log(`skipped: ${libraries.missing}`);
    return 0;
  }
  // The certificate of Node's own tests.
  const keys = path.join(tests, 'fixtures/keys');
  const pair = { key: path.join(keys, 'agent1-key.pem'), cert: path.join(keys, 'agent1-cert.pem') };
  const failed: Record<Over, string[]> = { 'built-in': [], register: [] };
  for (const over of ['built-in', 'register'] as const) {
    const steps = await runLibraries(libraries.dir, over, runtime, pair, ({ step, error }) => {
      console.log(`${error ? '✗' : '✓'} ${step} (${over})${error ? `: ${error}` : ''}`);
    });
    failed[over] = steps.filter(({ error }) => error).map(({ step }) => step);
    console.log(`${over}: ${steps.length - failed[over].length} of ${steps.length} steps\n`);
  }
  return failed.register.every((step) => failed['built-in'].includes(step)) ? 0 : 1;
}

function plain({ file, over, outcome, seconds, reason, output }: Result): object {
  return { file: file.name, internals: file.internals, over, outcome, seconds, reason, output };
}

function chosen(dir: string, { parts, names, every }: Options): TestFile[] {
  const all = testFilesOf(dir, parts.length > 0 ? parts : PARTS);
  const named =
    names.length > 0 ? all.filter(({ name }) => names.some((part) => name.includes(part))) : all;
  return named.filter((_, at) => at % every === 0);
}

function parse(args: readonly string[]): Options | undefined {
  const options: Options = {
    over: ['register'],
    every: 1,
    repeat: 1,
    width: 2,
    limit: 60,
    runtime: undefined,
    libraries: false,
    output: false,
    json: undefined,
    parts: [],
    names: [],
  };
  const once = refuseTwice(usage);
  const rest = [...args];
  const number = (name: string) => {
    once(name);
    const value = Number(rest.shift());
    if (Number.isInteger(value) && value > 0) return value;
    throw new HostError(`${name} is followed by a whole number.\n\n${usage}`);
  };
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--help' || arg === '-h') return undefined;
    if (arg === '--built-in') options.over = ['built-in', 'register'];
    else if (arg === 'libraries') options.libraries = true;
    else if (arg === '--only-built-in') options.over = ['built-in'];
    else if (arg === '--every' || arg === '--repeat' || arg === '--width' || arg === '--limit') {
      options[arg.slice(2) as 'every' | 'repeat' | 'width' | 'limit'] = number(arg);
    } else if (arg === '--runtime') {
      once(arg);
      const name = rest.shift() ?? '';
      if (!isRuntimeName(name) || name === 'bun') {
        throw new HostError(`Node's tests run on node22, node24 or node26, not on "${name}".`);
      }
      options.runtime = name;
    } else if (arg === '--output') options.output = true;
    else if (arg === '--json') {
      once(arg);
      options.json = path.resolve(process.env.INIT_CWD ?? process.cwd(), rest.shift() ?? '');
    } else if (arg.startsWith('-')) {
      throw new HostError(`unknown option ${arg}.\n\n${usage}`);
    } else if ((PARTS as readonly string[]).includes(arg)) options.parts.push(arg as Part);
    else options.names.push(path.basename(arg));
  }
  return options;
}
