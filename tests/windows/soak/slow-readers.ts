/**
 * A server that many slow readers keep waiting: what it holds for them stays within what was asked for.
 *
 *   npm start -- tests/windows/soak/slow-readers.ts [READERS] [SECONDS]
 *
 * The server writes to each reader as fast as `write` lets it, with a high-water mark of 64 KiB. When all are
 * connected, each reader takes a chunk every tenth of a second. Prints what waits in the server, the most of it and of the process's memory.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CompletionPort, connectTo, createServer, type TcpSocket } from 'winsock/io';

const readers = Number(process.argv[2] ?? 1000);
const seconds = Number(process.argv[3] ?? 60);
const MARK = 65_536;
const CHUNK = Buffer.alloc(16_384, 3);

const port = new CompletionPort();
const open = new Set<TcpSocket>();
let written = 0;
let received = 0;

function fill(socket: TcpSocket): void {
  let room = true;
  while (room && socket.writable) {
    room = socket.write(CHUNK);
    written += CHUNK.length;
  }
}

const server = createServer({ completionPort: port, highWaterMark: MARK }, (socket) => {
  open.add(socket);
  socket.on('drain', () => fill(socket));
  socket.on('close', () => open.delete(socket));
  fill(socket);
}).listen({ host: '127.0.0.1' });

/** More at once than the server's backlog takes would be connected seconds later, and then more seconds later. */
const AT_ONCE = 50;
const to = { address: '127.0.0.1', port: server.port };
const sockets: TcpSocket[] = [];
while (sockets.length < readers) {
  const some = Math.min(AT_ONCE, readers - sockets.length);
  const connecting = Array.from({ length: some }, () => connectTo(to, { completionPort: port }));
  sockets.push(...(await Promise.all(connecting)));
}
while (open.size < readers) await sleep(10);
const until = Date.now() + seconds * 1000;
let failed = 0;
/** Readers that were sent something. */
let served = 0;

async function read(socket: TcpSocket): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), until - Date.now());
  let chunks = 0;
  while (Date.now() < until) {
    const chunk = await socket.read();
    if (!chunk && !socket.destroyed) throw new Error('the stream has ended');
    if (!chunk) break;
    chunks++;
    received += chunk.length;
    if (chunk.some((byte) => byte !== 3)) throw new Error('wrong bytes');
    await sleep(100);
  }
  clearTimeout(timer);
  if (chunks > 0) served++;
  socket.destroy();
}

let most = 0;
let mostOfOne = 0;
let resident = 0;
const watching = setInterval(() => {
  let waiting = 0;
  for (const { pendingBytes } of open) {
    waiting += pendingBytes;
    mostOfOne = Math.max(mostOfOne, pendingBytes);
  }
  most = Math.max(most, waiting);
  resident = Math.max(resident, process.memoryUsage().rss);
}, 200);

await Promise.all(
  sockets.map((socket) =>
    read(socket).catch((error: Error) => {
      failed++;
      console.log(error.message);
    }),
  ),
);
clearInterval(watching);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
// The last write may begin just below the mark.
const allowed = MARK + CHUNK.length;
console.log(
  `${readers} readers for ${seconds} s: ${megabytes(written)} written, ${megabytes(received)} read`,
);
console.log(`waiting at most: ${megabytes(most)} of ${megabytes(readers * allowed)} allowed`);
console.log(`waiting for one at most: ${mostOfOne} of ${allowed} bytes allowed`);
console.log(
  `resident at most: ${megabytes(resident)}; ${served} readers were served, ${failed} failed`,
);
server.destroy();
await port.close();
process.exit(failed > 0 || mostOfOne > allowed ? 1 : 0);
