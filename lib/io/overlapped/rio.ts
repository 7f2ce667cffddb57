import {
  SOCK_DGRAM,
  WSA_FLAG_REGISTERED_IO,
  WSA_INVALID_HANDLE,
} from '../../../defs/winsock2.g.ts';
import { AF_INET } from '../../../defs/ws2def.g.ts';
import { describe } from '../../ffi/types/describe.ts';
import { stateError } from '../calls/check.ts';
import { closeSocket, createSocket } from '../calls/create-socket.ts';
import { rioTable } from '../calls/rio-functions.ts';
import { Waiters } from '../handles/waiters.ts';
import { memory, whole } from '../options/kinds.ts';
import { type OptionTable, optionsOf } from '../options/options.ts';
import { CompletionPort, completionPortOption, deliveryOf } from '../port/port.ts';
import { usualKind } from '../sockets/open.ts';
import { OverlappedSocket } from './overlapped-socket.ts';
import { type RioMemory, rioMemories } from './rio-memory.ts';
import { RioQueue } from './rio-queue.ts';
import { type RioSocket, type RioSocketOptions, rioSockets } from './rio-socket.ts';

/** How many requests of one direction a socket may have pending at most. */
const MOST_REQUESTS = 65536;

/** How Registered I/O is set up. */
export interface RegisteredIoOptions {
  /** Default `CompletionPort.default`. */
  completionPort?: CompletionPort;
  /**
   * The RIO_EXTENSION_FUNCTION_TABLE of a provider that is used directly. Default: that of the
   * system, which is the same for TCP and UDP over IPv4 and IPv6.
   */
  table?: Uint8Array;
}

const SET_UP: OptionTable<RegisteredIoOptions> = {
  completionPort: completionPortOption,
  table: memory,
};

const ATTACHED: OptionTable<RioSocketOptions> = {
  receives: whole(1, MOST_REQUESTS),
  sends: whole(1, MOST_REQUESTS),
};

/**
 * Registered I/O over a completion port: requests and completions pass through queues that are
 * shared with the system, mostly without a system call, and a packet comes only where the queue of
 * completions was empty before.
 *
 * One queue serves all the sockets that are attached. Windows 8 and later have Registered I/O; Wine
 * has none, and this has been proved against a provider of the package's tests only.
 */
export class RegisteredIo {
  /** The completion port that its notifications come to. */
  readonly completionPort: CompletionPort;
  readonly #queue: RioQueue;
  readonly #memory = new Set<RioMemory>();
  readonly #sockets = new Set<RioSocket>();
  /** Told by the port when that is closed. */
  readonly #dependent = { place: -1, destroy: () => this.#destroy() };
  #life: 'open' | 'closing' | 'closed' = 'open';
  readonly #whenClosed = new Waiters();

  /**
   * @throws WinsockError where the system has no Registered I/O; RangeError or TypeError for a table that is
   *   too short or lacks a function; WinsockError also where the completion port is closed
   */
  constructor(options?: RegisteredIoOptions) {
    const given = optionsOf(options, 'RegisteredIo', SET_UP);
    this.completionPort = given.completionPort ?? CompletionPort.default;
    const delivery = deliveryOf(this.completionPort);
    const table = given.table ?? tableOfSystem();
    this.#queue = new RioQueue(delivery, table, () => this.#closeWhenIdle());
    delivery.dependents.add(this.#dependent);
  }

  /**
   * Registers memory. Few large registrations are cheaper than many small ones.
   *
   * @param what memory, which cannot be transferred any more; or how many bytes of memory to make, outside
   *   of JavaScript's: see `bytes` of the result. In a worker only that can be registered, as its own memory
   *   ends with it.
   * @throws WinsockError; TypeError for what is no memory; RangeError for no bytes, or 4 GiB or more;
   *   WinsockError also where this is closed
   */
  register(what: Uint8Array | number): RioMemory {
    this.#assertOpen();
    return rioMemories.register(this.#queue.functions, this.#memory, what);
  }

  /**
   * Makes the queue of requests of a socket, which must have been made with `registered: true`. A
   * stream socket is connected or accepted before or after, as an overlapped socket is.
   *
   * @throws WinsockError, also where this is closed; TypeError and RangeError for options that are none
   */
  attach(socket: OverlappedSocket, options?: RioSocketOptions): RioSocket {
    this.#assertOpen();
    if (!(socket instanceof OverlappedSocket)) {
      throw new TypeError(`what is attached is an OverlappedSocket, got ${describe(socket)}`);
    }
    const { receives = 16, sends = 16 } = optionsOf(options, 'attach', ATTACHED);
    this.#queue.reserve(receives + sends);
    try {
      const attached = rioSockets.attach(socket, this.#queue, receives, sends, {
        register: (what) => this.register(what),
        assertOpen: () => this.#assertOpen(),
        detach: (detached) => {
          if (this.#sockets.delete(detached)) this.#queue.unreserve(receives + sends);
        },
      });
      this.#sockets.add(attached);
      return attached;
    } catch (error) {
      this.#queue.unreserve(receives + sends);
      throw error;
    }
  }

  /** Lets pending requests keep the process alive, which is how it starts. */
  ref(): this {
    this.#queue.on.ref();
    return this;
  }

  /** Lets the process end although requests are pending. */
  unref(): this {
    this.#queue.on.unref();
    return this;
  }

  /** Closes the sockets, waits for their requests, and ends every registration. Then it resolves. */
  async close(): Promise<void> {
    this.#destroy();
    if (this.#life !== 'closed') await this.#whenClosed.next();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #destroy(): void {
    if (this.#life !== 'open') return;
    this.#life = 'closing';
    for (const socket of this.#sockets) socket.close();
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (this.#life !== 'closing' || !this.#queue.isIdle) return;
    this.#life = 'closed';
    for (const memory of [...this.#memory]) memory.release();
    this.#queue.close();
    deliveryOf(this.completionPort).dependents.delete(this.#dependent);
    this.#whenClosed.tell();
  }

  #assertOpen(): void {
    if (this.#life !== 'open') {
      throw stateError(WSA_INVALID_HANDLE, 'RIOCreateCompletionQueue', 'Registered I/O is closed');
    }
  }
}

function tableOfSystem(): Uint8Array {
  const socket = createSocket(usualKind(AF_INET, SOCK_DGRAM), WSA_FLAG_REGISTERED_IO);
  try {
    return rioTable(socket);
  } finally {
    closeSocket(socket);
  }
}
