/** A process that ends in some way while operations are pending. `ends.ts WAY` */

import { setTimeout as wait } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { CompletionPort, OverlappedSocket, resolve, UdpSocket } from 'winsock/io';
import { pair } from '../support.ts';

/** Should it throw, the thread that waits for packets has to have been told by then. */
const early = () => undefined;
process.on('exit', early);

const port = new CompletionPort();

/** Has the thread that waits for packets run: starting it takes a while. */
async function awake(): Promise<void> {
  const socket = new UdpSocket({ completionPort: port }).bind({ address: '127.0.0.1', port: 0 });
  while (port.stats().wakeUps < 2) {
    const received = socket.receive();
    await wait(5);
    await socket.send('x', socket.localAddress);
    await received;
  }
  await socket.close();
}

/** Begins operations of several kinds that do not end by themselves. */
async function begin(): Promise<OverlappedSocket[]> {
  await awake();
  const server = OverlappedSocket.create({ completionPort: port })
    .bind({ address: '127.0.0.1', port: 0 })
    .listen();
  const [client, accepted] = await pair(port);
  const datagrams = OverlappedSocket.create({ type: 'datagram', completionPort: port });
  datagrams.bind({ address: '127.0.0.1', port: 0 });
  for (const lost of [
    server.accept(),
    client.receive(Buffer.alloc(9)),
    accepted.send(Buffer.alloc(4_000_000)),
    datagrams.receiveFrom(Buffer.alloc(9)),
  ]) {
    lost.catch(() => undefined);
  }
  return [server, client, accepted, datagrams];
}

async function echo(): Promise<number> {
  const [client, accepted] = await pair(port);
  const receiving = accepted.receive(Buffer.alloc(9));
  await client.send(Buffer.from('hello'));
  const bytes = await receiving;
  client.close();
  accepted.close();
  return bytes;
}

async function inThreads(): Promise<void> {
  for (const how of ['exits', 'closes its port', 'throws', 'is terminated']) {
    const worker = new Worker(new URL(import.meta.url), { workerData: how });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.once('error', ({ message }) => console.log(message));
    worker.once('message', (bytes) => {
      console.log(`a thread ${how} after ${bytes} bytes`);
      if (how === 'is terminated') setTimeout(() => worker.terminate(), 100);
    });
    await ended;
  }
  // The ports of other threads are none of its business.
  console.log(`and ${await echo()} bytes here`);
  await port.close();
}

async function thread(how: string): Promise<void> {
  const bytes = await echo();
  await begin();
  parentPort!.postMessage(bytes);
  await wait(20);
  if (how === 'exits') process.exit(0);
  if (how === 'closes its port') await port.close();
  if (how === 'throws') throw new Error('on purpose in a thread');
}

const WAYS: Record<string, () => Promise<unknown>> = {
  async 'a listener of its end'() {
    await awake();
    console.log(process.listeners('exit').indexOf(early) > 0 ? 'comes after' : 'comes first');
    process.exit();
  },
  async exit() {
    await begin();
    setTimeout(() => process.exit(3), 50);
  },
  async 'exit at once'() {
    // The thread has hardly begun to start.
    new UdpSocket({ completionPort: port }).bind().receive();
    setImmediate(() => setImmediate(() => process.exit(4)));
  },
  async 'looking a name up'() {
    resolve('no-such-host.invalid').catch(() => undefined);
    await begin();
    process.exit(6);
  },
  async throw() {
    await begin();
    setTimeout(() => {
      throw new Error('on purpose');
    }, 50);
  },
  async reject() {
    await begin();
    await wait(50);
    throw new Error('on purpose');
  },
  async 'port unreferenced'() {
    await begin();
    port.unref();
    await wait(50);
  },
  async 'sockets unreferenced'() {
    for (const socket of await begin()) socket.unref();
    await wait(50);
  },
  async 'unreferenced and closed'() {
    await awake();
    const [client, accepted] = await pair(port);
    const receiving = client.receive(Buffer.alloc(9));
    // The waiting thread has the port when nothing has come for a while.
    await wait(20);
    client.unref();
    client.close();
    accepted.close();
    // Only the end of what is closed is awaited now, and it comes.
    await receiving.catch(({ code }) => console.log(code));
  },
  async 'port closed'() {
    await begin();
    await wait(50);
    await port.close();
    console.log(`${port.stats().pending} pending`);
  },
  async idle() {
    console.log(`${await echo()} bytes`);
  },
  async 'kept by what is pending'() {
    const server = OverlappedSocket.create({ completionPort: port }).bind({
      address: '127.0.0.1',
      port: 0,
    });
    server.listen();
    setTimeout(() => server.close(), 300).unref();
    await server.accept().catch(({ code }) => console.log(code));
  },
  'in threads': inThreads,
  async 'several ports'() {
    const others = [new CompletionPort(), new CompletionPort()];
    await begin();
    for (const other of others) {
      new UdpSocket({ completionPort: other }).bind().receive();
      await other.close();
      console.log(`${other.stats().pending} pending`);
    }
    setTimeout(() => process.exit(5), 20);
  },
};

await (isMainThread ? WAYS[process.argv[2]!]!() : thread(workerData as string));
