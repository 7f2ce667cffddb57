// The parts of `winsock perf` that need no network: numbers, command lines, messages, what is counted.

import { networkInterfaces } from 'node:os';
import t from 'tap';
import { type Arguments, parseArguments } from '../../../lib/tools/perf/arguments.ts';
import { addressOfInterface } from '../../../lib/tools/perf/interfaces.ts';
import { Histogram } from '../../../lib/tools/perf/latency/histogram.ts';
import { decodeParameters, encodeParameters } from '../../../lib/tools/perf/protocol/parameters.ts';
import { decodeResults } from '../../../lib/tools/perf/protocol/results.ts';
import { chart } from '../../../lib/tools/perf/report/chart.ts';
import { DEFAULTS, directionsOf, streamId } from '../../../lib/tools/perf/settings.ts';
import { median, spread } from '../../../lib/tools/perf/statistics.ts';
import { Pacer } from '../../../lib/tools/perf/streams/pacer.ts';
import {
  firstDifference,
  makePattern,
  patternAt,
} from '../../../lib/tools/perf/streams/pattern.ts';
import { Stream } from '../../../lib/tools/perf/streams/stream.ts';
import { receiveDatagramsOn } from '../../../lib/tools/perf/streams/udp.ts';
import {
  connectReply,
  readHeader,
  timeOfDay,
  writeHeader,
} from '../../../lib/tools/perf/streams/udp-header.ts';
import { figuresOf } from '../../../lib/tools/perf/system.ts';
import {
  bytesText,
  durationText,
  parseRate,
  parseSize,
  rateText,
} from '../../../lib/tools/perf/units.ts';

t.test('sizes count by 1024, rates by 1000', async (t) => {
  t.equal(parseSize('128K'), 131_072);
  t.equal(parseSize('1.5m'), 1_572_864);
  t.equal(parseRate('10M'), 10_000_000);
  for (const wrong of ['', 'x', '1X', '-1', '1e3', '1 0']) t.equal(parseSize(wrong), undefined);
  t.equal(bytesText(2_009_333_760), '1.87 GBytes');
  t.equal(bytesText(1023), '1023 Bytes');
  t.equal(rateText(8_036_234_163), '8.04 Gbits/sec');
  t.equal(rateText(999_999), '1.00 Mbits/sec');
  t.equal(durationText(239), '239 µs');
  t.equal(durationText(1524), '1.52 ms');
});

t.test('a histogram knows its percentiles to 1.6 %', async (t) => {
  const histogram = new Histogram();
  for (let microseconds = 1; microseconds <= 100_000; microseconds++) {
    histogram.record(microseconds);
  }
  for (const percent of [1, 50, 90, 99, 99.9]) {
    const exact = percent * 1000;
    const found = histogram.percentile(percent);
    t.ok(Math.abs(found - exact) / exact < 0.016, `p${percent} is ${found}`);
  }
  const { min, max, mean, count, bars } = histogram.summary();
  t.same({ min, max, mean, count }, { min: 1, max: 100_000, mean: 50_000.5, count: 100_000 });
  t.equal(
    bars.reduce((sum, bar) => sum + bar.count, 0),
    count,
  );
  t.same(
    bars.slice(1).map(({ from }) => from),
    bars.slice(0, -1).map(({ to }) => to),
    'no gaps',
  );
  t.same(new Histogram().summary().bars, []);
  t.equal(new Histogram().percentile(50), 0);
});

t.test('a pattern shows the first wrong byte, wherever pieces begin', async (t) => {
  const pattern = makePattern(1000);
  const stream = Buffer.concat(
    Array.from({ length: 300 }, (_, at) => Buffer.from(patternAt(pattern, at * 1000, 1000))),
  );
  t.equal(firstDifference(pattern, 0, stream), -1);
  t.equal(firstDifference(pattern, 123_456, stream.subarray(123_456)), -1);
  for (const at of [0, 999, 1000, 65_520, 65_521, 299_999]) {
    const wrong = Buffer.from(stream);
    wrong[at]! ^= 1;
    t.equal(firstDifference(pattern, 0, wrong), at);
  }
  // A segment that is missing, and one that comes twice.
  t.not(firstDifference(pattern, 1000, stream.subarray(2000, 3000)), -1);
  t.not(firstDifference(pattern, 2000, stream.subarray(1000, 2000)), -1);
});

