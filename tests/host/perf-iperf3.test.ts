// `winsock perf` on Windows' run times against the real iperf3 of Debian, in both roles: what each side
// reports is compared with what the other does.

import t, { type Test } from 'tap';
import type { Report, SumRecord } from '../../lib/tools/perf/report/types.ts';
import { iperf3, killedIperf3, type Server, startIperf3 } from '../../scripts/host/wine/servers.ts';
import { needsIperf3, type Program, start } from './ecosystem-support.ts';

t.setTimeout(900_000);

/** A test as a command line has it, for either client. */
interface Way {
  readonly args: string;
  /** What it moves where that is known before: bytes, or datagrams. */
  readonly bytes?: number;
  readonly packets?: number;
  /** Only in one role. */
  readonly only?: 'ours' | 'theirs';
}

const SHORT: readonly Way[] = [
  { args: '-t 1' },
  { args: '-t 1 -R' },
  { args: '-t 1 -u -b 4M -l 1000' },
  { args: '-t 1 -u -b 4M -l 1000 -R' },
];

const WAYS: readonly Way[] = [
  ...SHORT,
  { args: '-t 1 --bidir' },
  { args: '-t 1 -P 4' },
  { args: '-t 1 -P 4 -R' },
  { args: '-t 1 -P 2 --bidir' },
  { args: '-n 10M', bytes: 10 << 20 },
  { args: '-n 10M -R', bytes: 10 << 20 },
  { args: '-k 30 -l 10K', bytes: 300 << 10 },
  { args: '-t 2 -i 0.5' },
  { args: '-t 1 -i 0' },
  { args: '-t 1 -b 20M' },
  { args: '-t 1 -b 20M/5 -l 4K -R' },
  { args: '-t 1 -l 1M' },
  { args: '-t 1 -l 100 -N' },
  { args: '-t 1 -w 64K' },
  { args: '-t 1 -w 64K -R' },
  { args: '-t 1 -O 1' },
  { args: '-t 1 -O 1 -R' },
  { args: '-t 1 -6' },
  { args: '-t 1 -6 -R -P 2' },
  { args: '-t 1 -B 127.0.0.1' },
  { args: '-t 1 -B 127.0.0.1 --cport 20417', only: 'ours' },
  { args: '-t 1 -u -b 10M -l 1460 -P 3' },
  { args: '-t 1 -u -b 4M -l 1000 --bidir' },
  { args: '-t 1 -u -b 4M -l 1000 -P 2 --bidir' },
  { args: '-t 1 -u -b 4M -l 1000 -6' },
  { args: '-t 1 -u -b 4M -l 1000 -6 -R' },
  { args: '-t 1 -u -b 4M -l 1000 -O 1' },
  { args: '-t 1 -u -b 4M -l 1000 --udp-counters-64bit' },
  { args: '-u -k 200 -b 8M -l 1000', packets: 200 },
  { args: '-u -k 200 -b 8M -l 1000 -R' },
  { args: '-u -n 100K -b 8M -l 1000', packets: 103 },
  { args: '-t 1 -u -b 4M -l 20000 -w 256K' },
  { args: '-t 1 -T title --extra-data text' },
  { args: '-t 1 --get-server-output' },
];

/** The documents of JSON that somebody has printed one after another. */
function documents(output: string): Report[] {
  return [...output.matchAll(/^\{\r?$[\s\S]*?^\}\r?$/gm)].map(
    ([text]) => JSON.parse(text) as Report,
  );
}

interface Pair {
  readonly name: string;
  readonly way: Way;
  readonly client: Report;
  readonly server: Report;
}

