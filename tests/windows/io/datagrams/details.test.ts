/** What is told of datagrams, and what is said of single ones, as far as Wine has it. */
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import {
  CompletionPort,
  type Datagram,
  type DatagramDetails,
  type InternetAddress,
  networkInterfaces,
  type SocketAddress,
  UdpSocket,
  type UdpSocketOptions,
} from 'winsock/io';
import { closing, LOOPBACK } from '../support.ts';

const LIMIT = { timeout: 20_000 };
const loopback = networkInterfaces().find(({ addresses }) => addresses.includes('127.0.0.1'))!;

t.test('to, interface, ttl and tos, in each way of receiving', async (t) => {
  const port = closing(t, new CompletionPort());
  const socket = (options: UdpSocketOptions = {}) =>
    closing(t, new UdpSocket({ completionPort: port, details: true, ...options }).bind());
  const sender = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  sender.setOption('ttl', 33);
  const expected = (to: UdpSocket) => ({
    to: { family: 'IPv4', address: '127.0.0.1', port: to.localAddress.port },
    interface: loopback.indexIPv4,
    ttl: 33,
    truncated: false,
  });
  const send = (text: string, to: UdpSocket) =>
    sender.send(text, { host: '127.0.0.1', port: to.localAddress.port });

  const read = socket();
  await send('read', read);
  const got = await read.receive(LIMIT);
  t.match(got, { data: Buffer.from('read'), from: sender.localAddress, ...expected(read) });

  const waits = socket();
  const later = waits.receive(LIMIT);
  await setTimeout(20);
  await send('later', waits);
  t.match(await later, expected(waits), 'of a receive that has waited');

  const listens = socket();
  const event = new Promise<DatagramDetails>((resolve) => {
    listens.on('message', (_data, _from, details) => resolve(details));
  });
  await send('event', listens);
  t.match(await event, expected(listens));

  const borrows = socket();
  const borrowed = new Promise<[string, SocketAddress, DatagramDetails]>((resolve) => {
    borrows.borrow((bytes, from, details) => resolve([String(bytes), from, details]));
  });
  await send('borrow', borrows);
  t.match(await borrowed, ['borrow', sender.localAddress, expected(borrows)]);

  const loops = socket();
  await send('loop', loops);
  for await (const datagram of loops) {
    t.match(datagram, expected(loops));
    break;
  }
});

t.test('only what was asked for is told, and nothing where nothing was', async (t) => {
  const port = closing(t, new CompletionPort());
  const sender = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  const keys = async (options: UdpSocketOptions) => {
    const socket = new UdpSocket({ completionPort: port, ...options }).bind(LOOPBACK);
    await sender.send('x', socket.localAddress);
    const got = await closing(t, socket).receive(LIMIT);
    return Object.keys(got!).sort();
  };
  t.same(await keys({}), ['data', 'from']);
  t.same(await keys({ details: false }), ['data', 'from']);
  t.same(await keys({ details: ['ttl'] }), ['data', 'from', 'truncated', 'ttl']);
  t.same(await keys({ details: ['to'] }), ['data', 'from', 'to', 'truncated']);
  t.same(await keys({ details: ['interface'] }), ['data', 'from', 'interface', 'truncated']);
});

t.test('IPv6, and IPv4 that comes to it', async (t) => {
  const port = closing(t, new CompletionPort());
  const six = new UdpSocket({ completionPort: port, family: 'IPv6', details: true }).bind();
  closing(t, six);
  const { port: number } = six.localAddress;
  const own = closing(t, new UdpSocket({ completionPort: port, family: 'IPv6' }));
  await own.send('six', { host: '::1', port: number }, { ttl: 77 });
  const fromSix = await six.receive(LIMIT);
  t.match(fromSix, { to: { family: 'IPv6', address: '::1', port: number }, ttl: 77 });
  t.equal(own.getOption('hopLimitV6') === 77, false, 'the option is as it was');
  const four = closing(t, new UdpSocket({ completionPort: port }));
  await four.send('four', { host: '127.0.0.1', port: number });
  const fromFour = (await six.receive(LIMIT))!;
  t.equal((fromFour.from as InternetAddress).address, '::ffff:127.0.0.1');
  // Wine tells nothing of such a datagram; where something is told it is right.
  if (fromFour.to) t.match(fromFour.to.address, /127\.0\.0\.1$/);
});

