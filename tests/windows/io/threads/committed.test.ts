/** A thread that has ended leaves no memory that the system has to have ready: what koffi called on, and our own. */
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { committedBytes } from '../../support/committed.ts';

const FIRST = 6;
const THREADS = 12;
/** For each thread: koffi alone had 3 MiB; what the engine leaves varies by one. */
const MOST_BYTES = 2 << 20;
/** Of threads that begin at once a fifth was lost. */
const MOST_EACH_OF_MANY = 1 << 18;
/** Here the engine has none, and we have that of operations: an echo left 256 KiB. */
const LOW_END = 2 ** 30;
const MOST_LOW_BYTES = 1 << 16;

const CALLS = `import('winsock').then(({ WSAStartup, WSADATA, WSACleanup }) => {
  WSAStartup(0x202, new WSADATA());
  WSACleanup();
})`;

const CALLS_ASYNC = `import('winsock').then(async ({ gethostname, WSAStartup, WSADATA }) => {
  WSAStartup(0x202, new WSADATA());
  const name = new Uint8Array(256);
  await Promise.all([1, 2, 3].map(() => gethostname.async(name, name.length)));
})`;

const ECHO = `import('winsock/net').then(({ default: net }) => {
  const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () => {
    const socket = net.connect(server.address().port, '127.0.0.1', () => socket.end('x'));
    socket.resume().once('close', () => server.close());
  });
})`;

const WAITS = `import('winsock/io').then(({ createServer }) => {
  createServer().listen({ host: '127.0.0.1' });
  require('node:worker_threads').parentPort.postMessage('listens');
})`;

async function inOrder(program: string): Promise<void> {
  const worker = new Worker(program, { eval: true });
  await once(worker, 'exit');
}

async function terminated(program: string): Promise<void> {
  const worker = new Worker(program, { eval: true });
  await once(worker, 'message');
  await worker.terminate();
}

const CASES: [what: string, program: string, run: (program: string) => Promise<void>][] = [
  ['makes a call', CALLS, inOrder],
  ['makes asynchronous calls', CALLS_ASYNC, inOrder],
  ['echoes', ECHO, inOrder],
  ['is terminated while it listens', WAITS, terminated],
];

for (const [what, program, run] of CASES) {
  t.test(`a thread that ${what}`, async (t) => {
    for (let n = 0; n < FIRST; n++) await run(program);
    const before = committedBytes();
    const lowBefore = committedBytes(LOW_END);
    for (let n = 0; n < THREADS; n++) await run(program);
    const each = (committedBytes() - before) / THREADS;
    t.ok(each < MOST_BYTES, `leaves ${Math.round(each / 1024)} KiB`);
    // What is terminated may have operations that are under way, and their memory stays.
    if (run === terminated) return;
    const low = (committedBytes(LOW_END) - lowBefore) / THREADS;
    t.ok(low < MOST_LOW_BYTES, `and ${Math.round(low / 1024)} KiB of operations`);
  });
}

const AT_ONCE = 8;
const ROUNDS = 16;

/** So many threads that begin at once, so many times. */
async function many(program: string, rounds: number): Promise<void> {
  for (let n = 0; n < rounds; n++) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => inOrder(program)));
  }
}

t.test('threads that begin and end at the same time leave nothing either', async (t) => {
  await many(CALLS, 1);
  await inOrder(CALLS);
  const before = committedBytes();
  await many(CALLS, ROUNDS);
  // This one gives back what the last ones have left.
  await inOrder(CALLS);
  const each = (committedBytes() - before) / (AT_ONCE * ROUNDS);
  t.ok(each < MOST_EACH_OF_MANY, `each leaves ${Math.round(each / 1024)} KiB`);
});

t.test('two copies of the package in one thread have its memory given back once', async (t) => {
  const dist = path.dirname(fileURLToPath(import.meta.resolve('winsock')));
  const copy = mkdtempSync(path.join(tmpdir(), 'winsock-copy-'));
  t.teardown(() => rmSync(copy, { recursive: true }));
  cpSync(dist, copy, { recursive: true, filter: (file) => !/types$|\.(?:map|json)$/.test(file) });
  const other = pathToFileURL(path.join(copy, 'index.js')).href;
  const both = `${CALLS}.then(() => ${CALLS.replace('winsock', other)});`;
  await many(both, 1);
  const before = committedBytes();
  await many(both, 4);
  await inOrder(both);
  const each = (committedBytes() - before) / (AT_ONCE * 4);
  t.ok(each < MOST_BYTES, `each leaves ${Math.round(each / 1024)} KiB`);
});
