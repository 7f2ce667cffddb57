/** A server that accepts in this thread, and whose connections are served in others. */

import { WSAEINVAL } from '../../../defs/winerror.g.ts';
import { availableParallelism } from '../../ffi/native/builtins.ts';
import { stateError } from '../calls/check.ts';
import { dropSocket } from '../calls/create-socket.ts';
import type { SocketKind } from '../calls/extensions.ts';
import type { SocketAddress } from '../families/address.ts';
import { GIVE_UP, type OperationOptions, watch } from '../ops/give-up.ts';
import { checkedLater, whole } from '../options/kinds.ts';
import {
  checkObject,
  type OptionTable,
  optionsOf,
  refuseMore,
  withOptions,
} from '../options/options.ts';
import { Emitter } from '../port/listeners.ts';
import { completionPortOption } from '../port/port.ts';
import { TcpServer, tcpServers } from '../servers/server.ts';
import type { ListenOptions, TcpServerOptions } from '../servers/server-types.ts';
import type { Accepted } from './messages.ts';
import { ServerThread, type ThreadOwner } from './server-thread.ts';

/** A thread that has ended although its server has not. */
export interface EndedThread {
  /** Its `threadId`, as `node:worker_threads` has it. */
  readonly threadId: number;
  /** What it has ended with. */
  readonly exitCode: number;
  /** What it has thrown, where it has ended by that. */
  readonly error: Error | undefined;
}

/** What a server with threads tells. */
export interface ThreadedServerEvents {
  /** The server listens. */
  listening: () => void;
  /**
   * A thread has ended. Its connections are closed; those that it had not taken yet go to others. `addThread`
   * starts another one.
   */
  threadEnd: (thread: EndedThread) => void;
  /** Accepting failed, or no thread is left and the server closes. */
  error: (error: Error) => void;
  /** The server has stopped, and its threads have ended. */
  close: () => void;
}

/** How a server with threads works. */
export interface ThreadedServerOptions
  extends Pick<TcpServerOptions, 'completionPort' | 'accepts'> {
  /** How many threads serve. Default: one for each processor that is there. */
  threads?: number;
  /**
   * How many connections a thread has at most. Where all have as many, no more are accepted, and clients wait in
   * the queue of the system. Default: any number.
   */
  connectionsPerThread?: number;
  /** Members of the `workerData` of the threads. */
  data?: object;
}

/** More threads than any computer has processors for. */
const MOST_THREADS = 1024;

const OPTIONS: OptionTable<ThreadedServerOptions> = {
  completionPort: completionPortOption,
  accepts: checkedLater,
  threads: whole(1, MOST_THREADS),
  connectionsPerThread: whole(1, Number.MAX_SAFE_INTEGER),
  data: (value) => checkObject(value, 'data'),
};

/**
 * A listening socket whose connections are served in threads: each has a completion port of its own, and
 * gets the next connection when it has the fewest. Made by `createThreadedServer`.
 */
