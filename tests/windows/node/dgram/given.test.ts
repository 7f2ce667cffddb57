/** Arguments and states that are no usual ones, over winsock/dgram and node:dgram: the same values in the same order. */
import type nodeDgram from 'node:dgram';
import { once } from 'node:events';
import t from 'tap';
import {
  attempt,
  bound,
  closed,
  type Dgram,
  LOOPBACK,
  log,
  ours,
  portOf,
  same,
  told,
  wait,
} from './support.ts';

const EVENTS = ['listening', 'connect', 'error', 'close'] as const;

/** What the types of Node.js do not have. */
type Socket = nodeDgram.Socket & {
  sendto(data: string, offset: number, length: number, port: number, address: string): void;
};

type Answer = readonly unknown[];

type Lookup = (name: string, family: number, found: (...what: unknown[]) => void) => void;

/** A lookup that answers with something, right away or later. */
const answering = (answer: Answer, now = false) =>
  ((_: string, __: number, found: (...what: unknown[]) => void) =>
    now ? found(...answer) : setImmediate(found, ...answer)) as never;

/** Text is made of it. */
const LISTED: Answer = [null, [LOOPBACK]];

const TEXTS: readonly Answer[] = [
  [null, LOOPBACK],
  [undefined, LOOPBACK, 4],
  [null, ''],
  [null, 'nowhere'],
  [null, '::1'],
  ['an error that is text'],
];

/** What node:dgram ends the process for when it is to send there. */
const NO_TEXTS: readonly Answer[] = [
  [null],
  [null, null],
  [null, 5],
  [null, [{ address: LOOPBACK, family: 4 }]],
  [null, [null]],
];

/** One that finds the loopback first, and answers with something else then. */
function changing(answer: Answer): never {
  let asked = 0;
  return ((...args: Parameters<Lookup>) =>
    (answering(asked++ === 0 ? [null, LOOPBACK] : answer) as Lookup)(...args)) as never;
}

async function close(...sockets: nodeDgram.Socket[]): Promise<void> {
  for (const socket of sockets) {
    try {
      // One whose lookup has thrown waits for ever.
      await Promise.race([closed(socket), wait(50)]);
    } catch {
      // Closed by what was tried.
    }
  }
}

/** What a callback is told, or nothing within a while. */
const within = (call: (done: (...what: unknown[]) => void) => void) =>
  Promise.race([
    new Promise((resolve) => call((...what) => resolve(what.map(told)))),
    wait(80, 'nobody was told'),
  ]);

const make = (dgram: Dgram, lookup?: unknown, type = 'udp4') =>
  dgram.createSocket({ type, ...(lookup ? { lookup } : {}) } as nodeDgram.SocketOptions);

