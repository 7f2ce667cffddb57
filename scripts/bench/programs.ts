/** The C programs of the benchmarks, built with the private toolchain. */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { HostError } from '../host/system/error.ts';
import { cacheDir, projectDir } from '../host/system/paths.ts';
import { runInRoot } from '../host/wine/root.ts';

const WINDOWS = ['--target=x86_64-w64-mingw32', '--sysroot=/usr'];
const SOURCES = path.join(projectDir, 'bench/c');

const HOOK = path.join(projectDir, 'tests/native/as-windows/hook.c');

export interface Programs {
  /** The server in C: a Windows program. */
  readonly server: string;
  /** The load: a program of this system. */
  readonly load: string;
}

export async function buildPrograms(): Promise<Programs> {
  const server = await buildServer();
  const load = path.join(directory(), 'load');
  // Static: the private root's C library is not the host's.
  await compile([path.join(SOURCES, 'load.c')], load, ['-static'], []);
  return { server, load };
}

/** The server in C. */
export async function buildServer(): Promise<string> {
  const server = path.join(directory(), 'iocp.exe');
  await compile([path.join(SOURCES, 'iocp.c')], server, WINDOWS, ['-lws2_32', '-lmswsock']);
  return server;
}

/** The stand-in that answers at once, a DLL. */
export async function buildStandIn(): Promise<string> {
  const folder = path.join(SOURCES, 'own');
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => path.join(folder, name));
  const dll = path.join(directory(), 'own.dll');
  await compile([...sources, HOOK], dll, [...WINDOWS, '-shared'], ['-lws2_32', '-lpsapi']);
  return dll;
}

function directory(): string {
  const made = path.join(cacheDir(), 'bench');
  mkdirSync(made, { recursive: true });
  return made;
}

async function compile(
  sources: readonly string[],
  output: string,
  options: readonly string[],
  libraries: readonly string[],
): Promise<void> {
  const built = statSync(output, { throwIfNoEntry: false });
  const headers = new Set(sources.map((source) => path.dirname(source)));
  const inputs = [...headers].flatMap((folder) =>
    readdirSync(folder).map((name) => path.join(folder, name)),
  );
  if (built && inputs.every((input) => built.mtimeMs > statSync(input).mtimeMs)) return;
  const result = await runInRoot([
    'clang-19',
    '-O2',
    '-Wall',
    '-fuse-ld=lld',
    ...options,
    '-o',
    output,
    ...sources,
    ...libraries,
  ]);
  const names = sources.map((source) => path.basename(source)).join(', ');
  if (result.code !== 0) throw new HostError(`${names}: does not compile:\n${result.stderr}`);
}
