/** Starts programs and waits for their end. One that hangs is ended, and the test says what it had printed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a program ended. */
export interface Ended {
  /** Null where it was ended by force. */
  readonly code: number | null;
  readonly output: string;
  /** Its standard error, and at its end that the program was ended by force, where it was. */
  readonly errors: string;
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string | URL;
  /** Its standard input, which is empty where nothing is said. */
  readonly input?: string | Uint8Array;
  /** Milliseconds after which it is ended. Default 120000. */
  readonly limit?: number;
}

const LIMIT_MILLISECONDS = 120_000;
/** How long the end of what was ended by force, and the rest of what it has printed, may take. */
const GRACE_MILLISECONDS = 5000;

/**
 * Runs a program to its end, or to the end of its time.
 *
 * It is not waited for in one call of the system, as `spawnSync` does: where Wine or the system keeps that from
 * returning, no limit of a test helps.
 */
export async function runProgram(
  executable: string,
  args: readonly string[],
  { env, cwd, input, limit = LIMIT_MILLISECONDS }: ProgramOptions = {},
): Promise<Ended> {
  const child = spawn(executable, args, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(env && { env }),
    ...(cwd && { cwd }),
  });
  // One that ends without reading it has its reasons.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const late = new AbortController();
  const ended = await Promise.race([
    closed.then((code) => ({ code })),
    sleep(limit, undefined, { signal: late.signal }),
  ]);
  late.abort();
  if (ended) return { code: ended.code, output, errors };
  const has = child.exitCode === null ? 'has not ended' : 'has ended, and its pipes have not';
  await endByForce(child, closed);
  errors += `\nafter ${limit / 1000} s the program ${has}; until then it had printed:\n${output}`;
  return { code: null, output, errors };
}

/** What it has started goes with it: the run time has put that into a job of its own. */
async function endByForce(child: ChildProcess, closed: Promise<unknown>): Promise<void> {
  child.kill();
  await Promise.race([closed, sleep(GRACE_MILLISECONDS)]);
  // Somebody may still hold the other ends.
  child.stdout?.destroy();
  child.stderr?.destroy();
}
