// What programmers bring with them from node:net and node:dgram, and from other languages.

import t from 'tap';
import { int, offsetof, ref, sockaddr_in } from 'winsock';
import { connect, createServer, OverlappedSocket, toDuplex, UdpSocket } from 'winsock/io';

const loopback = { host: '127.0.0.1', port: 0 };

t.test('a callback that nobody would call is refused', async (t) => {
  const callback = () => undefined;
  const server = createServer();
  t.teardown(() => server.close());
  // @ts-expect-error: node:net takes one
  t.throws(() => server.listen(loopback, callback), {
    name: 'TypeError',
    message: /^listen takes no callback: .*'listening'/,
  });
  // @ts-expect-error: node:net takes one
  t.throws(() => server.close(callback), { message: /^close takes no callback: await/ });
  // @ts-expect-error: node:net takes one
  await t.rejects(connect({ ...loopback, port: 9 }, callback), {
    message: /^connect takes no callback: await/,
  });
  // @ts-expect-error: node:dgram takes one
  t.throws(() => new UdpSocket().bind({}, callback), { message: /^bind takes no callback/ });
});

t.test('an address is an address under the name that datagrams have for it', async (t) => {
  const server = createServer().listen({ address: '127.0.0.1', port: 0 });
  t.teardown(() => server.close());
  t.match(server.address, { address: '127.0.0.1' });
  // @ts-expect-error: a slip of the pen must not mean "everywhere"
  t.throws(() => createServer().listen({ adress: '127.0.0.1', port: 0 }), TypeError);
});

t.test('what is closed has no handle to show', async (t) => {
  const server = createServer((peer) => peer.end()).listen(loopback);
  const client = await connect({ host: '127.0.0.1', port: server.port });
  const udp = new UdpSocket().bind(loopback);
  const overlapped = OverlappedSocket.create();
  const open = [client, udp, overlapped];
  t.ok(open.every(({ handle }) => handle > 0));
  await client.close();
  await udp.close();
  overlapped.close();
  await server.close();
  t.ok(
    open.every(({ handle }) => handle === -1),
    'INVALID_SOCKET',
  );
});

t.test('a write after the end leaves nobody writing, and its callback is told', async (t) => {
  const server = createServer((peer) => peer.resume()).listen(loopback);
  const client = await connect({ host: '127.0.0.1', port: server.port });
  await client.close();
  t.equal(client.writable, false);
  t.equal(client.write(Buffer.alloc(1 << 22)), false, 'there is no room, and none will come');
  await new Promise<void>((resolve) => {
    client.write('lost', (error) => {
      t.match(error, { code: 'WSAESHUTDOWN' });
      resolve();
    });
  });
  await server.close();
});

t.test('a datagram socket that nobody can reach is not waited at', async (t) => {
  const socket = new UdpSocket();
  t.teardown(() => socket.close());
  await t.rejects(socket.receive(), {
    code: 'WSAEINVAL',
    message: /the socket is not bound: bind it, or send first$/,
  });
  const peer = new UdpSocket().bind(loopback);
  t.teardown(() => peer.close());
  await socket.send('a question', peer.localAddress);
  const question = await peer.receive();
  await peer.send('an answer', question!.from);
  t.equal(String((await socket.receive())?.data), 'an answer', 'sending binds');
});

t.test('what is neither a connection nor a type is named', async (t) => {
  // @ts-expect-error: an object is no connection
  t.throws(() => toDuplex({}), { message: 'toDuplex takes a TcpSocket, got Object' });
  // @ts-expect-error: a value is no type
  t.throws(() => offsetof(new sockaddr_in(), 'sin_port'), {
    message: /^offsetof: a type is needed first, .* got sockaddr_in, a value$/,
  });
  // @ts-expect-error: text is no number
  t.throws(() => ref(int, 'x'), { message: 'an int32 must be an integer, got "x"' });
});
