/** Memory of a program's own that the system uses: what is refused, and what is noticed. */
import t from 'tap';
import {
  addressOfView,
  CompletionPort,
  connectTo,
  createServer,
  pieceOf,
  startSend,
  type TcpSocket,
} from 'winsock/io';
import { closing, pair } from '../support.ts';

const FOUR_GIB = 2 ** 32;

/** A buffer whose ArrayBuffer was transferred. */
function detached(length: number): Buffer {
  const buffer = Buffer.from(new ArrayBuffer(length));
  structuredClone(buffer.buffer, { transfer: [buffer.buffer as ArrayBuffer] });
  return buffer;
}

t.test('memory that was taken away, or can be, is refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer;
  const growing = Buffer.from(new Resizable(16, { maxByteLength: 32 }));
  for (const memory of [detached(16), growing]) {
    await t.rejects(server.receive(memory), TypeError);
    await t.rejects(client.send(memory), TypeError);
    await t.rejects(client.send([Buffer.alloc(4), memory]), TypeError);
    await t.rejects(server.receiveFrom(memory), TypeError);
    t.throws(() => addressOfView(memory), TypeError);
    t.throws(() => pieceOf(memory), TypeError);
  }
  await client.send(Buffer.from('whole'));
  const into = Buffer.alloc(16);
  t.equal(into.toString('latin1', 0, await server.receive(into)), 'whole', 'nothing was begun');
});

t.test('memory that is received into cannot be taken away', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const into = Buffer.from(new ArrayBuffer(16));
  const receiving = server.receive(into);
  const memory = into.buffer as ArrayBuffer & { transfer?(): ArrayBuffer };
  t.throws(() => structuredClone(memory, { transfer: [memory] }));
  if (memory.transfer) t.throws(() => memory.transfer!());
  await client.send(Buffer.from('stays'));
  t.equal(into.toString('latin1', 0, await receiving), 'stays');
});

t.test('more bytes than the system counts are refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client] = await pair(port);
  const operation = port.take();
  const { association } = client;
  t.throws(() => startSend(operation, association, 0x10000, FOUR_GIB, null), RangeError);
  t.throws(() => startSend(operation, association, 0x10000, FOUR_GIB + 10, null), RangeError);
  operation.release();
});

t.test(
  'memory that a handler was shown and has transferred harms no other connection',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const server = createServer({ completionPort: port }).listen({ host: '127.0.0.1' });
    const address = server.address as { address: string; port: number };
    const accepted: TcpSocket[] = [];
    server.on('connection', (socket) => accepted.push(socket));
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => connectTo(address, { completionPort: port })),
    );
    while (accepted.length < clients.length) await new Promise((resolve) => setImmediate(resolve));
    let shown = 0;
    accepted[0]!.borrow((bytes) => {
      shown++;
      const { buffer } = bytes as unknown as { buffer: { transfer?(): unknown } };
      try {
        buffer.transfer?.();
      } catch {
        // Where it is refused nothing is lost.
      }
    });
    for (const [index, client] of clients.entries()) client.write(`number ${index}`);
    const got = await Promise.all(accepted.slice(1).map((socket) => socket.read()));
    const texts = got.map((data) => String(data));
    t.equal(new Set(texts).size, 7);
    t.equal(shown, 1);
    for (const text of texts) t.match(text, /^number [0-7]$/);
  },
);
