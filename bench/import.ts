/**
 * What importing an entry point costs, against importing koffi alone, and what the first calls after
 * it cost: a fresh process for each, interleaved, timed inside the process.
 *
 *   npm start -- bench/import.ts [--rounds N] [--json]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { median } from 'winsock/perf';

const asJson = process.argv.includes('--json');
const at = process.argv.indexOf('--rounds');
const rounds = at < 0 ? 15 : Number(process.argv[at + 1]);

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  exports: Record<string, unknown>;
};
const entries = Object.keys(manifest.exports)
  .filter((entry) => entry !== './package.json')
  .map((entry) => `winsock${entry.slice(1)}`);

/** What a program does first, and what that takes from its start. */
const FIRSTS: Record<string, string> = {
  'winsock, socket()': "(await import('winsock')).socket(2, 1, 0)",
  'winsock/io, new CompletionPort()': "new (await import('winsock/io')).CompletionPort()",
};

function milliseconds(expression: string): number {
  const program = `const t = performance.now(); ${expression}; console.log(performance.now() - t); process.exit(0)`;
  const args = process.versions.bun ? ['-e', program] : ['--input-type=module', '-e', program];
  return Number(
    execFileSync(process.execPath, args, {
      cwd: new URL('..', import.meta.url),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
}

const programs: Record<string, string> = {
  ...Object.fromEntries(['koffi', ...entries].map((name) => [name, `await import('${name}')`])),
  ...FIRSTS,
};
const samples = new Map<string, number[]>(Object.keys(programs).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, values] of samples) values.push(milliseconds(programs[name]!));
}
const koffi = median(samples.get('koffi')!);
const results = [...entries, ...Object.keys(FIRSTS)].map((name) => {
  const ms = median(samples.get(name)!);
  return { name, ms, ratio: ms / koffi };
});

if (asJson)
  console.log(
    JSON.stringify({
      runtime: process.versions.bun ? 'bun' : process.version,
      rounds,
      koffiMs: koffi,
      results,
    }),
  );
else {
  console.log(
    `import, as a ratio to koffi alone (${koffi.toFixed(1)} ms), medians of ${rounds} interleaved runs`,
  );
  for (const { name, ms, ratio } of results)
    console.log(`  ${name.padEnd(34)} ${ratio.toFixed(2)}   ${ms.toFixed(1)} ms`);
}
