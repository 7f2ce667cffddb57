/**
 * Connects, resets, aborts, datagrams, lookups, TLS and threads at once, for as long as is asked, with what the
 * process holds looked at every few seconds: what grows, leaks.
 *
 *   npm start -- tests/windows/soak/everything.ts MINUTES [PICTURE.svg]
 *
 * Each line is a sample after a garbage collection; at the end stands how each has changed since the fifth minute.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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
import { handleCount } from '../fuzz/states/handles.ts';
import { cert, key } from '../io/node/certificate.ts';
import { echoThread } from './echo-thread.ts';
import { type Line, picture } from './picture.ts';

const minutes = Number(process.argv[2] ?? 30);
const svg = process.argv[3];
const SAMPLE_SECONDS = 5;
/** Pools fill and code is compiled until then. */
const WARM_MINUTES = Math.min(5, minutes / 3);
/** Between two threads: each costs the run time itself memory that it never gives back. */
const THREAD_SECONDS = 30;
/**
 * Between two lookups that are given up: Wine has a thread of a megabyte wait for the name server all the same, and
 * hundreds of those would be all that is seen of resident memory.
 */
const GIVEN_UP_MILLISECONDS = 500;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const port = new CompletionPort();
const until = Date.now() + minutes * 60_000;
const done = { connections: 0, resets: 0, aborts: 0, datagrams: 0, lookups: 0, tls: 0, threads: 0 };
const problems: string[] = [];
const going = () => Date.now() < until;
const some = (most: number) => Math.floor(Math.random() * most);

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

async function repeat(what: () => Promise<void>): Promise<void> {
  while (going()) {
    try {
      await what();
    } catch (error) {
      problems.push(`${what.name}: ${(error as Error).message}`);
      if (problems.length > 100) return;
      await sleep(100);
    }
    await sleep(1 + some(10));
  }
}

const LINES: readonly Line[] = [
  { name: 'heap', unit: 'MB', values: [] },
  { name: 'external', unit: 'MB', values: [] },
  { name: 'resident', unit: 'MB', values: [] },
  { name: 'native memory of ports', unit: 'MB', values: [] },
  { name: 'handles', unit: '', values: [] },
  { name: 'operations pending', unit: '', values: [] },
];
const times: number[] = [];
const began = Date.now();

function sample(): void {
  gc();
  const { heapUsed, external, rss } = process.memoryUsage();
  const { pending, records, buffers } = port.stats();
  // A record has 1 KiB.
  const native = (buffers.bytes + records.total * 1024) / 1e6;
  const values = [heapUsed / 1e6, external / 1e6, rss / 1e6, native, handleCount(), pending];
  times.push((Date.now() - began) / 60_000);
  values.forEach((value, index) => {
    LINES[index]!.values.push(value);
  });
  const shown = values.map((value, index) => `${LINES[index]!.name} ${value.toFixed(1)}`);
  console.log([times.at(-1)!.toFixed(2), ...shown, JSON.stringify(done)].join('  '));
}

process.on('uncaughtException', (error) => problems.push(`uncaught: ${error.stack}`));
process.on('unhandledRejection', (error) => problems.push(`unhandled: ${String(error)}`));
const sampling = setInterval(sample, SAMPLE_SECONDS * 1000);
const work = [connections, connections, resets, aborts, datagrams, lookups, overTls, threads];
await Promise.all(work.map(repeat));
clearInterval(sampling);
await Promise.all([echo.close(), underTls.close()]);
await sleep(2000);
sample();

/** The mean of a part of the samples. */
function mean(values: readonly number[], from: number, to: number): number {
  const chosen = values.filter((_, index) => times[index]! >= from && times[index]! <= to);
  return chosen.reduce((sum, value) => sum + value, 0) / Math.max(1, chosen.length);
}

console.log(`\nchange from the minutes after ${WARM_MINUTES.toFixed(1)} to the last ones`);
for (const { name, unit, values } of LINES) {
  const span = minutes / 10;
  const first = mean(values, WARM_MINUTES, WARM_MINUTES + span);
  const last = mean(values, minutes - span, minutes);
  const rise = (last - first).toFixed(2);
  console.log(`${name}: ${first.toFixed(2)} to ${last.toFixed(2)} ${unit}, ${rise}`);
}
console.log(`${problems.length} problems\n${[...new Set(problems)].join('\n')}`);
if (svg) writeFileSync(svg, picture(times, LINES));
await port.close();
process.exit(problems.length > 0 ? 1 : 0);
