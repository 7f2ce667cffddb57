/** Whatever is closed while something else is on its way: nothing leaks, hangs or is uncaught. */
import t from 'tap';
import * as w from 'winsock';
import {
  CompletionPort,
  connectTo,
  createServer,
  OverlappedSocket,
  type TcpSocket,
  UdpSocket,
} from 'winsock/io';
import { closing, run } from '../support.ts';

/** The number that the system gives the next socket: it grows where one was not closed. */
function nextHandle(): number {
  const socket = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
  w.closesocket(socket);
  return socket;
}

t.before(() => void CompletionPort.default);

t.test('what cannot be put on a closed completion port is closed', async (t) => {
  const port = new CompletionPort();
  await port.close();
  const before = nextHandle();
  const make = [
    () => OverlappedSocket.create({ completionPort: port }),
    () => new UdpSocket({ completionPort: port }),
    () => createServer({ completionPort: port }).listen({ host: '127.0.0.1' }),
  ];
  for (let round = 0; round < 10; round++) {
    for (const one of make) t.throws(one, /port is closed/);
    const to = { address: '127.0.0.1', port: 9 };
    await t.rejects(connectTo(to, { completionPort: port }), /port is closed/);
  }
  t.equal(nextHandle(), before);
});

t.test('options that the system refuses leave no socket behind', async (t) => {
  const port = closing(t, new CompletionPort());
  const before = nextHandle();
  const socketOptions = { sendBuffer: 'much' } as never;
  const to = { address: '127.0.0.1', port: 9 };
  for (let round = 0; round < 10; round++) {
    t.throws(() => new UdpSocket({ completionPort: port, socketOptions }), TypeError);
    await t.rejects(connectTo(to, { completionPort: port, socketOptions }), TypeError);
  }
  t.equal(nextHandle(), before);
});

t.test('a port is closed by a listener while other connections wait for theirs', async (t) => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.on('uncaughtException', note);
  t.teardown(() => process.off('uncaughtException', note));
  const clients = closing(t, new CompletionPort());
  let before = 0;
  for (let round = 0; round < 4; round++) {
    // The first round makes what stays for good.
    if (round === 1) before = nextHandle();
    const port = new CompletionPort();
    const server = createServer({ completionPort: port, accepts: 16 });
    server.listen({ host: '127.0.0.1' });
    let closed: Promise<void> | undefined;
    server.on('connection', () => {
      closed ??= port.close();
    });
    const to = { address: '127.0.0.1', port: server.port };
    const all = await Promise.allSettled(
      Array.from({ length: 12 }, () => connectTo(to, { completionPort: clients })),
    );
    await closed;
    const connected = all.filter((one) => one.status === 'fulfilled');
    for (const { value } of connected) {
      const ended = await value.read().catch(() => null);
      t.equal(ended, null, 'the other end is closed');
      await value.close();
    }
  }
  t.same(uncaught, []);
  t.ok(nextHandle() <= before);
});

t.test('a port is closed between a connect and its socket', async (t) => {
  const accepted: TcpSocket[] = [];
  const server = createServer((socket) => accepted.push(socket)).listen({ host: '127.0.0.1' });
  closing(t, server);
  const to = { address: '127.0.0.1', port: server.port };
  const before = nextHandle();
  for (let round = 0; round < 20; round++) {
    const port = new CompletionPort();
    const connecting = connectTo(to, { completionPort: port });
    await port.close();
    await t.rejects(connecting, { name: 'WinsockError', code: 'WSA_OPERATION_ABORTED' });
  }
  for (const socket of accepted) await socket.close();
  t.ok(nextHandle() <= before);
});

t.test('what was sent in the turn in which the port is closed is settled', async (t) => {
  const server = closing(t, createServer().listen({ host: '127.0.0.1' }));
  const received: Buffer[] = [];
  server.on('connection', (socket) => {
    socket.on('data', (chunk) => received.push(chunk));
  });
  const port = new CompletionPort();
  const to = { address: '127.0.0.1', port: server.port };
  const socket = await connectTo(to, { completionPort: port });
  const udp = new UdpSocket({ completionPort: port }).bind();
  const sends = ['a', 'b', 'c'].map((text) => socket.send(text));
  const closed = port.close();
  const late = socket.send('d');
  const datagram = udp.send('x', { address: '127.0.0.1', port: 9 });
  await Promise.allSettled([...sends, late, datagram]);
  await closed;
  await Promise.all(sends);
  t.rejects(socket.send('e'), { code: 'WSAESHUTDOWN' });
  while (Buffer.concat(received).length < 3) await new Promise((turn) => setTimeout(turn, 5));
  t.equal(Buffer.concat(received).toString().slice(0, 3), 'abc');
});

