/** What Wine has not of datagrams: on a stand-in that answers as Windows is known to. */
import t from 'tap';
import { needsAsWindows, toldAsWindows } from '../../support/as-windows.ts';

const START = `
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import * as w from 'winsock';
import { networkInterfaces, CompletionPort, UdpSocket } from 'winsock/io';
const told = (value) => console.log(JSON.stringify(value));
const failure = (action) => Promise.resolve().then(action).then(() => 'nothing', (error) => error.code ?? error.name);
const dll = path.join(process.env.WINSOCK_TEST_DLLS, 'as-windows.dll');
const said = w.func(dll, 'SaidOfDatagrams', w.NeverFails, () => [w.cstring]);
const LOOPBACK = { address: '127.0.0.1', port: 0 };
const LIMIT = { timeout: 20000 };
const next = async (socket) => {
  const { data, ...rest } = await socket.receive(LIMIT);
  return [String(data), rest];
};
`;

function run(program: string, differences: string): Promise<unknown[]> {
  return toldAsWindows(START + program, differences);
}

t.test('an answer comes from the address that was asked', needsAsWindows, async (t) => {
  const lines = await run(
    `
    const server = new UdpSocket({ details: true }).bind();
    server.on('message', (data, from, details) => {
      server.answer({ from, ...details }, data, { tos: 0xb8 });
    });
    const client = new UdpSocket({ details: true }).bind(LOOPBACK);
    for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.77']) {
      await client.send('to ' + address, { address, port: server.localAddress.port });
      const [text, { from, tos }] = await next(client);
      told([text, from.address, tos]);
    }
    const [one] = networkInterfaces().filter((one) => one.addresses.includes('127.0.0.1'));
    told(said().split('; ').filter(Boolean).map((one) => one.replace('interface ' + one.indexIPv4, 'interface')));
    await client.send('from elsewhere', server.localAddress, { from: '127.0.0.9', ecn: 1 });
    told(await failure(() => client.send('x', server.localAddress, { from: '192.0.2.77' })));
    const six = new UdpSocket({ family: 'IPv6', details: true }).bind();
    await six.send('mapped', { address: '::ffff:127.0.0.1', port: client.localAddress.port },
      { from: '127.0.0.3' });
    const mapped = await next(client);
    told([mapped[0], mapped[1].from.address]);
    for (const socket of [server, client, six]) await socket.close();
    told(CompletionPort.default.stats().pending);
  `,
    'send-control',
  );
  t.same(
    lines.filter((_, at) => at !== 3),
    [
      ['to 127.0.0.1', '127.0.0.1', 0xb8],
      ['to 127.0.0.2', '127.0.0.2', 0xb8],
      ['to 127.0.0.77', '127.0.0.77', 0xb8],
      'WSAEADDRNOTAVAIL',
      ['mapped', '127.0.0.3'],
      0,
    ],
  );
  t.match((lines[3] as string[])[1], /^12 bytes by 0, tos 184, ecn -1, interface [1-9]/);
});

t.test('several datagrams of one call, and those that come together', needsAsWindows, async (t) => {
  const lines = await run(
    `
    for (const how of ['receive', 'message', 'borrow', 'loop']) {
      const receiver = new UdpSocket({ coalesce: true, details: ['to'] }).bind(LOOPBACK);
      const sender = new UdpSocket().bind(LOOPBACK);
      const got = [];
      const take = (data, details) => got.push([String(data), details.segmentSize ?? 0]);
      if (how === 'message') receiver.on('message', (data, _from, details) => take(data, details));
      if (how === 'borrow') receiver.borrow((data, _from, details) => take(data, details));
      await setTimeout(20);
      // While nobody listens they gather in the system.
      await sender.send('aabbccd', receiver.localAddress, { segmentSize: 2 });
      if (how === 'receive') while (got.length < 4) {
        const one = await receiver.receive(LIMIT);
        take(one.data, one);
      }
      if (how === 'loop') for await (const one of receiver) {
        take(one.data, one);
        if (got.length === 4) break;
      }
      while (got.length < 4) await setTimeout(5);
      told([how, got.map(([text]) => text).join(' ')]);
      await Promise.all([receiver.close(), sender.close()]);
    }
    told(said().split('; ').filter(Boolean).length);
    const receiver = new UdpSocket({ coalesce: true }).bind(LOOPBACK);
    const sender = new UdpSocket().bind(LOOPBACK);
    await sender.send(Buffer.alloc(70_000, 'x'), receiver.localAddress, { segmentSize: 1200 });
    let bytes = 0, count = 0, odd = 0;
    while (bytes < 70_000) {
      const { data } = await receiver.receive(LIMIT);
      bytes += data.length;
      count++;
      if (data.length !== 1200) odd = data.length;
    }
    told([count, odd]);
    await sender.sendAll(['aa', 'bb', 'cc', 'd', 'eee', 'fff', ''], receiver.localAddress);
    const texts = [];
    for (let i = 0; i < 7; i++) texts.push(String((await receiver.receive(LIMIT)).data));
    told(texts);
    told(said().split('; ').filter(Boolean).slice(-7));
    told(await failure(() => sender.send(Buffer.alloc(50_000), receiver.localAddress, { segmentSize: 20_000 })));
    await Promise.all([receiver.close(), sender.close()]);
    const { pending, records, buffers } = CompletionPort.default.stats();
    told([pending, records.total - records.free, buffers.bytes - buffers.free]);
  `,
    'coalesced,send-control',
  );
  t.same(lines.slice(0, 4), [
    ['receive', 'aa bb cc d'],
    ['message', 'aa bb cc d'],
    ['borrow', 'aa bb cc d'],
    ['loop', 'aa bb cc d'],
  ]);
  t.equal(lines[4], 4, 'one call each');
  t.same(lines[5], [59, 70_000 - 58 * 1200]);
  t.same(lines[6], ['aa', 'bb', 'cc', 'd', 'eee', 'fff', '']);
  const calls = (lines[7] as string[]).map((one) => one.split(',')[0]);
  t.same(calls.slice(-2), ['7 bytes by 2', '6 bytes by 3']);
  t.same(lines[8], 'WSAEMSGSIZE');
  t.same(lines[9], [0, 0, 0]);
});

