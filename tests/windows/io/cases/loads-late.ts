/**
 * A process or a thread that ends, in the way that the argument tells, while a thread of its loads koffi or gives it its
 * settings: the poller, or one of its own. That thread prints "loaded" when it has.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { threadsBeginWith } from './threads-begin-with.ts';

const LOADING_MILLISECONDS = 500;

if (isMainThread) await main(process.argv[2]!);
else if (workerData.way === 'thread') (await import('winsock')).WSAGetLastError();
else await serve(workerData.loading);

async function main(way: string): Promise<void> {
  const loading = new Int32Array(new SharedArrayBuffer(4));
  const { CompletionPort } = await import('winsock/io');
  const completionPort = new CompletionPort();
  if (way === 'thread') loadLate(loading);
  const isOfThread = way === 'thread' || way === 'terminate';
  const worker = isOfThread
    ? new Worker(new URL(import.meta.url), { workerData: { way, loading } })
    : undefined;
  if (!worker) await serve(loading);
  while (Atomics.load(loading, 0) === 0) await new Promise(setImmediate);
  if (way === 'throw') throw new Error('on purpose');
  if (way === 'terminate') await worker!.terminate();
  if (way === 'close') void completionPort.close();
  setImmediate(() => process.exit());
}

/** Has a server of this thread get its poller, which takes its time to be loaded. */
async function serve(loading: Int32Array): Promise<void> {
  loadLate(loading);
  const { createServer } = await import('winsock/io');
  createServer().listen({ host: '127.0.0.1' });
}

/** Has every thread that is begun here take its time to load a native part; the word is 1 when one does. */
function loadLate(loading: Int32Array): void {
  const program = `{
    const { workerData: { loading } } = require('node:worker_threads');
    const { writeSync } = require('node:fs');
    const { dlopen } = process;
    const late = (load) => {
      Atomics.store(loading, 0, 1);
      Atomics.wait(loading, 0, 1, ${LOADING_MILLISECONDS});
      load();
      writeSync(1, 'loaded');
    };
    process.dlopen = (...args) => {
      if (${process.argv[2] !== 'settings'}) return late(() => dlopen.apply(process, args));
      dlopen.apply(process, args);
      const [{ exports: koffi }] = args;
      const { config } = koffi;
      koffi.config = (...given) => (given.length > 0 ? late(() => config(...given)) : config());
    };
  }`;
  threadsBeginWith(program, { loading });
}
