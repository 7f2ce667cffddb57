import t from 'tap';
import { cast, OVERLAPPED } from 'winsock';
import {
  Association,
  acceptedAddress,
  addressOfView,
  CompletionPort,
  createServer,
  Operation,
  type OperationOptions,
  OverlappedHandle,
  OverlappedSocket,
  PENDING,
  packetElements,
  startReceive,
  TcpSocket,
  UdpSocket,
} from 'winsock/io';
import { PostQueuedCompletionStatus } from 'winsock/kernel';
import {
  closing,
  hashOf,
  listener,
  noise,
  pair,
  receiveAll,
  sendAll,
  unbuffered,
} from '../support.ts';

type InternetName = { address: string; port: number };

t.test('a datagram that may be longer than the memory for it always sends a packet', async (t) => {
  const port = closing(t, new CompletionPort());
  const raw = OverlappedSocket.create({ type: 'datagram', completionPort: port });
  raw.bind({ address: '127.0.0.1', port: 0 });
  const to = raw.localAddress as InternetName;
  for (const text of ['one', 'two']) {
    await raw.sendTo(Buffer.from(text), to);
    await raw.receiveFrom(Buffer.alloc(8));
  }
  t.equal(port.stats().completedAtStart, 0);
  // A UdpSocket has memory for the longest.
  const socket = new UdpSocket({ completionPort: port });
  await socket.send('three', to);
  t.equal(port.stats().completedAtStart, 1);
  raw.close();
});

for (const skipOnSuccess of [true, false]) {
  t.test(`bytes arrive whole and in order, skipOnSuccess ${skipOnSuccess}`, async (t) => {
    const port = closing(t, new CompletionPort({ skipOnSuccess }));
    const [client, server] = await pair(port);
    const data = noise(3_000_001);
    const [received] = await Promise.all([
      receiveAll(server, 50_000),
      sendAll(client, data).then(() => client.shutdown()),
    ]);
    t.equal(hashOf(received), hashOf(data));
    const { completedAtStart } = port.stats();
    t.equal(completedAtStart > 0, skipOnSuccess, `${completedAtStart} completed at their start`);
    client.close();
    server.close();
  });
}

t.test('a hundred connections at once echo what they get', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, listener(port));
  const address = server.localAddress as InternetName;
  const serve = async () => {
    const accepted = await server.accept();
    const buffer = Buffer.alloc(4096);
    for (;;) {
      const bytes = await accepted.receive(buffer);
      if (bytes === 0) break;
      await sendAll(accepted, buffer.subarray(0, bytes));
    }
    accepted.close();
  };
  const ask = async () => {
    const client = OverlappedSocket.create({ completionPort: port });
    await client.connect(address);
    const data = noise(20_000);
    const [back] = await Promise.all([
      receiveAll(client, 3000),
      sendAll(client, data).then(() => client.shutdown()),
    ]);
    client.close();
    return hashOf(back) === hashOf(data);
  };
  const served = Promise.all(Array.from({ length: 100 }, serve));
  const answers = await Promise.all(Array.from({ length: 100 }, ask));
  t.equal(answers.filter((right) => right).length, 100);
  await served;
  t.equal(port.stats().pending, 0);
  const { total, free } = port.stats().records;
  t.equal(free, total, 'every record is back');
});

t.test('several buffers in one call, both ways', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const parts = [noise(1), noise(1000), noise(0), noise(77), noise(3)];
  t.equal(await client.send(parts), 1081);
  const into = [Buffer.alloc(500), Buffer.alloc(500), Buffer.alloc(500)];
  t.equal(await server.receive(into), 1081);
  t.same(Buffer.concat(into).subarray(0, 1081), Buffer.concat(parts));
  await t.rejects(client.send(new Array(17).fill(Buffer.alloc(1))), RangeError);
  client.close();
  server.close();
});

t.test('readable waits for data without taking it', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const order: string[] = [];
  const ready = server.readable().then(() => order.push('readable'));
  await new Promise((resolve) => setTimeout(resolve, 20));
  order.push('sending');
  await client.send(Buffer.from('here'));
  await ready;
  t.same(order, ['sending', 'readable']);
  const buffer = Buffer.alloc(10);
  t.equal(await server.receive(buffer), 4);
  client.close();
  server.close();
});

