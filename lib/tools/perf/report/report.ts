/** The report of a whole test. */
import { cookieText } from '../protocol/cookie.ts';
import type { Results } from '../protocol/results.ts';
import type { Run } from '../run.ts';
import type { TestSettings } from '../settings.ts';
import type { Stream } from '../streams/stream.ts';
import { version } from '../version.ts';
import { bothSidesOf, endStreamOf, sumOf } from './records.ts';
import type {
  EndRecord,
  IntervalRecord,
  Report,
  StartRecord,
  StreamRecord,
  VerifiedRecord,
} from './types.ts';

/** What is known of a test when it ends, well or not. */
export interface Outcome {
  readonly role: 'client' | 'server';
  readonly peer: { readonly host: string; readonly port: number };
  readonly cookie: Buffer;
  readonly startedAt: Date;
  readonly settings: TestSettings;
  readonly model: string;
  readonly interval: number;
  readonly streams: readonly Stream[];
  readonly run: Run | undefined;
  readonly results: Results | undefined;
  readonly interrupted: boolean;
  readonly error: Error | undefined;
}

export function reportOf(outcome: Outcome): Report {
  const { run, results, error } = outcome;
  const intervals: readonly IntervalRecord[] = run?.intervals ?? [];
  const text = results?.server_output_text;
  const json = results?.server_output_json;
  return {
    start: startOf(outcome),
    intervals,
    end: endOf(outcome),
    ...(text !== undefined && { server_output_text: String(text) }),
    ...(json !== undefined && { server_output_json: json }),
    ...(error && { error: error.message }),
  };
}

export function startOf(outcome: Outcome): StartRecord {
  const { settings, streams, startedAt, peer, role, cookie, model, interval } = outcome;
  const { title, extraData } = settings;
  const flag = (value: boolean) => (value ? 1 : 0);
  return {
    connected: streams.map(({ id, local, remote }) => ({
      socket: id,
      local_host: local.address,
      local_port: local.port,
      remote_host: remote.address,
      remote_port: remote.port,
    })),
    version: `winsock perf ${version()}`,
    system_info: `${process.platform} ${process.arch}`,
    timestamp: {
      time: startedAt.toUTCString(),
      timesecs: Math.floor(startedAt.getTime() / 1000),
    },
    ...(role === 'client' ? { connecting_to: peer } : { accepted_connection: peer }),
    cookie: cookieText(cookie),
    ...(title !== undefined && { title }),
    ...(extraData !== undefined && { extra_data: extraData }),
    target_bitrate: settings.rate,
    sock_bufsize: settings.window,
    test_start: {
      protocol: settings.protocol,
      num_streams: settings.streams,
      blksize: settings.blockSize,
      omit: settings.omit,
      duration: settings.duration,
      bytes: settings.bytes,
      blocks: settings.blocks,
      reverse: flag(settings.reverse),
      tos: settings.tos,
      target_bitrate: settings.rate,
      bidir: flag(settings.bidirectional),
      interval,
    },
    winsock: { model, runtime: runtimeName() },
  };
}

export function runtimeName(): string {
  const { bun, node } = process.versions;
  return bun ? `Bun ${bun}` : `Node.js ${node}`;
}

function endOf(outcome: Outcome): EndRecord {
  const { settings, streams, run, results } = outcome;
  const seconds = run?.seconds ?? 0;
  const both = streams.map((stream) => bothSidesOf(stream, seconds, settings, results));
  const first = both.filter((_, index) => streams[index]!.sends === streams[0]!.sends);
  const second = both.filter((one) => !first.includes(one));
  const udp = settings.protocol === 'UDP';
  const sent = (sides: typeof both) => sumOf(sides.map(({ sender }) => sender));
  const received = (sides: typeof both) => sumOf(sides.map(({ receiver }) => receiver));
  const combined = (sides: typeof both) =>
    sumOf(sides.map((one) => (endStreamOf(one, settings) as { udp: StreamRecord }).udp));
  const { total = 0, user = 0, system = 0 } = run?.cpu ?? {};
  const port = run?.port;
  const verified = verifiedBy(outcome);
  return {
    streams: both.map((one) => endStreamOf(one, settings)),
    ...(udp && { sum: combined(first) }),
    sum_sent: sent(first),
    sum_received: received(first),
    ...(settings.bidirectional && {
      ...(udp && { sum_bidir_reverse: combined(second) }),
      sum_sent_bidir_reverse: sent(second),
      sum_received_bidir_reverse: received(second),
    }),
    cpu_utilization_percent: {
      host_total: total,
      host_user: user,
      host_system: system,
      remote_total: results?.cpu_util_total ?? 0,
      remote_user: results?.cpu_util_user ?? 0,
      remote_system: results?.cpu_util_system ?? 0,
    },
    winsock: {
      ...(port && { port }),
      ...(verified && { verified }),
      warnings: warningsOf(outcome, both),
      interrupted: outcome.interrupted,
    },
  };
}

function verifiedBy({ settings, streams, results }: Outcome): VerifiedRecord[] | undefined {
  if (!settings.verify) return undefined;
  return streams.map((stream): VerifiedRecord => {
    const told = results?.streams.find(({ id }) => id === stream.id);
    const bytes = stream.sends ? (told?.winsock_verified ?? 0) : stream.verified;
    const wrong = stream.sends ? told?.winsock_first_wrong : stream.firstWrong;
    return { socket: stream.id, bytes, ...(wrong !== undefined && { first_wrong: wrong }) };
  });
}

/** A sender may count a write only when the system has taken all of it: so much may be missing. */
const COUNTED_LATE = 4 << 20;

/** What cannot be, so that somebody counts wrong. */
function warningsOf(
  { settings, results }: Outcome,
  both: readonly { sender: StreamRecord; receiver: StreamRecord }[],
): string[] {
  // What was omitted of one side may have arrived later than the other began to count.
  if (!results || settings.omit > 0) return [];
  return both
    .filter(({ sender, receiver }) => receiver.bytes > sender.bytes + COUNTED_LATE)
    .map(
      ({ sender, receiver }) =>
        `stream ${sender.socket}: ${receiver.bytes} bytes were received of ${sender.bytes} that were sent`,
    );
}
