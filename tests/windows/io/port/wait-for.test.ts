/** Ports whose own thread waits for packets: the option `waitFor`. */
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { CompletionPort, connectTo, createServer, type InternetAddress } from 'winsock/io';
import { closing } from '../support.ts';

const POSTER = new URL('../cases/poster.ts', import.meta.url);

/** Has another thread post packets. Resolves to what they say when all have come. */
async function posted(port: CompletionPort, count: number, pause: number): Promise<number[]> {
  const said: number[] = [];
  const all = new Promise<void>((resolve) => {
    port.onPacket = (_key, bytes) => {
      if (said.push(bytes) === count) resolve();
    };
  });
  const worker = new Worker(POSTER, { workerData: { handle: port.handle, count, pause } });
  const failed = new Promise<never>((_, reject) => worker.once('error', reject));
  await Promise.race([all, failed]);
  port.onPacket = undefined;
  await worker.terminate();
  return said;
}

t.test('no thread has to be woken while this one waits', async (t) => {
  const port = closing(t, new CompletionPort({ waitFor: 1000 }));
  t.same(await posted(port, 10, 20), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const { wakeUps, packets } = port.stats();
  t.equal(wakeUps, 0);
  t.ok(packets >= 10);
});

t.test('what comes later than that wakes it', async (t) => {
  const port = closing(t, new CompletionPort({ waitFor: 1 }));
  t.same(await posted(port, 5, 100), [0, 1, 2, 3, 4]);
  t.ok(port.stats().wakeUps > 0);
});

t.test('what is written after an await is not held back by the wait', async (t) => {
  const port = closing(t, new CompletionPort({ waitFor: 1000 }));
  const server = createServer({ completionPort: port }, async (socket) => {
    for await (const chunk of socket) {
      await undefined;
      await new Promise(process.nextTick);
      await socket.send(chunk);
    }
  }).listen({ host: '127.0.0.1' });
  const client = await connectTo(server.address as InternetAddress, { completionPort: port });
  const told: string[] = [];
  const began = port.stats().wakeUps;
  for (const text of ['one', 'two', 'three']) {
    await client.send(text);
    told.push(String(await client.read()));
  }
  t.same(told, ['one', 'two', 'three']);
  t.equal(port.stats().wakeUps, began);
  await client.close();
  await server.close();
});

t.test('timers go on, and the end of the port as well', async (t) => {
  const port = new CompletionPort({ waitFor: 20 });
  port.onPacket = () => undefined;
  let ticks = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (++ticks < 5) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  t.equal(ticks, 5);
  await port.close();
  t.equal(port.stats().pending, 0);
});
