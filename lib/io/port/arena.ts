import { allocateLow, GRANULARITY, type NativeMemory } from '../calls/native-memory.ts';
import { type Operation, type OperationHost, operations } from './operation.ts';
import { RECORD_BYTES } from './operation-layout.ts';

const RECORDS = GRANULARITY / RECORD_BYTES;

/** Chunks of ports that are gone, for the next port. Native memory is never freed. */
const spare: NativeMemory[] = [];

/**
 * The operations of a port. Their records lie in chunks that start at multiples of the chunk's
 * size, so the address of a packet's OVERLAPPED says which chunk and which record it is.
 */
export class Arena {
  readonly #host: OperationHost;
  readonly #chunks = new Map<number, Operation[]>();
  readonly #memory: NativeMemory[] = [];
  readonly #free: Operation[] = [];
  /**
   * Free ones that the program has had. It may still hold them, and call them, and so they are never those
   * of a socket.
   */
  readonly #programs = new Set<Operation>();
  readonly #freePrograms: Operation[] = [];
  #lastKey = -1;
  #lastChunk: Operation[] | undefined;

  /** @param host the port of the operations */
  constructor(host: OperationHost) {
    this.#host = host;
  }

  /** Records in all. */
  get size(): number {
    return this.#memory.length * RECORDS;
  }

  get available(): number {
    return this.#free.length + this.#freePrograms.length;
  }

  take(): Operation {
    if (this.#free.length === 0) this.#grow();
    const operation = this.#free.pop()!;
    operations.take(operation);
    return operation;
  }

  /** One for the program itself: fresh, or one that it has had before. */
  takeForProgram(): Operation {
    const again = this.#freePrograms.pop();
    const operation = again ?? this.take();
    if (again) operations.take(again);
    else this.#programs.add(operation);
    return operation;
  }

  /** Takes back one that was released. */
  give(operation: Operation): void {
    if (this.#programs.size > 0 && this.#programs.has(operation))
      this.#freePrograms.push(operation);
    else this.#free.push(operation);
  }

  /** The operation whose OVERLAPPED is at an address, if it is one of ours. */
  at(address: number): Operation | undefined {
    const key = Math.floor(address / GRANULARITY);
    if (key !== this.#lastKey) {
      this.#lastChunk = this.#chunks.get(key);
      this.#lastKey = key;
    }
    return this.#lastChunk?.[(address - key * GRANULARITY) / RECORD_BYTES];
  }

  *pending(): Generator<Operation> {
    for (const chunk of this.#chunks.values()) {
      for (const operation of chunk) if (operation.pending) yield operation;
    }
  }

  /**
   * Hands the chunks on. Nothing may be pending. Whoever still has an operation must not start it:
   * two operations would share a record.
   */
  retire(): void {
    for (const chunk of this.#chunks.values()) {
      for (const operation of chunk) operations.retire(operation);
    }
    spare.push(...this.#memory);
    this.#memory.length = 0;
    this.#chunks.clear();
    this.#free.length = 0;
    this.#freePrograms.length = 0;
    this.#programs.clear();
    this.#lastKey = -1;
    this.#lastChunk = undefined;
  }

  #grow(): void {
    const memory = spare.pop() ?? allocateLow(GRANULARITY);
    const { address, bytes } = memory;
    const chunk: Operation[] = [];
    for (let i = 0; i < RECORDS; i++) {
      const at = i * RECORD_BYTES;
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, RECORD_BYTES / 4);
      chunk.push(operations.create(this.#host, address + at, words));
    }
    this.#memory.push(memory);
    this.#chunks.set(address / GRANULARITY, chunk);
    // The lowest addresses are used first, which keeps the working set small.
    for (let i = RECORDS - 1; i >= 0; i--) this.#free.push(chunk[i]!);
  }
}
