/** What there is of winsock/net, member by member: names, kinds, `this` of listeners, what methods return. */
import { once } from 'node:events';
import type nodeNet from 'node:net';
import { Duplex } from 'node:stream';
import t from 'tap';
import { host, listening, same } from './support.ts';

/** The members that the documentation of node:net has, beside those of streams and emitters. */
const SOCKET = [
  'address',
  'autoSelectFamilyAttemptedAddresses',
  'bufferSize',
  'bytesRead',
  'bytesWritten',
  'connect',
  'connecting',
  'destroy',
  'destroyed',
  'destroySoon',
  'end',
  'localAddress',
  'localPort',
  'localFamily',
  'pause',
  'pending',
  'ref',
  'remoteAddress',
  'remoteFamily',
  'remotePort',
  'resetAndDestroy',
  'resume',
  'setEncoding',
  'setKeepAlive',
  'setNoDelay',
  'setTimeout',
  'timeout',
  'unref',
  'write',
  'readyState',
  'allowHalfOpen',
  'readable',
  'writable',
  'readableHighWaterMark',
  'writableHighWaterMark',
  'readableFlowing',
  'readableEnded',
  'writableEnded',
  'writableFinished',
  'readableObjectMode',
  'writableObjectMode',
  'errored',
  'closed',
] as const;

const SERVER = [
  'address',
  'close',
  'dropMaxConnection',
  'getConnections',
  'listen',
  'listening',
  'maxConnections',
  'ref',
  'unref',
  'allowHalfOpen',
  'pauseOnConnect',
  'noDelay',
  'keepAlive',
  'highWaterMark',
] as const;

/** What members are: methods by their kind, the others by their value. */
function members(of: object, names: readonly string[]): unknown[] {
  return names.map((name) => {
    const value = Reflect.get(of, name) as unknown;
    return [name, typeof value === 'function' ? 'function' : value];
  });
}

same(t, {
  'the exports': (net) =>
    Object.keys(net)
      .filter((name) => !name.startsWith('_') && name !== 'default')
      .sort()
      .map((name) => [name, typeof Reflect.get(net, name)]),
  'a socket that was just made': (net) => members(new net.Socket(), SOCKET),
  'a server that was just made': (net) => members(net.createServer(), SERVER),
  'members of a connection, while it is open and when it is over': async (net, ports) => {
    const seen: unknown[] = [];
    const server = net.createServer({ noDelay: true, keepAlive: true, highWaterMark: 4096 });
    const port = await listening(server);
    seen.push(members(server, SERVER));
    const socket = net.connect({ port, host });
    const [[accepted]] = (await Promise.all([
      once(server, 'connection'),
      once(socket, 'connect'),
    ])) as [[nodeNet.Socket], unknown];
    ports.push(port, socket.localPort!);
    seen.push(members(socket, SOCKET), members(accepted, SOCKET), socket.address());
    const closed = [once(socket.resume(), 'close'), once(accepted.resume(), 'close')];
    socket.end('x');
    await Promise.all(closed);
    // Where the peer was, node:net forgets and ours does not.
    const over = SOCKET.filter((name) => !name.startsWith('remote'));
    seen.push(members(socket, over), members(accepted, over), socket.address());
    await new Promise((resolve) => server.close(resolve));
    seen.push(members(server, SERVER));
    return seen;
  },
  'what methods return': async (net) => {
    const server = net.createServer();
    const seen: unknown[] = [];
    const chained = (name: string, value: unknown, self: unknown) =>
      seen.push([name, value === self ? 'itself' : value]);
    chained('listen', server.listen(0, host), server);
    await once(server, 'listening');
    chained('server ref', server.ref(), server);
    chained('server unref', server.unref(), server);
    chained(
      'getConnections',
      server.getConnections(() => undefined),
      server,
    );
    const socket = new net.Socket();
    const { port } = server.address() as nodeNet.AddressInfo;
    socket.on('error', () => undefined);
    const connected = once(server, 'connection') as Promise<[nodeNet.Socket]>;
    chained('connect', socket.connect(port, host), socket);
    const [accepted] = await connected;
    chained('setTimeout', socket.setTimeout(1000), socket);
    chained('setNoDelay', socket.setNoDelay(), socket);
    chained('setKeepAlive', socket.setKeepAlive(true, 1000), socket);
    chained('setEncoding', socket.setEncoding('utf8'), socket);
    chained('pause', socket.pause(), socket);
    chained('resume', socket.resume(), socket);
    chained('ref', socket.ref(), socket);
    chained('unref', socket.unref(), socket);
    chained('write', socket.write('x'), socket);
    chained('end', socket.end(), socket);
    accepted.on('error', () => undefined);
    const gone = Promise.all(
      [socket, accepted].map((one) => new Promise((resolve) => one.on('close', resolve))),
    );
    chained('destroySoon', accepted.destroySoon(), accepted);
    await gone;
    chained('destroy', socket.destroy(), socket);
    const other = new net.Socket().on('error', () => undefined);
    chained('resetAndDestroy', other.resetAndDestroy(), other);
    chained('close', server.close(), server);
    await once(server, 'close');
    return seen;
  },
  'what this is in listeners': async (net) => {
    const seen: unknown[] = [];
    const name = (value: unknown, named: Record<string, unknown>) =>
      Object.keys(named).find((key) => named[key] === value) ?? typeof value;
    const server: nodeNet.Server = net.createServer(function (this: unknown, accepted) {
      seen.push(['connection', name(this, { server, accepted })]);
    });
    const connection = once(server, 'connection');
    server.listen(0, host, function (this: unknown) {
      seen.push(['listening', name(this, { server })]);
    });
    await once(server, 'listening');
    const { port } = server.address() as nodeNet.AddressInfo;
    const socket: nodeNet.Socket = net.connect(port, host, function (this: unknown) {
      seen.push(['connect', name(this, { socket })]);
    });
    socket.write('x', function (this: unknown) {
      seen.push(['write callback', name(this, { socket })]);
    });
    socket.setTimeout(1, function (this: unknown) {
      seen.push(['timeout', name(this, { socket })]);
    });
    const [idle, closed] = [once(socket, 'timeout'), once(socket, 'close')];
    const [accepted] = (await connection) as [nodeNet.Socket];
    // Before that nothing ends: an end takes the timeout along.
    await idle;
    socket.setTimeout(0);
    accepted.resume().end(function (this: unknown) {
      seen.push(['end callback', name(this, { server, accepted })]);
    });
    socket.resume();
    await closed;
    server.close(function (this: unknown, ...told: unknown[]) {
      seen.push(['close callback', name(this, { server }), told]);
    });
    await once(server, 'close');
    return seen.map((one) => JSON.stringify(one)).sort();
  },
  'classes and instances': (net) => {
    class Own extends net.Socket {
      said = 'own';
    }
    class OwnServer extends net.Server {}
    const old = (net.Socket as unknown as () => nodeNet.Socket)();
    const oldServer = (net.Server as unknown as () => nodeNet.Server)();
    return [
      Reflect.get(net, 'Stream') === net.Socket,
      net.connect === net.createConnection,
      old instanceof net.Socket,
      old instanceof Duplex,
      new Own() instanceof net.Socket,
      new Own() instanceof Own,
      new net.Socket() instanceof Own,
      new Own().said,
      oldServer instanceof net.Server,
      new OwnServer() instanceof net.Server,
      old.constructor === net.Socket,
      oldServer.constructor === net.Server,
      net.Socket.name,
      net.Server.name,
      Object.prototype.toString.call(old),
    ];
  },
});