/** What each side says of the same thing. */
function compare(t: Test, { name, way, client, server }: Pair): void {
  t.equal(client.error, undefined, `${name}: the client has no error`);
  t.equal(server.error, undefined, `${name}: the server has no error`);
  if (client.error || server.error) return;
  t.equal(client.start.cookie, server.start.cookie, `${name}: it is the same test`);
  const [asked, understood] = [client.start.test_start, server.start.test_start];
  for (const key of ['protocol', 'num_streams', 'blksize', 'omit', 'duration', 'bytes'] as const) {
    t.equal(understood[key], asked[key], `${name}: ${key}`);
  }
  for (const key of ['blocks', 'reverse', 'tos', 'target_bitrate', 'bidir'] as const) {
    t.equal(understood[key], asked[key], `${name}: ${key}`);
  }
  const isUdp = asked.protocol === 'UDP';
  const receiver = asked.reverse ? client : server;
  // iperf3 does not wait for what is still under way when it hears that the test is over: of a few bytes that may be
  // all of them.
  const isPatient = 'winsock' in receiver.start;
  const sums = [
    ['sum_sent', 'sum_received'],
    ['sum_sent_bidir_reverse', 'sum_received_bidir_reverse'],
  ] as const;
  for (const [sent, received] of asked.bidir ? sums : sums.slice(0, 1)) {
    for (const key of [sent, received] as const) {
      const [one, other] = [client.end[key]!, server.end[key]!];
      const isCounted = key.startsWith('sum_sent') || isPatient;
      // A real server does not show what its client has told it: it prints 0.
      const isTold = one.bytes > 0 && other.bytes > 0;
      if (!way.bytes || isCounted) {
        t.ok(one.bytes > 0 || other.bytes > 0, `${name}: ${key} has bytes`);
      }
      // A sender of iperf3 may count one more block of each stream after it has told its results.
      const slack = asked.num_streams * asked.blksize;
      const isClose = Math.abs(one.bytes - other.bytes) <= (key.startsWith('sum_sent') ? slack : 0);
      if (isTold) t.ok(isClose, `${name}: ${key}, ${one.bytes} here and ${other.bytes} there`);
      if (way.bytes && isCounted) t.equal(one.bytes || other.bytes, way.bytes, `${name}: ${key}`);
    }
    const bytes = (key: typeof sent | typeof received) =>
      Math.max(client.end[key]?.bytes ?? 0, server.end[key]?.bytes ?? 0);
    // What was omitted by one side may be counted by the other.
    if (!asked.omit) {
      t.ok(bytes(received) <= bytes(sent) + (4 << 20), `${name}: no more comes than was sent`);
    }
    // Of datagrams a busy machine may lose many.
    const least = isUdp ? 0 : bytes(sent) / 2;
    if (!way.bytes || isPatient) {
      t.ok(bytes(received) > least, `${name}: most of it comes`);
    }
    if (isUdp) compareLoss(t, name, client.end[received]!, server.end[received]!);
  }
  const isOurs = 'winsock' in client.start;
  // iperf3 3.18 looks at its blocks of datagrams once in a second only.
  if (way.packets && isOurs) t.equal(client.end.sum?.packets, way.packets, `${name}: datagrams`);
  // Whether iperf3 keeps to its rate, -R with a burst for example, is its own affair.
  const sender = asked.reverse ? server : client;
  if (asked.target_bitrate && asked.duration && 'winsock' in sender.start) {
    const { bits_per_second } = sender.end.sum_sent;
    const wanted = asked.target_bitrate * asked.num_streams;
    t.ok(bits_per_second < wanted * 1.5, `${name}: ${bits_per_second} of ${wanted} bits a second`);
  }
  if (way.args.includes('--get-server-output')) {
    t.ok(client.server_output_text ?? client.server_output_json, `${name}: what the server prints`);
  }
  compareKeys(t, name, client, server);
}

function compareLoss(t: Test, name: string, one: SumRecord, other: SumRecord): void {
  if (!one.packets || !other.packets) return;
  t.equal(one.lost_packets, other.lost_packets, `${name}: both count the same loss`);
  const [a, b] = [one.jitter_ms ?? 0, other.jitter_ms ?? 0];
  if (a && b) t.ok(Math.abs(a - b) < 1e-6, `${name}: jitter ${a} and ${b}`);
}

/** What Linux says of its own sockets, and Windows does not. */
const OF_LINUX =
  /^(retransmits|snd_cwnd|snd_wnd|rttvar|rtt|pmtu|reorder|max_\w+|min_rtt|mean_rtt|socket_time|sndbuf_actual|rcvbuf_actual|tcp_mss_default|fq_rate|fqrate|gso\w*|gro\w*|sender_tcp_congestion|receiver_tcp_congestion|congestion_used|timemillisecs|connecting_to|accepted_connection|server_output_text|server_output_json)$/;

