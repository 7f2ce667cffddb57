/** The stream bridge where Node's own streams are exact: ends, callbacks, what is written last. */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import {
  connectTo,
  createConnection,
  createServer,
  SocketDuplex,
  type TcpSocket,
  toDuplex,
} from 'winsock/io';
import { freePort } from '../../support/free-port.ts';
import { closing } from '../support.ts';
import { both, host, logOf, ours, serving, theirs } from './support.ts';

/** A server of ours, whose connections are streams. */
function bridged(
  t: Parameters<typeof closing>[0],
  onStream: (stream: SocketDuplex, socket: TcpSocket) => void,
  options: Parameters<typeof createServer>[0] = {},
) {
  const server = createServer(options as object, (socket) => onStream(toDuplex(socket), socket));
  return closing(t, server.listen({ host }));
}

t.test('a stream that nobody reads ends, and is not kept', async (t) => {
  const server = bridged(t, () => {});
  for (let i = 0; i < 20; i++) net.connect(server.port, host).end();
  while (server.connections.size === 0) await sleep(5);
  for (let i = 0; i < 2000 && server.connections.size > 0; i++) await sleep(10);
  t.equal(server.connections.size, 0);
  const port = await serving(t, (socket) => socket.end());
  await both(t, (connect) => logOf(connect({ port, host })));
});

t.test('what is written last goes out before destroy', async (t) => {
  const texts = await both(t, async (connect) => {
    let text = '';
    let closed: (() => void) | undefined;
    const over = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const port = await serving(t, (socket) => {
      socket.on('data', (data) => {
        text += data;
      });
      socket.on('end', () => closed!());
    });
    const stream = connect({ port, host });
    await once(stream, 'connect');
    await sleep(50);
    stream.write('one ');
    stream.write('two ');
    stream.write('three');
    stream.destroy();
    await over;
    return text;
  });
  t.equal(texts, 'one two three');
});

t.test('a lone write long after another is sent at once', async (t) => {
  let text = '';
  const port = await serving(t, (socket) => {
    socket.on('data', (data) => {
      text += data;
    });
  });
  const socket = await connectTo({ address: host, port });
  await sleep(100);
  socket.write('one');
  await sleep(300);
  t.equal(socket.write(' bye'), true);
  socket.destroy();
  for (let i = 0; i < 2000 && text.length < 7; i++) await sleep(10);
  t.equal(text, 'one bye');
});

t.test('all writes of a turn go out before destroy', async (t) => {
  let text = '';
  const port = await serving(t, (socket) => {
    socket.on('data', (data) => {
      text += data;
    });
  });
  const socket = await connectTo({ address: host, port });
  const results: (Error | undefined)[] = [];
  for (const part of ['a', 'b', 'c', 'd']) socket.write(part, (error) => results.push(error));
  socket.cork();
  socket.write('e');
  socket.destroy();
  await socket.closed;
  for (let i = 0; i < 2000 && text.length < 5; i++) await sleep(10);
  t.equal(text, 'abcde');
  t.same(results, [undefined, undefined, undefined, undefined]);
});

t.test(
  'memory that is taken away before it is sent fails the write, and the connection',
  async (t) => {
    const port = await serving(t, () => {});
    const socket = await connectTo({ address: host, port });
    const bytes = new Uint8Array(new ArrayBuffer(1000));
    socket.write('first');
    const told = new Promise<Error | undefined>((resolve) => {
      socket.write(bytes, resolve);
    });
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    t.match(await told, { name: 'TypeError', message: /transferred or resized/ });
    await socket.closed;
    t.match(socket.error, { name: 'TypeError' });
  },
);

