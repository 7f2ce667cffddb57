// Servers and clients of Linux that the tests have Windows programs talk to: PostgreSQL, Redis, wrk.
// They run from the private root, on loopback, with their data in a temporary directory.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exec, findProgram } from '../system/exec.ts';
import { launcher } from './enter.ts';
import { type PackageSet, provision, rootDir } from './root.ts';

export interface Server {
  readonly port: number;
  /** What it has printed so far. */
  readonly output: string;
  /** Ends the server at once, as a crash does: connections are lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with the same data. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** A program of the private root, with the temporary directory `dir` as its working directory. */
async function command(
  dir: string,
  argv: readonly string[],
  set: PackageSet = 'servers',
): Promise<string[]> {
  await provision(set);
  const enter = await launcher(rootDir(), dir, [tmpdir()], true);
  return [...enter.argv, ...argv];
}

const environment = { PATH: '/usr/bin:/usr/sbin', LC_ALL: 'C.UTF-8' };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Until something listens at a TCP port: the system's own table says so, without connecting. */
async function listening(port: number): Promise<void> {
  const entry = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} \\S+ 0A `);
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'];
  while (!tables.some((file) => existsSync(file) && entry.test(readFileSync(file, 'utf8')))) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

interface Program {
  /** The packages that it comes from, where these are not the servers'. */
  set?: PackageSet;
  argv: (dir: string, port: number) => string[];
  /** What it says on its output when clients may come; nothing where it only listens. */
  ready?: string;
  /** The signal that ends it at once, together with its own child processes. */
  kill: NodeJS.Signals;
  prepare?: (dir: string) => Promise<void>;
}

async function serve(program: Program): Promise<Server> {
  const { set, argv, ready, kill: signal, prepare } = program;
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-server-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let output = '';
  const start = async () => {
    output = '';
    const line = await command(dir, argv(dir, port), set);
    // It does not outlive us.
    const setpriv = findProgram('setpriv');
    const [file = '', ...args] = setpriv ? [setpriv, '--pdeathsig', 'KILL', '--', ...line] : line;
    const started = spawn(file, args, {
      cwd: dir,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    await new Promise<void>((resolve, reject) => {
      for (const stream of [started.stdout, started.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          output += text;
          if (ready !== undefined && output.includes(ready)) resolve();
        });
      }
      if (ready === undefined) listening(port).then(resolve, reject);
      started.on('error', reject);
      started.on('close', () => reject(new Error(`${line.at(-1)} did not start:\n${output}`)));
    });
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'close');
  };
  const close = async () => {
    await kill();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await prepare?.(dir);
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    port,
    get output() {
      return output;
    },
    kill,
    start,
    close,
  };
}

/** Where Debian and Ubuntu put the programs of the one PostgreSQL version they have. */
function postgresPrograms(): string {
  const versions = path.join('/usr/lib/postgresql');
  const [version = ''] = readdirSync(path.join(rootDir(), versions));
  return path.join(versions, version, 'bin');
}

/** PostgreSQL with the user `postgres`, who needs no password. */
export async function startPostgres(): Promise<Server> {
  await provision('servers');
  const programs = postgresPrograms();
  return serve({
    argv: (dir, port) => [
      ...[path.join(programs, 'postgres'), '-D', path.join(dir, 'data'), '-p', String(port)],
      ...['-h', '127.0.0.1', '-k', dir, '-c', 'fsync=off', '-c', 'shared_buffers=16MB'],
    ],
    ready: 'database system is ready to accept connections',
    kill: 'SIGQUIT',
    prepare: async (dir) => {
      const initdb = [path.join(programs, 'initdb'), '-D', path.join(dir, 'data')];
      const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync'];
      const argv = await command(dir, [...initdb, ...options]);
      const { code, stderr } = await exec(argv, { cwd: dir, env: environment });
      if (code !== 0) throw new Error(`initdb failed:\n${stderr}`);
    },
  });
}

/** Redis without persistence. */
export function startRedis(): Promise<Server> {
  return serve({
    argv: (_, port) => [
      ...['/usr/bin/redis-server', '--port', String(port), '--bind', '127.0.0.1'],
      ...['--save', '', '--appendonly', 'no', '--daemonize', 'no'],
    ],
    ready: 'Ready to accept connections',
    kill: 'SIGKILL',
  });
}

/** What wrk, the HTTP load generator, prints. */
export async function wrk(...args: string[]): Promise<string> {
  const argv = await command(tmpdir(), ['/usr/bin/wrk', ...args]);
  const { code, stdout, stderr } = await exec(argv, { cwd: tmpdir(), env: environment });
  if (code !== 0) throw new Error(`wrk failed:\n${stdout}${stderr}`);
  return stdout;
}

/** iperf3's server. It listens on every address, and prints each test as JSON. */
export function startIperf3(): Promise<Server> {
  return serve({
    set: 'iperf3',
    argv: (_, port) => ['/usr/bin/iperf3', '-s', '-p', String(port), '-J', '--forceflush'],
    kill: 'SIGKILL',
  });
}

/** What iperf3's client prints, and how it ends. */
export async function iperf3(...args: string[]): Promise<{ code: number; stdout: string }> {
  const argv = await command(tmpdir(), ['/usr/bin/iperf3', ...args], 'iperf3');
  return exec(argv, { cwd: tmpdir(), env: environment, timeout: 60_000 });
}

/** Starts iperf3's client, and kills it after so many milliseconds. */
export async function killedIperf3(after: number, ...args: string[]): Promise<void> {
  const argv = await command(tmpdir(), ['/usr/bin/iperf3', ...args], 'iperf3');
  await exec(argv, { cwd: tmpdir(), env: environment, timeout: after });
}

/** What tshark prints of a capture, a file of this system's temporary directory, and how it ends. */
export async function tshark(
  file: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const argv = await command(tmpdir(), ['/usr/bin/tshark', '-r', file, ...args], 'tshark');
  const env = { ...environment, HOME: tmpdir() };
  return exec(argv, { cwd: tmpdir(), env, timeout: 60_000 });
}

/** What tcpdump prints of such a capture. */
export async function tcpdump(
  file: string,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const argv = await command(tmpdir(), ['/usr/bin/tcpdump', '-r', file, ...args], 'tshark');
  return exec(argv, { cwd: tmpdir(), env: environment, timeout: 60_000 });
}
