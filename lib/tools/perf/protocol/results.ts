/** The results that both sides exchange: JSON with iperf3's names. */
import { PerfError } from '../perf-error.ts';

export interface StreamResults {
  readonly id: number;
  readonly bytes: number;
  /** -1 where it is not known. */
  readonly retransmits: number;
  /** Seconds. */
  readonly jitter: number;
  /** Datagrams lost, with those before the end of the omitted time. */
  readonly errors: number;
  readonly omitted_errors: number;
  readonly packets: number;
  readonly omitted_packets: number;
  readonly start_time: number;
  readonly end_time: number;
  /** Bytes compared, and the first that was wrong: between two `winsock perf`. */
  readonly winsock_verified?: number;
  readonly winsock_first_wrong?: number;
}

export interface Results {
  /** Percent of one processor. */
  readonly cpu_util_total: number;
  readonly cpu_util_user: number;
  readonly cpu_util_system: number;
  readonly sender_has_retransmits: number;
  readonly congestion_used?: string;
  readonly server_output_text?: string;
  readonly server_output_json?: unknown;
  readonly streams: readonly StreamResults[];
}

const TIMES = ['start_time', 'end_time', 'jitter'] as const;
const COUNTS = ['bytes', 'errors', 'packets'] as const;
const LATER = ['omitted_errors', 'omitted_packets'] as const;

/**
 * Results of a peer, which may be of another version, broken or lying.
 *
 * @param ids the streams that there are
 * @throws PerfError
 */
export function decodeResults(value: unknown, ids: readonly number[], peer: string): Results {
  const wrong = (what: string) =>
    new PerfError(`the results that the ${peer} has sent make no sense: ${what}`);
  const shown = (one: unknown) => JSON.stringify(one)?.slice(0, 60) ?? 'nothing';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(`${shown(value)} is no object`);
  }
  const given = value as Record<string, unknown>;
  const number = (from: Record<string, unknown>, name: string, least: number): number => {
    const found = from[name];
    if (typeof found === 'number' && Number.isFinite(found) && found >= least) return found;
    throw wrong(`${name} is ${shown(found)}`);
  };
  if (!Array.isArray(given.streams)) throw wrong(`streams is ${shown(given.streams)}`);
  const streams = given.streams.map((one: unknown): StreamResults => {
    if (typeof one !== 'object' || one === null) throw wrong(`a stream is ${shown(one)}`);
    const stream = one as Record<string, unknown>;
    const id = number(stream, 'id', 1);
    if (!ids.includes(id)) throw wrong(`there is no stream ${id}`);
    for (const name of COUNTS) number(stream, name, 0);
    for (const name of TIMES) number(stream, name, 0);
    for (const name of LATER) if (stream[name] !== undefined) number(stream, name, 0);
    const retransmits = number(stream, 'retransmits', -1);
    return {
      // Its members are looked at above.
      ...(stream as unknown as StreamResults),
      // Older versions write -1 as an unsigned number of 64 bits.
      retransmits: retransmits > Number.MAX_SAFE_INTEGER ? -1 : retransmits,
      omitted_errors: Number(stream.omitted_errors ?? 0),
      omitted_packets: Number(stream.omitted_packets ?? 0),
    };
  });
  const missing = ids.find((id) => !streams.some((stream) => stream.id === id));
  if (missing !== undefined) throw wrong(`stream ${missing} is missing`);
  if (streams.length !== ids.length) throw wrong('a stream is there twice');
  for (const name of ['cpu_util_total', 'cpu_util_user', 'cpu_util_system']) number(given, name, 0);
  // Its members are looked at above.
  return { ...(given as unknown as Results), streams };
}
