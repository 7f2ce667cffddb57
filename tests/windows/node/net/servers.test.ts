/** Servers of winsock/net and of node:net: the same values in the same order. */
import EventEmitter, { once } from 'node:events';
import type nodeNet from 'node:net';
import t from 'tap';
import { host, listening, log, same, told, wait } from './support.ts';

const EVENTS = ['listening', 'connection', 'error', 'drop', 'close'];

/** Waits for `close`, whether it was closed or is closed now. */
const closed = (server: nodeNet.Server) =>
  new Promise<unknown>((resolve) => server.close((error) => resolve(told(error))));

const portOf = (server: nodeNet.Server) => (server.address() as nodeNet.AddressInfo).port;

/** A client that goes as soon as it is told to. */
function visitor(net: typeof nodeNet, port: number): nodeNet.Socket {
  return net
    .connect(port, host)
    .on('error', () => undefined)
    .resume();
}

same(t, {
  'the order of listening': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer();
    log(seen, 'server', server, EVENTS);
    server.listen(0, host, () => seen.push('callback'));
    seen.push([server.listening, server.address() === null]);
    process.nextTick(() => seen.push('tick'));
    await once(server, 'listening');
    seen.push([server.listening, typeof portOf(server)]);
    server.close(() => seen.push('closed callback'));
    seen.push([server.listening, server.address()]);
    await once(server, 'close');
    return seen.filter((one) => one !== 'tick');
  },
  'a server without an address of its own': async (net) => {
    const server = net.createServer().listen();
    await once(server, 'listening');
    const { address, family } = server.address() as nodeNet.AddressInfo;
    const heard = once(server, 'connection') as Promise<[nodeNet.Socket]>;
    const client = visitor(net, portOf(server));
    const [accepted] = await heard;
    const seen = [address, family, accepted.remoteAddress, accepted.remoteFamily];
    client.destroy();
    await once(accepted.on('error', () => undefined).resume(), 'close');
    await closed(server);
    return seen;
  },
  'a host that is a name': async (net) => {
    const server = net.createServer().listen({ port: 0, host: 'localhost' });
    const seen: unknown[] = [server.listening];
    await once(server, 'listening');
    const { family, address } = server.address() as nodeNet.AddressInfo;
    seen.push(family, address);
    await closed(server);
    return seen;
  },
  'a host that is no name': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer();
    log(seen, 'server', server, EVENTS);
    server.listen({ port: 0, host: 'name.invalid' });
    await new Promise((resolve) => server.on('error', resolve));
    seen.push(server.listening);
    server.listen(0, host);
    await once(server, 'listening');
    await closed(server);
    return seen;
  },
  'addresses that cannot be listened on': async (net) => {
    const seen: unknown[] = [];
    for (const address of ['192.0.2.1', '2001:db8::1']) {
      const server = net.createServer();
      log(seen, address, server, EVENTS);
      server.listen(0, address);
      await new Promise((resolve) => server.on('error', resolve));
      seen.push([server.listening, await closed(server)]);
    }
    return seen;
  },
  'closing what never listened': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer();
    log(seen, 'server', server, EVENTS);
    server.close();
    await wait(10);
    server.close((error) => seen.push(told(error)));
    await wait(10);
    await server[Symbol.asyncDispose]();
    await wait(10);
    return seen;
  },
  'closing at once, closing within listening': async (net) => {
    const seen: unknown[] = [];
    const early = net.createServer();
    log(seen, 'early', early, EVENTS);
    early.listen(0);
    early.close((error) => seen.push(told(error)));
    await wait(50);
    const inside = net.createServer();
    log(seen, 'inside', inside, EVENTS);
    inside.listen(0, host, () => inside.close());
    await once(inside, 'close');
    const name = net.createServer();
    log(seen, 'name', name, EVENTS);
    name.listen(0, 'localhost');
    await once(name, 'listening');
    seen.push(name.listening);
    await closed(name);
    return seen;
  },
  'listening again': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.end());
    log(seen, 'server', server, ['listening', 'close', 'error']);
    for (let round = 0; round < 3; round++) {
      const port = await listening(server);
      const client = visitor(net, port);
      await once(client, 'close');
      await closed(server);
    }
    server.listen(0, host);
    try {
      server.listen(0, host);
    } catch (error) {
      seen.push(told(error));
    }
    await once(server, 'listening');
    await closed(server);
    server.listen(0, host, () => seen.push('called'));
    await once(server, 'listening');
    await closed(server);
    return seen;
  },
  'connections are counted': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer();
    const port = await listening(server);
    const count = () =>
      new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    const clients: nodeNet.Socket[] = [];
    const sockets: nodeNet.Socket[] = [];
    for (let at = 0; at < 3; at++) {
      const heard = once(server, 'connection') as Promise<[nodeNet.Socket]>;
      clients.push(visitor(net, port));
      sockets.push((await heard)[0]);
      seen.push(await count());
    }
    for (const socket of sockets) {
      const over = once(socket, 'close');
      socket.destroy();
      seen.push(await count());
      await over;
      seen.push(await count());
    }
    await closed(server);
    return seen;
  },
  'nobody may connect': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer(() => seen.push('connection'));
    server.maxConnections = 0;
    server.on('drop', (data) => seen.push(Object.keys(data ?? {}).sort()));
    const client = visitor(net, await listening(server));
    await Promise.all([once(client, 'close'), once(server, 'drop')]);
    await closed(server);
    return seen;
  },
  'a server whose listener throws, or rejects': async (net) => {
    const seen: unknown[] = [];
    const caught = new Promise((resolve) =>
      process.once('uncaughtException', (error) => resolve(error.message)),
    );
    const server = net.createServer();
    server.once('connection', () => {
      throw new Error('of a listener');
    });
    const port = await listening(server);
    const client = visitor(net, port);
    seen.push(await caught);
    client.destroy();
    server.close();
    EventEmitter.captureRejections = true;
    const rejecting = net.createServer(async (socket) => {
      socket.on('error', (error) => seen.push(told(error)));
      throw new Error('of a promise');
    });
    EventEmitter.captureRejections = false;
    const other = visitor(net, await listening(rejecting));
    await once(other, 'close');
    await closed(rejecting);
    return seen;
  },
  'an error that nobody listens for': async (net) => {
    const server = net.createServer();
    await listening(server);
    const caught = new Promise((resolve) =>
      process.once('uncaughtException', (error) => resolve((error as { code?: string }).code)),
    );
    net.createServer().listen(portOf(server), host);
    const code = await caught;
    await closed(server);
    return code;
  },
  'a signal that closes a server': async (net) => {
    const seen: unknown[] = [];
    const before = net.createServer();
    log(seen, 'before', before, EVENTS);
    before.listen({ port: 0, host, signal: AbortSignal.abort() });
    await once(before, 'close');
    const controller = new AbortController();
    const during = net.createServer();
    log(seen, 'during', during, EVENTS);
    during.listen({ port: 0, host, signal: controller.signal });
    controller.abort();
    await once(during, 'close');
    return seen.filter((one) => (one as string[])[0] !== 'during listening');
  },
  'a server that is referenced or not, before it listens and after': async (net) => {
    const server = net.createServer();
    server.unref();
    await listening(server);
    server.ref().unref();
    await closed(server);
    server.unref().ref();
    return server.listening;
  },
  'disposing of a server with a connection': async (net) => {
    const seen: unknown[] = [];
    const server = net.createServer((socket) => socket.resume());
    const client = visitor(net, await listening(server));
    await Promise.all([once(client, 'connect'), once(server, 'connection')]);
    const disposed = server[Symbol.asyncDispose]().then(() => seen.push('disposed'));
    await wait(30);
    seen.push('ending');
    client.end();
    await disposed;
    return seen;
  },
});
