/** Binding, sending and closing over winsock/dgram and node:dgram: the same values in the same order. */
import { once } from 'node:events';
import t from 'tap';
import { bound, closed, LOOPBACK, log, portOf, same, told, wait } from './support.ts';

const EVENTS = ['listening', 'connect', 'error', 'close'];

same(t, {
  'forms of bind': async (dgram) => {
    const seen: unknown[] = [];
    const forms: unknown[][] = [
      [],
      [0],
      [0, LOOPBACK],
      [{ port: 0 }],
      [{ address: LOOPBACK }],
      [{}],
      [0, 'localhost'],
      [undefined, LOOPBACK],
      [null],
      ['0'],
      [{ port: 0, exclusive: true }],
    ];
    for (const form of forms) {
      const socket = dgram.createSocket('udp4');
      log(seen, JSON.stringify(form), socket, EVENTS);
      socket.bind(...(form as [number]), function (this: unknown) {
        seen.push(['callback', this === socket]);
      } as never);
      await once(socket, 'listening');
      const { address, family, port } = socket.address();
      seen.push([address, family, port > 0]);
      await closed(socket);
    }
    return seen;
  },
  'binding twice, and after close': async (dgram) => {
    const seen: unknown[] = [];
    const socket = dgram.createSocket('udp4');
    log(seen, 'socket', socket, EVENTS);
    socket.bind(0, LOOPBACK);
    for (const when of ['at once', 'when bound', 'when closed']) {
      try {
        socket.bind(0, LOOPBACK);
      } catch (error) {
        seen.push([when, told(error)]);
      }
      if (when === 'at once') await once(socket, 'listening');
      if (when === 'when bound') await closed(socket);
    }
    return seen;
  },
  'addresses that cannot be bound': async (dgram, ports) => {
    const seen: unknown[] = [];
    const first = await bound(dgram);
    ports.push(portOf(first));
    for (const [port, address] of [
      [portOf(first), LOOPBACK],
      [0, '192.0.2.1'],
      [0, '::1'],
      [0, 'name.invalid'],
    ] as const) {
      const socket = dgram.createSocket('udp4');
      log(seen, address, socket, EVENTS);
      let called = 0;
      socket.bind(port, address, () => called++);
      await new Promise((resolve) => socket.once('error', resolve));
      socket.bind(0, LOOPBACK);
      await once(socket, 'listening');
      await closed(socket);
      seen.push(called);
    }
    await closed(first);
    return seen;
  },
  'an address that is used again': async (dgram) => {
    const first = dgram.createSocket({ type: 'udp4', reuseAddr: true }).bind(0, LOOPBACK);
    await once(first, 'listening');
    const second = dgram.createSocket({ type: 'udp4', reuseAddr: true });
    second.bind(portOf(first), LOOPBACK);
    await once(second, 'listening');
    const same = portOf(first) === portOf(second);
    await closed(first);
    await closed(second);
    return same;
  },
  'forms of send': async (dgram, ports) => {
    const server = await bound(dgram);
    const client = await bound(dgram);
    ports.push(portOf(server), portOf(client));
    const port = portOf(server);
    const seen: unknown[] = [];
    const messages: unknown[] = [];
    server.on('message', function (this: unknown, data, from) {
      messages.push([data.toString('latin1'), from, this === server]);
    });
    const bytes = Buffer.from('0123456789');
    const forms: unknown[][] = [
      ['text', port, LOOPBACK],
      ['caf\u00e9', port, LOOPBACK],
      [bytes, port, LOOPBACK],
      [bytes, 2, 3, port, LOOPBACK],
      [bytes, 10, 0, port, LOOPBACK],
      [new Uint8Array([65]), port],
      [new DataView(new ArrayBuffer(2)), port, LOOPBACK],
      [new Uint16Array([0x4142]), port, LOOPBACK],
      ['', port, LOOPBACK],
      [[], port, LOOPBACK],
      [['a', bytes, new Uint8Array([66])], port, LOOPBACK],
      ['to a name', port, 'localhost'],
      ['a port as text', String(port), LOOPBACK],
      ['nothing said', port, null],
    ];
    for (const form of forms) {
      const sent = new Promise((resolve) => {
        const returned: unknown = client.send(...(form as [string, number]), (...what: unknown[]) =>
          resolve([returned, what.map(told)]),
        );
      });
      seen.push(await sent);
      while (messages.length < seen.length) await wait(2);
    }
    await closed(client);
    await closed(server);
    return [seen, messages];
  },
  'a datagram that is too long': async (dgram, ports) => {
    const server = await bound(dgram);
    ports.push(portOf(server));
    const client = dgram.createSocket('udp4');
    log([], 'client', client, EVENTS);
    const results: unknown[] = [];
    for (const length of [65507, 65508, 100_000]) {
      results.push(
        await new Promise((resolve) =>
          client.send(Buffer.alloc(length), portOf(server), LOOPBACK, (...what) =>
            resolve(what.map(told)),
          ),
        ),
      );
    }
    client.send(Buffer.alloc(100_000), portOf(server), LOOPBACK);
    await wait(20);
    await closed(client);
    await closed(server);
    return results;
  },
  'a long datagram arrives whole': async (dgram) => {
    const [server, client] = [await bound(dgram), await bound(dgram)];
    server.setRecvBufferSize(1 << 18);
    const heard = once(server, 'message');
    client.send(Buffer.alloc(60_000, 'x'), portOf(server), LOOPBACK);
    const [data, { size }] = await heard;
    await closed(client);
    await closed(server);
    return [data.length, size, data.equals(Buffer.alloc(60_000, 'x'))];
  },
  'connected sockets': async (dgram, ports) => {
    const seen: unknown[] = [];
    const server = await bound(dgram);
    ports.push(portOf(server));
    const client = dgram.createSocket('udp4');
    log(seen, 'client', client, EVENTS);
    client.connect(portOf(server), 'localhost', () => seen.push('callback'));
    try {
      client.connect(portOf(server));
    } catch (error) {
      seen.push(told(error));
    }
    await once(client, 'connect');
    seen.push(client.remoteAddress());
    const sends: unknown[][] = [['x'], [Buffer.from('0123'), 1, 2], [['a', 'b']]];
    for (const form of sends) {
      const heard = once(server, 'message');
      const sent = new Promise((resolve) =>
        client.send(...(form as [string]), (...what: unknown[]) => resolve(what)),
      );
      seen.push([await sent, String((await heard)[0])]);
    }
    for (const form of [
      ['x', portOf(server)],
      ['x', portOf(server), LOOPBACK],
    ]) {
      try {
        client.send(...(form as [string]));
        seen.push('sent');
      } catch (error) {
        seen.push(told(error));
      }
    }
    client.disconnect();
    client.connect(portOf(server), LOOPBACK);
    await once(client, 'connect');
    seen.push(client.remoteAddress());
    await closed(client);
    await closed(server);
    return seen;
  },
  'connecting to a name that is not found': async (dgram) => {
    const seen: unknown[] = [];
    const client = dgram.createSocket('udp4');
    log(seen, 'client', client, ['connect', 'error', 'close']);
    await new Promise<void>((resolve) =>
      client.connect(1, 'name.invalid', ((error: Error) => {
        seen.push(['told', told(error)]);
        resolve();
      }) as never),
    );
    await closed(client);
    const other = dgram.createSocket('udp4');
    log(seen, 'other', other, ['connect', 'error', 'close']);
    other.connect(1, 'name.invalid');
    await new Promise((resolve) => other.on('error', resolve));
    await closed(other);
    return seen;
  },
  'binding and connecting at once': async (dgram, ports) => {
    const seen: unknown[] = [];
    type Sync = {
      bindSync(options?: object): { port: number };
      connectSync(port: number, address?: string): void;
    };
    const sync = (options?: object, peer?: [number, string?]) => {
      const socket = dgram.createSocket('udp4');
      const name = JSON.stringify([options, peer]);
      log(seen, name, socket, EVENTS);
      const { bindSync, connectSync } = socket as unknown as Sync;
      try {
        if (options) {
          const bound = bindSync.call(socket, options);
          ports.push(bound.port);
          seen.push(bound);
        }
        if (peer) seen.push(connectSync.call(socket, ...peer), socket.remoteAddress());
      } catch (error) {
        seen.push([name, told(error)]);
      }
      return socket;
    };
    const sockets = [
      sync({}),
      sync({ address: LOOPBACK }),
      sync({ address: 'localhost' }),
      sync({ port: -1 }),
      sync({ address: '192.0.2.1' }),
      sync(undefined, [9]),
      sync({}, [9, LOOPBACK]),
      sync({}, [9, 'localhost']),
      sync({}, [0]),
    ];
    await wait(20);
    for (const socket of sockets) await closed(socket);
    return seen;
  },
  closing: async (dgram) => {
    const seen: unknown[] = [];
    const socket = dgram.createSocket('udp4');
    log(seen, 'never bound', socket, EVENTS);
    seen.push(socket.close(() => seen.push('closed')) === socket);
    await once(socket, 'close');
    const early = dgram.createSocket('udp4');
    log(seen, 'early', early, EVENTS);
    early.bind(0, LOOPBACK);
    early.close();
    await wait(30);
    const inside = await bound(dgram);
    const other = await bound(dgram);
    let messages = 0;
    inside.on('message', () => {
      messages++;
      if (messages === 1) inside.close();
    });
    for (let count = 0; count < 5; count++) other.send('x', portOf(inside), LOOPBACK);
    await once(inside, 'close');
    await wait(20);
    seen.push(messages);
    await closed(other);
    const many = await bound(dgram);
    const target = portOf(many);
    const sent = Array.from(
      { length: 5 },
      () => new Promise((resolve) => many.send('x', target, LOOPBACK, resolve)),
    );
    seen.push(many.getSendQueueCount() >= 0);
    seen.push((await Promise.all(sent)).map(told));
    await closed(many);
    return seen;
  },
  'sending before anything is bound': async (dgram) => {
    const seen: unknown[] = [];
    const server = await bound(dgram);
    const client = dgram.createSocket('udp4');
    log(seen, 'client', client, EVENTS);
    const messages: string[] = [];
    server.on('message', (data) => messages.push(String(data)));
    const sent = ['one', 'two', 'three'].map(
      (word) =>
        new Promise<void>((resolve) =>
          client.send(word, portOf(server), LOOPBACK, (error, bytes) => {
            seen.push([word, told(error), bytes]);
            resolve();
          }),
        ),
    );
    await Promise.all(sent);
    while (messages.length < 3) await wait(2);
    const { address, port } = client.address();
    seen.push(address, port > 0);
    await closed(client);
    await closed(server);
    return [seen, messages];
  },
  signals: async (dgram) => {
    const seen: unknown[] = [];
    const before = dgram.createSocket({ type: 'udp4', signal: AbortSignal.abort() });
    log(seen, 'before', before, EVENTS);
    await wait(10);
    const controller = new AbortController();
    const socket = dgram.createSocket({ type: 'udp4', signal: controller.signal });
    log(seen, 'socket', socket, EVENTS);
    socket.bind(0, LOOPBACK);
    await once(socket, 'listening');
    controller.abort();
    await once(socket, 'close');
    return seen;
  },
  'a lookup of the program': async (dgram) => {
    const seen: unknown[] = [];
    const server = await bound(dgram);
    const lookup = (...args: unknown[]) => {
      const done = args.at(-1) as (...told: unknown[]) => void;
      seen.push(args.slice(0, -1));
      process.nextTick(done, null, LOOPBACK, 4);
    };
    const client = dgram.createSocket({ type: 'udp4', lookup: lookup as never });
    const heard = once(server, 'message');
    client.bind(0, 'a.name');
    await once(client, 'listening');
    client.send('x', portOf(server), 'other.name');
    seen.push(String((await heard)[0]));
    await closed(client);
    await closed(server);
    return seen;
  },
});
