/**
 * Closes many connections at once, of winsock/io and of node:net in turn: how long the event loop stands still at
 * the most, how long it takes until all is over, and what the process has then.
 *
 *   npm start -- tests/windows/soak/connections.ts [CONNECTIONS] [ROUNDS]
 *
 * Both ends of each connection are in this process. Each has sent and received something.
 */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CompletionPort, connectTo, createServer, type TcpSocket } from 'winsock/io';

const connections = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 2);
const AT_ONCE = 50;
const DATA = Buffer.alloc(3000, 7);
/** Seconds after which memory that nobody uses has been given back. */
const REST_SECONDS = 15;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const port = new CompletionPort();

interface Kind {
  readonly name: string;
  /** So many connections, whose both ends have received something; what closes all of them, and when that is over. */
  open(count: number): Promise<{ close(): void; closed: Promise<unknown>; end(): Promise<void> }>;
}

const ours: Kind = {
  name: 'winsock/io',
  async open(count) {
    const ends: TcpSocket[] = [];
    const server = createServer({ completionPort: port }, (socket) => {
      ends.push(socket);
      socket.on('data', () => undefined).write(DATA);
    }).listen({ host: '127.0.0.1' });
    const to = { address: '127.0.0.1', port: server.port };
    for (let made = 0; made < count; made += AT_ONCE) {
      const connecting = Array.from({ length: AT_ONCE }, () =>
        connectTo(to, { completionPort: port }),
      );
      for (const socket of await Promise.all(connecting)) {
        ends.push(socket);
        socket.on('data', () => undefined).write(DATA);
      }
    }
    while (ends.some((socket) => socket.bytesRead < DATA.length) || ends.length < 2 * count) {
      await sleep(20);
    }
    return {
      close: () => {
        for (const socket of ends) socket.destroy();
      },
      closed: Promise.all(ends.map(({ closed }) => closed)),
      end: () => server.close(),
    };
  },
};

const theirs: Kind = {
  name: 'node:net',
  async open(count) {
    const ends: net.Socket[] = [];
    const take = (socket: net.Socket) => {
      ends.push(socket);
      socket.on('data', () => undefined).on('error', () => undefined);
      socket.write(DATA);
    };
    const server = net.createServer(take).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: number } = server.address() as net.AddressInfo;
    for (let made = 0; made < count; made += AT_ONCE) {
      const connecting = Array.from({ length: AT_ONCE }, async () => {
        const socket = net.connect(number, '127.0.0.1');
        await once(socket, 'connect');
        take(socket);
      });
      await Promise.all(connecting);
    }
    while (ends.some((socket) => socket.bytesRead < DATA.length) || ends.length < 2 * count) {
      await sleep(20);
    }
    return {
      close: () => {
        for (const socket of ends) socket.destroy();
      },
      closed: Promise.all(ends.map((socket) => new Promise((done) => socket.on('close', done)))),
      end: async () => {
        server.close();
        await once(server, 'close');
      },
    };
  },
};

/** The longest time between two turns of the event loop until a promise settles. */
async function longestStall(until: Promise<unknown>): Promise<number> {
  let over = false;
  let longest = 0;
  void until.then(() => {
    over = true;
  });
  for (let last = performance.now(); !over; ) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  return longest;
}

const megabytes = () => {
  gc();
  return `${Math.round(process.memoryUsage().rss / 1e6)} MB`;
};

async function run({ name, open }: Kind): Promise<void> {
  const before = megabytes();
  const { close, closed, end } = await open(connections);
  const meanwhile = megabytes();
  const began = performance.now();
  const watched = longestStall(closed);
  close();
  const stall = await watched;
  const took = performance.now() - began;
  await end();
  await sleep(REST_SECONDS * 1000);
  const { free, bytes } = port.stats().buffers;
  console.log(
    `${name}: longest stall ${stall.toFixed(0)} ms, all over after ${took.toFixed(0)} ms; ` +
      `${before}, with them ${meanwhile}, after them ${megabytes()}; ${bytes - free} bytes of ${bytes} in use`,
  );
}

for (let round = 0; round < rounds; round++) {
  for (const kind of round % 2 === 0 ? [ours, theirs] : [theirs, ours]) await run(kind);
}
await port.close();
process.exit(0);
