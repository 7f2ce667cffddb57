/** The kinds of work that the stand-in makes, and what is found of them. */

/** One kind of work. */
export interface Work {
  readonly name: string;
  /** What the figures are for one of. */
  readonly unit: 'message' | 'datagram' | 'connection' | 'wake-up';
  readonly what: 'messages' | 'datagrams' | 'connections';
  /** Whether what is there ends in the call, or by a packet. */
  readonly way: 'call' | 'packet';
  readonly connections: number;
  readonly bytes: number;
  /** One at a time, so many milliseconds after the answer to the one before; −1 for all at once. */
  readonly pause: number;
}

const many = { connections: 16, bytes: 64, pause: -1 } as const;
const one = { ...many, connections: 1 } as const;

export const WORKS: readonly Work[] = [
  { name: 'messages, in the call', unit: 'message', what: 'messages', way: 'call', ...many },
  { name: 'messages, by packet', unit: 'message', what: 'messages', way: 'packet', ...many },
  {
    name: '16 KiB, in the call',
    unit: 'message',
    what: 'messages',
    way: 'call',
    ...many,
    bytes: 16384,
  },
  { name: 'datagrams, in the call', unit: 'datagram', what: 'datagrams', way: 'call', ...one },
  { name: 'datagrams, by packet', unit: 'datagram', what: 'datagrams', way: 'packet', ...one },
  {
    name: 'connections, in the call',
    unit: 'connection',
    what: 'connections',
    way: 'call',
    ...one,
  },
  {
    name: 'connections, by packet',
    unit: 'connection',
    what: 'connections',
    way: 'packet',
    ...one,
  },
  { name: 'lone message, busy', unit: 'wake-up', what: 'messages', way: 'call', ...one, pause: 0 },
  { name: 'lone message, quiet', unit: 'wake-up', what: 'messages', way: 'call', ...one, pause: 3 },
];

/** What one of the work has cost in one round, in nanoseconds. */
export interface OwnSample {
  readonly user: number;
  readonly kernel: number;
  readonly elapsed: number;
  /** The median until the answer, for wake-ups. */
  readonly latency: number;
}

export interface OwnCell {
  readonly work: string;
  readonly contender: string;
  readonly samples: readonly OwnSample[];
  readonly median: OwnSample;
  /** The quartiles of user time. */
  readonly quartiles: readonly [number, number];
  /** User time to that of koffi alone in the same rounds: the median of the ratios. */
  readonly toFloor: number | null;
  /** Bytes of the heap; null where they are not counted. */
  readonly heap: number | null;
}

/** What several threads have done against one, of the same process. */
export interface ThreadsCell {
  readonly work: string;
  readonly unit: Work['unit'];
  readonly threads: number;
  /** Of each round: what one of the work has cost one thread, and all of them. */
  readonly samples: readonly { readonly one: OwnSample; readonly all: OwnSample }[];
  /** How many times as much all of them do in the same time: the median of the rounds. */
  readonly gain: number;
  readonly quartiles: readonly [number, number];
  /**
   * How many times as much all of them do where each has a processor of its own: by processor time, which other
   * programs disturb less.
   */
  readonly gainByProcessor: number;
}
