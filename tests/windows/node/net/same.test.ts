/** The same programs over winsock/net and over node:net: the same events, errors and bytes. */
import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { freePort, host, listening, log, SOCKET_EVENTS, same, told, wait } from './support.ts';

const ended = (server: net.Server) =>
  new Promise<unknown>((resolve) => server.close((error) => resolve(told(error))));

/** What a lookup of one's own finds. */
const finds =
  (...addresses: string[]) =>
  (_: string, options: { all?: boolean }, callback: (...found: unknown[]) => void) => {
    const all = addresses.map((address) => ({ address, family: net.isIP(address) }));
    process.nextTick(() =>
      options.all ? callback(null, all) : callback(null, all[0]!.address, all[0]!.family),
    );
  };

same(t, {
  'a conversation': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => {
      log(seen, 'server', socket, ['data', 'end', 'error', 'close']);
      socket.pipe(socket);
      seen.push([socket.remoteAddress, socket.remoteFamily, socket.localAddress]);
    });
    const port = await listening(server);
    ports.push(port);
    const socket = net.connect(port, host);
    const mine: unknown[] = [];
    log(mine, 'client', socket, SOCKET_EVENTS);
    mine.push([socket.connecting, socket.pending, socket.readyState]);
    socket.write('before ');
    await once(socket, 'connect');
    mine.push([socket.connecting, socket.pending, socket.readyState]);
    socket.end('after');
    mine.push(socket.readyState);
    await once(socket, 'close');
    mine.push([socket.bytesRead, socket.bytesWritten, socket.destroyed, socket.readyState]);
    mine.push([await ended(server), server.listening, server.address()]);
    const text = mine.filter((one) => Array.isArray(one) && one[0] === 'client data');
    const echoed = text.map((one) => (one as string[])[1]).join('');
    return { mine: mine.filter((one) => !text.includes(one)), echoed, events: seen.length > 0 };
  },
  'nobody listens': async (net, ports) => {
    const seen: unknown[] = [];
    const port = await freePort();
    ports.push(port);
    const socket = net.connect({ port, host });
    log(seen, 'client', socket, SOCKET_EVENTS);
    socket.write('never', (error) => seen.push(['written', error?.message !== undefined]));
    await new Promise((resolve) => socket.on('close', () => setImmediate(resolve)));
    return seen;
  },
  'nobody listens, with a local address and port': async (net, ports) => {
    const port = await freePort();
    const localPort = await freePort();
    ports.push(port, localPort);
    const socket = net.connect({ port, host, localAddress: host, localPort });
    const [error] = await once(socket, 'error').then(
      () => [],
      (error) => [error],
    );
    const { localAddress, localPort: at } = (error ?? {}) as Record<string, unknown>;
    return [told(error), localAddress, at];
  },
  'a name of several addresses': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.end('here'));
    const port = await listening(server);
    ports.push(port);
    const lookup = finds('127.0.0.2', host) as never;
    const socket = net.connect({ port, host: 'name.invalid', lookup });
    log(seen, 'client', socket, SOCKET_EVENTS);
    await once(socket, 'close');
    seen.push(socket.autoSelectFamilyAttemptedAddresses);
    await ended(server);
    return seen.slice(0, 3);
  },
  'a name that is not found': async (net) => {
    const lookup = ((_: string, __: object, callback: (error: Error) => void) =>
      process.nextTick(callback, Object.assign(new Error('no name'), { code: 'ENO' }))) as never;
    const seen: unknown[] = [];
    const socket = net.connect({ port: 1, host: 'name.invalid', lookup });
    log(seen, 'client', socket, SOCKET_EVENTS);
    await new Promise((resolve) => socket.on('close', resolve));
    return seen;
  },
  'a lookup that gives nonsense': async (net) => {
    const errors: unknown[] = [];
    for (const address of ['nowhere', '']) {
      const lookup = ((
        _: string,
        options: { all?: boolean },
        callback: (...all: unknown[]) => void,
      ) =>
        options.all
          ? callback(null, [{ address, family: 4 }])
          : callback(null, address, 4)) as never;
      const socket = net.connect({ port: 1, host: 'name.invalid', lookup });
      errors.push(
        await new Promise((resolve) => socket.on('error', (error) => resolve(told(error)))),
      );
    }
    return errors;
  },
  'the forms of listen': async (net) => {
    const forms: unknown[][] = [
      [],
      [0],
      ['0'],
      [{ port: 0 }],
      [0, host],
      [0, host, 5],
      [0, 5],
      [null],
      [undefined],
      [{ port: 0, host, backlog: 3 }],
      [{ port: 0, host: '::1' }],
    ];
    const seen: unknown[] = [];
    for (const form of forms) {
      const server = net.createServer();
      let called = 0;
      server.listen(...(form as [number]), (() => called++) as never);
      seen.push([form, server.listening]);
      await once(server, 'listening');
      const { address, family, port } = server.address() as net.AddressInfo;
      seen.push([called, address, family, port > 0, await ended(server)]);
    }
    return seen;
  },
  'an address in use': async (net, ports) => {
    const server = net.createServer();
    const port = await listening(server);
    ports.push(port);
    const second = net.createServer().listen(port, host);
    const error = await new Promise((resolve) => second.on('error', (one) => resolve(told(one))));
    const states = [second.listening, second.address()];
    await ended(server);
    second.listen(0, host);
    await once(second, 'listening');
    return [error, states, await ended(second)];
  },
  'an address of nobody': async (net) => {
    const server = net.createServer().listen(0, '192.0.2.1');
    return new Promise((resolve) => server.on('error', (error) => resolve(told(error))));
  },
  'listening twice, closing twice': async (net) => {
    const server = net.createServer();
    await listening(server);
    const seen: unknown[] = [];
    try {
      server.listen(0);
    } catch (error) {
      seen.push(told(error));
    }
    log(seen, 'server', server, ['close']);
    seen.push(await ended(server), await ended(server));
    await listening(server);
    seen.push(server.listening, await ended(server));
    await server[Symbol.asyncDispose]();
    return seen;
  },
  'a server is closed when its last connection is': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.resume());
    const port = await listening(server);
    const socket = net.connect(port, host);
    await Promise.all([once(socket, 'connect'), once(server, 'connection')]);
    server.on('close', () => seen.push('server closed'));
    server.close();
    const count = () =>
      new Promise((resolve) => server.getConnections((error, count) => resolve([error, count])));
    seen.push(await count());
    await wait(20);
    seen.push('ending', server.listening);
    socket.end();
    await once(server, 'close');
    seen.push(await count());
    return seen;
  },
  'more connections than a server takes': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.resume());
    server.maxConnections = 1;
    server.on('drop', (data) => {
      const { localAddress, localFamily, remoteAddress, remoteFamily } = data!;
      seen.push(['drop', localAddress, localFamily, remoteAddress, remoteFamily]);
    });
    const port = await listening(server);
    const first = net.connect(port, host);
    await Promise.all([once(first, 'connect'), once(server, 'connection')]);
    const second = net.connect(port, host).on('error', () => undefined);
    await Promise.all([
      new Promise((resolve) => second.resume().on('close', resolve)),
      once(server, 'drop'),
    ]);
    first.end();
    await once(first.resume(), 'close');
    await ended(server);
    return seen;
  },
  'a block list of a server, and of a connection': async (net) => {
    const blockList = new net.BlockList();
    blockList.addAddress(host);
    let connections = 0;
    const server = net.createServer({ blockList } as never, () => connections++);
    const port = await listening(server);
    const socket = net.connect(port, host).on('error', () => undefined);
    await new Promise((resolve) => socket.resume().on('close', resolve));
    const blocked = net.connect({ port, host, blockList } as never);
    const error = await new Promise((resolve) => blocked.on('error', (one) => resolve(told(one))));
    await ended(server);
    return [connections, error];
  },
  'connections that wait to be read': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer({ pauseOnConnect: true });
    const port = await listening(server);
    const socket = net.connect(port, host);
    socket.end('for later');
    const [accepted] = (await once(server, 'connection')) as [net.Socket];
    await wait(50);
    seen.push(accepted.isPaused(), accepted.bytesRead);
    let text = '';
    accepted.on('data', (chunk) => {
      text += chunk;
    });
    accepted.resume();
    await once(accepted, 'end');
    seen.push(text, accepted.bytesRead);
    await once(socket.resume(), 'close');
    await ended(server);
    return seen;
  },
  'half-open connections': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.resume().on('end', () => {
        seen.push(['server', socket.readyState]);
        socket.end('answer');
      });
    });
    const port = await listening(server);
    const socket = net.connect({ port, host, allowHalfOpen: true });
    socket.end('question');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    await once(socket, 'close');
    await ended(server);
    return [seen, text];
  },
  'a write after the peer has ended': async (net) => {
    const server = net.createServer((socket) => socket.resume().end());
    const port = await listening(server);
    const seen: unknown[] = [];
    const socket = net.connect(port, host);
    socket.on('end', () => {
      socket.write('late', (error) => seen.push(['written', told(error)]));
    });
    socket.on('error', (error) => seen.push(told(error)));
    socket.resume();
    await new Promise((resolve) => socket.on('close', resolve));
    await ended(server);
    return seen;
  },
  'a stream is connected again after it was closed': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.end('hello'));
    const port = await listening(server);
    const socket = new net.Socket();
    log(seen, 'client', socket, ['connect', 'end', 'error', 'close']);
    for (let round = 0; round < 3; round++) {
      socket.connect(port, host);
      let text = '';
      const onData = (chunk: Buffer) => {
        text += chunk;
      };
      socket.on('data', onData);
      await once(socket, 'close');
      socket.off('data', onData);
      seen.push([text, socket.bytesRead, socket.destroyed]);
    }
    await ended(server);
    return seen;
  },
  'a stream is connected again as soon as it is closed': async (net) => {
    const server = net.createServer((socket) => socket.resume());
    const port = await listening(server);
    const socket = net.connect(port, host);
    const errors: unknown[] = [];
    socket.on('error', (error) => errors.push(told(error)));
    // What ended one connection must not end the next.
    socket.on('connect', () => socket.write('foo', () => socket.end('bar')));
    let bytes = 0;
    let left = 40;
    const over = new Promise<void>((resolve) =>
      socket.on('close', () => {
        bytes += socket.bytesWritten;
        if (--left > 0) socket.connect(port, host);
        else resolve();
      }),
    );
    await over;
    await ended(server);
    return [errors, bytes];
  },
  'a message of some KiB comes in one piece': async (net) => {
    const server = net.createServer((socket) => socket.end(Buffer.alloc(10_000)));
    const port = await listening(server);
    const socket = net.connect(port, host);
    const over = once(socket, 'close');
    const [first] = (await once(socket, 'data')) as [Buffer];
    await over;
    await ended(server);
    return first.length;
  },
  'a reset is an error of the peer': async (net) => {
    const server = net.createServer();
    const port = await listening(server);
    const socket = net.connect(port, host);
    const [[accepted]] = (await Promise.all([
      once(server, 'connection'),
      once(socket, 'connect'),
    ])) as [[net.Socket], unknown];
    const seen: unknown[] = [];
    log(seen, 'server', accepted, ['end', 'error', 'close']);
    const closed = new Promise((resolve) => accepted.on('close', resolve));
    socket.resetAndDestroy();
    await closed;
    await ended(server);
    return seen;
  },
  'sockets that were never connected': async (net) => {
    const seen: unknown[] = [];
    const one = new net.Socket();
    seen.push([one.readyState, one.pending, one.connecting, one.destroyed, one.address()]);
    await new Promise<void>((resolve) => one.end(() => resolve()));
    const reset = new net.Socket();
    log(seen, 'reset', reset, ['error', 'close']);
    reset.resetAndDestroy();
    await new Promise((resolve) => reset.on('close', resolve));
    const soon = new net.Socket();
    log(seen, 'soon', soon, ['finish', 'close']);
    soon.destroySoon();
    await new Promise((resolve) => soon.on('close', resolve));
    const written = new net.Socket();
    log(seen, 'written', written, ['error', 'close']);
    written.write('x', (error) => seen.push(told(error)));
    await new Promise((resolve) => written.on('close', resolve));
    return seen;
  },
  signals: async (net) => {
    const seen: unknown[] = [];
    const before = net.connect({ port: 1, host, signal: AbortSignal.abort() } as never);
    log(seen, 'before', before, ['error', 'close']);
    await new Promise((resolve) => before.on('close', resolve));
    const controller = new AbortController();
    const server = net.createServer().listen({ port: 0, host, signal: controller.signal });
    await once(server, 'listening');
    controller.abort();
    await once(server, 'close');
    seen.push(server.listening);
    return seen;
  },
  silence: async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.resume());
    const port = await listening(server);
    const socket = net.connect({ port, host, timeout: 30 });
    seen.push(socket.timeout);
    log(seen, 'client', socket, ['timeout', 'close']);
    await once(socket, 'timeout');
    socket.setTimeout(0);
    socket.end();
    await once(socket.resume(), 'close');
    await ended(server);
    return [seen, socket.timeout];
  },
  'data in memory of the program': async (net) => {
    const server = net.createServer((socket) => socket.end('hello world'));
    const port = await listening(server);
    const pieces: unknown[] = [];
    const buffer = Buffer.alloc(4);
    let calls = 0;
    const callback = (count: number, memory: Uint8Array) => {
      pieces.push(Buffer.from(memory.subarray(0, count)).toString());
      return ++calls !== 2;
    };
    const socket = net.connect({ port, host, onread: { buffer, callback } } as never);
    while (pieces.length < 2) await wait(2);
    // None more may come while it is paused.
    await wait(50);
    const before = pieces.length;
    const over = once(socket, 'end');
    socket.resume();
    await over;
    await ended(server);
    return [before, pieces, socket.bytesRead];
  },
  'an exception of a listener is of the program': async (net) => {
    const server = net.createServer((socket) => socket.resume());
    const port = await listening(server);
    const socket = net.connect(port, host);
    const caught = new Promise((resolve) =>
      process.once('uncaughtException', (error) => resolve(error.message)),
    );
    socket.once('connect', () => {
      throw new Error('of the listener');
    });
    const message = await caught;
    socket.end();
    await once(socket.resume(), 'close');
    await ended(server);
    return message;
  },
  'named pipes': async (net) => {
    const name = `\\\\.\\pipe\\winsock-net-test-${process.pid}`;
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.pipe(socket));
    server.listen(name);
    await once(server, 'listening');
    for (const socket of [net.connect(name), new net.Socket().connect(name)]) {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.end('through a pipe');
      await new Promise((resolve) => socket.on('close', resolve));
      seen.push(text, socket.bytesRead, socket instanceof net.Socket);
    }
    seen.push(server.address() === name, await ended(server));
    return seen;
  },
});
