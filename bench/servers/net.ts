/** The same servers on node:net and node:dgram: `net.ts PORT` */
import dgram from 'node:dgram';
import net from 'node:net';

const base = Number(process.argv[2]);
const chunk = Buffer.alloc(65536);

function listen(offset: number, onConnection: (socket: net.Socket) => void): void {
  net
    .createServer((socket) => {
      socket.on('error', () => undefined);
      onConnection(socket);
    })
    .listen(base + offset, '127.0.0.1', 511);
}

listen(1, (socket) => {
  const pour = () => {
    for (let i = 0; i < 16; i++) if (!socket.write(chunk)) return;
    setImmediate(pour);
  };
  socket.on('drain', pour);
  socket.resume();
  pour();
});
listen(2, (socket) => socket.resume());

const udp = dgram.createSocket('udp4');
udp.on('message', (data, from) => udp.send(data, from.port, from.address));
udp.bind(base + 3, '127.0.0.1');

listen(0, (socket) => socket.on('data', (data) => socket.write(data)));
