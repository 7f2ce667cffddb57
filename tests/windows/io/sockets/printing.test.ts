/** What console.log shows of sockets, servers and ports, and what their errors say. */
import { inspect } from 'node:util';
import t from 'tap';
import { CompletionPort, connect, createServer, OverlappedSocket, UdpSocket } from 'winsock/io';
import { freePort } from '../../support/free-port.ts';

t.test('a server and its connections print as what they are', async (t) => {
  const server = createServer();
  t.equal(inspect(server), 'TcpServer { listening: false, connections: 0 }');
  t.throws(() => server.port, /does not listen/);
  server.listen({ host: '127.0.0.1' });
  const { port } = server;
  t.same(server.address, { family: 'IPv4', address: '127.0.0.1', port });
  t.match(inspect(server), `TcpServer { address: '127.0.0.1:${port}', listening: true`);
  const client = await connect({ host: '127.0.0.1', port });
  const { localAddress } = client;
  t.ok('port' in localAddress);
  const own = 'port' in localAddress ? localAddress.port : 0;
  t.equal(
    inspect(client, { breakLength: Number.POSITIVE_INFINITY }),
    `TcpSocket { handle: ${client.handle}, local: '127.0.0.1:${own}', remote: '127.0.0.1:${port}', closed: false }`,
  );
  await client.close();
  t.match(inspect(client), /closed: true/);
  await server[Symbol.asyncDispose]();
});

t.test('sockets without addresses, and ports', async (t) => {
  const udp = new UdpSocket();
  t.equal(inspect(udp), `UdpSocket { handle: ${udp.handle}, closed: false }`);
  await udp.close();
  const raw = OverlappedSocket.create();
  t.equal(
    inspect(raw),
    `OverlappedSocket { handle: ${raw.handle}, pending: 0, closed: false }`,
    'under its own name, whatever the bundler calls the class',
  );
  raw.close();
  const port = new CompletionPort();
  t.equal(inspect(port), `CompletionPort { handle: ${port.handle}, pending: 0, closed: false }`);
  await port.close();
});

t.test('errors say which address they are about', async (t) => {
  const server = createServer().listen({ host: '127.0.0.1' });
  const { port } = server;
  t.throws(() => createServer().listen({ host: '127.0.0.1', port }), {
    code: 'WSAEADDRINUSE',
    syscall: 'bind',
    message: new RegExp(`^bind\\(127\\.0\\.0\\.1:${port}\\): WSAEADDRINUSE \\(10048\\)`),
  });
  await server[Symbol.asyncDispose]();
  const nobody = await freePort();
  await t.rejects(connect({ host: '127.0.0.1', port: nobody }), {
    code: 'WSAECONNREFUSED',
    syscall: 'ConnectEx',
    message: new RegExp(`^ConnectEx\\(127\\.0\\.0\\.1:${nobody}\\): WSAECONNREFUSED`),
  });
});

t.test('what cannot be an address is refused with what was given', async (t) => {
  const nothing = undefined as never;
  await t.rejects(connect(nothing), { name: 'TypeError', message: /connect takes an object/ });
  await t.rejects(connect(80 as never), { message: /connect takes an object.*got 80/ });
  await t.rejects(connect({}), { name: 'TypeError', message: /a port or a path is needed/ });
  await t.rejects(connect({ host: '127.0.0.1', port: '80' as never }), {
    name: 'RangeError',
    message: 'a port is a number from 0 to 65535, got "80"',
  });
  t.throws(() => createServer().listen({ host: 'localhost' }), {
    name: 'TypeError',
    message: '"localhost" is not an IP address; resolve(name) looks names up',
  });
});
