/** What overlapped calls carry. */
import t from 'tap';
import { CompletionPort, OverlappedSocket, UdpSocket } from 'winsock/io';
import { closing, hashOf, listener, noise, pair, receiveAll, sendAll } from '../support.ts';

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

t.test('records lie where their addresses are small integers to the engine', (t) => {
  const port = closing(t, new CompletionPort());
  // More than one piece of memory holds.
  const taken = Array.from({ length: 300 }, () => port.take());
  for (const { address } of taken) if (address >= 2 ** 30) t.fail(`one is at ${address}`);
  t.equal(new Set(taken.map(({ address }) => address)).size, taken.length);
  t.end();
});

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
