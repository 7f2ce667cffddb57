/** One measurement: the load against one server. */
import { spawn } from 'node:child_process';
import { HostError } from '../scripts/host/error.ts';
import { OFFSET, type Scenario } from './plan.ts';
import { processorTime } from './processes.ts';
import { pinned, type Server } from './servers.ts';

export interface Sample {
  /** Messages in a second. */
  readonly rate: number;
  /** Bytes in a second. */
  readonly throughput: number;
  /** Median latency of a message, in microseconds; 0 where it is not measured. */
  readonly latency: number;
  /** Processor time a message of the server and of Wine's server, in microseconds. */
  readonly cpu: number;
}

interface LoadOutput {
  messages: number;
  bytes: number;
  seconds: number;
  latency: number;
}

/** @param wineServer the processes that work for every server */
export async function measure(
  server: Server,
  scenario: Scenario,
  seconds: number,
  load: string,
  wineServer: readonly number[],
): Promise<Sample> {
  // Wine's server has the environment of the server that started it, and counts once.
  const pids = [...new Set([...server.pids(), ...wineServer])];
  const before = processorTime(pids);
  const output = await runLoad(load, [
    scenario.mode,
    String(server.port + OFFSET[scenario.mode]),
    String(scenario.connections),
    String(scenario.bytes),
    String(seconds),
  ]);
  const cpu = processorTime(pids) - before;
  return {
    rate: output.messages / output.seconds,
    throughput: output.bytes / output.seconds,
    latency: output.latency,
    cpu: output.messages > 0 ? (cpu / output.messages) * 1e6 : 0,
  };
}

function runLoad(load: string, args: readonly string[]): Promise<LoadOutput> {
  const [first = '', ...rest] = pinned(1, [load, ...args]);
  return new Promise((resolve, reject) => {
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    let errors = '';
    child.stdout.on('data', (data) => {
      text += data;
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as LoadOutput);
      else reject(new HostError(`load ${args.join(' ')}: ${errors.trim()}`));
    });
  });
}
