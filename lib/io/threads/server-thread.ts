/** A thread that serves, to its server. */
import type { MessagePort, Worker } from 'node:worker_threads';
import { workerThreads } from '../../ffi/native/builtins.ts';
import type { SocketKind } from '../calls/extensions.ts';
import { type Accepted, LINK, type ServerLink, type ToServer, type ToThread } from './messages.ts';

/** How many connections may be on their way to a thread that it has not taken: it may be busy, or stuck. */
const MOST_ON_THEIR_WAY = 64;

/** What a server is told by its threads. */
export interface ThreadOwner {
  /** The thread has room for more, or is less busy than before. */
  relieved(): void;
  /**
   * The thread has ended.
   *
   * @param untaken connections that were given to it and that it has never had
   */
  ended(thread: ServerThread, untaken: readonly Accepted[]): void;
}

/** A thread that serves, as its server sees it. */
export class ServerThread {
  readonly worker: Worker;
  /** As `node:worker_threads` has it: the worker itself forgets it at its end. */
  readonly threadId: number;
  readonly #owner: ThreadOwner;
  readonly #port: MessagePort;
  /** Shared with the thread: see `ServerLink`. */
  readonly #counter: Int32Array;
  /** Given to the thread and not known to be taken, the oldest first. */
  readonly #onTheirWay: Accepted[] = [];
  /** How many of those that were given are known to be taken. */
  #taken = 0;
  /** To be given with the end of this turn. */
  #batch: Accepted[] = [];
  #connections = 0;
  #over = false;
  #error: Error | undefined;
  #code: number | undefined;

  /** @param data for the script, as `workerData` */
  constructor(script: string | URL, data: object, owner: ThreadOwner) {
    this.#owner = owner;
    const { port1, port2 } = new (workerThreads().MessageChannel)();
    this.#port = port1;
    this.#counter = new Int32Array(new SharedArrayBuffer(4));
    const link: ServerLink = { messages: port2, taken: this.#counter };
    this.worker = new (workerThreads().Worker)(script, {
      workerData: { ...data, [LINK]: link },
      transferList: [port2],
    });
    this.threadId = this.worker.threadId;
    port1.on('message', (message: ToServer) => this.#told(message));
    // The worker itself keeps the process alive.
    port1.unref();
    this.worker.on('error', (error: Error) => {
      this.#error = error;
    });
    this.worker.on('exit', (code: number) => this.#exited(code));
  }

  /** Its connections, with those that are on their way. */
  get connections(): number {
    return this.#connections;
  }

  /** Whether it has served to the end of its server, and not just ended. */
  get isOver(): boolean {
    return this.#over;
  }

  /** What it has thrown, where it has ended by that. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** What it has ended with; undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#code;
  }

  /** Whether it takes another connection, if only when it has started. */
  get hasRoom(): boolean {
    return this.#code === undefined && this.#onTheirWay.length < MOST_ON_THEIR_WAY;
  }

  /** Gives it a connection, with all others of this turn. */
  give(connection: Accepted, kind: SocketKind): void {
    this.#connections++;
    this.#onTheirWay.push(connection);
    this.#batch.push(connection);
    if (this.#batch.length > 1) return;
    queueMicrotask(() => {
      const connections = this.#batch;
      this.#batch = [];
      this.#say({ what: 'serve', kind, connections });
    });
  }

  /** Says that no more connections come. */
  end(): void {
    queueMicrotask(() => this.#say({ what: 'end' }));
  }

  #say(message: ToThread): void {
    if (this.#code === undefined) this.#port.postMessage(message);
  }

  #told(message: ToServer): void {
    if (message.what === 'ended') this.#over = true;
    else if (message.what === 'served') {
      this.#connections -= message.closed;
      this.#count();
    }
    this.#owner.relieved();
  }

  /** Forgets what the thread has taken. */
  #count(): void {
    const taken = Atomics.load(this.#counter, 0);
    this.#onTheirWay.splice(0, taken - this.#taken);
    this.#taken = taken;
  }

  #exited(code: number): void {
    this.#code = code;
    this.#port.close();
    this.#count();
    this.#connections = 0;
    this.#owner.ended(this, this.#onTheirWay.splice(0));
  }
}
