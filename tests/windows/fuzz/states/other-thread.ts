import { Worker } from 'node:worker_threads';
import { pause, type Report } from './actor.ts';
import type { Kind } from './ends.ts';
import type { Reports, ServersOwner } from './reports.ts';

interface Message {
  readonly report?: Report;
  readonly ports?: Readonly<Record<Kind, number>>;
  readonly closed?: number;
  readonly unfinished?: readonly string[];
}

/** In milliseconds. */
const LONGEST_ANSWER = 5000;

/** The thread that this one's clients connect to. */
export class OtherThread implements ServersOwner {
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;
  readonly #reports: Reports;
  #ports: Readonly<Record<Kind, number>> | undefined;
  #closed: number | undefined;
  #listening: (() => void) | undefined;
  #told: ((unfinished: readonly string[]) => void) | undefined;
  error: unknown;
  terminated = false;

  private constructor(seed: number, reports: Reports) {
    this.#reports = reports;
    this.#worker = new Worker(new URL('thread.ts', import.meta.url), { workerData: seed });
    this.#worker.on('error', (error) => {
      this.error = error;
    });
    this.#worker.on('message', (message: Message) => this.#take(message));
    this.#exited = new Promise((resolve) => this.#worker.once('exit', resolve));
  }

  static async start(seed: number, reports: Reports): Promise<OtherThread> {
    const thread = new OtherThread(seed, reports);
    await new Promise<void>((resolve) => {
      thread.#listening = resolve;
    });
    return thread;
  }

  get cut(): boolean {
    return this.terminated;
  }

  /** The port numbers of its servers. */
  get ports(): Readonly<Record<Kind, number>> {
    return this.#ports!;
  }

  #take({ report, ports, closed, unfinished }: Message): void {
    if (unfinished) this.#told?.(unfinished);
    if (report) this.#reports.add(report, this);
    if (closed !== undefined) this.#closed = closed;
    if (ports) {
      this.#ports = ports;
      this.#listening?.();
    }
  }

  /** What its servers have not come to an end with. */
  async unfinished(): Promise<readonly string[]> {
    if (this.terminated) return ['the other thread was terminated'];
    const answer = new Promise<readonly string[]>((resolve) => {
      this.#told = resolve;
    });
    this.#worker.postMessage('tell');
    const none = pause(LONGEST_ANSWER).then(() => ['the other thread does not answer']);
    return Promise.race([answer, none]);
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
