import { fd_set, MSG_OOB, timeval } from '../../../defs/winsock2.g.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import { bytesOf, giveBuffer, type PooledBuffer, takeBuffer } from '../calls/buffers.ts';
import { select } from '../calls/calls.ts';
import { withScratch } from '../calls/scratch.ts';
import { startReceive } from '../ops/receive.ts';
import type { Association } from '../port/association.ts';
import type { Delivery } from '../port/delivery.ts';
import type { CompletionTarget, Operation } from '../port/operation.ts';
import { writePointer } from '../port/operation-layout.ts';

/** Out-of-band data of TCP is one byte; that of other protocols may be more. */
const LONGEST = 64;
/** How many milliseconds pass between looks for data while there is none. */
const LOOK_MILLISECONDS = 5;

/** What a connection is told of its out-of-band data. */
export interface UrgentOwner {
  urgent(data: Buffer): void;
  /** Nothing is pending any more, after the socket was closed. */
  idle(): void;
}

/**
 * Receives the out-of-band data of a connection, from when somebody listens for it.
 *
 * From then on no receive waits at the connection: `select` is asked what has come, which is documented,
 * and out-of-band data is taken first. Where a receive of other data waits, Wine throws the out-of-band byte
 * away, and one of out-of-band data holds up the others.
 */
export class UrgentReceiver implements CompletionTarget {
  readonly #delivery: Delivery;
  readonly #on: Association;
  readonly #owner: UrgentOwner;
  readonly #next: () => void;
  #operation: Operation | undefined;
  #block: PooledBuffer | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param next begins the next receive of other data, which asks `mayReceive` */
  constructor(delivery: Delivery, on: Association, owner: UrgentOwner, next: () => void) {
    this.#delivery = delivery;
    this.#on = on;
    this.#owner = owner;
    this.#next = next;
  }

  /** Whether a receive is started and its end not delivered. */
  get underWay(): boolean {
    return this.#operation?.underWay ?? false;
  }

  /** Whether other data has come and may be received. Where not, `next` is called later. */
  mayReceive(): boolean {
    if (this.underWay) return false;
    const { data, urgent } = look(this.#on.handle);
    if (urgent && this.#receive()) return false;
    if (data) return true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#next, LOOK_MILLISECONDS);
    if (!this.#on.referenced) this.#timer.unref();
    return false;
  }

  /** @returns whether its end will be told */
  #receive(): boolean {
    this.#operation ??= this.#delivery.takeRecord();
    this.#operation.target = this;
    this.#block ??= takeBuffer(0);
    const { address } = this.#block;
    const code = startReceive(this.#operation, this.#on, address, LONGEST, this.#block, MSG_OOB);
    return this.#operation.goesOn(code);
  }

  completed({ code, bytes }: Operation): void {
    if (this.#on.closed) {
      this.#owner.idle();
      return;
    }
    try {
      if (code === 0 && bytes > 0) {
        this.#owner.urgent(Buffer.from(bytesOf(this.#block!).subarray(0, bytes)));
      }
    } finally {
      // A failure of the connection fails the receive of other data too, which tells of it.
      this.#next();
    }
  }

  /** Gives everything back. Nothing may be under way. */
  release(): void {
    clearTimeout(this.#timer);
    this.#operation?.release();
    if (this.#block) giveBuffer(this.#block);
    this.#operation = undefined;
    this.#block = undefined;
  }
}

/** What waits to be received. The end of the stream, and its failure, count as data. */
function look(socket: number): { data: boolean; urgent: boolean } {
  const setBytes = sizeof(fd_set);
  const timeAt = 2 * setBytes;
  return withScratch(timeAt + sizeof(timeval), (address, memory) => {
    memory.fill(0);
    const words = new Uint32Array(memory.buffer, memory.byteOffset, memory.byteLength / 4);
    const sets = [0, setBytes / 4];
    for (const at of sets) {
      words[at] = 1;
      writePointer(words, at + offsetof(fd_set, 'fd_array') / 4, socket);
    }
    const found = select(0, address, 0, address + setBytes, address + timeAt);
    // A socket that fails here fails the receive, which tells why.
    if (found < 0) return { data: true, urgent: false };
    const [data, urgent] = sets.map((at) => words[at] === 1);
    return { data: data!, urgent: urgent! };
  });
}
