/** The examples of threads and processes that share sockets and events. */

import net from 'node:net';
import t from 'tap';
import { example, freePort, needs, result, runtimes } from './support.ts';

/** What a server sends back; resolves when it has closed. */
function echo(port: string, data: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect(Number(port), '127.0.0.1', () => socket.end(data));
    socket.on('error', reject);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks)));
  });
}

for (const runtime of runtimes) {
  t.test(`sockets shared by handle, on ${runtime.name}`, needs(runtime), async (t) => {
    const port = await freePort();
    const server = example(runtime, 'threads/share-socket.ts', '-e', port, '-l', '3');
    await server.says('accepts');
    const sent = [1, 2, 3].map((i) => Buffer.alloc(10_000 * i, `${i}`));
    const received = await Promise.all(sent.map((data) => echo(port, data)));
    t.ok(received.every((data, i) => data.equals(sent[i]!)));
    t.equal(await server.ended, 0, server.output);
    const main = /Thread (\d+) accepts/.exec(server.output)![1];
    const threads = [...server.output.matchAll(/Thread (\d+) echoed (\d+) bytes/g)];
    t.same(new Set(threads.map(([, , bytes]) => bytes)), new Set(['10000', '20000', '30000']));
    t.equal(new Set([main, ...threads.map(([, id]) => id)]).size, 4, 'each client has a thread');
  });

  t.test(`events between threads, on ${runtime.name}`, needs(runtime), async (t) => {
    const { code, output } = await result(runtime, 'threads/events.ts', '-n', '3');
    t.equal(code, 0, output);
    const read = [0, 1, 2].map((i) => `The worker read "datagram ${i}"\n`).join('');
    t.equal(output, `${read}The worker was told to stop\n`);
  });

  t.test(`a socket in two processes, on ${runtime.name}`, needs(runtime), async (t) => {
    const port = await freePort();
    const server = example(runtime, 'threads/duplicate.ts', '-e', port);
    await server.says('accepts');
    const sent = Buffer.from('to whichever process it may concern');
    t.same(await echo(port, sent), sent);
    t.equal(await server.ended, 0, server.output);
    const [, parent] = /Process (\d+) accepts/.exec(server.output) ?? [];
    const [, child, bytes] = /Process (\d+) echoed (\d+) bytes/.exec(server.output) ?? [];
    t.equal(bytes, String(sent.length));
    t.not(child, parent);
  });
}