/** Names that their JSON has and ours lacks, beside those of Linux. */
function compareKeys(t: Test, name: string, one: Report, other: Report): void {
  const [ours, theirs] = 'winsock' in one.start ? [one, other] : [other, one];
  const lacking: string[] = [];
  const walk = (their: unknown, our: unknown, path: string) => {
    if (typeof their !== 'object' || their === null) return;
    for (const [key, value] of Object.entries(their)) {
      const name = /^\d+$/.test(key) ? '[]' : key;
      const found = (our as Record<string, unknown> | undefined)?.[/^\d+$/.test(key) ? '0' : key];
      if (OF_LINUX.test(name)) continue;
      if (found === undefined) lacking.push(`${path}.${name}`);
      else walk(value, found, `${path}.${name}`);
    }
  };
  walk({ ...theirs.start, connected: theirs.start.connected.slice(0, 1) }, ours.start, 'start');
  // Who receives knows more; of an interval each side shows its own.
  const [their, our] = [theirs.intervals[0]?.sum, ours.intervals[0]?.sum];
  if (their && our && their.sender === our.sender) walk(their, our, 'intervals.sum');
  walk({ ...theirs.end, streams: theirs.end.streams.slice(0, 1) }, ours.end, 'end');
  t.same([...new Set(lacking)], [], `${name}: their JSON has no name that ours lacks`);
}

const runtimes = [
  ['node24', WAYS],
  ['node22', SHORT],
  ['node26', SHORT],
  ['bun', SHORT],
] as const;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function hostOf({ args }: Way): string {
  return args.includes('-6') ? '::1' : '127.0.0.1';
}

/** A server of ours at a free port. */
async function ourServer(t: Test, runtime: string): Promise<{ program: Program; port: number }> {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const program = start(t, 'dist/cli.js', ['perf', '-s', '-p', String(port), '-J'], runtime);
  for (;;) {
    // With --json it does not say that it listens; whoever is refused comes again.
    const { stdout } = await iperf3('-c', '127.0.0.1', '-p', String(port), '-n', '1K', '-J');
    const [answer] = documents(stdout);
    if (answer && !answer.error) break;
    await pause(300);
  }
  await program.says('"end"');
  return { program, port };
}

// Most of the time a test of a second is waited for, so that two of them go side by side.
t.jobs = 2;

for (const [runtime, ways] of runtimes) {
  const options = { ...needsIperf3(600_000), buffered: true };
  t.test(`clients of iperf3, our server on ${runtime}`, options, async (t) => {
    const { program, port } = await ourServer(t, runtime);
    const seen = async (cookie: string) => {
      for (let tries = 0; tries < 250; tries++) {
        const found = documents(program.output).find(({ start }) => start.cookie === cookie);
        if (found) return found;
        await pause(20);
      }
      throw new Error(`the server has reported no test ${cookie}:\n${program.output.slice(-2000)}`);
    };
    for (const way of ways.filter(({ only }) => only !== 'ours')) {
      const args = ['-c', hostOf(way), '-p', String(port), '-J', ...way.args.split(' ')];
      const { stdout } = await iperf3(...args);
      const [client] = documents(stdout);
      if (!client?.start?.cookie) {
        t.fail(`iperf3 ${way.args}: ${stdout}`);
        continue;
      }
      const server = await seen(client.start.cookie);
      compare(t, { name: `iperf3 ${way.args}`, way, client, server });
    }
    // What is not there is refused in a way that iperf3 understands.
    const refused: [string, RegExp][] = [
      ['-M 1000', /unable to set TCP\/SCTP MSS/],
      ['-C reno', /TCP_CONGESTION/],
    ];
    for (const [args, message] of ways === WAYS ? refused : []) {
      const { stdout } = await iperf3('-c', '127.0.0.1', '-p', `${port}`, '-J', ...args.split(' '));
      t.match(documents(stdout)[0]?.error, message, args);
    }
    t.equal(await program.stop(), 0, `Ctrl-C ends a server\n${program.output}`);
  });

  t.test(`our client on ${runtime}, iperf3's server`, options, async (t) => {
    const server = await startIperf3();
    t.teardown(() => server.close());
    const program = start(t, 'tests/host/cases/perf-commands.ts', [], runtime);
    await program.says('ready');
    for (const way of ways.filter(({ only }) => only !== 'theirs')) {
      const { code, output } = await command(program, [
        ...['-c', hostOf(way), '-p', String(server.port), '-J'],
        ...way.args.split(' '),
      ]);
      const [client] = documents(output);
      if (!client) {
        t.fail(`perf ${way.args}: ${output}`);
        continue;
      }
      t.equal(code, 0, `perf ${way.args}: its exit code`);
      const told = await reportOfServer(server, client.start.cookie);
      compare(t, { name: `perf ${way.args}`, way, client, server: told });
    }
    if (ways === WAYS) {
      const verify = await command(program, [
        ...['-c', '127.0.0.1', '-p', String(server.port), '--verify'],
      ]);
      t.equal(verify.code, 1);
      t.match(
        verify.output,
        /--verify needs a winsock perf on the other side; the server is iperf3/,
      );
      await vanishing(t, server, program);
    }
    t.equal(await program.ended(), 0, program.output);
  });
}

