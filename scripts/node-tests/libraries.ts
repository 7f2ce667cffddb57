// A program of many libraries from the npm registry, which knows nothing of winsock: run over Node's own modules
// and over `winsock/register`.

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { onWindows, runScript } from '../host/launch/script.ts';
import { exec } from '../host/system/exec.ts';
import { withLock } from '../host/system/lock.ts';
import { npmCommand } from '../host/system/npm.ts';
import { cacheDir, projectDir, toWindowsPath } from '../host/system/paths.ts';
import { step } from '../host/system/progress.ts';
import type { RuntimeName } from '../host/wine/pins.ts';
import { Lines } from './lines.ts';
import { type Over, registerUrl } from './run.ts';

const source = path.join(projectDir, 'scripts/node-tests/libraries');

/** Milliseconds for all steps. */
const LIMIT = 10 * 60_000;

/** What has come of a step. */
export interface Step {
  readonly over: Over;
  readonly step: string;
  /** Undefined where it has worked. */
  readonly error: string | undefined;
}

/** The folder with the program and its libraries, or why there is none. */
export async function ensureLibraries(): Promise<{ dir: string } | { missing: string }> {
  const manifest = readFileSync(path.join(source, 'package.json'));
  const version = createHash('sha256').update(manifest).digest('hex').slice(0, 16);
  const dir = path.join(cacheDir(), 'node-tests', `libraries-${version}`);
  const onWait = () => console.error('winsock: another process is fetching the libraries …');
  const missing = existsSync(dir)
    ? undefined
    : await withLock(dir, onWait, async () => (existsSync(dir) ? undefined : install(dir)));
  if (missing !== undefined) return { missing };
  cpSync(path.join(source, 'program.mjs'), path.join(dir, 'program.mjs'));
  return { dir };
}

/** Why they could not be installed, if so. */
async function install(dir: string): Promise<string | undefined> {
  const progress = step('Fetching the libraries');
  const work = `${dir}.partial`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  cpSync(path.join(source, 'package.json'), path.join(work, 'package.json'));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, stderr } = await exec([...npmCommand(), 'install', ...quiet], { cwd: work });
  if (code !== 0) {
    rmSync(work, { recursive: true, force: true });
    return `the libraries could not be fetched from the npm registry: ${stderr.trim().split('\n')[0]}`;
  }
  renameSync(work, dir);
  progress.done();
  return undefined;
}

/** Runs the program to its end. */
export async function runLibraries(
  dir: string,
  over: Over,
  runtime: RuntimeName | undefined,
  keys: { key: string; cert: string },
  onStep: (step: Step) => void,
): Promise<Step[]> {
  const steps: Step[] = [];
  const stdout = new Lines((line) => {
    // Libraries may print something of their own.
    if (!line.startsWith('{')) return;
    const { step, uncaught, error = uncaught } = JSON.parse(line) as Record<string, string>;
    const result = { over, step: step ?? 'an error that nobody caught', error };
    steps.push(result);
    onStep(result);
  });
  const place = (file: string) => (onWindows ? file : toWindowsPath(file));
  const preload = over === 'register' ? `--import=${registerUrl()}` : '';
  const { NODE_OPTIONS = '' } = process.env;
  const { timedOut } = await runScript(runtime, path.join(dir, 'program.mjs'), [], {
    cwd: dir,
    env: {
      NODE_OPTIONS: [NODE_OPTIONS, preload].filter(Boolean).join(' '),
      KEY: place(keys.key),
      CERTIFICATE: place(keys.cert),
    },
    stdout,
    stderr: new Lines(() => undefined),
    timeout: LIMIT,
  });
  if (timedOut) steps.push({ over, step: 'the program', error: 'has not ended' });
  return steps;
}
