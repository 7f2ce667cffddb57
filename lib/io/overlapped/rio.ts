import { RIO_CORRUPT_CQ } from '../../../defs/mswsockdef.g.ts';
import { SOCK_DGRAM, WSA_FLAG_REGISTERED_IO } from '../../../defs/winsock2.g.ts';
import { AF_INET, IPPROTO_UDP } from '../../../defs/ws2def.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { closesocket, WSAGetLastError } from '../calls/calls.ts';
import { createSocket } from '../calls/create-socket.ts';
import { bindRioTable, fetchRioTable, type RioFunctions } from '../calls/rio-functions.ts';
import { codeOfStatus } from '../calls/status.ts';
import { Association } from '../port/association.ts';
import type { CompletionTarget, Operation } from '../port/operation.ts';
import { CompletionPort } from '../port/port.ts';
import type { OverlappedSocket } from './overlapped-socket.ts';
import { RioMemory } from './rio-memory.ts';
import { MOST_RESULTS, portNotification, readResults, resultsAddress } from './rio-scratch.ts';
import { RioSocket, type RioSocketOptions } from './rio-socket.ts';

const FIRST_QUEUE_SIZE = 64;

/** How Registered I/O is set up. */
export interface RegisteredIoOptions {
  /** The completion port. Default `CompletionPort.default`. */
  port?: CompletionPort;
  /**
   * The RIO_EXTENSION_FUNCTION_TABLE of a provider that is used directly. Default: that of the
   * system, which is the same for TCP and UDP over IPv4 and IPv6.
   */
  table?: Uint8Array;
}

/** @internal A request under way. */
export interface RioRequest {
  completed(code: number, bytes: number): void;
}

/**
 * Registered I/O over a completion port: requests and completions pass through queues that are
 * shared with the system, mostly without a system call, and a packet comes only where the queue of
 * completions was empty before.
 *
 * One queue serves all the sockets that are attached. Windows 8 and later have Registered I/O; Wine
 * has none, and this has been proved against a provider of the package's tests only.
 */
export class RegisteredIo implements CompletionTarget {
  /** The port that its notifications come to. */
  readonly port: CompletionPort;
  /** @internal */
  readonly functions: RioFunctions;
  readonly #own: Association;
  readonly #operation: Operation;
  readonly #memory = new Set<RioMemory>();
  readonly #sockets = new Set<RioSocket>();
  readonly #requests: (RioRequest | undefined)[] = [];
  readonly #free: number[] = [];
  #outstanding = 0;
  #queue: number;
  #queueSize = FIRST_QUEUE_SIZE;
  #room = 0;
  #closing = false;
  #closed = false;
  #whenClosed: (() => void)[] = [];

