/**
 * A child that serves what its parent passes: a connection, a port that is reserved, a datagram socket. It passes one
 * connection back.
 */
import http from 'node:http';
import {
  connectTo,
  createServer,
  type InternetAddress,
  SocketPasser,
  TcpServer,
  TcpSocket,
  toDuplex,
  UdpSocket,
} from 'winsock/io';

const passer = new SocketPasser(process as never, (passed) => {
  if (passed.detail === 'die') process.exit(3);
  if (passed.detail === 'listen') {
    TcpServer.from(passed).on('connection', (socket) => socket.end('served by the child'));
    process.send?.('listens');
    return;
  }
  if (passed.detail === 'datagrams') {
    const datagrams = UdpSocket.from(passed.handle);
    datagrams.on('message', (data, from) => {
      void datagrams.send(`child has ${data}`, from as InternetAddress);
    });
    return;
  }
  const socket = TcpSocket.from(passed);
  if (passed.detail === 'http') {
    const app = http.createServer((request, response) => {
      response.end(`${request.method} ${request.url} by the child`);
    });
    app.emit('connection', toDuplex(socket));
    return;
  }
  socket.write(`the child with ${JSON.stringify(passed.detail)}: `);
  socket.on('data', (data) => socket.write(data));
  socket.on('close', () => {
    passer.close();
    process.disconnect?.();
  });
});
const server = createServer({
  handOver: async (socket) => {
    await passer.pass(socket, 'from the child');
    await server.close();
  },
}).listen({ host: '127.0.0.1' });
const client = await connectTo(server.address as InternetAddress);
if (String(await client.read()) !== 'hello from the parent') process.exitCode = 1;
client.destroy();
