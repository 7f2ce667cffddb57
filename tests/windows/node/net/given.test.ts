/** Options and calls that are no usual ones, over winsock/net and node:net: the same values in the same order. */
import { once } from 'node:events';
import http from 'node:http';
import type nodeNet from 'node:net';
import t from 'tap';
import { host, listening, log, same, thrown, told } from './support.ts';

const ODD = ['1000', 'y', -1, Number.NaN, Number.POSITIVE_INFINITY, 1e15, 1.5, 1500.5, null, {}];

/** What a client is told by a server with such options. */
async function served(net: typeof nodeNet, options: nodeNet.ServerOpts): Promise<unknown> {
  const server = net.createServer(options, (socket) => socket.end('served'));
  const client = net.connect(await listening(server), host);
  const [data] = await once(client, 'data');
  client.destroy();
  server.close();
  await once(server, 'close');
  return String(data);
}

same(t, {
  'delays of keep-alive that are no whole number': async (net) => {
    const seen: unknown[] = [];
    for (const keepAliveInitialDelay of [1500.5, 500, Number.POSITIVE_INFINITY, -1, Number.NaN]) {
      seen.push(await served(net, { keepAlive: true, keepAliveInitialDelay }));
    }
    const server = net.createServer((socket) => socket.resume());
    const port = await listening(server);
    const client = net.connect({ port, host, keepAlive: true, keepAliveInitialDelay: -5 });
    await once(client, 'connect');
    for (const delay of ODD) {
      seen.push(client.setKeepAlive(true, delay as number) === client);
    }
    seen.push(client.setKeepAlive(null as never) === client);
    client.destroy();
    server.close();
    await once(server, 'close');
    return seen;
  },
  'delays of keep-alive of an http.Agent': async (net) => {
    const seen: unknown[] = [];
    for (const keepAliveMsecs of [1500.5, Number.POSITIVE_INFINITY, -1]) {
      const server = http.createServer((_, response) => response.end('served'));
      const port = await listening(server);
      class Agent extends http.Agent {
        override createConnection = net.createConnection as never;
      }
      const agent = new Agent({ keepAlive: true, keepAliveMsecs });
      const request = http.get({ port, host, agent });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      seen.push(response.statusCode);
      await once(response.resume(), 'end');
      agent.destroy();
      server.close();
      await once(server, 'close');
    }
    return seen;
  },
  'marks that are none': async (net) => {
    const make = (highWaterMark: unknown) =>
      thrown(() => net.createServer({ highWaterMark } as nodeNet.ServerOpts));
    const socket = (options: object) => thrown(() => new net.Socket(options as never));
    return [
      await served(net, { highWaterMark: -1 }),
      make('x'),
      make(null),
      socket({ highWaterMark: -1 }),
      socket({ highWaterMark: 1.5 }),
      socket({ writableHighWaterMark: -1 }),
    ];
  },
  'an onread that throws once': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.end('hello world'));
    const port = await listening(server);
    const uncaught = (error: Error) => seen.push(error.message);
    process.once('uncaughtException', uncaught);
    let text = '';
    const buffer = Buffer.alloc(4);
    const callback = (length: number) => {
      text += buffer.toString('utf8', 0, length);
      if (text.length === 4) throw new Error('once');
      return true;
    };
    const client = net.connect({ port, host, onread: { buffer, callback } });
    await once(client, 'close');
    process.off('uncaughtException', uncaught);
    server.close();
    await once(server, 'close');
    return [text, ...seen];
  },
  'a server that listens anew in the turn in which it closes': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer();
    await listening(server);
    log(seen, 'server', server, ['close', 'error']);
    server.close((error) => seen.push(['closed', told(error)]));
    const over = once(server, 'close');
    server.listen(0, host);
    await over;
    if (!server.address()) await once(server, 'listening');
    seen.push(server.listening);
    server.close();
    await once(server, 'close');
    return seen;
  },
  'a server that could not listen elsewhere does not listen': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer();
    for (const place of [{ fd: -1 }, { handle: {} }, { _handle: {} }]) {
      seen.push(
        thrown(() => server.listen(place as nodeNet.ListenOptions)),
        server.listening,
      );
    }
    for (const place of [{ path: '/no such/place' }, { port: 0, host, reusePort: true }]) {
      const failed = once(server, 'error');
      server.listen(place);
      seen.push(server.listening);
      const [error] = (await failed) as [NodeJS.ErrnoException];
      seen.push(error.code, server.listening);
    }
    await listening(server);
    seen.push(server.listening);
    server.close();
    await once(server, 'close');
    return seen;
  },
});
