import { Random } from '../hostile/random.ts';

/** Longer than a write, and of no length that buffers have. */
const PERIOD = 299_993;
const random = new Random(7);
const noise = Buffer.alloc(2 * PERIOD);
for (let i = 0; i < PERIOD; i++) noise[i] = noise[i + PERIOD] = random.below(256);

/** What a direction of a connection carries: bytes that are known at every place. */
export class Content {
  readonly #start: number;

  constructor(key: number) {
    this.#start = key % PERIOD;
  }

  /** The bytes from a place on. The memory is its own. */
  at(offset: number, length: number): Buffer {
    const from = (this.#start + offset) % PERIOD;
    return Buffer.from(noise.subarray(from, from + length));
  }

  /** Whether these are the bytes from a place on. */
  matches(offset: number, chunk: Uint8Array): boolean {
    for (let at = 0; at < chunk.length; at += PERIOD) {
      const part = chunk.subarray(at, at + PERIOD);
      const from = (this.#start + offset + at) % PERIOD;
      if (noise.compare(part, 0, part.length, from, from + part.length) !== 0) return false;
    }
    return true;
  }
}

export const LARGEST_WRITE = 200_000;