t.test(
  'a handler that throws, pauses or sends loses nothing of those',
  needsAsWindows,
  async (t) => {
    const lines = await run(
      `
    process.on('uncaughtException', (error) => told(error.message));
    const receiver = new UdpSocket({ coalesce: true }).bind(LOOPBACK);
    const sender = new UdpSocket().bind(LOOPBACK);
    const got = [];
    receiver.borrow((data, from) => {
      got.push(String(data));
      receiver.send(data, from);
      if (got.length === 2) throw new Error('of the handler');
      if (got.length === 3) receiver.pause();
    });
    await setTimeout(20);
    await sender.send('aabbccddee', receiver.localAddress, { segmentSize: 2 });
    await setTimeout(100);
    told(got);
    receiver.resume();
    await setTimeout(50);
    told(got);
    const back = [];
    for (let i = 0; i < 5; i++) back.push(String((await sender.receive(LIMIT)).data));
    told(back.sort());
    await Promise.all([receiver.close(), sender.close()]);
  `,
      'coalesced,send-control',
    );
    t.same(lines, [
      'of the handler',
      ['aa', 'bb', 'cc'],
      ['aa', 'bb', 'cc', 'dd', 'ee'],
      ['aa', 'bb', 'cc', 'dd', 'ee'],
    ]);
  },
);

t.test('each peer that refuses is told', needsAsWindows, async (t) => {
  const program = (options: string) => `
    // All are bound before the numbers of the first are free again, which could be given to the others.
    const bound = (options) => new UdpSocket(options).bind(LOOPBACK);
    const gone = [bound(), bound()];
    const nobody = gone.map(({ localAddress }) => localAddress);
    const socket = bound({ connectionReset: true${options} });
    const deaf = bound();
    for (const one of gone) await one.close();
    const errors = [];
    for (const one of nobody) await socket.send('anybody?', one);
    for (const _ of nobody) await socket.receive(LIMIT).catch((error) => errors.push(error));
    told(errors.map((error) => [error.code, error.remoteAddress.port === nobody[errors.indexOf(error)].port,
      error.message.includes('127.0.0.1:' + error.remoteAddress.port)]));
    const waiting = socket.receive(LIMIT).catch((error) => error);
    await setTimeout(30);
    await socket.send('anybody now?', nobody[1]);
    const error = await waiting;
    told([error.code, error.remoteAddress?.port === nobody[1].port]);
    await socket.send('still here', socket.localAddress);
    told((await next(socket))[0]);
    await deaf.send('anybody?', nobody[0]);
    await deaf.send('to myself', deaf.localAddress);
    told((await next(deaf))[0]);
    await Promise.all([socket.close(), deaf.close()]);
  `;
  for (const options of ['', ', details: true']) {
    t.same(await run(program(options), 'unreachable'), [
      [
        ['WSAECONNRESET', true, true],
        ['WSAECONNRESET', true, true],
      ],
      ['WSAECONNRESET', true],
      'still here',
      'to myself',
    ]);
  }
});

