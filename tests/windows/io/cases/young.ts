/** How old the port of a thread is when it gets its poller, in milliseconds; that thread ends when it has one. */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { CompletionPort, createServer } from 'winsock/io';

if (isMainThread) {
  const [age] = await once(new Worker(new URL(import.meta.url)), 'message');
  console.log(age);
} else {
  const made = performance.now();
  const server = createServer({ completionPort: new CompletionPort() });
  process.on('worker', () => {
    parentPort!.postMessage(Math.round(performance.now() - made));
    server.destroy();
    void server.completionPort.close();
  });
  server.listen({ host: '127.0.0.1' });
}
