/** What TLS tells of connections that fail. Arguments: the files of a key and its certificate. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import tls from 'node:tls';

const [key, cert] = process.argv.slice(2).map((file) => readFileSync(file));
const host = '127.0.0.1';
const found = {};

async function listening(server) {
  await once(server.listen(0, host), 'listening');
  return server.address().port;
}

/** The errors of a socket, and whether its 'close' says that there was one. */
function end(socket) {
  const errors = [];
  socket.on('error', (error) => errors.push(error.code));
  return new Promise((resolve) => {
    socket.resume().on('close', (hadError) => resolve([...errors, hadError]));
  });
}

async function client(server) {
  const port = await listening(server);
  try {
    return await end(tls.connect({ port, host, ca: cert, servername: 'localhost' }));
  } finally {
    server.close();
  }
}

const closed = net.createServer();
const port = await listening(closed);
closed.close();
await once(closed, 'close');
found.refused = await end(tls.connect({ port, host }));

found['reset within the handshake'] = await client(
  net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
);
found['ended within the handshake'] = await client(
  net.createServer((socket) => socket.once('data', () => socket.end())),
);

const resetting = tls.createServer({ key, cert }, (secure) => secure.write('x'));
let accepted;
resetting.on('connection', (socket) => {
  accepted = socket;
});
const atClient = listening(resetting).then((at) => {
  const secure = tls.connect({ port: at, host, ca: cert, servername: 'localhost' });
  secure.once('data', () => accepted.resetAndDestroy());
  return end(secure);
});
found.reset = await atClient;
resetting.close();

const told = Promise.withResolvers();
const server = tls.createServer({ key, cert }, (secure) => end(secure).then(told.resolve));
const raw = net.connect(await listening(server), host);
const secure = tls.connect({ socket: raw, ca: cert, servername: 'localhost' });
secure.on('error', () => undefined);
secure.once('secureConnect', () => setTimeout(() => raw.destroy?.(), 50));
found['the end of the peer without a last word'] = await told.promise;
server.close();
console.log(JSON.stringify(found));
