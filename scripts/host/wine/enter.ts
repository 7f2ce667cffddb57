// How to run a program with the private root file system as its root directory: the command line for it.

import { existsSync, lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../system/error.ts';
import { exec, findProgram } from '../system/exec.ts';
import { isBelow, projectDir } from '../system/paths.ts';

export type LauncherKind = 'unshare' | 'unshare-user' | 'bubblewrap';

export interface Launcher {
  kind: LauncherKind;
  /** Goes before the program and its arguments. */
  argv: string[];
}

/** Directories that the packages in the root provide; all others are the host's. */
const ownDirs = ['usr', 'etc', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'lost+found'];

/** What of the host's /etc the programs should see: names, users, time zone, certificates. */
const sharedFiles = [
  '/etc/hosts',
  '/etc/resolv.conf',
  '/etc/passwd',
  '/etc/group',
  '/etc/localtime',
  '/etc/ssl/certs',
];

/** The paths of the host that appear in the root at the same place. */
export function sharedPaths(extra: readonly string[]): string[] {
  const top = readdirSync('/')
    .filter((name) => !ownDirs.includes(name))
    .map((name) => `/${name}`)
    .filter((dir) => lstatSync(dir, { throwIfNoEntry: false })?.isDirectory());
  const covered = (dir: string) => top.some((parent) => isBelow(dir, parent));
  const further = [...new Set(extra)].filter((dir) => dir !== '/' && !covered(dir));
  return [...top, ...further, ...sharedFiles.filter(existsSync)];
}

/** The kinds of launcher that may work here, best first. */
export function launcherKinds(uid = process.getuid?.() ?? 0): LauncherKind[] {
  return uid === 0 ? ['unshare', 'unshare-user', 'bubblewrap'] : ['unshare-user', 'bubblewrap'];
}

const probed = new Map<LauncherKind, Promise<boolean>>();

/** Whether the system lets us use a kind of launcher. Containers and hardened systems refuse some. */
export function launcherWorks(kind: LauncherKind): Promise<boolean> {
  let result = probed.get(kind);
  if (!result) {
    result = probe(kind);
    probed.set(kind, result);
  }
  return result;
}

async function probe(kind: LauncherKind): Promise<boolean> {
  const mount = ['sh', '-c', 'mount -n --rbind /proc /proc'];
  const argv = {
    unshare: ['unshare', '--mount', ...mount],
    'unshare-user': ['unshare', '--user', '--map-root-user', '--mount', ...mount],
    bubblewrap: ['bwrap', '--bind', '/', '/', '--dev-bind', '/dev', '/dev', 'true'],
  }[kind];
  if (!findProgram(argv[0] ?? '')) return false;
  return (await exec(argv)).code === 0;
}

/** `nobody` of Debian and Ubuntu. */
const NOBODY = 65534;

/**
 * The command line that a program in `root` is started with, in `cwd`, with `extra` paths visible.
 *
 * @param ordinary whether root shall look like an ordinary user to a program that refuses root
 */
export async function launcher(
  root: string,
  cwd: string,
  extra: readonly string[],
  ordinary = false,
): Promise<Launcher> {
  const shared = sharedPaths([cwd, ...extra]);
  const disguise = ordinary && process.getuid?.() === 0 ? NOBODY : undefined;
  for (const kind of launcherKinds()) {
    if (await launcherWorks(kind)) {
      return { kind, argv: launcherArgv(kind, root, cwd, shared, disguise) };
    }
  }
  throw new HostError(
    'This system allows neither a private mount namespace (unshare) nor bubblewrap. Install bubblewrap ("apt-get install bubblewrap"), or allow unprivileged user namespaces, or install Wine 10 or later and put it on the PATH.',
  );
}

function launcherArgv(
  kind: LauncherKind,
  root: string,
  cwd: string,
  shared: string[],
  disguise: number | undefined,
): string[] {
  const script = path.join(projectDir, 'scripts/host/wine/enter.sh');
  if (kind === 'unshare') {
    const ids = disguise === undefined ? '' : `${disguise}:${disguise}`;
    return ['unshare', '--mount', 'sh', script, root, cwd, ids, ...shared, '--'];
  }
  if (kind === 'unshare-user') {
    const ids = `${disguise ?? process.getuid?.()}:${disguise ?? process.getgid?.()}`;
    const namespace = ['--user', '--map-root-user', '--mount'];
    return ['unshare', ...namespace, 'sh', script, root, cwd, ids, ...shared, '--'];
  }
  const user = disguise === undefined ? [] : ['--unshare-user', '--uid', `${disguise}`];
  const binds = shared.flatMap((dir) => [dir === '/dev' ? '--dev-bind' : '--bind', dir, dir]);
  return ['bwrap', ...user, '--bind', root, '/', ...binds, '--chdir', cwd, '--'];
}
