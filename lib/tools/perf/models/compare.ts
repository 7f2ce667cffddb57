/** The I/O models side by side on this machine: interleaved rounds against a server on each. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { measureRequests, pour } from '../latency/requests.ts';
import { messageOf, PerfError } from '../perf-error.ts';
import { runtimeName } from '../report/report.ts';
import { median, spread } from '../statistics.ts';
import type { Connection, Transport } from '../transport.ts';
import { openTransport } from '../transports/open.ts';
import { ServerRole } from './answers.ts';
import { COMPARED_MODELS, type ComparedModel } from './names.ts';

export interface CompareOptions {
  readonly models?: readonly ComparedModel[] | undefined;
  /** Rounds that count. Default 5. */
  readonly rounds?: number | undefined;
  /** Seconds of each measurement. Default 1. */
  readonly seconds?: number | undefined;
  /** Connections side by side. Default 16. */
  readonly connections?: number | undefined;
  /** Bytes of a small request. Default 64. */
  readonly size?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** One measurement: in a second, in microseconds, and of the server's processor time. */
export interface ModelSample {
  /** Answers, or bytes, in a second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of the server's processor time for an answer, or for a megabyte. */
  readonly cpu: number;
}

export interface ModelResult {
  readonly model: ComparedModel;
  readonly median: ModelSample;
  /** (highest − lowest) / median of the rate. */
  readonly spread: number;
  readonly samples: readonly ModelSample[];
}

export interface ScenarioResult {
  readonly name: string;
  readonly unit: 'answers' | 'bytes';
  /** The best first. */
  readonly results: readonly ModelResult[];
}

export interface Comparison {
  readonly date: string;
  readonly runtime: string;
  /** What the load ran on. */
  readonly client: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly scenarios: readonly ScenarioResult[];
  /** Models that this system does not have, and why. */
  readonly lacking: readonly { readonly model: ComparedModel; readonly reason: string }[];
}

interface Scenario {
  readonly name: string;
  readonly unit: 'answers' | 'bytes';
  /** Bytes of a request; 0 for bytes that are only taken. */
  readonly size: number;
  readonly connections: number;
}

/** `select` and the waits for events take 64, one of them the listener, and one is the lifeline. */
export const MOST_CONNECTIONS = 60;
const LARGE = 16_384;
const STREAMS = 4;
/** Of a measurement in the round that does not count. */
const REHEARSAL_SECONDS = 0.2;

interface ModelServer {
  readonly model: ComparedModel;
  readonly port: number;
  readonly child: ChildProcess;
  readonly lifeline: Connection;
}

// Where the module runs from its sources, so do the servers.
const HERE = import.meta.url;
const SCRIPT = fileURLToPath(
  HERE.endsWith('.ts')
    ? new URL('./model-server.ts', HERE)
    : new URL('./model-server.js', import.meta.url),
);

/** Measures each model in turn, and round by round. */
export async function compareModels(options: CompareOptions = {}): Promise<Comparison> {
  const { rounds = 5, seconds = 1, connections = 16, size = 64, signal, onProgress } = options;
  if (!Number.isInteger(connections) || connections < 1 || connections > MOST_CONNECTIONS) {
    throw new PerfError(`a comparison has from 1 to ${MOST_CONNECTIONS} connections`);
  }
  const transport = await openTransport();
  const lacking: { model: ComparedModel; reason: string }[] = [];
  const servers: ModelServer[] = [];
  try {
    for (const model of options.models ?? COMPARED_MODELS) {
      onProgress?.(`starting ${model}`);
      const started = await startModel(model, transport);
      if (typeof started === 'string') lacking.push({ model, reason: started });
      else servers.push(started);
    }
    const samples = await measureAll(transport, servers, scenariosOf(connections, size), {
      rounds,
      seconds,
      signal,
      onProgress,
    });
    return {
      date: new Date().toISOString(),
      runtime: runtimeName(),
      client: transport.model,
      rounds,
      seconds,
      connections,
      scenarios: [...samples].map(([scenario, found]) => resultOf(scenario, found)),
      lacking,
    };
  } finally {
    for (const { child, lifeline } of servers) {
      lifeline.destroy();
      child.kill();
    }
  }
}

function scenariosOf(connections: number, size: number): Scenario[] {
  const name = (one: number) => `${connections} × ${one} bytes, there and back`;
  const streams = Math.min(STREAMS, connections);
  return [
    { name: name(size), unit: 'answers', size, connections },
    { name: name(LARGE), unit: 'answers', size: LARGE, connections },
    { name: `1 × ${size} bytes, there and back`, unit: 'answers', size, connections: 1 },
    { name: `received from ${streams}`, unit: 'bytes', size: 0, connections: streams },
  ];
}

