// Runs a script on a run time: under Wine, or natively on Windows.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { HostError } from '../system/error.ts';
import { findBun } from '../system/npm.ts';
import { projectDir, toWindowsPath, toWindowsUrl } from '../system/paths.ts';
import type { RuntimeName } from '../wine/pins.ts';
import { ensureRuntime } from '../wine/runtimes.ts';
import { asWindowsPreload } from './as-windows.ts';
import { controlCExit, type LaunchOptions, launch, type Outcome } from './launch.ts';

const LONGEST_TIMEOUT = 0x7fffffff;

export const onWindows = process.platform === 'win32';

const nodeHook = path.join(projectDir, 'scripts/host/launch/resolve-node.mjs');
const bunHook = path.join(projectDir, 'scripts/host/launch/resolve-bun.mjs');

/** What makes `winsock` resolve, in the program and in the Node and Bun programs that it starts. */
export function hookEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const url = onWindows ? pathToFileURL(nodeHook).href : toWindowsUrl(nodeHook);
  const imports = [...asWindowsPreload(env, 'url'), url].map((one) => `--import=${one}`);
  return {
    NODE_OPTIONS: [env.NODE_OPTIONS, ...imports].filter(Boolean).join(' '),
    WINSOCK_PRELOAD_NODE: url,
    WINSOCK_PRELOAD_BUN: onWindows ? bunHook : toWindowsPath(bunHook),
  };
}

/** Colours and width as our own output has them, since the program sees a pipe. */
export function terminalEnvironment(
  out: { isTTY?: boolean; columns?: number; rows?: number; getColorDepth?: () => number },
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  if (!out.isTTY) return {};
  const result: Record<string, string> = {};
  if (out.columns && !env.COLUMNS) result.COLUMNS = String(out.columns);
  if (out.rows && !env.LINES) result.LINES = String(out.rows);
  if (env.NO_COLOR === undefined && env.FORCE_COLOR === undefined) {
    const levels: Record<number, string> = { 4: '1', 8: '2', 24: '3' };
    const level = levels[out.getColorDepth?.() ?? 1];
    if (level) result.FORCE_COLOR = level;
  }
  return result;
}

/** Runs a script, given by its path here, on a run time of Windows, to its end. */
export async function runScript(
  runtime: RuntimeName | undefined,
  script: string,
  args: readonly string[],
  options: LaunchOptions,
): Promise<Outcome> {
  const hooks = hookEnvironment({ ...process.env, ...options.env });
  const env = { ...terminalEnvironment(process.stdout), ...hooks, ...options.env };
  if (onWindows) return runNatively(runtime, script, args, { ...options, env });
  const name = runtime ?? 'node24';
  const program = await ensureRuntime(name);
  const hook = `--preload=${toWindowsPath(bunHook)}`;
  const preloads = [...asWindowsPreload(env, 'path').map((one) => `--preload=${one}`), hook];
  const preload = name === 'bun' ? ['--no-install', ...preloads] : [];
  return launch(program, [...preload, toWindowsPath(script), ...args], {
    ...options,
    env,
    visible: [path.dirname(script), ...(options.visible ?? [])],
  });
}

async function runNatively(
  runtime: RuntimeName | undefined,
  script: string,
  args: readonly string[],
  options: LaunchOptions,
): Promise<Outcome> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  let argv: string[];
  if (runtime === 'bun') {
    const bun = findBun();
    if (!bun) throw new HostError('bun is not on the PATH. Install Bun 1.4 or later.');
    argv = [bun, '--no-install', `--preload=${bunHook}`, script, ...args];
  } else if (runtime && runtime !== `node${major}`) {
    throw new HostError(
      `on Windows the Node that runs this is used, and it is ${process.version}, not ${runtime}.`,
    );
  } else if (major < 22 || (major === 22 && minor < 18)) {
    throw new HostError(
      `running TypeScript needs Node 22.18 or later; here is ${process.version}.`,
    );
  } else {
    argv = [process.execPath, script, ...args];
  }
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [
      options.stdin ? 'inherit' : 'ignore',
      options.stdout === process.stdout ? 'inherit' : 'pipe',
      options.stderr === process.stderr ? 'inherit' : 'pipe',
    ],
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    // With all that it has started: their ends of the pipes would keep us here.
    spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' });
  }, options.timeout ?? LONGEST_TIMEOUT);
  timer.unref();
  child.stdout?.pipe(options.stdout, { end: false });
  child.stderr?.pipe(options.stderr, { end: false });
  // The console sends Ctrl-C to the program too; it decides, and we report how it ended.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', ignore);
      clearTimeout(timer);
      const status = code ?? (signal ? 128 + constants.signals[signal] : 1);
      const interrupted = signal === 'SIGINT' || code === controlCExit;
      resolve({
        code: status,
        windowsCode: code ?? undefined,
        timedOut,
        interrupted,
        serverCrashed: false,
      });
    });
  });
}
