// The package as npm would publish it: packed, looked at, and installed into a project of its own.

import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../system/error.ts';
import { type ExecResult, exec } from '../system/exec.ts';
import { npmCommand } from '../system/npm.ts';
import { projectDir } from '../system/paths.ts';
import { pins } from '../wine/pins.ts';
import { ensureKoffi } from '../wine/runtimes.ts';

export interface Packed {
  tarball: string;
  /** The bytes of the tarball. */
  packed: number;
  /** The bytes of all files in it. */
  unpacked: number;
  /** The size of every file, by its path in the package. */
  files: Map<string, number>;
}

/**
 * The largest that it may be, in bytes. Whoever needs more raises it here, knowingly. The guide and the examples
 * that it refers to are 220 kB of what is packed: the package has no address on the net that its links could
 * lead to. `winsock/net`, `winsock/dgram` and `winsock/register`, with their declarations and maps, are 38 kB. What editors tell of
 * parameters, fields and constants is 320 kB of the declarations, 45 kB of what is packed. The functions of consoles and
 * windows that C programs use beside sockets are 12 kB.
 */
export const BUDGET = {
  packed: 1_700_000,
  unpacked: 7_600_000,
  /**
   * Of a bundle, minified, that uses three functions. That the end of a process waits for threads that load is 1 kB;
   * that what koffi keeps of ended threads is given back, 3 kB; that `terminate()` waits too, 1 kB.
   */
  threeFunctions: 90_500,
} as const;

/** The tools that judge a package, at the versions that were used. They are fetched when first run. */
export const judges = {
  publint: ['publint@0.3.25', 'publint', '--strict'],
  attw: ['@arethetypeswrong/cli@0.18.5', 'attw', '--profile', 'esm-only', '--no-emoji'],
} as const;

function npm(args: readonly string[], cwd: string): Promise<ExecResult> {
  return exec([...npmCommand(), ...args], { cwd });
}

interface PackReport {
  readonly files?: readonly { readonly path: string; readonly size: number }[];
}

/** The files that `npm pack --json` reports, after what the scripts of the package have printed. */
function packedFiles(stdout: string): Map<string, number> {
  const parsed = JSON.parse(stdout.slice(Math.max(stdout.search(/^[[{]/m), 0))) as object;
  const [report] = Object.values(parsed) as PackReport[];
  return new Map((report?.files ?? []).map(({ path, size }) => [path, size]));
}

/** Packs this project into `dir`, as `npm publish` would. */
export async function pack(dir: string): Promise<Packed> {
  const result = await npm(['pack', '--silent', '--json', '--pack-destination', dir], projectDir);
  const name = readdirSync(dir).find((file) => file.endsWith('.tgz'));
  if (result.code !== 0 || !name) throw new HostError(`npm pack failed:\n${result.stderr}`);
  const tarball = path.join(dir, name);
  const files = packedFiles(result.stdout);
  const unpacked = [...files.values()].reduce((sum, size) => sum + size, 0);
  return { tarball, packed: statSync(tarball).size, unpacked, files };
}

/** Whether npm failed because there is no network, and nothing in its cache. */
function isOffline(stderr: string): boolean {
  return /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTCACHED|ENETUNREACH/.test(
    stderr,
  );
}

/**
 * Installs a tarball into a new project in `dir`, ready to be run under Wine. Gives the reason where the
 * dependencies cannot be had.
 */
export async function install(tarball: string, dir: string): Promise<string | undefined> {
  mkdirSync(dir, { recursive: true });
  // As `npm init -y` of npm 11 makes it.
  const manifest = { name: 'consumer', private: true, main: 'index.js', type: 'commonjs' };
  writeFileSync(path.join(dir, 'package.json'), JSON.stringify(manifest));
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const result = await npm(
    ['install', '--prefer-offline', '--ignore-scripts', ...quiet, tarball],
    dir,
  );
  if (isOffline(result.stderr)) return 'the npm registry cannot be reached';
  if (result.code !== 0) throw new HostError(`npm install failed:\n${result.stderr}`);
  // What npm would have installed on Windows, and what a TypeScript project has anyway.
  if (process.platform !== 'win32') await ensureKoffi();
  const koffi = process.platform === 'win32' ? [] : [pins.koffi.package];
  for (const name of [...koffi, '@types/node', 'undici-types']) {
    const from = path.join(projectDir, 'node_modules', name);
    cpSync(from, path.join(dir, 'node_modules', name), { recursive: true });
  }
  return undefined;
}

/** Has one of the tools judge a tarball. `undefined`: the tool cannot be fetched. */
export async function judge(
  tool: keyof typeof judges,
  tarball: string,
): Promise<ExecResult | undefined> {
  const [spec, ...command] = judges[tool];
  if (!existsSync(tarball)) throw new HostError(`there is no file ${tarball}.`);
  const fetching = ['exec', '--yes', '--prefer-offline', `--package=${spec}`, '--'];
  const result = await npm([...fetching, ...command, tarball], path.dirname(tarball));
  return result.code !== 0 && isOffline(result.stderr) ? undefined : result;
}
