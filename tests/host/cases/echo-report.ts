/**
 * An echo server that counts how its connections end. Whoever connects to the second port gets what
 * it has counted.
 */
import {
  CompletionPort,
  connectTo,
  createServer,
  type InternetAddress,
  type TcpSocket,
} from 'winsock/io';

const port = new CompletionPort();
let ends: Record<string, number> = {};
let open = 0;
let most = 0;

function serve(socket: TcpSocket): void {
  most = Math.max(most, ++open);
  socket.on('data', (chunk) => {
    if (socket.write(chunk)) return;
    socket.pause();
    socket.once('drain', () => socket.resume());
  });
  socket.on('end', () => void socket.end());
  socket.on('close', () => {
    open--;
    const how = socket.error ? (socket.error as { code?: string }).code! : 'orderly';
    ends[how] = (ends[how] ?? 0) + 1;
  });
}

const server = createServer({ completionPort: port, allowHalfOpen: true }, serve);
server.listen({ host: '127.0.0.1', backlog: 2000 });
const reports = createServer({ completionPort: port }, (socket) => {
  const { pending, records, buffers } = port.stats();
  const inUse = { records: records.total - records.free, buffers: buffers.bytes - buffers.free };
  void socket.end(JSON.stringify({ open, most, ends, pending, ...inUse }));
});
reports.listen({ host: '127.0.0.1' });
// With its first connections a server begins to accept more at once: what is counted comes after them.
for (const { address } of [server, reports]) {
  for (let i = 0; i < 10; i++) {
    const socket = await connectTo(address!, { completionPort: port });
    await socket.resume().close();
  }
}
while (open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
ends = {};
most = 0;
console.log(`ports ${[server, reports].map((one) => (one.address as InternetAddress).port)}`);
