/** Unix sockets: Windows 10 and later have them, Wine 10 has not. */

import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import * as w from 'winsock';
import { CompletionPort, connect, createServer, OverlappedSocket } from 'winsock/io';
import { closing, hashOf, noise } from './io-support.ts';

w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
t.teardown(() => w.WSACleanup());

function missing(): string | false {
  const s = w.socket(w.AF_UNIX, w.SOCK_STREAM, 0);
  if (s === w.INVALID_SOCKET) {
    return `the system has no Unix sockets: ${w.errorName(w.WSAGetLastError())}`;
  }
  w.closesocket(s);
  return false;
}

const skip = missing();

function socketPath(t: Test): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'winsock-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return path.join(folder, 's');
}

t.test('an echo over a Unix socket, whose file goes with the server', { skip }, async (t) => {
  const port = closing(t, new CompletionPort());
  const file = socketPath(t);
  const data = noise(500_000);
  // The second server finds the name free.
  for (const round of ['first', 'second']) {
    const server = createServer({ port }, (socket) => {
      socket.on('data', (bytes) => socket.write(bytes));
    }).listen({ path: file });
    t.same(server.address, { family: 'Unix', path: file }, round);
    const client = await connect({ path: file, completionPort: port });
    t.same(client.remoteAddress, { family: 'Unix', path: file });
    const ended = client.end(data);
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk);
    await ended;
    t.equal(hashOf(...chunks), hashOf(data), round);
    await server[Symbol.asyncDispose]();
    t.same(readdirSync(path.dirname(file)), [], 'the file is gone');
  }
  await t.rejects(connect({ path: file, completionPort: port }), { name: 'WinsockError' });
});

t.test('overlapped calls on a Unix socket', { skip }, async (t) => {
  const port = closing(t, new CompletionPort());
  const file = socketPath(t);
  const make = () => OverlappedSocket.create({ family: w.AF_UNIX, port });
  const listener = closing(t, make().bind({ path: file }).listen());
  const client = closing(t, make());
  const accepting = listener.accept();
  await client.connect({ path: file });
  const accepted = closing(t, await accepting);
  await client.send(Buffer.from('hello'));
  const into = Buffer.alloc(8);
  t.equal(await accepted.receive(into), 5);
  t.equal(into.toString('latin1', 0, 5), 'hello');
});

t.test('a system without them says so', { skip: !skip && 'this one has them' }, async (t) => {
  const port = closing(t, new CompletionPort());
  const file = socketPath(t);
  const lacking = { name: 'WinsockError', syscall: 'WSASocketW', code: 'WSAEAFNOSUPPORT' };
  t.throws(() => createServer({ port }).listen({ path: file }), lacking);
  await t.rejects(connect({ path: file, completionPort: port }), lacking);
  t.notOk(existsSync(file));
});