t.test('a pacer makes up for what was missed, and no more', async (t) => {
  const pacer = new Pacer(8_000_000, 0);
  pacer.start(1000);
  t.equal(pacer.due(1000, 0, 500), 1, 'the first goes at once');
  t.equal(pacer.due(1000, 500, 500), 0);
  t.equal(pacer.due(1000.5, 500, 500), 1);
  t.equal(pacer.due(1010, 500, 500), 20, 'ten milliseconds are 10,000 bytes');
  t.equal(new Pacer(8000, 10).due(0, 0, 500), 10, 'a burst goes together');
  t.equal(new Pacer(0, 0).due(5, 1e12, 500), Number.POSITIVE_INFINITY);
});

t.test('the head of a datagram, with counters of both sizes', async (t) => {
  const block = Buffer.alloc(20);
  for (const [number, wide] of [
    [1, false],
    [0xffff_ffff, false],
    [2 ** 40 + 7, true],
  ] as const) {
    writeHeader(block, 1234.567_891, number, wide);
    const found = readHeader(block, wide);
    t.equal(found.number, number);
    t.ok(Math.abs(found.time - 1234.567_891) < 1e-5);
  }
  t.equal(block.readUInt32BE(0), 1234);
  t.equal(connectReply(Buffer.from('9876'))?.toString(), '6789');
  const old = Buffer.alloc(4);
  old.writeUInt32LE(123_456_789);
  t.equal(connectReply(old)?.readUInt32LE(0), 987_654_321);
  t.equal(connectReply(Buffer.from('abcd')), undefined);
});

t.test('loss, order and jitter of datagrams', async (t) => {
  const place = { address: '127.0.0.1', port: 1, family: 'IPv4' } as const;
  const stream = new Stream(1, false, { local: place, remote: place, handle: undefined });
  const receive = receiveDatagramsOn(stream, { ...DEFAULTS, protocol: 'UDP', blockSize: 100 });
  const comes = (number: number) => {
    const block = Buffer.alloc(100);
    writeHeader(block, timeOfDay(), number, false);
    receive(block);
  };
  for (const number of [1, 2, 5, 4, 6, 10]) comes(number);
  // 3, 7, 8 and 9 are missing; 4 came late.
  t.match(stream.total, { bytes: 600, blocks: 6, packets: 10, lost: 4, outOfOrder: 1 });
  receive(Buffer.alloc(4));
  t.equal(stream.total.blocks, 6, 'what is too short for a head is none');
  stream.startCounting();
  comes(11);
  comes(13);
  t.match(stream.counted, { bytes: 200, packets: 3, lost: 1 });
});

const parsed = (line: string) => parseArguments(line.split(' '));

