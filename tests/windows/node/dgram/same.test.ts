/** The same script over node:dgram and over winsock/dgram tells the same: events, errors, bytes, addresses. */
import { once } from 'node:events';
import { BlockList } from 'node:net';
import t from 'tap';
import { attempt, bound, type Dgram, LOOPBACK, ours, portOf, same, told } from './support.ts';

type Script = (dgram: Dgram, tell: (...what: unknown[]) => void) => void | Promise<void>;

/** What the callback of a call is told. */
const sending = (call: (done: (...what: unknown[]) => void) => void) =>
  new Promise((resolve) => call((...what) => resolve(what.map(told))));

const SCRIPTS: Record<string, Script> = {
  'arguments of createSocket': (dgram, tell) => {
    for (const given of [undefined, 'udp5', {}, { type: 'udp4', lookup: 1 }]) {
      tell(attempt(() => dgram.createSocket(given as never)));
    }
    for (const sizes of [{ recvBufferSize: -1 }, { sendBufferSize: 'many' }]) {
      tell(attempt(() => dgram.createSocket({ type: 'udp4', ...sizes } as never)));
    }
    const lists = { type: 'udp4', receiveBlockList: {} };
    tell(attempt(() => dgram.createSocket(lists as never)));
    tell(attempt(() => dgram.createSocket({ type: 'udp4', signal: 1 } as never)));
  },

  'what a socket says that nobody has bound': (dgram, tell) => {
    const socket = dgram.createSocket('udp4');
    tell(attempt(() => socket.address()));
    tell(attempt(() => socket.remoteAddress()));
    tell(attempt(() => socket.disconnect()));
    tell(attempt(() => socket.setTTL(1)));
    tell(attempt(() => socket.setTTL('1' as never)));
    tell(attempt(() => socket.setBroadcast(true)));
    tell(attempt(() => socket.setMulticastInterface('nowhere')));
    tell(attempt(() => socket.getRecvBufferSize()));
    tell(attempt(() => socket.setSendBufferSize(-1)));
    tell(socket.getSendQueueSize(), socket.getSendQueueCount());
    tell(attempt(() => socket.addMembership('')));
    socket.close();
    tell(attempt(() => socket.close()));
    tell(attempt(() => socket.bind(0)));
  },

  'a datagram there and back': async (dgram, tell) => {
    const [server, client] = [await bound(dgram), await bound(dgram)];
    server.on('message', (data, from) => {
      tell(data.toString(), from.address, from.family, from.size, from.port === portOf(client));
      server.send([`${data}`, Buffer.from(' back')], from.port, from.address);
    });
    const heard = once(client, 'message');
    const sent = sending((done) => client.send('there', portOf(server), LOOPBACK, done));
    tell(String((await heard)[0]));
    tell('sent', await sent);
    client.send(Buffer.from('a part'), 2, 4, portOf(server), LOOPBACK);
    tell(String((await once(client, 'message'))[0]));
    for (const socket of [server, client]) await new Promise<void>((done) => socket.close(done));
  },

  'a connected socket': async (dgram, tell) => {
    const server = await bound(dgram);
    const client = dgram.createSocket('udp4');
    tell(attempt(() => client.connect(0)));
    client.connect(portOf(server), LOOPBACK);
    await once(client, 'connect');
    tell(attempt(() => client.connect(portOf(server))));
    tell(attempt(() => client.send('x', portOf(server), LOOPBACK)));
    tell(client.remoteAddress().address, client.remoteAddress().port === portOf(server));
    const heard = once(server, 'message');
    tell('sent', await sending((done) => client.send('connected', done)));
    tell(String((await heard)[0]));
    client.disconnect();
    tell(attempt(() => client.remoteAddress()));
    client.close();
    server.close();
    await once(server, 'close');
  },

  'an address that is taken, and one that is not here': async (dgram, tell) => {
    const first = await bound(dgram);
    const second = dgram.createSocket('udp4').bind(portOf(first), LOOPBACK);
    const [error] = await once(second, 'error');
    tell(error.code, error.syscall, error.address, error.port === portOf(first), error.errno);
    second.bind(0, LOOPBACK);
    await once(second, 'listening');
    const third = dgram.createSocket('udp4').bind(0, '192.0.2.1');
    tell(told((await once(third, 'error'))[0]));
    for (const socket of [first, second, third]) socket.close();
  },

  'names that are not found': async (dgram, tell) => {
    const lookup = ((_: string, __: number, done: (error: Error) => void) =>
      process.nextTick(
        done,
        Object.assign(new Error('not found'), { code: 'ENOTFOUND' }),
      )) as never;
    const socket = dgram.createSocket({ type: 'udp4', lookup }).bind(0, 'some.name');
    tell(told((await once(socket, 'error'))[0]));
    const sender = dgram.createSocket({ type: 'udp4', lookup });
    sender.on('error', (error) => tell('event', told(error)));
    sender.send('x', 1, 'other.name', () => tell('never'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.close();
    sender.close();
  },

  'what is blocked': async (dgram, tell) => {
    const list = new BlockList();
    list.addAddress(LOOPBACK);
    const server = await bound(dgram);
    const client = dgram.createSocket({ type: 'udp4', sendBlockList: list } as never);
    const told = async (call: (done: () => void) => void) => tell(await sending(call));
    await told((done) => client.send('x', portOf(server), LOOPBACK, done));
    await told((done) => client.connect(portOf(server), LOOPBACK, done));
    client.close();
    server.close();
  },

  'options of a socket that is bound': async (dgram, tell) => {
    const socket = await bound(dgram);
    tell(
      socket.setTTL(9),
      attempt(() => socket.setTTL(0)),
      attempt(() => socket.setTTL(256)),
    );
    tell(
      socket.setMulticastTTL(0),
      attempt(() => socket.setMulticastTTL(-1)),
    );
    tell(socket.setMulticastLoopback(false), socket.setBroadcast(true));
    tell(attempt(() => socket.setMulticastInterface('::1')));
    socket.setRecvBufferSize(10_000);
    tell(socket.getRecvBufferSize());
    tell(attempt(() => socket.addMembership('256.1.1.1')));
    tell(attempt(() => socket.dropMembership('224.0.0.114')));
    tell(attempt(() => socket.addSourceSpecificMembership(1 as never, '232.1.1.1')));
    socket.close();
  },

  'the end of a socket': async (dgram, tell) => {
    const controller = new AbortController();
    const socket = dgram.createSocket({ type: 'udp4', signal: controller.signal });
    socket.on('close', (...what) => tell('close', what));
    controller.abort();
    await once(socket, 'close');
    const early = dgram.createSocket('udp4');
    early.on('listening', () => tell('listening'));
    early.send('x', 9, LOOPBACK, (error, bytes) => tell('sent', error, bytes));
    early.close(() => tell('closed'));
    await once(early, 'close');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const disposed = await bound(dgram);
    await disposed[Symbol.asyncDispose]();
    await disposed[Symbol.asyncDispose]();
    tell(attempt(() => disposed.address()));
  },
};

same(
  t,
  Object.fromEntries(
    Object.entries(SCRIPTS).map(([name, script]) => [
      name,
      async (dgram: Dgram) => {
        const log: unknown[] = [];
        await script(dgram, (...what) => void log.push(what));
        return log;
      },
    ]),
  ),
);

// Over Wine node:dgram reaches nobody after this.
t.test('a socket that was disconnected sends to anybody, and hears anybody', async (t) => {
  const dgram = ours;
  const [server, other, client] = [await bound(dgram), await bound(dgram), await bound(dgram)];
  client.connect(portOf(server), LOOPBACK);
  await once(client, 'connect');
  client.disconnect();
  const heard = once(other, 'message');
  client.send('by address', portOf(other), LOOPBACK);
  t.equal(String((await heard)[0]), 'by address');
  const answer = once(client, 'message');
  other.send('answer', portOf(client), LOOPBACK);
  t.equal(String((await answer)[0]), 'answer');
  client.connect(portOf(other), LOOPBACK);
  await once(client, 'connect');
  t.equal(client.remoteAddress().port, portOf(other), 'and may be connected again');
  for (const socket of [server, other, client]) socket.close();
});
