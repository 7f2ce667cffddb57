/** Every option of every function: what it may not be is refused where it is given, before anything begins. */
import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import * as w from 'winsock';
import {
  CompletionPort,
  connect,
  connectTo,
  createConnection,
  createServer,
  OverlappedHandle,
  OverlappedSocket,
  RegisteredIo,
  race,
  resolve,
  TcpServer,
  TcpSocket,
  toDuplex,
  UdpSocket,
} from 'winsock/io';
import * as kernel from 'winsock/kernel';
import { closing, LOOPBACK, pair } from '../support.ts';

/** Values that an option of a kind may not have. */
const WRONG = {
  flag: [1, 'true', null],
  text: [5, null, {}],
  port: [-1, 65_536, 1.5, Number.NaN, '80', null],
  bytes: [-1, Number.NaN, '5', null, 1.5],
  signal: [{}, null, 5, { aborted: false, addEventListener() {} }],
  timeout: [-1, Number.NaN, '5', null, true, []],
  flags: [2 ** 32, Number.NaN, {}, 1.5, null],
  completionPort: [{}, null, 5],
  socketOptions: [
    5,
    [],
    { noDelay: 1 },
    { noDelya: true },
    { error: 0 },
    { receiveBuffer: 2 ** 40 },
  ],
  memory: [5, 'text', null, [1, 2]],
  offset: [-1, 1.5, 2 ** 60, '0', null],
  family: ['IPv5', 5, null],
  interface: [-1, 1.5, {}, null, '', true],
} as const;

/** Numbers out of bounds. */
const outside = (least: number, most: number) => [least - 1, most + 1, 1.5, Number.NaN, '1', null];

const GIVE_UP = { signal: WRONG.signal, timeout: WRONG.timeout };
const CONNECTION = { allowHalfOpen: WRONG.flag, highWaterMark: WRONG.bytes };
const CONNECT = {
  ...CONNECTION,
  ...GIVE_UP,
  completionPort: WRONG.completionPort,
  interface: WRONG.interface,
  socketOptions: WRONG.socketOptions,
  localAddress: [5, {}, { address: 'localhost', port: 0 }, { address: '127.0.0.1', port: -1 }],
};

const DATAGRAMS = {
  completionPort: WRONG.completionPort,
  receives: outside(1, 1024),
  connectionReset: WRONG.flag,
  details: [5, 'ttl', ['hops'], {}, null],
  coalesce: WRONG.flag,
  longest: outside(1, 65_536),
  onlyJoinedGroups: WRONG.flag,
  socketOptions: WRONG.socketOptions,
};

interface Subject {
  /** What its options may not be. */
  readonly wrong: Readonly<Record<string, readonly unknown[]>>;
  /** Whether there are others beside them, in an object of the test's own. */
  readonly isPart?: true;
  /** Calls it with options beside which everything is right. */
  call(options: never): unknown;
}

