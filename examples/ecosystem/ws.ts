/**
 * WebSockets over an I/O completion port: the package ws with our sockets below, as an echo server
 * and as a client.
 *
 *   npm start -- examples/ecosystem/ws.ts -p 8080
 *   npm start -- examples/ecosystem/ws.ts ws://localhost:8080/ hello world
 */

import { once } from 'node:events';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { createConnection, createServer, type InternetAddress, toDuplex } from 'winsock/io';
import WebSocket, { WebSocketServer } from 'ws';

const USAGE = `usage: ws [-p PORT] [--host ADDRESS]   an echo server
       ws URL MESSAGE…                sends each message and prints what comes back
  -p PORT          port to listen on (default: one of the system's choice)
  --host ADDRESS   address to listen on (default: all)`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    port: { type: 'string', short: 'p', default: '0' },
    host: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
const [url, ...messages] = positionals;
if (values.help) console.log(USAGE);
else if (url) await talk(url, messages);
else serve();

function serve(): void {
  const web = http.createServer((_, response) => {
    response.writeHead(426, { Upgrade: 'websocket' }).end('Upgrade Required\n');
  });
  const sockets = new WebSocketServer({ server: web });
  sockets.on('connection', (socket) => {
    socket.on('error', (error) => console.log(`failed: ${error.message}`));
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('close', (code, reason) => console.log(`closed: ${code} ${reason}`));
  });

  // A server that does not listen itself: our server gives it the connections.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    web.emit('connection', toDuplex(socket));
  });
  server.listen({ port: Number(values.port), ...(values.host && { host: values.host }) });
  // Starts the clock of its header and request time-outs.
  web.emit('listening');
  console.log(`Listening on port ${(server.address as InternetAddress).port}`);
  process.on('SIGINT', () => {
    server.destroy();
  });
}

async function talk(url: string, messages: string[]): Promise<void> {
  const socket = new WebSocket(url, { createConnection });
  await once(socket, 'open');
  for (const message of messages) {
    socket.send(message);
    const [answer] = await once(socket, 'message');
    console.log(String(answer));
  }
  socket.close(1000, 'done');
  const [code] = await once(socket, 'close');
  console.log(`closed: ${code}`);
}
