/** A thread of a server: an echo, which says in which thread it runs and does as it is told. */
import { threadId, workerData } from 'node:worker_threads';
import { serveInThread } from 'winsock/io';

const serving = serveInThread(
  (socket) => {
    socket.on('data', (data) => {
      const text = String(data);
      if (text === 'which') socket.write(`${threadId} ${workerData.greeting}`);
      else if (text === 'throw') throw new Error('as I was told');
      else if (text === 'exit') process.exit(3);
      else if (text === 'stand still and exit') {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
        process.exit(3);
      } else socket.write(data);
    });
  },
  { socketOptions: { noDelay: true } },
);
serving.on('closing', () => {
  for (const socket of serving.connections) socket.end('closing');
});
