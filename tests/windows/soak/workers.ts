/**
 * Threads in a row, each with a port, a server and a connection of winsock/io that it closes, and as many that do
 * nothing or the same over node:net, in turn: how long each takes, and what the process keeps of them.
 *
 *   npm start -- tests/windows/soak/workers.ts [WORKERS] [BLOCK] [terminate]
 *
 * They come in blocks of one kind; what the process has more after a block is put down to that kind. With `terminate`
 * each is terminated while all of that is open.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { CompletionPort } from 'winsock/io';
import { handleCount } from '../fuzz/states/handles.ts';
import { committedBytes } from '../support/committed.ts';
import { echoThread } from './echo-thread.ts';

const workers = Number(process.argv[2] ?? 1000);
const block = Number(process.argv[3] ?? 25);
const terminates = process.argv[4] === 'terminate';
/** Of each kind, before anything is measured. */
const WARM = 10;

/** Ends, in order or not: `over` says that all is open, and resolves when it is to be closed. */
const OVER = `
const { parentPort } = require('node:worker_threads');
const over = () => {
  if (${!terminates}) return Promise.resolve();
  parentPort.postMessage('open');
  return new Promise(() => setInterval(() => undefined, 1000));
};`;

const PROGRAMS = {
  bare: `${OVER}
over();`,
  'node:net': `${OVER}
const net = require('node:net');
const server = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1');
  socket.write('x');
  socket.once('data', async () => {
    await over();
    socket.end();
    server.close();
  });
});`,
  'winsock/io': `${OVER}${echoThread('await over(); await port.close();')}`,
};
const NAMES = Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[];

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
// Whoever has ports closes what threads leave.
const port = new CompletionPort();

async function run(name: keyof typeof PROGRAMS, count: number): Promise<number> {
  const began = performance.now();
  for (let n = 0; n < count; n++) {
    const worker = new Worker(PROGRAMS[name], { eval: true });
    worker.once('message', () => worker.terminate());
    await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  }
  return performance.now() - began;
}

async function held(): Promise<{ rss: number; committed: number; handles: number }> {
  await sleep(200);
  gc();
  return { rss: process.memoryUsage().rss, committed: committedBytes(), handles: handleCount() };
}

const sums = Object.fromEntries(
  NAMES.map((name) => [name, { workers: 0, milliseconds: 0, rss: 0, committed: 0, handles: 0 }]),
);
for (const name of NAMES) await run(name, WARM);
let before = await held();
for (let done = 0; done < workers; done += block) {
  // Whoever comes first is another one each time.
  const turn = (done / block) % NAMES.length;
  for (const name of [...NAMES.slice(turn), ...NAMES.slice(0, turn)]) {
    const milliseconds = await run(name, block);
    const after = await held();
    const sum = sums[name]!;
    sum.workers += block;
    sum.milliseconds += milliseconds;
    sum.rss += after.rss - before.rss;
    sum.committed += after.committed - before.committed;
    sum.handles += after.handles - before.handles;
    before = after;
  }
}
for (const [name, sum] of Object.entries(sums)) {
  const each = (sum.milliseconds / sum.workers).toFixed(1);
  const kept = (bytes: number) => (bytes / 1e3 / sum.workers).toFixed(1);
  console.log(
    `${name}: ${sum.workers} workers, ${each} ms each; of each stay ${kept(sum.rss)} KB resident, ` +
      `${kept(sum.committed)} KB committed; ${sum.handles} handles stay`,
  );
}
await port.close();
process.exit(0);
