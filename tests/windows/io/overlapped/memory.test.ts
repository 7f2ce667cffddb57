/** Memory of a program's own that the system uses: what is refused, and what is noticed. */
import { runInNewContext } from 'node:vm';
import t from 'tap';
import {
  addressOfView,
  CompletionPort,
  connectTo,
  createServer,
  OverlappedSocket,
  pieceOf,
  startSend,
  type TcpSocket,
  toWeb,
  UdpSocket,
} from 'winsock/io';
import { closing, connected, LOOPBACK, pair } from '../support.ts';

const FOUR_GIB = 2 ** 32;

/** A buffer whose ArrayBuffer was transferred. */
function detached(length: number): Buffer {
  const buffer = Buffer.from(new ArrayBuffer(length));
  structuredClone(buffer.buffer, { transfer: [buffer.buffer as ArrayBuffer] });
  return buffer;
}

t.test('memory that was taken away, or can be, is refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer;
  const growing = Buffer.from(new Resizable(16, { maxByteLength: 32 }));
  for (const memory of [detached(16), growing]) {
    await t.rejects(server.receive(memory), TypeError);
    await t.rejects(client.send(memory), TypeError);
    await t.rejects(client.send([Buffer.alloc(4), memory]), TypeError);
    await t.rejects(server.receiveFrom(memory), TypeError);
    t.throws(() => addressOfView(memory), TypeError);
    t.throws(() => pieceOf(memory), TypeError);
  }
  await client.send(Buffer.from('whole'));
  const into = Buffer.alloc(16);
  t.equal(into.toString('latin1', 0, await server.receive(into)), 'whole', 'nothing was begun');
});

t.test('a connection refuses such memory when it is written, also behind other data', async (t) => {
  const port = closing(t, new CompletionPort());
  const [stream, accepted] = await connected(t, port);
  const Resizable = ArrayBuffer as unknown as new (n: number, o: object) => ArrayBuffer;
  const growing = Buffer.from(new Resizable(16, { maxByteLength: 32 }));
  for (let turn = 0; turn < 2; turn++) {
    t.throws(() => stream.write(growing), TypeError, 'at once');
    stream.write('before ');
    t.throws(() => stream.write(growing), TypeError, 'in the queue');
    stream.write('after ');
    await new Promise((resolve) => setImmediate(resolve));
  }
  await t.rejects(stream.send(growing), TypeError);
  await stream.end();
  const chunks: Buffer[] = [];
  for await (const chunk of accepted) chunks.push(chunk);
  t.equal(Buffer.concat(chunks).toString(), 'before after before after ');
});

t.test('memory that is received into cannot be taken away', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const into = Buffer.from(new ArrayBuffer(16));
  const receiving = server.receive(into);
  const memory = into.buffer as ArrayBuffer & { transfer?(): ArrayBuffer };
  t.throws(() => structuredClone(memory, { transfer: [memory] }));
  if (memory.transfer) t.throws(() => memory.transfer!());
  await client.send(Buffer.from('stays'));
  t.equal(into.toString('latin1', 0, await receiving), 'stays');
});

t.test('memory that is still being sent cannot be taken away', async (t) => {
  const port = closing(t, new CompletionPort());
  const length = 8 << 20;
  const [stream, accepted] = await connected(t, port);
  const [client, server] = await pair(port);
  const written = Buffer.from(new ArrayBuffer(length)).fill(7);
  const sent = Buffer.from(new ArrayBuffer(length)).fill(7);
  stream.write(written);
  const sending = client.send(sent);
  // More than the system takes while nobody reads.
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const { buffer } of [written, sent]) {
    t.throws(() => structuredClone(buffer, { transfer: [buffer] }));
    t.equal(buffer.byteLength, length);
  }
  const ending = stream.end();
  let right = 0;
  for await (const chunk of accepted) {
    if (chunk.equals(Buffer.alloc(chunk.length, 7))) right += chunk.length;
  }
  await ending;
  t.equal(right, length);
  const into = Buffer.alloc(1 << 20);
  let bytes = 0;
  while (bytes < length) bytes += await server.receive(into);
  t.equal(await sending, length);
});

t.test('more bytes than the system counts are refused', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client] = await pair(port);
  const operation = port.take();
  const { association } = client;
  t.throws(() => startSend(operation, association, 0x10000, FOUR_GIB, null), RangeError);
  t.throws(() => startSend(operation, association, 0x10000, FOUR_GIB + 10, null), RangeError);
  operation.release();
});