t.test('datagrams carry their sender', async (t) => {
  const port = closing(t, new CompletionPort());
  for (const [family, address] of [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const) {
    const one = closing(
      t,
      OverlappedSocket.create({ family, type: 'datagram', completionPort: port }).bind({
        address,
        port: 0,
      }),
    );
    const other = closing(
      t,
      OverlappedSocket.create({ family, type: 'datagram', completionPort: port }).bind({
        address,
        port: 0,
      }),
    );
    const into = Buffer.alloc(100);
    const received = other.receiveFrom(into);
    await one.sendTo([Buffer.from('ab'), Buffer.from('cd')], other.localAddress as InternetName);
    t.same(await received, { bytes: 4, address: one.localAddress });
    t.equal(into.toString('latin1', 0, 4), 'abcd');
    const small = other.receiveFrom(Buffer.alloc(3));
    await one.sendTo(Buffer.from('too long'), other.localAddress as InternetName);
    await t.rejects(small, { code: 'WSAEMSGSIZE', errno: 10040, syscall: 'WSARecvFrom' });
  }
});

for (const skipOnSuccess of [true, false]) {
  t.test(`datagrams that are longer than the memory, skipOnSuccess ${skipOnSuccess}`, async (t) => {
    const port = closing(t, new CompletionPort({ skipOnSuccess }));
    const make = () =>
      OverlappedSocket.create({ type: 'datagram', completionPort: port }).bind({
        address: '127.0.0.1',
        port: 0,
      });
    const one = closing(t, make());
    const other = closing(t, make());
    const to = other.localAddress as InternetName;
    for (const order of ['received first', 'sent first']) {
      const into = Buffer.alloc(3);
      let received: Promise<unknown> | undefined;
      if (order === 'received first') received = other.receiveFrom(into);
      received?.catch(() => undefined);
      await one.sendTo(Buffer.from('too long'), to);
      await t.rejects(received ?? other.receiveFrom(into), { code: 'WSAEMSGSIZE' }, order);
      t.equal(String(into), 'too', order);
    }
    // What is sent is refused, and no packet comes of that.
    await t.rejects(one.sendTo(Buffer.alloc(70_000), to), { code: 'WSAEMSGSIZE' });
    await one.sendTo(Buffer.from('x'), to);
    t.equal((await other.receiveFrom(Buffer.alloc(3))).bytes, 1);
    const { pending, records } = port.stats();
    t.same({ pending, free: records.free }, { pending: 0, free: records.total });
  });
}

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

t.test('a signal cancels at every stage', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, listener(port));
  const [client, accepted] = await pair(port);
  const datagrams = closing(
    t,
    OverlappedSocket.create({ type: 'datagram', completionPort: port }).bind({
      address: '127.0.0.1',
      port: 0,
    }),
  );
  const stages: Record<string, (options: OperationOptions) => Promise<unknown>> = {
    accept: (options) => server.accept(options),
    receive: (options) => client.receive(Buffer.alloc(10), options),
    readable: (options) => client.readable(options),
    receiveFrom: (options) => datagrams.receiveFrom(Buffer.alloc(10), options),
    receiveMessage: (options) => datagrams.receiveMessage(Buffer.alloc(10), options),
    // Windows may drop a connection with a send that it takes back.
    send: async (options) => {
      const [sender, receiver] = await pair(port);
      try {
        for (;;) await sender.send(Buffer.alloc(1 << 20), options);
      } finally {
        sender.close();
        receiver.close();
      }
    },
  };
  for (const [name, start] of Object.entries(stages)) {
    await t.rejects(start({ signal: AbortSignal.abort() }), { name: 'AbortError' }, name);
    const reason = new Error(`enough of ${name}`);
    const controller = new AbortController();
    const pending = start({ signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await t.rejects(pending, reason, name);
    await t.rejects(start({ timeout: 20 }), { code: 'WSAETIMEDOUT' }, `${name}, by time`);
  }
  t.equal(port.stats().pending, 0);
  client.close();
  accepted.close();
});

t.test('a cancelled receive loses no byte', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const data = noise(200_000);
  const sent = sendAll(client, data).then(() => client.shutdown());
  const chunks: Buffer[] = [];
  for (let ended = false; !ended; ) {
    const buffer = Buffer.alloc(1000);
    const controller = new AbortController();
    const pending = server.receive(buffer, { signal: controller.signal });
    if (chunks.length % 3 === 0) controller.abort();
    else setImmediate(() => controller.abort());
    await pending.then(
      (bytes) => {
        ended = bytes === 0;
        chunks.push(buffer.subarray(0, bytes));
      },
      () => undefined,
    );
  }
  await sent;
  t.equal(hashOf(...chunks), hashOf(data));
  client.close();
  server.close();
});

