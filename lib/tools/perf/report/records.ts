/** Records of intervals and of the end, out of what the streams have counted. */
import type { Results, StreamResults } from '../protocol/results.ts';
import type { TestSettings } from '../settings.ts';
import type { Counters, Stream } from '../streams/stream.ts';
import type { FiguresReader, TcpFigures } from '../system.ts';
import type { PortStats } from '../transport.ts';
import type { EndStreamRecord, IntervalRecord, StreamRecord, SumRecord } from './types.ts';

interface While {
  readonly start: number;
  readonly end: number;
  readonly omitted: boolean;
  readonly figures: FiguresReader | undefined;
  readonly cpu: number;
  readonly port: PortStats | undefined;
}

function span(start: number, end: number, bytes: number) {
  const seconds = end - start;
  return { start, end, seconds, bytes, bits_per_second: seconds > 0 ? (bytes * 8) / seconds : 0 };
}

/** Which streams the first sum is of: those from the client, where both sides send. */
function isFirstDirection(stream: Stream, streams: readonly Stream[]): boolean {
  return stream.sends === streams[0]?.sends;
}

export function intervalOf(
  streams: readonly Stream[],
  settings: TestSettings,
  during: While,
): IntervalRecord {
  const records = streams.map((stream) => intervalOfStream(stream, settings, during));
  const first = records.filter((_, index) => isFirstDirection(streams[index]!, streams));
  const second = records.filter((record) => !first.includes(record));
  const { cpu, port } = during;
  return {
    streams: records,
    sum: sumOf(first),
    ...(settings.bidirectional && { sum_bidir_reverse: sumOf(second) }),
    winsock: { cpu_percent: cpu, ...(port && { port }) },
  };
}

function intervalOfStream(stream: Stream, settings: TestSettings, during: While): StreamRecord {
  const counted = stream.takeInterval();
  const { omitted, figures } = during;
  return {
    socket: stream.id,
    ...span(during.start, during.end, counted.bytes),
    ...(settings.protocol === 'UDP'
      ? datagramsOf(counted, stream)
      : stream.sends && tcpOf(stream, figures)),
    omitted,
    sender: stream.sends,
  };
}

function datagramsOf(counted: Counters, stream: Stream) {
  const { packets, lost } = counted;
  if (stream.sends) return { packets };
  return {
    jitter_ms: stream.jitter * 1000,
    lost_packets: lost,
    packets,
    lost_percent: packets > 0 ? (100 * lost) / packets : 0,
  };
}

function tcpOf(stream: Stream, figures: FiguresReader | undefined) {
  const found = stream.handle === undefined ? undefined : figures?.(stream.handle);
  if (!found) return {};
  const before = stream.figures.at(-1)?.retransmits ?? 0;
  stream.figures.push(found);
  return {
    retransmits: found.retransmits - before,
    snd_cwnd: found.congestionWindow,
    snd_wnd: found.sendWindow,
    rtt: found.rtt,
  };
}

/** The sum of one direction. */
export function sumOf(records: readonly Omit<StreamRecord, 'socket'>[]): SumRecord {
  const total = (name: 'bytes' | 'packets' | 'lost_packets' | 'retransmits') =>
    records.reduce((sum, record) => sum + (record[name] ?? 0), 0);
  const has = (name: keyof SumRecord) => records.some((record) => record[name] !== undefined);
  const [first] = records;
  const { start = 0, end = 0, sender = false, omitted } = first ?? {};
  const latest = Math.max(end, ...records.map((record) => record.end));
  const [packets, lost] = [total('packets'), total('lost_packets')];
  const jitter = records.reduce((sum, { jitter_ms }) => sum + (jitter_ms ?? 0), 0);
  return {
    ...span(start, latest, total('bytes')),
    ...(has('retransmits') && { retransmits: total('retransmits') }),
    ...(has('jitter_ms') && { jitter_ms: jitter / Math.max(1, records.length) }),
    ...(has('lost_packets') && { lost_packets: lost }),
    ...(has('packets') && { packets }),
    ...(has('lost_percent') && { lost_percent: packets > 0 ? (100 * lost) / packets : 0 }),
    ...(omitted !== undefined && { omitted }),
    sender,
  };
}

