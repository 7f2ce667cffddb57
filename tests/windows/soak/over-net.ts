/**
 * What programs do with node:net, node:dgram and node:tls, over these or over winsock/net and winsock/dgram, for as long
 * as is asked: what the run time itself holds more and more of is seen beside what this package does.
 *
 *   npm start -- tests/windows/soak/over-net.ts node|winsock MINUTES [PICTURE.svg]
 */
import type Dgram from 'node:dgram';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import type Net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';
import { cert, key } from '../io/node/certificate.ts';
import { soak, some } from './sampling.ts';

const [, , whose = 'node', minutes = '30', svg] = process.argv;
const name = whose === 'winsock' ? 'winsock/net' : 'node:net';
const { default: net } = (await import(name)) as { default: typeof Net };
const { default: dgram } = (await import(name.replace('net', 'dgram'))) as {
  default: typeof Dgram;
};
const until = Date.now() + Number(minutes) * 60_000;
/** Between two threads, as in everything.ts. */
const THREAD_SECONDS = 30;
const done = { connections: 0, resets: 0, aborts: 0, datagrams: 0, lookups: 0, tls: 0, threads: 0 };

const echo = net.createServer((socket) => void socket.on('error', () => {}).pipe(socket));
const secure = tls.createServer({ key, cert }, (socket) =>
  socket.on('error', () => {}).pipe(socket),
);
const underTls = net.createServer((socket) => void secure.emit('connection', socket));
await Promise.all(
  [echo, underTls].map((server) => once(server.listen(0, '127.0.0.1'), 'listening')),
);
const portOf = (server: Net.Server) => (server.address() as Net.AddressInfo).port;
const connect = (server: Net.Server) => net.connect(portOf(server), '127.0.0.1');

/** Resolves when it has closed, however that came. */
const closed = (socket: Net.Socket) =>
  new Promise<void>((resolve) => socket.once('close', () => resolve()));

async function connections(): Promise<void> {
  const socket = connect(echo);
  const sent = Buffer.alloc(1 + some(60_000), 7);
  socket.end(sent);
  let received = 0;
  for await (const chunk of socket) received += (chunk as Buffer).length;
  if (received < sent.length) throw new Error(`${received} of ${sent.length} bytes came back`);
  done.connections++;
}

async function resets(): Promise<void> {
  const socket = connect(echo).on('error', () => {});
  await once(socket, 'connect');
  socket.write(Buffer.alloc(some(100_000)));
  if (some(2) === 0) await Promise.race([once(socket, 'data'), closed(socket)]);
  const over = closed(socket);
  socket.resetAndDestroy();
  await over;
  done.resets++;
}

async function aborts(): Promise<void> {
  const socket = connect(echo).on('error', () => {});
  const over = closed(socket);
  await sleep(some(4));
  socket.destroy();
  await over;
  done.aborts++;
}

async function datagrams(): Promise<void> {
  const [one, other] = [dgram.createSocket('udp4'), dgram.createSocket('udp4')];
  await Promise.all([one, other].map((socket) => once(socket.bind(0, '127.0.0.1'), 'listening')));
  other.on('message', (data, { port, address }) => other.send(data, port, address));
  for (let i = 0; i < 10; i++) {
    one.send(Buffer.alloc(some(9000)), other.address().port, '127.0.0.1');
    await Promise.race([once(one, 'message'), sleep(2000)]);
    done.datagrams++;
  }
  one.close();
  other.close();
}

async function lookups(): Promise<void> {
  await dns.lookup(some(2) === 0 ? 'localhost' : '127.0.0.1');
  done.lookups++;
}

async function overTls(): Promise<void> {
  const socket = tls.connect({ socket: connect(underTls), rejectUnauthorized: false });
  const over = closed(socket);
  socket.once('secureConnect', () => socket.write(Buffer.alloc(1 + some(30_000))));
  socket.once('data', () => (some(3) === 0 ? socket.destroy() : socket.resume().end()));
  socket.on('error', () => {});
  await over;
  done.tls++;
}

const THREAD = `const { parentPort } = require('node:worker_threads');
import('${name}').then(({ default: net }) => {
  const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () => {
    const socket = net.connect(server.address().port, '127.0.0.1', () => socket.write('x'));
    socket.once('data', () => {
      parentPort.postMessage('ready');
      parentPort.once('message', () => {
        socket.end();
        server.close();
      });
    });
  });
});`;

async function threads(): Promise<void> {
  const worker = new Worker(THREAD, { eval: true });
  const over = once(worker, 'exit');
  await once(worker, 'message');
  if (some(2) === 0) await worker.terminate();
  else worker.postMessage('close');
  await over;
  done.threads++;
  for (let waited = 0; waited < THREAD_SECONDS && Date.now() < until; waited++) await sleep(1000);
}

const problems = await soak({
  minutes: Number(minutes),
  svg,
  done,
  work: [connections, connections, resets, aborts, datagrams, lookups, overTls, threads],
  end: () => Promise.all([echo, underTls].map((server) => once(server.close(), 'close'))),
});
process.exit(problems > 0 ? 1 : 0);
