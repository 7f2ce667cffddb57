/** The packets of a connection of TCP, as far as the calls of its ends tell of them. */
import {
  ACCEPTED,
  CONNECTING,
  type Connection,
  connectionOf,
  type Direction,
  ESTABLISHED,
  RESET,
} from './connections.ts';
import { ACK, type Built, type Endpoint, FIN, PSH, RST, SYN, tcpPacket, URG } from './packets.ts';

/** A packet of a connection, and which way it went as seen from the end that tells of it. */
export interface StreamPacket extends Built {
  readonly outwards: boolean;
  readonly time: bigint;
}

/** The most data of a packet, in bytes: with its headers it is no longer than IP lets it be. */
const MOST_SEGMENT = 65_000;
/** How much is sent before the other side acknowledges it, where it sends nothing itself. */
const ACKNOWLEDGED_AFTER = 262_144;

const NOTHING: Uint8Array = new Uint8Array();

/** When what is written of happened, in nanoseconds. */
export interface Times {
  readonly started: bigint;
  readonly ended: bigint;
}

/** Data, of which there may be less than there was. */
export interface StreamData {
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly isUrgent: boolean;
}

/** Writes what one call or completion tells of a connection. To be used within `whileAlone`. */
export class Stream {
  readonly packets: StreamPacket[] = [];
  readonly #connection: Connection;

  constructor(from: Endpoint, to: Endpoint) {
    this.#connection = connectionOf(from, to);
  }

  /** A connect has begun that goes on by itself. */
  connecting(time: bigint): void {
    this.#connection.clear();
    this.#has(CONNECTING);
    this.#put(true, SYN, time);
  }

  connected({ started, ended }: Times): void {
    const { bits } = this.#connection;
    // The end that has accepted may have told of it before.
    if ((bits & (ESTABLISHED | RESET)) === ESTABLISHED && (bits & ACCEPTED) !== 0) return;
    if ((bits & CONNECTING) === 0 || (bits & ESTABLISHED) !== 0) this.connecting(started);
    this.#put(false, SYN | ACK, ended);
    this.#put(true, ACK, ended);
    this.#has(ESTABLISHED);
  }

  accepted({ started, ended }: Times): void {
    const connection = this.#connection;
    const { bits } = connection;
    const isKnown = (bits & ESTABLISHED) !== 0 && (bits & (ACCEPTED | RESET)) === 0;
    if (!isKnown) {
      if ((bits & CONNECTING) === 0 || (bits & ESTABLISHED) !== 0) {
        connection.clear();
        this.#put(false, SYN, started > ended ? ended : started);
      }
      this.#put(true, SYN | ACK, ended);
      this.#put(false, ACK, ended);
    }
    this.#has(ESTABLISHED | ACCEPTED);
  }

  /** Nobody listens: the other side answers with a reset. */
  refused({ started, ended }: Times): void {
    if ((this.#connection.bits & CONNECTING) === 0) this.connecting(started);
    this.#put(false, RST | ACK, ended);
    this.#has(RESET);
  }

  /**
   * Data has passed.
   *
   * @param outwards whether this end has sent it
   */
  moved(outwards: boolean, data: StreamData, { started, ended }: Times): void {
    this.#establish({ started, ended });
    const connection = this.#connection;
    const state = connection.direction(outwards);
    const from = outwards ? state.sent : state.received;
    const to = from + data.length;
    if (outwards) state.sent = to;
    else state.received = to;
    connection.keep(outwards, state);
    // The other end may have told of some of it before.
    const skipped = Math.min(Math.max(state.written - from, 0), data.length);
    for (let at = skipped; at < data.length; ) {
      const length = Math.min(MOST_SEGMENT, data.length - at);
      const isLast = at + length === data.length;
      const flags = ACK | (isLast ? PSH : 0) | (data.isUrgent ? URG : 0);
      this.#put(outwards, flags, ended, data.bytes.subarray(at, at + length), length);
      at += length;
    }
  }

  /** The sender of a direction has ended it. */
  ended(outwards: boolean, time: bigint): void {
    const bit = this.#connection.endedBit(outwards);
    const { bits } = this.#connection;
    if ((bits & (bit | RESET)) !== 0 || (bits & ESTABLISHED) === 0) return;
    this.#put(outwards, FIN | ACK, time);
    this.#has(bit);
    this.#put(!outwards, ACK, time);
  }

  reset(outwards: boolean, time: bigint): void {
    const { bits } = this.#connection;
    if ((bits & RESET) !== 0 || (bits & ESTABLISHED) === 0) return;
    this.#put(outwards, RST | ACK, time);
    this.#has(RESET);
  }

  /** A connect that went on by itself must have succeeded. */
  #establish(times: Times): void {
    const { bits } = this.#connection;
    if ((bits & CONNECTING) !== 0 && (bits & ESTABLISHED) === 0) this.connected(times);
    // Of a connection that was there before the trace the beginning is not told.
    this.#has(ESTABLISHED);
  }

  #has(bits: number): void {
    this.#connection.bits |= bits;
  }

  /** The sequence number that follows what is written of a direction: SYN and FIN count as a byte each. */
  #sequence(outwards: boolean, { written }: Direction): number {
    const isEnded = (this.#connection.bits & this.#connection.endedBit(outwards)) !== 0;
    return (1 + written + (isEnded ? 1 : 0)) % 2 ** 32;
  }

  #put(outwards: boolean, flags: number, time: bigint, data = NOTHING, length = 0): void {
    const connection = this.#connection;
    const { from, to } = outwards ? connection : connection.reversed();
    const own = connection.direction(outwards);
    const other = connection.direction(!outwards);
    const segment = {
      flags,
      sequence: (flags & SYN) !== 0 ? 0 : this.#sequence(outwards, own),
      acknowledged: this.#sequence(!outwards, other),
      data,
      length,
    };
    this.packets.push({ ...tcpPacket(from, to, segment), outwards, time });
    own.written += length;
    other.acknowledged = other.written;
    connection.keep(outwards, own);
    connection.keep(!outwards, other);
    if (own.written - own.acknowledged >= ACKNOWLEDGED_AFTER) this.#put(!outwards, ACK, time);
  }
}
