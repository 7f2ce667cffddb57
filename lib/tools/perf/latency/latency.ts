/** A test of latency against a `winsock perf -s`. */
import { DEFAULT_PORT } from '../client.ts';
import { PerfError } from '../perf-error.ts';
import { runtimeName } from '../report/report.ts';
import { processorMeter } from '../system.ts';
import { holdConnections, measureConnections } from './connections.ts';
import type { LatencySummary } from './histogram.ts';
import { MOST_SIZE } from './parameters.ts';
import { measureRequests, pour, type RequestResults, type SecondOfRequests } from './requests.ts';
import type { LatencyServerResults } from './server.ts';
import { type LatencyPlace, LatencySession } from './session.ts';

export interface LatencyOptions extends Omit<LatencyPlace, 'port'> {
  readonly port?: number | undefined;
  /** Connections with requests side by side. Default 1. */
  readonly connections?: number | undefined;
  /** Bytes of a request and of its answer. Default 64. */
  readonly size?: number | undefined;
  /** Seconds of each phase. Default 10. */
  readonly duration?: number | undefined;
  /** Requests in a second, whether answers come or not; 0 for as many as are answered. */
  readonly requestRate?: number | undefined;
  /** Streams that pour data beside the requests in a second phase. Default 0: no such phase. */
  readonly load?: number | undefined;
  /** Bits in a second of each of them; 0 for as many as there can be. */
  readonly loadRate?: number | undefined;
  /** Measures how many connections there can be in a second, in place of requests. */
  readonly connects?: boolean | undefined;
  /** Holds so many connections at once, in place of requests. */
  readonly hold?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onSecond?: ((phase: string, second: SecondOfRequests) => void) | undefined;
  readonly onOpened?: ((connections: number) => void) | undefined;
}

export interface LatencyPhase {
  /** 'alone', 'under load', 'connections', 'held' */
  readonly name: string;
  readonly seconds: number;
  /** Requests, or connections, that were answered, and that in a second. */
  readonly count: number;
  readonly perSecond: number;
  readonly unanswered: number;
  readonly latency: LatencySummary;
  readonly intervals: readonly SecondOfRequests[];
  /** What the load moved meanwhile. */
  readonly load?: { readonly bytes: number; readonly bits_per_second: number };
  /** Of held connections: how long opening took, and the memory of each on this side. */
  readonly opening?: number;
  readonly bytesEach?: number;
}

export interface LatencyReport {
  readonly host: string;
  readonly port: number;
  readonly model: string;
  readonly runtime: string;
  readonly connections: number;
  readonly size: number;
  readonly requestRate: number;
  readonly phases: readonly LatencyPhase[];
  /** Processor time in percent of one processor. */
  readonly cpu: { readonly host: number; readonly remote: number };
  readonly server: LatencyServerResults | undefined;
  readonly interrupted: boolean;
}

/** @throws PerfError where it cannot be measured, or an answer is wrong */
export async function measureLatency(options: LatencyOptions): Promise<LatencyReport> {
  const { host, port = DEFAULT_PORT, connections = 1, size = 64, requestRate = 0 } = options;
  if (!Number.isInteger(size) || size < 1 || size > MOST_SIZE) {
    throw new PerfError(`a request has from 1 to ${MOST_SIZE} bytes, not ${size}`);
  }
  const session = await LatencySession.open({ ...options, port }, size);
  try {
    const cpu = processorMeter();
    const phases = await phasesOf(session, options);
    const used = cpu().total;
    const server = await session.end();
    return {
      host,
      port,
      model: session.transport.model,
      runtime: runtimeName(),
      connections,
      size,
      requestRate,
      phases,
      cpu: { host: used, remote: server.cpu },
      server,
      interrupted: options.signal?.aborted ?? false,
    };
  } finally {
    session.close();
  }
}

async function phasesOf(session: LatencySession, options: LatencyOptions): Promise<LatencyPhase[]> {
  const { connections = 1, duration = 10, signal, hold, load = 0, loadRate = 0 } = options;
  if (hold) {
    const held = await holdConnections(session, hold, signal, options.onOpened);
    const { histogram, opening, bytesEach } = held;
    return [
      {
        ...phase('held', opening, held.connections, histogram.summary()),
        opening,
        bytesEach,
      },
    ];
  }
  if (options.connects) {
    const made = await measureConnections(session, connections, duration, signal);
    return [phase('connections', made.seconds, made.connections, made.histogram.summary())];
  }
  const alone = requestPhase('alone', await requests(session, options, 'alone'));
  if (load === 0 || signal?.aborted) return [alone];
  const stop = await pour(session, load, loadRate);
  const measured = await requests(session, options, 'under load');
  const { bytes } = stop();
  const { seconds } = measured;
  const under = requestPhase('under load', measured);
  return [alone, { ...under, load: { bytes, bits_per_second: (bytes * 8) / seconds } }];
}

function requests(session: LatencySession, options: LatencyOptions, name: string) {
  const { connections = 1, size = 64, duration = 10, requestRate = 0, signal } = options;
  return measureRequests(session, {
    connections,
    size,
    duration,
    rate: requestRate,
    signal,
    onSecond: (second) => options.onSecond?.(name, second),
  });
}

function requestPhase(name: string, results: RequestResults): LatencyPhase {
  const { histogram, seconds, answered, unanswered, intervals } = results;
  return { ...phase(name, seconds, answered, histogram.summary()), unanswered, intervals };
}

function phase(
  name: string,
  seconds: number,
  count: number,
  latency: LatencySummary,
): LatencyPhase {
  const perSecond = count / Math.max(1e-6, seconds);
  return { name, seconds, count, perSecond, unanswered: 0, latency, intervals: [] };
}
