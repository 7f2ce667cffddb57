/**
 * The same programs over node:net and over winsock/io, by its streams: what happens, and after how long.
 *
 *   same.ts node:net|winsock/io
 */

import net from 'node:net';
import type { Duplex } from 'node:stream';
import { createConnection, createServer, toDuplex } from 'winsock/io';

interface Api {
  connect(options: { host: string; port: number; allowHalfOpen?: boolean }): Duplex;
  /** A server on 127.0.0.1: its port, and its end. */
  serve(
    host: string,
    onConnection: (socket: Duplex) => void,
  ): Promise<{ port: number; close(): void }>;
}

const APIS: Readonly<Record<string, Api>> = {
  'node:net': {
    connect: (options) => net.connect(options),
    serve: (host, onConnection) =>
      new Promise((resolve) => {
        const server = net.createServer({ allowHalfOpen: true }, onConnection);
        server.listen(0, host, () => {
          const { port } = server.address() as net.AddressInfo;
          resolve({ port, close: () => server.close() });
        });
      }),
  },
  'winsock/io': {
    connect: (options) => createConnection(options),
    async serve(host, onConnection) {
      const server = createServer({ allowHalfOpen: true }, (socket) =>
        onConnection(toDuplex(socket)),
      ).listen({ host, port: 0 });
      const { port } = server.address as { port: number };
      return { port, close: () => void server.close() };
    },
  },
};

/** How a stream ends: 'connected', an error code, or 'closed'. */
function fateOf(stream: Duplex): Promise<string> {
  return new Promise((resolve) => {
    stream.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    stream.on('close', () => resolve('closed'));
  });
}

const connected = (stream: Duplex) =>
  new Promise<void>((resolve, reject) => {
    stream.once('connect', () => resolve());
    stream.once('error', reject);
  });

const PROGRAMS: Readonly<Record<string, (api: Api) => Promise<string>>> = {
  'a refused connection of this computer': ({ connect }) =>
    fateOf(connect({ host: '127.0.0.1', port: 1 })),

  async 'a connection to the unspecified address'({ connect, serve }) {
    const server = await serve('0.0.0.0', (socket) => socket.end());
    const stream = connect({ host: '0.0.0.0', port: server.port });
    const fate = await Promise.race([connected(stream).then(() => 'connected'), fateOf(stream)]);
    stream.destroy();
    server.close();
    return fate;
  },

  async 'a stream that goes on sending to a peer that has closed'({ connect, serve }) {
    const server = await serve('127.0.0.1', (socket) => socket.destroy());
    const stream = connect({ host: '127.0.0.1', port: server.port, allowHalfOpen: true });
    const fate = fateOf(stream);
    await connected(stream);
    stream.resume();
    const sending = setInterval(() => stream.write('more'), 50);
    await fate;
    clearInterval(sending);
    server.close();
    return fate;
  },

  async 'a stream destroyed while it receives'({ connect, serve }) {
    const server = await serve('127.0.0.1', (socket) => socket.on('error', () => undefined));
    const stream = connect({ host: '127.0.0.1', port: server.port });
    await connected(stream);
    stream.resume();
    setTimeout(() => stream.destroy(), 50);
    const fate = await fateOf(stream);
    server.close();
    return fate;
  },
};

const api = APIS[process.argv[2] ?? ''];
if (!api) throw new Error('which one?');
const told: Record<string, { fate: string; milliseconds: number }> = {};
for (const [name, program] of Object.entries(PROGRAMS)) {
  const began = performance.now();
  // One that waits for ever shall not keep the others.
  const late = new Promise<string>((resolve) => setTimeout(resolve, 10_000, 'nothing').unref());
  const fate = await Promise.race([program(api), late]);
  told[name] = { fate, milliseconds: Math.round(performance.now() - began) };
}
console.log(JSON.stringify(told));
process.exit();
