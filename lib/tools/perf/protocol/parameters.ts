/** The parameters of a test as the client tells them: JSON with iperf3's names. */
import { PerfError } from '../perf-error.ts';
import { checkSettings, DEFAULTS, type TestSettings } from '../settings.ts';
import { ServerError } from './states.ts';

/** As which version of iperf3 we speak: the newest whose behaviour was compared. */
const SPOKEN_VERSION = '3.18';

/** Parameters that cannot be followed, with the number that tells an iperf3 why. */
export class ParameterError extends PerfError {
  readonly code: number;

  constructor(message: string, code: number = ServerError.NO_PARAMETERS) {
    super(message);
    this.code = code;
  }
}

/** What a `winsock perf` tells another, where it needs one. */
export interface OwnParameters {
  readonly verify?: boolean | undefined;
  readonly latency?: boolean | undefined;
}

export function encodeParameters(settings: TestSettings): Record<string, unknown> {
  const { protocol, reverse, bidirectional, window, rate, burst, tos } = settings;
  return {
    ...(protocol === 'UDP' ? { udp: true } : { tcp: true }),
    omit: settings.omit,
    time: settings.duration,
    num: settings.bytes,
    blockcount: settings.blocks,
    ...(settings.noDelay && { nodelay: true }),
    parallel: settings.streams,
    ...(reverse && { reverse: true }),
    ...(bidirectional && { bidirectional: true }),
    ...(window > 0 && { window }),
    len: settings.blockSize,
    ...(rate > 0 && { bandwidth: rate }),
    pacing_timer: 1000,
    ...(burst > 0 && { burst }),
    ...(tos > 0 && { TOS: tos }),
    ...(settings.title !== undefined && { title: settings.title }),
    ...(settings.extraData !== undefined && { extra_data: settings.extraData }),
    ...(settings.serverOutput && { get_server_output: 1 }),
    ...(settings.wideCounters && { udp_counters_64bit: 1 }),
    ...(settings.dontFragment && { dont_fragment: 1 }),
    client_version: SPOKEN_VERSION,
    ...(settings.verify && { winsock: { verify: true } satisfies OwnParameters }),
  };
}

/** What a client may ask for that this server does not have. */
const REFUSED: readonly (readonly [name: string, what: string, code: number])[] = [
  ['sctp', 'SCTP', ServerError.NO_SCTP],
  ['MSS', 'a maximum segment size (-M): Windows has no option for it', 123],
  ['congestion', 'a congestion control by name (-C)', 134],
  ['flowlabel', 'an IPv6 flow label (-L)', 127],
  ['server_affinity', 'a processor of the server (-A)', 132],
  ['fqrate', 'pacing by socket (--fq-rate)', 140],
];

/**
 * The settings that parameters of a client stand for.
 *
 * @throws ParameterError for what makes no sense or is not supported
 */
export function decodeParameters(value: unknown): TestSettings {
  const given = objectOf(value);
  for (const [name, what, code] of REFUSED) {
    if (isGiven(given[name])) {
      throw new ParameterError(`the client asks for what is not supported here: ${what}`, code);
    }
  }
  const own = given.winsock === undefined ? {} : objectOf(given.winsock);
  const number = (name: string, otherwise: number) => numberOf(given, name, otherwise);
  const udp = flagOf(given.udp);
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined);
  const settings: TestSettings = {
    protocol: udp ? 'UDP' : 'TCP',
    duration: number('time', 0),
    bytes: number('num', 0),
    blocks: number('blockcount', 0),
    omit: number('omit', 0),
    streams: number('parallel', 1),
    blockSize: number('len', DEFAULTS.blockSize),
    rate: number('bandwidth', 0),
    burst: number('burst', 0),
    reverse: flagOf(given.reverse),
    bidirectional: flagOf(given.bidirectional),
    window: number('window', 0),
    noDelay: flagOf(given.nodelay),
    tos: number('TOS', 0),
    dontFragment: flagOf(given.dont_fragment),
    wideCounters: flagOf(given.udp_counters_64bit),
    serverOutput: flagOf(given.get_server_output),
    verify: flagOf(own.verify),
    title: text('title'),
    extraData: text('extra_data'),
  };
  try {
    return checkSettings(settings);
  } catch (error) {
    throw new ParameterError(`the client's parameters make no sense: ${(error as Error).message}`);
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ParameterError('the client has sent parameters that are no object');
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== false && value !== 0 && value !== '';
}

/** iperf3 writes some flags as true and others as 1. */
function flagOf(value: unknown): boolean {
  return value === true || (typeof value === 'number' && value !== 0);
}

function numberOf(given: Record<string, unknown>, name: string, otherwise: number): number {
  const value = given[name];
  if (value === undefined) return otherwise;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new ParameterError(`the client's parameter ${name} is no number: ${JSON.stringify(value)}`);
}
