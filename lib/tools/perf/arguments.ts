/** The command line of `winsock perf`: iperf3's options, and our own. */
import { parseArgs } from 'node:util';
import { DEFAULT_PORT } from './client.ts';
import { addressOfInterface } from './interfaces.ts';
import { COMPARED_MODELS, type ComparedModel } from './models/names.ts';
import { PerfError } from './perf-error.ts';
import { checkSettings, DEFAULTS, type TestSettings, UDP_BLOCK, UDP_RATE } from './settings.ts';
import { TRANSPORT_MODELS, type TransportModel } from './transport.ts';
import { parseRate, parseSize } from './units.ts';

export const USAGE = `winsock perf -s [OPTION…]           waits for clients, iperf3's or its own
winsock perf -c HOST [OPTION…]      measures throughput against a server of either kind
winsock perf --latency -c HOST      measures round trips against winsock perf -s
winsock perf --compare              compares the I/O models on this machine

As iperf3:
  -p, --port N           the port of the server (${DEFAULT_PORT})
  -B, --bind ADDRESS     the local address, or the name of an interface
      --cport N          the local port of the first stream
  -4, -6                 only IPv4, only IPv6
  -i, --interval N       seconds between reports, 0 for none (1)
  -J, --json             data in place of lines, with iperf3's names
  -1, --one-off          (server) ends after one test
  -u, --udp              datagrams (at 1 Mbit/s, if -b says nothing)
  -t, --time N           seconds (10); 0 until Ctrl-C
  -n, --bytes N[KMGT]    ends after so many bytes
  -k, --blockcount N     ends after so many blocks or datagrams
  -O, --omit N           seconds at the start that are not counted
  -l, --length N[KM]     bytes of a block or datagram (128K; ${UDP_BLOCK}); of a request (64)
  -P, --parallel N       streams; with --latency connections
  -b, --bitrate N[KMGT][/BURST]   bits in a second of each stream, 0 for no limit
  -R, --reverse          the server sends
      --bidir            both send
  -w, --window N[KM]     bytes of the socket buffers
  -N, --no-delay         no Nagle algorithm
  -S, --tos N            type of service
      --connect-timeout N   milliseconds
      --udp-counters-64bit, --dont-fragment, --get-server-output, -T TITLE, --extra-data TEXT

Its own:
      --verify           compares every byte; both sides are winsock perf
      --svg FILE         a picture of the test
      --model NAME       port (completion port) or net (Node's own); for --compare several, by commas:
                         ${COMPARED_MODELS.join(', ')}
      --latency          requests of -l bytes and their answers on -P connections, for -t seconds
      --request-rate N   so many requests a second, answered or not
      --load N           measures once more beside N streams of data, at -b each
      --connects         connections a second in place of requests; -P side by side
      --hold N           holds N connections at once
      --compare          rounds of -t seconds each (1), -P connections (16), -l bytes (64)
      --rounds N         rounds of --compare (5)`;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  server: { type: 'boolean', short: 's' },
  client: { type: 'string', short: 'c' },
  port: { type: 'string', short: 'p' },
  bind: { type: 'string', short: 'B' },
  cport: { type: 'string' },
  ipv4: { type: 'boolean', short: '4' },
  ipv6: { type: 'boolean', short: '6' },
  interval: { type: 'string', short: 'i' },
  json: { type: 'boolean', short: 'J' },
  'one-off': { type: 'boolean', short: '1' },
  udp: { type: 'boolean', short: 'u' },
  time: { type: 'string', short: 't' },
  bytes: { type: 'string', short: 'n' },
  blockcount: { type: 'string', short: 'k' },
  omit: { type: 'string', short: 'O' },
  length: { type: 'string', short: 'l' },
  parallel: { type: 'string', short: 'P' },
  bitrate: { type: 'string', short: 'b' },
  bandwidth: { type: 'string' },
  reverse: { type: 'boolean', short: 'R' },
  bidir: { type: 'boolean' },
  window: { type: 'string', short: 'w' },
  'no-delay': { type: 'boolean', short: 'N' },
  tos: { type: 'string', short: 'S' },
  'connect-timeout': { type: 'string' },
  'udp-counters-64bit': { type: 'boolean' },
  'dont-fragment': { type: 'boolean' },
  'get-server-output': { type: 'boolean' },
  title: { type: 'string', short: 'T' },
  'extra-data': { type: 'string' },
  verify: { type: 'boolean' },
  svg: { type: 'string' },
  model: { type: 'string' },
  latency: { type: 'boolean' },
  'request-rate': { type: 'string' },
  load: { type: 'string' },
  connects: { type: 'boolean' },
  hold: { type: 'string' },
  compare: { type: 'boolean' },
  rounds: { type: 'string' },
} as const;

