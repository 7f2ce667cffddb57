// Compiles tests/native/*.c and *.cpp, and each folder of them, to DLLs for Windows, with the compiler of
// the private root.
//
// They stand in for what Wine lacks, and they are C programs that call into JavaScript.

import { createHash } from 'node:crypto';
import {
  copyFileSync,
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
const libraries = ['-lws2_32', '-lmswsock', '-liphlpapi', '-lpsapi'];

/** Builds the DLLs unless they are there already, and gives the directory they are in. */
export async function buildTestDlls(): Promise<string> {
  const { packages } = await provision('toolchain');
  const files = readdirSync(sourceDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(c|cpp|h)$/.test(name))
    .map((name) => name.split(path.sep).join('/'))
    .sort();
  const inputs = standInInputs();
  const all = hashOf(files, [compiler, packages, inputs]);
  const dir = path.join(cacheDir(), 'test-dlls', all);
  if (existsSync(dir)) return dir;

  const partial = `${dir}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    for (const [name, text] of Object.entries(inputs))
      writeFileSync(path.join(partial, name), text);
    const headers = files.filter((file) => file.endsWith('.h'));
    for (const [name, sources] of dllsOf(files)) {
      const isStandIn = sources.some((source) => source.endsWith('.cpp'));
      const how = isStandIn ? standInFlags(partial) : ([strict, libraries] as const);
      const settings = [compiler, packages, isStandIn ? inputs : how];
      const known = path.join(
        cacheDir(),
        'test-dll-parts',
        hashOf([...sources, ...headers], settings),
      );
      const output = path.join(partial, `${name}.dll`);
      if (!existsSync(known)) {
        await compile(output, sources, ...how);
        mkdirSync(path.dirname(known), { recursive: true });
        copyFileSync(output, `${known}.${process.pid}`);
        renameSync(`${known}.${process.pid}`, known);
      } else {
        copyFileSync(known, output);
      }
    }
    renameSync(partial, dir);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    // Another run may have finished the same directory first.
    if (!existsSync(dir)) throw error;
  }
  return dir;
}

function hashOf(files: readonly string[], settings: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const name of files) hash.update(name).update(readFileSync(path.join(sourceDir, name)));
  return hash.digest('hex').slice(0, 16);
}

/** A DLL for each source, and for each folder of sources. */
function dllsOf(files: readonly string[]): Map<string, string[]> {
  const dlls = new Map<string, string[]>();
  for (const file of files) {
    if (file.endsWith('.h')) continue;
    const name = file.includes('/') ? path.posix.dirname(file) : file.replace(/\.c(pp)?$/, '');
    dlls.set(name, [...(dlls.get(name) ?? []), file]);
  }
  return dlls;
}

async function compile(
  output: string,
  sources: readonly string[],
  flags: readonly string[],
  linked: readonly string[],
): Promise<void> {
  const files = sources.map((source) => path.join(sourceDir, source));
  const { code, stderr } = await runInRoot(
    [...compiler, ...flags, '-o', output, ...files, ...linked],
    { cwd: projectDir },
  );
  if (code !== 0) {
    const what = sources.map((source) => `tests/native/${source}`).join(', ');
    throw new HostError(`${what}: does not compile:\n${stderr.trim()}`);
  }
}
