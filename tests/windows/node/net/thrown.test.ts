/** Callbacks and listeners that throw, over winsock/net, winsock/dgram and Node's own: uncaught in the same way. */
import nodeDgram from 'node:dgram';
import { once } from 'node:events';
import nodeNet from 'node:net';
import t from 'tap';
import winsockDgram from 'winsock/dgram';
import { compare } from '../support.ts';
import { host, listening, ours, wait } from './support.ts';

interface Modules {
  net: typeof nodeNet;
  dgram: typeof nodeDgram;
}

const MODULES = {
  ours: { net: ours, dgram: winsockDgram as unknown as typeof nodeDgram },
  nodes: { net: nodeNet, dgram: nodeDgram },
};

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/** What is thrown by this, as the process is told. */
async function uncaught(run: (fail: (name: string) => never) => unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  const kept = EVENTS.map(
    (event) => [event, (process as NodeJS.EventEmitter).listeners(event)] as const,
  );
  for (const event of EVENTS) process.removeAllListeners(event);
  process.on('uncaughtException', (error, origin) => seen.push([origin, error.message]));
  process.on('unhandledRejection', (error) => seen.push(['rejection', String(error)]));
  try {
    await run((name) => {
      throw new Error(name);
    });
    // The first connection of all takes longer.
    for (let turn = 0; turn < 30 && seen.length === 0; turn++) await wait(10);
    await wait(40);
  } catch (error) {
    seen.push(['thrown', (error as Error).message]);
  } finally {
    for (const [event, listeners] of kept) {
      process.removeAllListeners(event);
      for (const one of listeners) (process as NodeJS.EventEmitter).on(event, one as never);
    }
  }
  return seen;
}

/** A module that notes how what it makes is ended. */
function noting(net: typeof nodeNet, made: (() => void)[]): typeof nodeNet {
  const noted =
    <Args extends unknown[], Made>(make: (...args: Args) => Made, end: (one: Made) => void) =>
    (...args: Args) => {
      const one = make(...args);
      made.push(() => end(one));
      return one;
    };
  const connect = noted(net.connect as () => nodeNet.Socket, (socket) => socket.destroy());
  const createServer = noted(net.createServer, (server) => server.close());
  return { ...net, connect: connect as never, createServer: createServer as never };
}

type Fail = (name: string) => never;
type Way = (modules: Modules, fail: Fail, port: number) => unknown;