t.test('what an option may not be is refused where it is given', async (t) => {
  const port = closing(t, new CompletionPort());
  const at = { completionPort: port };
  const server = closing(t, createServer(at).listen(LOOPBACK));
  const to = { address: '127.0.0.1', port: server.port };
  const socket = closing(t, await connectTo(to, at));
  const stream = closing(
    t,
    OverlappedSocket.create({ ...at })
      .bind(LOOPBACK)
      .listen(),
  );
  const datagrams = closing(t, OverlappedSocket.create({ ...at, type: 'datagram' }).bind(LOOPBACK));
  const udp = closing(t, new UdpSocket(at).bind());
  const unbound = closing(t, new UdpSocket(at));
  const pipe = closing(t, new OverlappedHandle(namedPipe(), port));
  const into = Buffer.alloc(8);
  const transfer = { ...GIVE_UP, flags: WRONG.flags };
  const message = { data: into, to: { address: '127.0.0.1', port: 9 } };
  const subjects: Readonly<Record<string, Subject>> = {
    'new CompletionPort': {
      wrong: {
        skipOnSuccess: WRONG.flag,
        idleTurns: outside(0, 10_000),
        waitFor: outside(0, 1000),
      },
      call: (options) => new CompletionPort(options),
    },
    createServer: {
      wrong: {
        ...CONNECTION,
        completionPort: WRONG.completionPort,
        accepts: outside(1, 1024),
        socketOptions: WRONG.socketOptions,
      },
      call: (options) => createServer(options),
    },
    listen: {
      wrong: {
        host: [...WRONG.text, 'localhost', '127.0.0.1.5'],
        address: WRONG.text,
        port: WRONG.port,
        path: [...WRONG.text, ''],
        backlog: outside(0, w.SOMAXCONN),
        exclusive: WRONG.flag,
        v6Only: WRONG.flag,
        family: [...WRONG.family, 'Unix'],
      },
      call: (options) => createServer(at).listen(options),
    },
    connectTo: { wrong: CONNECT, call: (options) => connectTo(to, options) },
    connect: {
      wrong: {
        ...CONNECT,
        host: WRONG.text,
        address: WRONG.text,
        port: WRONG.port,
        path: [...WRONG.text, ''],
        family: [...WRONG.family, 'IPv6', 'Unix'],
      },
      isPart: true,
      call: (options) => connect({ ...to, ...(options as object) }),
    },
    'connect to a name': {
      wrong: { localAddress: CONNECT.localAddress, family: WRONG.family },
      isPart: true,
      call: (options) => connect({ host: 'localhost', port: 9, ...(options as object) }),
    },
    race: {
      wrong: CONNECT,
      call: (options) => race([{ family: 'IPv4', ...to }], options),
    },
    resolve: {
      wrong: { ...GIVE_UP, family: [...WRONG.family, 'Unix'] },
      call: (options) => resolve('localhost', options),
    },
    read: { wrong: GIVE_UP, call: (options) => socket.read(options) },
    'TcpSocket.send': { wrong: GIVE_UP, call: (options) => socket.send('', options) },
    drained: { wrong: GIVE_UP, call: (options) => socket.drained(options) },
    end: { wrong: GIVE_UP, call: (options) => socket.end(undefined, options) },
    close: { wrong: GIVE_UP, call: (options) => socket.close(options) },
    'TcpServer.accept': { wrong: GIVE_UP, call: (options) => server.accept(options) },
    'TcpSocket.from': {
      wrong: {
        ...CONNECTION,
        completionPort: WRONG.completionPort,
        socketOptions: WRONG.socketOptions,
      },
      call: (options) => TcpSocket.from(0, options),
    },
    'TcpServer.from': {
      wrong: { backlog: outside(0, w.SOMAXCONN), accepts: outside(1, 1024) },
      call: (options) => TcpServer.from(0, options),
    },
    'new UdpSocket': {
      wrong: { ...DATAGRAMS, family: [...WRONG.family, 'Unix'] },
      call: (options) => new UdpSocket(options),
    },
    'UdpSocket.from': { wrong: DATAGRAMS, call: (options) => UdpSocket.from(0, options) },
    'UdpSocket.detach': {
      wrong: { ...GIVE_UP, evenOnPort: WRONG.flag },
      call: (options) => udp.detach(options),
    },
    'TcpServer.detach': {
      wrong: { ...GIVE_UP, evenOnPort: WRONG.flag },
      call: (options) => server.detach(options),
    },
    'TcpSocket.detach': {
      wrong: { ...GIVE_UP, evenOnPort: WRONG.flag },
      call: (options) => socket.detach(options),
    },
    'UdpSocket.bind': {
      wrong: {
        host: [...WRONG.text, 'localhost'],
        address: [...WRONG.text, 'localhost'],
        port: WRONG.port,
        family: [...WRONG.family, 'IPv6'],
      },
      call: (options) => unbound.bind(options),
    },
    'UdpSocket.send': {
      wrong: {
        ...GIVE_UP,
        from: [5, {}, '::1', 'localhost', null],
        interface: WRONG.interface,
        ttl: outside(1, 255),
        tos: outside(0, 255),
        ecn: outside(0, 3),
        segmentSize: outside(1, 65_507),
      },
      call: (options) => udp.send('x', udp.localAddress, options),
    },
    'UdpSocket.receive': { wrong: GIVE_UP, call: (options) => udp.receive(options) },
    'UdpSocket.join': {
      wrong: { interface: WRONG.interface, source: [...WRONG.text, 'localhost'] },
      call: (options) => udp.join('239.1.2.3', options),
    },
    'OverlappedSocket.create': {
      wrong: {
        family: ['IPv5', -1, 2, null, {}],
        type: ['raww', -1, 1, null],
        protocol: outside(0, 0x7fffffff),
        completionPort: WRONG.completionPort,
        registered: WRONG.flag,
        functions: [5, [], null],
      },
      call: (options) => OverlappedSocket.create(options),
    },
    'OverlappedSocket.accept': {
      wrong: { ...GIVE_UP, into: [5, {}, null] },
      call: (options) => stream.accept(options),
    },
    'OverlappedSocket.connect': {
      wrong: GIVE_UP,
      call: (options) => OverlappedSocket.create(at).connect(to, options),
    },
    'OverlappedSocket.disconnect': {
      wrong: { ...GIVE_UP, reuse: WRONG.flag },
      call: (options) => stream.disconnect(options),
    },
    receive: { wrong: transfer, call: (options) => datagrams.receive(into, options) },
    readable: { wrong: GIVE_UP, call: (options) => datagrams.readable(options) },
    send: { wrong: transfer, call: (options) => datagrams.send(into, options) },
    receiveFrom: { wrong: transfer, call: (options) => datagrams.receiveFrom(into, options) },
    sendTo: { wrong: transfer, call: (options) => datagrams.sendTo(into, to, options) },
    receiveMessage: {
      wrong: { ...transfer, controlBytes: outside(0, 65_536) },
      call: (options) => datagrams.receiveMessage(into, options),
    },
    sendMessage: { wrong: transfer, call: (options) => datagrams.sendMessage(message, options) },
    'a message': {
      wrong: { data: [5, null], to: [5, {}], control: WRONG.memory },
      isPart: true,
      call: (options) => datagrams.sendMessage({ ...message, ...(options as object) }),
    },
    transmitFile: {
      wrong: {
        ...transfer,
        offset: WRONG.offset,
        length: outside(0, 0xfffffffe),
        head: WRONG.memory,
        tail: WRONG.memory,
      },
      call: (options) => stream.transmitFile(0, options),
    },
    transmitPackets: {
      wrong: transfer,
      call: (options) => stream.transmitPackets([into], options),
    },
    'a part of a file': {
      wrong: {
        handle: ['5', null],
        offset: WRONG.offset,
        length: outside(0, 0xfffffffe),
        endOfPacket: WRONG.flag,
      },
      isPart: true,
      call: (options) => stream.transmitPackets([{ handle: 0, ...(options as object) } as never]),
    },
    'OverlappedHandle.read': {
      wrong: { ...GIVE_UP, offset: WRONG.offset },
      call: (options) => pipe.read(into, options),
    },
    'OverlappedHandle.write': {
      wrong: { ...GIVE_UP, offset: [-2, ...WRONG.offset.slice(1)] },
      call: (options) => pipe.write(into, options),
    },
    'OverlappedHandle.connect': { wrong: GIVE_UP, call: (options) => pipe.connect(options) },
    'new RegisteredIo': {
      wrong: { completionPort: WRONG.completionPort, table: WRONG.memory },
      call: (options) => new RegisteredIo(options),
    },
    toDuplex: {
      wrong: {
        allowHalfOpen: WRONG.flag,
        highWaterMark: [...WRONG.bytes, Number.POSITIVE_INFINITY],
        completionPort: WRONG.completionPort,
        signal: WRONG.signal,
        noDelay: WRONG.flag,
      },
      call: (options) => toDuplex(socket, options),
    },
  };
  const before = { pending: port.stats().pending, data: socket.listenerCount('data') };
  for (const [name, { wrong, call, isPart }] of Object.entries(subjects)) {
    refused(t, await thrown(() => call({ anOption: 1 } as never)), `${name}: an unknown one`);
    for (const given of [5, 'text', [], null, new AbortController().signal]) {
      if (isPart) break;
      const error = await thrown(() => call(given as never));
      refused(t, error, `${name}: ${String(given)} in place of options`);
    }
    for (const [option, values] of Object.entries(wrong)) {
      for (const value of values) {
        const error = await thrown(() => call({ [option]: value } as never));
        refused(t, error, `${name}: ${option} ${JSON.stringify(value) ?? String(value)}`);
      }
    }
  }
  const after = { pending: port.stats().pending, data: socket.listenerCount('data') };
  t.same(after, before, 'nothing has begun');
});

