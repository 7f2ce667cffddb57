import { RIO_CORRUPT_CQ } from '../../../defs/mswsockdef.g.ts';
import { WSAEFAULT } from '../../../defs/winerror.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { WSAGetLastError } from '../calls/calls.ts';
import { checkMade, stateError } from '../calls/check.ts';
import { bindRioTable, type RioFunctions } from '../calls/rio-functions.ts';
import { codeOfStatus } from '../calls/status.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import type { CompletionTarget, Operation } from '../port/operation.ts';
import { MOST_RESULTS, portNotification, readResults, resultsAddress } from './rio-scratch.ts';

/** How many completions the queue has room for at first. */
const FIRST_QUEUE_SIZE = 64;

/** A request under way. */
export interface RioRequest {
  completed(code: number, bytes: number): void;
}

/**
 * The queue of completions that all sockets of one Registered I/O share, and the requests whose
 * completions will come through it.
 */
export class RioQueue implements CompletionTarget {
  readonly functions: RioFunctions;
  readonly delivery: Delivery;
  /** Stands for the queue on the port. */
  readonly on: Association;
  readonly #operation: Operation;
  readonly #requests: (RioRequest | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #onIdle: () => void;
  readonly #queue: number;
  #size = FIRST_QUEUE_SIZE;
  /** Completions that there must be room for. */
  #room = 0;
  #outstanding = 0;

  /**
   * @param table the RIO_EXTENSION_FUNCTION_TABLE
   * @param onIdle is told when the last request has ended
   * @throws WinsockError where the provider makes no queue, also where the port is closed
   */
  constructor(delivery: Delivery, table: Uint8Array, onIdle: () => void) {
    this.delivery = delivery;
    this.functions = bindRioTable(table);
    this.on = delivery.associateNothing();
    this.#onIdle = onIdle;
    this.#operation = delivery.take();
    this.#operation.target = this;
    const notification = portNotification(delivery.handle, this.#operation.address);
    this.#queue = this.functions.RIOCreateCompletionQueue(FIRST_QUEUE_SIZE, notification);
    if (this.#queue === 0) {
      this.#operation.release();
      throw new WinsockError(WSAGetLastError(), 'RIOCreateCompletionQueue');
    }
  }

  /** The RIO_CQ. */
  get handle(): number {
    return this.#queue;
  }

  /** Whether no request is under way, and no packet to come. */
  get isIdle(): boolean {
    return this.#outstanding === 0 && !this.#operation.underWay;
  }

  /**
   * Makes room for the completions of so many requests more.
   *
   * @throws WinsockError
   */
  reserve(requests: number): void {
    const room = this.#room + requests;
    if (room > this.#size) {
      const size = Math.max(room, 2 * this.#size);
      checkMade(
        this.functions.RIOResizeCompletionQueue(this.#queue, size),
        'RIOResizeCompletionQueue',
      );
      this.#size = size;
    }
    this.#room = room;
  }

  /** Takes back `reserve`. */
  unreserve(requests: number): void {
    this.#room -= requests;
  }

  /** Notes a request; the number is its RequestContext. */
  begin(request: RioRequest): number {
    const index = this.#free.pop() ?? this.#requests.length;
    this.#requests[index] = request;
    this.#outstanding++;
    return index + 1;
  }

  /** A request has ended, or was refused. */
  end(context: number): RioRequest | undefined {
    const request = this.#requests[context - 1];
    if (!request) return undefined;
    this.#requests[context - 1] = undefined;
    this.#free.push(context - 1);
    this.#outstanding--;
    return request;
  }

  /** The queue has completions, or had when its packet was posted. */
  completed(): void {
    const taken = this.functions.RIODequeueCompletion(this.#queue, resultsAddress(), MOST_RESULTS);
    if (taken === RIO_CORRUPT_CQ)
      throw stateError(WSAEFAULT, 'RIODequeueCompletion', 'the queue is corrupt');
    for (const { status, bytes, context } of readResults(taken)) {
      // Both kinds occur: Winsock's own codes, and the system's.
      const code = status < 0x80000000 ? status : codeOfStatus(status);
      this.end(context)?.completed(code, bytes);
    }
    this.arm();
    if (this.isIdle) this.#onIdle();
  }

  /** Asks for a packet, where something can complete and none has been asked for. */
  arm(): void {
    if (this.#operation.underWay || this.#outstanding === 0) return;
    this.#operation.prepare(this.on, 'RIONotify');
    const code = this.functions.RIONotify(this.#queue);
    if (code !== 0) throw new WinsockError(code, 'RIONotify');
    this.#operation.becomePending();
  }

  /** Ends the queue, which must be idle. */
  close(): void {
    this.functions.RIOCloseCompletionQueue(this.#queue);
    this.#operation.release();
  }
}
