/** Requests and their answers: one at a time on each connection, or at a rate that does not wait. */
import { PerfError } from '../perf-error.ts';
import { DEFAULTS } from '../settings.ts';
import { firstDifference, makePattern, patternAt } from '../streams/pattern.ts';
import { Stream } from '../streams/stream.ts';
import { TcpSender } from '../streams/tcp.ts';
import type { Connection } from '../transport.ts';
import { Histogram } from './histogram.ts';
import { Role } from './parameters.ts';

/** What connections come from. */
export interface Opener {
  /** Another connection, which the server treats as its role says. */
  connect(role: number): Promise<Connection>;
  release(connection: Connection): void;
}

export interface RequestOptions {
  readonly connections: number;
  /** Bytes of a request and of its answer. */
  readonly size: number;
  /** Seconds. */
  readonly duration: number;
  /** Requests in a second on all connections; 0: the next goes when the answer has come. */
  readonly rate: number;
  readonly signal?: AbortSignal | undefined;
  /** Awaited when every connection has had its first answer, before anything counts. */
  readonly onWarm?: (() => Promise<void>) | undefined;
  /** Called each second. */
  readonly onSecond?: ((second: SecondOfRequests) => void) | undefined;
}

export interface SecondOfRequests {
  readonly start: number;
  readonly end: number;
  readonly requests: number;
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface RequestResults {
  readonly histogram: Histogram;
  readonly seconds: number;
  readonly answered: number;
  /** Requests that had no answer when the time was over. */
  readonly unanswered: number;
  readonly intervals: readonly SecondOfRequests[];
}

/** One connection: when each request under way was due, in their order. */
class Requester {
  readonly connection: Connection;
  readonly #size: number;
  readonly #pattern: Buffer;
  readonly #answered: (due: number) => void;
  readonly #due: number[] = [];
  #whenAnswered: (() => void) | undefined;
  #sent = 0;
  #received = 0;

  constructor(
    connection: Connection,
    size: number,
    pattern: Buffer,
    answered: (due: number) => void,
    failed: (error: Error) => void,
  ) {
    this.connection = connection;
    this.#size = size;
    this.#pattern = pattern;
    this.#answered = answered;
    connection.onData((bytes) => {
      if (firstDifference(pattern, this.#received, bytes) >= 0) {
        failed(new PerfError('an answer is not what was sent'));
        return;
      }
      const before = Math.floor(this.#received / size);
      this.#received += bytes.length;
      const complete = Math.floor(this.#received / size) - before;
      for (let one = 0; one < complete; one++) this.#answered(this.#due.shift()!);
      if (complete === 0) return;
      this.#whenAnswered?.();
      this.#whenAnswered = undefined;
    });
    connection.onEnd((error) => {
      failed(error ?? new PerfError('the server has closed a connection'));
    });
  }

  /** Resolves when a first request was answered. */
  warmUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenAnswered = resolve;
      this.send(performance.now());
    });
  }

  get waiting(): number {
    return this.#due.length;
  }

