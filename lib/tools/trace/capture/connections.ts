/**
 * What has been written of each connection, in memory that the threads of a process share: a socket may be used
 * by another thread than the one that has made it, and a program may be both ends of a connection.
 */
import { sharedTable } from '../output/shared.ts';
import type { Endpoint } from './packets.ts';

/** One direction of a connection, in bytes since its beginning. */
export interface Direction {
  /** Written as packets. */
  written: number;
  /** Told by the sender. */
  sent: number;
  /** Told by the receiver. */
  received: number;
  /** Acknowledged by the other side. */
  acknowledged: number;
}

// What has happened, as bits.
export const CONNECTING = 1;
export const ESTABLISHED = 2;
export const ACCEPTED = 4;
export const RESET = 8;
/** The sender of a direction has ended it. */
const ENDED = [16, 32] as const;

/** Numbers of 64 bits: the key, when it was used last, the bits, and four for each direction. */
const FIELDS = 12;
const KEY = 0;
const USED = 1;
const BITS = 2;
const DIRECTIONS = 3;
const PER_DIRECTION = 4;
/** Connections that share a place in the table; the one that was not used for the longest time gives way. */
const WAYS = 8;
const BUCKETS = 2048;

export const TABLE_BYTES = BUCKETS * WAYS * FIELDS * 8;

/** Where the connection is in the table, seen from one end. */
export class Connection {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly #table: Float64Array;
  readonly #at: number;
  /** Whether this end comes second in the key, so that its direction is the second. */
  readonly #swapped: boolean;

  constructor(from: Endpoint, to: Endpoint, swapped: boolean, table: Float64Array, at: number) {
    this.from = from;
    this.to = to;
    this.#swapped = swapped;
    this.#table = table;
    this.#at = at;
  }

  get bits(): number {
    return this.#table[this.#at + BITS]!;
  }

  set bits(value: number) {
    this.#table[this.#at + BITS] = value;
  }

  /** The bit that says that the sender of a direction has ended it. */
  endedBit(outwards: boolean): number {
    return ENDED[outwards !== this.#swapped ? 0 : 1];
  }

  direction(outwards: boolean): Direction {
    const index = outwards !== this.#swapped ? 0 : 1;
    const at = this.#at + DIRECTIONS + index * PER_DIRECTION;
    const [written = 0, sent = 0, received = 0, acknowledged = 0] = this.#table.subarray(
      at,
      at + 4,
    );
    return { written, sent, received, acknowledged };
  }

  keep(outwards: boolean, { written, sent, received, acknowledged }: Direction): void {
    const index = outwards !== this.#swapped ? 0 : 1;
    const at = this.#at + DIRECTIONS + index * PER_DIRECTION;
    this.#table.set([written, sent, received, acknowledged], at);
  }

  /** The other end's view of it. */
  reversed(): Connection {
    return new Connection(this.to, this.from, !this.#swapped, this.#table, this.#at);
  }

  /** Begins it anew: the addresses are used for another connection. */
  clear(): void {
    this.#table.fill(0, this.#at + BITS, this.#at + FIELDS);
  }
}

let table: Float64Array | undefined;

/** 53 bits, which another connection of the same moment will not have. */
function hashOf(first: Uint8Array, second: Uint8Array): number {
  let high = 0x811c9dc5;
  let low = 0x1b873593;
  for (const bytes of [first, second]) {
    for (const byte of bytes) {
      high = Math.imul(high ^ byte, 0x01000193);
      low = Math.imul(low ^ byte, 0x85ebca6b) ^ (low >>> 13);
    }
  }
  return (high >>> 0) * 0x200000 + ((low >>> 0) & 0x1fffff) + 1;
}

const bytesOf = ({ address, port }: Endpoint) => Uint8Array.of(...address, port >> 8, port & 255);

/** A connection by its ends; one that is not known begins here. Asked within `whileAlone`. */
export function connectionOf(from: Endpoint, to: Endpoint): Connection {
  table ??= new Float64Array(sharedTable(TABLE_BYTES));
  const [own, other] = [bytesOf(from), bytesOf(to)];
  const swapped = Buffer.compare(own, other) > 0;
  const key = swapped ? hashOf(other, own) : hashOf(own, other);
  const bucket = (key % BUCKETS) * WAYS * FIELDS;
  let oldest = bucket;
  for (let way = 0; way < WAYS; way++) {
    const at = bucket + way * FIELDS;
    if (table[at + KEY] === key) {
      table[at + USED] = performance.now();
      return new Connection(from, to, swapped, table, at);
    }
    if (table[at + USED]! < table[oldest + USED]!) oldest = at;
  }
  table.fill(0, oldest, oldest + FIELDS);
  table[oldest + KEY] = key;
  table[oldest + USED] = performance.now();
  return new Connection(from, to, swapped, table, oldest);
}
