/** Web streams over our sockets. */

import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { CompletionPort, toDuplex, toWeb } from 'winsock/io';
import { closing, connected, hashOf, noise } from '../support.ts';

/** Two connected sockets of a completion port of their own. */
const pair = (t: Test) => connected(t, closing(t, new CompletionPort()));

async function all(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A stream of the data, in pieces. */
function streamOf(data: Uint8Array, size = 50_000): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(data.subarray(at, at + size));
      at += size;
      if (at >= data.length) controller.close();
    },
  });
}

t.test('pipeThrough and pipeTo of web streams carry all bytes over a connection', async (t) => {
  const [one, other] = (await pair(t)).map(toWeb) as [
    ReturnType<typeof toWeb>,
    ReturnType<typeof toWeb>,
  ];
  const data = noise(2_000_000);
  const echoed = other.readable
    .pipeThrough(new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>)
    .pipeTo(other.writable);
  const gzip = new CompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>;
  const sent = streamOf(data).pipeThrough(gzip).pipeTo(one.writable);
  t.equal(hashOf(await all(one.readable)), hashOf(data));
  await Promise.all([sent, echoed]);
});

t.test('a slow reader slows the writer down', async (t) => {
  const [one, other] = await pair(t);
  const data = noise(20_000_000);
  let over = false;
  const sent = streamOf(data, 500_000)
    .pipeTo(toWeb(one).writable)
    .then(() => {
      over = true;
    });
  for (let turns = 0; turns < 200; turns++) await setImmediate();
  t.equal(over, false, 'the rest waits');
  t.equal(hashOf(await all(toWeb(other).readable)), hashOf(data));
  await sent;
});

t.test('an aborted pipe drops both connections', async (t) => {
  const [source, from] = await pair(t);
  const [to, sink] = await pair(t);
  const controller = new AbortController();
  const pipe = toWeb(from).readable.pipeTo(toWeb(to).writable, { signal: controller.signal });
  await source.send('first');
  t.equal(String(await sink.read()), 'first');
  const reason = new Error('enough');
  controller.abort(reason);
  await t.rejects(pipe, reason);
  await t.rejects(sink.read(), { code: 'WSAECONNRESET' }, 'the sink is reset');
  await from.closed;
  await source.read().catch(() => null);
  t.equal(from.destroyed, true);
  t.equal(to.destroyed, true);
});

t.test('a lost connection fails both streams', async (t) => {
  const [one, other] = await pair(t);
  const { readable, writable } = toWeb(one);
  const writer = writable.getWriter();
  const read = readable.getReader().read();
  other.reset();
  await t.rejects(read, { name: 'WinsockError', code: 'WSAECONNRESET' });
  await t.rejects(writer.closed, { name: 'WinsockError', code: 'WSAECONNRESET' });
  await t.rejects(writer.write(new Uint8Array(1)), { code: 'WSAECONNRESET' });
});

t.test('what was cut off is no end', async (t) => {
  const [one] = await pair(t);
  const { readable, writable } = toWeb(one);
  const read = readable.getReader().read();
  await writable.abort();
  await t.rejects(read, { code: 'WSA_OPERATION_ABORTED' });
});

t.test('cancelling the readable drops the connection', async (t) => {
  const [one, other] = await pair(t);
  const { readable } = toWeb(one);
  await readable.cancel();
  t.equal(one.destroyed, true);
  t.equal(await other.read(), null);
});

t.test("Node's own conversion of our stream", async (t) => {
  const [one, other] = await pair(t);
  const data = noise(300_000);
  const mine = Duplex.toWeb(toDuplex(one, { allowHalfOpen: true }));
  const theirs = toDuplex(other, { allowHalfOpen: true });
  theirs.pipe(theirs);
  const sent = streamOf(data).pipeTo(mine.writable);
  t.equal(hashOf(await all(mine.readable as ReadableStream<Uint8Array>)), hashOf(data));
  await sent;
});
