/** Listeners that throw, what is used after its end, and arguments that are none. */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  addressOfView,
  CompletionPort,
  connect,
  connectTo,
  createServer,
  OverlappedSocket,
  PENDING,
  resolve,
  startReceive,
  UdpSocket,
} from 'winsock/io';
import { closing, connected, hashOf, LOOPBACK, noise, pair, unbuffered } from '../support.ts';

/** Collects what is thrown from the event loop. */
function uncaught(t: Test): string[] {
  const messages: string[] = [];
  const onError = ({ message }: Error) => messages.push(message);
  process.on('uncaughtException', onError);
  t.teardown(() => process.off('uncaughtException', onError));
  return messages;
}

function fail(message: string): never {
  throw new Error(message);
}

t.test('data listeners that throw lose the chunk that they threw at, and no more', async (t) => {
  const messages = uncaught(t);
  const port = closing(t, new CompletionPort());
  for (const how of ['data', 'borrow', 'after a pause']) {
    messages.length = 0;
    const [client, socket] = await connected(t, port);
    const got: string[] = [];
    const listener = (bytes: Buffer) => {
      got.push(String(bytes));
      if (got.length === 1) fail(how);
    };
    if (how === 'borrow') socket.borrow(listener);
    else if (how === 'data') socket.on('data', listener);
    else {
      socket.on('data', listener).pause();
      await client.send('first');
      while (port.pendingOperations().some(({ handle }) => handle === socket.handle)) await turn();
      socket.resume();
    }
    if (how !== 'after a pause') await client.send('first');
    while (got.length < 1) await turn();
    await client.send('second');
    while (got.length < 2) await turn();
    t.same(got, ['first', 'second'], how);
    await client.end();
    await socket.closed;
    t.same(messages, [how]);
  }
});

t.test('end and close listeners that throw keep no connection open', async (t) => {
  const messages = uncaught(t);
  const port = closing(t, new CompletionPort());
  const [client, socket] = await connected(t, port);
  let written: Error | undefined;
  socket.on('data', () => undefined).on('end', () => fail('end'));
  socket.on('close', () => fail('close'));
  client.on('close', () => fail("client's close"));
  await client.close();
  await socket.closed;
  while (messages.length < 3) await turn();
  t.same([...messages].sort(), ["client's close", 'close', 'end']);

  messages.length = 0;
  const [other, peer] = await connected(t, port);
  unbuffered(other).on('error', () => fail('error'));
  for (const name of ['first callback', 'second callback']) {
    other.write(Buffer.alloc(8_000_000), (error) => {
      written = error;
      fail(name);
    });
  }
  while (!port.pendingOperations().some(({ kind }) => kind === 'send')) await turn();
  other.destroy(new Error('on purpose'));
  await other.closed;
  while (messages.length < 3) await turn();
  t.same([...messages].sort(), ['error', 'first callback', 'second callback']);
  t.match(written, { message: 'on purpose' });
  peer.destroy();
  await peer.closed;

  // The port goes on as before.
  const [one, two] = await connected(t, port);
  await one.end('hello');
  t.equal(String(await two.read()), 'hello');
});

t.test('callbacks and drain listeners that throw keep no others from being called', async (t) => {
  const messages = uncaught(t);
  const port = closing(t, new CompletionPort());
  const [client, socket] = await connected(t, port);
  const data = noise(9_000_000);
  const called: number[] = [];
  client.on('drain', () => fail('drain'));
  for (let index = 0; index < 3; index++) {
    client.write(data.subarray(index * 3_000_000, (index + 1) * 3_000_000), () => {
      called.push(index);
      if (index < 2) fail(`callback ${index}`);
    });
  }
  const ended = client.end();
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  await ended;
  t.equal(hashOf(...chunks), hashOf(data));
  while (messages.length < 3) await turn();
  t.same([...messages].sort(), ['callback 0', 'callback 1', 'drain']);
  t.same(called, [0, 1, 2]);
});

t.test('message listeners that throw lose no other datagram', async (t) => {
  const messages = uncaught(t);
  const port = closing(t, new CompletionPort());
  const socket = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  const got: string[] = [];
  socket.on('message', (data) => {
    got.push(String(data));
    fail(`at ${data}`);
  });
  for (const word of ['one', 'two', 'three']) await socket.send(word, socket.localAddress);
  while (got.length < 3) await turn();
  t.same(got, ['one', 'two', 'three']);
  t.same(messages, ['at one', 'at two', 'at three']);
});

t.test('a deferred task that throws is not repeated, and the others are not lost', async (t) => {
  const messages = uncaught(t);
  const port = closing(t, new CompletionPort());
  const ran: string[] = [];
  const task = (name: string, throws = false) => ({
    run() {
      ran.push(name);
      if (throws) fail(name);
    },
  });
  for (const none of [undefined, 5, {}, () => undefined]) {
    t.throws(() => port.defer(none as never), TypeError, 'what cannot run is refused at once');
  }
  for (const one of [task('a'), task('b', true), task('c'), task('d', true)]) port.defer(one);
  while (ran.length < 4) await turn();
  port.defer(task('e'));
  while (ran.length < 5) await turn();
  await turn();
  t.same(ran, ['a', 'b', 'c', 'd', 'e']);
  t.same(messages, ['b', 'd']);
});

