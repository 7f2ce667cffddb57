/** Connecting by winsock/net and by node:net, and failing to: the same values in the same order. */
import { once } from 'node:events';
import nodeNet from 'node:net';
import t from 'tap';
import { freePort, host, listening, log, SOCKET_EVENTS, same, told, wait } from './support.ts';

const close = (server: nodeNet.Server) => new Promise((resolve) => server.close(resolve));

/** Waits until it has told its `close`. */
async function gone(socket: nodeNet.Socket): Promise<void> {
  socket.resume();
  while (!socket.closed) await wait(2);
  await wait(20);
}

type Found = { address: string; family: number };

/** A lookup that notes how it was asked. */
const lookup =
  (seen: unknown[], found: (Found | string)[]) =>
  (name: string, options: { all?: boolean }, callback: (...told: unknown[]) => void) => {
    seen.push(['asked', name, { ...options }]);
    const all = found.map((one) =>
      typeof one === 'string' ? { address: one, family: nodeNet.isIP(one) } : one,
    );
    setImmediate(() =>
      options.all ? callback(null, all) : callback(null, all[0]!.address, all[0]!.family),
    );
  };

same(t, {
  'a write before the connection, and a listener of it that destroys': async (net) => {
    const seen: unknown[] = [];
    for (const isFirst of [false, true]) {
      const server = net.createServer();
      const port = await listening(server);
      const socket = net.connect(port, host);
      const destroy = () => socket.destroy();
      if (isFirst) socket.on('connect', destroy);
      socket.write('written', (error) => seen.push(['written', Boolean(error)]));
      if (!isFirst) socket.on('connect', destroy);
      const [accepted] = (await once(server, 'connection')) as [nodeNet.Socket];
      let text = '';
      accepted.on('data', (data) => {
        text += data;
      });
      await once(accepted, 'end');
      accepted.destroy();
      seen.push(isFirst, text);
      server.close();
      await once(server, 'close');
    }
    return seen;
  },
  'the order of events, and states in them': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.resume());
    const port = await listening(server);
    ports.push(port);
    const socket = net.connect({ port, host });
    const state = () => [
      socket.connecting,
      socket.pending,
      socket.readyState,
      socket.readable,
      socket.writable,
      socket.localAddress,
      socket.remoteAddress,
    ];
    seen.push(state());
    for (const event of ['connectionAttempt', 'connect', 'ready']) {
      socket.on(event, () => seen.push([event, state()]));
    }
    await once(socket, 'ready');
    socket.end();
    seen.push(state().slice(0, 5));
    await gone(socket);
    seen.push(state().slice(0, 6));
    await close(server);
    return seen;
  },
  'to a port that is 0': async (net) => {
    const seen: unknown[] = [];
    const socket = net.connect({ port: 0, host });
    log(seen, 'client', socket, SOCKET_EVENTS);
    await gone(socket);
    return seen;
  },
  'to addresses where nobody is': async (net, ports) => {
    const port = await freePort();
    ports.push(port);
    const seen: unknown[] = [];
    for (const to of ['::1', '127.0.0.1', 'localhost']) {
      const socket = net.connect({ port, host: to, family: to === 'localhost' ? 4 : 0 });
      log(seen, to, socket, SOCKET_EVENTS);
      // The error of the connection here, and a general one in node:net.
      socket.write('never', (error) => seen.push(['written', error instanceof Error]));
      socket.end((error?: Error) => seen.push(['ended', told(error)]));
      await gone(socket);
      seen.push([socket.destroyed, socket.readyState]);
    }
    return seen;
  },
  'to a name of several addresses where nobody is': async (net, ports) => {
    const port = await freePort();
    ports.push(port);
    const seen: unknown[] = [];
    const asked: unknown[] = [];
    const socket = net.connect({
      port,
      host: 'name.invalid',
      lookup: lookup(asked, ['127.0.0.1', '127.0.0.2']) as never,
    });
    log(seen, 'client', socket, ['lookup', 'connectionAttempt', 'error', 'close']);
    await gone(socket);
    return [asked, seen, socket.autoSelectFamilyAttemptedAddresses];
  },
  'how a lookup is asked': async (net, ports) => {
    const port = await freePort();
    ports.push(port);
    const seen: unknown[] = [];
    for (const options of [
      {},
      { family: 4 },
      { family: 6 },
      { autoSelectFamily: false },
      { autoSelectFamily: true },
      { hints: 0 },
      { localAddress: '127.0.0.1' },
    ]) {
      const found = [(options as { family?: number }).family === 6 ? '::1' : '127.0.0.1'];
      const ask = lookup(seen, found) as never;
      const socket = net.connect({ port, host: 'name.invalid', lookup: ask, ...options });
      log(seen, 'client', socket, ['lookup', 'connectionAttempt', 'error']);
      await gone(socket);
      seen.push(socket.autoSelectFamilyAttemptedAddresses);
    }
    return seen;
  },
  'lookups that fail, or find what is nothing': async (net) => {
    const seen: unknown[] = [];
    const lookups: ((...args: never[]) => void)[] = [
      (_: string, __: object, done: (...told: unknown[]) => void) =>
        setImmediate(done, new Error('later')),
      (_: string, __: object, done: (...told: unknown[]) => void) =>
        setImmediate(done, null, [{ address: '127.0.0.1', family: 7 }]),
    ];
    for (const one of lookups) {
      const socket = net.connect({ port: 1, host: 'name.invalid', lookup: one as never });
      log(seen, 'client', socket, ['error', 'close']);
      await gone(socket);
    }
    return seen;
  },
  'from a local address': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.end());
    const port = await listening(server);
    const localPort = await freePort();
    ports.push(port, localPort);
    const froms = [
      { localAddress: '127.0.0.1' },
      { localPort },
      { localAddress: '192.0.2.1' },
      { localAddress: '::1' },
      { localAddress: '127.0.0.1', localPort: port },
    ];
    for (const from of froms) {
      const socket = net.connect({ port, host, ...from });
      log(seen, JSON.stringify(from), socket, ['connect', 'error', 'close']);
      socket.on('connect', () =>
        seen.push([socket.localAddress, 'localPort' in from && socket.localPort]),
      );
      await gone(socket);
    }
    await close(server);
    return seen;
  },
  'connect when connected': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
    const port = await listening(server);
    ports.push(port);
    const twice = net.connect(port, host);
    await once(twice, 'connect');
    ports.push(twice.localPort!);
    log(seen, 'connected', twice, SOCKET_EVENTS);
    try {
      twice.connect(port, host, () => seen.push('connected twice'));
    } catch (error) {
      seen.push(['thrown', told(error)]);
    }
    await wait(50);
    seen.push([twice.connecting, twice.destroyed]);
    twice.destroy();
    await gone(twice);
    await close(server);
    return seen;
  },
  'destroyed while connecting': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
    const port = await listening(server);
    ports.push(port);
    const socket = net.connect(port, host);
    log(seen, 'client', socket, SOCKET_EVENTS);
    socket.write('x', (error) => seen.push(['written', told(error)]));
    socket.destroy();
    seen.push([socket.connecting, socket.pending, socket.readyState, socket.destroyed]);
    await gone(socket);
    const error = net.connect(port, host);
    log(seen, 'error', error, SOCKET_EVENTS);
    error.destroy(new Error('of mine'));
    await gone(error);
    const late = net.connect(port, 'localhost');
    log(seen, 'late', late, ['connect', 'close', 'error']);
    late.on('lookup', () => late.destroy());
    await gone(late);
    await close(server);
    return seen;
  },
  'a timeout while connecting': async (net, ports) => {
    const seen: unknown[] = [];
    const ask = (_: string, __: object, done: (...told: unknown[]) => void) =>
      setTimeout(() => done(new Error('late')), 100);
    const socket = net.connect({
      port: 1,
      host: 'name.invalid',
      timeout: 20,
      lookup: ask as never,
    });
    ports.push(1);
    log(seen, 'client', socket, ['timeout', 'error', 'close']);
    await gone(socket);
    return seen;
  },
  'reading before connecting, and connecting a turn later': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.end('hello'));
    const port = await listening(server);
    const ways: Record<string, (socket: nodeNet.Socket) => unknown> = {
      data: (socket) => socket.on('data', (data) => seen.push(String(data))),
      readable: (socket) =>
        socket.on('readable', () => {
          for (let data = socket.read(); data; data = socket.read()) seen.push(String(data));
        }),
      resume: (socket) => socket.resume(),
      read: (socket) => {
        socket.read();
        socket.on('data', (data) => seen.push(String(data)));
      },
      'data, after it was closed': async (socket) => {
        socket.destroy();
        await once(socket, 'close');
        socket.on('data', (data) => seen.push(String(data)));
      },
    };
    for (const [way, begin] of Object.entries(ways)) {
      const socket = new net.Socket();
      seen.push(way);
      await begin(socket);
      await wait(5);
      socket.connect(port, host);
      await once(socket, 'end');
      seen.push(socket.bytesRead);
      await once(socket, 'close');
    }
    await close(server);
    return seen;
  },
  'connect when connecting': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
    const port = await listening(server);
    ports.push(port);
    const socket = net.connect(port, host);
    log(seen, 'client', socket, ['connect', 'close']);
    socket.on('error', ({ message, code }: NodeJS.ErrnoException) => {
      // The built-in one has an address of its own by then.
      seen.push([code, message.replace(/ - Local .*/, '')]);
    });
    socket.connect(port, host, () => seen.push('connected'));
    await gone(socket);
    await close(server);
    return seen;
  },
  'ending before connecting, and connecting then': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.on('error', () => undefined).resume());
    const port = await listening(server);
    ports.push(port);
    const socket = new net.Socket();
    log(seen, 'client', socket, ['connect', 'finish', 'end', 'error', 'close']);
    socket.setTimeout(1000);
    socket.setNoDelay(true).setKeepAlive(true, 500);
    socket.setEncoding('utf8');
    socket.connect(port, host);
    socket.end('all at once');
    await gone(socket);
    seen.push(socket.timeout, socket.bytesWritten);
    await close(server);
    return seen;
  },
});