t.test('errors have the codes of Winsock', async (t) => {
  const port = closing(t, new CompletionPort());
  const closed = listener(port);
  const nobody = closed.localAddress as InternetName;
  closed.close();
  const caller = closing(t, OverlappedSocket.create({ completionPort: port }));
  await t.rejects(caller.connect(nobody), { code: 'WSAECONNREFUSED', syscall: 'ConnectEx' });

  const [client, server] = await pair(port);
  const pending = server.receive(Buffer.alloc(10));
  // Closing with bytes unread resets the connection.
  await server.send(Buffer.alloc(10));
  await client.readable();
  client.close();
  await t.rejects(pending, { code: 'WSAECONNRESET', errno: 10054, syscall: 'WSARecv' });
  server.close();

  const [one, other] = await pair(port);
  one.shutdown();
  t.equal(await other.receive(Buffer.alloc(10)), 0, 'a half-close is the end, not an error');
  await t.rejects(one.send(Buffer.from('late')), { code: 'WSAESHUTDOWN' });
  t.equal(await other.send(Buffer.from('back')), 4, 'and the other half goes on');
  t.equal(await one.receive(Buffer.alloc(10)), 4);
  one.close();
  other.close();
  await t.rejects(one.receive(Buffer.alloc(1)), /closed/);
});

t.test('closing a socket ends what is pending on it', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const lost = [
    client.receive(Buffer.alloc(10)),
    client.receive(Buffer.alloc(10)),
    client.readable().then(() => 0),
  ];
  client.close();
  for (const one of lost) await t.rejects(one, { code: 'WSA_OPERATION_ABORTED', errno: 995 });
  t.equal(port.stats().pending, 0);
  server.close();
});

t.test('closing ends sends that the peer does not read', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  unbuffered(client);
  const sends = Array.from({ length: 4 }, () => client.send(Buffer.alloc(4_000_000)));
  const receiving = client.receive(Buffer.alloc(10));
  const outcomes = Promise.allSettled([...sends, receiving]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  client.close();
  const ended = (await outcomes).filter(({ status }) => status === 'rejected');
  t.ok(ended.length >= 4, `${ended.length} operations were given up`);
  for (const outcome of ended) t.match(outcome, { reason: { code: 'WSA_OPERATION_ABORTED' } });
  t.equal(port.stats().pending, 0);
  server.close();
});

