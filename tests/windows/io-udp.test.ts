import dgram from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import {
  CompletionPort,
  controlMessages,
  encodeControlMessages,
  type InternetAddress,
  OverlappedSocket,
  setOption,
  UdpSocket,
} from 'winsock/io';
import { closing, hashOf, noise } from './io-support.ts';

const LOOPBACK = { address: '127.0.0.1', port: 0 };

t.test('an echo of many datagrams', async (t) => {
  const port = new CompletionPort();
  const server = new UdpSocket({ port }).bind(LOOPBACK);
  server.on('message', (data, from) => server.send(data, from as InternetAddress));
  const client = new UdpSocket({ port }).connect(server.localAddress);
  const sizes = [0, 1, 100, 1472, 9000, 60_000];
  for (let round = 0; round < 200; round++) {
    const data = noise(sizes[round % sizes.length]!);
    await client.send(data);
    const back = await client.receive();
    if (hashOf(back!.data) !== hashOf(data)) t.fail(`round ${round}`);
    if (round === 0) t.same(back!.from, server.localAddress);
  }
  await client.close();
  await server.close();
  const { pending, records, buffers } = port.stats();
  t.same({ pending, free: records.free }, { pending: 0, free: records.total });
  t.equal(buffers.free, buffers.bytes);
  await port.close();
});

t.test('node:dgram talks to it', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, new UdpSocket({ port }).bind(LOOPBACK));
  const client = dgram.createSocket('udp4');
  client.send('question', server.localAddress.port, '127.0.0.1');
  const asked = await server.receive();
  t.equal(String(asked!.data), 'question');
  await server.send('answer', asked!.from as InternetAddress);
  const [answer] = (await once(client, 'message')) as [Buffer];
  t.equal(String(answer), 'answer');
  client.close();
});

t.test('datagrams by loop, and closing ends the loop', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = new UdpSocket({ port, family: 'IPv6' }).bind({ address: '::1', port: 0 });
  const client = closing(t, new UdpSocket({ port, family: 'IPv6' }));
  for (const word of ['one', 'two', 'three']) await client.send(word, server.localAddress);
  const words: string[] = [];
  setTimeout(() => server.close(), 100);
  for await (const { data } of server) words.push(String(data));
  t.same(words, ['one', 'two', 'three']);
  t.equal(await server.receive(), null);
  await t.rejects(server.send('late', client.localAddress), { code: 'WSAENOTSOCK' });
});

t.test('a datagram that is too long', async (t) => {
  const port = closing(t, new CompletionPort());
  const socket = closing(t, new UdpSocket({ port }));
  await t.rejects(socket.send(Buffer.alloc(70_000), { address: '127.0.0.1', port: 9 }), {
    code: 'WSAEMSGSIZE',
  });
});

t.test('groups', async (t) => {
  const port = closing(t, new CompletionPort());
  const receiver = closing(t, new UdpSocket({ port }).bind());
  receiver.join('239.1.2.3', { interface: '127.0.0.1' });
  receiver.setOption('multicastLoop', true).setOption('multicastInterface', 0x0100007f);
  const { port: number } = receiver.localAddress;
  await receiver.send('to all', { address: '239.1.2.3', port: number });
  t.equal(String((await receiver.receive())?.data), 'to all');
  t.throws(() => receiver.join('239.1.2.3', { interface: '127.0.0.1' }), /WSA/);
  receiver.leave('239.1.2.3', { interface: '127.0.0.1' });
  t.throws(() => receiver.leave('239.1.2.3', { interface: '127.0.0.1' }), /WSA/);
  t.throws(() => receiver.join('no address'), TypeError);
});

t.test('control data goes both ways', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, OverlappedSocket.create({ type: 2, port }).bind(LOOPBACK));
  const client = closing(t, OverlappedSocket.create({ type: 2, port }).bind(LOOPBACK));
  setOption(server.handle, 'packetInfo', true);
  const parts = [Buffer.alloc(3), Buffer.alloc(100)];
  const received = server.receiveMessage(parts);
  const to = server.localAddress as InternetAddress;
  await client.sendMessage({ data: [Buffer.from('ab'), Buffer.from('cde')], to });
  const { bytes, address, control } = await received;
  t.equal(bytes, 5);
  t.same(address, client.localAddress);
  t.equal(Buffer.concat(parts).toString('latin1', 0, 5), 'abcde');
  const [info] = controlMessages(control);
  t.match(info, { level: 0, type: 19 });
  // in_pktinfo: address, interface index.
  t.same([...info!.data.subarray(0, 4)], [127, 0, 0, 1]);
  t.same(controlMessages(encodeControlMessages([info!, { ...info!, type: 5 }])), [
    info!,
    { ...info!, type: 5 },
  ]);
});
