// The server of bench/register.ts: it answers with a few bytes, by node:http or, where a folder with it is named, by
// express. With --bridge=URL its connections are streams of the winsock/io there. Tells its port, and on each message
// how much processor time it has used.
import http from 'node:http';
import { createRequire } from 'node:module';

const BRIDGE = '--bridge=';
const given = process.argv.slice(2);
const bridge = given.find((one) => one.startsWith(BRIDGE))?.slice(BRIDGE.length);
const folder = given.find((one) => !one.startsWith(BRIDGE));
const answer = 'Hello, world!\n';
let listener = (_, response) => response.end(answer);
if (folder) {
  const express = createRequire(`${folder}/`)('express');
  listener = express().get('/', (_, response) => response.send(answer));
}
const server = http.createServer(listener);
if (bridge) {
  const { createServer, toDuplex } = await import(bridge);
  const { port } = createServer((socket) => server.emit('connection', toDuplex(socket))).listen({
    host: '127.0.0.1',
  });
  process.send({ port });
} else {
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
}
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ microseconds: user + system });
});
process.on('disconnect', () => process.exit());