same(t, {
  'bind to what is no address': async (dgram) => {
    const seen: unknown[] = [];
    for (const address of [
      5,
      true,
      {},
      [],
      Symbol.iterator,
      null,
      0,
      false,
      '',
      LOOPBACK,
      'a\0b',
      '127.0.0.1\0',
    ]) {
      for (const args of [[0, address], [{ port: 0, address }]]) {
        const socket = make(dgram);
        log(seen, 'socket', socket, ['error', 'listening']);
        seen.push(attempt(() => socket.bind(...(args as [number])) === socket));
        await wait(30);
        seen.push(attempt(() => socket.address().address));
        seen.push(attempt(() => socket.bind(0) === socket));
        await close(socket);
      }
    }
    return seen;
  },
  'bind by a lookup of the program': async (dgram) => {
    const seen: unknown[] = [];
    for (const answer of [...TEXTS, ...NO_TEXTS, LISTED]) {
      const socket = make(dgram, answering(answer));
      log(seen, String(answer), socket, EVENTS);
      socket.bind(0, 'name.invalid');
      await wait(30);
      seen.push(attempt(() => socket.address().address));
      await close(socket);
    }
    return seen;
  },
  'send and connect by a lookup of the program': async (dgram, ports) => {
    const seen: unknown[] = [];
    const server = await bound(dgram);
    const port = portOf(server);
    ports.push(port);
    server.on('message', (data) => seen.push(['came', data.toString()]));
    for (const answer of [...TEXTS, ...NO_TEXTS, LISTED]) {
      const socket = make(dgram, changing(answer)).bind(0, LOOPBACK);
      await once(socket, 'listening');
      log(seen, String(answer), socket, EVENTS);
      if (TEXTS.includes(answer)) {
        seen.push(await within((done) => socket.send('x', port, 'name.invalid', done)));
        socket.send('y', port, 'name.invalid');
        await wait(20);
      }
      seen.push(await within((done) => socket.connect(port, 'name.invalid', done)));
      seen.push(attempt(() => socket.remoteAddress().address));
      await close(socket);
    }
    await close(server);
    return seen;
  },
  'lookups that answer at once, and that throw': async (dgram) => {
    const seen: unknown[] = [];
    const throwing = (() => {
      throw new Error('of the lookup');
    }) as never;
    for (const lookup of [answering([null, LOOPBACK], true), throwing]) {
      const socket = make(dgram, lookup);
      log(seen, 'socket', socket, EVENTS);
      seen.push(attempt(() => socket.bind(0, 'name.invalid') === socket));
      seen.push(attempt(() => socket.address().address));
      seen.push(attempt(() => socket.send('x', 9, 'name.invalid')));
      seen.push(attempt(() => socket.connect(9, 'name.invalid')));
      await wait(20);
      await close(socket);
    }
    return seen;
  },
  'addresses of the other family': async (dgram) => {
    const seen: unknown[] = [];
    for (const [type, own, other] of [
      ['udp4', LOOPBACK, '::1'],
      ['udp6', '::1', LOOPBACK],
    ] as const) {
      const socket = make(dgram, undefined, type);
      socket.bind(0, own);
      await once(socket, 'listening');
      log(seen, type, socket, EVENTS);
      seen.push(await within((done) => socket.send('x', 9, other, done)));
      socket.send('x', 9, other);
      seen.push(await within((done) => socket.connect(9, other, done)));
      seen.push(attempt(() => socket.setMulticastInterface(other)));
      seen.push(attempt(() => socket.setMulticastInterface(own)));
      seen.push(attempt(() => socket.addMembership(type === 'udp4' ? 'ff02::114' : '224.0.0.114')));
      seen.push(attempt(() => socket.addSourceSpecificMembership(other, '232.1.1.1')));
      await wait(20);
      await close(socket);
      const early = make(dgram, undefined, type);
      log(seen, `early ${type}`, early, EVENTS);
      seen.push(attempt(() => early.setMulticastInterface(other)));
      early.bind(0, other);
      await wait(30);
      seen.push(attempt(() => early.address()));
      await close(early);
      const sync = make(dgram, undefined, type);
      seen.push(attempt(() => sync.bindSync({ address: other })));
      seen.push(attempt(() => sync.address()));
      seen.push(attempt(() => sync.connectSync(9, other)));
      await wait(20);
      await close(sync);
    }
    return seen;
  },
  'groups, interfaces and addresses that are none': async (dgram) => {
    const seen: unknown[] = [];
    const group = '224.0.0.114';
    const source = '10.0.0.1';
    for (const value of [
      5,
      true,
      {},
      [],
      null,
      undefined,
      '',
      0,
      'a\0b',
      'nowhere',
      LOOPBACK,
      '::1',
    ]) {
      const socket = (await bound(dgram)) as Socket;
      log(seen, 'socket', socket, ['error']);
      const text = value as string;
      const made: Socket[] = [socket];
      const make = () => {
        const one = dgram.createSocket('udp4') as Socket;
        made.push(one);
        return one;
      };
      const calls: (() => unknown)[] = [
        () => socket.addMembership(text),
        () => socket.addMembership(group, text),
        () => socket.dropMembership(text),
        () => socket.dropMembership(group, text),
        () => socket.addSourceSpecificMembership(text, group),
        () => socket.addSourceSpecificMembership(source, text),
        () => socket.dropSourceSpecificMembership(source, group, text),
        () => socket.setMulticastInterface(text),
        () => socket.sendto('x', 0, 1, 9, text),
        () => make().bindSync({ port: 0, address: text }).address,
        () => make().connectSync(9, text),
        () => make().bindSync(value as never).address,
      ];
      for (const call of calls) seen.push(attempt(call));
      if (value !== 'nowhere') {
        seen.push(await within((done) => socket.send('x', 9, text, done as never)).catch(told));
        seen.push(await within((done) => socket.connect(9, text, done as never)).catch(told));
      }
      await close(...made);
    }
    return seen;
  },
  'ports that are none': async (dgram) => {
    const seen: unknown[] = [];
    for (const value of [
      -1,
      0,
      65536,
      1.5,
      '9',
      ' 9 ',
      '',
      null,
      undefined,
      true,
      {},
      [9],
      Number.NaN,
      '0x9',
      '9x',
    ]) {
      const socket = (await bound(dgram)) as Socket;
      log(seen, 'socket', socket, ['error']);
      const port = value as number;
      const made: Socket[] = [socket];
      const make = () => {
        const one = dgram.createSocket('udp4') as Socket;
        made.push(one);
        return one;
      };
      const calls: (() => unknown)[] = [
        () => socket.send('x', port, LOOPBACK),
        () => socket.send('x', 0, 1, port, LOOPBACK),
        () => socket.sendto('x', 0, 1, port, LOOPBACK),
        () => (Number(value) === 9 ? 9 : make().bindSync({ port }).address),
        () => make().connectSync(port, LOOPBACK),
        () => socket.connect(port, LOOPBACK),
      ];
      for (const call of calls) seen.push(attempt(call));
      await wait(20);
      await close(...made);
    }
    return seen;
  },
  'a send without an address that fails': async (dgram) => {
    const socket = await bound(dgram);
    const long = Buffer.alloc(70_000);
    const seen = [
      await within((done) => socket.send(long, 9, done)),
      await within((done) => socket.send(long, 9, '', done)),
    ];
    socket.connect(9, LOOPBACK);
    await once(socket, 'connect');
    seen.push(await within((done) => socket.send(long, done)));
    await close(socket);
    return seen;
  },
  'a socket that could not be bound': async (dgram, ports) => {
    const seen: unknown[] = [];
    const first = await bound(dgram);
    ports.push(portOf(first));
    for (const [port, address] of [
      [portOf(first), LOOPBACK],
      [0, '192.0.2.1'],
    ] as const) {
      const socket = make(dgram);
      log(seen, 'socket', socket, EVENTS);
      socket.bind(port, address);
      await once(socket, 'error');
      const calls: (() => unknown)[] = [
        () => socket.address(),
        () => socket.remoteAddress(),
        () => socket.setTTL(5),
        () => socket.setBroadcast(true),
        () => socket.setMulticastTTL(5),
        () => socket.setMulticastLoopback(true),
        () => socket.setMulticastInterface(LOOPBACK),
        () => socket.getRecvBufferSize() > 0,
        () => socket.setSendBufferSize(5000),
      ];
      for (const call of calls) seen.push(attempt(call));
      seen.push(attempt(() => socket.address()));
      await close(socket);
    }
    await close(first);
    return seen;
  },
  'nobody at the port': async (dgram, ports) => {
    const seen: unknown[] = [];
    const gone = await bound(dgram);
    const port = portOf(gone);
    ports.push(port);
    await close(gone);
    const socket = make(dgram);
    log(seen, 'socket', socket, [...EVENTS, 'message']);
    socket.bind(0, LOOPBACK);
    await once(socket, 'listening');
    seen.push(await within((done) => socket.send('one', port, LOOPBACK, done)));
    await wait(40);
    seen.push(await within((done) => socket.connect(port, LOOPBACK, done)));
    for (const text of ['two', 'three', 'four']) {
      seen.push(await within((done) => socket.send(text, done)));
      socket.send(text);
      await wait(40);
    }
    await close(socket);
    return seen;
  },
});

t.test('what a lookup finds in place of text cannot be sent to', async (t) => {
  for (const answer of NO_TEXTS) {
    const socket = make(ours, changing(answer)).bind(0, LOOPBACK);
    await once(socket, 'listening');
    const [error] = (await within((done) => socket.send('x', 9, 'name.invalid', done))) as [
      NodeJS.ErrnoException,
    ];
    t.equal(error.code, 'EINVAL');
    await close(socket);
  }
});
