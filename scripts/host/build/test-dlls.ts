// Compiles tests/native/*.c and *.cpp to DLLs for Windows, with the compiler of the private root.
//
// They stand in for what Wine lacks, and they are C programs that call into JavaScript.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { HostError } from '../system/error.ts';
import { cacheDir, projectDir } from '../system/paths.ts';
import { provision, runInRoot } from '../wine/root.ts';
import { standInFlags, standInInputs } from './stand-ins.ts';

const sourceDir = path.join(projectDir, 'tests/native');
const compiler = [
  'clang-19',
  '--target=x86_64-w64-mingw32',
  '--sysroot=/usr',
  '-fuse-ld=lld',
  '-shared',
  '-O1',
];
const strict = ['-Wall', '-Werror'];
const libraries = ['-lws2_32', '-lmswsock'];

/** Builds the DLLs unless they are there already, and gives the directory they are in. */
export async function buildTestDlls(): Promise<string> {
  const { packages } = await provision('toolchain');
  const names = readdirSync(sourceDir).sort();
  const inputs = standInInputs();
  const hash = createHash('sha256').update(JSON.stringify([compiler, packages, inputs]));
  for (const name of names) hash.update(name).update(readFileSync(path.join(sourceDir, name)));
  const dir = path.join(cacheDir(), 'test-dlls', hash.digest('hex').slice(0, 16));
  if (existsSync(dir)) return dir;

  const partial = `${dir}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    for (const [name, text] of Object.entries(inputs))
      writeFileSync(path.join(partial, name), text);
    for (const name of names) {
      if (name.endsWith('.c')) await compile(name, partial, strict, libraries);
      if (name.endsWith('.cpp')) await compile(name, partial, ...standInFlags(partial));
    }
    renameSync(partial, dir);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another run may have finished the same directory first.
    if (!existsSync(dir)) throw error;
  }
  return dir;
}

async function compile(
  name: string,
  dir: string,
  flags: readonly string[],
  linked: readonly string[],
): Promise<void> {
  const output = path.join(dir, name.replace(/\.c(pp)?$/, '.dll'));
  const { code, stderr } = await runInRoot(
    [...compiler, ...flags, '-o', output, path.join(sourceDir, name), ...linked],
    { cwd: projectDir },
  );
  if (code !== 0) throw new HostError(`tests/native/${name} does not compile:\n${stderr.trim()}`);
}