type Values = ReturnType<typeof parse>;
type Name = keyof typeof OPTIONS;

/** Options of iperf3 that are understood and refused: each with why. */
const REFUSED: Readonly<Record<string, string>> = {
  '--sctp': 'Windows has no SCTP',
  '-M': 'Windows has no option for the maximum segment size',
  '--set-mss': 'Windows has no option for the maximum segment size',
  '-C': 'winsock perf chooses no congestion control by name',
  '--congestion': 'winsock perf chooses no congestion control by name',
  '-A': 'winsock perf chooses no processor; start /affinity does',
  '--affinity': 'winsock perf chooses no processor; start /affinity does',
  '-L': 'winsock perf sets no flow label',
  '--flowlabel': 'winsock perf sets no flow label',
  '--fq-rate': 'Windows does not pace by socket; -b does',
  '-Z': 'winsock perf sends from memory that is not copied anyway',
  '--zerocopy': 'winsock perf sends from memory that is not copied anyway',
  '-F': 'winsock perf sends no files',
  '--file': 'winsock perf sends no files',
  '-D': 'winsock perf does not go to the background',
  '--daemon': 'winsock perf does not go to the background',
};

export type Mode = 'server' | 'client' | 'latency' | 'compare';

/** What a command line asks for. */
export interface Arguments {
  readonly mode: Mode;
  readonly host: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6' | undefined;
  readonly bind: string | undefined;
  readonly localPort: number | undefined;
  readonly interval: number;
  readonly json: boolean;
  readonly svg: string | undefined;
  readonly oneOff: boolean;
  readonly model: TransportModel | undefined;
  readonly connectTimeout: number | undefined;
  readonly settings: TestSettings;
  readonly requestRate: number;
  readonly load: number;
  readonly connects: boolean;
  readonly hold: number;
  readonly models: readonly ComparedModel[] | undefined;
  readonly rounds: number;
}

function parse(args: readonly string[]) {
  for (const arg of args) {
    const [name = ''] = arg.split('=', 1);
    const short = /^-[A-Za-z]/.test(name) ? name.slice(0, 2) : name;
    const reason = Object.hasOwn(REFUSED, short) ? REFUSED[short] : undefined;
    if (reason) throw new PerfError(`${short} is not supported: ${reason}`);
  }
  try {
    const { values, tokens } = parseArgs({
      args: [...args],
      options: OPTIONS,
      strict: true,
      tokens: true,
    });
    refuseTwice(tokens);
    return values;
  } catch (error) {
    if (error instanceof PerfError) throw error;
    throw new PerfError(sentenceOf(error as Error & { code?: string }));
  }
}

/** @throws PerfError for an option that takes a value and is given again: one of the two would be dropped */
function refuseTwice(tokens: readonly { kind: string; name?: string; value?: unknown }[]): void {
  const given = new Set<string>();
  for (const { kind, name = '', value } of tokens) {
    if (kind !== 'option' || value === undefined) continue;
    if (given.has(name)) throw new PerfError(`--${name} is given twice`);
    given.add(name);
  }
}