/** What a side tells the other of its streams. */
export function resultsOfStream(stream: Stream, seconds: number, verify: boolean): StreamResults {
  const { total, omitted, counted, figures } = stream;
  return {
    id: stream.id,
    bytes: counted.bytes,
    retransmits: figures.at(-1)?.retransmits ?? -1,
    jitter: stream.jitter,
    errors: total.lost,
    omitted_errors: omitted.lost,
    packets: total.packets,
    omitted_packets: omitted.packets,
    start_time: 0,
    end_time: seconds,
    ...(verify && { winsock_verified: stream.verified }),
    ...(stream.firstWrong !== undefined && { winsock_first_wrong: stream.firstWrong }),
  };
}

/** One stream as both of its sides have seen it. */
interface BothSides {
  readonly sender: StreamRecord;
  readonly receiver: StreamRecord;
}

/** A stream at the end: what this side has counted, and what the other says, if it said anything. */
export function bothSidesOf(
  stream: Stream,
  seconds: number,
  settings: TestSettings,
  peer: Results | undefined,
): BothSides {
  const own = ownSide(stream, seconds, settings);
  const told = peer?.streams.find(({ id }) => id === stream.id);
  const other = otherSide(stream, settings, told);
  return stream.sends ? { sender: own, receiver: other } : { sender: other, receiver: own };
}

function ownSide(stream: Stream, seconds: number, settings: TestSettings): StreamRecord {
  const { counted } = stream;
  return {
    socket: stream.id,
    ...span(0, seconds, counted.bytes),
    ...(settings.protocol === 'UDP'
      ? {
          ...lossOf(counted.packets, counted.lost, stream.jitter),
          out_of_order: counted.outOfOrder,
        }
      : stream.sends && extremesOf(stream.figures)),
    sender: stream.sends,
  };
}

function otherSide(
  stream: Stream,
  settings: TestSettings,
  told: StreamResults | undefined,
): StreamRecord {
  const packets = told ? told.packets - told.omitted_packets : 0;
  const lost = told ? told.errors - told.omitted_errors : 0;
  return {
    socket: stream.id,
    ...span(told?.start_time ?? 0, told?.end_time ?? 0, told?.bytes ?? 0),
    ...(settings.protocol === 'UDP'
      ? lossOf(packets, lost, told?.jitter ?? 0)
      : !stream.sends && told && told.retransmits >= 0 && { retransmits: told.retransmits }),
    sender: stream.sends,
  };
}

function lossOf(packets: number, lost: number, jitter: number) {
  return {
    jitter_ms: jitter * 1000,
    lost_packets: lost,
    packets,
    lost_percent: packets > 0 ? (100 * lost) / packets : 0,
  };
}

function extremesOf(figures: readonly TcpFigures[]) {
  const last = figures.at(-1);
  if (!last) return {};
  const rtts = figures.map(({ rtt }) => rtt);
  return {
    retransmits: last.retransmits,
    max_snd_cwnd: Math.max(...figures.map(({ congestionWindow }) => congestionWindow)),
    max_snd_wnd: Math.max(...figures.map(({ sendWindow }) => sendWindow)),
    max_rtt: Math.max(...rtts),
    min_rtt: Math.min(...rtts),
    mean_rtt: Math.round(rtts.reduce((sum, rtt) => sum + rtt, 0) / rtts.length),
  };
}

export function endStreamOf(both: BothSides, settings: TestSettings): EndStreamRecord {
  if (settings.protocol === 'TCP') return both;
  // As iperf3: the sender's bytes, and the receiver's loss.
  const { sender, receiver } = both;
  const { jitter_ms, lost_packets, lost_percent, out_of_order = 0, packets } = receiver;
  const lossKnown = packets !== undefined && packets > 0;
  return {
    udp: {
      ...sender,
      ...(lossKnown && { jitter_ms, lost_packets, lost_percent, packets }),
      out_of_order,
    } as StreamRecord,
  };
}
