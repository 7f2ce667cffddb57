// Where Node's own tests come from: a public copy of them, at a commit that is fixed here. They are kept in
// the cache and never committed.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { exec, findProgram } from '../host/system/exec.ts';
import { withLock } from '../host/system/lock.ts';
import { cacheDir } from '../host/system/paths.ts';
import { step } from '../host/system/progress.ts';

/** "Track Node.js 24.12.0": the folder test/ of Node.js as it was released, unchanged. */
export const COMMIT = '170b25ab9080b9d58d21b582fbf28ee5676b8387';
const REPOSITORY = 'https://github.com/denoland/node_test.git';

/** A Git repository that has the commit, where the public one cannot be reached. */
const VARIABLE = 'WINSOCK_NODE_TESTS';

/** What the tests of sockets need; the folders that are left out are large and for others. */
const WANTED = [
  'test/common',
  'test/fixtures',
  'test/parallel',
  'test/sequential',
  ':(exclude)test/fixtures/postject-copy',
  ':(exclude)test/fixtures/snapshot',
];

/** The folder test/ of the copy, or why there is none. */
export type Copy = { readonly dir: string } | { readonly missing: string };

/** The copy, fetched when it is asked for the first time. */
export async function ensureCopy(): Promise<Copy> {
  const parent = path.join(cacheDir(), 'node-tests');
  const dir = path.join(parent, COMMIT);
  const found = { dir: path.join(dir, 'test') };
  if (existsSync(dir)) return found;
  const git = findProgram('git');
  if (!git) return { missing: "Node's tests are fetched by git, which is not installed" };
  const onWait = () => console.error("winsock: another process is fetching Node's tests …");
  return withLock(dir, onWait, async () => {
    if (existsSync(dir)) return found;
    mkdirSync(parent, { recursive: true });
    const missing = await fetchTo(git, dir);
    return missing === undefined ? found : { missing };
  });
}

/** Why it could not be fetched, if so. */
async function fetchTo(git: string, dir: string): Promise<string | undefined> {
  const progress = step("Fetching Node's tests");
  const work = `${dir}.partial`;
  rmSync(work, { recursive: true, force: true });
  const repository = process.env[VARIABLE] ?? path.join(work, 'repository');
  const tests = path.join(work, 'tests');
  mkdirSync(tests, { recursive: true });
  try {
    const tarball = path.join(work, 'tests.tar');
    const fetching = ['-C', repository, 'fetch', '--quiet', '--depth=1', REPOSITORY, COMMIT];
    const commands = [
      ...(process.env[VARIABLE]
        ? []
        : [
            [git, 'init', '--quiet', repository],
            [git, ...fetching],
          ]),
      [git, '-C', repository, 'archive', `--output=${tarball}`, COMMIT, ...WANTED],
      ['tar', '-xf', tarball, '-C', tests],
    ];
    for (const command of commands) {
      const { code, stderr } = await exec(command);
      if (code !== 0) {
        const said = stderr.trim().split('\n')[0] ?? '';
        return `Node's tests could not be fetched (${said}); ${VARIABLE} may name a Git repository that has them`;
      }
    }
    renameSync(tests, dir);
    progress.done();
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
