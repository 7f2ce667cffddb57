/** undici over our sockets, with HTTP servers of this system: Node's and Python's. */

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { freePort } from '../windows/support/free-port.ts';
import { found, lacking, start } from './ecosystem-support.ts';

/** Answers as its paths say. */
async function nodeServer(t: Test): Promise<string> {
  let connections = 0;
  let depth = 0;
  let answering: Socket | undefined;
  const waiting: (() => void)[] = [];
  const server = http.createServer((request, response) => {
    const { url = '' } = request;
    if (url === '/echo') request.pipe(response);
    else if (url === '/connections') response.end(`${connections}`);
    else if (url === '/depth') response.end(`${depth}`);
    else if (url === '/stall') response.write('some');
    else if (url === '/reset') request.socket.resetAndDestroy();
    else if (url === '/reset-late') {
      response.writeHead(200, { 'Content-Length': 100 });
      response.write('some');
      answering = request.socket as Socket;
    } else if (url === '/reset-now') {
      answering?.resetAndDestroy();
      response.end();
    } else if (url.startsWith('/number/')) {
      // All are answered when the last has come: they must be under way together.
      waiting.push(() => response.end(url.slice(8)));
      depth = Math.max(depth, waiting.length);
      if (waiting.length === 10) for (const answer of waiting.splice(0)) answer();
    } else if (url !== '/hang') response.end('hello');
  });
  server.on('connection', () => {
    connections++;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Python's file server with one file, and the hash of that. */
async function pythonServer(t: Test): Promise<[string, string]> {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-python-'));
  const data = randomBytes(3_000_000);
  writeFileSync(path.join(dir, 'file'), data);
  const server = ['-u', '-m', 'http.server', '--bind', '127.0.0.1', '0'];
  const child = spawn('python3', server, { cwd: dir, stdio: ['ignore', 'pipe', 'ignore'] });
  t.teardown(() => {
    child.kill();
    rmSync(dir, { recursive: true, force: true });
  });
  const [said] = await once(child.stdout, 'data');
  const port = /port (\d+)/.exec(String(said))?.[1];
  return [`http://127.0.0.1:${port}/file`, createHash('sha256').update(data).digest('hex')];
}

t.test('undici talks to servers of Node and of Python', lacking('python3'), async (t) => {
  const url = await nodeServer(t);
  const [python, hash] = await pythonServer(t);
  const nobody = `http://127.0.0.1:${await freePort()}/`;
  // Bun has an undici of its own, which takes no connections from elsewhere.
  const client = start(t, 'tests/host/cases/undici.ts', [url, python, nobody]);
  t.equal(await client.ended(), 0, client.output);
  t.match(found(client), {
    echo: true,
    fetch: 'hello',
    python: hash,
    connections: '1',
    pipelined: Array.from({ length: 10 }, (_, index) => `${index}`),
    depth: '10',
    aborted: { name: 'AbortError' },
    'after it': 200,
    headers: { code: 'UND_ERR_HEADERS_TIMEOUT' },
    body: { code: 'UND_ERR_BODY_TIMEOUT' },
    'before it': 'hello',
    some: 'some',
    reset: { code: 'ECONNRESET', syscall: 'read' },
    'reset-late': { code: 'ECONNRESET', syscall: 'read' },
    refused: { code: 'ECONNREFUSED', syscall: 'connect' },
  });
  const example = start(t, 'examples/ecosystem/undici.ts', [python, `${url}/`, nobody]);
  t.equal(await example.ended(), 1, example.output);
  t.match(example.output, `${python}: 200, 3000000 bytes, ${hash}`);
  t.match(example.output, `${url}/: 200, 5 bytes`);
  t.match(example.output, `${nobody}: ECONNREFUSED`);
});
