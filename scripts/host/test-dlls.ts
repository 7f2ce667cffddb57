// Compiles tests/native/*.c to DLLs for Windows, with the compiler of the private root.
//
// They stand in for what Wine lacks, and they are C programs that call into JavaScript.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { HostError } from './error.ts';
import { cacheDir, projectDir } from './paths.ts';
import { provision, runInRoot } from './root.ts';

const sourceDir = path.join(projectDir, 'tests/native');
const compiler = [
  'clang-19',
  '--target=x86_64-w64-mingw32',
  '--sysroot=/usr',
  '-fuse-ld=lld',
  '-shared',
  '-O1',
  '-Wall',
  '-Werror',
];

/** Builds the DLLs unless they are there already, and gives the directory they are in. */
export async function buildTestDlls(): Promise<string> {
  const { packages } = await provision('toolchain');
  const names = readdirSync(sourceDir).sort();
  const hash = createHash('sha256').update(JSON.stringify([compiler, packages]));
  for (const name of names) hash.update(name).update(readFileSync(path.join(sourceDir, name)));
  const dir = path.join(cacheDir(), 'test-dlls', hash.digest('hex').slice(0, 16));
  if (existsSync(dir)) return dir;

  const partial = `${dir}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    for (const name of names.filter((one) => one.endsWith('.c'))) await compile(name, partial);
    renameSync(partial, dir);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another run may have finished the same directory first.
    if (!existsSync(dir)) throw error;
  }
  return dir;
}

async function compile(name: string, dir: string): Promise<void> {
  const output = path.join(dir, name.replace(/\.c$/, '.dll'));
  const { code, stderr } = await runInRoot(
    [...compiler, '-o', output, path.join(sourceDir, name), '-lws2_32', '-lmswsock'],
    { cwd: projectDir },
  );
  if (code !== 0) throw new HostError(`tests/native/${name} does not compile:\n${stderr.trim()}`);
}
