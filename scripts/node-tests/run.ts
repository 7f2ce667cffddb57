// Runs files of Node's tests under the Windows run time, over Node's own modules or over `winsock/register`.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { onWindows, runScript } from '../host/launch/script.ts';
import { HostError } from '../host/system/error.ts';
import { projectDir, toWindowsPath, toWindowsUrl } from '../host/system/paths.ts';
import type { RuntimeName } from '../host/wine/pins.ts';
import type { TestFile } from './files.ts';
import { Lines } from './lines.ts';

/** What a file is run over. */
export type Over = 'built-in' | 'register';

/** What has come of one file. */
export interface Result {
  readonly file: TestFile;
  readonly over: Over;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly seconds: number;
  /** What it printed last. */
  readonly output: string;
  /** Why it failed or was skipped, in a line. */
  readonly reason: string;
}

export interface RunOptions {
  readonly over: readonly Over[];
  readonly runtime?: RuntimeName | undefined;
  /** Files at a time. */
  readonly width?: number;
  /** Seconds that a file may take. */
  readonly limit?: number;
  readonly onResult?: (result: Result) => void;
}

/** What the driver prints of a file. */
interface Ended {
  readonly id: number;
  readonly seconds: number;
  readonly code: number | null;
  readonly timedOut: boolean;
  readonly output: string;
}

const driver = path.join(projectDir, 'scripts/node-tests/drive.mjs');
const register = path.join(projectDir, 'dist/register.js');

/** Runs each file over each, in turn. */
export async function runFiles(
  files: readonly TestFile[],
  { over, runtime, width = 2, limit = 60, onResult }: RunOptions,
): Promise<Result[]> {
  const toRun = files.flatMap((file) => over.map((one) => ({ file, over: one })));
  const jobs = toRun.map(({ file, over }, id) => ({
    id,
    file: onWindows ? file.path : toWindowsPath(file.path),
    args: [...file.flags, ...(over === 'register' ? [`--import=${registerUrl()}`] : [])],
    env: file.env,
  }));
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-node-tests-'));
  const results: Result[] = [];
  try {
    const plan = path.join(dir, 'plan.json');
    writeFileSync(plan, JSON.stringify({ width, limit, jobs }));
    let errors = '';
    const stdout = new Lines((line) => {
      const ended = JSON.parse(line) as Ended;
      const result = resultOf(toRun[ended.id]!, ended, limit);
      results.push(result);
      onResult?.(result);
    });
    const stderr = new Lines((line) => {
      errors += `${line}\n`;
    });
    const { code, interrupted } = await runScript(
      runtime,
      driver,
      [onWindows ? plan : toWindowsPath(plan)],
      { cwd: projectDir, stdout, stderr, visible: [dir, path.dirname(files[0]?.path ?? dir)] },
    );
    if (interrupted) process.exit(code);
    if (results.length < jobs.length) {
      throw new HostError(`the driver of Node's tests has ended early with ${code}:\n${errors}`);
    }
    return results;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Where the preload is, for the Windows run time. */
export function registerUrl(): string {
  return onWindows ? pathToFileURL(register).href : toWindowsUrl(register);
}

function resultOf(
  what: { file: TestFile; over: Over },
  { seconds, code, timedOut, output }: Ended,
  limit: number,
): Result {
  const skipped = /^1\.\.0 # Skipped: (.*)$/m.exec(output)?.[1];
  if (code === 0 && skipped !== undefined) {
    return { ...what, outcome: 'skipped', seconds, output, reason: skipped.trim() };
  }
  if (code === 0) return { ...what, outcome: 'passed', seconds, output, reason: '' };
  const reason = timedOut ? `has not ended in ${limit} s` : failureOf(output, code);
  return { ...what, outcome: 'failed', seconds, output, reason };
}

/** The line of the output that says most. */
function failureOf(output: string, code: number | null): string {
  const lines = output.split(/\r?\n/).map((line) => line.trim());
  const telling = lines.find((line) =>
    /^(\w*Error\b|Mismatched |Error:|AssertionError)/.test(line),
  );
  const exit = code !== null && code > 255 ? `0x${code.toString(16)}` : String(code);
  return telling ?? `exit code ${exit}: ${lines.filter(Boolean).at(-1) ?? 'no output'}`;
}
