import { startReceive } from '../ops/receive.ts';
import type { Association } from '../port/association.ts';
import { COMPLETED, type CompletionTarget, type Operation, PENDING } from '../port/operation.ts';
import type { Deferred } from '../port/port-types.ts';
import { ReceiveMemory } from './receive-memory.ts';

/** Who gets what a receiver receives. */
export interface ReceiverOwner {
  /** Bytes have come: take them with `copyOut` or `lend`. */
  received(memory: ReceiveMemory, bytes: number): void;
  /** The peer has ended the stream. */
  receivedEnd(): void;
  failed(code: number, syscall: string): void;
  /** Nothing is pending any more, after the socket was closed. */
  receiverIdle(): void;
}

/**
 * The receiving half of a connection: at most one receive at a time, started when asked.
 *
 * The receive is started in the turn of the event loop after it was asked for: by then the answer
 * to what was just sent has often arrived, and the receive completes at its start, which costs half
 * as much as waiting for its packet.
 */
export class Receiver implements CompletionTarget, Deferred {
  readonly #on: Association;
  readonly #owner: ReceiverOwner;
  readonly #memory = new ReceiveMemory();
  #operation: Operation | undefined;
  /** Asked, but not started; or started, but not delivered. */
  #asked = false;
  #underWay = false;

  constructor(on: Association, owner: ReceiverOwner) {
    this.#on = on;
    this.#owner = owner;
  }

  /** Whether a receive is started and its end not delivered. */
  get underWay(): boolean {
    return this.#underWay;
  }

  /** Asks for one more chunk. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#on.port.defer(this);
  }

  resume(): void {
    if (this.#on.closed) {
      this.#asked = false;
      return;
    }
    const memory = this.#memory;
    if (this.#operation === undefined) {
      this.#operation = this.#on.port.take();
      this.#operation.target = this;
    }
    memory.prepare();
    this.#underWay = true;
    const code = startReceive(
      this.#operation,
      this.#on,
      memory.address,
      memory.length,
      memory.owner,
    );
    if (code === PENDING) return;
    if (code === COMPLETED) this.#operation.deliver();
    else {
      this.#asked = false;
      this.#underWay = false;
      this.#owner.failed(code, 'WSARecv');
    }
  }

  completed(operation: Operation): void {
    this.#asked = false;
    this.#underWay = false;
    if (this.#on.closed) this.#owner.receiverIdle();
    else if (operation.code !== 0) this.#owner.failed(operation.code, 'WSARecv');
    else if (operation.bytes === 0) this.#owner.receivedEnd();
    else this.#owner.received(this.#memory, operation.bytes);
  }

  /** Gives everything back. Nothing may be under way. */
  release(): void {
    this.#operation?.release();
    this.#operation = undefined;
    this.#memory.release();
  }
}
