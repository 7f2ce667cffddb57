import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import * as w from 'winsock';
import {
  CompletionPort,
  type InternetAddress,
  OverlappedSocket,
  RegisteredIo,
  type RioSocketOptions,
} from 'winsock/io';
import { ioctlOf, isWine, needsDlls, testDll } from '../../support/native.ts';
import { closing, hashOf, noise } from '../support.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const dll = testDll('rio');
const takeRecord = w.func<() => string>(dll, 'TakeRecord', w.NeverFails, () => [w.cstring]);
const peek = w.func<(id: number, offset: number) => number>(dll, 'PeekBuffer', w.NeverFails, () => [
  w.int,
  w.p('id', w.intptr),
  w.p('offset', w.ULONG),
]);
/** The provider of the test does not see a socket being closed: this tells it. */
const endRequests = w.func<(socket: number, status: number) => number>(
  dll,
  'EndRequests',
  w.NeverFails,
  () => [w.int, w.p('s', w.SOCKET), w.p('status', w.LONG)],
);
/** Answers for sockets of a provider that has Registered I/O, with the parameters of WSAIoctl. */
const ioctl = ioctlOf('rio', 'RioIoctl');

/** A socket of the test's provider: what is sent on it arrives on it. */
function open(t: Test, options?: RioSocketOptions) {
  const port = new CompletionPort();
  const rio = new RegisteredIo({ completionPort: port, table: w.rioTable(1, ioctl) });
  const socket = rio.attach(
    OverlappedSocket.create({ type: 'datagram', completionPort: port, registered: true }),
    options,
  );
  // Once it is closed it shows none.
  const { handle } = socket.socket;
  t.teardown(() => {
    socket.close();
    endRequests(handle, w.WSA_OPERATION_ABORTED);
    return port.close();
  });
  takeRecord();
  return { port, rio, socket };
}

t.test('data passes from registered memory to registered memory', needsDlls, async (t) => {
  const { port, rio, socket } = open(t);
  const memory = rio.register(new Uint8Array(200_100));
  const data = noise(100_000);
  memory.bytes.set(data);
  const received: Buffer[] = [];
  for (let at = 0; at < data.length; at += 500) {
    const into = { offset: 100_000 + at, length: 600 };
    const [bytes, sent] = await Promise.all([
      socket.receive(memory, into),
      socket.send(memory, { offset: at, length: 500 }),
    ]);
    if (sent !== 500) t.fail(`${sent} bytes at ${at}`);
    received.push(Buffer.from(memory.bytes.slice(into.offset, into.offset + bytes)));
  }
  t.equal(hashOf(...received), hashOf(data));
  const { pending, packets } = port.stats();
  t.equal(pending, 0, 'nothing is asked for while nothing can complete');
  t.ok(packets >= 200 && packets <= 400, `${packets} packets for 400 completions`);
  memory.release();
  t.ok(memory.released);
  await t.rejects(socket.send(memory), /released/);
});

t.test('datagrams carry addresses', needsDlls, async (t) => {
  const { rio, socket } = open(t);
  const memory = rio.register(new Uint8Array(64));
  memory.bytes.set(Buffer.from('datagram'));
  for (const [to, address = to] of [
    ['192.0.2.7'],
    ['2001:db8::7'],
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ] as const) {
    const received = socket.receiveFrom(memory, { offset: 32 });
    const port = 4711;
    t.equal(await socket.sendTo(memory, { address: to, port }, { length: 8 }), 8);
    const family = address.includes(':') ? 'IPv6' : 'IPv4';
    t.same(await received, { bytes: 8, address: { family, address, port } });
    t.equal(Buffer.from(memory.bytes).toString('latin1', 32, 40), 'datagram');
  }
});

t.test('requests can be deferred', needsDlls, async (t) => {
  const { rio, socket } = open(t);
  const memory = rio.register(new Uint8Array(64));
  takeRecord();
  const received = socket.receive(memory, { length: 8, defer: true, waitAll: true });
  const sent = socket.send(memory, { offset: 8, length: 8, defer: true });
  socket.commit();
  t.equal(await received, 8);
  t.equal(await sent, 8);
  const asked = takeRecord().split('\n');
  t.match(
    asked.filter((line) => /^RIO(Receive|Send)/.test(line)),
    [
      /^RIOReceive offset=0 length=8 count=1 flags=6/,
      /^RIOSend offset=8 length=8 count=1 flags=2/,
      /^RIOReceive commits/,
      /^RIOSend commits/,
    ],
  );
});

