// https, http2 and tls with a certificate of their own: what they say of their connections.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import tls from 'node:tls';

const pair = { key: readFileSync(process.argv[2]), cert: readFileSync(process.argv[3]) };
const host = '127.0.0.1';
const trusting = { host, rejectUnauthorized: false };
const port = async (server) => {
  await once(server.listen(0, host), 'listening');
  return server.address().port;
};
const found = {};

const web = https.createServer(pair, ({ socket }, response) => response.end(socket.remoteAddress));
const request = https.get({ ...trusting, port: await port(web), agent: false });
const [response] = await once(request, 'response');
found.https = await text(response);
web.close();

for (const [name, server] of [
  ['http2', http2.createSecureServer(pair)],
  ['http2 without TLS', http2.createServer()],
]) {
  server.on('stream', (stream) => stream.end(stream.session.socket.remoteAddress));
  const scheme = name === 'http2' ? 'https' : 'http';
  const session = http2.connect(`${scheme}://${host}:${await port(server)}`, trusting);
  found[name] = await text(session.request({ ':path': '/' }));
  session.close();
  server.close();
}

const refusing = http2.createServer();
refusing.on('sessionError', () => undefined);
refusing.on('stream', (stream) => {
  stream.on('error', () => undefined);
  stream.respond();
  stream.session.destroy(http2.constants.NGHTTP2_REFUSED_STREAM);
});
const session = http2.connect(`http://${host}:${await port(refusing)}`);
session.request({ ':path': '/' }).on('error', () => undefined);
found.destroyed = (await once(session, 'error'))[0].message;
refusing.close();

const plain = tls.createServer(pair, (socket) => socket.setNoDelay().setKeepAlive(true).end('tls'));
const client = tls.connect({ ...trusting, port: await port(plain) });
await once(client, 'secureConnect');
found.address = [client.remoteAddress, typeof client.localPort];
found.tls = await text(client);
plain.close();
const refused = tls.connect({ ...trusting, port: plain.address()?.port ?? 9 });
found.refused = (await once(refused, 'error'))[0].code;

// The server closes when the last answer has begun to come: what that does to a connection is told to nobody.
const busy = https.createServer(pair, (_, response) => response.end('an answer'));
const options = { ...trusting, port: await port(busy) };
let waiting = 15;
const answers = Array.from({ length: waiting }, async () => {
  const told = [];
  const asked = https.get({ ...options, agent: new https.Agent() });
  asked.on('error', ({ code }) => told.push(code));
  const closed = new Promise((resolve) => asked.once('close', resolve));
  const [answer] = await once(asked, 'response');
  waiting -= 1;
  if (waiting === 0) busy.close();
  told.push(await text(answer));
  await closed;
  return told;
});
found['at once'] = [...new Set((await Promise.all(answers)).map(String))];

// TLS within TLS: the last word of the inner one comes when the outer one has gone.
const inner = tls.createServer(pair, (socket) => socket.end('A'.repeat(40_000)));
const innerPort = await port(inner);
const outer = tls.createServer(pair, (socket) => {
  const on = net.connect(innerPort, host);
  on.pipe(socket).pipe(on);
  on.on('end', () => socket.destroy());
});
const around = tls.connect({ ...trusting, port: await port(outer) });
const within = tls.connect({ ...trusting, socket: around });
let length = 0;
within.on('data', (data) => {
  length += data.length;
});
await once(within, 'end');
found.within = length;
if (!around.closed) await once(around, 'close');
inner.close();
outer.close();
console.log(JSON.stringify(found));
