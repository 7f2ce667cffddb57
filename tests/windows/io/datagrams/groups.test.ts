/** Groups and interfaces by name. */
import { once } from 'node:events';
import t from 'tap';
import {
  CompletionPort,
  connect,
  createConnection,
  createServer,
  decodeAddress,
  encodeAddress,
  interfaceIndex,
  networkInterfaces,
  UdpSocket,
} from 'winsock/io';
import { isWine } from '../../support/native.ts';
import { closing, LOOPBACK } from '../support.ts';

const LIMIT = { timeout: 20_000 };
const all = networkInterfaces();
const loopback = all.find(({ addresses }) => addresses.includes('127.0.0.1'))!;

t.test('an interface is found by name, address, GUID and index', async (t) => {
  const { name, guid, description, indexIPv4, indexIPv6 } = loopback;
  for (const which of [name, name.toUpperCase(), guid, description, '127.0.0.1', `${indexIPv4}`]) {
    t.equal(interfaceIndex(which, 'IPv4'), indexIPv4, which);
  }
  t.equal(interfaceIndex('::1', 'IPv6'), indexIPv6);
  t.equal(interfaceIndex('0:0:0:0:0:0:0:1', 'IPv6'), indexIPv6);
  t.equal(interfaceIndex(7, 'IPv4'), 7);
  t.equal(interfaceIndex(0, 'IPv6'), 0);
  t.throws(() => interfaceIndex('no such one', 'IPv4'), {
    code: 'ERROR_NOT_FOUND',
    message: new RegExp(`"no such one" among .*${JSON.stringify(name)}`),
  });
  t.throws(() => interfaceIndex('192.0.2.200', 'IPv4'), { code: 'ERROR_NOT_FOUND' });
  t.throws(() => interfaceIndex('', 'IPv4'), TypeError);
  t.throws(() => interfaceIndex(null as never, 'IPv4'), TypeError);
  t.throws(() => interfaceIndex(1.5, 'IPv4'), RangeError);
  t.throws(() => interfaceIndex(2 ** 24, 'IPv4'), RangeError);
});

