import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';
import t from 'tap';
import {
  CompletionPort,
  connect,
  connectTo,
  createServer,
  type InternetAddress,
  type PendingOperation,
  type TcpServer,
  type TcpServerOptions,
  type TcpSocket,
} from 'winsock/io';
import { freePort } from '../../support/free-port.ts';
import { isWine } from '../../support/native.ts';
import { closing, connected, everything, hashOf, noise, nothingLeft } from '../support.ts';

function serve(
  port: CompletionPort,
  onConnection?: (socket: TcpSocket) => void,
  options: TcpServerOptions = {},
): TcpServer {
  return createServer({ ...options, completionPort: port }, onConnection).listen({
    host: '127.0.0.1',
  });
}

function addressOf(server: TcpServer): InternetAddress {
  return server.address as InternetAddress;
}

const echoes: Record<string, (socket: TcpSocket) => void> = {
  'by events': (socket) => socket.on('data', (chunk) => socket.write(chunk)),
  borrowed: (socket) => socket.borrow((bytes) => socket.write(bytes)),
  'by loop': async (socket) => {
    for await (const chunk of socket) await socket.send(chunk);
  },
};

for (const [how, echo] of Object.entries(echoes)) {
  t.test(`an echo ${how} gives back every byte`, async (t) => {
    const port = new CompletionPort();
    const server = serve(port, echo);
    const ask = async (size: number) => {
      const client = await connectTo(addressOf(server), { completionPort: port });
      const data = noise(size);
      const back = everything(client);
      for (let at = 0; at < size; at += 70_000) {
        if (!client.write(data.subarray(at, at + 70_000))) await once(client as never, 'drain');
      }
      await client.end();
      const right = hashOf(await back) === hashOf(data);
      await client.closed;
      return right;
    };
    const sizes = [1, 100, 4096, 4097, 65_536, 262_144, 3_000_000, 1_000_001];
    t.same(
      await Promise.all(sizes.map(ask)),
      sizes.map(() => true),
    );
    t.same(await Promise.all(Array.from({ length: 50 }, () => ask(10_000))), Array(50).fill(true));
    await server[Symbol.asyncDispose]();
    nothingLeft(t, port);
    await port.close();
  });
}

t.test('node:net talks to it, both ways', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, serve(port, echoes['by events']));
  const { port: number } = addressOf(server);
  const client = net.connect(number, '127.0.0.1');
  const data = noise(500_000);
  client.end(data);
  const chunks: Buffer[] = [];
  for await (const chunk of client) chunks.push(chunk as Buffer);
  t.equal(hashOf(...chunks), hashOf(data));

  const theirs = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(theirs, 'listening');
  const { port: other } = theirs.address() as net.AddressInfo;
  const ours = await connectTo({ address: '127.0.0.1', port: other }, { completionPort: port });
  t.same(ours.remoteAddress, { family: 'IPv4', address: '127.0.0.1', port: other });
  const back = everything(ours);
  ours.write(data);
  await ours.end();
  t.equal(hashOf(await back), hashOf(data));
  theirs.close();
});

t.test('a slow reader stops the writer, and nothing is lost', async (t) => {
  const port = closing(t, new CompletionPort());
  const data = noise(20_000_000);
  const server = closing(
    t,
    serve(
      port,
      async (socket) => {
        for (let at = 0; at < data.length; at += 100_000) {
          if (!socket.write(data.subarray(at, at + 100_000))) await once(socket as never, 'drain');
        }
        socket.end();
      },
      { highWaterMark: 250_000 },
    ),
  );
  const client = await connectTo(addressOf(server), { completionPort: port });
  const chunks: Buffer[] = [];
  let most = 0;
  // It reads on only when the writer has to wait.
  for (;;) {
    while (server.connections.size === 0) await turn();
    const [socket] = server.connections;
    while (!socket!.destroyed && socket!.writable && socket!.pendingBytes === 0) await turn();
    most = Math.max(most, socket!.pendingBytes);
    const chunk = await client.read();
    if (chunk === null) break;
    chunks.push(chunk);
    if (!socket!.writable) break;
  }
  for await (const chunk of client) chunks.push(chunk);
  t.ok(most > 0, 'the writer waits');
  t.ok(most <= 350_000, `with ${most} bytes`);
  t.equal(hashOf(...chunks), hashOf(data));
});

