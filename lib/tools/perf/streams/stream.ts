/** One stream of a test: what went over it, as both reports and results count. */

import type { TcpFigures } from '../system.ts';
import type { Connection, Endpoint } from '../transport.ts';

/** What is counted on a stream. Bytes and blocks are those since the omitted time. */
export interface Counters {
  bytes: number;
  blocks: number;
  /** Datagrams sent, or the highest number received. */
  packets: number;
  lost: number;
  outOfOrder: number;
}

const ZERO: Counters = { bytes: 0, blocks: 0, packets: 0, lost: 0, outOfOrder: 0 };

export class Stream {
  /** iperf3's number of it. */
  readonly id: number;
  /** Whether this side sends. */
  readonly sends: boolean;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** The SOCKET, where there is one. */
  readonly handle: number | undefined;
  readonly connection: Connection | undefined;
  /** Counted since the beginning. */
  readonly total: Counters = { ...ZERO };
  /** What of that was before the end of the omitted time. */
  omitted: Counters = { ...ZERO };
  /** As the last interval ended. */
  reported: Counters = { ...ZERO };
  /** Seconds, smoothed as RFC 1889 says. */
  jitter = 0;
  /** Bytes compared, and where the first wrong one was. */
  verified = 0;
  firstWrong: number | undefined;
  /** What went wrong on it. */
  failure: Error | undefined;
  /** What the system says of its connection, at each interval. */
  readonly figures: TcpFigures[] = [];

  constructor(
    id: number,
    sends: boolean,
    place: { local: Endpoint; remote: Endpoint; handle: number | undefined },
    connection?: Connection,
  ) {
    this.id = id;
    this.sends = sends;
    this.local = place.local;
    this.remote = place.remote;
    this.handle = place.handle;
    this.connection = connection;
  }

  /** What was counted since the omitted time. */
  get counted(): Counters {
    return difference(this.total, this.omitted);
  }

  /** What was counted since the last time. */
  takeInterval(): Counters {
    const found = difference(this.total, this.reported);
    this.reported = { ...this.total };
    return found;
  }

  /** The omitted time ends. */
  startCounting(): void {
    this.omitted = { ...this.total };
    this.reported = { ...this.total };
  }
}

function difference(a: Counters, b: Counters): Counters {
  return {
    bytes: a.bytes - b.bytes,
    blocks: a.blocks - b.blocks,
    packets: a.packets - b.packets,
    lost: a.lost - b.lost,
    outOfOrder: a.outOfOrder - b.outOfOrder,
  };
}
