/** Packets of a completion port: who is told of them, and when. */
import t from 'tap';
import { cast, OVERLAPPED } from 'winsock';
import { addressOfView, CompletionPort, OverlappedSocket, PENDING, startReceive } from 'winsock/io';
import { PostQueuedCompletionStatus } from 'winsock/kernel';
import { closing, LOOPBACK, pair } from '../support.ts';

t.test('packets that come once too often are ignored', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const operation = port.take();
  const { address } = operation;
  const posted = (bytes: number) => {
    const overlapped = cast(OVERLAPPED, address);
    PostQueuedCompletionStatus.orThrow(port.handle, bytes, 0, overlapped);
  };
  let completed = 0;
  operation.target = { completed: () => completed++ };
  // For an operation that is not under way, and for one that is and has not ended.
  posted(11);
  const into = Buffer.alloc(10);
  t.equal(startReceive(operation, server.association, addressOfView(into), 10, into), PENDING);
  t.equal(operation.kept, into, 'held until its packet has come');
  posted(12);
  await client.readable({ timeout: 50 }).catch(() => undefined);
  t.equal(completed, 0);
  t.equal(port.stats().pending, 1);
  await client.send(Buffer.from('here'));
  while (completed === 0) await new Promise((resolve) => setImmediate(resolve));
  t.equal(operation.bytes, 4);
  t.equal(operation.pending, false);
  t.equal(operation.kept, undefined, 'and no longer');
  operation.release();
  t.equal(port.stats().pending, 0);
  client.close();
  server.close();
});

t.test('packets can be posted, by an operation or without', async (t) => {
  const port = closing(t, new CompletionPort());
  const operation = port.take();
  const bytes = await new Promise((resolve) => {
    operation.target = { completed: ({ bytes }) => resolve(bytes) };
    port.post(operation, 1234);
    t.throws(() => port.post(operation), /pending as post/);
    t.throws(() => operation.release(), /pending as post/);
  });
  t.equal(bytes, 1234);
  operation.release();
  t.throws(() => operation.release(), /released before/);
  t.throws(() => port.post(operation), /released before/);
});

t.test('a loop over operations that complete at once lets timers run', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  await client.send(Buffer.alloc(100_000));
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 0);
  const one = Buffer.alloc(1);
  let turns = 0;
  while (!fired && turns < 50_000) {
    await server.receive(one);
    turns++;
  }
  t.ok(fired, `the timer fired after ${turns} receives`);
  client.close();
  server.close();
});

t.test('an exception of a target is uncaught, and nothing is lost', async (t) => {
  const port = closing(t, new CompletionPort());
  const seen: string[] = [];
  const caught = new Promise((resolve) => process.once('uncaughtException', resolve));
  const operations = Array.from({ length: 5 }, (_, index) => {
    const operation = port.take();
    operation.target = {
      completed() {
        seen.push(`packet ${index}`);
        if (index === 2) throw new Error('on purpose');
      },
    };
    port.post(operation);
    return operation;
  });
  t.match(await caught, { message: 'on purpose' });
  while (seen.length < 5) await new Promise((resolve) => setImmediate(resolve));
  t.equal(seen.length, 5);
  for (const operation of operations) operation.release();
});

t.test('an exception of a target is uncaught after a wake-up, too', async (t) => {
  const port = closing(t, new CompletionPort());
  // The poller waits for packets of others, although nothing is pending.
  port.onPacket = () => undefined;
  const first = port.take();
  while (port.stats().wakeUps === 0) {
    await new Promise<void>((resolve) => {
      first.target = { completed: () => resolve() };
      port.post(first);
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  first.release();
  const { wakeUps } = port.stats();
  const caught = new Promise((resolve) => {
    process.once('uncaughtException', (error, origin) => resolve({ error, origin }));
  });
  const operation = port.take();
  operation.target = {
    completed() {
      throw new Error('on purpose');
    },
  };
  port.post(operation);
  t.match(await caught, { error: { message: 'on purpose' }, origin: 'uncaughtException' });
  t.equal(port.stats().wakeUps, wakeUps + 1);
  operation.release();
});

/** How a packet comes to a port that has just asked for its poller thread. */
async function batchesOfNewPort(): Promise<{ wakeUps: number; inlineDequeues: number }> {
  const port = new CompletionPort();
  const socket = OverlappedSocket.create({ completionPort: port, type: 'datagram' }).bind(LOOPBACK);
  const receiving = socket.receive(Buffer.alloc(8)).catch(() => undefined);
  const operation = port.take();
  const completed = new Promise<void>((resolve) => {
    operation.target = { completed: () => resolve() };
  });
  // A few turns without a packet, and something is pending: the port asks for the poller.
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
  port.post(operation);
  await completed;
  const { wakeUps, inlineDequeues } = port.stats();
  operation.release();
  await port.close();
  await receiving;
  return { wakeUps, inlineDequeues };
}

t.test('packets do not wait for the poller thread to begin', async (t) => {
  // Where this thread had to wait for a processor, the other may have begun before the packet came.
  for (let tries = 0; tries < 5; tries++) {
    const { wakeUps, inlineDequeues } = await batchesOfNewPort();
    if (wakeUps > 0) continue;
    t.ok(inlineDequeues > 0, 'this thread has looked itself');
    return;
  }
  t.fail('each packet came by a wake-up');
});

t.test('packets of others are announced', async (t) => {
  const port = new CompletionPort();
  const seen = new Promise((resolve) => {
    port.onPacket = (...packet) => resolve(packet);
  });
  PostQueuedCompletionStatus(port.handle, 77, 1234, null);
  t.same(await seen, [1234, 77, 0]);
  await port.close();
  t.equal(port.stats().pending, 0);
});