t.test('a stream of a connection that is over, or whose peer has ended, closes', async (t) => {
  const sockets: TcpSocket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen({ host });
  closing(t, server);
  const to = { address: host, port: server.port };
  const over = await connectTo(to);
  await over.close();
  t.same(await logOf(toDuplex(over)), [['close', false]]);
  const client = await connectTo(to, { allowHalfOpen: true });
  while (sockets.length < 2) await sleep(5);
  await sockets[1]!.end();
  t.equal(await client.read(), null);
  const stream = toDuplex(client, { allowHalfOpen: false });
  t.same(
    (await logOf(stream.resume())).map(([event]) => event),
    ['end', 'finish', 'close'],
  );
});

t.test('a half-open stream is told when its socket goes', async (t) => {
  const server = createServer({ allowHalfOpen: true });
  server.listen({ host });
  const closed = new Promise<boolean>((resolve) => {
    server.on('connection', (socket) => {
      const stream = toDuplex(socket).resume();
      stream.on('close', resolve);
      stream.on('end', () => server.destroy());
    });
  });
  net.connect(server.port, host).end();
  t.equal(await closed, false);
});

t.test("a 'connect' listener that throws leaves nothing stuck", async (t) => {
  const uncaught: string[] = [];
  const note = (error: Error) => void uncaught.push(error.message);
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  t.teardown(() => {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
  });
  const port = await serving(t, (socket) => socket.pipe(socket));
  const stream = createConnection({ port, host }, () => {
    throw new Error('mine');
  });
  stream.write('echo');
  const [data] = await once(stream, 'data');
  t.equal(String(data), 'echo');
  t.same(uncaught, ['mine']);
  stream.destroy();
});

t.test('what was never connected ends', async (t) => {
  const stream = new SocketDuplex();
  await new Promise<void>((resolve) => stream.end(() => resolve()));
  const soon = new SocketDuplex();
  soon.destroySoon();
  await once(soon, 'close');
  for (const make of [() => new SocketDuplex(), () => new net.Socket()]) {
    const reset = make();
    const log = logOf(reset as net.Socket);
    reset.resetAndDestroy();
    const [[, failure], [last]] = (await log) as [unknown[], unknown[]];
    t.match(failure, { code: 'ERR_SOCKET_CLOSED' });
    t.equal(last, 'close');
  }
  const port = await serving(t, (socket) => socket.resume());
  const log = logOf(ours({ port, host }).resetAndDestroy());
  t.match(
    (await log).map(([event]) => event),
    ['connect', 'ready', 'close'],
  );
});

t.test('a signal that has aborted, before and while connecting', async (t) => {
  const port = await serving(t, () => {});
  const before = logOf(ours({ port, host, signal: AbortSignal.abort() }));
  t.match(await before, [['error', { code: 'ABORT_ERR' }], ['close']]);
  await both(t, async (connect) => {
    const controller = new AbortController();
    const log = logOf(connect({ port, host, signal: controller.signal }));
    controller.abort();
    return (await log).map(([event]) => event);
  });
});

