/**
 * Whose memory the system has while a worker sends and receives: `worker-memory.ts send|write|receive`. Such
 * memory must outlive the worker, so it is none of JavaScript's: that is changed here while an operation is
 * under way, and looked at before JavaScript can have been told of its end.
 */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { connectTo, OverlappedSocket, setOption } from 'winsock/io';

/** More than what the two buffers of the connection hold, and less than what goes with two calls. */
const BYTES = 200_000;
const BUFFER_BYTES = 4096;
const [BEFORE, AFTER] = [0x41, 0x42];
const LOOPBACK = { address: '127.0.0.1', port: 0 };

async function sending(accepted: OverlappedSocket): Promise<string> {
  const into = Buffer.alloc(65536);
  let left = BYTES;
  let changed = 0;
  while (left > 0) {
    const bytes = await accepted.receive(into, { timeout: 20_000 });
    if (bytes === 0) return `${left} bytes are missing`;
    for (const byte of into.subarray(0, bytes)) if (byte !== BEFORE) changed++;
    left -= bytes;
  }
  return `${changed} changed`;
}

async function send(how: string, port: number): Promise<void> {
  const to = { address: '127.0.0.1', port };
  const data = Buffer.from(new Uint8Array(BYTES).fill(BEFORE).buffer);
  if (how === 'write') {
    const socket = await connectTo(to, { socketOptions: { sendBuffer: BUFFER_BYTES } });
    socket.write(data);
  } else {
    const socket = OverlappedSocket.create();
    setOption(socket.handle, 'sendBuffer', BUFFER_BYTES);
    await socket.connect(to);
    void socket.send(data);
  }
  await pause(200);
  data.fill(AFTER);
  parentPort!.postMessage('changed');
}

async function receive(port: number): Promise<void> {
  const socket = OverlappedSocket.create();
  await socket.connect({ address: '127.0.0.1', port });
  const into = Buffer.from(new Uint8Array(8).buffer);
  const received = socket.receive(into);
  parentPort!.postMessage('receiving');
  // Nothing of JavaScript runs here meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  const changed = into.filter((byte) => byte !== 0).length;
  const text = into.toString('latin1', 0, await received);
  parentPort!.postMessage(`${changed} changed, then ${text}`);
}

if (isMainThread) {
  const how = process.argv[2]!;
  const listener = OverlappedSocket.create();
  setOption(listener.handle, 'receiveBuffer', BUFFER_BYTES);
  listener.bind(LOOPBACK).listen();
  const { port } = listener.localAddress as { port: number };
  const worker = new Worker(new URL(import.meta.url), { workerData: [how, port] });
  const told = once(worker, 'message');
  const accepted = await listener.accept();
  await told;
  if (how === 'receive') {
    const answer = once(worker, 'message');
    await accepted.send(Buffer.from('whole'));
    console.log(...((await answer) as [string]));
  } else {
    console.log(await sending(accepted));
  }
  await worker.terminate();
  process.exit(0);
} else {
  const [how, port] = workerData as [string, number];
  await (how === 'receive' ? receive(port) : send(how, port));
  // It stays until it is ended.
  setInterval(() => undefined, 1000);
}
