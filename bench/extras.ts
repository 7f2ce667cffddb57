/** What is measured once rather than under load: idle connections, importing, single calls. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { Writable } from 'node:stream';
import { HostError } from '../scripts/host/error.ts';
import { projectDir } from '../scripts/host/paths.ts';
import { runScript } from '../scripts/host/script.ts';
import type { Contender } from './plan.ts';
import { residentBytes } from './processes.ts';
import { pinned, type Server } from './servers.ts';

const IDLE_CONNECTIONS = 10_000;

export interface IdleMemory {
  readonly contender: string;
  readonly connections: number;
  /** Resident memory that each connection takes in the server. */
  readonly bytesEach: number;
}

/** Opens many connections, which do nothing, and sees how the server grows. */
export async function idleMemory(server: Server, load: string): Promise<IdleMemory> {
  const resident = () => Math.max(...server.pids().map(residentBytes));
  const before = resident();
  const connections = IDLE_CONNECTIONS;
  const args = ['idle', String(server.port), String(connections), '0', '0'];
  const [first = '', ...rest] = pinned(1, [load, ...args]);
  const child = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const opened = new Promise<boolean>((resolve) => {
    child.stdout.once('data', () => resolve(true));
    child.once('close', () => resolve(false));
  });
  if (!(await opened)) throw new HostError(`${connections} connections could not be opened`);
  // The last of them are still being accepted.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const after = resident();
  child.stdin.end();
  await ended;
  return {
    contender: server.contender.id,
    connections,
    bytesEach: Math.round((after - before) / connections),
  };
}

export interface Costs {
  readonly runtime: string;
  readonly milliseconds: Record<string, number>;
  readonly nanoseconds: Record<string, number>;
}

/** What importing the package and calling through it costs. */
export async function costs(runtime: NonNullable<Contender['runtime']>): Promise<Costs> {
  let text = '';
  const stdout = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const script = path.join(projectDir, 'bench/costs-of-calls.ts');
  await runScript(runtime, script, [], { cwd: projectDir, stdout, stderr: process.stderr });
  return JSON.parse(text) as Costs;
}

export function costsTable({ runtime, milliseconds, nanoseconds }: Costs): string {
  const lines = [
    ...Object.entries(milliseconds).map(([what, cost]) => [what, `${cost.toFixed(1)} ms`]),
    ...Object.entries(nanoseconds).map(([what, cost]) => [what, `${cost} ns`]),
  ].map(([what = '', cost = '']) => `${what.padEnd(44)}${cost.padStart(10)}`);
  return `${runtime}\n${lines.join('\n')}\n`;
}
