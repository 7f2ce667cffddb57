// Finds Wine, or provisions it, and keeps a Wine prefix of our own.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../system/error.ts';
import {
  type ExecOptions,
  type ExecResult,
  exec,
  findProgram,
  isExecutable,
} from '../system/exec.ts';
import { withLock } from '../system/lock.ts';
import { cacheDir, projectDir } from '../system/paths.ts';
import { step } from '../system/progress.ts';
import { launcher } from './enter.ts';
import { installed, provision, rootDir } from './root.ts';

export const minimumVersion = 10;

export interface Wine {
  source: 'WINSOCK_WINE' | 'PATH' | 'private root';
  /** The `wine` program, as a path of the file system it runs in. */
  program: string;
  version: string;
  prefix: string;
  env: Record<string, string>;
}

/** The version in the output of `wine --version`, e.g. `wine-10.0 (Debian 10.0~repack-6)`. */
export function parseWineVersion(text: string): string | undefined {
  return /^wine-(\d+(?:\.\d+)*)/m.exec(text)?.[1];
}

/** Wine on this machine, without setting anything up. `unusable` says what was found but cannot serve. */
export async function findWine(): Promise<{ wine?: Wine; unusable: string[] }> {
  const unusable: string[] = [];
  const named = process.env.WINSOCK_WINE;
  const candidates: [Wine['source'], string][] = [];
  if (named) {
    if (!isExecutable(named)) {
      throw new HostError(`WINSOCK_WINE is "${named}", which is not a program that can be run.`);
    }
    candidates.push(['WINSOCK_WINE', path.resolve(named)]);
  } else {
    for (const name of ['wine', 'wine64']) {
      const program = findProgram(name);
      if (program) candidates.push(['PATH', program]);
    }
  }
  for (const [source, program] of candidates) {
    const { stdout } = await exec([program, '--version'], { timeout: 10_000 });
    const version = parseWineVersion(stdout);
    if (version && Number.parseInt(version, 10) >= minimumVersion) {
      return { wine: hostWine(source, program, version), unusable };
    }
    unusable.push(
      `${program} is ${version ? `Wine ${version}` : 'no Wine'}, not ${minimumVersion} or later`,
    );
  }
  if (named) throw new HostError(`WINSOCK_WINE does not serve: ${unusable.join('; ')}.`);
  const stamp = installed('wine');
  return stamp ? { wine: privateWine(stamp.packages.wine ?? ''), unusable } : { unusable };
}

/** Wine, set up in the private root when the machine has none that is new enough. */
export async function ensureWine(): Promise<Wine> {
  let { wine } = await findWine();
  if (!wine) {
    const stamp = await provision('wine');
    wine = privateWine(stamp.packages.wine ?? '');
  }
  await ensurePrefix(wine);
  return wine;
}

function hostWine(source: Wine['source'], program: string, version: string): Wine {
  const prefix = path.join(cacheDir(), 'prefix-host');
  return { source, program, version, prefix, env: wineEnvironment(prefix) };
}

/**
 * Where Debian and Ubuntu have Wine's loader and server. Their wrapper scripts are left out: they need a
 * shell, and stop the server after each run.
 */
const privatePrograms: [string, string][] = [
  ['/usr/lib/wine/wine64', '/usr/lib/wine/wineserver64'],
  ['/usr/lib/x86_64-linux-gnu/wine/wine', '/usr/lib/x86_64-linux-gnu/wine/wineserver'],
];

function privateWine(version: string): Wine {
  const [program = '', server = ''] =
    privatePrograms.find(([file]) => existsSync(path.join(rootDir(), file))) ?? [];
  const prefix = path.join(cacheDir(), 'prefix');
  const env = {
    ...wineEnvironment(prefix),
    WINELOADER: program,
    WINESERVER: server,
    PATH: '/usr/bin:/usr/sbin',
    // The root has no other locale, and without a UTF-8 one Wine cannot name all files.
    LC_ALL: 'C.UTF-8',
  };
  return { source: 'private root', program, version, prefix, env };
}

function wineEnvironment(prefix: string): Record<string, string> {
  return {
    WINEPREFIX: prefix,
    WINEDEBUG: process.env.WINEDEBUG ?? '-all',
    // No offers to install Mono and Gecko, no menu entries on the host's desktop.
    WINEDLLOVERRIDES: process.env.WINEDLLOVERRIDES ?? 'mscoree=;mshtml=;winemenubuilder.exe=',
    XDG_RUNTIME_DIR: path.join(cacheDir(), 'runtime'),
    // Nothing here has a window, and a display that cannot be reached costs time.
    DISPLAY: '',
    WAYLAND_DISPLAY: '',
  };
}

/** The command line and environment of a Windows program (or one of Wine's own) under Wine. */
export async function wineCommand(
  wine: Wine,
  args: readonly string[],
  cwd: string,
  visible: readonly string[] = [],
): Promise<{ argv: string[]; env: NodeJS.ProcessEnv }> {
  const argv = [wine.program, ...args];
  const env = { ...process.env, ...wine.env };
  if (wine.source !== 'private root') return { argv, env };
  const enter = await launcher(rootDir(), cwd, [projectDir, cacheDir(), ...visible]);
  return { argv: [...enter.argv, ...argv], env };
}

async function runWine(wine: Wine, args: string[], options: ExecOptions): Promise<ExecResult> {
  const { argv, env } = await wineCommand(wine, args, cacheDir());
  return exec(argv, { cwd: cacheDir(), env, ...options });
}

async function ensurePrefix(wine: Wine): Promise<void> {
  mkdirSync(path.join(cacheDir(), 'runtime'), { recursive: true, mode: 0o700 });
  if (existsSync(wine.prefix)) return;
  const onWait = () =>
    console.error('winsock: another process is making the Wine prefix; waiting for it …');
  await withLock(wine.prefix, onWait, async () => {
    if (existsSync(wine.prefix)) return;
    const progress = step('Making the Wine prefix');
    // Made under another name, so that one that was interrupted is never taken for whole.
    const partial = `${wine.prefix}.partial`;
    rmSync(partial, { recursive: true, force: true });
    const making = { ...wine, prefix: partial, env: { ...wine.env, WINEPREFIX: partial } };
    const boot = await runWine(making, ['wineboot', '-i'], { timeout: 180_000 });
    const server = wineServer(wine);
    const settled = server ? await runWineServer(making, server) : true;
    if (boot.code !== 0 || !settled || !existsSync(path.join(partial, 'system.reg'))) {
      throw new HostError(`Wine could not make its prefix ${partial}:\n${boot.stderr.trim()}`);
    }
    renameSync(partial, wine.prefix);
    progress.done();
  });
}

function wineServer(wine: Wine): string | undefined {
  if (wine.env.WINESERVER) return wine.env.WINESERVER;
  const beside = path.join(path.dirname(wine.program), 'wineserver');
  return isExecutable(beside) ? beside : findProgram('wineserver');
}

/** Waits until the prefix's server has written the registry and ended. */
async function runWineServer(wine: Wine, server: string): Promise<boolean> {
  const { argv, env } = await wineCommand({ ...wine, program: server }, ['--wait'], cacheDir());
  return (await exec(argv, { cwd: cacheDir(), env, timeout: 60_000 })).code === 0;
}