t.test('hops of a single datagram', async (t) => {
  const port = closing(t, new CompletionPort());
  const receiver = new UdpSocket({ completionPort: port, details: ['ttl'] }).bind(LOOPBACK);
  closing(t, receiver);
  const sender = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  const usual = sender.getOption('ttl');
  const ttlOf = async (options?: object) => {
    await sender.send('x', receiver.localAddress, options);
    return (await receiver.receive(LIMIT))!.ttl;
  };
  t.equal(await ttlOf({ ttl: 5 }), 5);
  t.equal(await ttlOf(), usual);
  t.equal(await ttlOf({ ttl: usual }), usual);
  await t.rejects(sender.send('x', receiver.localAddress, { ttl: 0 }), RangeError);
  sender.connect(receiver.localAddress);
  await sender.send('connected', undefined, { ttl: 9 });
  t.equal((await receiver.receive(LIMIT))!.ttl, 9);
});

t.test('what is longer than the longest that is wanted is cut off', async (t) => {
  const port = new CompletionPort();
  const receiver = new UdpSocket({ completionPort: port, longest: 10 }).bind(LOOPBACK);
  const sender = new UdpSocket({ completionPort: port }).bind(LOOPBACK);
  const got: [string, boolean | undefined][] = [];
  const take = (one: Datagram | null) => got.push([String(one!.data), one!.truncated]);
  for (const text of ['0123456789', '0123456789a', 'short']) {
    await sender.send(text, receiver.localAddress);
    take(await receiver.receive(LIMIT));
  }
  // One that a receive waits for ends by a packet.
  const waiting = receiver.receive(LIMIT);
  await setTimeout(20);
  await sender.send('fedcba9876543210', receiver.localAddress);
  take(await waiting);
  t.same(got, [
    ['0123456789', false],
    ['0123456789', true],
    ['short', false],
    ['fedcba9876', true],
  ]);
  await Promise.all([receiver.close(), sender.close()]);
  const { pending, records, buffers } = port.stats();
  t.same([pending, records.free, buffers.free], [0, records.total, buffers.bytes]);
  await port.close();
});

t.test('data of several datagrams goes one by one where the system takes none apart', async (t) => {
  const port = closing(t, new CompletionPort());
  const receiver = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  const sender = closing(t, new UdpSocket({ completionPort: port }).bind(LOOPBACK));
  const to = receiver.localAddress;
  await sender.send('abcdefgh', to, { segmentSize: 3 });
  await sender.send([Buffer.from('12'), Buffer.from('345')], to, { segmentSize: 4 });
  await sender.send('', to, { segmentSize: 4 });
  await sender.sendAll(['one', 'two', 'threes', ''], to);
  const got: string[] = [];
  for (let i = 0; i < 10; i++) got.push(String((await receiver.receive(LIMIT))!.data));
  t.same(got, ['abc', 'def', 'gh', '1234', '5', '', 'one', 'two', 'threes', '']);
});

t.test('what no socket and no datagram can have is refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const make = (options: object) => () => new UdpSocket({ completionPort: port, ...options });
  t.throws(make({ details: ['hops'] }), TypeError);
  t.throws(make({ longest: 0 }), RangeError);
  t.throws(make({ longest: 70_000 }), RangeError);
  t.throws(make({ coalesce: true, longest: 100 }), TypeError);
  t.throws(make({ socketOptions: { receiveCoalesced: 65_528 } }), RangeError);
  const socket = closing(t, make({})().bind(LOOPBACK));
  t.throws(() => socket.setOption('receiveCoalesced', 1000), TypeError);
  const to = socket.localAddress;
  const refused = async (options: object, error: unknown) =>
    t.rejects(socket.send('x', to, options), error as TypeError, JSON.stringify(options));
  await refused({ ttl: 256 }, RangeError);
  await refused({ ttl: '5' }, RangeError);
  await refused({ tos: -1 }, RangeError);
  await refused({ ecn: 4 }, RangeError);
  await refused({ segmentSize: 0 }, RangeError);
  await refused({ segmentSize: 65_508 }, RangeError);
  await refused({ hops: 1 }, TypeError);
  await refused({ from: '::1' }, TypeError);
  await refused({ from: 5 }, TypeError);
  await refused({ interface: 'no such one' }, { code: 'ERROR_NOT_FOUND' });
  await refused({ interface: -1 }, RangeError);
  await refused({ interface: {} }, TypeError);
  await t.rejects(socket.send('x', undefined, { ttl: 5 }), { code: 'WSAENOTCONN' });
  await t.rejects(socket.sendAll(['x', 5 as never], to), TypeError);
  await t.rejects(socket.sendAll(['x'], to, { segmentSize: 1 } as never), TypeError);
  t.equal(port.stats().pending, 0);
});