t.test('a handle closed behind its back gives one error, and an orderly end', async (t) => {
  const port = new CompletionPort();
  const server = createServer({ completionPort: port }).listen({ host: '127.0.0.1' });
  const to = { address: '127.0.0.1', port: server.port };
  const accepted = new Promise<TcpSocket>((resolve) => server.once('connection', resolve));
  const client = await connectTo(to, { completionPort: port });
  const other = await accepted;
  const udp = new UdpSocket({ completionPort: port }).bind({ address: '127.0.0.1', port: 0 });
  udp.resume();
  const errors: string[] = [];
  const note = (who: string) => () => void errors.push(who);
  client.on('error', note('client'));
  udp.on('error', note('udp'));
  // Until then the server makes a socket for the next connection, and the poller thread starts: one
  // of their handles would get the number.
  while (port.stats().wakeUps < 3) {
    other.write('x');
    await client.read();
    await new Promise((turn) => setTimeout(turn, 50));
  }
  for (const { handle } of [client, udp]) w.closesocket(handle as w.SOCKET);
  await new Promise((turn) => setTimeout(turn, 300));
  await Promise.all([client.destroy().closed, udp.destroy().closed]);
  t.same(errors.sort(), ['client', 'udp']);
  await port.close();
  t.ok(other.destroyed);
});

t.test('a server whose handle was closed behind its back is destroyed', async (t) => {
  const port = new CompletionPort();
  const server = createServer({ completionPort: port }).listen({ host: '127.0.0.1' });
  const [accept] = port.pendingOperations();
  w.closesocket(accept!.handle as w.SOCKET);
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  const failed = new Promise((resolve) => server.once('error', resolve));
  server.destroy();
  await closed;
  t.match(await failed, { code: 'WSAENOTSOCK', syscall: 'closesocket' });
  await port.close();
});

t.test('a server whose handle was closed behind its back ends by itself', async (t) => {
  for (const accepts of [1, 32]) {
    const port = new CompletionPort();
    const server = createServer({ completionPort: port, accepts }).listen({ host: '127.0.0.1' });
    const errors: unknown[] = [];
    server.on('error', (error) => errors.push(error));
    const closed = new Promise<void>((resolve) => server.once('close', resolve));
    await new Promise((turn) => setTimeout(turn, 50));
    const [accept] = port.pendingOperations();
    w.closesocket(accept!.handle as w.SOCKET);
    // Its number is taken by another, which is none of the server's business.
    const other = w.socket.orThrow(w.AF_INET, w.SOCK_STREAM, 0);
    await closed;
    t.match(errors, [{ code: 'WSAENOTSOCK' }]);
    t.equal(w.closesocket(other), 0, 'the other is still open');
    await port.close();
  }
});

/** It closes what is left when it has called WSACleanup more often than WSAStartup was. */
const CLEANED_UP = `
  import * as w from 'winsock';
  import { CompletionPort, connectTo, createServer, UdpSocket } from 'winsock/io';
  const told = [];
  const note = (what) => (error) => told.push(what + ' ' + error.code);
  process.on('uncaughtException', note('uncaught'));
  process.on('unhandledRejection', note('unhandled'));
  const completionPort = new CompletionPort();
  const address = { address: '127.0.0.1', port: 0 };
  const server = createServer({ completionPort }).on('error', note('server')).listen(address);
  const accepting = server.accept();
  const client = await connectTo(server.address, { completionPort });
  const accepted = await accepting;
  const datagrams = new UdpSocket({ completionPort }).bind(address).resume();
  for (const [name, one] of Object.entries({ client, accepted, datagrams })) {
    one.on('error', note(name));
    one.on('close', () => told.push(name + ' closes'));
  }
  while (w.WSACleanup() === 0);
  if (WAY === 'destroy') for (const one of [server, client, accepted, datagrams]) one.destroy();
  await completionPort.close();
  await new Promise((resolve) => setTimeout(resolve, 100));
  console.log(told.sort().join(', '));
`;

for (const way of ['destroy', 'the port']) {
  t.test(`after a WSACleanup too many all ends by one error each: ${way}`, async (t) => {
    const { code, output, errors } = await run(`const WAY = '${way}';${CLEANED_UP}`);
    t.equal(code, 0, errors);
    const names = ['accepted', 'client', 'datagrams', 'server'];
    const told = output.trim().split(', ');
    t.same(
      told.filter((line) => line.endsWith('closes')),
      ['accepted closes', 'client closes', 'datagrams closes'],
    );
    const failed = told.filter((line) => !line.endsWith('closes'));
    t.same(
      failed.map((line) => line.split(' ')[0]),
      names,
    );
    for (const line of failed) t.match(line, / (WSANOTINITIALISED|WSAENOTSOCK)$/);
  });
}

t.test('a server listens again after it was closed', async (t) => {
  const server = closing(t, createServer());
  for (let round = 0; round < 3; round++) {
    server.listen({ host: '127.0.0.1' });
    t.ok(server.listening);
    t.throws(() => server.listen(), /listens already/);
    const client = await connectTo({ address: '127.0.0.1', port: server.port });
    await client.close();
    const closed = server.close();
    t.throws(() => server.listen(), /being closed/);
    await closed;
    t.notOk(server.listening);
  }
  for (const { closed } of server.connections) await closed;
});

t.test('a limit that no connection can have is refused by the server', async (t) => {
  for (const highWaterMark of [-1, Number.NaN, 'x' as never]) {
    t.throws(() => createServer({ highWaterMark }), RangeError);
    const to = { address: '127.0.0.1', port: 9 };
    await t.rejects(connectTo(to, { highWaterMark }), RangeError);
  }
  for (const accepts of [0, 1.5, 1e9]) t.throws(() => createServer({ accepts }), RangeError);
  for (const receives of [0, 1.5, 1e9]) t.throws(() => new UdpSocket({ receives }), RangeError);
});
