/** A server on Windows' run times against peers of this system, which behave as peers do. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import { start } from './ecosystem-support.ts';

const CONNECTIONS = 10_000;
const AT_ONCE = 100;
const onWindows = process.platform === 'win32' && 'the other side is a program of Linux';
const options = { skip: onWindows, timeout: 240_000 };

interface Report {
  /** Connections now, and the most there were at once. */
  open: number;
  most: number;
  /** How many ended with each code, or orderly. */
  ends: Record<string, number>;
  pending: number;
  records: number;
  buffers: number;
}

interface EchoServer {
  connect(): Promise<net.Socket>;
  report(): Promise<Report>;
  /** When all connections are over: nothing of them is left. */
  nothingLeft(t: Test): Promise<Report>;
}

async function echoServer(t: Test, runtime?: string): Promise<EchoServer> {
  const program = start(t, 'tests/host/cases/echo-report.ts', [], runtime);
  await program.says('ports ');
  const [port = 0, reports = 0] = program.output
    .match(/^ports (\d+),(\d+)$/m)!
    .slice(1)
    .map(Number);
  const report = async () => {
    const socket = net.connect(reports, '127.0.0.1');
    let text = '';
    for await (const chunk of socket) text += chunk;
    return JSON.parse(text) as Report;
  };
  const before = await report();
  return {
    report,
    async connect() {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
      await once(socket, 'connect');
      return socket;
    },
    async nothingLeft(t) {
      let after = await report();
      while (after.open > 0) {
        await pause(50);
        after = await report();
      }
      const { pending, records, buffers } = after;
      const expected = {
        pending: before.pending,
        records: before.records,
        buffers: before.buffers,
      };
      t.same({ pending, records, buffers }, expected, 'everything is given back');
      return after;
    },
  };
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function hashOf(...chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** What comes until the stream ends. */
async function everything(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

t.test(`${CONNECTIONS} connections, half of them reset in flight`, options, async (t) => {
  const server = await echoServer(t);
  const sockets: net.Socket[] = [];
  const opener = async () => {
    while (sockets.length < CONNECTIONS) {
      const index = sockets.push(undefined as never) - 1;
      sockets[index] = await server.connect();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, opener));
  while ((await server.report()).open < CONNECTIONS) await pause(50);

  const data = randomBytes(20_000);
  const answers = sockets.map(async (socket, index) => {
    socket.on('error', () => undefined);
    socket.write(data);
    if (index % 2 === 0) {
      socket.resetAndDestroy();
      return true;
    }
    socket.end();
    return hashOf(await everything(socket)) === hashOf(data);
  });
  const right = (await Promise.all(answers)).filter(Boolean).length;
  t.equal(right, CONNECTIONS, 'those that stayed have every byte back');
  const { most, ends } = await server.nothingLeft(t);
  t.equal(most, CONNECTIONS);
  t.equal(
    Object.values(ends).reduce((sum, count) => sum + count, 0),
    CONNECTIONS,
    'every one has ended',
  );
  const { orderly = 0, WSAECONNRESET = 0, ...others } = ends;
  t.same(others, {}, 'with no other error');
  // Wine loses a reset that comes while nothing is being received.
  t.ok(orderly >= CONNECTIONS / 2, `${orderly} orderly`);
  t.ok(WSAECONNRESET > 0, `${WSAECONNRESET} reset`);
});

const PEERS: Record<string, (socket: net.Socket, data: Buffer) => Promise<Buffer>> = {
  async 'sends byte by byte'(socket, data) {
    const few = data.subarray(0, 400);
    const back = everything(socket);
    for (const byte of few) {
      socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
    return Buffer.concat([await back, data.subarray(400)]);
  },
  async 'half-closes at once'(socket, data) {
    socket.end(data);
    return everything(socket);
  },
  async 'stalls, then reads on'(socket, data) {
    socket.end(data);
    await pause(400);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      if (chunks.length % 20 === 0) await pause(5);
    }
    return Buffer.concat(chunks);
  },
  async 'stops in the middle, then sends on'(socket, data) {
    const back = everything(socket);
    socket.write(data.subarray(0, 1_000_001));
    await pause(300);
    socket.end(data.subarray(1_000_001));
    return back;
  },
};

for (const runtime of ['node24', 'bun']) {
  t.test(`no byte is lost or moved, on ${runtime}`, options, async (t) => {
    const server = await echoServer(t, runtime);
    const peers = Object.entries(PEERS);
    for (const [how, behave] of peers) {
      const data = randomBytes(5_000_000);
      t.equal(
        hashOf(await behave(await server.connect(), data)),
        hashOf(data),
        `a peer that ${how}`,
      );
    }
    const { ends } = await server.nothingLeft(t);
    t.same(ends, { orderly: peers.length });
  });
}

t.test('a peer that resets while the server sends', options, async (t) => {
  const server = await echoServer(t);
  for (let round = 0; round < 10; round++) {
    const socket = await server.connect();
    socket.on('error', () => undefined);
    socket.write(Buffer.alloc(3_000_000));
    await pause(5 * round);
    socket.resetAndDestroy();
  }
  const { ends } = await server.nothingLeft(t);
  t.same(Object.keys(ends), ['WSAECONNRESET']);
  t.equal(ends.WSAECONNRESET, 10);
});
