/** Ends the process without a word to anybody, while the poller thread waits. */
import { setTimeout } from 'node:timers/promises';
import { CompletionPort, connect, createServer } from 'winsock/io';

const server = createServer((socket) => socket.end()).listen({ host: '127.0.0.1' });
while (CompletionPort.default.stats().wakeUps === 0) {
  // The packet of a connection that comes while nothing is done is dequeued by the poller, once there is one.
  await setTimeout(50);
  (await connect(server.address)).destroy();
}
await setTimeout(100);
console.log('ends');
(process as unknown as { reallyExit(code: number): never }).reallyExit(7);
