import t from 'tap';
import {
  connect,
  connectTo,
  createServer,
  type InternetAddress,
  race,
  type TcpSocket,
  UdpSocket,
} from 'winsock/io';
import { freePort } from '../../support/free-port.ts';
import { closing } from '../support.ts';

const LIMIT = { timeout: 20_000 };

t.test(
  'IPv4 reaches a server of all addresses, and is reached as it is written there',
  async (t) => {
    const server = closing(t, createServer().listen());
    const accepted = new Promise<TcpSocket>((resolve) => server.once('connection', resolve));
    const client = await connectTo({ address: '127.0.0.1', port: server.port });
    const { address } = (await accepted).remoteAddress as InternetAddress;
    t.equal(address, '::ffff:127.0.0.1');
    const again = await connect({ host: address, port: server.port, ...LIMIT });
    t.equal((again.remoteAddress as InternetAddress).address, address);
    await Promise.all([client.close(), again.close()]);
  },
);

t.test('datagrams of IPv4 come to a socket of IPv6, and are answered', async (t) => {
  const six = closing(t, new UdpSocket({ family: 'IPv6' }).bind());
  const four = closing(t, new UdpSocket().bind({ host: '127.0.0.1', port: 0 }));
  await four.send('question', { host: '127.0.0.1', port: six.localAddress.port });
  const question = await six.receive(LIMIT);
  t.equal((question!.from as InternetAddress).address, '::ffff:127.0.0.1');
  await six.send('answer', question!.from as InternetAddress);
  t.equal(String((await four.receive(LIMIT))!.data), 'answer');
  const only = new UdpSocket({ family: 'IPv6', socketOptions: { v6Only: true } });
  t.equal(closing(t, only).getOption('v6Only'), true);
});

t.test('where each address fails, all are told, and first that of a connect', async (t) => {
  const port = await freePort();
  const addresses = [
    { family: 'IPv6', address: '::1', port },
    { family: 'IPv4', address: '127.0.0.1', port },
  ] as const;
  const localAddress = { address: '127.0.0.1', port: 0 };
  const error = await race(addresses, { localAddress }).then(
    () => undefined,
    (error: Error & { code: string; errors: Error[] }) => error,
  );
  if (!error) throw new Error('connected');
  t.equal(error.code, 'WSAECONNREFUSED');
  t.match(error.message, /ConnectEx\(127\.0\.0\.1:.*bind\(127\.0\.0\.1:0\)/);
  t.match(error.errors, [{ syscall: 'bind' }, { syscall: 'ConnectEx' }]);
});

t.test('a place is given by one name or the other, for TCP and UDP', async (t) => {
  const server = closing(t, createServer().listen({ address: '127.0.0.1', port: 0 }));
  t.equal((server.address as InternetAddress).address, '127.0.0.1');
  const client = await connect(server.address as InternetAddress);
  await client.close();
  const other = await connectTo({ host: '127.0.0.1', port: server.port });
  await other.close();
  const free = closing(t, new UdpSocket().bind({ port: 0 }));
  t.ok(free.localAddress.port > 0);
  t.equal(free.localAddress.address, '0.0.0.0');
});

t.test('clients that give up before they are accepted are no error of the server', async (t) => {
  const server = closing(t, createServer().listen({ host: '127.0.0.1' }));
  const errors: Error[] = [];
  server.on('error', (error) => errors.push(error));
  server.on('connection', (socket) => void socket.destroy());
  const to = { address: '127.0.0.1', port: server.port };
  for (let round = 0; round < 5; round++) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => connectTo(to)));
    for (const client of clients) client.reset();
    await Promise.all(clients.map(({ closed }) => closed));
  }
  t.same(errors, []);
  const last = await connectTo(to, LIMIT);
  t.equal(await last.read(LIMIT), null);
  await last.close();
});

t.test('a read that is given up loses nothing', async (t) => {
  const server = closing(t, createServer().listen({ host: '127.0.0.1' }));
  const accepted = new Promise<TcpSocket>((resolve) => server.once('connection', resolve));
  const client = await connectTo({ address: '127.0.0.1', port: server.port });
  const sender = await accepted;
  await t.rejects(client.read({ timeout: 5 }), { code: 'WSAETIMEDOUT' });
  const controller = new AbortController();
  const given = client.read({ signal: controller.signal });
  controller.abort(new Error('enough'));
  await t.rejects(given, { message: 'enough' });
  for (const timeout of [-1, Number.NaN]) await t.rejects(client.read({ timeout }), RangeError);
  await t.rejects(client.read({ timeout: '5' as never }), TypeError);
  await t.rejects(client.read({ signal: {} as never }), TypeError);
  let text = '';
  for (let round = 0; round < 40; round++) {
    if (round % 4 === 0) sender.write(String(round));
    const chunk = await client.read({ timeout: round % 3 }).catch(() => Buffer.alloc(0));
    text += chunk;
  }
  await sender.end();
  for await (const chunk of client) text += chunk;
  t.equal(text, '0481216202428' + '3236');
});
