import { Worker } from 'node:worker_threads';
import type { Report } from './actor.ts';
import type { Kind } from './ends.ts';

interface Message {
  readonly report?: Report;
  readonly ports?: Readonly<Record<Kind, number>>;
  readonly closed?: number;
}

/** The thread that this one's clients connect to. */
export class OtherThread {
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  readonly #onReport: (report: Report) => void;
  #ports: Readonly<Record<Kind, number>> | undefined;
  #closed: number | undefined;
  #listening: (() => void) | undefined;
  error: unknown;
  terminated = false;

  private constructor(seed: number, onReport: (report: Report) => void) {
    this.#onReport = onReport;
    this.#worker = new Worker(new URL('thread.ts', import.meta.url), { workerData: seed });
    this.#worker.on('error', (error) => {
      this.error = error;
    });
    this.#worker.on('message', (message: Message) => this.#take(message));
    this.#exited = new Promise((resolve) => this.#worker.once('exit', resolve));
  }

  static async start(seed: number, onReport: (report: Report) => void): Promise<OtherThread> {
    const thread = new OtherThread(seed, onReport);
    await new Promise<void>((resolve) => {
      thread.#listening = resolve;
    });
    return thread;
  }

  /** The port numbers of its servers. */
  get ports(): Readonly<Record<Kind, number>> {
    return this.#ports!;
  }

  #take({ report, ports, closed }: Message): void {
    if (report) this.#onReport(report);
    if (closed !== undefined) this.#closed = closed;
    if (ports) {
      this.#ports = ports;
      this.#listening?.();
    }
  }

  /** Ends it in good order, and says what is wrong then. */
  async close(): Promise<string[]> {
    this.#worker.postMessage('close');
    await this.#exited;
    if (this.error) return [`the other thread: ${(this.error as Error).stack ?? this.error}`];
    return this.#closed === 0 ? [] : [`the other thread left ${this.#closed} pending`];
  }

  /** Ends it in the middle of what it does. */
  async terminate(): Promise<void> {
    this.terminated = true;
    await this.#worker.terminate();
  }
}
