/** node:http over our sockets, with curl, wrk and bare connections of this system as clients. */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { wrk } from '../../scripts/host/wine/servers.ts';
import { lacking, needsServers, run, start } from './ecosystem-support.ts';

const ports = new Map<string, Promise<string>>();

/** The port of the example's server on a run time, which all tests share. */
function listening(runtime = 'node24'): Promise<string> {
  let port = ports.get(runtime);
  if (!port) {
    const server = start(t, 'examples/ecosystem/http.ts', ['--host', '127.0.0.1'], runtime);
    port = server.says('Listening on port').then(() => /port (\d+)/.exec(server.output)![1]!);
    ports.set(runtime, port);
  }
  return port;
}

function directory(t: Test): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'winsock-http-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** Sends a text on a bare connection and reads until the condition holds. */
async function bare(port: string, text: string, enough: (got: string) => boolean): Promise<string> {
  const socket = net.connect(Number(port), '127.0.0.1').setEncoding('latin1');
  socket.write(text);
  let got = '';
  for await (const chunk of socket) {
    got += chunk;
    if (enough(got)) break;
  }
  return got;
}

for (const runtime of ['node24', 'bun']) {
  t.test(`curl, on ${runtime}`, lacking('curl'), async (t) => {
    const port = await listening(runtime);
    const base = `http://127.0.0.1:${port}`;
    const dir = directory(t);
    const upload = path.join(dir, 'upload');
    const download = path.join(dir, 'download');
    const data = randomBytes(20_000_000);
    writeFileSync(upload, data);

    const twice = await run('curl', ['-sS', `${base}/`, `${base}/`, '-w', '%{num_connects}\n']);
    const greeting = 'Hello from the completion port\n';
    t.equal(twice, `${greeting}1\n${greeting}0\n`, 'the connection is kept');

    const body = ['-sS', '--data-binary', `@${upload}`, '-H', 'Expect:'];
    t.equal(await run('curl', [...body, `${base}/hash`]), `${data.length} ${sha256(data)}\n`);
    await run('curl', [...body, '-o', download, `${base}/echo`]);
    t.equal(sha256(readFileSync(download)), sha256(data), 'there and back at once');
    const chunked = ['-H', 'Transfer-Encoding: chunked', '--limit-rate', '80M'];
    t.equal(
      await run('curl', [...body, ...chunked, `${base}/hash`]),
      `${data.length} ${sha256(data)}\n`,
      'in chunks',
    );

    const head = path.join(dir, 'head');
    await run('curl', ['-sS', '-D', head, '-o', download, `${base}/bytes/10000000`]);
    t.match(readFileSync(head, 'latin1'), /transfer-encoding: chunked/i);
    t.equal(sha256(readFileSync(download)), sha256(Buffer.alloc(10_000_000, 'x')));

    const expecting = ['-sS', '-D', head, '--data-binary', `@${upload}`, '-H'];
    await run('curl', [...expecting, 'Expect: 100-continue', `${base}/hash`]);
    t.match(readFileSync(head, 'latin1'), /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
  });
}

t.test('requests written by hand are answered as HTTP says', lacking('curl'), async (t) => {
  const port = await listening();
  const paths = Array.from({ length: 50 }, (_, index) => (index % 2 ? '/' : '/bytes/1000'));
  const pipelined = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('');
  const answers = await bare(port, pipelined, (got) => got.split('HTTP/1.1 200 OK').length === 51);
  t.same(
    answers.match(/Content-Length: \d+|chunked/g)?.map((name) => (name === 'chunked' ? 0 : 1)),
    paths.map((path) => (path === '/' ? 1 : 0)),
    'answers to pipelined requests come in order',
  );

  const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst';
  const upgraded = await bare(port, upgrade, (got) => got.endsWith('first'));
  t.match(upgraded, /^HTTP\/1.1 101 Switching Protocols\r\n[\s\S]*\r\n\r\nfirst$/);

  const half = net.connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true });
  half.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let got = '';
  for await (const chunk of half) got += chunk;
  t.match(got, /completion port\n$/, 'a client that has ended its half gets its answer');

  const bad = await bare(port, 'NONSENSE\r\n\r\n', () => false);
  t.match(bad, /^HTTP\/1.1 400 Bad Request/);

  // Gone in the middle of an answer: nobody else notices.
  const gone = net.connect(Number(port), '127.0.0.1');
  gone.write('GET /bytes/50000000 HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(gone, 'data');
  gone.resetAndDestroy();
  t.equal(
    await run('curl', ['-sS', `http://127.0.0.1:${port}/`]),
    'Hello from the completion port\n',
  );
});

t.test('wrk gets an answer to each request', needsServers(), async (t) => {
  const port = await listening();
  const base = `http://127.0.0.1:${port}`;
  const connections = 32;
  const count = async () => Number(await run('curl', ['-sS', `${base}/served`]));
  const before = await count();
  const output = await wrk('-t1', `-c${connections}`, '-d1s', `${base}/`);
  t.notMatch(output, /Socket errors|Non-2xx/);
  const counted = Number(/(\d+) requests in/.exec(output)?.[1]);
  t.ok(counted > 0, output);
  const served = (await count()) - before - 1;
  // What was under way when wrk stopped was served and not counted.
  t.ok(
    served >= counted && served <= counted + connections,
    `${served} served, ${counted} counted`,
  );
});