t.test('borrowed bytes wait for the sends they are in', async (t) => {
  const port = closing(t, new CompletionPort());
  let waited = false;
  const server = closing(
    t,
    serve(port, (socket) => {
      socket.borrow((bytes) => {
        // In two halves, so that one waits behind the other.
        socket.write(bytes.subarray(0, bytes.length >> 1));
        waited = !socket.write(bytes.subarray(bytes.length >> 1)) || waited;
      });
    }),
  );
  const client = await connectTo(addressOf(server), { completionPort: port });
  const data = noise(30_000_000);
  for (let at = 0; at < data.length; at += 300_000) client.write(data.subarray(at, at + 300_000));
  const ended = client.end();
  while (!waited) await turn();
  const back = await everything(client);
  await ended;
  t.equal(hashOf(back), hashOf(data));
});

t.test(
  'a handler or callback that cannot be called is refused before anything is sent',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const server = closing(t, serve(port, echoes.borrowed));
    const client = await connectTo(addressOf(server), { completionPort: port });
    t.throws(() => client.borrow(0 as never), new TypeError('a handler is a function, got 0'));
    t.throws(
      () => client.write('lost', 5 as never),
      new TypeError('a callback is a function, got 5'),
    );
    client.write('sent');
    const back = everything(client);
    await client.end();
    t.equal(String(await back), 'sent');
  },
);

t.test('writes while others wait keep their order', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, serve(port));
  const accepted = once(server as never, 'connection') as Promise<[TcpSocket]>;
  const client = await connectTo(addressOf(server), { completionPort: port });
  const [socket] = await accepted;
  const parts = Array.from({ length: 400 }, (_, index) => noise(1 + ((index * 7919) % 40_000)));
  // More than the connection holds, with small writes between turns of the event loop.
  for (const [index, part] of parts.entries()) {
    client.write(part);
    if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  t.ok(client.pendingBytes > 0, 'something waits');
  const back = everything(socket);
  await client.end();
  t.equal(hashOf(await back), hashOf(...parts));
  await client.close();
});

t.test('writes in one go arrive in order, and their callbacks are called', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, serve(port));
  const accepted = once(server as never, 'connection') as Promise<[TcpSocket]>;
  const client = await connectTo(addressOf(server), { completionPort: port });
  const [socket] = await accepted;
  const parts = Array.from({ length: 500 }, (_, index) => noise((index * 37) % 3000));
  const order: number[] = [];
  client.cork();
  for (const [index, part] of parts.entries()) client.write(part, () => order.push(index));
  client.uncork();
  const back = everything(socket);
  await client.end();
  t.equal(hashOf(await back), hashOf(...parts));
  await client.close();
  const full = order.filter((index) => parts[index]!.length > 0);
  t.equal(order.length, 500);
  t.same(
    full,
    [...full].sort((a, b) => a - b),
    'in order',
  );
});

t.test('half-close, where it is allowed', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(
    t,
    serve(
      port,
      async (socket) => {
        const asked = await everything(socket);
        await socket.send(`you said ${asked}`);
        await socket.end();
      },
      { allowHalfOpen: true },
    ),
  );
  const client = await connectTo(addressOf(server), { completionPort: port, allowHalfOpen: true });
  await client.end('hello');
  t.equal(client.writable, false);
  t.equal(String(await everything(client)), 'you said hello');
  await client.closed;
  t.equal(client.error, undefined);
});

t.test('what is sent byte by byte comes back whole', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, serve(port, echoes.borrowed));
  const client = net.connect({ port: addressOf(server).port, host: '127.0.0.1', noDelay: true });
  await once(client, 'connect');
  const data = noise(300);
  const chunks: Buffer[] = [];
  client.on('data', (chunk) => chunks.push(chunk));
  for (const byte of data) {
    client.write(Uint8Array.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (Buffer.concat(chunks).length < data.length) await turn();
  t.same(Buffer.concat(chunks), data);
  client.destroy();
});