/** Each with the port of a server that says something and ends. */
const OF_CONNECTIONS: Record<string, Way> = {
  'connect listener': ({ net }, fail, port) => net.connect(port, host, () => fail('connect')),
  'ready listener': ({ net }, fail, port) =>
    net.connect(port, host).on('ready', () => fail('ready')),
  'lookup listener': ({ net }, fail, port) =>
    net.connect({ port, host: 'localhost', family: 4 }).on('lookup', () => fail('lookup')),
  'attempt listener': ({ net }, fail, port) =>
    net.connect(port, host).on('connectionAttempt', () => fail('attempt')),
  'data listener': ({ net }, fail, port) => net.connect(port, host).on('data', () => fail('data')),
  'readable listener': ({ net }, fail, port) =>
    net.connect(port, host).on('readable', () => fail('readable')),
  'end listener': ({ net }, fail, port) =>
    net
      .connect(port, host)
      .on('end', () => fail('end'))
      .resume(),
  'close listener': ({ net }, fail, port) =>
    net
      .connect(port, host)
      .on('close', () => fail('close'))
      .resume(),
  'close listener, destroyed': ({ net }, fail, port) => {
    const socket = net.connect(port, host, () => socket.destroy());
    socket.on('close', () => fail('close'));
  },
  'close listener, destroyed before': ({ net }, fail, port) =>
    net
      .connect(port, host)
      .on('close', () => fail('close'))
      .destroy(),
  'close listener, never connected': ({ net }, fail) =>
    new net.Socket().on('close', () => fail('close')).destroy(),
  'error listener': ({ net }, fail) => net.connect(1, host).on('error', () => fail('error')),
  'no error listener': ({ net }) => net.connect(1, host),
  'error listener, destroyed with one': ({ net }, fail, port) => {
    const socket = net.connect(port, host, () => socket.destroy(new Error('mine')));
    socket.on('error', () => fail('error'));
  },
  'error of several': ({ net }) =>
    net.connect({
      port: 1,
      host: 'name.invalid',
      lookup: ((_: string, __: object, done: (...what: unknown[]) => void) =>
        setImmediate(done, null, [
          { address: host, family: 4 },
          { address: '127.0.0.2', family: 4 },
        ])) as never,
    }),
  'attempt failed listener': ({ net }, fail) =>
    net
      .connect(1, host)
      .on('connectionAttemptFailed', () => fail('attempt'))
      .on('error', () => undefined),
  'write callback': ({ net }, fail, port) => {
    const socket = net.connect(port, host, () => socket.write('x', () => fail('write')));
  },
  'write callback, before connecting': ({ net }, fail, port) =>
    net.connect(port, host).write('x', () => fail('write')),
  'write callbacks, corked before connecting': ({ net }, fail, port) => {
    const socket = net.connect(port, host);
    socket.cork();
    socket.write('x', () => fail('first'));
    socket.write('y', () => fail('second'));
    socket.uncork();
  },
  'write callbacks, one after another before connecting': ({ net }, fail, port) => {
    const socket = net.connect(port, host);
    socket.write('x', () => fail('first'));
    socket.write('y', () => fail('second'));
    socket.write('z', () => fail('third'));
  },
  'write callback, destroyed before connecting': ({ net }, fail, port) => {
    const socket = net.connect(port, host);
    socket.write('x', () => fail('write'));
    socket.destroy();
  },
  'write callback, refused': ({ net }, fail) => {
    const socket = net.connect(1, host).on('error', () => undefined);
    socket.write('x', () => fail('write'));
  },
  'write callback, of much': ({ net }, fail, port) => {
    const socket = net.connect(port, host, () =>
      socket.write(Buffer.alloc(3_000_000), () => fail('write')),
    );
    socket.on('error', () => undefined);
  },
  'write callback, after end': ({ net }, fail, port) => {
    const socket = net.connect(port, host, () => {
      socket.end();
      socket.write('x', () => fail('write'));
    });
    socket.on('error', () => undefined);
  },
  'write callback, after destroy': ({ net }, fail, port) => {
    const socket = net.connect(port, host, () => {
      socket.destroy();
      socket.write('x', () => fail('write'));
    });
  },
  'drain listener': ({ net }, fail, port) => {
    const socket = net.connect(port, host, () => socket.write(Buffer.alloc(100_000)));
    socket.on('drain', () => fail('drain')).on('error', () => undefined);
  },
  'end callback': ({ net }, fail, port) => {
    const socket = net.connect(port, host, () => socket.end('x', () => fail('end')));
  },
  'end callback, before connecting': ({ net }, fail, port) =>
    net.connect(port, host).end('x', () => fail('end')),
  'end callback without data, before connecting': ({ net }, fail, port) =>
    net.connect(port, host).end(() => fail('end')),
  'end callback, never connected': ({ net }, fail) => new net.Socket().end(() => fail('end')),
  'end callback, refused': ({ net }, fail) =>
    net
      .connect(1, host)
      .on('error', () => undefined)
      .end(() => fail('end')),
  'finish listener': ({ net }, fail, port) =>
    net
      .connect(port, host)
      .on('finish', () => fail('finish'))
      .end(),
  'timeout listener': ({ net }, fail, port) => {
    const socket = net.connect(port, host);
    socket.setTimeout(1, () => fail('timeout'));
  },
  'onread callback': ({ net }, fail, port) =>
    net.connect({
      port,
      host,
      onread: { buffer: Buffer.alloc(9), callback: () => fail('onread') },
    }),
  'onread buffer': ({ net }, fail, port) => {
    let asked = 0;
    const buffer = () => (asked++ === 0 ? Buffer.alloc(9) : fail('buffer'));
    return net.connect({ port, host, onread: { buffer, callback: () => true } });
  },
  lookup: ({ net }, fail, port) =>
    net.connect({ port, host: 'name.invalid', lookup: () => fail('lookup') }),
  'abort listener': ({ net }, fail, port) => {
    const controller = new AbortController();
    const socket = net.connect({ port, host, signal: controller.signal });
    socket.on('error', () => fail('error'));
    controller.abort();
  },
  reset: ({ net }, fail, port) => {
    const socket = net.connect(port, host, () => socket.resetAndDestroy());
    socket.on('close', () => fail('close'));
  },
  'listening listener': ({ net }, fail) => {
    const server = net.createServer().listen(0, host, () => {
      server.close();
      fail('listening');
    });
  },
  'listening listener of a name': ({ net }, fail) => {
    const server = net.createServer().listen(0, 'localhost', () => {
      server.close();
      fail('listening');
    });
  },
  'error listener of a server': ({ net }, fail, port) =>
    net
      .createServer()
      .on('error', () => fail('error'))
      .listen(port, host),
  'no error listener of a server': ({ net }, _, port) => net.createServer().listen({ port, host }),
  'close listener of a server': ({ net }, fail) => {
    const server = net.createServer().listen(0, host, () => server.close(() => fail('close')));
  },
  'close callback of a server that does not listen': ({ net }, fail) =>
    net.createServer().close(() => fail('close')),
  getConnections: ({ net }, fail) => net.createServer().getConnections(() => fail('count')),
  'connection listener': async ({ net }, fail) => {
    const server = net.createServer((socket) => {
      socket.destroy();
      fail('connection');
    });
    const client = net
      .connect(await listening(server), host)
      .on('error', () => undefined)
      .resume();
    await once(client, 'close');
    server.close();
  },
  'drop listener': async ({ net }, fail) => {
    const server = net.createServer().on('drop', () => fail('drop'));
    server.maxConnections = 0;
    // In node:net it is not closed then.
    net.connect(await listening(server), host).on('error', () => undefined);
  },
  'close listener of a server that listens anew': async ({ net }, fail) => {
    const server = net.createServer();
    await listening(server);
    server.close(() => fail('close')).listen(0, host);
  },
  'bind callback': ({ dgram }, fail) => {
    const socket = dgram.createSocket('udp4').bind(0, host, () => {
      socket.close();
      fail('bind');
    });
  },
  'listening listener of a bind by name': ({ dgram }, fail) => {
    const socket = dgram.createSocket('udp4').bind(0, 'localhost', () => {
      socket.close();
      fail('bind');
    });
  },
  'error listener of a bind': ({ dgram }, fail) =>
    dgram
      .createSocket('udp4')
      .bind(0, '192.0.2.1')
      .on('error', () => fail('error')),
  'no error listener of a bind': ({ dgram }) => dgram.createSocket('udp4').bind(0, '192.0.2.1'),
  'send callback': ({ dgram }, fail) => {
    const socket = dgram.createSocket('udp4');
    socket.send('x', 9, host, () => {
      socket.close();
      fail('send');
    });
  },
  'send callback, of what is too long': ({ dgram }, fail) => {
    const socket = dgram.createSocket('udp4');
    socket.send(Buffer.alloc(70_000), 9, host, () => {
      socket.close();
      fail('send');
    });
  },
  'send callback, of a name': ({ dgram }, fail) => {
    const socket = dgram.createSocket('udp4');
    socket.send('x', 9, 'localhost', () => {
      socket.close();
      fail('send');
    });
  },
  'connect callback of datagrams': ({ dgram }, fail) => {
    const socket = dgram.createSocket('udp4');
    socket.connect(9, host, () => {
      socket.close();
      fail('connect');
    });
  },
  'connect callback of datagrams, failed': ({ dgram }, fail) => {
    const socket = dgram.createSocket('udp4');
    socket.connect(9, '::1', () => {
      socket.close();
      fail('connect');
    });
  },
  'close callback of datagrams': ({ dgram }, fail) =>
    dgram.createSocket('udp4').bind(0, host, function (this: nodeDgram.Socket) {
      this.close(() => fail('close'));
    }),
  'message listener': ({ dgram }, fail) => {
    const socket = dgram.createSocket('udp4').bind(0, host, () => {
      socket.send('x', socket.address().port, host);
    });
    socket.on('message', () => {
      socket.close();
      fail('message');
    });
  },
  'lookup of datagrams': ({ dgram }, fail) =>
    dgram.createSocket({ type: 'udp4', lookup: () => fail('lookup') }).bind(0, host),
  'lookup of datagrams, of a send': ({ dgram }, fail) => {
    let asked = 0;
    const socket = dgram.createSocket({
      type: 'udp4',
      lookup: ((name: string, _: number, done: (...what: unknown[]) => void) =>
        asked++ === 0 ? setImmediate(done, null, name) : fail('lookup')) as never,
    });
    socket.bind(0, host, () => {
      setImmediate(() => socket.close());
      socket.send('x', 9, 'name.invalid');
    });
  },
};

compare<Modules>(
  t,
  MODULES,
  Object.fromEntries(
    Object.entries(OF_CONNECTIONS).map(([name, way]) => [
      name,
      async (modules: Modules) => {
        const peers: nodeNet.Socket[] = [];
        const server = nodeNet.createServer((socket) => {
          peers.push(socket);
          socket.on('error', () => undefined).resume();
          socket.end('said');
        });
        const port = await listening(server);
        const made: (() => void)[] = [];
        const net = noting(modules.net, made);
        const seen = await uncaught((fail) => way({ ...modules, net }, fail, port));
        for (const end of made) end();
        for (const one of peers) one.destroy();
        server.close();
        await once(server, 'close');
        return seen.map((one) => JSON.parse(JSON.stringify(one).replaceAll(String(port), 'PORT')));
      },
    ]),
  ),
);
