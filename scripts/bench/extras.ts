/** What is measured once rather than under load: idle connections, importing, single calls. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { Writable } from 'node:stream';
import { runScript } from '../host/launch/script.ts';
import { HostError } from '../host/system/error.ts';
import { projectDir } from '../host/system/paths.ts';
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

/** Of one call: this package's checked call, and koffi's alone. */
export interface CallCost {
  readonly name: string;
  readonly rawNs: number;
  readonly checkedNs: number;
  /** The median of the ratios of interleaved rounds. */
  readonly ratio: number;
}

/** Of an import, or of an import and the first call. */
export interface StartCost {
  readonly name: string;
  readonly ms: number;
  /** To importing koffi alone. */
  readonly ratio: number;
}

export interface Costs {
  readonly runtime: string;
  readonly starts: readonly StartCost[];
  readonly calls: readonly CallCost[];
}

/** What importing the package and calling through it costs. */
export async function costs(runtime: NonNullable<Contender['runtime']>): Promise<Costs> {
  const { results: starts } = await resultsOf<StartCost>(runtime, 'import.ts');
  const { results: calls, runtime: name } = await resultsOf<CallCost>(runtime, 'calls.ts');
  return { runtime: name, starts, calls };
}

async function resultsOf<Result>(
  runtime: NonNullable<Contender['runtime']>,
  name: string,
): Promise<{ runtime: string; results: Result[] }> {
  let text = '';
  const stdout = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  const script = path.join(projectDir, 'bench', name);
  const args = ['--rounds', '5', '--json'];
  await runScript(runtime, script, args, { cwd: projectDir, stdout, stderr: process.stderr });
  return JSON.parse(text) as { runtime: string; results: Result[] };
}

export function costsTable({ runtime, starts, calls }: Costs): string {
  const lines = [
    [runtime, 'cost', 'to koffi'],
    ...starts.map(({ name, ms, ratio }) => [name, `${ms.toFixed(1)} ms`, `×${ratio.toFixed(2)}`]),
    ...calls.map(({ name, checkedNs, ratio }) => [
      name,
      `${checkedNs.toFixed(0)} ns`,
      `×${ratio.toFixed(2)}`,
    ]),
  ].map(
    ([what = '', cost = '', ratio = '']) =>
      what.padEnd(36) + cost.padStart(10) + ratio.padStart(10),
  );
  return `${lines.join('\n')}\n`;
}
