/** A long run at full load, with the server's memory watched: what grows with the traffic leaks. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { HostError } from '../host/system/error.ts';
import type { Contender } from './plan.ts';
import { commandOf, residentBytes, withEnvironment } from './processes.ts';
import { buildPrograms } from './programs.ts';
import { benchWine, pinned, type Server, startServer, stopServer } from './servers.ts';

export interface SoakOptions {
  /** How long, at least. */
  readonly minutes: number;
  /** How many messages, at least. */
  readonly messages: number;
  /** The core for everything; all cores where left out. */
  readonly core?: number | undefined;
}

/** One report of the server. Bytes are after a garbage collection. */
interface Report {
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
  readonly pending: number;
  readonly recordsInUse: number;
  readonly records: number;
  readonly buffers: number;
  readonly buffersInUse: number;
  readonly operations: number;
}

interface Sample extends Report {
  readonly seconds: number;
  /** Resident, as this system counts it. */
  readonly resident: number;
}

const REPORT_SECONDS = 5;
const SLICE_SECONDS = 20;
/** This part of the run, from its start, is not judged: caches and pools fill. */
const WARM_UP = 0.25;
/** What may grow from the warm-up to the end: garbage collectors are not exact. */
const TOLERANCE_BYTES = 4 << 20;
const TOLERANCE_SHARE = 0.05;

/**
 * V8 doubles its young generation, up to 16 MiB, whenever as much as it holds has survived
 * collections in it: from 4 to 32 MiB resident, in steps minutes apart, which look like a leak.
 * It starts at its largest.
 */
const YOUNG_GENERATION = ['--min-semi-space-size=16', '--max-semi-space-size=16'];

const CONTENDER: Contender = {
  id: 'soak',
  name: 'soak',
  runtime: 'node24',
  script: 'soak.ts',
  flags: YOUNG_GENERATION,
  args: [String(REPORT_SECONDS)],
};

/** Mode, offset of the server's port, connections, bytes of a message. */
const LOADS = [
  ['echo', 0, 16, 64],
  ['echo', 1, 16, 1024],
  ['echo', 1, 2, 262144],
  ['echo', 2, 8, 64],
  ['rate', 0, 4, 64],
  ['udp', 3, 4, 64],
] as const;

export async function runSoak(options: SoakOptions): Promise<boolean> {
  const programs = await buildPrograms();
  const wine = await benchWine('soak');
  const server = await startServer(CONTENDER, wine, programs);
  try {
    if (options.core !== undefined) {
      const wineServer = withEnvironment(`WINEPREFIX=${wine.prefix}\0`).filter((pid) =>
        commandOf(pid).startsWith('wineserver'),
      );
      moveTo(options.core, [...server.pids(), ...wineServer]);
    }
    return await watch(server, programs.load, options);
  } finally {
    stopServer(server);
  }
}

async function watch(server: Server, load: string, options: SoakOptions): Promise<boolean> {
  const began = Date.now();
  const elapsed = () => (Date.now() - began) / 1000;
  const samples: Sample[] = [];
  let messages = 0;
  const resident = () => Math.max(...server.pids().map(residentBytes));
  const look = () => {
    const reports = reportsOf(server).slice(samples.length);
    for (const report of reports) {
      samples.push({ ...report, seconds: elapsed(), resident: resident() });
      console.log(row(samples.at(-1)!));
    }
  };
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1000 * REPORT_SECONDS + 500));

  console.log(HEADER);
  await pause();
  look();
  const before = samples.at(-1)!;
  while (messages < options.messages || elapsed() < options.minutes * 60) {
    const timer = setInterval(look, 1000);
    try {
      messages += await slice(server, load, options.core);
    } finally {
      clearInterval(timer);
    }
  }
  await pause();
  await pause();
  look();
  return verdict(before, samples, messages, elapsed());
}

/** Runs all the loads for a while. Resolves to how many messages came back. */
async function slice(server: Server, load: string, core: number | undefined): Promise<number> {
  const results = await Promise.all(
    LOADS.map(([mode, offset, connections, bytes]) => {
      const args = [mode, server.port + offset, connections, bytes, SLICE_SECONDS].map(String);
      const argv = core === undefined ? [load, ...args] : pinned(core, [load, ...args]);
      return output(argv);
    }),
  );
  return results.reduce(
    (sum, line) => sum + (JSON.parse(line) as { messages: number }).messages,
    0,
  );
}

function output([program = '', ...args]: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(text);
      else reject(new HostError(`${args[0]} against the server failed (${code}).`));
    });
  });
}

function reportsOf(server: Server): Report[] {
  const lines = readFileSync(server.output, 'utf8').split('\n').slice(0, -1);
  const strange = lines.find((line) => !line.startsWith('{'));
  if (strange !== undefined) throw new HostError(`the server says: ${strange}`);
  return lines.map((line) => JSON.parse(line) as Report);
}

function moveTo(core: number, pids: readonly number[]): void {
  for (const pid of pids) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}

const MEMORY = ['heapUsed', 'external', 'arrayBuffers', 'rss', 'resident', 'buffers'] as const;
const COUNTS = ['pending', 'recordsInUse', 'buffersInUse'] as const;

const mebibytes = (bytes: number) => (bytes / (1 << 20)).toFixed(2);
const column = (text: string | number) => String(text).padStart(13);
const HEADER = ['seconds', 'operations', ...MEMORY, ...COUNTS].map(column).join('');

function row(sample: Sample): string {
  const memory = MEMORY.map((name) => `${mebibytes(sample[name])} M`);
  const counts = COUNTS.map((name) => sample[name]);
  return [sample.seconds.toFixed(0), sample.operations, ...memory, ...counts].map(column).join('');
}

/** By how much a line through the points rises from the first to the last. */
function rise(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
  const slope = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0) / spread;
  return slope * (values.length - 1);
}

function verdict(
  before: Sample,
  samples: readonly Sample[],
  messages: number,
  seconds: number,
): boolean {
  const after = samples.at(-1)!;
  // The last two reports are of the server at rest.
  const judged = samples.slice(Math.ceil(samples.length * WARM_UP), -2);
  if (judged.length < 3) throw new HostError('too short to judge: a minute is the least.');
  console.log(
    `\n${messages} messages and ${after.operations} operations in ${seconds.toFixed(0)} s.` +
      ' Rise of memory after the warm-up:',
  );
  let flat = true;
  for (const name of MEMORY) {
    const values = judged.map((sample) => sample[name]);
    const rose = rise(values);
    const ok = rose <= Math.max(TOLERANCE_BYTES, TOLERANCE_SHARE * values[0]!);
    flat &&= ok;
    const share = ((100 * rose) / values[0]!).toFixed(1);
    console.log(
      `  ${name.padEnd(14)}${column(mebibytes(rose))} MiB ${share} %${ok ? '' : '  grows'}`,
    );
  }
  for (const name of COUNTS) {
    const ok = after[name] <= before[name];
    flat &&= ok;
    const text = `${before[name]} before, ${after[name]} after`;
    console.log(`  ${name.padEnd(14)} ${text}${ok ? '' : '  not given back'}`);
  }
  console.log(flat ? 'Flat.' : 'Not flat.');
  return flat;
}
