/** Clients of Node.js over our sockets, with servers of Node.js on this system. */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import t, { type Test } from 'tap';
import { cert, key } from '../windows/io/node/certificate.ts';
import { freePort } from '../windows/support/free-port.ts';
import { start } from './ecosystem-support.ts';

const onWindows = process.platform === 'win32' && 'the other side is a program of Linux';

async function portOf(t: Test, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return (server.address() as AddressInfo).port;
}

t.test('clients by an Agent, over TLS and by HTTP/2', { skip: onWindows }, async (t) => {
  const data = randomBytes(3_000_000);
  const answer = (_: unknown, response: http.ServerResponse) => response.end(data);
  const plain = await portOf(t, http.createServer(answer));
  const secure = await portOf(t, https.createServer({ key, cert }, answer));
  const second = http2.createServer((_, response) => response.end(data));
  const http2Port = await portOf(t, second);
  const urls = [
    `http://127.0.0.1:${plain}/`,
    `https://127.0.0.1:${secure}/`,
    `h2c://127.0.0.1:${http2Port}/`,
  ];
  const example = start(t, 'examples/ecosystem/clients.ts', urls);
  t.equal(await example.ended(), 0, example.output);
  const hash = createHash('sha256').update(data).digest('hex');
  for (const url of urls) {
    t.match(example.output, `${url}: 200, ${data.length} bytes, ${hash}`);
  }
});

t.test('clients where nobody listens', { skip: onWindows }, async (t) => {
  const port = await freePort();
  const urls = ['http', 'https', 'h2c'].map((scheme) => `${scheme}://127.0.0.1:${port}/`);
  const example = start(t, 'examples/ecosystem/clients.ts', urls);
  t.equal(await example.ended(), 1, example.output);
  for (const url of urls) t.match(example.output, `${url}: ECONNREFUSED`);
});