t.test(
  'memory that a handler was shown and has transferred harms no other connection',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const server = createServer({ completionPort: port }).listen({ host: '127.0.0.1' });
    const address = server.address as { address: string; port: number };
    const accepted: TcpSocket[] = [];
    server.on('connection', (socket) => accepted.push(socket));
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => connectTo(address, { completionPort: port })),
    );
    while (accepted.length < clients.length) await new Promise((resolve) => setImmediate(resolve));
    let shown = 0;
    accepted[0]!.borrow((bytes) => {
      shown++;
      const { buffer } = bytes as unknown as { buffer: { transfer?(): unknown } };
      try {
        buffer.transfer?.();
      } catch {
        // Where it is refused nothing is lost.
      }
    });
    for (const [index, client] of clients.entries()) client.write(`number ${index}`);
    const got = await Promise.all(accepted.slice(1).map((socket) => socket.read()));
    const texts = got.map((data) => String(data));
    t.equal(new Set(texts).size, 7);
    t.equal(shown, 1);
    for (const text of texts) t.match(text, /^number [0-7]$/);
  },
);

/** Memory of its own, and a way to take it away. */
function takeable(length: number): { memory: Buffer; take(): void } {
  const memory = Buffer.from(new ArrayBuffer(length));
  const buffer = memory.buffer as ArrayBuffer;
  return { memory, take: () => structuredClone(buffer, { transfer: [buffer] }) };
}

t.test('memory that an option or an address takes away when it is asked is not sent', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client] = await pair(port);
  const one = closing(t, new UdpSocket({ completionPort: port })).bind(LOOPBACK);
  const datagrams = closing(
    t,
    OverlappedSocket.create({ type: 'datagram', completionPort: port }),
  ).bind(LOOPBACK);
  const to = one.localAddress;
  const ways: Record<string, (memory: Buffer, take: () => void) => Promise<unknown>> = {
    'the timeout of a send': (memory, take) =>
      client.send(memory, {
        get timeout() {
          take();
          return 1000;
        },
      }),
    'the flags of a gathering send': (memory, take) =>
      client.send([Buffer.alloc(4), memory], {
        get flags() {
          take();
          return 0;
        },
      }),
    'the address of sendTo': (memory, take) =>
      datagrams.sendTo(memory, {
        port: to.port,
        get address() {
          take();
          return to.address;
        },
      }),
    'the address of a message': (memory, take) =>
      datagrams.sendMessage({
        data: memory,
        to: {
          port: to.port,
          get address() {
            take();
            return to.address;
          },
        },
      }),
    'the address of a datagram': (memory, take) =>
      one.send(memory, {
        port: to.port,
        get address() {
          take();
          return to.address;
        },
      }),
    'a file among packets': (memory, take) =>
      client.transmitPackets([
        memory,
        {
          handle: 0,
          length: 0,
          get offset() {
            take();
            return 0;
          },
        },
      ]),
  };
  for (const [way, use] of Object.entries(ways)) {
    const { memory, take } = takeable(64);
    await t.rejects(use(memory, take), TypeError, way);
  }
});

t.test('what is asked twice is asked once', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  let asked = 0;
  const receiving = server.receive(Buffer.alloc(8), {
    get timeout() {
      return asked++ === 0 ? 60_000 : ('soon' as unknown as number);
    },
  });
  await client.send(Buffer.from('whole'));
  t.equal(await receiving, 5);
  t.equal(asked, 1);
});

/** 16 bytes in the middle of more, which say that they are longer, or somewhere else. */
function liar(): { memory: Uint8Array; whole: Uint8Array } {
  const whole = new Uint8Array(new ArrayBuffer(4096)).fill(0xa5);
  const memory = whole.subarray(64, 80).fill(0x2e);
  const claim = (name: string, value: unknown) => Object.defineProperty(memory, name, { value });
  claim('byteLength', 1000);
  claim('length', 1000);
  claim('byteOffset', 0);
  claim('buffer', new ArrayBuffer(5000));
  return { memory, whole };
}

t.test('memory is as long as it is, whatever it says', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const [stream, accepted] = await connected(t, port);
  const udp = closing(t, new UdpSocket({ completionPort: port })).bind(LOOPBACK);
  const { memory, whole } = liar();
  t.equal(pieceOf(memory).length, 16);
  const into = Buffer.alloc(2000);
  t.equal(await client.send(memory), 16);
  t.equal(await server.receive(into), 16);
  await client.send(Buffer.alloc(1000, 1));
  t.equal(await server.receive(memory), 16);
  t.equal(whole[80], 0xa5, 'nothing behind it is written');
  memory.fill(0x2e);
  stream.write(memory);
  stream.write(memory);
  let got = await accepted.read();
  while (got!.length < 32) got = Buffer.concat([got!, (await accepted.read())!]);
  t.equal(got!.toString(), '.'.repeat(32));
  await udp.send(memory, udp.localAddress);
  t.equal((await udp.receive())!.data.toString(), '.'.repeat(16));
  await t.rejects(connectTo(memory, { completionPort: port }), 'neither is an address longer');
});

