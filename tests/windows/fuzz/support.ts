import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { bothEngines, missingRuntime } from '../support/runtimes.ts';

type Counts = Readonly<Record<string, number>>;

/**
 * Runs a fuzzer of `cases` on both engines: it ends by itself and finds nothing.
 *
 * @param look what else its counts have to say
 */
export async function runFuzzer(
  t: Test,
  file: string,
  args: readonly (string | number)[],
  look: (counts: Counts) => void,
): Promise<void> {
  const program = fileURLToPath(new URL(`cases/${file}`, import.meta.url));
  for (const [name, executable] of bothEngines) {
    const skip = missingRuntime(name, executable);
    await t.test(`on ${name}`, { skip, timeout: 600_000 }, async (t) => {
      const { code, output, errors } = await run(executable!, [program, ...args.map(String)]);
      const more = `npm run fuzz -- --only ${file.replace('.ts', '')} has more`;
      t.equal(code, 0, code === 0 ? 'ends by itself' : `ended with ${code}: ${errors} (${more})`);
      look(JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as Counts);
    });
  }
}

function run(executable: string, args: readonly string[]) {
  return new Promise<{ code: unknown; output: string; errors: string }>((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = execFile(
      executable,
      args,
      { env, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const lines = stdout.trim().split('\n');
        // Reports of tests are cut, so what it said comes first.
        const errors = `${stderr.slice(0, 3000).trim()} after ${lines.at(-1)}`;
        resolve({ code: error ? (error.code ?? error.signal) : 0, output: stdout, errors });
      },
    );
    // Functions of winsock/c read from it, and would wait.
    child.stdin?.end();
  });
}
