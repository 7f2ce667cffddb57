/** Every wait can be given up by signal and by time, and loses nothing by that. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { CompletionPort, connectTo, createServer, type TcpSocket } from 'winsock/io';
import { closing } from '../support.ts';

/** More than the system takes before the peer reads. */
const MUCH = Buffer.alloc(32 << 20, 5);

/** A connection whose peer reads nothing until it is told to. */
async function beforeReading(t: Test): Promise<{ socket: TcpSocket; peer: net.Socket }> {
  const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const port = closing(t, new CompletionPort());
  const came = once(server, 'connection');
  const to = { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
  const socket = await connectTo(to, { completionPort: port });
  const [peer] = (await came) as [net.Socket];
  peer.on('error', () => {});
  t.teardown(() => peer.destroy());
  return { socket, peer };
}

function count(peer: net.Socket): Promise<number> {
  let bytes = 0;
  peer.on('data', (chunk) => {
    bytes += chunk.length;
  });
  return once(peer, 'end').then(() => bytes);
}

t.test('a send that is given up goes out all the same', async (t) => {
  const { socket, peer } = await beforeReading(t);
  await t.rejects(socket.send(MUCH, { timeout: 20 }), { code: 'WSAETIMEDOUT' });
  const controller = new AbortController();
  const sending = socket.send('more', { signal: controller.signal });
  controller.abort(new Error('enough'));
  await t.rejects(sending, /enough/);
  await t.rejects(socket.send('never', { signal: AbortSignal.abort(new Error('no')) }), /no/);
  await t.rejects(socket.drained({ timeout: 20 }), { code: 'WSAETIMEDOUT' });
  await t.rejects(socket.end(undefined, { timeout: 20 }), { code: 'WSAETIMEDOUT' });
  const received = count(peer);
  peer.resume();
  await socket.drained();
  t.equal(await received, MUCH.length + 4, 'all of it but what was aborted before');
});

t.test(
  'drained resolves when all that was written is taken, at once where nothing waits',
  async (t) => {
    const { socket, peer } = await beforeReading(t);
    await socket.drained();
    socket.write(MUCH);
    const drained = socket.drained();
    t.ok(socket.pendingBytes > 0);
    peer.resume();
    await drained;
    t.equal(socket.pendingBytes, 0);
    socket.write(MUCH);
    peer.pause();
    const lost = socket.drained();
    socket.destroy();
    await t.rejects(lost, { code: 'WSA_OPERATION_ABORTED' });
  },
);

t.test('a close that is given up drops the connection', async (t) => {
  const { socket } = await beforeReading(t);
  socket.write(MUCH);
  await t.rejects(socket.close({ timeout: 30 }), { code: 'WSAETIMEDOUT' });
  t.equal(socket.destroyed, true);
  await socket.closed;
});

t.test(
  'accept gives one connection at a time, and what came after it was given up waits',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const server = createServer({ completionPort: port }).listen({ host: '127.0.0.1' });
    const to = { address: '127.0.0.1', port: server.port };
    await t.rejects(server.accept({ timeout: 10 }), { code: 'WSAETIMEDOUT' });
    const controller = new AbortController();
    const given = server.accept({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await t.rejects(given, /enough/);
    const clients = [
      await connectTo(to, { completionPort: port }),
      await connectTo(to, { completionPort: port }),
    ];
    const accepted = [await server.accept(), await server.accept({ timeout: 5000 })];
    t.equal(new Set(accepted).size, 2);
    for (const socket of [...clients, ...accepted]) socket?.destroy();
    const waiting = server.accept();
    await server.close();
    t.equal(await waiting, null, 'the server was closed');
    t.equal(await server.accept(), null);
  },
);
