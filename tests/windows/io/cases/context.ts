/**
 * Several requests at once, each in an asynchronous context of its own: reports in which context its
 * code was called, as lines of `what: context`.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import {
  CompletionPort,
  connectTo,
  createServer,
  type InternetAddress,
  toDuplex,
  UdpSocket,
} from 'winsock/io';

const NAMES = ['a', 'b', 'c'];
const context = new AsyncLocalStorage<string>();
const seen = new Set<string>();
const saw = (what: string) => void seen.add(`${what}: ${context.getStore() ?? 'none'}`);

// The port is made in a context as well, which must not become everybody's.
const port = context.run('port', () => new CompletionPort());
const server = context.run('server', () =>
  createServer({ completionPort: port }, (socket) => {
    saw('connection');
    socket.on('data', (data) => {
      saw('accepted data');
      socket.write(data);
    });
  }).listen({ host: '127.0.0.1' }),
);
const to = server.address as InternetAddress;

async function events(name: string): Promise<void> {
  const socket = await connectTo(to, { completionPort: port });
  socket.on('data', () => saw(`${name} data`));
  socket.on('close', () => saw(`${name} close`));
  const answered = new Promise((resolve) => socket.once('data', resolve));
  socket.write(name, () => saw(`${name} written`));
  await answered;
  saw(`${name} awaited`);
  await socket.close();
}

async function borrowed(name: string): Promise<void> {
  const socket = await connectTo(to, { completionPort: port });
  await new Promise<void>((resolve) => {
    socket.borrow(() => {
      saw(`${name} borrowed`);
      resolve();
    });
    // Longer than the system takes at once, so that it is still being sent when this returns.
    socket.write(Buffer.alloc(1 << 23), () => saw(`${name} written late`));
    socket.write(name, () => saw(`${name} written behind it`));
  });
  while (socket.pendingBytes > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  socket.destroy();
  await socket.closed;
}

async function streamed(name: string): Promise<void> {
  const stream = toDuplex(await connectTo(to, { completionPort: port }));
  const answered = once(stream, 'data');
  stream.on('data', () => saw(`${name} stream`));
  stream.write(name);
  await answered;
  stream.destroy();
  await once(stream, 'close');
}

async function datagrams(name: string): Promise<void> {
  const socket = new UdpSocket({ completionPort: port }).bind({ address: '127.0.0.1', port: 0 });
  const self = socket.localAddress as InternetAddress;
  const received = new Promise((resolve) => socket.once('message', resolve));
  socket.on('message', () => saw(`${name} message`));
  await socket.send(name, self);
  await received;
  await new Promise<void>((resolve) => {
    socket.borrow(() => {
      saw(`${name} lent message`);
      resolve();
    });
    void socket.send(name, self);
  });
  await socket.close();
}

for (const scene of [events, borrowed, streamed, datagrams]) {
  await Promise.all(NAMES.map((name) => context.run(name, scene, name)));
}
context.run('closing', () => server.on('close', () => saw('server close')));
await server.close();
await port.close();
console.log(JSON.stringify([...seen].sort()));
