// Compiles lib/ and defs/ to dist/ when they are newer.

import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { HostError } from '../system/error.ts';
import { exec } from '../system/exec.ts';
import { withLock } from '../system/lock.ts';
import { projectDir } from '../system/paths.ts';
import { bundle } from './bundle.ts';

/** Its time is that of the sources. */
const STAMP = '.built';

const sources = ['lib', 'defs'];
const settings = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
  'scripts/host/build/build.ts',
  'scripts/host/build/bundle.ts',
  'scripts/host/build/reexports.ts',
];

export async function ensureBuilt(): Promise<void> {
  if (isFresh()) return;
  const onWait = () => console.error('winsock: another process is compiling; waiting for it …');
  await withLock(path.join(projectDir, 'dist'), onWait, async () => {
    if (!isFresh()) await build();
  });
}

async function build(): Promise<void> {
  console.error('winsock: compiling lib/ and defs/ to dist/ …');
  // As of before compiling: what is edited meanwhile is compiled the next time.
  const started = new Date();
  const made = path.join(projectDir, 'dist.new');
  remove(made);
  const types = path.join(made, 'types');
  const result = await typescript(['-p', 'tsconfig.build.json', '--outDir', types]);
  if (result.code !== 0) throw new HostError(`it does not compile:\n${result.stdout.trim()}`);
  nameCompiledFiles(types);
  await bundle(made);
  writeData(made);
  const stamp = path.join(made, STAMP);
  writeFileSync(stamp, '');
  utimesSync(stamp, started, started);
  await replace(path.join(projectDir, 'dist'), made);
}

/** At once, because programs that are running load from there. */
async function replace(directory: string, made: string): Promise<void> {
  const old = `${directory}.old`;
  remove(old);
  if (existsSync(directory)) await rename(directory, old);
  await rename(made, directory);
  remove(old);
}

function remove(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 20 });
}

const ATTEMPTS = 40;

/** On Windows a directory cannot be renamed while somebody, a virus scanner say, has a file of it open. */
async function rename(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!['EPERM', 'EACCES', 'EBUSY'].includes(code) || attempt === ATTEMPTS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 25 * attempt));
  }
}

/** Declarations import each other by the sources' names, which only recent compilers follow. */
function nameCompiledFiles(dir: string): void {
  for (const file of treeOf(dir).filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace(/\b(from |import\()(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.js$2'));
  }
}

/** The description of the interface, which the command line reads, without its white space. */
function writeData(dist: string): void {
  const data: unknown = JSON.parse(readFileSync(path.join(projectDir, 'defs/api.json'), 'utf8'));
  writeFileSync(path.join(dist, 'api.json'), JSON.stringify(data));
}

/** Runs the TypeScript compiler in the project. */
export function typescript(args: string[]) {
  const tsc = path.join(projectDir, 'node_modules/typescript/bin/tsc');
  return exec([process.execPath, tsc, '--pretty', 'false', ...args], { cwd: projectDir });
}

function isFresh(): boolean {
  const stamp = path.join(projectDir, 'dist', STAMP);
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  const files = [
    ...sources.flatMap((dir) => treeOf(path.join(projectDir, dir))),
    ...settings.map((name) => path.join(projectDir, name)),
  ];
  return files.every((file) => !existsSync(file) || statSync(file).mtimeMs < built);
}

/** All files below a directory, and the directories, whose times tell of files removed. */
function treeOf(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).reduce<string[]>(
    (found, entry) => {
      const file = path.join(dir, entry.name);
      found.push(...(entry.isDirectory() ? treeOf(file) : [file]));
      return found;
    },
    [dir],
  );
}
