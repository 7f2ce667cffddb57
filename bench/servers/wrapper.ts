/**
 * Servers on winsock/io, as an application would write them. `wrapper.ts PORT [events] [wait]`
 *
 * With `wait` the thread waits itself for a while before the poller does.
 */
import { CompletionPort, createServer, type InternetAddress, UdpSocket } from 'winsock/io';

const WAIT_MILLISECONDS = 20;
const base = Number(process.argv[2]);
const byEvents = process.argv.includes('events');
const port = new CompletionPort({
  idleTurns: Number(process.env.IDLE_TURNS ?? 1),
  waitFor: process.argv.includes('wait') ? WAIT_MILLISECONDS : 0,
});
const chunk = Buffer.alloc(65536);

function listen(offset: number, onConnection: Parameters<typeof createServer>[1]): void {
  createServer(
    { completionPort: port, accepts: Number(process.env.ACCEPTS ?? 32) },
    onConnection,
  ).listen({
    host: '127.0.0.1',
    port: base + offset,
  });
}

listen(1, (socket) => {
  const pour = () => {
    for (let i = 0; i < 16; i++) if (!socket.write(chunk)) return;
    setImmediate(pour);
  };
  socket.on('drain', pour);
  socket.on('data', () => undefined);
  pour();
});
listen(2, (socket) => socket.borrow(() => undefined));

const udp = new UdpSocket({ completionPort: port }).bind({
  address: '127.0.0.1',
  port: base + 3,
});
if (byEvents) udp.on('message', (data, from) => void udp.send(data, from as InternetAddress));
else udp.borrow((bytes, from) => void udp.send(bytes, from as InternetAddress));

listen(0, (socket) => {
  if (byEvents) socket.on('data', (data) => socket.write(data));
  else socket.borrow((bytes) => socket.write(bytes));
});
