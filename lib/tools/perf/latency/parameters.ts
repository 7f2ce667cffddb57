/** What a test of latency tells its server, in iperf3's message of parameters. */
import { ParameterError } from '../protocol/parameters.ts';

/** What a connection of such a test is for: the byte behind its cookie. */
export const Role = {
  /** What comes is sent back. */
  ECHO: 0x65,
  /** What comes is dropped: load. */
  SINK: 0x73,
} as const;

export interface LatencyParameters {
  /** Bytes of a request. */
  readonly size: number;
}

/** Largest request, in bytes. */
export const MOST_SIZE = 1 << 20;

export function encodeLatencyParameters(parameters: LatencyParameters): unknown {
  return { winsock: { latency: parameters } };
}

/**
 * The parameters of a test of latency; `undefined` where another test is wanted.
 *
 * @throws ParameterError
 */
export function decodeLatencyParameters(value: unknown): LatencyParameters | undefined {
  const own = (value as { winsock?: { latency?: { size?: unknown } } } | null)?.winsock;
  const latency = typeof own === 'object' ? own?.latency : undefined;
  if (latency === undefined || latency === null) return undefined;
  const { size } = latency;
  if (typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= MOST_SIZE) {
    return { size };
  }
  throw new ParameterError(
    `a request has from 1 to ${MOST_SIZE} bytes, not ${JSON.stringify(size)}`,
  );
}