t.test('command lines become settings', async (t) => {
  t.match(parsed('-c host -t 5 -P 4 -b 10M/8 -R -i 0.5 -J -w 64K -O 1 -S 0x10'), {
    mode: 'client',
    host: 'host',
    port: 5201,
    interval: 0.5,
    json: true,
    settings: {
      protocol: 'TCP',
      duration: 5,
      streams: 4,
      rate: 10_000_000,
      burst: 8,
      reverse: true,
      window: 65_536,
      omit: 1,
      tos: 16,
      blockSize: 131_072,
    },
  });
  t.match(parsed('-c host -u')?.settings, { protocol: 'UDP', rate: 1_048_576, blockSize: 1460 });
  t.match(parsed('-c host -u -b 0')?.settings, { rate: 0 });
  t.match(parsed('-c host -n 10M')?.settings, { bytes: 10_485_760, duration: 0 });
  t.match(parsed('-c host -k 100')?.settings, { blocks: 100, duration: 0 });
  t.match(parsed('--compare --model select,net'), { mode: 'compare', models: ['select', 'net'] });
  t.match(parsed('--latency -c host --request-rate 5K'), { mode: 'latency', requestRate: 5000 });
  t.equal(parsed('--help'), undefined);
  const wrong: Record<string, RegExp> = {
    '-s -c host': /either -s or -c/,
    '-u': /one of -s, -c HOST and --compare/,
    '-c host -P 0': /--parallel is a whole number from 1 to 128, not 0/,
    '-c host -P 129': /--parallel/,
    '-c host -t -1': /.+/,
    '-c host -t x': /--time is a number, not x/,
    '-c host -t 5 -n 1M': /ends by time, by bytes or by blocks/,
    '-c host -R --bidir': /not both/,
    '-c host -l 2M': /from 1 to 1048576 bytes/,
    '-c host -u -l 65508': /from 16 to 65507 bytes/,
    '-c host -u -l 8': /from 16 to 65507/,
    '-c host -b fast': /--bitrate is a number of bits/,
    '-c host -i 100': /--interval/,
    '-c host -p 70000': /--port is a whole number from 1 to 65535/,
    '-c host --model fast': /there is no model fast/,
    '-c host --model select': /runs on port or net; select is for --compare/,
    '-c host -C cubic': /-C is not supported: /,
    '-c host -M 1000': /-M is not supported: Windows has no option/,
    '-c host --sctp': /--sctp is not supported/,
    '-c host --load 2': /--load is for a test of latency/,
    '-s -t 5': /--time is for/,
    '--compare -c host': /--compare stands alone/,
    '--latency': /--latency needs a server/,
    '-c host --nonsense': /unknown option '--nonsense'/,
    '-c host -B nowhere0': /there is no address or interface nowhere0; there are /,
    '-c host -4 -6': /-4 or -6/,
    '-c host -t 1 --time 2': /--time is given twice/,
    '-c one -c other': /--client is given twice/,
    '-c host --dont-fragment': /for datagrams/,
  };
  for (const [line, message] of Object.entries(wrong))
    t.throws(() => parsed(line), { message }, line);
});

t.test('an interface is named as the system names it', async (t) => {
  const [name, addresses] = Object.entries(networkInterfaces())[0]!;
  const four = addresses!.find(({ family }) => family === 'IPv4');
  if (four) t.equal(addressOfInterface(name.toUpperCase(), 'IPv4'), four.address);
  t.equal(addressOfInterface('192.0.2.1', 'IPv4'), '192.0.2.1');
  t.equal(addressOfInterface('fe80::1%3', 'IPv6'), 'fe80::1%3');
});

t.test('parameters go there and back', async (t) => {
  const { settings } = parsed(
    '-c h -u -b 5M -R -P 3 -O 1 -S 8 --udp-counters-64bit --dont-fragment -T title --get-server-output',
  ) as Arguments;
  t.same(decodeParameters(JSON.parse(JSON.stringify(encodeParameters(settings)))), settings);
  const wrong: [unknown, RegExp][] = [
    [null, /no object/],
    [[], /no object/],
    [{ tcp: true, parallel: 1e9 }, /streams is from 1 to 128/],
    [{ tcp: true, parallel: 1.5 }, /whole number/],
    [{ tcp: true, time: 'long' }, /time is no number: "long"/],
    [{ tcp: true, len: -5 }, /a block of TCP/],
    [{ udp: true, len: 1 << 20 }, /a block of UDP/],
    [{ tcp: true, num: -1 }, /bytes is a whole number/],
    [{ tcp: true, num: 1e300 }, /bytes is a whole number/],
    [{ tcp: true, reverse: true, bidirectional: true }, /not both/],
    [{ sctp: true }, /not supported here: SCTP/],
    [{ tcp: true, congestion: 'cubic' }, /congestion control/],
    [{ tcp: true, MSS: 1000 }, /maximum segment size/],
    [{ tcp: true, winsock: 5 }, /no object/],
  ];
  for (const [given, message] of wrong) {
    t.throws(() => decodeParameters(given), { message }, JSON.stringify(given));
  }
});

