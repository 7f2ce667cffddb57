/** node:tls and node:http2 over our sockets, both sides and beside node:net's. */

import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import {
  CompletionPort,
  createConnection,
  createServer,
  type InternetAddress,
  type TcpSocket,
  toDuplex,
} from 'winsock/io';
import { closing, hashOf, noise } from '../support.ts';

const host = '127.0.0.1';
const psk = noise(32);
/** A key that both know, which needs no certificates. */
const secret = {
  ciphers: 'PSK-AES256-GCM-SHA384',
  maxVersion: 'TLSv1.2',
  pskCallback: () => ({ psk, identity: 'test' }),
} as const;
const server = { ...secret, isServer: true, pskCallback: () => psk };
const client = { ...secret, checkServerIdentity: () => undefined };

/** The port of a server of ours. */
function serving(t: Test, port: CompletionPort, onConnection: (socket: TcpSocket) => void): number {
  const ours = createServer({ completionPort: port, allowHalfOpen: true }, onConnection).listen({
    host,
  });
  return (closing(t, ours).address as InternetAddress).port;
}

/** The port of a server of node:net. */
async function served(t: Test, onConnection: (socket: net.Socket) => void): Promise<number> {
  const theirs = net.createServer({ allowHalfOpen: true }, onConnection).listen(0, host);
  await once(theirs, 'listening');
  t.teardown(() => theirs.close());
  return (theirs.address() as net.AddressInfo).port;
}

const connections: Record<string, (port: number, completionPort: CompletionPort) => Duplex> = {
  ours: (port, completionPort) => createConnection({ port, host, completionPort }),
  'of node:net': (port) => net.connect(port, host),
};

async function both(
  t: Test,
  onConnection: (stream: Duplex) => void,
  converse: (connect: () => Duplex, name: string) => Promise<void>,
): Promise<void> {
  const port = closing(t, new CompletionPort());
  const servers = {
    ours: serving(t, port, (socket) => onConnection(toDuplex(socket))),
    'of node:net': await served(t, onConnection),
  };
  for (const [theirs, number] of Object.entries(servers)) {
    for (const [mine, connect] of Object.entries(connections)) {
      await converse(() => connect(number, port), `a client ${mine}, a server ${theirs}`);
    }
  }
}

t.test('TLS runs over the streams on either side', async (t) => {
  const data = noise(2_000_000);
  await both(
    t,
    (stream) => {
      const secure = new tls.TLSSocket(stream as net.Socket, server as tls.TLSSocketOptions);
      secure.pipe(secure);
    },
    async (connect, name) => {
      const secure = tls.connect({ ...client, socket: connect() });
      await once(secure, 'secureConnect');
      t.equal(secure.getCipher().name, secret.ciphers, name);
      const chunks: Buffer[] = [];
      secure.on('data', (chunk) => chunks.push(chunk));
      const ended = once(secure, 'end');
      for (let at = 0; at < data.length; at += 100_000) {
        if (!secure.write(data.subarray(at, at + 100_000))) await once(secure, 'drain');
      }
      secure.end();
      await ended;
      t.equal(hashOf(...chunks), hashOf(data), name);
    },
  );
});

t.test('what is no TLS, and another key', async (t) => {
  const port = closing(t, new CompletionPort());
  const failures: (string | undefined)[] = [];
  const number = serving(t, port, (socket) => {
    const secure = new tls.TLSSocket(toDuplex(socket), server as tls.TLSSocketOptions);
    secure.on('error', ({ code }: NodeJS.ErrnoException) => failures.push(code));
  });
  const plain = createConnection({ port: number, host, completionPort: port });
  plain.on('error', () => undefined).resume();
  plain.write('GET / HTTP/1.1\r\n\r\n');
  await once(plain, 'close');
  const socket = createConnection({ port: number, host, completionPort: port });
  const other = { ...client, pskCallback: () => ({ psk: noise(32), identity: 'test' }) };
  const secure = tls.connect({ ...other, socket });
  const [error] = await new Promise<[NodeJS.ErrnoException]>((resolve) => {
    secure.on('error', (error) => resolve([error]));
  });
  t.match(error.code, /^ERR_SSL_|^ECONNRESET$/);
  secure.destroy();
  while (failures.length < 2) await new Promise((resolve) => setImmediate(resolve));
  t.match(failures[0], /^ERR_SSL_/);
});

t.test('HTTP/2 runs over the streams on either side', async (t) => {
  const web = http2.createServer();
  web.on('stream', (stream, headers) => {
    stream.respond({ ':status': 200 });
    if (headers[':path'] === '/echo') stream.pipe(stream);
    else stream.end(`you asked for ${headers[':path']}`);
  });
  const data = noise(1_000_000);
  await both(
    t,
    (stream) => web.emit('connection', stream),
    async (connect, name) => {
      const session = http2.connect(`http://${host}`, { createConnection: connect });
      const ask = async (path: string, body?: Buffer) => {
        const stream = session.request({ ':path': path, ':method': body ? 'POST' : 'GET' });
        stream.end(body);
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      };
      const paths = Array.from({ length: 30 }, (_, index) => `/${index}`);
      const [echoed, ...answers] = await Promise.all([
        ask('/echo', data),
        ...paths.map((path) => ask(path)),
      ]);
      t.equal(hashOf(echoed!), hashOf(data), name);
      t.same(
        answers.map(String),
        paths.map((path) => `you asked for ${path}`),
      );
      session.close();
      await once(session, 'close');
    },
  );
});
