/**
 * A process that ends, in the way that its argument tells, while a thread of its loads koffi: the poller, or one of its
 * own. That thread prints "loaded" when it has.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { isMainThread, type WorkerOptions } from 'node:worker_threads';

const LOADING_MILLISECONDS = 500;

if (isMainThread) await main(process.argv[2]!);
else (await import('winsock')).WSAGetLastError();

async function main(way: string): Promise<void> {
  const loading = loadLate();
  const { CompletionPort, createServer } = await import('winsock/io');
  const completionPort = new CompletionPort();
  if (way === 'thread') {
    const { Worker } = await import('node:worker_threads');
    new Worker(new URL(import.meta.url));
  } else {
    createServer({ completionPort }).listen({ host: '127.0.0.1' });
  }
  while (Atomics.load(loading, 0) === 0) await new Promise(setImmediate);
  if (way === 'throw') throw new Error('on purpose');
  if (way === 'close') void completionPort.close();
  setImmediate(() => process.exit());
}

/** Has every thread that is begun take its time to load a native part; the word is 1 when one does. */
function loadLate(): Int32Array {
  const loading = new Int32Array(new SharedArrayBuffer(4));
  const threads = createRequire(import.meta.url)('node:worker_threads');
  const Original = threads.Worker;
  threads.Worker = class extends Original {
    constructor(file: string | URL, options: WorkerOptions = {}) {
      const program = `
        const { workerData } = require('node:worker_threads');
        const { writeSync } = require('node:fs');
        const { dlopen } = process;
        const { loading } = workerData;
        process.dlopen = (...args) => {
          Atomics.store(loading, 0, 1);
          Atomics.wait(loading, 0, 1, ${LOADING_MILLISECONDS});
          dlopen.apply(process, args);
          writeSync(1, 'loaded');
        };
        ${options.eval ? file : `import(${JSON.stringify(String(file))})`}`;
      const workerData = { ...options.workerData, loading };
      super(program, { ...options, workerData, eval: true });
    }
  };
  syncBuiltinESMExports();
  return loading;
}