t.test('results of a peer that is wrong or lies', async (t) => {
  const stream = {
    ...{ id: 1, bytes: 10, retransmits: -1, jitter: 0, errors: 0, packets: 0 },
    ...{ start_time: 0, end_time: 1 },
  };
  const right = { cpu_util_total: 1, cpu_util_user: 1, cpu_util_system: 0, streams: [stream] };
  t.match(decodeResults(right, [1], 'server').streams[0], { bytes: 10, omitted_packets: 0 });
  const unsigned = { ...right, streams: [{ ...stream, retransmits: 2 ** 64 - 1 }] };
  t.equal(decodeResults(unsigned, [1], 'server').streams[0]?.retransmits, -1, 'of older versions');
  const wrong: [unknown, RegExp][] = [
    ['text', /"text" is no object/],
    [{ ...right, streams: undefined }, /streams is nothing/],
    [{ ...right, streams: [] }, /stream 1 is missing/],
    [{ ...right, streams: [stream, stream] }, /a stream is there twice/],
    [{ ...right, streams: [{ ...stream, id: 9 }] }, /there is no stream 9/],
    [{ ...right, streams: [{ ...stream, bytes: -1 }] }, /bytes is -1/],
    [{ ...right, streams: [{ ...stream, bytes: '10' }] }, /bytes is "10"/],
    [{ ...right, streams: [{ ...stream, jitter: null }] }, /jitter is null/],
    [{ ...right, streams: [null] }, /a stream is null/],
    [{ ...right, cpu_util_user: 'much' }, /cpu_util_user is "much"/],
  ];
  for (const [given, message] of wrong) {
    t.throws(() => decodeResults(given, [1], 'server'), { message }, JSON.stringify(given));
  }
});

t.test('which streams send, and their numbers', async (t) => {
  const both = { ...DEFAULTS, streams: 2, bidirectional: true };
  t.same(directionsOf(both, 'client'), [true, true, false, false]);
  t.same(directionsOf(both, 'server'), [false, false, true, true]);
  t.same(directionsOf({ ...DEFAULTS, reverse: true }, 'server'), [true]);
  t.same([0, 1, 2, 3].map(streamId), [1, 3, 4, 5]);
});

t.test('figures of TCP, where Windows counts bytes and iperf3 segments', async (t) => {
  const info = { Mss: 1460, RttUs: 250, MinRttUs: 200, Cwnd: 14_600, SndWnd: 65_535 };
  const found = figuresOf({ ...info, BytesRetrans: 2921, TimeoutEpisodes: 2 });
  t.match(found, { rtt: 250, congestionWindow: 14_600, retransmits: 3, timeouts: 2 });
  t.equal(figuresOf({ ...info, Mss: 0, BytesRetrans: 0, TimeoutEpisodes: 0 }).retransmits, 0);
});

t.test('medians, and pictures of what there is', async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 2, 3]), 2.5);
  t.equal(spread([9, 10, 11]), 0.2);
  t.equal(median([]), 0);
  const series = {
    name: 'a<b',
    color: '#000',
    points: [
      [1, 5],
      [2, 7],
    ] as const,
  };
  const format = (value: number) => `${value}`;
  const svg = chart('one & two', 'note', [
    { title: 'shown', format, series: [series] },
    { title: 'empty', format, series: [{ ...series, points: [] }] },
  ]);
  t.match(svg, /one &amp; two/);
  t.match(svg, />a&lt;b</);
  t.match(svg, /<polyline points="[\d., ]+"/);
  t.notMatch(svg, /empty|NaN|Infinity/);
});