t.test('a closed socket is not mistaken for the one that has its number now', async (t) => {
  const port = closing(t, new CompletionPort());
  const closed = OverlappedSocket.create({ completionPort: port });
  const number = closed.handle;
  closed.close();
  // The system gives the lowest free number out again.
  const others: OverlappedSocket[] = [];
  while (!others.some(({ handle }) => handle === number) && others.length < 1000) {
    others.push(closing(t, OverlappedSocket.create({ completionPort: port })));
  }
  const other = others.find(({ handle }) => handle === number);
  t.ok(other, 'another has its number');
  const WSAENOTSOCK = { code: 'WSAENOTSOCK', message: /closed/ };
  t.throws(() => closed.setOption('noDelay', true), WSAENOTSOCK);
  t.throws(() => closed.getOption('noDelay'), WSAENOTSOCK);
  t.throws(() => closed.bind(LOOPBACK), WSAENOTSOCK);
  t.throws(() => closed.listen(), WSAENOTSOCK);
  t.throws(() => closed.localAddress, WSAENOTSOCK);
  t.throws(() => closed.remoteAddress, WSAENOTSOCK);
  t.throws(() => closed.shutdown(), WSAENOTSOCK);
  await t.rejects(closed.receive(Buffer.alloc(1)), WSAENOTSOCK);
  await t.rejects(closed.connect(LOOPBACK), WSAENOTSOCK);
  await t.rejects(closed.accept(), WSAENOTSOCK);
  const operation = port.take();
  const into = Buffer.alloc(1);
  t.throws(
    () => startReceive(operation, closed.association, addressOfView(into), 1, into),
    /started as receive, but the socket is closed/,
  );
  operation.release();
  t.equal(other?.getOption('noDelay'), false);
  t.throws(() => other?.localAddress, { code: 'WSAEINVAL' }, 'it is not bound');

  const [client, socket] = await connected(t, port);
  client.destroy();
  t.throws(() => client.setOption('linger', 0), WSAENOTSOCK);
  t.throws(() => client.setKeepAlive(true), WSAENOTSOCK);
  t.throws(() => client.localAddress, WSAENOTSOCK);
  socket.destroy();
  const datagrams = new UdpSocket({ completionPort: port });
  datagrams.destroy();
  t.throws(() => datagrams.bind(), WSAENOTSOCK);
  t.throws(() => datagrams.connect(LOOPBACK), WSAENOTSOCK);
  t.throws(() => datagrams.join('239.1.2.3'), WSAENOTSOCK);
  t.throws(() => datagrams.localAddress, WSAENOTSOCK);
});

t.test('an operation of a port that is gone cannot be started', async (t) => {
  const port = new CompletionPort();
  const kept = port.take();
  await port.close();
  // Its record is another port's now.
  const next = closing(t, new CompletionPort());
  const [client, server] = await pair(next);
  const receiving = server.receive(Buffer.alloc(9));
  const into = Buffer.alloc(9);
  t.throws(
    () => startReceive(kept, server.association, addressOfView(into), 9, into),
    /its completion port is closed/,
  );
  kept.release();
  await client.send(Buffer.from('for both'));
  t.equal(await receiving, 8);
  client.close();
  server.close();
});

t.test('what is started while the port closes is cancelled', async (t) => {
  const port = new CompletionPort();
  const [client, server] = await pair(port);
  const into = Buffer.alloc(9);
  const operation = port.take();
  const codes: number[] = [];
  const start = () => startReceive(operation, server.association, addressOfView(into), 9, into);
  operation.target = {
    completed({ code }) {
      codes.push(code);
      // As a program does that restarts whatever has ended.
      if (codes.length < 3) t.equal(start(), PENDING);
    },
  };
  t.equal(start(), PENDING);
  await port.close();
  t.same(codes, [995, 995, 995]);
  t.equal(port.stats().pending, 0);
  client.close();
  server.close();
});

t.test('the end of a connection that was lost is not reported as sent', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, socket] = await connected(t, port);
  const MUCH = Buffer.alloc(20_000_000);
  const ended = unbuffered(client).end(MUCH);
  while (!port.pendingOperations().some(({ kind }) => kind === 'send')) await turn();
  socket.reset();
  await t.rejects(ended, { code: 'WSAECONNRESET' });
  await client.closed;
  await t.rejects(client.end(), { code: 'WSAECONNRESET' });

  const [dropped, peer] = await connected(t, port);
  const unsent = unbuffered(dropped).end(MUCH);
  dropped.destroy();
  await t.rejects(unsent, { code: 'WSA_OPERATION_ABORTED' });
  await dropped.close();
  peer.destroy();

  // All was sent before the peer has ended: that is no loss, however late somebody asks.
  const [orderly, other] = await connected(t, port);
  await orderly.send('all of it');
  await other.read();
  await other.end();
  t.equal(await orderly.read(), null);
  await orderly.closed;
  await orderly.end();
  await t.rejects(orderly.end('more'), { code: 'WSAESHUTDOWN' });
});

