import { allocateLow, GRANULARITY, leaveAtEnd, type NativeMemory } from '../calls/native-memory.ts';
import { type Operation, type OperationHost, operations } from './operation.ts';
import { RECEIVE_RECORD_BYTES, RECORD_BYTES } from './operation-layout.ts';

/** Chunks of ports that are gone, for the next port. Native memory is never freed. */
const spare: NativeMemory[] = [];

leaveAtEnd(() => spare.splice(0).map(({ address }) => ({ address, length: GRANULARITY })));

/** Native memory, and the operations whose records lie in it, one behind the other. */
interface Chunk {
  readonly memory: NativeMemory;
  readonly recordBytes: number;
  readonly operations: Operation[];
}

/** Records of one length. */
interface Pool {
  readonly recordBytes: number;
  readonly free: Operation[];
  /** Where the next one is made. */
  chunk: Chunk | undefined;
}

function poolOf(recordBytes: number): Pool {
  return { recordBytes, free: [], chunk: undefined };
}

/**
 * The operations of a port. Their records lie in chunks that start at multiples of the chunk's
 * size, so the address of a packet's OVERLAPPED says which chunk and which record it is.
 */
export class Arena {
  readonly #host: OperationHost;
  readonly #chunks = new Map<number, Chunk>();
  readonly #whole = poolOf(RECORD_BYTES);
  readonly #receives = poolOf(RECEIVE_RECORD_BYTES);
  /**
   * Free ones that the program has had. It may still hold them, and call them, and so they are never those
   * of a socket.
   */
  readonly #programs = new Set<Operation>();
  readonly #freePrograms: Operation[] = [];
  /** Records in all. */
  #size = 0;
  #lastKey = -1;
  #lastChunk: Chunk | undefined;

  /** @param host the port of the operations */
  constructor(host: OperationHost) {
    this.#host = host;
  }

  /** Records in all. */
  get size(): number {
    return this.#size;
  }

  get available(): number {
    return this.#whole.free.length + this.#receives.free.length + this.#freePrograms.length;
  }

  take(): Operation {
    return this.#takeOf(this.#whole);
  }

  /** One for `startReceive` only: its record has room for nothing else. */
  takeForReceive(): Operation {
    return this.#takeOf(this.#receives);
  }

  #takeOf(pool: Pool): Operation {
    const operation = pool.free.pop() ?? this.#make(pool);
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
    if (operation.words.byteLength === RECEIVE_RECORD_BYTES) this.#receives.free.push(operation);
    else if (this.#programs.size > 0 && this.#programs.has(operation))
      this.#freePrograms.push(operation);
    else this.#whole.free.push(operation);
  }

  /** The operation whose OVERLAPPED is at an address, if it is one of ours. */
  at(address: number): Operation | undefined {
    const key = Math.floor(address / GRANULARITY);
    if (key !== this.#lastKey) {
      this.#lastChunk = this.#chunks.get(key);
      this.#lastKey = key;
    }
    const chunk = this.#lastChunk;
    return chunk?.operations[(address - key * GRANULARITY) / chunk.recordBytes];
  }

  *pending(): Generator<Operation> {
    for (const { operations } of this.#chunks.values()) {
      for (const operation of operations) if (operation.pending) yield operation;
    }
  }

  /**
   * Hands the chunks on. Nothing may be pending. Whoever still has an operation must not start it:
   * two operations would share a record.
   */
  retire(): void {
    for (const chunk of this.#chunks.values()) {
      for (const operation of chunk.operations) operations.retire(operation);
      spare.push(chunk.memory);
    }
    this.#chunks.clear();
    for (const pool of [this.#whole, this.#receives]) {
      pool.free.length = 0;
      pool.chunk = undefined;
    }
    this.#size = 0;
    this.#freePrograms.length = 0;
    this.#programs.clear();
    this.#lastKey = -1;
    this.#lastChunk = undefined;
  }

  #make(pool: Pool): Operation {
    const { recordBytes } = pool;
    let { chunk } = pool;
    if (!chunk || chunk.operations.length * recordBytes === GRANULARITY) {
      chunk = this.#grow(recordBytes);
      pool.chunk = chunk;
    }
    const { address, bytes } = chunk.memory;
    const at = chunk.operations.length * recordBytes;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + at, recordBytes / 4);
    const operation = operations.create(this.#host, address + at, words);
    chunk.operations.push(operation);
    this.#size++;
    return operation;
  }

  #grow(recordBytes: number): Chunk {
    const memory = spare.pop() ?? allocateLow(GRANULARITY);
    const chunk: Chunk = { memory, recordBytes, operations: [] };
    this.#chunks.set(memory.address / GRANULARITY, chunk);
    return chunk;
  }
}
