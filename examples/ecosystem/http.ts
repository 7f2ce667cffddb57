/**
 * Node's own HTTP server over an I/O completion port: node:http with our sockets below.
 *
 *   npm start -- examples/ecosystem/http.ts -p 8080
 *   curl http://localhost:8080/
 */

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import http from 'node:http';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createServer, type InternetAddress, type SocketDuplex, toDuplex } from 'winsock/io';

const USAGE = `usage: http [-p PORT] [--host ADDRESS]
  -p PORT          port to listen on (default: one of the system's choice)
  --host ADDRESS   address to listen on (default: all)

GET  /         a greeting
GET  /served   how many requests came
GET  /bytes/N  N bytes, in chunks
GET  /file     this program, sent by the system itself
POST /echo     the body
POST /hash     the length and the SHA-256 of the body
Upgrade: echo  whatever is sent, back`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', short: 'p', default: '0' },
    host: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

let served = 0;

function* bytes(count: number) {
  for (let left = count; left > 0; left -= 65536) yield Buffer.alloc(Math.min(left, 65536), 'x');
}

/** The headers go as always; the file goes from the disk to the network without passing through here. */
async function sendFile(response: http.ServerResponse): Promise<void> {
  const file = fileURLToPath(import.meta.url);
  response.setHeader('content-length', statSync(file).size);
  response.flushHeaders();
  await (response.socket as unknown as SocketDuplex).sendFile(file);
  response.end();
}

const web = http.createServer(async (request, response) => {
  served++;
  try {
    const [, what, count] = (request.url ?? '').split('/');
    if (what === '') response.end('Hello from the completion port\n');
    else if (what === 'served') response.end(`${served}\n`);
    else if (what === 'bytes') await pipeline(bytes(Number(count)), response);
    else if (what === 'file') await sendFile(response);
    else if (what === 'echo') await pipeline(request, response);
    else if (what === 'hash') {
      const hash = createHash('sha256');
      let length = 0;
      for await (const chunk of request) {
        hash.update(chunk);
        length += chunk.length;
      }
      response.end(`${length} ${hash.digest('hex')}\n`);
    } else response.writeHead(404).end();
  } catch (error) {
    console.log(`request failed: ${(error as { code?: string }).code}`);
  }
});
web.on('upgrade', (_request, socket, head) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.write(head);
  socket.pipe(socket);
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