t.test('a reset shows as a reset', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, serve(port));
  const accepted = once(server as never, 'connection') as Promise<[TcpSocket]>;
  const client = await connectTo(addressOf(server), { completionPort: port });
  const [socket] = await accepted;
  const errors: Error[] = [];
  socket.on('error', (error) => errors.push(error));
  const reading = socket.read();
  // Wine's server may swallow a reset that comes while nothing is being received.
  const isReceiving = ({ kind, handle }: PendingOperation) =>
    kind === 'receive' && handle === socket.handle;
  while (!port.pendingOperations().some(isReceiving)) await turn();
  client.reset();
  await t.rejects(reading, { code: 'WSAECONNRESET', syscall: 'WSARecv' });
  await socket.closed;
  t.match(errors, [{ code: 'WSAECONNRESET' }]);
  t.match(socket.error, { errno: 10054 });
  await t.rejects(socket.send('x'), { code: 'WSAECONNRESET' });
  await t.rejects(socket.read(), { code: 'WSAECONNRESET' });
});

t.test('a refused or cancelled connect rejects with the reason', async (t) => {
  const port = closing(t, new CompletionPort());
  const address = { address: '127.0.0.1', port: await freePort() };
  await t.rejects(connectTo(address, { completionPort: port }), { code: 'WSAECONNREFUSED' });
  const signal = AbortSignal.abort(new Error('no'));
  await t.rejects(connectTo(address, { completionPort: port, signal }), { message: 'no' });
  for (const host of ['not an address', 'localhost']) {
    t.throws(() => createServer({ completionPort: port }).listen({ host }), /not an IP address/);
  }
  t.throws(() => createServer({ completionPort: port }).listen({ host: '192.0.2.1' }), {
    code: 'WSAEADDRNOTAVAIL',
  });
});

t.test('destroyed at every stage, everything is given back', async (t) => {
  const port = new CompletionPort();
  const server = serve(port, (socket) => {
    socket.on('data', (chunk) => socket.write(chunk));
  });
  const stages: ((client: TcpSocket) => unknown)[] = [
    (client) => client.destroy(),
    (client) => client.read(),
    (client) => client.on('data', () => client.destroy()).write('x'),
    (client) => client.borrow(() => client.destroy()).write('x'),
    (client) => client.write(Buffer.alloc(20_000_000)),
    (client) => [client.cork(), client.write('x'), client.write('y')],
    (client) => [client.end('x'), client.destroy()],
    (client) => client.on('data', () => undefined).reset(),
    (client) => client.on('end', () => client.destroy()).end(),
    (client) => setImmediate(() => client.destroy()),
  ];
  for (let round = 0; round < 5; round++) {
    const clients = await Promise.all(
      stages.map(() => connectTo(addressOf(server), { completionPort: port })),
    );
    for (const [index, stage] of stages.entries()) stage(clients[index]!);
    await pause(round * 3);
    for (const client of clients) client.destroy();
    await Promise.all(clients.map(({ closed }) => closed));
  }
  await server[Symbol.asyncDispose]();
  nothingLeft(t, port);
  await port.close();
});

t.test('closing the port drops its servers and sockets', async (t) => {
  const port = new CompletionPort();
  const server = serve(port, (socket) => socket.on('data', () => undefined));
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => connectTo(addressOf(server), { completionPort: port })),
  );
  for (const client of clients) client.write(Buffer.alloc(1_000_000));
  const reading = clients[0]!.read();
  await port.close();
  t.equal(await reading, null);
  t.ok(clients.every(({ destroyed }) => destroyed));
  t.equal(server.listening, false);
  t.equal(port.stats().pending, 0);
});

