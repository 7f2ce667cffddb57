/** What options of connections may be that is no address, port or family, over winsock/net and node:net. */
import dns from 'node:dns';
import { once } from 'node:events';
import type nodeNet from 'node:net';
import t from 'tap';
import {
  freePort,
  host,
  listening,
  log,
  ours,
  SOCKET_EVENTS,
  same,
  thrown,
  told,
  wait,
} from './support.ts';

type Lookup = (name: string, options: object, done: (...what: unknown[]) => void) => void;

/** What becomes of a call that connects. */
async function outcome(connect: () => nodeNet.Socket): Promise<unknown> {
  const seen: unknown[] = [];
  let socket: nodeNet.Socket;
  try {
    socket = connect();
  } catch (error) {
    return told(error);
  }
  log(seen, 'client', socket, SOCKET_EVENTS);
  const over = once(socket, 'close').catch(() => undefined);
  socket.on('connect', () => {
    seen.push(socket.remoteAddress, socket.localAddress);
    socket.destroy();
  });
  await Promise.race([over, wait(300)]);
  socket.destroy();
  await wait(20);
  return seen;
}

const lookup: Lookup = (_, options, done) =>
  setImmediate(() =>
    'all' in options ? done(null, [{ address: host, family: 4 }]) : done(null, host, 4),
  );

const named = { host: 'name.invalid', lookup };

/** Runs these over a server that ends what it accepts. */
async function each(
  net: typeof nodeNet,
  ports: number[],
  all: (port: number) => Promise<readonly object[]> | readonly object[],
): Promise<unknown> {
  const seen: unknown[] = [];
  const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
  const port = await listening(server);
  ports.push(port);
  for (const options of await all(port)) {
    seen.push(await outcome(() => net.connect({ port, ...options } as nodeNet.NetConnectOpts)));
    seen.push(
      await outcome(() =>
        new net.Socket().connect({ port, ...options } as nodeNet.SocketConnectOpts),
      ),
    );
  }
  server.close();
  await once(server, 'close');
  return seen;
}

