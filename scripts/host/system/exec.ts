import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';

export interface ExecResult {
  code: number;
  stdout: string;
  stderr: string;
  /** Standard output as it came, for what is no text or too long for a string. */
  bytes: Buffer;
}

export interface ExecOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to standard input, which is empty otherwise. */
  input?: string;
  /** Gets the lines of file descriptor 3 (progress reports of apt). */
  onReport?: (line: string) => void;
  /** Milliseconds after which the program is killed. */
  timeout?: number;
  /** `inherit`: standard output and error go to ours. */
  output?: 'capture' | 'inherit';
}

/** Runs a helper program to its end. It is killed when this process dies, so nothing runs on unseen. */
export async function exec(
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  const [file = '', ...args] = setpriv ? [setpriv, '--pdeathsig', 'KILL', '--', ...argv] : argv;
  const output = options.output === 'inherit' ? 'inherit' : 'pipe';
  const child: ChildProcess = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: [
      options.input === undefined ? 'ignore' : 'pipe',
      output,
      output,
      options.onReport ? 'pipe' : 'ignore',
    ],
    timeout: options.timeout,
    killSignal: 'SIGKILL',
  });
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (data: Buffer) => chunks[name].push(data));
  }
  if (options.onReport) lines(child.stdio[3] as Readable, options.onReport);
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
  const bytes = Buffer.concat(chunks.stdout);
  const stderr = Buffer.concat(chunks.stderr).toString();
  return {
    code,
    stderr,
    bytes,
    get stdout() {
      return bytes.toString();
    },
  };
}

function lines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (data: string) => {
    const parts = (rest + data).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) onLine(part);
  });
}

/** The path of a program on the PATH, as `command -v` finds it. */
export function findProgram(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  const dirs = (env.PATH ?? '').split(path.delimiter);
  // sbin directories are seldom on an ordinary user's PATH and hold programs that he may well run.
  if (process.platform !== 'win32') dirs.push('/usr/sbin', '/sbin');
  for (const dir of dirs) {
    for (const extension of extensions) {
      const file = path.join(dir, name + extension);
      if (dir && isExecutable(file)) return file;
    }
  }
  return undefined;
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
