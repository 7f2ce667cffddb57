/** Whose an operation is, and a socket with one: what is refused to everybody else. */
import t from 'tap';
import {
  Association,
  acceptedAddress,
  addressOfView,
  CompletionPort,
  createServer,
  Operation,
  OverlappedHandle,
  OverlappedSocket,
  packetElements,
  startReceive,
  TcpSocket,
  UdpSocket,
} from 'winsock/io';
import { closing, pair } from '../support.ts';

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
