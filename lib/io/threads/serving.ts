/** The side of a thread that serves. */
import type { MessagePort } from 'node:worker_threads';
import { isMainThread, workerThreads } from '../../ffi/native/builtins.ts';
import { Members, type ReadonlyMembers } from '../lists/members.ts';
import { optionsOf } from '../options/options.ts';
import { Emitter } from '../port/listeners.ts';
import { CompletionPort } from '../port/port.ts';
import { takeAccepted } from '../servers/accepted.ts';
import { type TcpSocket, tcpSockets } from '../streams/tcp-socket.ts';
import { FROM_OPTIONS, type FromOptions } from '../streams/tcp-types.ts';
import { type Accepted, LINK, type ServerLink, type ToServer, type ToThread } from './messages.ts';

/** What a thread that serves is told. */
export interface ThreadServingEvents {
  /** A connection that the server has accepted. */
  connection: (socket: TcpSocket) => void;
  /** The server is being closed: no more connections come. Those that idle may be ended now. */
  closing: () => void;
  /** A connection could not be taken over. */
  error: (error: Error) => void;
}

/** The connections that one thread serves. Made by `serveInThread`. */
export class ThreadServing extends Emitter<ThreadServingEvents> {
  readonly #completionPort: CompletionPort;
  readonly #options: FromOptions;
  readonly #server: MessagePort;
  readonly #taken: Int32Array;
  readonly #connections = new Members(tcpSockets.place);
  readonly #keeper = { left: (socket: TcpSocket): void => this.#left(socket) };
  /** Connections that are over, and the server was not told yet. */
  #closed = 0;
  #telling = false;
  #closing = false;

  /** @param link to the server of this thread */
  constructor(link: ServerLink, options: FromOptions, onConnection: (socket: TcpSocket) => void) {
    super();
    this.#completionPort = options.completionPort ?? CompletionPort.default;
    this.#options = options;
    this.#server = link.messages;
    this.#taken = link.taken;
    this.on('connection', onConnection);
    this.#server.on('message', (message: ToThread) => this.#told(message));
  }

  /** The connections that are open here. */
  get connections(): ReadonlyMembers<TcpSocket> {
    return this.#connections;
  }

  /** Whether the server is being closed. */
  get closing(): boolean {
    return this.#closing;
  }

  #told(message: ToThread): void {
    if (message.what === 'serve') {
      for (const one of message.connections) this.#serve(one, message);
      return;
    }
    this.#closing = true;
    try {
      this.emit('closing');
    } finally {
      this.#endWhenOver();
    }
  }

  #serve({ socket: handle, remote }: Accepted, { kind }: ToThread & { what: 'serve' }): void {
    Atomics.add(this.#taken, 0, 1);
    this.#tellLater();
    let socket: TcpSocket;
    try {
      socket = takeAccepted(
        this.#completionPort,
        handle,
        remote,
        kind,
        this.#options,
        this.#keeper,
      );
    } catch (error) {
      this.#closed++;
      // What taking it over throws are errors.
      this.emit('error', error as Error);
      return;
    }
    this.#connections.add(socket);
    this.emit('connection', socket);
  }

  #left(socket: TcpSocket): void {
    this.#connections.delete(socket);
    this.#closed++;
    this.#tellLater();
    this.#endWhenOver();
  }

  /** Tells the server, once for all of a turn of the event loop. */
  #tellLater(): void {
    if (this.#telling) return;
    this.#telling = true;
    setImmediate(() => {
      this.#telling = false;
      this.#say({ what: 'served', closed: this.#closed });
      this.#closed = 0;
    });
  }

  #endWhenOver(): void {
    if (!this.#closing || this.#connections.size > 0) return;
    // Behind what is told of the last connection.
    setImmediate(() => {
      this.#say({ what: 'ended' });
      this.#server.close();
    });
  }

  #say(message: ToServer): void {
    this.#server.postMessage(message);
  }
}

/**
 * Serves the connections that a `ThreadedServer` has accepted for this thread. The thread lives for as long as
 * the server; when that is closed, and the last connection here is over, nothing of this keeps it alive.
 *
 * @param onConnection a listener for `connection`
 * @param given options of the connections; `completionPort` is that of this thread where left out
 * @throws TypeError where this thread was not started by a ThreadedServer, for a listener that is no function and
 *   for options that are none; RangeError for options out of bounds
 */
export function serveInThread(
  onConnection: (socket: TcpSocket) => void,
  given?: FromOptions,
): ThreadServing {
  const options = optionsOf(given, 'serveInThread', FROM_OPTIONS);
  const link: ServerLink | undefined = isMainThread()
    ? undefined
    : workerThreads().workerData?.[LINK];
  if (!link) {
    throw new TypeError('serveInThread is for threads that a ThreadedServer has started');
  }
  return new ThreadServing(link, options, onConnection);
}
