// `winsock perf` against itself and against peers that vanish, lie or are somebody else: over Node's own
// sockets, on this system.

import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import { type ClientOptions, runClient } from '../../../lib/tools/perf/client.ts';
import { measureLatency } from '../../../lib/tools/perf/latency/latency.ts';
import type { Report } from '../../../lib/tools/perf/report/types.ts';
import {
  type PerfServer,
  type ServerOptions,
  startServer,
} from '../../../lib/tools/perf/server.ts';

const model = 'net';

interface Served {
  readonly server: PerfServer;
  readonly reports: Report[];
  readonly notes: string[];
  /** Resolves with the next report. */
  next(): Promise<Report>;
}

async function serve(t: Test, options: ServerOptions = {}): Promise<Served> {
  const reports: Report[] = [];
  const notes: string[] = [];
  let taken = 0;
  const server = await startServer({
    ...options,
    host: '127.0.0.1',
    port: 0,
    model,
    onReport: (report) => reports.push(report),
    onNote: (note) => notes.push(note),
  });
  t.teardown(() => server.close());
  return {
    server,
    reports,
    notes,
    async next() {
      while (reports.length <= taken) await pause(5);
      return reports[taken++]!;
    },
  };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function client(port: number, options: Partial<ClientOptions> = {}): Promise<Report> {
  return runClient({ host: '127.0.0.1', port, model, duration: 0.3, interval: 0, ...options });
}

function received({ end }: Report): number {
  return end.sum_received.bytes;
}

t.test('every way of a test, each byte compared', { timeout: 120_000 }, async (t) => {
  const { server, next } = await serve(t);
  const ways: Partial<ClientOptions>[] = [
    {},
    { reverse: true },
    { bidirectional: true },
    { streams: 5 },
    { streams: 3, reverse: true, blockSize: 1000 },
    { noDelay: true, rate: 8_000_000, blockSize: 1000 },
    { duration: 0, bytes: 3_000_000 },
    { duration: 0, blocks: 20, reverse: true, streams: 2 },
    { omit: 0.2 },
    { protocol: 'UDP', blockSize: 1460, rate: 4_000_000 },
    { protocol: 'UDP', blockSize: 500, rate: 2_000_000, reverse: true, streams: 2 },
    { protocol: 'UDP', blockSize: 1000, rate: 2_000_000, bidirectional: true },
    { protocol: 'UDP', blockSize: 1000, rate: 8_000_000, wideCounters: true, omit: 0.2 },
    { protocol: 'UDP', blockSize: 1000, rate: 8_000_000, duration: 0, blocks: 30 },
  ];
  for (const way of ways) {
    const name = JSON.stringify(way);
    const report = await client(server.port, { ...way, verify: true });
    const other = await next();
    t.equal(report.error, undefined, name);
    t.equal(other.error, undefined, `${name}, the server`);
    t.ok(received(report) > 0, `${name}: something came`);
    t.equal(report.end.streams.length, (way.streams ?? 1) * (way.bidirectional ? 2 : 1));
    const { verified = [], warnings } = report.end.winsock;
    t.ok(
      verified.every(({ bytes, first_wrong }) => bytes > 0 && first_wrong === undefined),
      `${name}: compared ${JSON.stringify(verified)}`,
    );
    t.same(warnings, []);
    // What one side says of itself is what the other says of it.
    t.equal(received(report), received(other), `${name}: both say the same`);
    t.equal(report.end.sum_sent.bytes, other.end.sum_sent.bytes);
    if (way.bytes) t.equal(received(report), 23 * 131_072, 'whole blocks');
    if (way.blocks) {
      t.equal(received(report), way.blocks * (way.blockSize ?? 131_072), 'all of what was sent');
    }
  }
});

t.test('a rate is kept on average', async (t) => {
  const { server } = await serve(t);
  for (const protocol of ['TCP', 'UDP'] as const) {
    const rate = 16_000_000;
    const way = { protocol, rate, blockSize: 1000, duration: 1 };
    const { end } = await client(server.port, way);
    // Bytes are bounded by the rate and the time that it took; not by a clock of ours.
    const most = (end.sum_sent.seconds * rate) / 8 + 33 * 1000;
    t.ok(end.sum_sent.bytes <= most, `${protocol}: ${end.sum_sent.bytes} of ${most}`);
    t.ok(end.sum_sent.bytes > most / 4, protocol);
  }
});

/** Passes a client's connections on, and changes one byte of what the client sends on a stream. */
async function corruptor(t: Test, port: number): Promise<number> {
  let count = 0;
  const between = net.createServer((from) => {
    const isStream = ++count > 1;
    let passed = 0;
    const to = net.connect(port, '127.0.0.1');
    from.on('data', (bytes) => {
      if (isStream && passed < 100_000 && passed + bytes.length >= 100_000) {
        bytes[100_000 - 1 - passed]! ^= 0xff;
      }
      passed += bytes.length;
      to.write(bytes);
    });
    to.pipe(from);
    from.on('close', () => to.destroy());
    for (const socket of [from, to]) socket.on('error', () => undefined);
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  t.teardown(() => between.close());
  return (between.address() as net.AddressInfo).port;
}

t.test('a wrong byte is seen, and where', async (t) => {
  const { server } = await serve(t);
  const port = await corruptor(t, server.port);
  const wrong = await client(port, { verify: true, duration: 0, bytes: 1 << 20 });
  // The cookie goes before the data.
  const at = 100_000 - 1 - 37;
  t.match(wrong.error, `what came is not what was sent: stream 1, byte ${at}`);
  t.match(wrong.end.winsock.verified, [{ first_wrong: at }]);
  const unseen = await client(await corruptor(t, server.port), { duration: 0, bytes: 1 << 20 });
  t.equal(unseen.error, undefined, 'who does not compare does not see it');
});

t.test('a server refuses a second test at a time', async (t) => {
  const { server, notes } = await serve(t);
  const first = client(server.port, { duration: 1 });
  await pause(300);
  const second = await client(server.port);
  t.match(second.error, /busy with another test/);
  t.equal((await first).error, undefined);
  t.match(notes, [/was refused: a test is running/]);
});

t.test('a test is ended early, in order', async (t) => {
  const { server, next } = await serve(t);
  for (const way of [{}, { reverse: true }, { protocol: 'UDP' as const, blockSize: 1000 }]) {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const report = await client(server.port, { ...way, duration: 60, signal: stop.signal });
    t.equal(report.error, undefined);
    t.equal(report.end.winsock.interrupted, true);
    t.ok(received(report) > 0, 'with the figures of both sides');
    t.ok(report.end.sum_sent.bytes > 0);
    t.equal((await next()).error, undefined);
  }
});

t.test('a server that is stopped tells its client', async (t) => {
  const { server, next } = await serve(t);
  const running = client(server.port, { duration: 60 });
  await pause(300);
  await server.close();
  const report = await running;
  t.match(report.error, /the server was stopped/);
  t.ok(report.end.sum_sent.bytes > 0, 'what was measured is there');
  t.match((await next()).error, /the server was stopped/);
});

/** A server of ours that a test writes out: what it does with the next connection. */
async function fake(t: Test, act: (socket: net.Socket) => unknown): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    act(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

t.test('servers that are none, or broken', { timeout: 60_000 }, async (t) => {
  const json = (text: string, length = text.length) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  /** Goes on with what a server says after each thing that the client has said. */
  const steps =
    (...answers: (Buffer | string | number[])[]) =>
    (socket: net.Socket) => {
      const rest = answers.map((answer) => Buffer.from(answer as string));
      let isFirst = true;
      socket.on('data', (bytes) => {
        // Its own streams are connections that begin with the cookie and go on with data.
        if (isFirst && bytes.length > 37) return;
        isFirst = false;
        const next = rest.shift();
        if (next) socket.write(next);
      });
    };
  const error = Buffer.alloc(9);
  error.writeInt8(-2);
  error.writeInt32BE(142, 1);
  const cases: [string, (socket: net.Socket) => unknown, RegExp][] = [
    [
      'a web server',
      steps('HTTP/1.1 400 Bad Request\r\n\r\n'),
      /does not keep to iperf3's protocol: state 72 came where PARAM_EXCHANGE was due/,
    ],
    ['it closes at once', (socket) => socket.end(), /the server has closed the connection/],
    [
      'it resets',
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      /the server has closed the connection/,
    ],
    ['it is busy', steps([0xff]), /busy with another test/],
    [
      'it has an error',
      steps(error),
      /the server has an error \(iperf3's number 142\): it wants a user name/,
    ],
    ['it stops', steps([9], [11]), /the server was stopped/],
    ['it says something else', steps([9], [99]), /state 99 came where CREATE_STREAMS was due/],
  ];
  for (const [name, act, message] of cases) {
    const port = await fake(t, act);
    const report = await client(port);
    t.match(report.error, message, name);
    t.same(report.intervals, []);
  }

  /** Runs a whole test, with these results at its end. */
  const results = (answer: Buffer) => {
    let control: net.Socket | undefined;
    return (socket: net.Socket) => {
      if (control) {
        socket.resume();
        control.write(Buffer.from([1, 2]));
        return;
      }
      control = socket;
      let said = Buffer.alloc(0);
      let step = 0;
      socket.on('data', (bytes) => {
        said = Buffer.concat([said, bytes]);
        if (step === 0 && said.length >= 37) {
          step = 1;
          socket.write(Buffer.from([9]));
        } else if (step === 1) {
          step = 2;
          socket.write(Buffer.from([10]));
        } else if (step === 2 && bytes[0] === 4) {
          step = 3;
          socket.write(Buffer.concat([Buffer.from([13]), answer, Buffer.from([14])]));
        }
      });
    };
  };
  const lies: [string, Buffer, RegExp][] = [
    ['no JSON', json('{"cpu'), /has sent results that is no JSON|results that is no JSON/],
    ['too long', json('', 0xffff_ffff), /wants to send results of 4294967295 bytes/],
    ['nothing of a stream', json('{"streams":[]}'), /stream 1 is missing/],
    ['nonsense', json('[1]'), /no object/],
  ];
  for (const [name, answer, message] of lies) {
    const report = await client(await fake(t, results(answer)));
    t.match(report.error, message, name);
    t.ok(report.end.sum_sent.bytes > 0, `${name}: what was measured is there`);
  }
  const stream = `{"id":1,"bytes":99999999999999,"retransmits":-1,"jitter":0,"errors":0,"packets":0,"start_time":0,"end_time":1}`;
  const boast = json(
    `{"cpu_util_total":0,"cpu_util_user":0,"cpu_util_system":0,"streams":[${stream}]}`,
  );
  const report = await client(await fake(t, results(boast)));
  t.equal(report.error, undefined);
  t.match(report.end.winsock.warnings, [
    /99999999999999 bytes were received of \d+ that were sent/,
  ]);
});

t.test('a peer that is not there, or is another program, is told as such', async (t) => {
  const port = await fake(t, () => undefined);
  const unused = net.createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const gone = (unused.address() as net.AddressInfo).port;
  unused.close();
  await once(unused, 'close');
  t.match((await client(gone)).error, /no connection to 127\.0\.0\.1, port \d+: .*ECONNREFUSED/);
  const iperf3 = await fake(t, (socket) =>
    socket.once('data', () => socket.write(Buffer.from([9]))),
  );
  const verify = await client(iperf3, { verify: true });
  t.match(verify.error, /--verify needs a winsock perf on the other side; the server is iperf3/);
  const place = { host: '127.0.0.1', port: iperf3, model } as const;
  await t.rejects(measureLatency(place), { message: /latency needs a winsock perf/ });
  t.ok(port);
});

t.test('a server outlives every client', { timeout: 120_000 }, async (t) => {
  const { server, notes, reports } = await serve(t);
  const cookie = Buffer.from(`${'c'.repeat(36)}\0`);
  const parameters = (value: unknown) => {
    const text = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(text.length);
    return Buffer.concat([head, text]);
  };
  const huge = Buffer.alloc(4, 0xff);
  /** What a client sends, piece by piece, before it goes. */
  const clients: [string, Buffer[]][] = [
    ['says nothing', []],
    ['half a cookie', [cookie.subarray(0, 10)]],
    ['goes after the cookie', [cookie]],
    ['a web browser', [Buffer.from('GET / HTTP/1.1\r\nHost: somebody.example\r\n\r\n')]],
    ['parameters that are too long', [cookie, huge]],
    ['parameters that are no JSON', [cookie, parameters('{{{{')]],
    ['parameters that are null', [cookie, parameters(null)]],
    ['parameters that are nested', [cookie, parameters('['.repeat(100_000))]],
    ['too many streams', [cookie, parameters({ tcp: true, parallel: 1e6 })]],
    ['SCTP', [cookie, parameters({ sctp: true })]],
    ['no streams', [cookie, parameters({ tcp: true, parallel: 1, time: 1 })]],
    ['a state too early', [cookie, parameters({ tcp: true, time: 1 }), Buffer.from([4])]],
    ['it stops', [cookie, parameters({ tcp: true, time: 1 }), Buffer.from([12])]],
    ['datagrams, and goes', [cookie, parameters({ udp: true, time: 1, len: 1000 })]],
    ['latency of nonsense', [cookie, parameters({ winsock: { latency: { size: 'x' } } })]],
    ['latency, and goes', [cookie, parameters({ winsock: { latency: { size: 5 } } })]],
  ];
  for (const [name, pieces] of clients) {
    for (const isReset of [false, true]) {
      const socket = net.connect(server.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      await once(socket, 'connect');
      for (const piece of pieces) {
        socket.write(piece);
        await pause(20);
      }
      if (isReset) socket.resetAndDestroy();
      else socket.end();
      await pause(20);
      // The next has its turn, as soon as the server has seen that this one is gone.
      let report = await client(server.port, { duration: 0.1 });
      for (let again = 0; /busy/.test(report.error ?? '') && again < 50; again++) {
        await pause(50);
        report = await client(server.port, { duration: 0.1 });
      }
      t.equal(report.error, undefined, `${name}${isReset ? ', reset' : ''}`);
    }
  }
  t.ok(notes.length > 10, 'each is told');
  t.ok(reports.length >= clients.length * 2);
});

t.test('a client that vanishes in the middle', async (t) => {
  const { server, next } = await serve(t);
  const control = net.connect(server.port, '127.0.0.1');
  control.on('error', () => undefined);
  const cookie = `${'v'.repeat(36)}\0`;
  const text = JSON.stringify({ tcp: true, time: 10, parallel: 1, len: 1000 });
  const head = Buffer.alloc(4);
  head.writeUInt32BE(text.length);
  let said = '';
  control.on('data', (bytes) => {
    said += bytes.toString('hex');
  });
  control.write(cookie);
  await pause(50);
  control.write(Buffer.concat([head, Buffer.from(text)]));
  while (!said.includes('0a')) await pause(5);
  const stream = net.connect(server.port, '127.0.0.1');
  stream.on('error', () => undefined);
  stream.write(cookie);
  stream.write(Buffer.alloc(50_000));
  while (!said.includes('0102')) await pause(5);
  await pause(100);
  for (const socket of [control, stream]) socket.resetAndDestroy();
  const report = await next();
  t.match(report.error, /the client has closed the connection|connection of stream 1 was lost/);
  t.equal(report.end.sum_received.bytes, 50_000, 'what came is counted');
  t.equal((await client(server.port)).error, undefined, 'the next is served');
});

t.test('latency is measured alone and under load', { timeout: 60_000 }, async (t) => {
  const { server } = await serve(t);
  const place = { host: '127.0.0.1', port: server.port, model, duration: 0.3 } as const;
  const closed = await measureLatency({ ...place, connections: 3, size: 1000, load: 1 });
  t.same(
    closed.phases.map(({ name }) => name),
    ['alone', 'under load'],
  );
  for (const { latency, count } of closed.phases) {
    t.ok(count > 0);
    const { min, p50, p90, p99, p999, max } = latency;
    const sorted = [min, p50, p90, p99, p999, max];
    t.same(
      sorted,
      [...sorted].sort((a, b) => a - b),
      'percentiles do not fall',
    );
  }
  t.ok(closed.phases[1]!.load!.bytes > 0);
  t.equal(closed.server?.connections, 3 + 3 + 1);

  // A load that is offered is offered whatever the answers do: so many and no more.
  const open = await measureLatency({ ...place, requestRate: 500 });
  const [phase] = open.phases;
  t.ok(phase!.count + phase!.unanswered <= phase!.seconds * 500 + 1);
  t.ok(phase!.count + phase!.unanswered >= 100);

  const connects = await measureLatency({ ...place, connects: true, connections: 4 });
  t.equal(connects.server?.connections, connects.phases[0]!.count);
  const held = await measureLatency({ ...place, hold: 300 });
  t.equal(held.phases[0]!.count, 300);
  t.equal(held.phases[0]!.latency.count, 300);
});

t.test('a slow answer is not hidden by the wait for it', async (t) => {
  // Answers nothing for a while, as a server does that is stopped.
  const { server } = await serve(t);
  const stall = 1000;
  const place = { host: '127.0.0.1', port: server.port, model, duration: 2 } as const;
  const measuring = measureLatency({ ...place, requestRate: 200 });
  await pause(500);
  const until = performance.now() + stall;
  while (performance.now() < until);
  const [phase] = (await measuring).phases;
  // Requests were due all the time; nearly half of them in the stall, and they waited.
  t.ok(phase!.latency.p90 > 100_000, `p90 is ${phase!.latency.p90} µs`);
});
