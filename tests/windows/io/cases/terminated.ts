/** What a worker that is terminated leaves behind: `terminated.ts WHAT`. */
import { once } from 'node:events';
import { closeSync, fstatSync, openSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { CompletionPort, connectTo, createServer, OverlappedSocket } from 'winsock/io';

const LOOPBACK = { address: '127.0.0.1', port: 0 };

type End = 'terminate' | 'exit' | 'throw';

/** A worker that listens; gives its port number when it does. */
async function start(what: string): Promise<{ worker: Worker; port: number }> {
  const worker = new Worker(new URL(import.meta.url), { workerData: what });
  worker.on('error', () => undefined);
  const [port] = (await once(worker, 'message')) as [number];
  return { worker, port };
}

/** Ends it in the middle of a receive into memory of its own, and then sends to it. */
async function receiving(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const { worker, port } = await start('receives');
    const peer = net.connect(port, '127.0.0.1').on('error', () => undefined);
    await once(worker, 'message');
    await worker.terminate();
    peer.write(Buffer.alloc(65536));
    await pause(200);
    peer.destroy();
  }
  console.log('alive');
}

/** How many bytes a worker sends, more than the system takes at once, each this one. */
const SENT = { bytes: 8 << 20, value: 0x41 };

/**
 * Ends it in the middle of a send of its own memory, which goes to others then. What still comes is
 * what was sent.
 */
async function sending(how: string): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const server = net.createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const accepting = once(server, 'connection');
    const worker = new Worker(new URL(import.meta.url), { workerData: `${how}:${port}` });
    const [peer] = (await accepting) as [net.Socket];
    await once(worker, 'message');
    await worker.terminate();
    const others = Array.from({ length: 16 }, () => Buffer.alloc(SENT.bytes / 8, 0x42));
    let wrong = 0;
    peer.on('data', (chunk) => {
      for (const byte of chunk) if (byte !== SENT.value) wrong++;
    });
    peer.on('error', () => undefined);
    const closed = once(peer, 'close');
    peer.resume();
    await Promise.race([closed, pause(1000)]);
    if (wrong > 0) throw new Error(`${wrong} bytes of others, of ${others.length} buffers`);
    peer.destroy();
    server.close();
  }
  console.log('right');
}

/** Whether the port of a worker is free again, and its client has been told. */
async function listening(end: End): Promise<void> {
  const { worker, port } = await start('listens');
  const client = net.connect(port, '127.0.0.1').on('error', () => undefined);
  const closed = once(client, 'close');
  await once(worker, 'message');
  if (end === 'terminate') await worker.terminate();
  else {
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage(end);
    await ended;
  }
  await closed;
  for (let tries = 0; ; tries++) {
    try {
      // Only an exclusive one would have to wait until the connection is forgotten.
      const server = createServer().listen({ host: '127.0.0.1', port, exclusive: false });
      await server.close();
      break;
    } catch (error) {
      if (tries === 100) throw error;
      await pause(50);
    }
  }
  console.log('free');
}

/** Whether files of this thread, whose handles have the numbers of one that a worker has closed, stay open. */
async function reading(): Promise<void> {
  const worker = new Worker(new URL(import.meta.url), { workerData: 'sends a file' });
  await once(worker, 'message');
  const files = Array.from({ length: 64 }, () => openSync(fileURLToPath(import.meta.url), 'r'));
  await worker.terminate();
  await pause(200);
  for (const file of files) fstatSync(file);
  for (const file of files) closeSync(file);
  console.log('open');
}

const CLOSED = { threads: 4, sockets: 60, milliseconds: 6, patience: 10_000 };

/** Whether the peers of a worker that is ended while it closes one socket after another all see the end of theirs. */
async function closing(): Promise<void> {
  // What such a thread leaves is closed by whoever has ports.
  const port = new CompletionPort();
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: number } = server.address() as net.AddressInfo;
  for (let i = 0; i < CLOSED.threads; i++) {
    const begun = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const worker = new Worker(new URL(import.meta.url), { workerData: `closes:${number}` });
    await once(worker, 'message');
    while (open.size < CLOSED.sockets) await pause(1);
    worker.postMessage(begun);
    Atomics.wait(begun, 0, 0);
    const until = performance.now() + (CLOSED.milliseconds * (i + 1)) / CLOSED.threads;
    while (performance.now() < until);
    await worker.terminate();
    for (let waited = 0; open.size > 0 && waited < CLOSED.patience; waited += 10) await pause(10);
    if (open.size > 0) throw new Error(`${open.size} of thread ${i} are still open`);
  }
  server.close();
  await port.close();
  console.log('closed');
}

async function closes(port: number): Promise<void> {
  const to = { address: '127.0.0.1', port };
  const sockets = await Promise.all(Array.from({ length: CLOSED.sockets }, () => connectTo(to)));
  parentPort!.once('message', (begun: Int32Array) => {
    Atomics.store(begun, 0, 1);
    Atomics.notify(begun, 0);
    for (const socket of sockets) socket.destroy();
  });
  parentPort!.postMessage('connected');
}

async function receives(): Promise<void> {
  const listener = OverlappedSocket.create().bind(LOOPBACK).listen();
  const accepting = listener.accept();
  parentPort!.postMessage((listener.localAddress as { port: number }).port);
  const socket = await accepting;
  void socket.receive(Buffer.alloc(65536));
  parentPort!.postMessage('receiving');
  setInterval(() => undefined, 1000);
}

async function sends(how: string, port: number): Promise<void> {
  const address = { address: '127.0.0.1', port };
  const data = Buffer.from(new Uint8Array(SENT.bytes).fill(SENT.value).buffer);
  if (how === 'writes') (await connectTo(address)).write(data);
  else {
    const socket = OverlappedSocket.create();
    await socket.connect(address);
    void socket.send(data);
  }
  setTimeout(() => parentPort!.postMessage('sending'), 50);
}

async function sendsFile(): Promise<void> {
  const server = createServer().listen({ host: '127.0.0.1' });
  const [socket] = await Promise.all([
    connectTo({ ...LOOPBACK, port: server.port }),
    server.accept(),
  ]);
  await socket.sendFile(fileURLToPath(import.meta.url), { by: 'read' });
  parentPort!.postMessage('sent');
  setInterval(() => undefined, 1000);
}

function listens(): void {
  const server = createServer().listen({ host: '127.0.0.1' });
  parentPort!.postMessage((server.address as { port: number }).port);
  server.on('connection', () => parentPort!.postMessage('connected'));
  parentPort!.on('message', (end: End) => {
    if (end === 'exit') process.exit(0);
    throw new Error('on purpose');
  });
}

if (!isMainThread) {
  const [what, port] = String(workerData).split(':') as [string, string?];
  if (what === 'closes') void closes(Number(port));
  else if (port !== undefined) void sends(what, Number(port));
  else if (what === 'receives') void receives();
  else if (what === 'sends a file') void sendsFile();
  else listens();
} else {
  const what = process.argv[2] ?? '';
  if (what === 'receives') await receiving();
  else if (what === 'writes' || what === 'sends') await sending(what);
  else if (what === 'reads a file') await reading();
  else if (what === 'closes') await closing();
  else await listening(what as End);
  process.exit(0);
}