t.test('failures have their codes', needsDlls, async (t) => {
  const { port, rio, socket } = open(t);
  const memory = rio.register(new Uint8Array(64));
  await t.rejects(socket.send(memory), { code: 'WSAENOTCONN', syscall: 'RIOSend' });
  const short = socket.receive(memory, { length: 4 });
  await t.rejects(socket.receive(memory), { code: 'WSAENOBUFS', syscall: 'RIOReceive' });
  await Promise.all([
    t.rejects(short, { code: 'WSAEMSGSIZE', syscall: 'RIOReceive' }),
    socket.send(memory, { length: 8 }),
  ]);
  // The system's own status, where a provider passes it on.
  const reset = socket.receive(memory);
  endRequests(socket.socket.handle, 0xc000020d | 0);
  await t.rejects(reset, { code: 'WSAECONNRESET', errno: 10054 });

  t.throws(() => rio.register('text' as never), TypeError);
  t.throws(() => rio.register(new Uint8Array(0)), RangeError);
  for (const [offset, length] of [[-1], [65], [0, 65], [60, 5], [0.5], [Number.NaN]]) {
    await t.rejects(socket.receive(memory, { offset, length } as object), RangeError);
  }
  await t.rejects(socket.receive(memory, { timeout: -5 }), RangeError);
  const other = OverlappedSocket.create({ type: 'datagram', completionPort: port });
  t.throws(() => rio.attach(other, { receives: 0 }), RangeError);
  other.close();
  t.throws(() => new RegisteredIo({ completionPort: port, table: new Uint8Array(8) }), RangeError);
  t.throws(
    () => new RegisteredIo({ completionPort: port, table: new Uint8Array(200) }),
    /no RIOReceive/,
  );
  t.equal(port.stats().pending, 0);
});

t.test('a signal or a timeout closes the socket', needsDlls, async (t) => {
  const reason = new Error('enough');
  const controller = new AbortController();
  for (const [options, expected] of [
    [{ signal: controller.signal }, reason],
    [{ timeout: 20 }, { code: 'WSAETIMEDOUT', syscall: 'RIOReceive' }],
  ] as const) {
    const { port, rio, socket } = open(t);
    const { handle } = socket.socket;
    const memory = rio.register(new Uint8Array(64));
    const pending = socket.receive(memory, options);
    const ended = t.rejects(pending, expected);
    t.throws(() => memory.release(), /1 requests still use/);
    t.same(port.pendingOperations(), [{ kind: 'RIONotify', handle: 0 }]);
    setTimeout(() => controller.abort(reason), 20);
    while (!socket.socket.association.closed) await new Promise((resolve) => setImmediate(resolve));
    t.equal(endRequests(handle, w.WSA_OPERATION_ABORTED), 1);
    await ended;
    t.equal(port.stats().pending, 0);
    memory.release();
    await t.rejects(socket.receive(memory), /closed/);
  }
  const { rio, socket } = open(t);
  await t.rejects(
    socket.send(rio.register(new Uint8Array(1)), { signal: controller.signal }),
    reason,
  );
});

t.test('closing the port ends requests and registrations', needsDlls, async (t) => {
  const { port, rio, socket } = open(t);
  const { handle } = socket.socket;
  const memory = rio.register(new Uint8Array(64));
  const lost = socket.receiveFrom(memory);
  const ended = t.rejects(lost, { code: 'WSA_OPERATION_ABORTED', syscall: 'RIOReceiveEx' });
  takeRecord();
  const closed = port.close();
  while (!socket.socket.association.closed) await new Promise((resolve) => setImmediate(resolve));
  endRequests(handle, w.WSA_OPERATION_ABORTED);
  await closed;
  await ended;
  t.ok(memory.released);
  const { pending, records } = port.stats();
  t.same({ pending, records }, { pending: 0, records: { total: 0, free: 0 } });
  const log = takeRecord();
  t.equal(log.match(/RIODeregisterBuffer/g)?.length, 2, 'the memory, and that of addresses');
  t.match(log, /RIOCloseCompletionQueue count=0/);
  t.throws(() => rio.register(new Uint8Array(1)), /closed/);
  t.throws(() => rio.attach(socket.socket), /closed/);
  await rio.close();
});

