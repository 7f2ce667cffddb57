/** The package ws over our sockets, both sides. */

import { once } from 'node:events';
import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import t, { type Test } from 'tap';
import {
  CompletionPort,
  createConnection,
  createServer,
  type InternetAddress,
  type SocketDuplex,
  toDuplex,
} from 'winsock/io';
import WebSocket, { createWebSocketStream, WebSocketServer } from 'ws';
import { freePort } from '../../support/free-port.ts';
import { closing, hashOf, noise } from '../support.ts';

interface Serving {
  readonly port: CompletionPort;
  connect(path: string, options?: WebSocket.ClientOptions): WebSocket;
}

function serving(
  t: Test,
  options: object,
  onConnection: (socket: WebSocket, request: http.IncomingMessage) => void,
): Serving {
  const port = closing(t, new CompletionPort());
  const web = http.createServer();
  new WebSocketServer({ server: web, ...options }).on('connection', onConnection);
  const server = closing(
    t,
    createServer({ completionPort: port, allowHalfOpen: true }, (socket) => {
      web.emit('connection', toDuplex(socket));
    }).listen({ host: '127.0.0.1' }),
  );
  const url = `ws://127.0.0.1:${(server.address as InternetAddress).port}`;
  const connect: typeof createConnection = (options, listener) =>
    createConnection({ ...options, completionPort: port }, listener);
  return {
    port,
    connect: (path, more) => new WebSocket(url + path, { ...more, createConnection: connect }),
  };
}

const echo = (socket: WebSocket) => {
  socket.on('message', (data, binary) => socket.send(data, { binary }));
};

t.test('messages there and back', async (t) => {
  for (const perMessageDeflate of [false, true]) {
    const { connect } = serving(t, { perMessageDeflate, maxPayload: 1 << 24 }, echo);
    const socket = connect('/', { perMessageDeflate });
    await once(socket, 'open');
    t.equal(socket.extensions, perMessageDeflate ? 'permessage-deflate' : '');
    const sent = [1 << 20, 0, 1, 125, 126, 65_535, 65_536, 1 << 20, 5_000_000].map(noise);
    const got: Buffer[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('message', function onMessage(data, isBinary) {
        t.equal(isBinary, true);
        if (got.push(data as Buffer) < sent.length) return;
        socket.off('message', onMessage);
        resolve();
      });
    });
    for (const data of sent) socket.send(data);
    await all;
    t.same(
      got.map((data) => hashOf(data)),
      sent.map((data) => hashOf(data)),
    );
    const [answer, isBinary] = await new Promise<[unknown, boolean]>((resolve) => {
      socket.once('message', (...args) => resolve(args));
      socket.send('grüße', { fin: false });
      socket.send(' €');
    });
    t.equal(String(answer), 'grüße €', 'in fragments');
    t.equal(isBinary, false);
    socket.close();
    await once(socket, 'close');
  }
});

t.test('ping, pong and the ways to close', async (t) => {
  const seen: string[] = [];
  const { connect, port } = serving(t, {}, (socket, request) => {
    socket.on('close', (code, reason) => seen.push(`server: ${code} ${reason}`));
    socket.on('error', (error) => seen.push(`server: ${(error as { code?: string }).code}`));
    if (request.url === '/close') socket.close(4001, 'go away');
    if (request.url === '/terminate') socket.terminate();
    // Both reserved bits and an opcode that does not exist.
    if (request.url === '/nonsense') connectionOf(socket).write(Buffer.from([0xff, 0xff]));
    if (request.url === '/reset') connectionOf(socket).resetAndDestroy();
  });
  const conversation = async (path: string, action: (socket: WebSocket) => unknown) => {
    seen.length = 0;
    const socket = connect(path);
    socket.on('error', (error) => seen.push(`client: ${(error as { code?: string }).code}`));
    socket.on('close', (code, reason) => seen.push(`client: ${code} ${reason}`));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await once(socket, 'open');
    await action(socket);
    await closed;
    while (!seen.some((line) => /^server: \d/.test(line))) await setImmediate();
    return [...seen].sort();
  };
  t.same(
    await conversation('/', async (socket) => {
      const pong = once(socket, 'pong');
      socket.ping('are you there');
      t.equal(String((await pong)[0]), 'are you there');
      socket.close(4321, 'enough');
    }),
    ['client: 4321 enough', 'server: 4321 enough'],
  );
  const wait = () => {};
  t.same(await conversation('/close', wait), ['client: 4001 go away', 'server: 4001 go away']);
  t.same(await conversation('/terminate', wait), ['client: 1006 ', 'server: 1006 ']);
  t.same(await conversation('/', (socket) => socket.terminate()), [
    'client: 1006 ',
    'server: 1006 ',
  ]);
  t.same(await conversation('/nonsense', wait), [
    'client: 1006 ',
    'client: WS_ERR_UNEXPECTED_RSV_2_3',
    'server: 1002 ',
  ]);
  t.same(await conversation('/reset', wait), ['client: 1006 ', 'server: 1006 ']);
  t.equal(port.stats().pending > 0, true, 'the server still accepts');
});

t.test('a refused connection says its code and address', async (t) => {
  const port = await freePort();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { createConnection });
  const [error] = await new Promise<[Error]>((resolve) => {
    socket.on('error', (error) => resolve([error]));
  });
  t.match(error, { code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port });
});

t.test('as a stream, with a slow reader', async (t) => {
  const data = noise(1_000_000);
  const received: Buffer[] = [];
  let done = () => {};
  const over = new Promise<void>((resolve) => {
    done = resolve;
  });
  const { connect } = serving(t, {}, async (socket) => {
    for await (const chunk of createWebSocketStream(socket)) {
      received.push(chunk);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    done();
  });
  const stream = createWebSocketStream(connect('/'));
  async function* pieces() {
    for (let at = 0; at < data.length; at += 100_000) yield data.subarray(at, at + 100_000);
  }
  await pipeline(pieces(), stream.resume());
  await over;
  t.equal(hashOf(...received), hashOf(data));
});

/** The connection below a WebSocket, which ws hides. */
function connectionOf(socket: WebSocket): SocketDuplex {
  return (socket as unknown as { _socket: SocketDuplex })._socket;
}
