/** What many connections, and threads that end in order, have taken goes back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { CompletionPort, connectTo, createServer, type TcpSocket } from 'winsock/io';
import { handleCount } from '../../fuzz/states/handles.ts';
import { closing } from '../support.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const CONNECTIONS = 3000;
/** Of their memory, in bytes. */
const LEAST_FALL = 8e6;
const THREADS = 12;
/** They have fewer pieces of memory, any of which may be that of the next one's record. */
const THREADS_THAT_TELL = 8;

/** Reads so many bytes, in as many pieces as they come in. */
async function readWhole(socket: TcpSocket, bytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let left = bytes; left > 0; left -= pieces.at(-1)!.length) {
    pieces.push((await socket.read({ timeout: 60_000 }))!);
  }
  return Buffer.concat(pieces);
}

t.test(
  'memory of connections that are over is of no interest to the process any more',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const served: TcpSocket[] = [];
    const server = closing(
      t,
      createServer({ completionPort: port, accepts: 200 }, (socket) => served.push(socket)).listen({
        host: '127.0.0.1',
      }),
    );
    const to = { address: '127.0.0.1', port: server.port };
    const clients: TcpSocket[] = [];
    while (clients.length < CONNECTIONS) {
      const some = Array.from({ length: 50 }, () => connectTo(to, { completionPort: port }));
      clients.push(...(await Promise.all(some)));
    }
    while (served.length < CONNECTIONS) await sleep(5);
    const big = Buffer.alloc(3000, 7);
    for (const socket of [...clients, ...served]) socket.write(big);
    await Promise.all([...clients, ...served].map((socket) => readWhole(socket, big.length)));
    for (const socket of [...clients, ...served]) socket.destroy();
    await Promise.all([...clients, ...served].map((socket) => socket.closed));
    clients.length = served.length = 0;
    const { free, bytes } = port.stats().buffers;
    t.equal(free, bytes, 'all of it is free');
    t.ok(bytes > 20e6, `${bytes} bytes were taken`);
    // What garbage there is has its own ways.
    gc();
    const before = process.memoryUsage().rss;
    let fall = 0;
    for (let seconds = 0; fall <= LEAST_FALL && seconds < 60; seconds++) {
      await sleep(1000);
      gc();
      fall = before - process.memoryUsage().rss;
    }
    t.ok(fall > LEAST_FALL, `the process has ${Math.round(fall / 1e6)} MB less of it`);
    const [one, other] = await Promise.all([
      connectTo(to, { completionPort: port }),
      server.accept(),
    ]);
    one.write(big);
    t.same(await readWhole(other!, big.length), big, 'and it is used again');
    one.destroy();
    other?.destroy();
  },
);

const IN_ORDER = `import('winsock/io').then(async ({ CompletionPort, connectTo, createServer }) => {
  const port = new CompletionPort();
  const server = createServer({ completionPort: port }).listen({ host: '127.0.0.1' });
  const to = { address: '127.0.0.1', port: server.port };
  const socket = await connectTo(to, { completionPort: port });
  await socket.close();
  await port.close();
});`;

async function thread(): Promise<void> {
  const worker = new Worker(IN_ORDER, { eval: true });
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
}

const LISTENS = `import('winsock/io').then(({ createServer }) => {
  createServer().listen({ host: '127.0.0.1' });
  require('node:worker_threads').parentPort.postMessage('listens');
});`;

async function terminated(): Promise<void> {
  const worker = new Worker(LISTENS, { eval: true });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
}

t.test('a thread that ends in order leaves no handle behind', async (t) => {
  for (let n = 0; n < 3; n++) await thread();
  await sleep(500);
  const before = handleCount();
  for (let n = 0; n < THREADS; n++) await thread();
  await sleep(500);
  const more = handleCount() - before;
  t.ok(more < THREADS / 2, `${more} handles more after ${THREADS} threads`);
});

t.test('threads that are terminated leave none either, once ports are made later', async (t) => {
  const makePort = async () => {
    const port = new CompletionPort();
    await port.close();
  };
  await makePort();
  for (let n = 0; n < 3; n++) await terminated();
  await sleep(500);
  const before = handleCount();
  for (let n = 0; n < THREADS; n++) await terminated();
  // By the first they are seen to have ended, and by the second what waited for that is over.
  await makePort();
  await sleep(4000);
  await makePort();
  const more = handleCount() - before;
  // The threads of the system that wait for their ends would be half as many.
  t.ok(more < THREADS / 4, `${more} handles more after ${THREADS} threads`);
});

const TELLS = `import('winsock/io').then(async ({ CompletionPort, connectTo, createServer }) => {
  const port = CompletionPort.default;
  const server = createServer().listen({ host: '127.0.0.1' });
  const [socket, accepted] = await Promise.all([
    connectTo({ address: '127.0.0.1', port: server.port }),
    server.accept(),
  ]);
  const operation = port.take();
  require('node:worker_threads').parentPort.postMessage(operation.address);
  operation.release();
  await Promise.all([socket.close(), accepted.close(), server.close()]);
  if (CLOSES) await port.close();
});`;

/** What 64 KiB the record of an operation lies in. */
async function placeOfRecord(closes: boolean): Promise<number> {
  const worker = new Worker(TELLS.replace('CLOSES', String(closes)), { eval: true });
  let address = 0;
  worker.on('message', (told: number) => {
    address = told;
  });
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  return Math.floor(address / 65536);
}

for (const closes of [true, false]) {
  const how = closes ? 'closes its port' : 'leaves its port open';
  t.test(`the memory of a thread that ends and ${how} is that of the next one`, async (t) => {
    closing(t, new CompletionPort());
    const places = new Set<number>();
    for (let n = 0; n < THREADS_THAT_TELL; n++) places.add(await placeOfRecord(closes));
    t.notOk(places.has(0), 'each has told');
    t.ok(places.size < THREADS_THAT_TELL, `${places.size} places of ${THREADS_THAT_TELL} threads`);
  });
}
