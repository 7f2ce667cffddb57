/** Starts the servers under test, all of them on one core and one Wine server of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, cpSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { hookEnvironment } from '../host/launch/script.ts';
import { HostError } from '../host/system/error.ts';
import { findProgram } from '../host/system/exec.ts';
import { cacheDir, projectDir, toWindowsPath } from '../host/system/paths.ts';
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

/** Puts a command on one core, where that can be done. */
export function pinned(core: number, argv: readonly string[]): string[] {
  const taskset = findProgram('taskset');
  return taskset ? [taskset, '-c', String(core), ...argv] : [...argv];
}

export async function startServer(
  contender: Contender,
  wine: Wine,
  programs: Programs,
): Promise<Server> {
  await ensureKoffi();
  const port = await freePorts();
  const { runtime, script, flags = [], args = [] } = contender;
  const program = runtime ? await ensureRuntime(runtime) : programs.server;
  const preload = runtime === 'bun' ? ['--no-install'] : [];
  const file = script ? [toWindowsPath(path.join(projectDir, 'bench/servers', script))] : [];
  const command = [toWindowsPath(program), ...preload, ...flags, ...file, String(port), ...args];
  const { argv, env } = await wineCommand(wine, command, projectDir);
  const marker = `WINSOCK_BENCH=${randomUUID()}`;
  const [name = '', value = ''] = marker.split('=', 2);
  // Node under Wine cannot write to a pipe of this system.
  const output = path.join(cacheDir(), 'bench', `${contender.id}.log`);
  const log = openSync(output, 'w');
  const [first = '', ...rest] = pinned(0, argv);
  const child = spawn(first, rest, {
    cwd: projectDir,
    env: { ...env, ...(runtime && runtime !== 'bun' ? hookEnvironment() : {}), [name]: value },
    stdio: ['ignore', log, log],
    detached: true,
  });
  closeSync(log);
  const server = { contender, port, output, child, pids: () => withEnvironment(marker) };
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
