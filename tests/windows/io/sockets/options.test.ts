import t from 'tap';
import * as w from 'winsock';
import {
  CompletionPort,
  type Family,
  OverlappedSocket,
  type SettableOptionName,
  SOCKET_OPTIONS,
  type SocketOptionName,
  type SocketType,
  setKeepAlive,
  setOptions,
} from 'winsock/io';
import { isWine } from '../../support/native.ts';
import { closing, pair } from '../support.ts';

const LEVELS: Record<string, number> = {
  SO: w.SOL_SOCKET,
  TCP: w.IPPROTO_TCP,
  UDP: w.IPPROTO_UDP,
  IP: w.IPPROTO_IP,
  IPV6: w.IPPROTO_IPV6,
};

t.test('the numbers are those of the headers', async (t) => {
  const headers = w as unknown as Record<string, number>;
  for (const [name, [constant, level, option]] of Object.entries(SOCKET_OPTIONS)) {
    const [prefix = ''] = constant.split('_', 1);
    const expected = [LEVELS[prefix], headers[constant]! | 0];
    t.same([level, option | 0], expected, `${name}: ${constant}`);
  }
});

type Value = boolean | number | string | null;

/** The socket that knows an option, and values that differ from the usual. */
const VALUES: [
  family: Family,
  type: SocketType,
  values: Partial<Record<SettableOptionName, Value>>,
][] = [
  [
    'IPv4',
    'stream',
    {
      broadcast: true,
      conditionalAccept: true,
      debug: true,
      dontLinger: false,
      dontRoute: true,
      exclusiveAddressUse: true,
      keepAlive: true,
      linger: 5,
      outOfBandInline: true,
      pauseAccept: true,
      portScalability: true,
      randomizePort: true,
      receiveBuffer: 50_000,
      receiveTimeout: 1500,
      reuseUnicastPort: true,
      sendBuffer: 60_000,
      sendTimeout: 2500,
      congestionAlgorithm: 1,
      delayFinAck: true,
      expedited1122: true,
      failConnectOnIcmpError: true,
      fastOpen: true,
      keepAliveCount: 5,
      keepAliveIdle: 30,
      keepAliveInterval: 3,
      maxRetransmission: 20,
      maxRetransmissionMilliseconds: 20_000,
      noDelay: true,
      noSynRetries: true,
      noUrgent: true,
      timestamps: true,
      tos: 8,
      ttl: 33,
      userMtu: 1400,
    },
  ],
  [
    'IPv4',
    'datagram',
    {
      reuseAddress: true,
      reuseMulticastPort: true,
      checksumCoverage: true,
      noChecksum: true,
      receiveCoalesced: 10_000,
      sendSegment: 1200,
      dontFragment: true,
      mtuDiscover: w.IP_PMTUDISC_DO,
      multicastInterface: '127.0.0.1',
      multicastLoop: false,
      multicastTtl: 3,
      packetInfo: true,
      receiveBroadcast: false,
      receiveEcn: true,
      receiveErrors: true,
      receiveTos: true,
      receiveTtl: true,
      unicastInterface: 1,
    },
  ],
  [
    'IPv6',
    'datagram',
    {
      dontFragmentV6: true,
      hopLimitV6: 44,
      mtuDiscoverV6: w.IP_PMTUDISC_DO,
      multicastHopsV6: 7,
      multicastInterfaceV6: 1,
      multicastLoopV6: false,
      packetInfoV6: true,
      protectionLevelV6: 10,
      receiveEcnV6: true,
      receiveErrorsV6: true,
      receiveHopLimitV6: true,
      receiveTrafficClassV6: true,
      unicastInterfaceV6: 1,
      userMtuV6: 1400,
      v6Only: false,
    },
  ],
  ['IPv4', 'raw', { headerIncluded: true }],
  ['IPv6', 'raw', { checksumV6: 2, headerIncludedV6: true }],
];

const UNKNOWN = [w.WSAENOPROTOOPT, w.WSAEINVAL, w.WSAEOPNOTSUPP];
/** What every system takes and keeps. The others depend on its version, or on its settings. */
const EVERYWHERE = [
  'exclusiveAddressUse',
  'keepAlive',
  'linger',
  'noDelay',
  'outOfBandInline',
  'receiveBuffer',
  'sendBuffer',
  'ttl',
  'dontFragment',
  'multicastLoop',
  'multicastTtl',
  'packetInfo',
  'reuseAddress',
  'hopLimitV6',
  'multicastHopsV6',
  'multicastInterfaceV6',
  'multicastLoopV6',
  'packetInfoV6',
  'v6Only',
];
/** Wine takes these and forgets them. */
const FORGOTTEN = [
  'debug',
  'portScalability',
  'randomizePort',
  'reuseMulticastPort',
  'reuseUnicastPort',
];