t.test('the queue of completions has room for every socket', needsDlls, async (t) => {
  const { port, rio } = open(t, { receives: 20, sends: 10 });
  const more = OverlappedSocket.create({
    type: 'datagram',
    completionPort: port,
    registered: true,
  });
  const second = rio.attach(more, { receives: 20, sends: 15 });
  t.match(takeRecord(), /RIOResizeCompletionQueue 64 to 128/);
  second.close();
  const again = OverlappedSocket.create({
    type: 'datagram',
    completionPort: port,
    registered: true,
  });
  rio.attach(again, { receives: 40, sends: 50 }).close();
  t.notMatch(takeRecord(), /Resize/, 'the room of a closed socket is free');
});

t.test('registered memory lives until it is released', needsDlls, async (t) => {
  const { rio } = open(t);
  const { id } = rio.register(new Uint8Array(1 << 20).fill(0x5a));
  for (let round = 0; round < 5; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  t.equal(peek(id, 1 << 19), 0x5a);
});

t.test('a system without it says so', async (t) => {
  const port = closing(t, new CompletionPort());
  if (isWine()) {
    t.throws(() => new RegisteredIo({ completionPort: port }), {
      code: 'WSAEOPNOTSUPP',
      syscall: 'WSAIoctl(WSAID_MULTIPLE_RIO)',
      message: /the provider .* has no Registered I\/O/,
    });
    t.equal(port.stats().pending, 0);
    return;
  }
  const rio = closing(t, new RegisteredIo({ completionPort: port }));
  const make = () =>
    OverlappedSocket.create({ type: 'datagram', completionPort: port, registered: true });
  const server = make().bind({ address: '127.0.0.1', port: 0 });
  const client = make().bind({ address: '127.0.0.1', port: 0 });
  const memory = rio.register(new Uint8Array(2000).fill(7, 0, 1000));
  const received = rio.attach(server).receiveFrom(memory, { offset: 1000 });
  await rio.attach(client).sendTo(memory, server.localAddress as InternetAddress, { length: 1000 });
  t.same(await received, { bytes: 1000, address: client.localAddress });
  t.same(memory.bytes.subarray(1000), memory.bytes.subarray(0, 1000));
});

t.test('registered memory stays where it is', needsDlls, async (t) => {
  const { rio, socket } = open(t);
  const own = new Uint8Array(new ArrayBuffer(64));
  const memory = rio.register(own);
  t.equal(memory.bytes, own);
  t.throws(() => structuredClone(own.buffer, { transfer: [own.buffer] }));
  const made = rio.register(100);
  t.same(Uint8Array.from(made.bytes), new Uint8Array(100), 'zeroed');
  made.bytes.set(Buffer.from('native'));
  const received = socket.receive(memory);
  t.equal(await socket.send(made, { length: 6 }), 6);
  t.equal(await received, 6);
  t.equal(Buffer.from(own).toString('latin1', 0, 6), 'native');
  await t.rejects(socket.send(made, { offset: 99, length: 2 }), RangeError);
  for (const wrong of [0, -1, 1.5, 2 ** 32]) t.throws(() => rio.register(wrong), RangeError);
  t.throws(() => rio.register('text' as never), TypeError);
  made.release();
  memory.release();
});

t.test('a worker registers native memory only: its own ends with it', needsDlls, async (t) => {
  const program = fileURLToPath(new URL('../cases/rio-worker.ts', import.meta.url));
  const worker = new Worker(program);
  const [seen] = (await once(worker, 'message')) as [string[]];
  t.match(seen[0], /^TypeError: .*register a number of bytes/);
  t.equal(seen[1], '100 bytes');
  await worker.terminate();
});
