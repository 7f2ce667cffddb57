/** Several ports in one process, and in several threads. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import {
  CompletionPort,
  connectTo,
  createServer,
  type InternetAddress,
  OverlappedSocket,
  type TcpSocket,
  UdpSocket,
} from 'winsock/io';
import { closing, hashOf, noise } from '../support.ts';

const SIZE = 2_000_000;

/** Whether everything comes back as it was. */
async function echoes(address: InternetAddress, completionPort: CompletionPort): Promise<boolean> {
  const client = await connectTo(address, { completionPort });
  const data = noise(SIZE);
  const chunks: Buffer[] = [];
  let bytes = 0;
  const all = new Promise<void>((resolve, reject) => {
    client.on('data', (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes === SIZE) resolve();
    });
    client.on('error', reject);
  });
  await client.send(data);
  await all;
  await client.close();
  return hashOf(...chunks) === hashOf(data);
}

const echo = (socket: TcpSocket) => {
  socket.on('data', (chunk) => socket.write(chunk));
};

t.test('a busy port leaves the event loop to others', async (t) => {
  const port = closing(t, new CompletionPort());
  const all = 500;
  const perTurn: number[] = [];
  let turns = 0;
  const ticking = setImmediate(function tick() {
    turns++;
    next = setImmediate(tick);
  });
  let next = ticking;
  await new Promise<void>((resolve) => {
    let left = all;
    for (let i = 0; i < all; i++) {
      const operation = port.take();
      operation.target = {
        completed() {
          operation.release();
          perTurn[turns] = (perTurn[turns] ?? 0) + 1;
          if (--left === 0) resolve();
        },
      };
      port.post(operation);
    }
  });
  clearImmediate(next);
  t.equal(
    perTurn.reduce((sum, count) => sum + count, 0),
    all,
  );
  t.equal(Math.max(...perTurn.filter((count) => count > 0)), 128, 'at most in one turn');
});

t.test('sockets of several ports talk to one another', async (t) => {
  const ports = Array.from({ length: 4 }, () => new CompletionPort());
  const servers = ports.map((port) =>
    createServer({ completionPort: port }, echo).listen({ host: '127.0.0.1' }),
  );
  const outcomes = ports.flatMap((port) =>
    servers.map((server) => echoes(server.address as InternetAddress, port)),
  );
  t.same(await Promise.all(outcomes), Array(16).fill(true));
  for (const port of ports) {
    const { packets, completedAtStart, pending } = port.stats();
    t.ok(packets + completedAtStart > 0, 'each has done its part');
    t.equal(pending, 32, 'accepts are pending');
  }
  // One is closed while the others go on.
  await ports[0]!.close();
  t.equal(servers[0]!.listening, false);
  t.equal(await echoes(servers[1]!.address as InternetAddress, ports[2]!), true);
  await Promise.all(ports.map((port) => port.close()));
  for (const port of ports) t.equal(port.stats().pending, 0);
});

t.test('a handle has one port for good', async (t) => {
  const [one, other] = [closing(t, new CompletionPort()), closing(t, new CompletionPort())];
  const socket = closing(t, OverlappedSocket.create({ completionPort: one }));
  t.throws(() => other.associate(socket.handle), {
    name: 'WinsockError',
    syscall: 'CreateIoCompletionPort',
  });
  const datagrams = closing(t, new UdpSocket({ completionPort: other }).bind());
  t.equal(datagrams.completionPort, other);
});

t.test('threads have ports of their own', async (t) => {
  const port = closing(t, new CompletionPort());
  const script = new URL('../cases/thread.ts', import.meta.url);
  const threads = Array.from({ length: 3 }, () => new Worker(script));
  const addresses = await Promise.all(threads.map((thread) => once(thread, 'message')));
  const outcomes = addresses.flatMap(([address]) =>
    Array.from({ length: 3 }, () => echoes(address as InternetAddress, port)),
  );
  t.same(await Promise.all(outcomes), Array(9).fill(true));
  for (const thread of threads) {
    const ended = once(thread, 'exit');
    thread.postMessage('close');
    const [report] = (await once(thread, 'message')) as [Record<string, number>];
    t.equal(report.pending, 0);
    t.ok(report.operations! > 0);
    t.same(await ended, [0]);
  }
});