t.test('connections are iterated as they come', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = serve(port);
  const clients = Array.from({ length: 5 }, () =>
    connectTo(addressOf(server), { completionPort: port }).then(everything),
  );
  let count = 0;
  for await (const socket of server) {
    await socket.send(`you are ${++count}`);
    await socket.close();
    if (count === 5) break;
  }
  t.same(
    (await Promise.all(clients)).map(String).sort(),
    [1, 2, 3, 4, 5].map((n) => `you are ${n}`),
  );
  t.equal(server.listening, false);
});

t.test('connections wait for somebody who takes them', async (t) => {
  const port = closing(t, new CompletionPort());
  const clientOf = (server: TcpServer) => connectTo(addressOf(server), { completionPort: port });
  const server = closing(t, serve(port));
  const clients = await Promise.all([1, 2, 3].map(() => clientOf(server)));
  while (server.connections.size < 3) await turn();
  const [first] = (await once(server as never, 'connection')) as [TcpSocket];
  first.destroy();
  const taken: TcpSocket[] = [];
  server.on('connection', (socket) => taken.push(socket));
  clients.push(await clientOf(server));
  while (taken.length < 3) await turn();
  t.equal(new Set([first, ...taken]).size, 4, 'each was handed over once');

  const looped = serve(port);
  const client = await clientOf(looped);
  while (looped.connections.size === 0) await turn();
  for await (const socket of looped) {
    await socket.end('hello');
    break;
  }
  t.equal(String(await client.read()), 'hello');
  for (const one of clients) one.destroy();
});

t.test('what is no data is refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, serve(port));
  const client = closing(t, await connectTo(addressOf(server), { completionPort: port }));
  for (const data of [5, null, undefined, {}, [1, 2]]) {
    t.throws(() => client.write(data as never), TypeError);
    await t.rejects(client.send(data as never), TypeError);
  }
  await t.rejects(connectTo('127.0.0.1:80' as never, { completionPort: port }), TypeError);
  await t.rejects(connect({ host: 'localhost' }), /a port or a path is needed/);
});

t.test('socket options are set and read by name on clients and accepted sockets', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, serve(port, undefined, { socketOptions: { noDelay: true } }));
  const accepted = once(server as never, 'connection') as Promise<[TcpSocket]>;
  const client = closing(
    t,
    await connectTo(addressOf(server), {
      completionPort: port,
      socketOptions: { keepAlive: true, receiveBuffer: 100_000 },
    }),
  );
  const [socket] = await accepted;
  t.equal(socket.getOption('noDelay'), true);
  t.equal(client.getOption('noDelay'), false);
  t.equal(client.getOption('keepAlive'), true);
  t.ok(client.getOption('receiveBuffer') >= 100_000);
  t.equal(client.getOption('linger'), null);
  t.equal(client.setOption('linger', 7).getOption('linger'), 7);
  client.setOption('linger', null).setKeepAlive(true, 5000, 3000);
  // Windows may tell what these options were set to instead.
  if (isWine()) {
    t.equal(client.getOption('keepAliveIdle'), 5);
    t.equal(client.getOption('keepAliveInterval'), 3);
  }
  t.equal(client.setKeepAlive(false).getOption('keepAlive'), false);
  t.throws(() => client.setOption('v6Only', true), { code: /^WSAE/ });
});

t.test('a timeout says that nothing happens', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, serve(port));
  const client = closing(t, await connectTo(addressOf(server), { completionPort: port }));
  client.setTimeout(30).read();
  await once(client as never, 'timeout');
  client.destroy();
});

t.test('nothing is shown after a connection was closed', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await connected(t, port);
  const seen: string[] = [];
  client.on('data', () => seen.push('data'));
  client.on('close', () => seen.push('close'));
  client.pause();
  await turn();
  await server.send('what waits for a reader');
  // The other end receives ahead as well, and nothing comes there.
  const receives = () => port.pendingOperations().filter(({ kind }) => kind === 'receive').length;
  while (receives() > 1) await turn();
  client.resume().destroy();
  await client.closed;
  await pause(5);
  t.equal(seen.at(-1), 'close');
});
