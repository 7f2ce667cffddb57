/**
 * What has once gone wrong at the stream bridge under TLS, load and closing, each as a short program: `attacks.ts` runs
 * them one after another and prints what each has seen, as a line of JSON. It runs on every run time.
 */
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import {
  CompletionPort,
  connectTo,
  createConnection,
  createServer,
  type SocketDuplex,
  type TcpServer,
  type TcpSocket,
  toDuplex,
} from 'winsock/io';
import { cert, key } from '../node/certificate.ts';

const host = '127.0.0.1';

/** A server of node:net that puts together what one client sends until its end. */
async function hearing(): Promise<{ port: number; heard: Promise<string> }> {
  const server = net.createServer().listen(0, host);
  await once(server, 'listening');
  const heard = (async () => {
    const [peer] = (await once(server, 'connection')) as [net.Socket];
    let text = '';
    peer.on('data', (data) => {
      text += data;
    });
    await once(peer, 'close');
    server.close();
    return text;
  })();
  return { port: (server.address() as net.AddressInfo).port, heard };
}

/** A stream of a connection whose peer has ended, and which is told when the connection goes. */
async function halfOpen(go: (server: TcpServer, port: CompletionPort) => unknown): Promise<string> {
  const completionPort = new CompletionPort();
  const server = createServer({ allowHalfOpen: true, completionPort }).listen({ host });
  const closed = new Promise<string>((resolve) => {
    server.on('connection', (socket) => {
      const stream = toDuplex(socket).resume();
      stream.on('close', () => resolve('close'));
      stream.on('end', () => go(server, completionPort));
    });
  });
  net
    .connect(server.port, host)
    .on('error', () => undefined)
    .end();
  const told = await Promise.race([closed, sleep(5000, 'nothing')]);
  await completionPort.close();
  return told;
}

/** The code with which a client without a certificate is refused. */
async function refusal(version: tls.SecureVersion, isOurs: boolean): Promise<string> {
  const server = tls.createServer({ key, cert, ca: cert, requestCert: true });
  server.on('tlsClientError', () => undefined);
  const ours = createServer((socket) => server.emit('connection', toDuplex(socket))).listen({
    host,
  });
  server.listen(0, host);
  await once(server, 'listening');
  const port = isOurs ? ours.port : (server.address() as net.AddressInfo).port;
  const trust = { ca: cert, servername: 'localhost', minVersion: version, maxVersion: version };
  const client = tls.connect({ ...trust, host, port }).resume();
  const code = await Promise.race([
    new Promise<string>((resolve) => {
      client.on('error', ({ code }: NodeJS.ErrnoException) => resolve(String(code)));
      client.on('close', () => resolve('no error'));
    }),
    sleep(10_000, 'nothing'),
  ]);
  client.destroy();
  server.close();
  ours.destroy();
  return code;
}

function connected(port: number): Promise<TcpSocket> {
  return connectTo({ address: host, port });
}

const attacks: Readonly<Record<string, () => unknown>> = {
  async 'small writes of an answer'() {
    const web = http.createServer((_, response) => {
      response.write('a');
      setImmediate(() => {
        response.write('b');
        setImmediate(() => response.end('c'));
      });
    });
    let noDelay: boolean | undefined;
    const server = createServer((socket) => {
      const stream = toDuplex(socket);
      noDelay = socket.getOption('noDelay');
      // Servers of Bun take no streams.
      if (process.versions.bun) stream.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc');
      else web.emit('connection', stream);
    }).listen({ host });
    const answer = await fetch(`http://${host}:${server.port}/`);
    const text = await answer.text();
    server.destroy();
    return { noDelay, text };
  },

  async 'a write long after another, and destroy'() {
    const { port, heard } = await hearing();
    const socket = await connected(port);
    await sleep(100);
    socket.write('one');
    await sleep(500);
    const isTaken = socket.write(' bye');
    socket.destroy();
    return [isTaken, await heard];
  },

  async 'several writes of a turn through the bridge, and destroy'() {
    const { port, heard } = await hearing();
    const stream = createConnection({ host, port });
    await once(stream, 'connect');
    for (const text of ['one ', 'two ', 'three']) stream.write(text);
    stream.destroy();
    return heard;
  },

  'a half-open stream whose server is disposed of': () =>
    halfOpen((server) => server[Symbol.asyncDispose]()),

  'a half-open stream whose port is closed': () => halfOpen((_, port) => port.close()),

  async 'options that are none'() {
    const { port, heard } = await hearing();
    const socket = await connected(port);
    const names = [{ objectMode: true }, { decodeStrings: false }].map((options) => {
      try {
        return toDuplex(socket, options as never) && 'taken';
      } catch (error) {
        return (error as Error).name;
      }
    });
    socket.destroy();
    await heard;
    return names;
  },

  async 'a reset, in the terms of Node'() {
    const streams: SocketDuplex[] = [];
    const server = createServer((socket) => streams.push(toDuplex(socket))).listen({ host });
    const socket = await connected(server.port);
    while (streams.length === 0) await sleep(5);
    const failed = once(streams[0]!.resume(), 'error');
    await sleep(100);
    socket.reset();
    const [error] = (await failed) as [NodeJS.ErrnoException];
    server.destroy();
    return [error.code, error.syscall];
  },

  async 'a client of TLS without a certificate'() {
    const told: Record<string, string[]> = {};
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      told[version] = [await refusal(version, false), await refusal(version, true)];
    }
    return told;
  },
};

process.on('uncaughtException', (error) =>
  console.log(JSON.stringify(['uncaught', error.message])),
);
for (const [name, attack] of Object.entries(attacks)) {
  console.log(JSON.stringify([name, await attack()]));
}
process.exit(0);
