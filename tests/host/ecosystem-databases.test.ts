/** pg and ioredis over our sockets, with PostgreSQL and Redis of this system. */

import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import { startPostgres, startRedis } from '../../scripts/host/wine/servers.ts';
import { found, needsServers, start, when } from './ecosystem-support.ts';

/** Passes connections on, until it resets them. */
async function proxy(t: Test, port: number) {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(port, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    sockets.add(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return {
    port: (server.address() as net.AddressInfo).port,
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}

const runtimes = ['node24', 'bun'];

t.test('pg queries through resets and restarts of its server', needsServers(), async (t) => {
  const server = await startPostgres();
  t.teardown(() => server.close());
  for (const runtime of runtimes) {
    const between = await proxy(t, server.port);
    const ports = [String(server.port), String(between.port)];
    const client = start(t, 'tests/host/cases/pg.ts', ports, runtime);
    await when(client, 'reset', between.reset);
    await when(client, 'kill', server.kill);
    await when(client, 'start', server.start);
    t.equal(await client.ended(), 0, client.output);
    t.match(
      found(client),
      {
        sum: [{ sum: 42 }],
        big: { length: 10_240_000, same: true },
        inserted: { there: true, back: true },
        pool: true,
        notified: 'hello',
        // query_canceled
        cancelled: { code: '57014' },
        'after it': [{ one: 1 }],
        reset: { code: 'ECONNRESET', syscall: 'read' },
        killed: 'Connection terminated unexpectedly',
        down: { code: 'ECONNREFUSED', syscall: 'connect' },
        again: [{ count: 1 }],
      },
      runtime,
    );
  }
  const url = `postgres://postgres@127.0.0.1:${server.port}/postgres`;
  const example = start(t, 'examples/ecosystem/pg.ts', [url, 'drop table pieces', 'select 1 as n']);
  t.equal(await example.ended(), 0, example.output);
  t.match(example.output, 'DROP \n{"n":1}\nSELECT 1\n');
});

t.test(
  'ioredis goes on after its server was killed and started again',
  needsServers(),
  async (t) => {
    const server = await startRedis();
    t.teardown(() => server.close());
    for (const runtime of runtimes) {
      const client = start(t, 'tests/host/cases/ioredis.ts', [String(server.port)], runtime);
      await when(client, 'kill', server.kill);
      await when(client, 'start', server.start);
      t.equal(await client.ended(), 0, client.output);
      t.match(
        found(client),
        {
          data: true,
          pipeline: true,
          each: true,
          transaction: [
            [null, 'OK'],
            [null, 2],
          ],
          heard: true,
          popped: ['list', 'item'],
          after: 1,
          events: ['close', 'ready'],
          refused: { code: 'ECONNREFUSED', syscall: 'connect' },
        },
        runtime,
      );
    }
    const commands = ['set greeting hello', 'get greeting', 'nonsense'];
    const args = ['127.0.0.1', String(server.port), ...commands];
    const example = start(t, 'examples/ecosystem/ioredis.ts', args);
    t.equal(await example.ended(), 0, example.output);
    t.match(example.output, '"OK"\n"hello"\n"ERR unknown command');
  },
);
