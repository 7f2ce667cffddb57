/** Starts the servers under test, all of them on one core and one Wine server of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { hookEnvironment, onWindows } from '../host/launch/script.ts';
import { HostError } from '../host/system/error.ts';
import { findProgram } from '../host/system/exec.ts';
import { findBun } from '../host/system/npm.ts';
import { cacheDir, projectDir, toWindowsPath, toWindowsUrl } from '../host/system/paths.ts';
import { ensureKoffi, ensureRuntime } from '../host/wine/runtimes.ts';
import { ensureWine, type Wine, wineCommand } from '../host/wine/wine.ts';
import { type Contender, OFFSET } from './plan.ts';
import { withEnvironment } from './processes.ts';
import type { Programs } from './programs.ts';

const START_MILLISECONDS = 30_000;

export interface Server {
  readonly contender: Contender;
  readonly port: number;
  /** The processes that work for it alone. */
  readonly pids: () => number[];
  readonly output: string;
  readonly child: ChildProcess;
}

/** Wine with a prefix of the benchmarks' own, so that its server serves nobody else. */
export async function benchWine(name = 'bench'): Promise<Wine> {
  const wine = await ensureWine();
  const prefix = `${wine.prefix}-${name}`;
  if (!existsSync(prefix)) {
    cpSync(wine.prefix, `${prefix}.partial`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${prefix}.partial`, prefix);
  }
  return { ...wine, prefix, env: { ...wine.env, WINEPREFIX: prefix } };
}

/** Four free ports in a row. */
async function freePorts(): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 10_000) * 4;
    const free = await Promise.all([0, 1, 2, 3].map((offset) => isFree(base + offset)));
    if (free.every((one) => one)) return base;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Puts a command on a core, or on several from that one on, where that can be done. */
export function pinned(core: number, argv: readonly string[], count = 1): string[] {
  const taskset = findProgram('taskset');
  return taskset ? [taskset, '-c', `${core}-${core + count - 1}`, ...argv] : [...argv];
}

/** How a server is started. */
export interface StartOptions {
  /** Absent on Windows itself. */
  readonly wine: Wine | undefined;
  /** The server in C: a program of Windows. */
  readonly program: string | undefined;
  readonly port: number;
  /** For the run time itself, beside those of the contender. */
  readonly flags?: readonly string[];
  /** How many cores it has, beginning with the first. Default 1. */
  readonly cores?: number;
  /** A module for the run time to load first. */
  readonly preload?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the process of a server, and does not wait until it listens. */
export async function spawnServer(contender: Contender, options: StartOptions): Promise<Server> {
  const { wine, port, preload } = options;
  const { runtime, script, args = [] } = contender;
  const flags = [...(contender.flags ?? []), ...(options.flags ?? [])];
  const isNode = runtime !== undefined && runtime !== 'bun';
  const own = wine ? toWindowsPath : (file: string) => file;
  const first = runtime ? await runtimeProgram(runtime, wine) : required(options.program);
  const preloads = preload
    ? [isNode ? `--import=${url(preload)}` : `--preload=${own(preload)}`]
    : [];
  const before = runtime === 'bun' ? ['--no-install', ...preloads] : isNode ? preloads : [];
  const file = script ? [own(path.join(projectDir, 'bench/servers', script))] : [];
  const command = [own(first), ...before, ...flags, ...file, String(port), ...args];
  const { argv, env } = wine
    ? await wineCommand(wine, command, projectDir)
    : { argv: command, env: process.env };
  const marker = `WINSOCK_BENCH=${randomUUID()}`;
  const [name = '', value = ''] = marker.split('=', 2);
  // Node under Wine cannot write to a pipe of this system.
  const output = path.join(cacheDir(), 'bench', `${contender.id}.log`);
  mkdirSync(path.dirname(output), { recursive: true });
  const log = openSync(output, 'w');
  const [program = '', ...rest] = pinned(0, argv, options.cores);
  const child = spawn(program, rest, {
    cwd: projectDir,
    env: { ...env, ...(isNode ? hookEnvironment() : {}), ...options.env, [name]: value },
    stdio: ['ignore', log, log],
    detached: wine !== undefined,
  });
  closeSync(log);
  const pids = () => (wine ? withEnvironment(marker) : [child.pid!]);
  return { contender, port, output, child, pids };
}

function url(file: string): string {
  return onWindows ? pathToFileURL(file).href : toWindowsUrl(file);
}

function required(program: string | undefined): string {
  if (program === undefined) throw new HostError('there is no C compiler for the server in C.');
  return program;
}

/** The program of a run time: on Windows the one that runs this, or Bun on the PATH. */
async function runtimeProgram(
  runtime: NonNullable<Contender['runtime']>,
  wine: Wine | undefined,
): Promise<string> {
  if (wine) {
    await ensureKoffi();
    return ensureRuntime(runtime);
  }
  if (runtime !== 'bun') return process.execPath;
  const bun = findBun();
  if (!bun) throw new HostError('bun is not on the PATH.');
  return bun;
}

export async function startServer(
  contender: Contender,
  wine: Wine,
  programs: Programs,
): Promise<Server> {
  const port = await freePorts();
  const server = await spawnServer(contender, { wine, program: programs.server, port });
  await listening(server);
  return server;
}

async function listening(server: Server): Promise<void> {
  const until = Date.now() + START_MILLISECONDS;
  while (!(await answers(server.port + OFFSET.echo))) {
    if (server.child.exitCode !== null || Date.now() > until) {
      throw new HostError(
        `the server ${server.contender.name} did not start:\n${readFileSync(server.output, 'utf8')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export function stopServer(server: Server): void {
  for (const pid of server.pids()) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