t.test('once and addListener receive too', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, socket] = await connected(t, port);
  const [data] = await Promise.all([once(socket as never, 'data'), client.send('once')]);
  t.equal(String(data[0]), 'once');
  client.destroy();
  const receiver = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  for (const word of ['one', 'two', 'three']) await receiver.send(word, receiver.localAddress);
  // What nobody listens for waits for whoever listens next.
  for (const word of ['one', 'two']) {
    t.equal(String((await once(receiver as never, 'message'))[0]), word);
  }
  const [third] = await new Promise<[Buffer]>((resolve) => {
    receiver.addListener('message', (data) => resolve([data]));
  });
  t.equal(String(third), 'three');
});

t.test('arguments that are none are refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, createServer({ completionPort: port }));
  const wrong: [() => unknown, RegExp | typeof TypeError | typeof RangeError][] = [
    [() => server.listen(80 as never), /listen takes an object/],
    [() => server.listen(null as never), TypeError],
    [() => server.listen({ port: '80' as never }), RangeError],
    [() => server.listen({ port: 65_536 }), RangeError],
    [() => server.listen({ host: 5 as never }), TypeError],
    [() => server.listen({ host: 'localhost' }), /not an IP address/],
    [() => server.listen({ path: 5 as never }), TypeError],
    [() => server.listen({ backlog: 0.5 }), RangeError],
    [() => createServer({ completionPort: port, accepts: 0 }), RangeError],
    [() => createServer({ completionPort: port, accepts: Number.NaN }), RangeError],
    [() => new UdpSocket({ completionPort: port, family: 'IPv5' as never }), TypeError],
    [() => new UdpSocket({ completionPort: port, receives: 0 }), RangeError],
    [
      () => new UdpSocket({ completionPort: port, socketOptions: { nothing: 1 } as never }),
      TypeError,
    ],
  ];
  for (const [call, error] of wrong) t.throws(call, error as never, String(call));
  const rejected: [() => Promise<unknown>, RegExp | typeof TypeError | typeof RangeError][] = [
    [() => connect({} as never), TypeError],
    [() => connect({ port: '80' as never }), RangeError],
    [() => connect({ host: 5 as never, port: 80 }), TypeError],
    [() => connect({ port: 80, timeout: -1 }), RangeError],
    [() => connect({ host: '127.0.0.1', port: 80, timeout: -1 }), RangeError],
    [() => connectTo({ ...LOOPBACK, port: 1 }, { completionPort: port, timeout: -1 }), RangeError],
    [() => connectTo({ address: 5 as never, port: 1 }), TypeError],
    [() => resolve(5 as never), TypeError],
    [() => resolve('a\0b'), TypeError],
    [() => resolve('localhost', { family: 'IPv5' as never }), TypeError],
    [() => resolve('localhost', { timeout: -1 }), RangeError],
  ];
  for (const [call, error] of rejected) await t.rejects(call(), error as never, String(call));
  const [client, socket] = await connected(t, port);
  t.throws(() => client.setTimeout(-1), RangeError);
  t.throws(() => client.setTimeout('5' as never), TypeError);
  t.throws(() => client.setTimeout(Number.NaN), RangeError);
  let fired = false;
  client.on('timeout', () => {
    fired = true;
  });
  // More than timers can do is no timeout at once.
  client.setTimeout(2 ** 31);
  for (let turns = 0; turns < 50; turns++) await turn();
  t.equal(fired, false);
  client.destroy();
  socket.destroy();
  await t.rejects(
    connectTo(LOOPBACK, { completionPort: port, highWaterMark: Number.NaN }),
    /WSA|highWaterMark/,
  );
  const [one, two] = await pair(port);
  for (const part of [{ offset: -1 }, { offset: 0.5 }, { length: -1 }, { length: 2 ** 32 }]) {
    await t.rejects(one.transmitFile(0, part), RangeError);
    const file = { handle: 0, offset: 0, length: 1, ...part };
    await t.rejects(one.transmitPackets([file]), RangeError);
  }
  await t.rejects(one.receiveMessage(Buffer.alloc(1), { controlBytes: -1 }), RangeError);
  await t.rejects(one.sendTo(Buffer.alloc(1), 'nobody' as never), TypeError);
  await t.rejects(one.connect('nobody' as never), TypeError);
  const elsewhere = closing(t, new CompletionPort());
  const foreign = closing(t, OverlappedSocket.create({ completionPort: elsewhere }));
  await t.rejects(one.accept({ into: foreign }), /another port/);
  one.close();
  two.close();
});