t.test('closing a port cancels and waits', async (t) => {
  const port = new CompletionPort();
  const server = listener(port);
  const [client, accepted] = await pair(port);
  const pending = [server.accept(), client.receive(Buffer.alloc(10)), accepted.readable()];
  t.same(
    port
      .pendingOperations()
      .map(({ kind }) => kind)
      .sort(),
    ['accept', 'receive', 'receive'],
  );
  const outcomes = Promise.allSettled(pending);
  await port.close();
  for (const outcome of await outcomes) t.match(outcome, { reason: { errno: 995 } });
  t.equal(port.stats().pending, 0);
  t.throws(() => OverlappedSocket.create({ completionPort: port }), /port is closed/);
  await port.close();
  for (const one of [server, client, accepted]) one.close();
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

t.test('packets do not wait for the poller thread to begin', async (t) => {
  const port = closing(t, new CompletionPort());
  const operation = port.take();
  const completed = new Promise<void>((resolve) => {
    operation.target = { completed: () => resolve() };
  });
  const rest = port.take();
  rest.target = { completed() {} };
  port.post(rest);
  // A few turns without a packet: the port asks for the poller.
  for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
  port.post(operation);
  await completed;
  const { wakeUps, inlineDequeues } = port.stats();
  t.same({ wakeUps, inline: inlineDequeues > 0 }, { wakeUps: 0, inline: true });
  operation.release();
  rest.release();
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

t.test(
  'an operation whose target has not been told yet is neither released nor started',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const [first, second] = [port.take(), port.take()];
    const told: string[] = [];
    const tried = new Promise<void>((resolve) => {
      first.target = {
        completed() {
          t.equal(second.pending, false);
          t.equal(second.underWay, true);
          t.throws(() => second.release(), /not been delivered/);
          t.throws(() => port.post(second), /not been delivered/);
          t.throws(() => second.deliver(), /not been delivered/);
          told.push('first');
        },
      };
      second.target = {
        completed({ bytes }) {
          told.push(`second ${bytes}`);
          resolve();
        },
      };
    });
    port.post(first, 1);
    port.post(second, 42);
    await tried;
    t.same(told, ['first', 'second 42']);
    for (const one of [first, second]) {
      one.release();
      t.throws(() => one.deliver(), /released before/);
    }
  },
);

t.test('an operation stays on the port that it was taken from', async (t) => {
  const one = new CompletionPort();
  const other = closing(t, new CompletionPort());
  const [client] = await pair(other);
  const operation = one.take();
  const into = Buffer.from(new ArrayBuffer(16));
  const start = () =>
    startReceive(operation, client.association, addressOfView(into), into.length, into);
  t.throws(() => other.post(operation), { name: 'TypeError', message: /another completion port/ });
  t.throws(start, { name: 'TypeError', message: /another completion port/ });
  t.notOk(operation.pending);
  // It would wait for a packet that has gone to the other one.
  await one.close();
});

t.test("an operation that the program has released is nobody else's", async (t) => {
  const port = closing(t, new CompletionPort());
  const operation = port.take();
  operation.release();
  const [client, server] = await pair(port);
  const into = Buffer.alloc(16);
  const receiving = server.receive(into);
  t.notOk(operation.pending, 'the receive is another one');
  t.throws(() => operation.deliver(), /released before/);
  t.throws(() => operation.release(), /released before/);
  await client.send(Buffer.from('whole'));
  t.equal(await receiving, 5);
  t.equal(port.take(), operation, 'it is given to the program again');
  operation.release();
  const { total, free } = port.stats().records;
  t.equal(free, total);
});

t.test('a socket with something pending is not given away', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const receiving = server.receive(Buffer.alloc(8));
  t.throws(() => server.association.giveAway(), { code: 'WSAEINPROGRESS' });
  t.notOk(server.association.closed);
  await client.send(Buffer.from('here'));
  t.equal(await receiving, 4);
});

t.test('the address of who was accepted is asked of an accept', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const operation = port.take();
  const refused = { code: 'WSAEINVAL', message: /no accept that has succeeded/ };
  for (const given of [operation, server.association, server, { on: { handle: 4 } }, 5, null]) {
    t.throws(() => acceptedAddress(given as Operation, server.kind), refused);
  }
  operation.release();
  client.close();
  server.close();
});

t.test('what only the package can make, and what is no completion port', async (t) => {
  type Make = new (...args: unknown[]) => unknown;
  const port = closing(t, new CompletionPort());
  const words = new Uint32Array(64);
  const makes: [Make: unknown, args: unknown[]][] = [
    [Operation, [{}, 0x10000, words]],
    [Association, [{}, 4, true, true]],
    [TcpSocket, [port, {}, {}, {}]],
    [OverlappedSocket, [port, {}, {}, false]],
  ];
  for (const [made, args] of makes) {
    t.throws(() => new (made as Make)(...args), {
      name: 'TypeError',
      message: /made by the package/,
    });
  }
  for (const completionPort of [{}, 5, 'none'] as unknown as CompletionPort[]) {
    const refused = { name: 'TypeError', message: /completion ?port/i };
    t.throws(() => OverlappedSocket.create({ completionPort }), refused);
    t.throws(() => createServer({ completionPort }), refused);
    t.throws(() => new UdpSocket({ completionPort }), refused);
    t.throws(() => new OverlappedHandle(4, completionPort), refused);
  }
  t.throws(() => packetElements({ forEach: () => undefined } as never), TypeError);
});
