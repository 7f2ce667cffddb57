/** The C programs of the benchmarks, built with the private toolchain. */
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../host/system/error.ts';
import { cacheDir, projectDir } from '../host/system/paths.ts';
import { runInRoot } from '../host/wine/root.ts';

const WINDOWS = ['--target=x86_64-w64-mingw32', '--sysroot=/usr'];
const SOURCES = path.join(projectDir, 'bench/c');

export interface Programs {
  /** The server in C: a Windows program. */
  readonly server: string;
  /** The load: a program of this system. */
  readonly load: string;
}

export async function buildPrograms(): Promise<Programs> {
  const directory = path.join(cacheDir(), 'bench');
  mkdirSync(directory, { recursive: true });
  const server = path.join(directory, 'iocp.exe');
  const load = path.join(directory, 'load');
  await compile('iocp.c', server, [...WINDOWS], ['-lws2_32', '-lmswsock']);
  // Static: the private root's C library is not the host's.
  await compile('load.c', load, ['-static'], []);
  return { server, load };
}

async function compile(
  source: string,
  output: string,
  options: readonly string[],
  libraries: readonly string[],
): Promise<void> {
  const input = path.join(SOURCES, source);
  const built = statSync(output, { throwIfNoEntry: false });
  if (built && built.mtimeMs > statSync(input).mtimeMs) return;
  const result = await runInRoot([
    'clang-19',
    '-O2',
    '-Wall',
    '-fuse-ld=lld',
    ...options,
    '-o',
    output,
    input,
    ...libraries,
  ]);
  if (result.code !== 0) throw new HostError(`${source} does not compile:\n${result.stderr}`);
}
