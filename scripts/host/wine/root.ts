// The private root file system: packages of the host's distribution, unpacked under the cache directory.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { HostError } from '../system/error.ts';
import { type ExecOptions, type ExecResult, exec } from '../system/exec.ts';
import { inParallel } from '../system/in-parallel.ts';
import { withLock } from '../system/lock.ts';
import { cacheDir, projectDir } from '../system/paths.ts';
import { step } from '../system/progress.ts';
import { archiveName, openApt, type Package } from './apt.ts';
import { launcher } from './enter.ts';

export type PackageSet = 'wine' | 'toolchain' | 'servers' | 'iperf3' | 'tshark';

/** What each set consists of, beside what these packages depend on. */
const sets: Record<PackageSet, { title: string; packages: string[] }> = {
  // libc-bin for the C.UTF-8 locale, without which Wine cannot name all files.
  wine: { title: 'Wine', packages: ['wine', 'wine64', 'libc-bin'] },
  toolchain: {
    title: 'the C toolchain',
    // gcc only for libgcc, which clang links every program with.
    packages: [
      'clang-19',
      'lld-19',
      'llvm-19',
      'mingw-w64-x86-64-dev',
      'gcc-mingw-w64-x86-64-win32',
    ],
  },
  // What programs of Windows talk to in the tests; dash is the shell that initdb runs.
  servers: {
    title: 'PostgreSQL, Redis, socat and wrk',
    packages: ['dash', 'postgresql', 'redis-server', 'socat', 'wrk'],
  },
  // The other side of `winsock perf` in the tests.
  iperf3: { title: 'iperf3', packages: ['iperf3'] },
  // What reads the captures of `winsock trace` in the tests.
  tshark: { title: 'tshark and tcpdump', packages: ['tshark', 'tcpdump'] },
};

export interface Stamp {
  wanted: string[];
  packages: Record<string, string>;
}

/** Counted up when the way of unpacking changes, so that what an older one made is not used. */
const format = 1;

export function rootDir(cache = cacheDir()): string {
  return path.join(cache, `root-${format}`);
}

function stampFile(set: PackageSet, cache: string): string {
  return path.join(rootDir(cache), `.winsock-${set}.json`);
}

/** What is installed of a set, or `undefined` when it is missing or an older version of it is there. */
export function installed(set: PackageSet, cache = cacheDir()): Stamp | undefined {
  const stamp = readStamp(set, cache);
  return stamp?.wanted.join() === sets[set].packages.join() ? stamp : undefined;
}

function readStamp(set: PackageSet, cache: string): Stamp | undefined {
  try {
    return JSON.parse(readFileSync(stampFile(set, cache), 'utf8')) as Stamp;
  } catch {
    return undefined;
  }
}

/** Makes sure that a set is installed in the private root. */
export async function provision(set: PackageSet, cache = cacheDir()): Promise<Stamp> {
  const there = installed(set, cache);
  if (there) return there;
  if (process.platform !== 'linux') {
    throw new HostError(`${sets[set].title} is set up on Linux only; this is ${process.platform}.`);
  }
  mkdirSync(cache, { recursive: true });
  const onWait = () =>
    console.error(`winsock: another process is setting up ${rootDir(cache)}; waiting for it …`);
  return withLock(rootDir(cache), onWait, async () => installed(set, cache) ?? install(set, cache));
}

async function install(set: PackageSet, cache: string): Promise<Stamp> {
  const { title, packages: names } = sets[set];
  const root = rootDir(cache);
  const status = path.join(root, 'var/lib/winsock/status');
  const apt = await openApt(path.join(cache, 'apt'), status);
  console.error(`winsock: setting up ${title} in ${root} (once; the system itself is not changed)`);

  const lists = step('Fetching the package lists');
  await apt.update(lists.update);
  lists.done();
  const packages = await downloadAll(apt, names, title);
  await unpackAll(packages, apt.archives, root);
  if (set === 'wine') finishWine(root);

  const stamp: Stamp = {
    wanted: names,
    packages: {
      ...readStamp(set, cache)?.packages,
      ...Object.fromEntries(packages.map((entry) => [entry.name, entry.version])),
    },
  };
  writeAtomically(stampFile(set, cache), `${JSON.stringify(stamp, null, 2)}\n`);
  // From here on apt takes the packages as installed, so that another set brings only what is missing.
  const stanzas = await Promise.all(
    packages.map(async (entry) => {
      const file = path.join(apt.archives, archiveName(entry));
      const { stdout } = await exec(['dpkg-deb', '--field', file]);
      return `${stdout.trim()}\nStatus: install ok installed\n\n`;
    }),
  );
  writeFileSync(status, stanzas.join(''), { flag: 'a' });
  for (const entry of packages)
    rmSync(path.join(apt.archives, archiveName(entry)), { force: true });
  return stamp;
}

