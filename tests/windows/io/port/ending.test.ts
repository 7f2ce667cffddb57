/** How overlapped calls end that do not succeed: cancelled, failed, closed. */
import t from 'tap';
import { CompletionPort, type OperationOptions, OverlappedSocket } from 'winsock/io';
import { freePort } from '../../support/free-port.ts';
import { closing, hashOf, listener, noise, pair, sendAll, unbuffered } from '../support.ts';

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
  const nobody = { address: '127.0.0.1', port: await freePort() };
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