t.test('zones, options and connections take a name', async (t) => {
  const { name, indexIPv4, indexIPv6 } = loopback;
  t.same(decodeAddress(encodeAddress({ address: `fe80::1%${name}`, port: 5 })), {
    family: 'IPv6',
    address: `fe80::1%${indexIPv6}`,
    port: 5,
  });
  t.throws(() => encodeAddress({ address: 'fe80::1%nowhere', port: 5 }), {
    code: 'ERROR_NOT_FOUND',
  });
  const port = closing(t, new CompletionPort());
  const socketOptions = { multicastInterface: name };
  const four = closing(t, new UdpSocket({ completionPort: port, socketOptions }));
  t.equal(four.setOption('unicastInterface', name).getOption('unicastInterface'), indexIPv4);
  const six = new UdpSocket({ completionPort: port, family: 'IPv6', socketOptions });
  t.equal(closing(t, six).getOption('multicastInterfaceV6'), indexIPv6);
  t.throws(() => four.setOption('unicastInterface', {} as never), TypeError);

  const server = closing(t, createServer({ completionPort: port, accepts: 2 }).listen());
  // Of IPv6 Wine takes the index in another order than Windows.
  for (const host of ['127.0.0.1', 'localhost']) {
    const options = { host, port: server.port, completionPort: port, interface: name };
    const socket = await connect({ ...options, ...LIMIT });
    await socket.close();
  }
  const through = { host: '127.0.0.1', port: server.port, completionPort: port, interface: name };
  const stream = createConnection(through);
  await once(stream, 'connect');
  stream.destroy();
  const nowhere = createConnection({ ...through, interface: 'nowhere' });
  t.match((await once(nowhere, 'error'))[0], { code: 'ERROR_NOT_FOUND' });
  const wrong = {
    host: 'localhost',
    port: server.port,
    completionPort: port,
    interface: 'nowhere',
  };
  await t.rejects(connect({ ...wrong, ...LIMIT }), { code: 'ERROR_NOT_FOUND' });
  // The server's end of the last connection is over a little later: then only its accepts wait.
  while (port.stats().pending !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
});

t.test('a group is joined by name, by an address, and everywhere', async (t) => {
  const port = new CompletionPort();
  const group = '239.1.2.5';
  const sender = new UdpSocket({ completionPort: port }).bind(LOOPBACK);
  sender.setOption('multicastInterface', loopback.name);
  for (const via of [loopback.name, '127.0.0.1', 'all'] as const) {
    const receiver = new UdpSocket({ completionPort: port, details: ['to', 'interface'] }).bind();
    receiver.join(group, { interface: via });
    const { port: number } = receiver.localAddress;
    await sender.send(via, { address: group, port: number });
    const got = (await receiver.receive(LIMIT))!;
    t.equal(String(got.data), via);
    t.same(got.to, { family: 'IPv4', address: group, port: number });
    t.equal(got.interface, loopback.indexIPv4);
    receiver.leave(group, { interface: via });
    if (via === 'all') receiver.join(group, { interface: via, source: '127.0.0.1' });
    await receiver.close();
  }
  await sender.close();
  const { pending, records } = port.stats();
  t.same([pending, records.free], [0, records.total]);
  await port.close();
});

t.test('everywhere: sources are left out, and what is none of it is refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const group = '239.1.2.6';
  const sender = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  sender.setOption('multicastInterface', '127.0.0.1');
  const receiver = closing(t, new UdpSocket({ completionPort: port }).bind());
  const to = { address: group, port: receiver.localAddress.port };
  const via = { interface: 'all' } as const;
  receiver.join(group, via);
  receiver.block(group, '127.0.0.1', via);
  await sender.send('blocked', to);
  receiver.unblock(group, '127.0.0.1', via);
  await sender.send('unblocked', to);
  t.equal(String((await receiver.receive(LIMIT))!.data), 'unblocked');
  receiver.leave(group, via);
  t.throws(() => receiver.leave(group, via), TypeError);
  t.throws(() => receiver.block(group, '127.0.0.1', via), TypeError);
  receiver.join(group, via);
  for (const wrong of ['nobody', '::1', '::ffff:127.0.0.1%1', 5 as never]) {
    t.throws(() => receiver.block(group, wrong, via), TypeError, String(wrong));
  }
  t.throws(() => receiver.unblock(group, '127.0.0.1', via), { code: /^WSAE/ });
  receiver.leave(group, via);
  t.throws(() => receiver.join('ff02::1%1', via), TypeError);
  t.throws(() => receiver.join('no group', via), TypeError);
  // A group of the other family: the system's own code.
  t.throws(() => receiver.join('ff02::fb', via), { code: /^WSAE/ });
  t.throws(() => receiver.join(group, { interface: 'nowhere' }), { code: 'ERROR_NOT_FOUND' });
});

t.test('only groups that were joined here', async (t) => {
  const port = closing(t, new CompletionPort());
  const options = { completionPort: port, onlyJoinedGroups: true };
  const receiver = closing(t, new UdpSocket(options).bind());
  const other = closing(t, new UdpSocket({ completionPort: port }).bind());
  const sender = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  sender.setOption('multicastInterface', '127.0.0.1');
  const via = { interface: '127.0.0.1' };
  receiver.join('239.1.2.7', via);
  other.join('239.1.2.8', via);
  const { port: number } = receiver.localAddress;
  await sender.send('of another', { address: '239.1.2.8', port: number });
  await sender.send('of ours', { address: '239.1.2.7', port: number });
  await sender.send('to the socket', { address: '127.0.0.1', port: number });
  const got: string[] = [];
  for (let i = 0; i < 2; i++) got.push(String((await receiver.receive(LIMIT))!.data));
  t.same(got, ['of ours', 'to the socket']);
  // Wine's host hands on what any socket of it has joined, so that this shows something there.
  t.ok(isWine() || got.length === 2);
});
