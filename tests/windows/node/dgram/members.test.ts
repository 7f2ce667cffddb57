/** What there is of winsock/dgram, member by member, and what it refuses: as node:dgram does. */
import type nodeDgram from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import t from 'tap';
import { attempt, bound, closed, LOOPBACK, ours, portOf, same } from './support.ts';

const MEMBERS = [
  'addMembership',
  'addSourceSpecificMembership',
  'address',
  'bind',
  'bindSync',
  'close',
  'connect',
  'connectSync',
  'disconnect',
  'dropMembership',
  'dropSourceSpecificMembership',
  'getRecvBufferSize',
  'getSendBufferSize',
  'getSendQueueCount',
  'getSendQueueSize',
  'ref',
  'remoteAddress',
  'send',
  'setBroadcast',
  'setMulticastInterface',
  'setMulticastLoopback',
  'setMulticastTTL',
  'setRecvBufferSize',
  'setSendBufferSize',
  'setTTL',
  'unref',
  'type',
] as const;

const NOT_NUMBERS = [undefined, null, '5', true, Number.NaN, -2, 1.5, 300, 2 ** 40];
const NOT_TEXTS = [undefined, null, 5, '', 'nowhere', '256.0.0.1', '::1', '224.0.0.114'];

/** Calls with arguments that are wrong for most of them. */
function calls(socket: nodeDgram.Socket): [string, () => unknown][] {
  const numbers = (
    [
      'setTTL',
      'setMulticastTTL',
      'setRecvBufferSize',
      'setSendBufferSize',
      'setBroadcast',
      'setMulticastLoopback',
    ] as const
  ).flatMap((name) =>
    NOT_NUMBERS.map((value): [string, () => unknown] => [
      `${name} ${value}`,
      () => (socket[name] as (value: unknown) => unknown)(value),
    ]),
  );
  const texts = (['addMembership', 'dropMembership', 'setMulticastInterface'] as const).flatMap(
    (name) =>
      NOT_TEXTS.map((value): [string, () => unknown] => [
        `${name} ${value}`,
        () => socket[name](value as string),
      ]),
  );
  const others: [string, () => unknown][] = [
    ['membership by nobody', () => socket.addMembership('224.0.0.114', '192.0.2.1')],
    ['membership by nonsense', () => socket.addMembership('224.0.0.114', 'nowhere')],
    ['of a source', () => socket.addSourceSpecificMembership('10.0.0.1', 'nowhere')],
    ['of no source', () => socket.addSourceSpecificMembership('nowhere', '232.1.1.1')],
    ['of a number', () => socket.addSourceSpecificMembership('10.0.0.1', 5 as never)],
    ['source left', () => socket.dropSourceSpecificMembership('10.0.0.1', '232.1.1.1')],
    ['queue size', () => socket.getSendQueueSize()],
    ['queue count', () => socket.getSendQueueCount()],
    ['disconnect', () => socket.disconnect()],
    ['remoteAddress', () => socket.remoteAddress()],
    ['ref', () => socket.ref() === socket],
    ['unref', () => socket.unref() === socket],
  ];
  return [...numbers, ...texts, ...others];
}

same(t, {
  'the exports': (dgram) =>
    ['createSocket', 'Socket'].map((name) => [name, typeof Reflect.get(dgram, name)]),
  'the members of a socket': (dgram) => {
    const socket = dgram.createSocket('udp4');
    const kinds = MEMBERS.map((name) => {
      const value = Reflect.get(socket, name) as unknown;
      return [name, typeof value === 'function' ? 'function' : value];
    });
    const Own = dgram.Socket as unknown as new (type: string) => nodeDgram.Socket;
    socket.close();
    return [kinds, socket instanceof EventEmitter, Reflect.get(new Own('udp6'), 'type')];
  },
  'calls of a socket that nobody has bound': (dgram) =>
    calls(dgram.createSocket('udp4'))
      // What node:dgram binds for, ours does too: see the next.
      .filter(([name]) => !name.includes('embership') && !name.includes('source'))
      .map(([name, call]) => [name, attempt(call)]),
  'calls of a socket that is bound': async (dgram) => {
    const socket = await bound(dgram);
    const results = calls(socket).map(([name, call]) => [name, attempt(call)]);
    await closed(socket);
    return results;
  },
  'calls of a socket of IPv6': async (dgram) => {
    const socket = dgram.createSocket({ type: 'udp6', ipv6Only: true }).bind(0);
    await once(socket, 'listening');
    const { address, family } = socket.address();
    const results = calls(socket).map(([name, call]) => [name, attempt(call)]);
    await closed(socket);
    return [address, family, results];
  },
  'what send refuses': async (dgram, ports) => {
    const socket = await bound(dgram);
    const port = portOf(socket);
    ports.push(port);
    const wrong: unknown[][] = [
      [],
      ['x'],
      ['x', 0],
      ['x', -1, LOOPBACK],
      ['x', 65536, LOOPBACK],
      ['x', 1.5, LOOPBACK],
      ['x', 'http', LOOPBACK],
      ['x', null, LOOPBACK],
      [undefined, port, LOOPBACK],
      [null, port, LOOPBACK],
      [5, port, LOOPBACK],
      [{}, port, LOOPBACK],
      [['x', 5], port, LOOPBACK],
      ['x', port, 5],
      ['x', port, {}],
      ['x', port, true],
      ['abc', 4, 1, port, LOOPBACK],
      ['abc', 1, 5, port, LOOPBACK],
      ['abc', -1, 1, port, LOOPBACK],
      [['abc'], 0, 1, port, LOOPBACK],
    ];
    const results = wrong.map((args) => [args, attempt(() => socket.send(...(args as [string])))]);
    await closed(socket);
    return [...results, attempt(() => socket.send('x', port, LOOPBACK))];
  },
  'what connect refuses': async (dgram) => {
    const seen: unknown[] = [];
    const peers: unknown[][] = [[], [0], [65536], ['x'], [1, 5], [1, null], [1, {}]];
    for (const peer of peers) {
      const socket = dgram.createSocket('udp4').on('error', () => undefined);
      seen.push([peer, attempt(() => socket.connect(...(peer as [number])))]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      attempt(() => socket.close());
    }
    return seen;
  },
});

// node:dgram answers some of these with a TypeError of its own making.
t.test('a socket that is closed refuses everything', async (t) => {
  const socket = await bound(ours);
  await closed(socket);
  const answers = calls(socket).filter(([name]) => !/^(queue|ref|unref)/.test(name));
  for (const [name, call] of answers) t.throws(call, name);
  t.equal(socket.ref(), socket);
  t.equal(socket.getSendQueueCount(), 0);
});

// node:dgram binds another port.
t.test('a port that is none is refused', async (t) => {
  for (const port of [-1, 65536, 1.5, 'x']) {
    const socket = ours.createSocket('udp4');
    t.throws(() => socket.bind(port as number), { code: 'ERR_SOCKET_BAD_PORT' }, String(port));
    t.throws(() => socket.bind({ port: port as number }), { code: 'ERR_SOCKET_BAD_PORT' });
    socket.close();
  }
});

t.test('the class may be called without new', async (t) => {
  const { Socket } = ours as unknown as { Socket: (type: string) => nodeDgram.Socket };
  const socket = Socket('udp4');
  t.type(socket, ours.Socket);
  t.equal(socket.constructor, ours.Socket);
  await closed(socket);
});
