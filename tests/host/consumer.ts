// A project that has the package from its tarball, made once for what is built, and used by several tests.

import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { ensureBuilt } from '../../scripts/host/build/build.ts';
import { install, type Packed, pack } from '../../scripts/host/build/package.ts';
import { launch } from '../../scripts/host/launch/launch.ts';
import { exec } from '../../scripts/host/system/exec.ts';
import { withLock } from '../../scripts/host/system/lock.ts';
import { npmCommand } from '../../scripts/host/system/npm.ts';
import { cacheDir, projectDir, toWindowsPath } from '../../scripts/host/system/paths.ts';
import { ensureRuntime } from '../../scripts/host/wine/runtimes.ts';

export const RUNTIMES = ['node22', 'node24', 'node26', 'bun'] as const;
export type Runtime = (typeof RUNTIMES)[number];

interface Consumer {
  readonly packed: Packed;
  /** The project: package.json as `npm init` makes it, and node_modules. */
  readonly dir: string;
  /** Why there is none, where the dependencies cannot be had. */
  readonly skip: string | false;
}

/** Outside of this project, whose node_modules programs would find otherwise. */
const home = path.join(
  tmpdir(),
  `winsock-consumer-${createHash('sha256').update(projectDir).digest('hex').slice(0, 12)}`,
);

/** What is packed: of these it has to be made anew. */
function sources(): string {
  const manifest = path.join(projectDir, 'package.json');
  const times = ['dist/.built', 'docs', 'examples', 'README.md', 'CHANGELOG.md'];
  const stamps = times.map((name) => statSync(path.join(projectDir, name)).mtimeMs);
  return [...stamps, readFileSync(manifest, 'utf8')].join('\n');
}

/** The project that has what is built now installed. */
export async function ensureConsumer(): Promise<Consumer> {
  await ensureBuilt();
  const dir = path.join(home, 'project');
  const stamp = path.join(home, 'made.json');
  let skip: string | false = false;
  await withLock(
    home,
    () => undefined,
    async () => {
      const wanted = sources();
      if (existsSync(stamp) && JSON.parse(readFileSync(stamp, 'utf8')).sources === wanted) return;
      rmSync(home, { recursive: true, force: true });
      mkdirSync(home, { recursive: true });
      const { files, ...packed } = await pack(home);
      skip = (await install(packed.tarball, dir)) ?? false;
      const made = { sources: wanted, packed: { ...packed, files: [...files] } };
      if (!skip) writeFileSync(stamp, JSON.stringify(made));
      else writeFileSync(`${stamp}.skipped`, JSON.stringify(made));
    },
  );
  const { packed } = JSON.parse(readFileSync(skip ? `${stamp}.skipped` : stamp, 'utf8')) as {
    packed: Omit<Packed, 'files'> & { files: [string, number][] };
  };
  return { packed: { ...packed, files: new Map(packed.files) }, dir, skip };
}

/** A folder of its own for a test, with what is wanted of the project's node_modules. */
export function folder(consumer: Consumer, ...packages: string[]): string {
  const dir = mkdtempSync(path.join(home, 'place-'));
  for (const name of packages) {
    const from = path.join(consumer.dir, 'node_modules', name);
    cpSync(from, path.join(dir, 'node_modules', name), { recursive: true });
  }
  return dir;
}

export interface Printed {
  readonly text: string;
  readonly code: number;
}

/** Runs a Windows program, a run time by its name or another by its path, and gives what it prints. */
export async function run(program: string, args: readonly string[], cwd: string): Promise<Printed> {
  let text = '';
  const sink = () =>
    new Writable({
      write(data: Buffer, _encoding, done) {
        text += data.toString();
        done();
      },
    });
  const isRuntime = (RUNTIMES as readonly string[]).includes(program);
  const file = isRuntime ? await ensureRuntime(program as Runtime) : program;
  const { code } = await launch(file, args, {
    cwd,
    stdout: sink(),
    stderr: sink(),
    visible: [cwd, path.dirname(file)],
    timeout: 120_000,
  });
  return { text: text.replaceAll('\r', ''), code };
}

/** A file of a folder as programs of Windows call it. */
export function fileOf(dir: string, name: string): string {
  return toWindowsPath(path.join(dir, name));
}

/** Packages of npm that a test needs, for Windows where they run there; undefined where they cannot be had. */
export async function tools(
  specs: readonly string[],
  system: 'linux' | 'win32',
): Promise<string | undefined> {
  const dir = path.join(cacheDir(), 'tools', specs.join('+').replace(/[/@]/g, '_'));
  if (existsSync(path.join(dir, 'package-lock.json'))) return dir;
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'package.json'), '{"private":true}');
  const { code } = await exec(
    [
      ...npmCommand(),
      'install',
      '--prefer-offline',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `--os=${system}`,
      '--cpu=x64',
      // For a package that says itself that it is for Windows.
      ...(system === 'win32' ? ['--force'] : []),
      ...specs,
    ],
    { cwd: dir },
  );
  return code === 0 ? dir : undefined;
}
