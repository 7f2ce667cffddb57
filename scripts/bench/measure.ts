/** One measurement: the load against one server. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { HostError } from '../host/system/error.ts';
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

/** Seconds that go before what is counted: connecting, and memory for as many connections. */
const WARM_UP = 0.2;

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
  const { mode, connections, bytes } = scenario;
  const place = [mode, server.port + OFFSET[mode], connections, bytes].map(String);
  const time = [seconds, WARM_UP].map(String);
  const argv = [load, ...place, ...time];
  const { output, cpu } = await runLoad(argv, server, () => processorTime(pids));
  return {
    rate: output.messages / output.seconds,
    throughput: output.bytes / output.seconds,
    latency: output.latency,
    cpu: output.messages > 0 ? (cpu / output.messages) * 1e6 : 0,
  };
}

/** @param spent reads the processor time spent so far; `cpu` is that of what was counted */
function runLoad(
  argv: readonly string[],
  { contender }: Server,
  spent: () => number,
): Promise<{ output: LoadOutput; cpu: number }> {
  const [first = '', ...rest] = pinned(1, argv);
  return new Promise((resolve, reject) => {
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let before = 0;
    let result: { output: LoadOutput; cpu: number } | undefined;
    let errors = '';
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'counting') before = spent();
      else result = { cpu: spent() - before, output: JSON.parse(line) as LoadOutput };
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', reject);
    child.on('close', () => {
      if (result) resolve(result);
      else
        reject(new HostError(`${argv.slice(1).join(' ')} of ${contender.name}: ${errors.trim()}`));
    });
  });
}
