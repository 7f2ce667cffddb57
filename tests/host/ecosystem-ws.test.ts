/** ws over our sockets, with ws over node:net of this system on the other side. */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import WebSocket, { WebSocketServer } from 'ws';
import { lacking, start } from './ecosystem-support.ts';

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

// Bun has a ws of its own, which takes no connections from elsewhere.
t.test('a client of this system gets its messages back', lacking('curl'), async (t) => {
  const server = start(t, 'examples/ecosystem/ws.ts', ['--host', '127.0.0.1']);
  await server.says('Listening on port');
  const url = `ws://127.0.0.1:${/port (\d+)/.exec(server.output)?.[1]}/`;
  const sockets = Array.from({ length: 10 }, () => new WebSocket(url));
  await Promise.all(
    sockets.map(async (socket, index) => {
      await once(socket, 'open');
      const data = randomBytes(1 << 20);
      socket.send(data);
      const [answer] = await once(socket, 'message');
      t.equal(sha256(answer), sha256(data));
      const pong = once(socket, 'pong');
      socket.ping(`ping ${index}`);
      t.equal(String((await pong)[0]), `ping ${index}`);
      socket.close(4000 + index, 'bye');
      t.equal((await once(socket, 'close'))[0], 4000 + index);
    }),
  );
  for (const index of sockets.keys()) await server.says(`closed: ${4000 + index} bye`);
});

t.test("a server of this system answers the example's messages", lacking('curl'), async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  t.teardown(() => server.close());
  const closed: unknown[] = [];
  server.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    socket.on('close', (code, reason) => closed.push(`${code} ${reason}`));
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const client = start(t, 'examples/ecosystem/ws.ts', [url, 'hello', 'wörld', '']);
  t.equal(await client.ended(), 0, client.output);
  t.match(client.output, 'hello\nwörld\n\nclosed: 1000\n');
  t.same(closed, ['1000 done']);
});