/** What `parseArgs` says, without what it says about programs. */
function sentenceOf(error: Error): string {
  const [sentence = ''] = error.message.split(/\. To specify|\. Did you|\n/);
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/**
 * @returns `undefined` where help is wanted
 * @throws PerfError for what makes no sense
 */
export function parseArguments(args: readonly string[]): Arguments | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const mode = modeOf(values);
  const family = familyOf(values);
  const bind =
    values.bind === undefined ? undefined : addressOfInterface(values.bind, family ?? 'IPv4');
  const settings = settingsOf(values, mode);
  return {
    mode,
    host: values.client ?? '',
    port: whole(values, 'port', 1, 65_535) ?? DEFAULT_PORT,
    family,
    bind,
    localPort: whole(values, 'cport', 1, 65_535),
    interval: intervalOf(values),
    json: values.json ?? false,
    svg: values.svg,
    oneOff: values['one-off'] ?? false,
    model: mode === 'compare' ? undefined : modelOf(values),
    connectTimeout: whole(values, 'connect-timeout', 1, 600_000),
    settings,
    requestRate: sized(values, 'request-rate', parseRate) ?? 0,
    load: whole(values, 'load', 1, 128) ?? 0,
    connects: values.connects ?? false,
    hold: whole(values, 'hold', 1, 60_000) ?? 0,
    models: mode === 'compare' ? modelsOf(values) : undefined,
    rounds: whole(values, 'rounds', 1, 1000) ?? 5,
  };
}

/** Options that only some modes have; the others are for all. */
const ONLY: Partial<Record<Name, readonly Mode[]>> = {
  'one-off': ['server'],
  udp: ['client'],
  bytes: ['client'],
  blockcount: ['client'],
  omit: ['client'],
  reverse: ['client'],
  bidir: ['client'],
  window: ['client'],
  'no-delay': ['client'],
  tos: ['client'],
  cport: ['client'],
  'udp-counters-64bit': ['client'],
  'dont-fragment': ['client'],
  'get-server-output': ['client'],
  title: ['client'],
  'extra-data': ['client'],
  verify: ['client'],
  time: ['client', 'latency', 'compare'],
  length: ['client', 'latency', 'compare'],
  parallel: ['client', 'latency', 'compare'],
  bitrate: ['client', 'latency'],
  bandwidth: ['client', 'latency'],
  'connect-timeout': ['client', 'latency'],
  svg: ['client', 'latency', 'server'],
  'request-rate': ['latency'],
  load: ['latency'],
  connects: ['latency'],
  hold: ['latency'],
  rounds: ['compare'],
};

function modeOf(values: Values): Mode {
  const client = values.client !== undefined;
  if (values.server && client) throw new PerfError('either -s or -c, not both');
  if (values.compare && (values.server || client || values.latency)) {
    throw new PerfError('--compare stands alone: it is its own server and client');
  }
  if (values.latency && !client) throw new PerfError('--latency needs a server: -c HOST');
  if (!values.server && !client && !values.compare) {
    throw new PerfError('one of -s, -c HOST and --compare is needed');
  }
  const mode = values.server
    ? 'server'
    : values.compare
      ? 'compare'
      : values.latency
        ? 'latency'
        : 'client';
  for (const [name, modes] of Object.entries(ONLY)) {
    if (values[name as Name] !== undefined && !modes.includes(mode)) {
      const where = modes.map((one) => `a ${one === 'compare' ? 'comparison' : one}`).join(' or ');
      throw new PerfError(`--${name} is for ${where.replace('a latency', 'a test of latency')}`);
    }
  }
  if (values.connects && values.hold) throw new PerfError('--connects or --hold, not both');
  return mode;
}

function familyOf({ ipv4, ipv6 }: Values): 'IPv4' | 'IPv6' | undefined {
  if (ipv4 && ipv6) throw new PerfError('-4 or -6, not both');
  return ipv4 ? 'IPv4' : ipv6 ? 'IPv6' : undefined;
}

