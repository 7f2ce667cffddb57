/** What a provider has beside Winsock's own functions, of the test's own where Wine lacks it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import * as w from 'winsock';
import {
  CompletionPort,
  connect,
  connectTo,
  createConnection,
  createServer,
  type InternetAddress,
  OverlappedSocket,
} from 'winsock/io';
import * as kernel from 'winsock/kernel';
import { extensionPointers, isWine, needsDlls, testDll } from '../../support/native.ts';
import { missingUnix, startWinsock } from '../../support/winsock.ts';
import { closing, hashOf, listener, noise, pair, receiveAll } from '../support.ts';

startWinsock(t);

const functions = extensionPointers();
const takeRecord = w.func<() => string>(testDll('packets'), 'TakeRecord', w.NeverFails, () => [
  w.cstring,
]);

function directory(t: Test): string {
  const made = mkdtempSync(path.join(tmpdir(), 'winsock-'));
  t.teardown(() => rmSync(made, { recursive: true }));
  return made;
}

function fileOf(t: Test, data: Uint8Array): number {
  const file = path.join(directory(t), 'data');
  writeFileSync(file, data);
  const { GENERIC_READ, FILE_SHARE_READ, OPEN_EXISTING } = kernel;
  const access = [GENERIC_READ >>> 0, FILE_SHARE_READ, null, OPEN_EXISTING, 0, 0 as never] as const;
  return kernel.CreateFileW.orThrow(file, ...access);
}

t.test('packets of memory and parts of files are transmitted', needsDlls, async (t) => {
  const port = closing(t, new CompletionPort());
  const data = noise(5_000_000);
  const handle = fileOf(t, data);
  const [client, server] = await pair(port, functions);
  const all = receiveAll(server);
  const [head, tail] = [noise(1000), noise(77)];
  const part = { handle, offset: 4_000_000, length: 0 };
  takeRecord();
  const sent = await client.transmitPackets(
    [head, { handle, offset: 1000, length: 500, endOfPacket: true }, tail, part],
    { flags: 32 },
  );
  t.equal(sent, 1000 + 500 + 77 + 1_000_000);
  t.same(takeRecord().split('\n'), [
    'TransmitPackets count=4 size=0 flags=32',
    'flags=1 length=1000',
    'flags=6 length=500',
    'flags=1 length=77',
    'flags=2 length=0',
  ]);
  client.shutdown();
  t.equal(
    hashOf(await all),
    hashOf(head, data.subarray(1000, 1500), tail, data.subarray(4_000_000)),
  );
  await t.rejects(client.transmitPackets([{ handle: -1, offset: 0, length: 1 }]), {
    code: 'WSAEINVAL',
    syscall: 'TransmitPackets',
  });
  await t.rejects(client.transmitPackets(['text' as never]), TypeError);
  client.close();
  server.close();
  kernel.CloseHandle(handle);
});

t.test('disconnecting asks for reuse, and is over when the peer is', needsDlls, async (t) => {
  const port = closing(t, new CompletionPort());
  for (const reuse of [true, false]) {
    const [client, server] = await pair(port, functions);
    takeRecord();
    const done = client.disconnect({ reuse });
    t.match(port.pendingOperations(), [{ kind: 'disconnect', handle: client.handle }]);
    t.equal(takeRecord(), `DisconnectEx flags=${reuse ? w.TF_REUSE_SOCKET : 0} reserved=0`);
    await server.send(Buffer.from('x'));
    await done;
    client.close();
    server.close();
  }
});

const noUnix = missingUnix();
const noReuse = { skip: isWine() && 'Wine disconnects, but a socket cannot be used again' };

t.test('a disconnected socket is used again', noReuse, async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, listener(port));
  const to = server.localAddress as InternetAddress;
  const accepted = OverlappedSocket.create({ completionPort: port });
  for (let round = 0; round < 3; round++) {
    const client = OverlappedSocket.create({ completionPort: port });
    const accepting = server.accept({ into: accepted });
    await client.connect(to);
    t.equal(await accepting, accepted);
    await client.send(Buffer.from(`round ${round}`));
    const into = Buffer.alloc(20);
    t.equal(into.toString('latin1', 0, await accepted.receive(into)), `round ${round}`);
    // Who ends first waits for minutes, in case of stray segments, before its port is free again.
    client.shutdown();
    t.equal(await accepted.receive(into), 0);
    await accepted.disconnect({ reuse: true });
    client.close();
  }
  accepted.close();
});

t.test('a connection is accepted into a socket', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, listener(port));
  const into = closing(t, OverlappedSocket.create({ completionPort: port }));
  const accepting = server.accept({ into });
  const client = closing(t, OverlappedSocket.create({ completionPort: port }));
  await client.connect(server.localAddress as InternetAddress);
  t.equal(await accepting, into);
  t.same(into.remoteAddress, client.localAddress);
  // Where accepting fails it is not closed: it belongs to the caller.
  const lost = closing(t, OverlappedSocket.create({ completionPort: port }));
  await t.rejects(server.accept({ into: lost, timeout: 1 }), { code: 'WSAETIMEDOUT' });
  t.equal(lost.association.closed, false);
});

t.test('waiting for a datagram takes none', async (t) => {
  const port = closing(t, new CompletionPort());
  const receiver = OverlappedSocket.create({ type: 'datagram', completionPort: port }).bind({
    address: '127.0.0.1',
    port: 0,
  });
  closing(t, receiver);
  const to = receiver.localAddress as InternetAddress;
  for (const order of ['before', 'after']) {
    if (order === 'after') await receiver.sendTo(Buffer.from(order), to);
    const ready = receiver.readable();
    if (order === 'before') await receiver.sendTo(Buffer.from(order), to);
    await ready;
    const into = Buffer.alloc(20);
    const { bytes } = await receiver.receiveFrom(into);
    t.equal(into.toString('latin1', 0, bytes), order);
  }
  await t.rejects(receiver.readable({ timeout: 1 }), { code: 'WSAETIMEDOUT' });
});

t.test('Unix sockets listen, connect and carry data', { skip: noUnix }, async (t) => {
  const port = closing(t, new CompletionPort());
  const name = path.join(directory(t), 'socket');
  const server = closing(
    t,
    createServer({ completionPort: port }, async (socket) => {
      for await (const chunk of socket) await socket.send(chunk);
    }).listen({ path: name }),
  );
  t.same(server.address, { family: 'Unix', path: name });
  const data = noise(1_000_000);
  const socket = await connect({ path: name, completionPort: port, allowHalfOpen: true });
  t.same(socket.remoteAddress, { family: 'Unix', path: name });
  const sent = socket.end(data);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  await sent;
  t.equal(hashOf(...chunks), hashOf(data));
  for (const accepted of server.connections) {
    t.same(accepted.remoteAddress, { family: 'Unix', path: '' });
  }
  const stream = createConnection({ path: name, completionPort: port });
  stream.end('as a stream');
  let text = '';
  for await (const chunk of stream) text += chunk;
  t.equal(text, 'as a stream');
  const overlapped = closing(t, OverlappedSocket.create({ family: 'Unix', completionPort: port }));
  await overlapped.connect({ path: name });
  t.equal(await overlapped.send(Buffer.from('x')), 1);
  t.equal(await overlapped.receive(Buffer.alloc(9)), 1);
  await t.rejects(connectTo({ path: `${name}-not` }, { completionPort: port }), { code: /^WSAE/ });
});

t.test('what the system lacks fails with its code', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  // On Windows it sends.
  const sent = await client.transmitPackets([Buffer.from('packet')]).catch((error) => error);
  if (typeof sent === 'number') t.equal(sent, 6);
  else t.match(sent, { code: 'WSAEINVAL', syscall: 'WSAIoctl(TransmitPackets)' });
  client.close();
  server.close();
  if (!noUnix) return;
  t.throws(() => OverlappedSocket.create({ family: 'Unix', completionPort: port }), {
    code: 'WSAEAFNOSUPPORT',
  });
  await t.rejects(connect({ path: 'socket' }), { code: 'WSAEAFNOSUPPORT' });
  t.throws(() => createServer({ completionPort: port }).listen({ path: 'socket' }), {
    code: 'WSAEAFNOSUPPORT',
  });
});
