/** Connections themselves: how many there can be in a second, and how many at once. */
import { PerfError } from '../perf-error.ts';
import type { Connection } from '../transport.ts';
import { Histogram } from './histogram.ts';
import { Role } from './parameters.ts';
import type { LatencySession } from './session.ts';

export interface ConnectResults {
  /** From connecting until the answer to a request has come. */
  readonly histogram: Histogram;
  readonly seconds: number;
  readonly connections: number;
}

const REQUEST = Buffer.from('?');

/** How long an answer may take, in milliseconds. */
const ANSWER = 10_000;

/** Sends one byte and waits until it has come back. */
function roundTrip(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new PerfError('a connection has no answer')), ANSWER);
    connection.onData(() => {
      clearTimeout(timer);
      resolve();
    });
    connection.onEnd((error) => {
      clearTimeout(timer);
      reject(error ?? new PerfError('the server has closed a connection'));
    });
    connection.write(REQUEST);
  });
}

/**
 * Connects, asks, waits for the answer and closes, over and over.
 *
 * @param atOnce how many do so side by side
 */
export async function measureConnections(
  session: LatencySession,
  atOnce: number,
  duration: number,
  signal?: AbortSignal,
): Promise<ConnectResults> {
  const histogram = new Histogram();
  const started = performance.now();
  const until = started + duration * 1000;
  const worker = async () => {
    while (performance.now() < until && !signal?.aborted) {
      const before = performance.now();
      const connection = await session.connect(Role.ECHO);
      await roundTrip(connection);
      histogram.record((performance.now() - before) * 1000);
      session.release(connection);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = (performance.now() - started) / 1000;
  return { histogram, seconds, connections: histogram.count };
}

export interface HoldResults {
  readonly connections: number;
  /** Seconds that opening all of them took. */
  readonly opening: number;
  /** Resident memory that each takes in this process, in bytes. */
  readonly bytesEach: number;
  /** Round trips, one on each connection while all are open. */
  readonly histogram: Histogram;
}

/** Connections that are being opened side by side. */
const OPENING = 64;

/** Opens many connections, and asks once on each while all are open. */
export async function holdConnections(
  session: LatencySession,
  count: number,
  signal?: AbortSignal,
  onOpened?: (count: number) => void,
): Promise<HoldResults> {
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const connections: Connection[] = [];
  let begun = 0;
  const opener = async () => {
    while (begun < count && !signal?.aborted) {
      begun++;
      const connection = await session.connect(Role.ECHO);
      // The server has accepted it, not only its system.
      await roundTrip(connection);
      connections.push(connection);
      if (connections.length % 1000 === 0) onOpened?.(connections.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(OPENING, count) }, opener));
  const opening = (performance.now() - started) / 1000;
  const bytesEach = (process.memoryUsage().rss - before) / Math.max(1, connections.length);
  const histogram = new Histogram();
  for (const connection of connections) {
    if (signal?.aborted) break;
    const sent = performance.now();
    await roundTrip(connection);
    histogram.record((performance.now() - sent) * 1000);
  }
  const held = connections.length;
  for (const connection of connections) session.release(connection);
  return { connections: held, opening, bytesEach, histogram };
}