function settingsOf(values: Values, mode: Mode): TestSettings {
  const udp = values.udp ?? false;
  const [rateText = '', burst] = (values.bitrate ?? values.bandwidth ?? '').split('/', 2);
  const rate = rateText === '' ? undefined : parseRate(rateText);
  if (rateText !== '' && rate === undefined) {
    throw new PerfError(`--bitrate is a number of bits a second like 10M, not ${rateText}`);
  }
  const bytes = sized(values, 'bytes', parseSize) ?? 0;
  const blocks = sized(values, 'blockcount', parseSize) ?? 0;
  const usual = bytes || blocks ? 0 : mode === 'compare' ? 1 : DEFAULTS.duration;
  const length = mode === 'client' ? (udp ? UDP_BLOCK : DEFAULTS.blockSize) : 64;
  if (!udp && (values['udp-counters-64bit'] || values['dont-fragment'])) {
    throw new PerfError('--udp-counters-64bit and --dont-fragment are for datagrams: -u');
  }
  return checkSettings({
    ...DEFAULTS,
    protocol: udp ? 'UDP' : 'TCP',
    duration: fraction(values, 'time') ?? usual,
    bytes,
    blocks,
    omit: fraction(values, 'omit') ?? 0,
    streams: whole(values, 'parallel', 1, 128) ?? (mode === 'compare' ? 16 : 1),
    blockSize: sized(values, 'length', parseSize) ?? length,
    rate: rate ?? (udp ? UDP_RATE : 0),
    burst: burst === undefined ? 0 : numberOf('bitrate', burst),
    reverse: values.reverse ?? false,
    bidirectional: values.bidir ?? false,
    window: sized(values, 'window', parseSize) ?? 0,
    noDelay: values['no-delay'] ?? false,
    tos: values.tos === undefined ? 0 : numberOf('tos', values.tos),
    dontFragment: values['dont-fragment'] ?? false,
    wideCounters: values['udp-counters-64bit'] ?? false,
    serverOutput: values['get-server-output'] ?? false,
    verify: values.verify ?? false,
    title: values.title,
    extraData: values['extra-data'],
  });
}

function modelOf({ model }: Values): TransportModel | undefined {
  if (model === undefined) return undefined;
  const found = TRANSPORT_MODELS.find((one) => one === model);
  if (found) {
    if (found === 'port' && process.platform !== 'win32') {
      throw new PerfError('--model port needs Windows; here there is net');
    }
    return found;
  }
  const known = COMPARED_MODELS.some((one) => one === model);
  throw new PerfError(
    known
      ? `a test with a peer runs on ${TRANSPORT_MODELS.join(' or ')}; ${model} is for --compare`
      : `there is no model ${model}; there are ${COMPARED_MODELS.join(', ')}`,
  );
}

function modelsOf({ model }: Values): ComparedModel[] {
  const names = model === undefined ? [...COMPARED_MODELS] : model.split(',');
  return names.map((name) => {
    const found = COMPARED_MODELS.find((one) => one === name);
    if (found) return found;
    throw new PerfError(`there is no model ${name}; there are ${COMPARED_MODELS.join(', ')}`);
  });
}

function intervalOf(values: Values): number {
  const interval = fraction(values, 'interval') ?? 1;
  if (interval === 0 || (interval >= 0.1 && interval <= 60)) return interval;
  throw new PerfError(`--interval is 0, or from 0.1 to 60 seconds, not ${interval}`);
}

function numberOf(name: string, text: string): number {
  // Hexadecimal as well: that is how a type of service is written.
  const value = /^(0x[\da-f]+|\d+(\.\d+)?)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw new PerfError(`--${name} is a number, not ${text || 'nothing'}`);
}

function fraction(values: Values, name: Name): number | undefined {
  const text = values[name];
  return typeof text === 'string' ? numberOf(name, text) : undefined;
}

function whole(values: Values, name: Name, least: number, most: number): number | undefined {
  const value = fraction(values, name);
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) {
    return value;
  }
  throw new PerfError(`--${name} is a whole number from ${least} to ${most}, not ${value}`);
}

function sized(
  values: Values,
  name: Name,
  parse: (text: string) => number | undefined,
): number | undefined {
  const text = values[name];
  if (typeof text !== 'string') return undefined;
  const value = parse(text);
  if (value !== undefined) return value;
  throw new PerfError(`--${name} is a number like 64K, not ${text || 'nothing'}`);
}
