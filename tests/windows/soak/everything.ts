/**
 * Connects, resets, aborts, datagrams, lookups, TLS and threads at once, for as long as is asked, with what the
 * process holds looked at every few seconds: what grows, leaks.
 *
 *   npm start -- tests/windows/soak/everything.ts MINUTES [PICTURE.svg]
 *
 * Each line is a sample after a garbage collection; at the end stands how each has changed since the fifth minute.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';
import {
  CompletionPort,
  connectTo,
  createConnection,
  createServer,
  type InternetAddress,
  resolve,
  toDuplex,
  UdpSocket,
} from 'winsock/io';
import { cert, key } from '../io/node/certificate.ts';
import { echoThread } from './echo-thread.ts';
import { soak, some } from './sampling.ts';

const minutes = Number(process.argv[2] ?? 30);
const svg = process.argv[3];
/** Between two threads: each costs the run time itself memory that it never gives back. */
const THREAD_SECONDS = 30;
/**
 * Between two lookups that are given up: Wine has a thread of a megabyte wait for the name server all the same, and
 * hundreds of those would be all that is seen of resident memory.
 */
const GIVEN_UP_MILLISECONDS = 500;

const port = new CompletionPort();
const until = Date.now() + minutes * 60_000;
const done = { connections: 0, resets: 0, aborts: 0, datagrams: 0, lookups: 0, tls: 0, threads: 0 };
const going = () => Date.now() < until;

const echo = createServer({ completionPort: port }, (socket) => {
  socket.on('data', (data) => socket.write(data));
}).listen({ host: '127.0.0.1' });
const to = { address: '127.0.0.1', port: echo.port };
const at = { completionPort: port };

async function connections(): Promise<void> {
  const socket = await connectTo(to, at);
  const sent = Buffer.alloc(1 + some(60_000), 7);
  socket.write(sent);
  let received = 0;
  while (received < sent.length) {
    const chunk = await socket.read({ timeout: 20_000 });
    if (!chunk) throw new Error(`${received} of ${sent.length} bytes came back`);
    received += chunk.length;
  }
  await socket.close();
  done.connections++;
}

async function resets(): Promise<void> {
  const socket = await connectTo(to, at);
  socket.write(Buffer.alloc(some(100_000)));
  if (some(2) === 0) await socket.read({ timeout: 20_000 }).catch(() => undefined);
  await socket.reset().closed;
  done.resets++;
}

async function aborts(): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), some(4));
  try {
    const socket = await connectTo(to, { ...at, signal: controller.signal });
    await socket.read({ signal: controller.signal }).catch(() => undefined);
    socket.destroy();
  } catch {
    // That is what it was for.
  }
  clearTimeout(timer);
  done.aborts++;
}

async function datagrams(): Promise<void> {
  const one = new UdpSocket(at).bind({ address: '127.0.0.1' });
  const other = new UdpSocket(at).bind({ address: '127.0.0.1' });
  other.on('message', (data, from) => void other.send(data, from as InternetAddress));
  for (let i = 0; i < 10; i++) {
    await one.send(Buffer.alloc(some(9000)), other.localAddress);
    await one.receive({ timeout: 2000 }).catch(() => undefined);
    done.datagrams++;
  }
  await Promise.all([one.close(), other.close()]);
}

let givenUp = 0;

async function lookups(): Promise<void> {
  await resolve(some(2) === 0 ? 'localhost' : '127.0.0.1');
  if (Date.now() - givenUp >= GIVEN_UP_MILLISECONDS) {
    givenUp = Date.now();
    await resolve('nobody.example.invalid', { timeout: some(20) }).catch(() => undefined);
  }
  done.lookups++;
}

const secure = tls.createServer({ key, cert }, (socket) =>
  socket.on('error', () => {}).pipe(socket),
);
const underTls = createServer(at, (socket) => {
  const stream = toDuplex(socket);
  secure.emit('connection', stream);
  stream.allowHalfOpen = true;
}).listen({ host: '127.0.0.1' });

async function overTls(): Promise<void> {
  const stream = createConnection({ host: '127.0.0.1', port: underTls.port, completionPort: port });
  const socket = tls.connect({ socket: stream, rejectUnauthorized: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', () => socket.write(Buffer.alloc(1 + some(30_000))));
    socket.once('data', () => (some(3) === 0 ? socket.destroy() : socket.resume().end()));
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
  done.tls++;
}

const THREAD = `const { parentPort } = require('node:worker_threads');
${echoThread(`parentPort.postMessage('ready');
  parentPort.once('message', async () => {
    await port.close();
    parentPort.close();
  });`)}`;

async function threads(): Promise<void> {
  const worker = new Worker(THREAD, { eval: true });
  const over = new Promise((resolve, reject) => {
    worker.once('exit', resolve);
    worker.once('error', reject);
  });
  await new Promise((resolve) => worker.once('message', resolve));
  if (some(2) === 0) await worker.terminate();
  else worker.postMessage('close');
  await over;
  done.threads++;
  for (let waited = 0; waited < THREAD_SECONDS && going(); waited++) await sleep(1000);
}

const problems = await soak({
  minutes,
  svg,
  done,
  work: [connections, connections, resets, aborts, datagrams, lookups, overTls, threads],
  more: [
    { name: 'native memory of ports', unit: 'MB', now: nativeMegabytes },
    { name: 'operations pending', unit: '', now: () => port.stats().pending },
  ],
  end: () => Promise.all([echo.close(), underTls.close()]),
});
await port.close();
process.exit(problems > 0 ? 1 : 0);

function nativeMegabytes(): number {
  const { records, buffers } = port.stats();
  // A record has 1 KiB.
  return (buffers.bytes + records.total * 1024) / 1e6;
}