t.test('every option is set and read', async (t) => {
  const port = closing(t, new CompletionPort());
  const tried = new Set<string>();
  let kept = 0;
  for (const [family, type, values] of VALUES) {
    for (const [key, value] of Object.entries(values)) {
      const name = key as SettableOptionName;
      tried.add(name);
      let socket: OverlappedSocket;
      try {
        const protocol = type === 'raw' ? { protocol: w.IPPROTO_RAW } : {};
        socket = closing(
          t,
          OverlappedSocket.create({ family, type, completionPort: port, ...protocol }),
        );
      } catch (error) {
        t.match(
          error,
          { code: /^WSAE(ACCES|PROTONOSUPPORT)$/ },
          'raw sockets are for administrators',
        );
        continue;
      }
      try {
        socket.setOption(name, value as never);
      } catch (error) {
        const constant = SOCKET_OPTIONS[name][0];
        t.match(error, { syscall: `setsockopt(${constant})` });
        const { errno } = error as { errno: number };
        t.ok(UNKNOWN.includes(errno) && !EVERYWHERE.includes(name), `${name} is unknown: ${errno}`);
        continue;
      }
      if (isWine() && FORGOTTEN.includes(name)) continue;
      let read: Value;
      try {
        read = socket.getOption(name);
      } catch (error) {
        t.notOk(isWine() || EVERYWHERE.includes(name), `${name} is not told: ${error}`);
        continue;
      }
      if (read !== value && !isWine() && !EVERYWHERE.includes(name)) {
        t.pass(name, { skip: `the system makes ${read} of ${value}` });
        continue;
      }
      t.equal(read, value, name);
      // What C sees.
      const bytes = new Uint8Array(4);
      const [, level, option, kind] = SOCKET_OPTIONS[name];
      const length = w.ref(w.int, 4);
      w.getsockopt.orThrow(socket.handle as w.SOCKET, level, option, bytes, length);
      const view = new DataView(bytes.buffer);
      if (kind === 'flag') t.equal(view.getInt32(0, true) !== 0, value, `${name} in C`);
      if (kind === 'number') t.equal(view.getInt32(0, true), value, `${name} in C`);
      kept++;
    }
  }
  const settable = Object.entries(SOCKET_OPTIONS)
    .filter(([, { 4: only }]) => only === undefined)
    .map(([name]) => name);
  t.same([...tried].sort(), settable.sort(), 'all that can be set');
  t.ok(kept >= EVERYWHERE.length, `${kept} options are known here`);
});

t.test('options that only tell', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  t.ok(client.getOption('connectTime') >= 0);
  t.equal(client.getOption('type'), w.SOCK_STREAM);
  t.equal(client.getOption('error'), 0);
  t.equal(client.getOption('acceptsConnections'), false);
  const idle = closing(t, OverlappedSocket.create({ completionPort: port }));
  t.equal(idle.getOption('connectTime'), -1);
  const listening = OverlappedSocket.create({ completionPort: port }).bind({
    address: '127.0.0.1',
    port: 0,
  });
  t.equal(closing(t, listening).listen().getOption('acceptsConnections'), true);
  const datagrams = closing(t, OverlappedSocket.create({ type: 'datagram', completionPort: port }));
  t.ok(datagrams.getOption('maxMessageSize') >= 65_507);
  client.close();
  server.close();
});

t.test('an interface by address or index', async (t) => {
  const port = closing(t, new CompletionPort());
  const socket = closing(t, OverlappedSocket.create({ type: 'datagram', completionPort: port }));
  t.equal(socket.getOption('multicastInterface'), 0);
  socket.setOption('multicastInterface', '127.0.0.1');
  t.equal(socket.getOption('multicastInterface'), '127.0.0.1');
  socket.setOption('multicastInterface', 0);
  t.equal(socket.getOption('multicastInterface'), 0);
});

t.test('values that are none are refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const socket = closing(t, OverlappedSocket.create({ completionPort: port }));
  const wrong: [SocketOptionName, unknown, typeof TypeError | typeof RangeError][] = [
    ['noDelay', 1, TypeError],
    ['noDelay', undefined, TypeError],
    ['receiveBuffer', '1000', TypeError],
    ['receiveBuffer', 0.5, RangeError],
    ['receiveBuffer', Number.NaN, RangeError],
    ['receiveBuffer', 2 ** 32, RangeError],
    ['linger', 70_000, RangeError],
    ['linger', true, TypeError],
    ['multicastInterface', true, TypeError],
    ['multicastInterface', -1, RangeError],
    ['unicastInterface', {}, TypeError],
    ['unicastInterface', '', TypeError],
    ['unicastInterface', 2 ** 24, RangeError],
    ['nothing' as never, 1, TypeError],
    ['toString' as never, 1, TypeError],
  ];
  for (const [name, value, kind] of wrong) {
    t.throws(() => socket.setOption(name as never, value as never), kind, `${name}: ${value}`);
  }
  t.throws(() => socket.getOption('nothing' as never), /no socket option "nothing"/);
  t.throws(() => setOptions(socket.handle, { keepAlive: 'yes' } as never), TypeError);
  t.throws(() => setKeepAlive(socket.handle, true, -1, 1000), RangeError);
  setOptions(socket.handle, { keepAlive: true, noDelay: undefined } as never);
  t.equal(socket.getOption('keepAlive'), true);
  t.equal(socket.getOption('noDelay'), false);
});
