/** What diagnostics channels tell of sockets and servers, over winsock/net, winsock/dgram and Node's own modules. */

import nodeDgram from 'node:dgram';
import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import nodeNet from 'node:net';
import t from 'tap';
import winsockDgram from 'winsock/dgram';
import { compare } from '../support.ts';
import { freePort, host, ours, told, wait } from './support.ts';

interface Modules {
  net: typeof nodeNet;
  dgram: typeof nodeDgram;
}

const CHANNELS = [
  'net.client.socket',
  'net.server.socket',
  'udp.socket',
  ...['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(
    (one) => `tracing:net.server.listen:${one}`,
  ),
];

/** Any of what it may be is shown as what Node's is. */
function isOneOf<T>(
  value: unknown,
  Nodes: new (...args: never[]) => T,
  Ours: new (...args: never[]) => unknown,
): value is T & { server?: unknown } {
  return value instanceof Nodes || value instanceof Ours;
}

/** What is published while this runs, in its order beside what it notes itself. */
async function published(run: (note: (what: unknown) => void) => unknown): Promise<unknown[]> {
  const seen: unknown[] = [];
  const listeners = CHANNELS.map((name) => {
    const heard = (message: unknown) => {
      const shown = Object.entries(message as object).map(([key, value]) => {
        if (value instanceof Error) return [key, told(value)];
        if (isOneOf(value, nodeNet.Socket, ours.Socket)) {
          return [
            key,
            'socket',
            value.connecting,
            value.destroyed,
            value.server !== undefined && value.server !== null,
            value.remoteAddress,
          ];
        }
        if (isOneOf(value, nodeNet.Server, ours.Server)) return [key, 'server', value.listening];
        if (isOneOf(value, nodeDgram.Socket, winsockDgram.Socket)) return [key, 'datagrams'];
        return [key, { ...(value as object) }];
      });
      seen.push([name, shown]);
    };
    diagnostics.subscribe(name, heard);
    return () => diagnostics.unsubscribe(name, heard);
  });
  try {
    await run((what) => seen.push(what));
  } finally {
    for (const end of listeners) end();
  }
  return seen;
}

compare<Modules>(
  t,
  {
    ours: { net: ours, dgram: winsockDgram as unknown as typeof nodeDgram },
    nodes: { net: nodeNet, dgram: nodeDgram },
  },
  {
    'listening, and failing to': ({ net }, ports) =>
      published(async (note) => {
        const taken = net.createServer();
        taken.on('listening', () => note('listening'));
        const port = await freePort();
        ports.push(port);
        taken.listen(port, host, 5);
        note('returned');
        await once(taken, 'listening');
        for (const place of [
          [port, host],
          [{ port, host, backlog: 7, extra: 'kept' }],
          [{ port: 0, host: '192.0.2.1' }],
          [{ port: 0, host: 'localhost' }],
          [{ port: 0, host: 'no such host' }],
          [],
          [{ path: '/no such/place' }],
          [{ port: 'x' }],
          [{}],
        ]) {
          const server = net.createServer();
          const over = Promise.race([once(server, 'listening'), once(server, 'error')]);
          server.on('error', (error: NodeJS.ErrnoException) => note(['error', error.code]));
          try {
            server.listen(...(place as [number]));
            note('returned');
            await over.catch(() => undefined);
          } catch (error) {
            note(told(error));
            over.catch(() => undefined);
            server.emit('error', new Error('thrown'));
          }
          server.close();
        }
        try {
          taken.listen(0);
        } catch (error) {
          note(told(error));
        }
        taken.close();
        await once(taken, 'close');
      }),
    'connecting and accepting': ({ net }, ports) =>
      published(async (note) => {
        const server = net.createServer((socket) => {
          note('connection');
          socket.end();
        });
        server.listen(0, host);
        await once(server, 'listening');
        const { port } = server.address() as nodeNet.AddressInfo;
        ports.push(port);
        const ways: (() => nodeNet.Socket)[] = [
          () => net.connect(port, host),
          () => net.createConnection({ port, host, timeout: 500 }),
          () => new net.Socket().connect(port, host),
          () => new net.Socket().connect({ port, host: 'localhost', family: 4 }),
          () => net.connect(1, host).on('error', () => undefined),
          () => {
            const socket = net.connect(port, host);
            socket.connect(port, host);
            return socket.on('error', () => undefined);
          },
        ];
        for (const way of ways) {
          const socket = way();
          note('made');
          await once(socket.resume(), 'close').catch(() => undefined);
        }
        for (const options of [{}, { port: 'x' }]) {
          try {
            const socket = net.connect(options as never);
            socket.on('error', () => undefined);
            socket.destroy();
            await wait(10);
          } catch (error) {
            note(told(error));
          }
        }
        server.close();
        await once(server, 'close');
      }),
    'datagram sockets': ({ dgram }) =>
      published(async (note) => {
        const socket = dgram.createSocket('udp4');
        note('made');
        const other = new dgram.Socket({ type: 'udp6' } as never);
        try {
          dgram.createSocket('udp5' as never);
        } catch (error) {
          note(told(error));
        }
        for (const one of [socket, other]) one.close();
        await once(other, 'close');
      }),
  },
);