export class ThreadedServer extends Emitter<ThreadedServerEvents> {
  readonly #script: string | URL;
  readonly #data: object;
  readonly #most: number;
  readonly #server: TcpServer;
  readonly #threads = new Set<ServerThread>();
  /** Accepted, and no thread had room. */
  readonly #waiting: Accepted[] = [];
  #closing: Promise<void> | undefined;
  #destroyed = false;
  #onNobodyWaits: (() => void) | undefined;
  #onThreadsGone: (() => void) | undefined;
  /** Of the sockets that were accepted. */
  #kind: SocketKind | undefined;
  /** What the threads report to. */
  readonly #owner: ThreadOwner = {
    relieved: () => this.#giveWaiting(),
    ended: (thread, untaken) => this.#threadEnded(thread, untaken),
  };

  /**
   * @param script of the threads, which calls `serveInThread`
   * @throws RangeError and TypeError for options that are none; WinsockError where the default completion port
   *   cannot be made
   */
  constructor(script: string | URL, options?: ThreadedServerOptions) {
    super();
    const {
      threads = availableParallelism(),
      connectionsPerThread = Number.POSITIVE_INFINITY,
      data = {},
      ...others
    } = optionsOf(options, 'createThreadedServer', OPTIONS);
    this.#script = script;
    this.#data = data;
    this.#most = connectionsPerThread;
    this.#server = new TcpServer(others);
    tcpServers.handTo(this.#server, (socket, remote, kind) => {
      this.#kind = kind;
      this.#waiting.push({ socket, remote });
      this.#giveWaiting();
    });
    this.#server.on('listening', () => this.emit('listening'));
    this.#server.on('error', (error) => this.emit('error', error));
    for (let i = 0; i < threads; i++) this.addThread();
  }

  /**
   * Where it listens.
   *
   * @throws WinsockError where it does not listen
   */
  get address(): SocketAddress {
    return this.#server.address;
  }

  /**
   * The TCP port that it listens on.
   *
   * @throws WinsockError where it does not listen, TypeError where it is no server of IP
   */
  get port(): number {
    return this.#server.port;
  }

  /** How many threads there are. */
  get threads(): number {
    return this.#threads.size;
  }

  /** How many connections are open, or on their way to a thread. */
  get connections(): number {
    let sum = this.#waiting.length;
    for (const { connections } of this.#threads) sum += connections;
    return sum;
  }

  /**
   * Binds, listens and accepts, as `TcpServer.listen` does. Connections wait until a thread is ready.
   *
   * @throws as `TcpServer.listen` does; WinsockError WSAEINVAL where the server is being closed
   */
  listen(options?: ListenOptions): this;
  listen(options?: ListenOptions, ...more: readonly unknown[]): this {
    refuseMore(more, 'listen', "the server listens when it returns, and 'listening' follows");
    if (this.#closing) throw stateError(WSAEINVAL, 'listen', 'the server is being closed');
    this.#server.listen(options);
    return this;
  }

  /**
   * Starts one more thread.
   *
   * @throws WinsockError WSAEINVAL where the server is being closed
   */
  addThread(): this {
    if (this.#closing) throw stateError(WSAEINVAL, 'addThread', 'the server is being closed');
    this.#threads.add(new ServerThread(this.#script, this.#data, this.#owner));
    return this;
  }

  /** Gives what waits to threads that have room, and accepts only as long as there are any. */
  #giveWaiting(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#leastBusy();
      if (!thread) {
        this.#server.pause();
        return;
      }
      thread.give(this.#waiting.shift()!, this.#kind!);
    }
    this.#onNobodyWaits?.();
    if (this.#leastBusy()) this.#server.resume();
    else this.#server.pause();
  }

  #leastBusy(): ServerThread | undefined {
    let found: ServerThread | undefined;
    for (const thread of this.#threads) {
      if (!thread.hasRoom || thread.connections >= this.#most) continue;
      if (!found || thread.connections < found.connections) found = thread;
    }
    return found;
  }

  #threadEnded(thread: ServerThread, untaken: readonly Accepted[]): void {
    this.#threads.delete(thread);
    this.#waiting.unshift(...untaken);
    const { threadId, error, exitCode = 0 } = thread;
    try {
      if (!thread.isOver && !this.#destroyed) this.emit('threadEnd', { threadId, exitCode, error });
    } finally {
      if (this.#threads.size > 0) this.#giveWaiting();
      else this.#noThreadLeft();
    }
  }

  #noThreadLeft(): void {
    for (const { socket } of this.#waiting.splice(0)) dropSocket(socket);
    this.#onNobodyWaits?.();
    this.#onThreadsGone?.();
    if (this.#closing) return;
    this.close().catch(() => undefined);
    this.emit('error', new Error('no thread is left that serves'));
  }

  /**
   * Stops listening, and has the threads end when their connections are over: those of them that listen for
   * `closing` can end what idles. Resolves when all have ended. A signal or a timeout ends the threads at
   * once, with their connections; the promise resolves all the same.
   *
   * @throws by rejection: TypeError and RangeError for options that are none
   */
  close(given?: OperationOptions): Promise<void> {
    return withOptions(given, 'close', GIVE_UP, (options) => this.#closeWithin(options));
  }

  async #closeWithin(options: OperationOptions): Promise<void> {
    this.#closing ??= this.#close();
    const end = watch(options, 'close', () => this.destroy());
    try {
      if (options.signal?.aborted) this.destroy();
      await this.#closing;
    } finally {
      end();
    }
  }

  async #close(): Promise<void> {
    await this.#server.close();
    // What was accepted is served, when there is room for it.
    if (this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onNobodyWaits = resolve;
      });
    }
    for (const thread of this.#threads) thread.end();
    if (this.#threads.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onThreadsGone = resolve;
      });
    }
    this.emit('close');
  }

  /** Stops listening, and ends the threads with their connections. */
  destroy(): void {
    this.#destroyed = true;
    void this.close();
    for (const { worker } of this.#threads) void worker.terminate();
  }

  /** Stops listening, ends the threads with their connections, and waits until all is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
    await this.close();
  }
}

/**
 * A server that accepts in this thread and serves in others. `listen` starts it.
 *
 * @param script of the threads, which calls `serveInThread`
 * @throws RangeError and TypeError for options that are none; WinsockError where the default completion port
 *   cannot be made
 */
export function createThreadedServer(
  script: string | URL,
  options?: ThreadedServerOptions,
): ThreadedServer {
  return new ThreadedServer(script, options);
}
