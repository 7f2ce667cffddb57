/** The time in which a test runs: its streams, its intervals, and what is omitted of it. */
import { intervalOf } from './report/records.ts';
import type { IntervalRecord } from './report/types.ts';
import type { TestSettings } from './settings.ts';
import type { Stream } from './streams/stream.ts';
import { type FiguresReader, processorMeter } from './system.ts';
import type { PortStats, Transport } from './transport.ts';

/** What sends on a stream. */
export interface Sender {
  start(): void;
  /** Brings the counters of its stream up to date. */
  count(): void;
  stop(): void;
}

export interface RunOptions {
  readonly settings: TestSettings;
  readonly streams: readonly Stream[];
  readonly senders: readonly Sender[];
  readonly transport: Transport;
  /** Seconds between reports; 0 for none. */
  readonly interval: number;
  readonly figures: FiguresReader | undefined;
  readonly onInterval?: ((interval: IntervalRecord) => void) | undefined;
}

/** Less than this of an interval is not worth a line. */
const SHORTEST_REST = 0.01;

export class Run {
  readonly intervals: IntervalRecord[] = [];
  readonly #options: RunOptions;
  #started = 0;
  /** When what is counted began, and when the last interval ended. */
  #countingSince = 0;
  #reportedAt = 0;
  #stoppedAt = 0;
  #omitting = false;
  #timers = new Set<NodeJS.Timeout>();
  #cpu = processorMeter();
  #intervalCpu = processorMeter();
  #portBefore: PortStats | undefined;
  #portReported: PortStats | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
  }

  start(): void {
    const { settings, senders, interval, transport } = this.#options;
    this.#started = performance.now();
    this.#countingSince = this.#started;
    this.#reportedAt = this.#started;
    this.#cpu = processorMeter();
    this.#intervalCpu = processorMeter();
    this.#portBefore = transport.portStats?.();
    this.#portReported = this.#portBefore;
    if (settings.omit > 0) {
      this.#omitting = true;
      this.#after(settings.omit * 1000, () => this.#startCounting());
    }
    if (interval > 0) this.#nextInterval(1);
    for (const sender of senders) sender.start();
  }

  /** Calls back when so many milliseconds of the test are over, unless it has ended. */
  after(milliseconds: number, callback: () => void): void {
    this.#after(milliseconds - (performance.now() - this.#started), callback);
  }

  #after(milliseconds: number, callback: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, milliseconds);
    this.#timers.add(timer);
  }

  #nextInterval(count: number): void {
    const due = this.#countingSince + count * this.#options.interval * 1000;
    const started = this.#countingSince;
    this.#after(due - performance.now(), () => {
      // The omitted time has ended meanwhile, and with it this count.
      if (this.#countingSince !== started) return;
      this.#report();
      this.#nextInterval(count + 1);
    });
  }

  #startCounting(): void {
    if (performance.now() - this.#reportedAt > SHORTEST_REST * 1000) this.#report();
    this.#count();
    for (const stream of this.#options.streams) stream.startCounting();
    this.#omitting = false;
    this.#countingSince = performance.now();
    this.#reportedAt = this.#countingSince;
    this.#cpu = processorMeter();
    if (this.#options.interval > 0) this.#nextInterval(1);
  }

  #count(): void {
    for (const sender of this.#options.senders) sender.count();
  }

  #report(): void {
    const { streams, settings, figures, transport, onInterval } = this.#options;
    this.#count();
    const now = performance.now();
    const port = transport.portStats?.();
    const record = intervalOf(streams, settings, {
      start: (this.#reportedAt - this.#countingSince) / 1000,
      end: (now - this.#countingSince) / 1000,
      omitted: this.#omitting,
      figures,
      cpu: this.#intervalCpu().total,
      port: port && this.#portReported && portDifference(port, this.#portReported),
    });
    this.#reportedAt = now;
    this.#intervalCpu = processorMeter();
    this.#portReported = port;
    this.intervals.push(record);
    onInterval?.(record);
  }

  /** Ends sending and counting. */
  stop(): void {
    if (this.#stoppedAt) return;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const sender of this.#options.senders) sender.stop();
    this.#stoppedAt = performance.now();
    const rest = this.#stoppedAt - this.#reportedAt;
    if (this.#options.interval > 0 && rest > SHORTEST_REST * 1000) this.#report();
    this.#stoppedCpu = this.#cpu();
  }

  #stoppedCpu = { total: 0, user: 0, system: 0 };

  /** Seconds that were counted. */
  get seconds(): number {
    return Math.max(1e-6, (this.#stoppedAt - this.#countingSince) / 1000);
  }

  /** Processor time of this process in that time. */
  get cpu() {
    return this.#stoppedCpu;
  }

  /** What the completion port did in the whole test. */
  get port(): PortStats | undefined {
    const now = this.#options.transport.portStats?.();
    return now && this.#portBefore && portDifference(now, this.#portBefore);
  }
}

function portDifference(now: PortStats, before: PortStats): PortStats {
  return {
    batches: now.batches - before.batches,
    wakeUps: now.wakeUps - before.wakeUps,
    inlineDequeues: now.inlineDequeues - before.inlineDequeues,
    packets: now.packets - before.packets,
    completedAtStart: now.completedAtStart - before.completedAtStart,
  };
}
