/** What a server on a Unix socket leaves behind. The system is asked whether it has such sockets. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import { CompletionPort, connect, createServer } from 'winsock/io';
import { missingUnix, startWinsock } from '../../support/winsock.ts';
import { closing, hashOf, noise } from '../support.ts';

startWinsock(t);

const skip = missingUnix();

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
    const server = createServer({ completionPort: port }, (socket) => {
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