t.test('a group on all interfaces follows those that come and go', needsAsWindows, async (t) => {
  const lines = await run(
    `
    const set = w.func(dll, 'SetInterfacePresent', w.NeverFails, () => [w.int, w.p('present', w.int)]);
    const names = () => networkInterfaces().map(({ name }) => name);
    const before = names();
    const socket = new UdpSocket({ details: true }).bind();
    socket.join('239.1.2.9', { interface: 'all' });
    told(await failure(() => socket.join('239.1.2.9', { interface: 'all' })));
    set(1);
    await setTimeout(50);
    const come = networkInterfaces().find(({ name }) => !before.includes(name));
    if (!come) {
      told('this machine has no other interface');
      process.exit();
    }
    const own = come.addresses.find((one) => one.includes('.'));
    const sender = new UdpSocket().bind({ address: own, port: 0 });
    sender.setOption('multicastInterface', come.name);
    await sender.send('by the new one', { address: '239.1.2.9', port: socket.localAddress.port });
    const [text, { to }] = await next(socket);
    told([text, to.address]);
    set(0);
    await setTimeout(50);
    set(1);
    await setTimeout(50);
    socket.leave('239.1.2.9', { interface: 'all' });
    told(await failure(() => socket.leave('239.1.2.9', { interface: 'all' })));
    socket.join('239.1.2.9', { interface: 'all' });
    // An interface that a program has named, and that is gone when it is named again.
    socket.join('239.1.2.10', { interface: come.name });
    set(0);
    const { connect } = await import('winsock/io');
    const here = { address: '127.0.0.1', port: socket.localAddress.port };
    told([
      await failure(() => socket.leave('239.1.2.10', { interface: come.name })),
      await failure(() => socket.join('239.1.2.11', { interface: come.name })),
      await failure(() => sender.send('x', here, { interface: come.name })),
      await failure(() => sender.setOption('multicastInterface', come.name)),
      await failure(() => connect({ host: '127.0.0.1', port: 9, interface: come.name })),
    ]);
    const own2 = new UdpSocket().bind(LOOPBACK);
    await own2.send('still here', here);
    told((await next(socket))[0]);
    await Promise.all([socket.close(), sender.close(), own2.close()]);
    const { pending, records } = CompletionPort.default.stats();
    told([pending, records.total - records.free]);
  `,
    'address-change',
  );
  if (lines[1] === 'this machine has no other interface') {
    t.pass('asked of the system', { skip: 'this machine has no other interface' });
    return;
  }
  t.same(lines, [
    'TypeError',
    ['by the new one', '239.1.2.9'],
    'TypeError',
    Array(5).fill('ERROR_NOT_FOUND'),
    'still here',
    [0, 0],
  ]);
});

t.test('one source of an IPv6 group', needsAsWindows, async (t) => {
  const lines = await run(
    `
    const socket = new UdpSocket({ family: 'IPv6' }).bind();
    const [one] = networkInterfaces().filter((one) => one.indexIPv6 !== 0);
    const group = 'ff3e::4711', source = '2001:db8::1', via = { interface: one.name, source };
    told(await failure(() => socket.join(group, via)));
    told(await failure(() => socket.join(group, via)));
    told(await failure(() => socket.leave(group, via)));
    told(await failure(() => socket.leave(group, via)));
    socket.join(group, { interface: one.name });
    told(await failure(() => socket.block(group, source, { interface: one.name })));
    told(await failure(() => socket.unblock(group, source, { interface: one.name })));
    told(await failure(() => socket.unblock(group, source, { interface: one.name })));
    told(await failure(() => socket.join(group, { interface: one.name, source: '192.0.2.1' })));
    told(await failure(() => socket.join('2001:db8::2', via)));
    await socket.close();
  `,
    'source-groups',
  );
  t.same(lines, [
    'nothing',
    'WSAEADDRNOTAVAIL',
    'nothing',
    'WSAEADDRNOTAVAIL',
    'nothing',
    'nothing',
    'WSAEADDRNOTAVAIL',
    'TypeError',
    'WSAEADDRNOTAVAIL',
  ]);
});

t.test('a connection goes by an interface, by either family', needsAsWindows, async (t) => {
  const lines = await run(
    `
    const { connect, createServer } = await import('winsock/io');
    const server = createServer().listen();
    const [one] = networkInterfaces().filter((one) => one.addresses.includes('127.0.0.1'));
    for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1', 'localhost']) {
      const socket = await connect({ host, port: server.port, interface: one.name, ...LIMIT });
      told(socket.remoteAddress.family);
      await socket.close();
    }
    const six = new UdpSocket({ family: 'IPv6', socketOptions: { unicastInterface: one.name } });
    told(six.getOption('unicastInterface') === one.indexIPv4);
    await six.close();
    const none = { host: 'localhost', port: server.port, interface: 'nowhere', ...LIMIT };
    told(await failure(() => connect(none)));
    await server.close();
    const { pending, records } = CompletionPort.default.stats();
    told([pending, records.total - records.free]);
  `,
    'interface-order',
  );
  t.same(lines.slice(0, 3), ['IPv4', 'IPv6', 'IPv6']);
  t.same(lines.slice(4), [true, 'ERROR_NOT_FOUND', [0, 0]]);
});