/** Runs a command line in the program. */
async function command(
  program: Program,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  const before = program.output.length;
  program.tell(JSON.stringify(args));
  for (;;) {
    const output = program.output.slice(before);
    const ended = /^ended (\d+)/m.exec(output);
    if (ended) return { code: Number(ended[1]), output };
    await pause(10);
  }
}

async function reportOfServer(server: Server, cookie: string): Promise<Report> {
  for (let tries = 0; tries < 250; tries++) {
    const found = documents(server.output).find((report) => report.start?.cookie === cookie);
    if (found) return found;
    await pause(20);
  }
  throw new Error(`iperf3 has reported no test ${cookie}:\n${server.output.slice(-2000)}`);
}

/** The server is killed in the midst of a test, and is not there for the next. */
async function vanishing(t: Test, server: Server, program: Program): Promise<void> {
  const place = ['-c', '127.0.0.1', '-p', String(server.port)];
  const running = command(program, [...place, '-t', '20', '-i', '0.2']);
  await pause(1500);
  await server.kill();
  const { code, output } = await running;
  t.equal(code, 1);
  t.match(output, /winsock perf: the server has closed the connection/);
  t.match(output, /sender/, 'with the summary of what was measured');
  const next = await command(program, place);
  t.equal(next.code, 1);
  t.match(next.output, /no connection to 127\.0\.0\.1, port \d+: .*ECONNREFUSED/);
}

t.test('Ctrl-C ends a test in order', needsIperf3(120_000), async (t) => {
  const server = await startIperf3();
  t.teardown(() => server.close());
  for (const more of [[], ['-R'], ['-u', '-R']]) {
    const args = ['perf', '-c', '127.0.0.1', '-p', String(server.port), '-t', '60', ...more];
    const program = start(t, 'dist/cli.js', args);
    // Two lines of intervals, each of a second or a little more.
    await program.says(/-[\d.]+ +sec .*\n.*-[\d.]+ +sec /);
    t.equal(await program.stop(), 130, more.join(' '));
    t.match(program.output, /sender[\s\S]*receiver[\s\S]*ended by Ctrl-C/, 'with both sides');
  }
  t.equal(documents(server.output).filter(({ error }) => error).length, 0);
});

t.test('clients of iperf3 that are killed', needsIperf3(120_000), async (t) => {
  const { program, port } = await ourServer(t, 'node24');
  for (const more of [[], ['-R'], ['-u', '-b', '1M']]) {
    const before = documents(program.output).length;
    const place = ['-c', '127.0.0.1', '-p', String(port), '-t', '60'];
    await killedIperf3(1000, ...place, ...more);
    while (documents(program.output).length === before) await pause(20);
    const { error, end } = documents(program.output).at(-1)!;
    t.match(error, /the client|stream 1 was lost/, more.join(' '));
    t.ok(end.sum_sent.bytes + end.sum_received.bytes > 0, 'what was measured is reported');
    const { stdout } = await iperf3('-c', '127.0.0.1', '-p', String(port), '-n', '1M', '-J');
    t.equal(documents(stdout)[0]?.error, undefined, 'the next is served');
    while (documents(program.output).length < before + 2) await pause(20);
  }
  t.equal(await program.stop(), 0, program.output);
});