/** Starts the server of a model; gives the reason where there is none. */
async function startModel(
  model: ComparedModel,
  transport: Transport,
): Promise<ModelServer | string> {
  if (model !== 'net' && process.platform !== 'win32') return 'needs Windows';
  const child = spawn(process.execPath, [...process.execArgv, SCRIPT, model], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('error', (error) => resolve(`lacks ${error.message}`));
    child.once('exit', (code) => resolve(`lacks a server: it ended with code ${code}`));
  });
  const [, port] = /^ready (\d+)$/.exec(line.trim()) ?? [];
  if (port === undefined) return line.replace(/^lacks /, '').trim();
  const lifeline = await connectAs(transport, Number(port), ServerRole.LIFELINE);
  return { model, port: Number(port), child, lifeline };
}

async function connectAs(transport: Transport, port: number, role: number): Promise<Connection> {
  const connection = await transport.connect({
    host: '127.0.0.1',
    port,
    noDelay: true,
    timeout: 10_000,
  });
  connection.onEnd(() => undefined);
  connection.write(Buffer.from([role]));
  return connection;
}

type Samples = Map<ComparedModel, ModelSample[]>;

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((text: string) => void) | undefined;
}

async function measureAll(
  transport: Transport,
  servers: readonly ModelServer[],
  scenarios: readonly Scenario[],
  { rounds, seconds, signal, onProgress }: Plan,
): Promise<Map<Scenario, Samples>> {
  const samples = new Map<Scenario, Samples>(
    scenarios.map((scenario) => [scenario, new Map(servers.map(({ model }) => [model, []]))]),
  );
  // What a server does for the first time is compiled meanwhile: round 0 does not count.
  for (let round = 0; round <= rounds; round++) {
    onProgress?.(round === 0 ? 'rehearsal' : `round ${round} of ${rounds}`);
    // Nobody always comes after the same one.
    const first = round % Math.max(1, servers.length);
    const order = [...servers.slice(first), ...servers.slice(0, first)];
    for (const scenario of scenarios) {
      for (const server of order) {
        if (signal?.aborted) return samples;
        const length = round === 0 ? REHEARSAL_SECONDS : seconds;
        try {
          const sample = await measure(transport, server, scenario, length);
          if (round > 0) samples.get(scenario)!.get(server.model)!.push(sample);
        } catch (error) {
          throw new PerfError(`${server.model}, ${scenario.name}: ${messageOf(error)}`);
        }
      }
    }
  }
  return samples;
}

async function measure(
  transport: Transport,
  server: ModelServer,
  { size, connections }: Scenario,
  seconds: number,
): Promise<ModelSample> {
  const opener = {
    connect: (role: number) => connectAs(transport, server.port, role),
    release: (connection: Connection) => connection.destroy(),
  };
  // What a connection costs at first, a thread say, is not what is measured.
  let before = 0;
  const onWarm = async () => {
    before = await processorTime(transport, server);
  };
  if (size === 0) {
    const stop = await pour(opener, connections, 0);
    await onWarm();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const { bytes } = stop();
    const cpu = (await processorTime(transport, server)) - before;
    return { rate: bytes / seconds, p50: 0, p99: 0, cpu: cpu / Math.max(1e-6, bytes / 1e6) };
  }
  const plan = { connections, size, duration: seconds, rate: 0, onWarm };
  const found = await measureRequests(opener, plan);
  const cpu = (await processorTime(transport, server)) - before;
  return {
    rate: found.answered / found.seconds,
    p50: found.histogram.percentile(50),
    p99: found.histogram.percentile(99),
    cpu: cpu / Math.max(1, found.answered),
  };
}

/** The processor time that a server has used, in microseconds. */
async function processorTime(transport: Transport, { port }: ModelServer): Promise<number> {
  const connection = await connectAs(transport, port, ServerRole.CLOCK);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    let text = Buffer.alloc(0);
    connection.onData((bytes) => {
      text = Buffer.concat([text, bytes]);
      if (text.length >= 8) resolve(text);
    });
    connection.onEnd(() => reject(new PerfError('the server has ended')));
  });
  connection.destroy();
  return answer.readDoubleLE();
}

function resultOf({ name, unit }: Scenario, found: Samples): ScenarioResult {
  const results = [...found]
    .filter(([, samples]) => samples.length > 0)
    .map(([model, samples]): ModelResult => {
      const of = (key: keyof ModelSample) => median(samples.map((sample) => sample[key]));
      return {
        model,
        median: { rate: of('rate'), p50: of('p50'), p99: of('p99'), cpu: of('cpu') },
        spread: spread(samples.map(({ rate }) => rate)),
        samples,
      };
    })
    .sort((a, b) => b.median.rate - a.median.rate);
  return { name, unit, results };
}
