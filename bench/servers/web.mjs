// The server of bench/register.ts: it answers with a few bytes, by node:http or, where a folder with it is named, by
// express. Tells its port, and on each message how much processor time it has used.
import http from 'node:http';
import { createRequire } from 'node:module';

const [folder] = process.argv.slice(2);
const answer = 'Hello, world!\n';
let listener = (_, response) => response.end(answer);
if (folder) {
  const express = createRequire(`${folder}/`)('express');
  listener = express().get('/', (_, response) => response.send(answer));
}
const server = http.createServer(listener);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ microseconds: user + system });
});
process.on('disconnect', () => process.exit());
