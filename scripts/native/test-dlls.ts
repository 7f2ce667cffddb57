// The DLLs of our own that tests call: compiled from tests/native for Windows, kept by their contents.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../host/error.ts';
import { cacheDir, projectDir } from '../host/paths.ts';
import { runInRoot } from '../host/root.ts';

const sourceDir = path.join(projectDir, 'tests/native');

const COMPILER = [
  '/usr/bin/clang-19',
  '--target=x86_64-w64-mingw32',
  '--sysroot=/usr',
  '-fuse-ld=lld',
  '-shared',
  '-O1',
  '-Wall',
  '-Wextra',
  '-Werror',
];
const LIBRARIES = ['-lws2_32'];

/**
 * Compiles what is in tests/native, unless it has been already, with the private toolchain, which is
 * installed first where it is missing. Linux only.
 *
 * @returns the directory of the DLLs: `transport.c` is `transport.dll`
 * @throws HostError where a source does not compile, with the compiler's messages
 */
export async function buildTestDlls(): Promise<string> {
  const files = readdirSync(sourceDir)
    .filter((name) => /\.[ch]$/.test(name))
    .sort();
  const hash = createHash('sha256').update([...COMPILER, ...LIBRARIES].join());
  for (const name of files) hash.update(name).update(readFileSync(path.join(sourceDir, name)));
  const dir = path.join(cacheDir(), 'test-dlls', hash.digest('hex').slice(0, 16));
  if (existsSync(dir)) return dir;

  const partial = `${dir}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    for (const source of files.filter((name) => name.endsWith('.c'))) {
      const dll = path.join(partial, source.replace(/\.c$/, '.dll'));
      const argv = [...COMPILER, '-o', dll, path.join(sourceDir, source), ...LIBRARIES];
      const { code, stderr } = await runInRoot(argv, { cwd: sourceDir });
      if (code !== 0) throw new HostError(`tests/native/${source} does not compile:\n${stderr}`);
    }
    // Another run may have been faster; what it made is the same.
    if (!existsSync(dir)) renameSync(partial, dir);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return dir;
}
