/** A worker that has used memory by its address ends: `worker-end.ts returns|exits|terminated`. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { addressOf, inet_addr } from 'winsock';

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  const [called] = await once(worker, 'message');
  const ended = once(worker, 'exit');
  if (process.argv[2] === 'terminated') await worker.terminate();
  await ended;
  // What the worker has left would be touched by now.
  await new Promise((resolve) => setTimeout(resolve, 200));
  console.log(`${called}, ended, alive`);
} else {
  const isCalled = addressOf(Buffer.alloc(8)) !== null && inet_addr('127.0.0.1') !== 0;
  parentPort!.postMessage(isCalled ? 'called' : 'not called');
  if (workerData === 'terminated') setInterval(() => undefined, 1000);
  if (workerData === 'exits') process.exit(0);
}
