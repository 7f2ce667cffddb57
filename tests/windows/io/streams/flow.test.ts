/** What waits where nobody reads, and what is noticed all the same. */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  CompletionPort,
  type CompletionPortStats,
  connectTo,
  createServer,
  type InternetAddress,
  type TcpServer,
  type TcpSocket,
  toDuplex,
} from 'winsock/io';
import { closing, connected, hashOf, noise } from '../support.ts';

/** Far more than the system holds for a connection. */
const MUCH = 60_000_000;
const PIECE = 100_000;

function clientOf(server: TcpServer, options: object = {}): Promise<TcpSocket> {
  const completionPort = server.completionPort;
  return connectTo(server.address as InternetAddress, { ...options, completionPort });
}

/** Writes as `write` and `drain` say. */
async function writeAll(socket: TcpSocket, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length; at += PIECE) {
    const more = socket.write(data.subarray(at, at + PIECE));
    if (!more) await new Promise<void>((resolve) => socket.once('drain', () => resolve()));
  }
  await socket.end();
}

/** Waits until nothing moves any more. */
async function standstill(measure: () => number): Promise<void> {
  let last = -1;
  for (let same = 0; same < 100; ) {
    await turn();
    const now = measure();
    same = now === last ? same + 1 : 0;
    last = now;
  }
}

function inUse({ buffers }: CompletionPortStats): number {
  return buffers.bytes - buffers.free;
}

t.test('who does not read slows the writer down, and little is held', async (t) => {
  for (const how of ['not asked', 'paused', 'slow loop']) {
    const port = closing(t, new CompletionPort());
    const [client, socket] = await connected(t, port);
    const data = noise(MUCH);
    const chunks: Buffer[] = [];
    let taken = 0;
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      taken += chunk.length;
    };
    if (how === 'paused') socket.on('data', take).pause();
    let over = false;
    const before = process.memoryUsage().external;
    const written = writeAll(client, data).then(() => {
      over = true;
    });
    const moved = () => client.pendingBytes + port.stats().packets + port.stats().completedAtStart;
    if (how === 'slow loop') {
      for (let count = 0; count < 50; count++) {
        await standstill(moved);
        take((await socket.read())!);
        if (count === 5) break;
      }
    }
    await standstill(moved);
    t.equal(over, false, `${how}: the writer waits`);
    t.ok(client.pendingBytes > 0 && client.pendingBytes <= 1_200_000, `${client.pendingBytes}`);
    t.ok(inUse(port.stats()) <= 2 * 262_144, `${inUse(port.stats())} bytes of the pool`);
    const grown = process.memoryUsage().external - before - taken;
    t.ok(grown < 5_000_000, `${grown} bytes more outside of the heap`);
    if (how === 'paused') {
      socket.resume();
      await once(socket as never, 'end');
    } else for await (const chunk of socket) take(chunk);
    await written;
    t.equal(hashOf(...chunks), hashOf(data), how);
  }
});

t.test('a stalled reader at the end of a pipe stalls its beginning', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, from] = await connected(t, port);
  const [to, sink] = await connected(t, port);
  toDuplex(from).pipe(toDuplex(to));
  const data = noise(MUCH);
  const before = process.memoryUsage().external;
  let over = false;
  const written = writeAll(client, data).then(() => {
    over = true;
  });
  await standstill(
    () => client.pendingBytes + to.pendingBytes + port.stats().packets + from.pendingBytes,
  );
  t.equal(over, false, 'the writer waits');
  t.ok(to.pendingBytes < 1_500_000, `${to.pendingBytes} bytes wait in the middle`);
  const grown = process.memoryUsage().external - before;
  t.ok(grown < 8_000_000, `${grown} bytes more outside of the heap`);
  const chunks: Buffer[] = [];
  for await (const chunk of sink) chunks.push(chunk);
  await written;
  t.equal(hashOf(...chunks), hashOf(data));
});

/** Everything that was taken from the port is back, but for what a server needs. */
async function nothingLeft(t: Test, server: TcpServer): Promise<void> {
  while (server.connections.size > 0) await turn();
  await server.close();
  const { pending, records } = server.completionPort.stats();
  t.same({ pending, free: records.free }, { pending: 0, free: records.total });
}

t.test('a server that only sends does not keep its connections', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = createServer(
    { completionPort: port },
    (socket) => void socket.end('twelve'),
  ).listen({
    host: '127.0.0.1',
  });
  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const client = await clientOf(server);
      let text = '';
      for await (const chunk of client) text += chunk;
      return text;
    }),
  );
  t.same(answers, Array(20).fill('twelve'));
  await nothingLeft(t, server);
});

t.test('a peer that goes away is noticed although nobody reads', async (t) => {
  const port = closing(t, new CompletionPort());
  const ends: string[] = [];
  const server = createServer({ completionPort: port }, (socket) => {
    socket.on('close', () => ends.push((socket.error as { code?: string })?.code ?? 'orderly'));
  }).listen({ host: '127.0.0.1' });
  const gone: Record<string, (client: TcpSocket) => unknown> = {
    orderly: (client) => client.close(),
    WSAECONNRESET: (client) => client.reset(),
  };
  for (const [end, go] of Object.entries(gone)) {
    const client = await clientOf(server);
    while (server.connections.size === 0) await turn();
    const [socket] = server.connections;
    // On Wine a reset is lost where nothing is being received.
    const isReceiving = () =>
      port
        .pendingOperations()
        .some(({ kind, handle }) => kind === 'receive' && handle === socket!.handle);
    while (!isReceiving()) await turn();
    go(client);
    while (server.connections.size > 0) await turn();
    t.equal(ends.pop(), end);
    await client.closed;
  }
  await nothingLeft(t, server);
});

t.test('who has not asked for the end can still answer', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, socket] = await connected(t, port);
  client.allowHalfOpen = true;
  await client.end('question');
  t.equal(String(await socket.read()), 'question');
  // The end has come by now, and nobody has asked for it.
  const receives = () => port.pendingOperations().filter(({ kind }) => kind === 'receive');
  while (receives().some(({ handle }) => handle === socket.handle)) await turn();
  for (let turns = 0; turns < 5; turns++) await turn();
  t.equal(socket.writable, true);
  await socket.send('answer');
  t.equal(await socket.read(), null);
  t.equal(String(await client.read()), 'answer');
  t.equal(await client.read(), null);
  await Promise.all([client.closed, socket.closed]);
});

t.test('messages as long as a size of memory keep the next size', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await connected(t, port);
  const message = Buffer.alloc(16384);
  let left = message.length;
  server.borrow((bytes) => {
    left -= bytes.length;
    if (left > 0) return;
    left = message.length;
    server.write('.');
  });
  const sizes = new Set<number>();
  for (let i = 0; i < 100; i++) {
    client.write(message);
    await client.read();
    // Both receive again.
    for (let turns = 0; turns < 4; turns++) await turn();
    if (i > 5) sizes.add(inUse(port.stats()));
  }
  const [ours, clients] = [65536, 512];
  t.same([...sizes], [ours + clients]);
});