  /** @param due when it should have gone, by `performance.now()` */
  send(due: number): void {
    this.#due.push(due);
    const request = patternAt(this.#pattern, this.#sent, this.#size);
    this.#sent += this.#size;
    this.connection.write(request);
  }
}

/** Most requests that are made up for in one turn, so that answers are seen in between. */
const IN_A_TURN = 64;
/** A timer comes late by up to this; the rest is waited for turn by turn. Milliseconds. */
const TIMER_LATENESS = 20;

/** What is left of a second is a second of its own from here on, in milliseconds. */
const SHORTEST_REST = 100;

/** Sends requests for a while, and says how long each answer took. */
export async function measureRequests(
  session: Opener,
  options: RequestOptions,
): Promise<RequestResults> {
  const { connections, size, duration, rate, signal, onSecond } = options;
  const histogram = new Histogram();
  const intervals: SecondOfRequests[] = [];
  const pattern = makePattern(Math.max(size, 1 << 16));
  let ofSecond = new Histogram();
  let running = true;
  let warm = false;
  let failure: Error | undefined;
  let finish!: () => void;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const failed = (error: Error) => {
    if (!running) return;
    failure ??= error;
    finish();
  };
  const requesters: Requester[] = [];
  while (requesters.length < connections) {
    const connection = await session.connect(Role.ECHO);
    const requester: Requester = new Requester(
      connection,
      size,
      pattern,
      (due) => {
        if (!warm) return;
        const now = performance.now();
        const took = (now - due) * 1000;
        histogram.record(took);
        ofSecond.record(took);
        if (running && rate === 0) requester.send(now);
      },
      failed,
    );
    requesters.push(requester);
  }

  // What a connection costs at first, a thread of the server's say, is not what is measured.
  await Promise.race([Promise.all(requesters.map((one) => one.warmUp())), finished]);
  if (failure) throw failure;
  await options.onWarm?.();
  warm = true;
  const started = performance.now();
  const timers = [setTimeout(finish, duration * 1000)];
  signal?.addEventListener('abort', finish, { once: true });
  if (signal?.aborted) finish();
  let reported = started;
  const report = () => {
    const now = performance.now();
    const interval = {
      start: (reported - started) / 1000,
      end: (now - started) / 1000,
      requests: ofSecond.count,
      p50: ofSecond.percentile(50),
      p99: ofSecond.percentile(99),
      max: ofSecond.percentile(100),
    };
    reported = now;
    ofSecond = new Histogram();
    intervals.push(interval);
    onSecond?.(interval);
  };
  const second = setInterval(report, 1000);

  if (rate === 0) for (const requester of requesters) requester.send(performance.now());
  else offer(requesters, rate, started, () => running);

  await finished;
  const seconds = (performance.now() - started) / 1000;
  running = false;
  signal?.removeEventListener('abort', finish);
  for (const timer of timers) clearTimeout(timer);
  clearInterval(second);
  if (performance.now() - reported > SHORTEST_REST) report();
  const unanswered = requesters.reduce((sum, { waiting }) => sum + waiting, 0);
  for (const { connection } of requesters) session.release(connection);
  if (failure) throw failure;
  return { histogram, seconds, answered: histogram.count, unanswered, intervals };
}

/**
 * Sends at a fixed rate, in turn on each connection. Latency counts from when a request was due, so
 * that one that waits behind another, or for us, is not taken for a quick one.
 */
function offer(
  requesters: readonly Requester[],
  rate: number,
  started: number,
  running: () => boolean,
): void {
  let next = 0;
  const go = () => {
    if (!running()) return;
    const now = performance.now();
    const dueOf = (index: number) => started + (index * 1000) / rate;
    for (let count = 0; count < IN_A_TURN && dueOf(next) <= now; count++) {
      requesters[next % requesters.length]!.send(dueOf(next));
      next++;
    }
    const left = dueOf(next) - now;
    if (left > TIMER_LATENESS) setTimeout(go, left - TIMER_LATENESS);
    else setImmediate(go);
  };
  go();
}

/** Keeps connections busy beside the requests: the load under which they are measured. */
export async function pour(
  session: Opener,
  streams: number,
  rate: number,
): Promise<() => { bytes: number }> {
  const settings = { ...DEFAULTS, rate };
  const list: { stream: Stream; sender: TcpSender; connection: Connection }[] = [];
  for (let index = 0; index < streams; index++) {
    const connection = await session.connect(Role.SINK);
    const stream = new Stream(index + 1, true, connection, connection);
    const sender = new TcpSender(stream, settings, () => true);
    list.push({ stream, sender, connection });
  }
  for (const { sender } of list) sender.start();
  return () => {
    for (const { sender, connection } of list) {
      sender.stop();
      session.release(connection);
    }
    return { bytes: list.reduce((sum, { stream }) => sum + stream.total.bytes, 0) };
  };
}
