import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { connect, createServer, Server, Socket } from 'winsock/net';

t.test('a server of node:http over connections of winsock/net', async (t) => {
  const web = http.createServer((request, response) => {
    response.end(`${request.method} ${request.url} from ${request.socket.remoteAddress}`);
  });
  const server = createServer((socket) => web.emit('connection', socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  // The second request waits for the connection of the first.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  Object.assign(agent, { createConnection: connect });
  t.teardown(() => agent.destroy());
  const get = async (path: string) => {
    const request = http.get({ port, host: '127.0.0.1', path, agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    let text = '';
    for await (const chunk of response) text += chunk;
    return { text, socket: request.socket };
  };
  const first = await get('/first');
  t.equal(first.text, 'GET /first from 127.0.0.1');
  t.type(first.socket, Socket);
  t.equal((await get('/second')).socket, first.socket, 'the connection is used again');
});

const REQUESTS = 20;
const ANSWER = 300_000;

t.test('requests at once, whose sender ends its half then, have all their answers', async (t) => {
  let answered = 0;
  const web = http.createServer((_, response) => {
    response.on('finish', () => answered++);
    response.end(Buffer.alloc(ANSWER));
  });
  const server = createServer((socket) => web.emit('connection', socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.end('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(REQUESTS));
  let bytes = 0;
  socket.on('data', (data) => {
    bytes += data.length;
  });
  await once(socket, 'close');
  t.ok(bytes > REQUESTS * ANSWER, `${bytes} bytes came`);
  t.equal(answered, REQUESTS);
  server.close();
  await once(server, 'close');
});

t.test('libraries take them for what they stand for, without a cast', async (t) => {
  const server: net.Server = createServer();
  const socket: net.Socket = new Socket();
  t.equal(server.connections, 0);
  t.equal(socket.pending, true);
});

t.test('diagnostics channels tell of connections', async (t) => {
  const seen: string[] = [];
  for (const name of ['net.client.socket', 'net.server.socket']) {
    const listener = (message: unknown) => {
      t.type((message as { socket: unknown }).socket, Socket);
      seen.push(name);
    };
    diagnostics.subscribe(name, listener);
    t.teardown(() => diagnostics.unsubscribe(name, listener));
  }
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket.resume(), 'close');
  server.close();
  await once(server, 'close');
  t.same(seen, ['net.client.socket', 'net.server.socket']);
});

t.test('classes may be called without new, and inherited from', async (t) => {
  const call = Server as unknown as (this: unknown, ...args: unknown[]) => Server;
  t.type(call.call(undefined), Server);
  t.type((Socket as unknown as () => Socket)(), Socket);
  function Old(this: object) {
    call.call(this);
  }
  Object.setPrototypeOf(Old.prototype, Server.prototype);
  const old: Server = Reflect.construct(Old, []);
  t.type(old, Server);
  old.listen(0);
  await once(old, 'listening');
  t.ok(old.listening);
  const closed = once(old, 'close');
  old.close();
  await closed;
});