  /** @throws WinsockError where the system has no Registered I/O */
  constructor(options: RegisteredIoOptions = {}) {
    const port = options.port ?? CompletionPort.default;
    this.port = port;
    this.functions = bindRioTable(options.table ?? tableOfSystem());
    this.#own = new Association(port, 0, false, false);
    this.#operation = port.take();
    this.#operation.target = this;
    const notification = portNotification(port.handle, this.#operation.address);
    this.#queue = this.functions.RIOCreateCompletionQueue(FIRST_QUEUE_SIZE, notification);
    if (this.#queue === 0) {
      this.#operation.release();
      throw new WinsockError(WSAGetLastError(), 'RIOCreateCompletionQueue');
    }
    port.own(this);
  }

  /** Registers memory. Few large registrations are cheaper than many small ones. */
  register(bytes: Uint8Array): RioMemory {
    this.#assertOpen();
    return new RioMemory(this.functions, this.#memory, bytes);
  }

  /**
   * Makes the queue of requests of a socket, which must have been made with `registered: true`. A
   * stream socket is connected or accepted before or after, as an overlapped socket is.
   */
  attach(socket: OverlappedSocket, options: RioSocketOptions = {}): RioSocket {
    this.#assertOpen();
    const { receives = 16, sends = 16 } = options;
    for (const count of [receives, sends]) {
      if (!Number.isInteger(count) || count < 1) {
        throw new RangeError(`a whole number of requests, at least 1; got ${count}`);
      }
    }
    const room = receives + sends;
    this.#grow(this.#room + room);
    const attached = new RioSocket(this, socket, this.#queue, receives, sends);
    this.#room += room;
    this.#sockets.add(attached);
    return attached;
  }

  /** Lets pending requests keep the process alive, which is how it starts. */
  ref(): this {
    this.#own.ref();
    return this;
  }

  /** Lets the process end although requests are pending. */
  unref(): this {
    this.#own.unref();
    return this;
  }

  /** Closes the sockets, waits for their requests, and ends every registration. */
  async close(): Promise<void> {
    this.destroy();
    if (this.#closed) return;
    await new Promise<void>((resolve) => this.#whenClosed.push(resolve));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Begins to close: the port does so with what it owns. */
  destroy(): void {
    if (this.#closing) return;
    this.#closing = true;
    for (const socket of this.#sockets) socket.close();
    this.#closeWhenIdle();
  }

  // What sockets use.

  /** @internal Notes a request; the number is its RequestContext. */
  begin(request: RioRequest): number {
    this.#assertOpen();
    const index = this.#free.pop() ?? this.#requests.length;
    this.#requests[index] = request;
    this.#outstanding++;
    return index + 1;
  }

  /** @internal The request is in its queue. */
  began(): void {
    this.#arm();
  }

  /** @internal A request has ended, or was refused. */
  end(context: number): RioRequest | undefined {
    const request = this.#requests[context - 1];
    if (!request) return undefined;
    this.#requests[context - 1] = undefined;
    this.#free.push(context - 1);
    this.#outstanding--;
    return request;
  }

  /** @internal A closed socket has no more requests. */
  detach(socket: RioSocket, room: number): void {
    if (this.#sockets.delete(socket)) this.#room -= room;
  }

  /** @internal The queue has completions, or had when its packet was posted. */
  completed(): void {
    const taken = this.functions.RIODequeueCompletion(this.#queue, resultsAddress(), MOST_RESULTS);
    if (taken === RIO_CORRUPT_CQ) throw new Error('RIODequeueCompletion: the queue is corrupt');
    for (const { status, bytes, context } of readResults(taken)) {
      // Both kinds occur: Winsock's own codes, and the system's.
      const code = status < 0x80000000 ? status : codeOfStatus(status);
      this.end(context)?.completed(code, bytes);
    }
    this.#arm();
    this.#closeWhenIdle();
  }

  /** Asks for a packet, where something can complete and none has been asked for. */
  #arm(): void {
    if (this.#operation.pending || this.#outstanding === 0) return;
    this.#operation.prepare(this.#own, 'RIONotify');
    const code = this.functions.RIONotify(this.#queue);
    if (code !== 0) throw new WinsockError(code, 'RIONotify');
    this.#operation.pending = true;
    this.#own.pending++;
    this.port.began(this.#operation);
  }

  #grow(room: number): void {
    if (room <= this.#queueSize) return;
    const size = Math.max(room, 2 * this.#queueSize);
    if (this.functions.RIOResizeCompletionQueue(this.#queue, size) === 0) {
      throw new WinsockError(WSAGetLastError(), 'RIOResizeCompletionQueue');
    }
    this.#queueSize = size;
  }

  #closeWhenIdle(): void {
    if (!this.#closing || this.#closed) return;
    if (this.#outstanding > 0 || this.#operation.pending) return;
    this.#closed = true;
    this.functions.RIOCloseCompletionQueue(this.#queue);
    for (const memory of [...this.#memory]) memory.release();
    this.#operation.release();
    this.port.disown(this);
    for (const resolve of this.#whenClosed.splice(0)) resolve();
  }

  #assertOpen(): void {
    if (this.#closing) throw new Error('Registered I/O is closed');
  }
}

function tableOfSystem(): Uint8Array {
  const kind = { family: AF_INET, type: SOCK_DGRAM, protocol: IPPROTO_UDP };
  const socket = createSocket(kind, WSA_FLAG_REGISTERED_IO);
  try {
    return fetchRioTable(socket);
  } finally {
    closesocket(socket);
  }
}
