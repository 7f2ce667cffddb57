/** A thread with a port of its own: an echo server, until a message tells it to close. */
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { CompletionPort, createServer, type InternetAddress } from 'winsock/io';

const port = new CompletionPort();
const server = createServer({ completionPort: port }, (socket) => {
  socket.borrow((bytes) => socket.write(bytes));
}).listen({ host: '127.0.0.1' });
parentPort!.postMessage(server.address as InternetAddress);
await once(parentPort!, 'message');
await server[Symbol.asyncDispose]();
const { pending, packets, completedAtStart } = port.stats();
await port.close();
parentPort!.postMessage({ pending, operations: packets + completedAtStart });