t.test('memory of another realm, and views of every kind', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, server] = await pair(port);
  const [stream, accepted] = await connected(t, port);
  const foreign = runInNewContext('Uint8Array.of(104, 101, 114, 101)') as Uint8Array;
  t.notOk(foreign instanceof Uint8Array);
  const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(0x2e);
  for (const memory of [foreign, foreign.buffer, new DataView(foreign.buffer), shared]) {
    await stream.send(memory as Uint8Array);
    t.equal((await accepted.read())!.length, 4);
  }
  const view = new DataView(new ArrayBuffer(16), 4, 8);
  await client.send(Buffer.from('abcdefghij'));
  t.equal(await server.receive(view), 8);
  t.equal(Buffer.from(view.buffer).toString('latin1', 3, 13), '\0abcdefgh\0');
});

t.test('a datagram that comes after one whose memory was taken away is whole', async (t) => {
  const port = closing(t, new CompletionPort());
  const udp = closing(t, new UdpSocket({ completionPort: port, receives: 1 })).bind(LOOPBACK);
  const got: string[] = [];
  const third = new Promise<void>((resolve) => {
    udp.borrow((bytes) => {
      got.push(bytes.toString());
      const { buffer } = bytes as unknown as { buffer: { transfer?(): unknown } };
      try {
        buffer.transfer?.();
      } catch {
        // Where it is refused nothing is lost.
      }
      if (got.length === 3) resolve();
    });
  });
  for (const text of ['first', 'second', 'third']) {
    await udp.send(text, udp.localAddress);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await third;
  t.same(got, ['first', 'second', 'third']);
});

t.test(
  'an address or a path that is longer than any is refused before there is memory for it',
  async (t) => {
    const port = closing(t, new CompletionPort());
    const [client, accepted] = await connected(t, port);
    const long = new Uint8Array(70_000).fill(2, 0, 1);
    const tooLong = {
      name: 'RangeError',
      message: /an address of 70000 bytes; the longest has 128$/,
    };
    const free = closing(t, OverlappedSocket.create({ completionPort: port }));
    const datagrams = closing(t, new UdpSocket({ completionPort: port }));
    t.throws(() => free.bind(long), tooLong);
    t.throws(() => datagrams.bind(long), tooLong);
    await t.rejects(free.connect(long), tooLong);
    await t.rejects(datagrams.send(Buffer.of(1), long), tooLong);
    await t.rejects(client.sendFile('x'.repeat(40_000)), {
      name: 'RangeError',
      message: /a path of \d+ characters/,
    });
    // What was refused has left nothing behind that the next one would find in use.
    datagrams.bind({ address: '127.0.0.1', port: 0 });
    t.match(datagrams.localAddress, { address: '127.0.0.1' });
    client.destroy();
    accepted.destroy();
  },
);

const taken = (data: Uint8Array<ArrayBuffer>) => {
  structuredClone(data.buffer, { transfer: [data.buffer] });
};

t.test('nothing of transferred memory is written, and nothing says it was', async (t) => {
  const port = closing(t, new CompletionPort());
  const [client, accepted] = await connected(t, port);
  t.throws(() => client.write(detached(8)), { message: /transferred before it was sent/ });
  const writer = toWeb(client).writable.getWriter();
  const first = writer.write(Buffer.alloc(16));
  const data = new Uint8Array(new ArrayBuffer(8));
  const second = writer.write(data);
  taken(data);
  await first;
  await t.rejects(second, { name: 'TypeError' });
  client.destroy();
  accepted.destroy();
});

t.test('an address is asked once for all datagrams of a send, before their memory', async (t) => {
  const port = closing(t, new CompletionPort());
  const socket = closing(t, new UdpSocket({ completionPort: port }));
  socket.bind({ address: '127.0.0.1', port: 0 });
  const to = socket.localAddress as { address: string; port: number };
  let asked = 0;
  const taking = (data: Uint8Array<ArrayBuffer>) => ({
    port: to.port,
    get address() {
      asked++;
      if (asked === 1) taken(data);
      return to.address;
    },
  });
  const data = () => new Uint8Array(new ArrayBuffer(8));
  const one = data();
  await t.rejects(socket.send(one, taking(one), { segmentSize: 4 }), TypeError);
  t.equal(asked, 1);
  asked = 0;
  const two = data();
  await t.rejects(socket.sendAll([two, data()], taking(two)), TypeError);
  t.equal(asked, 1);
});
