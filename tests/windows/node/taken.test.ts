/** Memory that the program transfers to somebody else while winsock/dgram and winsock/net are to use it. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestOpts } from 'tap';
import t from 'tap';
import * as dgram from 'winsock/dgram';
import { connectTo, createServer, type TcpSocket } from 'winsock/io';
import * as net from 'winsock/net';

const host = '127.0.0.1';
const limit: TestOpts = { timeout: 60_000 };

function take({ buffer }: Uint8Array<ArrayBuffer>): void {
  structuredClone(buffer, { transfer: [buffer] });
}

const bytes = (text: string) => {
  const memory = new Uint8Array(new ArrayBuffer(text.length));
  memory.set(Buffer.from(text));
  return memory;
};

t.test('a datagram whose memory is gone is not sent, and its sender is told', limit, async (t) => {
  const server = dgram.createSocket('udp4').bind(0, host);
  const received: string[] = [];
  server.on('message', (data) => received.push(data.toString()));
  await once(server, 'listening');
  const { port } = server.address();
  const client = dgram.createSocket('udp4').bind(0, host);
  await once(client, 'listening');
  const sent = (message: unknown, then: () => void = () => {}) =>
    new Promise<unknown>((resolve) => {
      client.send(message as string, port, host, resolve);
      then();
    });
  const first = bytes('first');
  // Asked for its place, it takes the other away.
  const taking = Object.defineProperty(bytes('second'), 'byteOffset', {
    get() {
      take(first);
      return 0;
    },
  });
  const one = bytes('one');
  const ofTwo = bytes('two');
  const failures = [
    await sent([first, taking]),
    await sent(one, () => take(one)),
    await sent([ofTwo, 'more'], () => take(ofTwo)),
  ];
  for (const error of failures) {
    t.match(error, { code: 'EINVAL', syscall: 'send', cause: { name: 'TypeError' } });
    t.match((error as Error & { cause: Error }).cause.message, /transferred before the datagram/);
  }
  // Without a callback nobody is told, and nothing is thrown where nobody can catch it.
  const quiet = bytes('quiet');
  client.send([quiet, 'text'], port, host);
  take(quiet);
  t.equal(await sent('last'), null);
  while (received.length === 0) await once(server, 'message');
  t.same(received, ['last']);
  client.close();
  server.close();
});

/** A stream that receives into memory of the program's, and the error that ends it. */
async function endOf(onread: object, then = () => {}): Promise<{ error: unknown; told: number }> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.write('some text');
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  let told = 0;
  const callback = () => {
    // More than once is for ever: nothing has room for nothing.
    if (++told > 3) throw new Error('told again and again');
    return true;
  };
  const client = net.connect({ port, host, onread: { callback, ...onread } } as never);
  then();
  const error: unknown = await new Promise((resolve) => client.once('error', resolve));
  t.equal(client.destroyed, true);
  server.close();
  return { error, told };
}

t.test('a stream ends with an error where it is to receive into nothing', limit, async (t) => {
  const memory = bytes('12345678');
  const cases: Readonly<Record<string, Promise<{ error: unknown; told: number }>>> = {
    'before anything came': endOf({ buffer: memory }, () => take(memory)),
    // The first is asked for by the constructor.
    'of a function that gives nothing': endOf({ buffer: firstThen(bytes('1234'), undefined) }),
    'of a function that gives no room': endOf({
      buffer: firstThen(bytes('1234'), new Uint8Array(0)),
    }),
  };
  for (const [name, ending] of Object.entries(cases)) {
    const { error, told } = await ending;
    t.match(error, { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' }, name);
    t.match((error as Error).message, /options\.onread\.buffer/, name);
    t.ok(told <= 1, `${name}: told of ${told} pieces`);
  }
});

/** Gives one thing the first time and another after it. */
function firstThen<T>(first: T, later: unknown): () => unknown {
  let asked = 0;
  return () => (asked++ === 0 ? first : later);
}

/** What becomes of a write, of the stream, and of its peer. */
async function written(write: (client: net.Socket, told: (error?: Error | null) => void) => void) {
  let received = '';
  const server = net.createServer((socket) => {
    socket.on('data', (data) => {
      received += data.toString();
    });
    socket.on('error', () => {});
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = net.connect(port, host);
  const failed = new Promise<unknown>((resolve) => client.once('error', resolve));
  const closed = once(client, 'close').catch(() => {});
  const told = await new Promise<unknown>((resolve) => write(client, resolve));
  const error = await failed;
  await closed;
  server.close();
  return { told, error, received };
}

t.test(
  'what is written and gone before it is sent ends the stream with an error',
  limit,
  async (t) => {
    const resizable = () => {
      const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer;
      return new Uint8Array(new Resizable(8, { maxByteLength: 16 }));
    };
    const memory = bytes('gone');
    const cases: Readonly<Record<string, Parameters<typeof written>[0]>> = {
      'before it is connected': (client, told) => {
        client.write(memory, told);
        take(memory);
      },
      corked: (client, told) => {
        client.once('connect', () => {
          const corked = bytes('gone');
          client.cork();
          client.write(corked, told);
          client.write('more');
          take(corked);
          client.uncork();
        });
      },
      'that can shrink, before it is connected': (client, told) => {
        client.write(resizable(), told);
      },
      'that can shrink': (client, told) => {
        client.once('connect', () => client.write(resizable(), told));
      },
    };
    for (const [name, write] of Object.entries(cases)) {
      const { told, error, received } = await written(write);
      t.match(told, { name: 'TypeError' }, name);
      t.equal(error, told, name);
      t.equal(received, '', name);
    }
  },
);

t.test(
  'what goes with a file is there when its turn comes, or nothing of it is sent and the connection goes on',
  limit,
  async (t) => {
    const file = fileURLToPath(import.meta.url);
    for (const part of ['head', 'tail'] as const) {
      const server = createServer().listen({ host });
      const accepting = new Promise<TcpSocket>((resolve) => server.once('connection', resolve));
      const client = await connectTo(server.address as { address: string; port: number });
      const accepted = await accepting;
      let received = 0;
      accepted.on('data', ({ length }) => {
        received += length;
      });
      const ended = new Promise<void>((resolve) => accepted.once('end', resolve));
      // What was written before it has its turn first.
      client.write(Buffer.alloc(8_000_000));
      const memory = bytes('12345678');
      const sending = client.sendFile(file, { [part]: memory, length: 8 });
      take(memory);
      const message = /transferred before it was sent/;
      await t.rejects(sending, { name: 'TypeError', message }, part);
      await client.end('after');
      await ended;
      t.equal(received, 8_000_005, part);
      await client.closed;
      server.close();
    }
  },
);