same(t, {
  'local addresses and ports that are none': (net, ports) =>
    each(net, ports, () => [
      { host, localAddress: 5 },
      { host, localAddress: {} },
      { host, localAddress: true },
      { host, localAddress: '127.0.0.1\0' },
      { host, localAddress: 'a\0b' },
      { host, localAddress: '' },
      { host, localAddress: null },
      { host, localAddress: 0 },
      { host, localPort: 70000 },
      { host, localPort: 1.5 },
      { host, localPort: Number.POSITIVE_INFINITY },
      { host, localPort: Number.NaN },
      { host, localPort: null },
      { host, localPort: '' },
      { host, localPort: '80' },
      { host, localPort: {} },
      { host, localPort: true },
      { ...named, localPort: 70000 },
      { ...named, localAddress: '::1' },
      { host, localAddress: '::1', localPort: 70000 },
    ]),
  'hosts that are none': (net, ports) =>
    each(net, ports, () =>
      [
        { host: 'a\0b' },
        { host: '127.0.0.1\0' },
        { host: 0 },
        { host: false },
        { host: null, ...{ family: 4 } },
        { host: true },
        { host: {} },
        { host: ['127.0.0.1'] },
        { host: ' 127.0.0.1' },
        { host: 'no such host' },
      ].map((one) => ({ family: 4, ...one })),
    ),
  'families and hints that are none': (net, ports) =>
    each(net, ports, () =>
      [5, '4', 'IPv5', -1, true, {}, null, Number.NaN, 'IPv4', 4, 0].flatMap((family) => [
        { host, family },
        { host: 'localhost', family, autoSelectFamily: false, ...(family ? {} : { family: 4 }) },
        { ...named, family },
      ]),
    ),
  'hints that are none': (net, ports) =>
    each(net, ports, () =>
      ['x', -1, 5, {}, null, 0xffff, Number.NaN].flatMap((hints) => [
        { host, hints },
        { host: 'localhost', family: 4, hints },
        { ...named, hints },
      ]),
    ),
  'ports that are odd': (net, ports) =>
    each(net, ports, (port) => [
      { host, port: String(port) },
      { host, port: ` ${port} ` },
      { host, port: `0x${port.toString(16)}` },
      { host, port: `${port}.0` },
      { host, port: -0 },
      { host, port: '1e3x' },
      { host, port: [port] },
      { host, port: BigInt(port) },
      { host, port: new Number(port) },
    ]),
  'choices that are none': (net, ports) =>
    each(net, ports, () => [
      { host, autoSelectFamily: 'yes' },
      { host, autoSelectFamily: null },
      { host, autoSelectFamilyAttemptTimeout: null },
      { host, autoSelectFamilyAttemptTimeout: 1 },
      { host, autoSelectFamilyAttemptTimeout: 1.5 },
      { host, autoSelectFamilyAttemptTimeout: 2 ** 31 },
      { host, lookup: 5 },
      { host: 'localhost', lookup: 5 },
      { host: 'localhost', lookup: null, family: 4 },
      { host: 'localhost', lookup: 0, family: 4 },
      { host, keepAlive: 'x', noDelay: 'y', keepAliveInitialDelay: 5 },
      { host, allowHalfOpen: 'x', timeout: 0 },
      { host, timeout: 'x' },
      { host, timeout: -1 },
      { host, timeout: Number.POSITIVE_INFINITY },
      { host, onread: 5 },
      { host, onread: { buffer: 5, callback: 5 } },
      { host, onread: null },
      { host, signal: null },
      { host, signal: 5 },
      { host, encoding: 'hex', defaultEncoding: 'latin1' },
      { host, encoding: 'none' },
      { host, defaultEncoding: 'none' },
    ]),
  'lookups that answer with what is nothing': async (net, ports) => {
    const seen: unknown[] = [];
    const port = await freePort();
    ports.push(port);
    const answers = [
      [null, undefined],
      [null, null],
      [null, ''],
      [null, 'x', 4],
      [null, 5, 4],
      [null, host],
      [null, host, 7],
      [null, host, '4'],
      [new Error('mine'), host, 4],
      ['text'],
    ];
    for (const answer of answers) {
      const ask: Lookup = (_, __, done) => setImmediate(done, ...answer);
      const options = { port, host: 'name.invalid', lookup: ask as never };
      seen.push(await outcome(() => net.connect({ ...options, autoSelectFamily: false })));
    }
    const lists = [
      [{}],
      [{ address: 5, family: 4 }],
      [
        { address: 'x', family: 4 },
        { address: host, family: 4 },
      ],
      [{ address: host }],
      [{ address: host, family: 7 }],
      [
        { address: host, family: 4 },
        { address: host, family: 4 },
      ],
    ];
    for (const list of lists) {
      const ask: Lookup = (_, __, done) => setImmediate(done, null, list);
      seen.push(
        await outcome(() => net.connect({ port, host: 'name.invalid', lookup: ask as never })),
      );
    }
    return seen;
  },
  'new Socket of what is odd': (net) =>
    [
      null,
      undefined,
      'text',
      true,
      [],
      () => undefined,
      { encoding: 'hex' },
      { encoding: 'none' },
      { defaultEncoding: 'none' },
      { defaultEncoding: 'latin1' },
      { typeOfService: 5 },
      { typeOfService: 256 },
      { typeOfService: 'x' },
      { signal: null },
      { signal: 5 },
      { blockList: {} },
      { blockList: null },
      { highWaterMark: null },
      { highWaterMark: 'x' },
      { onread: {} },
      { allowHalfOpen: 5 },
    ].map((options) => {
      const seen: unknown[] = [thrown(() => new net.Socket(options as never))];
      try {
        const socket = new net.Socket(options as never);
        seen.push(
          socket.readableEncoding,
          socket.readable,
          socket.writable,
          socket.allowHalfOpen,
          socket.readableHighWaterMark,
          socket.writableHighWaterMark,
          (socket as unknown as { _writableState: { defaultEncoding: string } })._writableState
            .defaultEncoding,
        );
        socket.destroy();
      } catch {
        // Told above.
      }
      return seen;
    }),
  'text in an encoding that was chosen': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => {
      socket.setEncoding('latin1').on('data', (text) => seen.push(text));
      socket.end('\u00e9 back');
    });
    const port = await listening(server);
    for (const options of [{ encoding: 'hex' }, { defaultEncoding: 'latin1' }]) {
      const client = net.connect({ port, host, ...options } as nodeNet.NetConnectOpts);
      client.on('data', (data) => seen.push(typeof data, String(data)));
      client.end('\u00e9 there');
      await once(client, 'close');
    }
    server.close();
    await once(server, 'close');
    return seen;
  },
  'a type of service': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.resume());
    const port = await listening(server);
    type Served = nodeNet.Socket & {
      setTypeOfService(tos: unknown): unknown;
      getTypeOfService(): unknown;
    };
    const early = new net.Socket() as Served;
    const client = net.connect({
      port,
      host,
      typeOfService: 16,
    } as nodeNet.NetConnectOpts) as Served;
    seen.push(client.getTypeOfService());
    await once(client, 'connect');
    for (const socket of [early, client]) {
      seen.push(socket.getTypeOfService());
      for (const value of [
        8,
        0,
        255,
        256,
        -1,
        1.5,
        Number.NaN,
        '8',
        null,
        undefined,
        {},
        2 ** 40,
      ]) {
        seen.push(thrown(() => void socket.setTypeOfService(value)));
        if (socket === early) seen.push(socket.getTypeOfService());
      }
      socket.setTypeOfService(8);
    }
    client.destroy();
    seen.push(client.getTypeOfService());
    server.close();
    await once(server, 'close');
    return seen;
  },
  'times that are too long, or set of what is destroyed': async (net) => {
    const seen: unknown[] = [];
    const warned = ({ name, message }: Error) => seen.push([name, message]);
    process.on('warning', warned);
    const socket = new net.Socket();
    for (const time of [2 ** 32, 2 ** 31, 2 ** 31 - 1, 0.5, 0]) {
      seen.push(
        thrown(() => void socket.setTimeout(time)),
        String(socket.timeout),
      );
      await wait(20);
    }
    for (const time of ['x', -1, Number.NaN, null, undefined, 1n]) {
      seen.push(
        thrown(() => void socket.setTimeout(time as never)),
        String(socket.timeout),
      );
    }
    for (const callback of [5, null, {}]) {
      seen.push(
        thrown(() => void socket.setTimeout(1000, callback as never)),
        String(socket.timeout),
      );
      seen.push(
        thrown(() => void socket.setTimeout(0, callback as never)),
        String(socket.timeout),
      );
    }
    socket.setTimeout(500);
    socket.destroy();
    seen.push(
      thrown(() => void socket.setTimeout(-1)),
      String(socket.timeout),
    );
    seen.push(
      thrown(() => void socket.setTimeout(70)),
      String(socket.timeout),
    );
    await wait(20);
    process.off('warning', warned);
    return seen;
  },
  'a name to listen on whose first address is of a link': async (net) => {
    const seen: unknown[] = [];
    const { lookup: before } = dns;
    dns.lookup = ((name: string, options: object, done: (...what: unknown[]) => void) => {
      seen.push([name, options]);
      setImmediate(done, null, [
        { address: 'fe80::1', family: 6 },
        { address: host, family: 4 },
      ]);
    }) as never;
    const server = net.createServer().listen(0, 'name.invalid');
    await once(server, 'listening');
    dns.lookup = before;
    seen.push((server.address() as nodeNet.AddressInfo).address);
    server.close();
    await once(server, 'close');
    return seen;
  },
  'places to listen at that are odd': async (net, ports) => {
    const seen: unknown[] = [];
    const taken = net.createServer();
    const port = await listening(taken);
    ports.push(port);
    const places: unknown[][] = [
      [{ port: 0, host, backlog: 0 }],
      [{ port: 0, host, backlog: '5' }],
      [{ port: 0, host, backlog: 1.5 }],
      [{ port: 0, host, backlog: Number.NaN }],
      [0, host, -5],
      [0, -5],
      [0, 5],
      [0, '5'],
      [0, host, '5'],
      [{ port: 0, host: 5 }],
      [{ port: 0, host: true }],
      [{ port: 0, host: {} }],
      [{ port: 0, host: 'a\0b' }],
      [{ port: 0, host: '' }],
      [{ port: 0, host: null }],
      [{ port: '0', host }],
      [{ port: ' 0 ', host }],
      [{ port: null, host }],
      [{ port: undefined, host }],
      [{ port: 0, host, exclusive: 'x', ipv6Only: 'y' }],
      [{ port: 0, host, signal: null }],
      [{ port: 0, host, signal: 5 }],
      [{ port, host }],
      [null],
      [undefined],
      [false],
      [[]],
    ];
    for (const place of places) {
      const server = net.createServer();
      log(seen, 'server', server, ['listening', 'error', 'close']);
      seen.push(
        thrown(() => void server.listen(...(place as [number]))),
        server.listening,
      );
      await wait(30);
      const address = server.address() as nodeNet.AddressInfo | null;
      seen.push(address?.address, server.listening);
      server.close();
      await wait(10);
    }
    taken.close();
    await once(taken, 'close');
    return seen;
  },
});

t.test('a backlog that is none is refused, for which node:net ends the process', async (t) => {
  const { createServer } = ours;
  for (const backlog of [-5, 'x', {}, 2 ** 40]) {
    const server = createServer();
    server.listen({ port: 0, host, backlog: backlog as number });
    const [error] = (await once(server, 'error')) as [Error];
    t.match(error, { code: 'EINVAL', syscall: 'listen', address: host });
    t.equal(server.listening, false);
  }
});
