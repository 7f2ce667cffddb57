/** Connections among many, which wait without memory until there is something. */
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { CompletionPort, OverlappedSocket, type TcpSocket } from 'winsock/io';
import { closing, connected, hashOf, LOOPBACK, noise } from '../support.ts';

/** At least as many operations as there are among many connections. */
const MANY = 1000;
/** More turns of the event loop than pass before a connection counts as one that rests. */
const REST_TURNS = 5000;

/** A port with many operations under way. */
function crowded(t: Test): CompletionPort {
  const port = closing(t, new CompletionPort());
  const socket = OverlappedSocket.create({ type: 'datagram', completionPort: port }).bind(LOOPBACK);
  for (let i = 0; i < MANY; i++) socket.receive(Buffer.alloc(1)).catch(() => undefined);
  return port;
}

function inUse(port: CompletionPort): number {
  const { buffers } = port.stats();
  return buffers.bytes - buffers.free;
}

/** Waits until all that shall be received from was begun: in the turn after it was asked for. */
async function settled(port: CompletionPort): Promise<void> {
  for (let last = -1, same = 0; same < 10; ) {
    await turn();
    const { pending } = port.stats();
    same = pending === last ? same + 1 : 0;
    last = pending;
  }
}

/** Bytes of memory that two connected sockets hold while they wait. */
async function held(port: CompletionPort, sockets: () => Promise<unknown>): Promise<number> {
  const before = inUse(port);
  await sockets();
  await settled(port);
  return inUse(port) - before;
}

function echo(socket: TcpSocket): TcpSocket {
  return socket.on('data', (data) => socket.write(data));
}

t.test('nothing is held for a connection that rests, and all comes in its order', async (t) => {
  const port = crowded(t);
  const before = inUse(port);
  let client!: TcpSocket;
  const connect = async (): Promise<void> => {
    const [one, other] = await connected(t, port);
    client = one;
    echo(other);
  };
  t.equal(await held(port, connect), 0, 'among many');
  for (const data of [noise(1), noise(5000), noise(300_000)]) {
    client.write(data);
    const chunks: Buffer[] = [];
    for (let bytes = 0; bytes < data.length; bytes += chunks.at(-1)!.length) {
      chunks.push((await client.read())!);
    }
    t.equal(hashOf(...chunks), hashOf(data));
  }
  await settled(port);
  t.ok(inUse(port) > before, 'a busy one has memory');

  const quiet = closing(t, new CompletionPort());
  t.not(await held(quiet, () => connected(t, quiet)), 0, 'among few');
});

t.test('what has come and gone for long waits without memory again', async (t) => {
  const port = crowded(t);
  const [client, accepted] = await connected(t, port);
  echo(accepted);
  client.write('first');
  t.equal(String(await client.read()), 'first');
  await settled(port);
  const busy = inUse(port);

  const posted = port.take();
  for (let i = 0; i < REST_TURNS; i++) {
    await new Promise<void>((resolve) => {
      posted.target = { completed: () => resolve() };
      port.post(posted);
    });
  }
  posted.release();
  client.write('second');
  t.equal(String(await client.read()), 'second');
  await settled(port);
  t.ok(inUse(port) < busy, 'both have given back what they had');
  client.write('third');
  t.equal(String(await client.read()), 'third');
});

t.test('the end, a reset and our own end come to one that waits', async (t) => {
  const port = crowded(t);
  const before = inUse(port);
  {
    const [client, accepted] = await connected(t, port);
    await settled(port);
    await client.end('last words');
    t.equal(String(await accepted.read()), 'last words');
    t.equal(await accepted.read(), null);
    await Promise.all([client.closed, accepted.closed]);
  }
  {
    const [client, accepted] = await connected(t, port);
    const failed = new Promise<Error>((resolve) => accepted.once('error', resolve));
    await settled(port);
    client.reset();
    t.match(await failed, { code: 'ECONNRESET' });
  }
  {
    const [client, accepted] = await connected(t, port);
    const reading = accepted.read();
    await settled(port);
    accepted.destroy();
    t.equal(await reading, null);
    await Promise.all([client.closed, accepted.closed]);
  }
  t.equal(inUse(port), before, 'all memory is back');
});

t.test('a wait that is given up is begun anew', async (t) => {
  const port = crowded(t);
  const [client, accepted] = await connected(t, port);
  await settled(port);
  const urgent = new Promise((resolve) => accepted.once('urgent', resolve));
  await settled(port);
  client.write('ordinary');
  t.equal(String(await accepted.read()), 'ordinary');
  await client.sendUrgent('!');
  t.equal(String(await urgent), '!');
});