/** What a function throws, at once or by its promise; undefined for nothing. */
async function thrown(call: () => unknown): Promise<unknown> {
  try {
    await Promise.race([call(), new Promise((resolve) => setTimeout(resolve, 200).unref())]);
    return undefined;
  } catch (error) {
    return error;
  }
}

function refused(t: Test, error: unknown, what: string): void {
  const isOfOurs = error instanceof TypeError || error instanceof RangeError;
  t.ok(
    isOfOurs && !/private member|undefined \(|not a function/.test(error.message),
    `${what}: ${error}`,
  );
}

/** The serving end of a pipe that nobody opens. */
function namedPipe(): number {
  const { CreateNamedPipeW, PIPE_ACCESS_DUPLEX, FILE_FLAG_OVERLAPPED } = kernel;
  const name = `\\\\.\\pipe\\winsock-${randomUUID()}`;
  const access = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
  return CreateNamedPipeW.orThrow(name, access, 0, 1, 4096, 4096, 0, null);
}

t.test('what an object inherits is no option', async (t) => {
  const port = closing(t, new CompletionPort());
  const socket = closing(t, new UdpSocket({ completionPort: port }).bind());
  const inherited = Object.create({ signal: AbortSignal.abort(), timeout: 'never' });
  const waits = socket.receive(inherited);
  t.equal(await settled(waits), false, 'it waits as long as without');
  Object.defineProperty(Object.prototype, 'timeout', { value: 'never', configurable: true });
  try {
    const other = new UdpSocket({ completionPort: port }).bind();
    const also = other.receive({});
    t.equal(await settled(also), false, 'also where every object inherits it');
    other.destroy();
    t.equal(await also, null);
  } finally {
    Reflect.deleteProperty(Object.prototype, 'timeout');
  }
  socket.destroy();
  t.equal(await waits, null);
});

/** Whether a promise settles within a few turns. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let is = false;
  promise.then(
    () => {
      is = true;
    },
    () => {
      is = true;
    },
  );
  await new Promise((resolve) => setTimeout(resolve, 30));
  return is;
}

t.test('an option is read once, and what was checked is used', async (t) => {
  const port = closing(t, new CompletionPort());
  const socket = closing(t, new UdpSocket({ completionPort: port }).bind());
  let asked = 0;
  const options = {
    get timeout() {
      asked++;
      return asked === 1 ? 20 : ('never' as never);
    },
  };
  await t.rejects(socket.receive(options), { code: 'WSAETIMEDOUT' });
  t.equal(asked, 1);
});

t.test('undefined is as good as left out', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = createServer({ completionPort: port, accepts: undefined } as never);
  closing(t, server.listen({ host: '127.0.0.1', backlog: undefined, path: undefined } as never));
  const socket = await connect({
    ...(server.address as { address: string; port: number }),
    completionPort: port,
    signal: undefined,
    timeout: undefined,
  });
  t.equal(await settled(socket.read({ timeout: undefined })), false);
  socket.destroy();
});

t.test('a path beside an address is refused: one of them would mean nothing', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = createServer({ completionPort: port });
  t.throws(() => server.listen({ path: 'C:\\a', port: 80 }), TypeError);
  t.throws(() => server.listen({ path: 'C:\\a', host: '127.0.0.1' }), TypeError);
  await t.rejects(connect({ path: 'C:\\a', port: 80 }), TypeError);
  t.throws(() => server.address, { code: 'WSAEINVAL' }, 'it does not listen');
});

t.test('a family alone says which addresses are listened on', async (t) => {
  const port = closing(t, new CompletionPort());
  for (const [family, address] of [
    ['IPv4', '0.0.0.0'],
    ['IPv6', '::'],
  ] as const) {
    const server = closing(t, createServer({ completionPort: port }).listen({ family }));
    t.match(server.address, { family, address });
  }
});

t.test("the stream bridge checks what node:net's options may not be", async (t) => {
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    family: ['IPv5', 5],
    autoSelectFamily: ['yes'],
    autoSelectFamilyAttemptTimeout: ['5'],
    blockList: [{}, 5],
    host: [5],
    path: [5],
    hints: ['5'],
    lookup: [5],
    localAddress: ['localhost'],
    localPort: ['80'],
    port: [-1, 65_536, 1.5, {}],
    timeout: ['5', -1],
    onread: [{}],
  };
  for (const [option, values] of Object.entries(wrong)) {
    for (const value of values) {
      const options = { host: 'localhost', port: 9, [option]: value } as never;
      const error = await thrown(() => createConnection(options).on('error', () => {}));
      refused(t, error, `${option}: ${JSON.stringify(value)}`);
      t.match((error as { code: string }).code, /^ERR_/, option);
    }
  }
});

t.test('what is in the wrong state is refused by an error of ours', async (t) => {
  const port = closing(t, new CompletionPort());
  const server = closing(t, createServer({ completionPort: port }).listen(LOOPBACK));
  t.throws(() => server.listen(LOOPBACK), { name: 'WinsockError', code: 'WSAEINVAL' });
  const closes = server.close();
  t.throws(() => server.listen(LOOPBACK), { name: 'WinsockError', code: 'WSAEALREADY' });
  await closes;
  server.listen(LOOPBACK);
  const to = { host: '127.0.0.1', port: server.port, completionPort: port };
  const bridge = createConnection(to);
  t.throws(() => bridge.connect(to), { code: 'EISCONN', cause: { code: 'WSAEISCONN' } });
  bridge.destroy();
  const [one, other] = await pair(port);
  t.throws(() => one.shutdown('never' as never), TypeError);
  const operation = port.take();
  port.post(operation);
  t.throws(() => port.post(operation), { name: 'WinsockError', code: 'WSAEALREADY' });
  other.close();
  const spare = port.take();
  spare.release();
  t.throws(() => spare.release(), { name: 'WinsockError', code: 'WSA_INVALID_HANDLE' });
  const gone = new CompletionPort();
  await gone.close();
  t.throws(() => gone.take(), { name: 'WinsockError', code: 'WSA_INVALID_HANDLE' });
  await t.rejects(connectTo(to.port === 0 ? LOOPBACK : to, { completionPort: gone }), {
    name: 'WinsockError',
  });
  t.throws(() => new UdpSocket({ completionPort: gone }), { name: 'WinsockError' });
  one.close();
  const bound = new UdpSocket({ completionPort: port });
  t.throws(() => bound.bind(new Uint8Array(70_000)), RangeError);
  bound.destroy();
});
