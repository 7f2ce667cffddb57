/** What a test does: the same on both sides, because the client tells the server. */
import { PerfError } from './perf-error.ts';

export interface TestSettings {
  readonly protocol: 'TCP' | 'UDP';
  /** Seconds; 0 where bytes or blocks end the test, or Ctrl-C does. */
  readonly duration: number;
  /** Bytes after which the test ends; 0 for none. */
  readonly bytes: number;
  /** Blocks after which the test ends; 0 for none. */
  readonly blocks: number;
  /** Seconds at the start that are not counted. */
  readonly omit: number;
  /** Streams of each direction. */
  readonly streams: number;
  /** Bytes of one write, or of one datagram. */
  readonly blockSize: number;
  /** Bits in a second of each stream; 0 for as many as there can be. */
  readonly rate: number;
  /** Blocks that are sent together where there is a rate. */
  readonly burst: number;
  /** The server sends. */
  readonly reverse: boolean;
  /** Both send. */
  readonly bidirectional: boolean;
  /** Bytes of the socket buffers; 0 for the system's choice. */
  readonly window: number;
  readonly noDelay: boolean;
  /** The byte of the type of service. */
  readonly tos: number;
  readonly dontFragment: boolean;
  /** Counters of datagrams have 64 bits. */
  readonly wideCounters: boolean;
  /** The client wants what the server prints. */
  readonly serverOutput: boolean;
  /** Every byte is compared with what was sent: between two `winsock perf`. */
  readonly verify: boolean;
  readonly title: string | undefined;
  readonly extraData: string | undefined;
}

export const DEFAULTS: TestSettings = {
  protocol: 'TCP',
  duration: 10,
  bytes: 0,
  blocks: 0,
  omit: 0,
  streams: 1,
  blockSize: 128 * 1024,
  rate: 0,
  burst: 0,
  reverse: false,
  bidirectional: false,
  window: 0,
  noDelay: false,
  tos: 0,
  dontFragment: false,
  wideCounters: false,
  serverOutput: false,
  verify: false,
  title: undefined,
  extraData: undefined,
};

/** A datagram that fits a frame of Ethernet, also by IPv6 and PPPoE: what iperf3 takes there too. */
export const UDP_BLOCK = 1460;
/** Where nothing else is said, as iperf3: a test of UDP shall not flood a network by mistake. */
export const UDP_RATE = 1024 * 1024;

/** The limits of iperf3, which a peer of that kind would refuse to exceed. */
const LIMITS = {
  duration: [0, 86_400],
  omit: [0, 600],
  streams: [1, 128],
  burst: [0, 1000],
  window: [0, 512 << 20],
  tos: [0, 255],
} as const satisfies Partial<Record<keyof TestSettings, readonly [number, number]>>;

const LARGEST_TCP = 1 << 20;
const LARGEST_UDP = 65_507;
const SMALLEST_UDP = 16;

/** @throws PerfError for what no test can be */
export function checkSettings(settings: TestSettings): TestSettings {
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = settings[name as keyof typeof LIMITS];
    if (!Number.isFinite(value) || value < least || value > most) {
      throw new PerfError(`${name} is from ${least} to ${most}, not ${value}`);
    }
  }
  for (const name of ['bytes', 'blocks', 'rate'] as const) {
    const value = settings[name];
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new PerfError(`${name} is a whole number, not ${value}`);
    }
  }
  if (!Number.isInteger(settings.streams)) {
    throw new PerfError(`streams is a whole number, not ${settings.streams}`);
  }
  const udp = settings.protocol === 'UDP';
  const least = udp ? SMALLEST_UDP + (settings.wideCounters ? 4 : 0) : 1;
  const most = udp ? LARGEST_UDP : LARGEST_TCP;
  const { blockSize } = settings;
  if (!Number.isInteger(blockSize) || blockSize < least || blockSize > most) {
    throw new PerfError(
      `a block of ${settings.protocol} has from ${least} to ${most} bytes, not ${blockSize}`,
    );
  }
  if (settings.reverse && settings.bidirectional) {
    throw new PerfError('a test is reverse or bidirectional, not both');
  }
  if ([settings.duration, settings.bytes, settings.blocks].filter((end) => end > 0).length > 1) {
    throw new PerfError('a test ends by time, by bytes or by blocks, not by several of them');
  }
  return settings;
}

/** How many streams there are, and which of them this side sends on. */
export function directionsOf(settings: TestSettings, role: 'client' | 'server'): boolean[] {
  const { streams, bidirectional, reverse } = settings;
  const first = (role === 'client') !== reverse;
  const one = Array.from({ length: streams }, () => first);
  // The client's own come first.
  return bidirectional ? [...one, ...one.map((sends) => !sends)] : one;
}

/** iperf3's numbers of streams: 1, 3, 4, 5 … */
export function streamId(index: number): number {
  return index === 0 ? 1 : index + 2;
}
