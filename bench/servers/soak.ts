/**
 * Echo servers of every kind, which report about their memory. `soak.ts PORT SECONDS`
 *
 * PORT: by events; +1: borrowed; +2: by loop; +3: datagrams. A report is one line of JSON.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CompletionPort, createServer, type InternetAddress, UdpSocket } from 'winsock/io';

const base = Number(process.argv[2]);
const seconds = Number(process.argv[3]);
const port = new CompletionPort();

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function listen(offset: number, onConnection: Parameters<typeof createServer>[1]): void {
  createServer({ completionPort: port }, onConnection).listen({
    host: '127.0.0.1',
    port: base + offset,
  });
}

listen(0, (socket) => {
  socket.on('data', (data) => socket.write(data));
});
listen(1, (socket) => socket.borrow((bytes) => socket.write(bytes)));
listen(2, async (socket) => {
  try {
    for await (const data of socket) await socket.send(data);
  } catch {
    // The load drops its connections when its time is over.
  }
});

const udp = new UdpSocket({ completionPort: port }).bind({ address: '127.0.0.1', port: base + 3 });
udp.on('message', (data, from) => void udp.send(data, from as InternetAddress));

setInterval(() => {
  // What garbage there happens to be is not of interest.
  gc();
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  const { pending, records, buffers, packets, completedAtStart } = port.stats();
  console.log(
    JSON.stringify({
      heapUsed,
      external,
      arrayBuffers,
      rss,
      pending,
      recordsInUse: records.total - records.free,
      records: records.total,
      buffers: buffers.bytes,
      buffersInUse: buffers.bytes - buffers.free,
      operations: packets + completedAtStart,
    }),
  );
}, seconds * 1000);