async function downloadAll(
  apt: Awaited<ReturnType<typeof openApt>>,
  names: string[],
  title: string,
): Promise<Package[]> {
  for (const again of [false, true]) {
    // The archive drops versions that have been superseded: with old lists the files may be gone.
    if (again) await apt.update(() => {}, true);
    const packages = await apt.resolve(names);
    const progress = step(`Downloading ${title} (${packages.length} packages)`);
    try {
      await apt.download(names, progress.update);
      progress.done();
      return packages;
    } catch (error) {
      if (again) throw error;
    }
  }
  throw new HostError('unreachable');
}

async function unpackAll(packages: Package[], archives: string, root: string): Promise<void> {
  makeSkeleton(root);
  const marks = path.join(root, '.unpacked');
  mkdirSync(marks, { recursive: true });
  const progress = step(`Unpacking ${packages.length} packages`);
  let done = 0;
  await inParallel(packages, availableParallelism(), async (entry) => {
    const name = archiveName(entry);
    const mark = path.join(marks, name);
    // What is unpacked stays untouched: a program may be running from it.
    if (!existsSync(mark)) {
      const result = await exec(['dpkg-deb', '--extract', path.join(archives, name), root]);
      if (result.code !== 0) {
        throw new HostError(`Unpacking ${name} failed: ${result.stderr.trim()}`);
      }
      writeFileSync(mark, '');
    }
    done += 1;
    progress.update(`${Math.round((100 * done) / packages.length)} %`);
  });
  progress.done();
}

/** What the distribution's installer lays down before the first package: the merged /usr. */
function makeSkeleton(root: string): void {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(path.join(root, 'usr', name), { recursive: true });
    const link = path.join(root, name);
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(`usr/${name}`, link);
  }
  mkdirSync(path.join(root, 'etc'), { recursive: true });
  writeFileSync(
    path.join(root, 'etc/nsswitch.conf'),
    'passwd: files\ngroup: files\nhosts: files dns\n',
  );
}

/**
 * The one thing that installation scripts do and Wine cannot run without: libwine's makes Wine's own
 * zlib1.dll out of MinGW's, by writing Wine's signature into the DOS stub.
 */
function finishWine(root: string): void {
  const target = path.join(root, 'usr/lib/x86_64-linux-gnu/wine/x86_64-windows');
  const source = path.join(root, 'usr/x86_64-w64-mingw32/lib');
  if (!existsSync(source)) return;
  for (const name of readdirSync(source).filter((name) => /^zlib.*\.dll$/.test(name))) {
    if (existsSync(path.join(target, name))) continue;
    const dll = readFileSync(path.join(source, name));
    dll.fill(0, 64, 96);
    dll.write('Wine builtin DLL', 64, 'latin1');
    writeAtomically(path.join(target, name), dll);
  }
}

function writeAtomically(file: string, content: string | Uint8Array): void {
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, content);
  renameSync(partial, file);
}

/**
 * Runs a program of the private root, with the host's directories at their usual places and the host's
 * working directory. The set it belongs to is installed first when it is missing.
 */
export async function runInRoot(
  argv: readonly string[],
  options: ExecOptions & { set?: PackageSet } = {},
): Promise<ExecResult> {
  const { set = 'toolchain', ...rest } = options;
  await provision(set);
  const cwd = options.cwd ?? process.cwd();
  const enter = await launcher(rootDir(), cwd, [projectDir, cacheDir()]);
  const env = { ...process.env, ...options.env, PATH: '/usr/bin:/usr/sbin', LC_ALL: 'C.UTF-8' };
  return exec([...enter.argv, ...argv], { ...rest, cwd, env });
}