t.test('a failure to connect comes before what waits fails', async (t) => {
  const port = await freePort();
  const codes = await Promise.all(
    [ours, theirs].map((connect) => {
      const agent = new http.Agent();
      agent.createConnection = (options) =>
        connect(options as net.NetConnectOpts & { port: number });
      return new Promise((resolve) => {
        http.get({ agent, host, port }).on('error', (error) => {
          resolve((error as NodeJS.ErrnoException).code);
        });
      });
    }),
  );
  t.same(codes, ['ECONNREFUSED', 'ECONNREFUSED']);
  const told: unknown[] = [];
  const socket = ours({ host, port });
  await new Promise<void>((resolve) => {
    socket.write('never', (error) => {
      told.push(['written', (error as NodeJS.ErrnoException | undefined)?.code]);
      resolve();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => told.push(['error', error.code]));
  });
  const why = 'ECONNREFUSED';
  t.same(
    told,
    [
      ['error', why],
      ['written', why],
    ],
    'what waits fails with the same',
  );
});

t.test('a stream connects again after it was closed', async (t) => {
  const port = await serving(t, (socket) => socket.end('hello'));
  await both(t, async (connect) => {
    const stream = connect({ port, host });
    const texts: string[] = [];
    for (let round = 0; round < 3; round++) {
      const [data] = await once(stream, 'data');
      texts.push(String(data), String(stream.bytesRead));
      if (!stream.closed) await once(stream, 'close');
      if (round < 2) stream.connect({ port, host });
    }
    return texts;
  });
});

t.test('options of node:net that are not ignored', async (t) => {
  const port = await serving(t, (socket) => socket.resume());
  const blockList = new net.BlockList();
  blockList.addAddress(host);
  await both(t, async (connect) => {
    const lookup: net.LookupFunction = (_name, options, callback) => {
      if (options.all) callback(null, [{ address: host, family: 4 }]);
      else callback(null, host, 4);
    };
    const stream = connect({ port, host: 'somewhere.invalid', lookup });
    await once(stream, 'connect');
    const { remoteAddress } = stream;
    stream.destroy();
    const blocked = await logOf(connect({ port, host, blockList } as never));
    return [remoteAddress, blocked.map(([event]) => event)];
  });
  const localPort = await freePort();
  const stream = createConnection({ port, host, localPort });
  await once(stream, 'connect');
  t.equal(stream.localPort, localPort);
  stream.destroy();
  t.throws(() => createConnection({ port, host, onread: {} } as never), {
    code: 'ERR_INVALID_ARG_TYPE',
  });
  t.throws(() => createConnection({ port, host, fd: 1 } as never), {
    code: 'ERR_INVALID_ARG_VALUE',
  });
  await both(t, async (connect) => {
    const codes: unknown[] = [];
    for (const options of [{}, { port: 65536 }, { port: true }, { port, lookup: 5 }]) {
      try {
        connect({ host, ...options } as never).destroy();
        codes.push('none');
      } catch (error) {
        codes.push((error as NodeJS.ErrnoException).code);
      }
    }
    return codes;
  });
});

t.test('the time of setTimeout stays after destroy', async (t) => {
  const port = await serving(t, (socket) => socket.resume());
  await both(t, async (connect) => {
    const stream = connect({ port, host });
    await once(stream, 'connect');
    stream.setTimeout(5000).destroy();
    return stream.timeout;
  });
});

t.test('a client that reads slowly half closes, and gets all', async (t) => {
  const total = 400 * 65536;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    for (let i = 0; i < 400; i++) socket.write(Buffer.alloc(65536, i));
    socket.end();
    socket.resume();
  }).listen({ host });
  closing(t, server);
  const client = await connectTo({ address: host, port: server.port }, { allowHalfOpen: true });
  client.pause();
  await sleep(200);
  await client.end();
  await sleep(300);
  let bytes = 0;
  for await (const chunk of client) {
    const wanted = Math.floor(bytes / 65536) & 0xff;
    if (chunk[0] !== wanted) t.fail(`${chunk[0]} at ${bytes}, not ${wanted}`);
    bytes += chunk.length;
  }
  t.equal(bytes, total);
});

t.test('no small answer waits for an acknowledgement', async (t) => {
  const web = http.createServer((_, response) => {
    response.write('a');
    setImmediate(() => {
      response.write('b');
      setImmediate(() => response.end('c'));
    });
  });
  const noDelay: boolean[] = [];
  const server = bridged(t, (stream, socket) => {
    noDelay.push(socket.getOption('noDelay'));
    web.emit('connection', stream);
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (let i = 0; i < 5; i++) {
    const text = await new Promise<string>((resolve) => {
      http.get({ port: server.port, host, agent }, (answer) => {
        let body = '';
        answer.on('data', (data) => {
          body += data;
        });
        answer.on('end', () => resolve(body));
      });
    });
    t.equal(text, 'abc');
  }
  agent.destroy();
  t.same(noDelay, [true]);
  const plain = await connectTo({ address: host, port: server.port });
  t.equal(toDuplex(plain, { noDelay: false }).socket!.getOption('noDelay'), false);
  plain.destroy();
});
