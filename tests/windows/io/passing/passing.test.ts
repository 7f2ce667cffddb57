/** Sockets that are passed to another process, and to another thread. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import t, { type Test } from 'tap';
import { closesocket, ntohs, SOCK_DGRAM, SOCK_STREAM, type SOCKET } from 'winsock';
import {
  CompletionPort,
  connectTo,
  createServer,
  type DetachedSocket,
  duplicateFor,
  type InternetAddress,
  openDuplicate,
  type PassedSocket,
  SocketPasser,
  TcpSocket,
  UdpSocket,
} from 'winsock/io';
import { bound, nameOf, startWinsock } from '../../support/winsock.ts';
import { closing, connected } from '../support.ts';

startWinsock(t);

/** Two ends, one of which is a SOCKET on no completion port. */
async function ends(
  t: Test,
): Promise<[client: TcpSocket, socket: DetachedSocket, port: CompletionPort]> {
  const completionPort = new CompletionPort();
  let handOver: (socket: DetachedSocket) => void = () => undefined;
  const came = new Promise<DetachedSocket>((resolve) => {
    handOver = resolve;
  });
  const server = createServer({ completionPort, handOver: (socket) => handOver(socket) });
  server.listen({ host: '127.0.0.1' });
  const client = await connectTo(server.address as InternetAddress, { completionPort });
  const socket = await came;
  t.teardown(async () => {
    client.destroy();
    await server[Symbol.asyncDispose]();
    await completionPort.close();
  });
  return [client, socket, completionPort];
}

function child(t: Test): ChildProcess {
  const script = fileURLToPath(new URL('./child.ts', import.meta.url));
  const started = spawn(process.execPath, [script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.teardown(() => started.kill());
  return started;
}

t.test(
  'sockets go to a child process and come from there, with what was read of them',
  async (t) => {
    const [client, socket] = await ends(t);
    const started = child(t);
    let got: (socket: PassedSocket) => void = () => undefined;
    const came = new Promise<PassedSocket>((resolve) => {
      got = resolve;
    });
    const passer = closing(t, new SocketPasser(started as never, (passed) => got(passed)));
    client.write('sent');
    await passer.pass({ ...socket, unread: Buffer.from('unread, ') }, { word: 'hello' });
    let text = '';
    client.on('data', (data) => {
      text += data;
    });
    const wanted = 'the child with {"word":"hello"}: unread, sent';
    while (text.length < wanted.length) await new Promise((resolve) => setTimeout(resolve, 5));
    t.equal(text, wanted);

    const passed = await came;
    t.equal(passed.detail, 'from the child');
    const other = TcpSocket.from(passed, { completionPort: closing(t, new CompletionPort()) });
    await other.end('hello from the parent');
    await other.closed;
    client.destroy();
    const [code] = await once(started, 'exit');
    t.equal(code, 0, 'the child has read it');
  },
);

t.test('what this process accepts is served by HTTP in a child', async (t) => {
  const started = child(t);
  const passer = closing(
    t,
    new SocketPasser(started as never, ({ handle }) => closesocket(handle as SOCKET)),
  );
  const completionPort = closing(t, new CompletionPort());
  const server = closing(
    t,
    createServer({ completionPort, handOver: (socket) => passer.pass(socket, 'http') }),
  ).listen({ host: '127.0.0.1' });
  const agent = new http.Agent({ keepAlive: true });
  for (const path of ['/one', '/two']) {
    const asked = http.get({ agent, host: '127.0.0.1', port: server.port, path });
    const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
    t.equal(String(Buffer.concat(await response.toArray())), `GET ${path} by the child`);
  }
  agent.destroy();
});

/** A TCP port that nobody else can have, and that nobody listens on yet. */
function reserved(): [socket: SOCKET, port: number] {
  const socket = bound(SOCK_STREAM);
  return [socket, ntohs(nameOf(socket).sin_port)];
}

async function saidAt(port: number, completionPort: CompletionPort): Promise<string> {
  const client = await connectTo({ address: '127.0.0.1', port }, { completionPort });
  let said = '';
  for await (const data of client) said += data;
  return said;
}

const THREAD = `
  import { parentPort, workerData } from 'node:worker_threads';
  import { TcpServer } from 'winsock/io';
  const server = TcpServer.from(workerData);
  server.on('connection', (socket) => socket.end('served by the thread'));
  parentPort.once('message', () => server.close());
  parentPort.postMessage('listens');
`;

t.test('a port that is reserved here is listened on in a thread', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const [socket, port] = reserved();
  const nobody = await saidAt(port, completionPort).catch((error) => error.code);
  t.equal(nobody, 'WSAECONNREFUSED');
  const thread = new Worker(THREAD, { eval: true, workerData: socket });
  await once(thread, 'message');
  t.equal(await saidAt(port, completionPort), 'served by the thread');
  thread.postMessage('close');
  t.same(await once(thread, 'exit'), [0]);
});

t.test('a port that is reserved here, and a datagram socket, go to a child', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const started = child(t);
  const passer = closing(t, new SocketPasser(started as never, () => undefined));
  const [socket, port] = reserved();
  const listens = new Promise<void>((resolve) => {
    // The passer's own messages come this way too.
    started.on('message', (message) => message === 'listens' && resolve());
  });
  await passer.pass(socket, 'listen');
  await listens;
  t.equal(await saidAt(port, completionPort), 'served by the child');
  const datagrams = bound(SOCK_DGRAM);
  const place = { address: '127.0.0.1', port: ntohs(nameOf(datagrams).sin_port) };
  const own = closing(t, new UdpSocket({ completionPort }).connect(place));
  await own.send('before, ');
  await passer.pass(datagrams, 'datagrams');
  await own.send('after');
  for (const word of ['before, ', 'after']) {
    t.equal(String((await own.receive({ timeout: 20_000 }))!.data), `child has ${word}`);
  }
});

t.test(
  'what the other process cannot have, and one that ends, leave the socket here',
  async (t) => {
    const [client, socket] = await ends(t);
    const started = child(t);
    const passer = closing(
      t,
      new SocketPasser(started as never, ({ handle }) => closesocket(handle as SOCKET)),
    );
    const gone = passer.pass(0x123454).catch((error) => error);
    t.match(await gone, { code: 'WSAENOTSOCK', socket: { handle: 0x123454 } });
    await t.rejects(passer.pass('x' as never), TypeError);
    await t.rejects(passer.pass(socket, null, { timeout: -1 }), RangeError);
    const lost = new Promise((resolve) => started.once('exit', resolve));
    await passer.pass(socket, 'die').catch(() => undefined);
    await lost;
    const [other, second] = await ends(t);
    const error = await passer.pass(second).catch((reason) => reason);
    t.match(error, { code: 'WSA_OPERATION_ABORTED' });
    const back = TcpSocket.from(second, { completionPort: closing(t, new CompletionPort()) });
    back.write('still here');
    t.equal(String(await other.read()), 'still here');
    back.destroy();
    client.destroy();
  },
);

t.test(
  'within a process the SOCKET itself goes, and several at once keep their order',
  async (t) => {
    const all = await Promise.all([ends(t), ends(t), ends(t)]);
    const { port1, port2 } = new MessageChannel();
    t.teardown(() => port1.close());
    const got: PassedSocket[] = [];
    closing(t, new SocketPasser(port2, (passed) => got.push(passed)));
    const passer = closing(t, new SocketPasser(port1, () => undefined));
    await Promise.all(all.map(([, socket], index) => passer.pass(socket, index)));
    t.same(
      got.map(({ handle, detail }) => [handle, detail]),
      all.map(([, { handle }], index) => [handle, index]),
    );
    for (const { handle } of got) closesocket(handle as SOCKET);
  },
);

t.test('nobody waits for ever for an end that does not answer', async (t) => {
  const completionPort = closing(t, new CompletionPort());
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  // It is there, and then it is too busy for anything.
  port2.postMessage({ winsock: 'sockets', what: 'hello', processId: process.pid, answer: true });
  const passer = closing(t, new SocketPasser(port1, () => undefined));
  const [client, socket] = await connected(t, completionPort);
  const given = passer.pass(socket, null, { timeout: 50 }).catch((error) => error);
  t.match(await given, { code: 'WSAETIMEDOUT', syscall: 'pass' });
  const reason = new RangeError('enough');
  await t.rejects(passer.pass(socket, null, { signal: AbortSignal.abort(reason) }), reason);
  const over = passer.pass(socket).catch((error) => error.code);
  socket.write('goes on');
  t.equal(String(await client.read()), 'goes on');
  port2.close();
  t.equal(await over, 'WSA_OPERATION_ABORTED');
  socket.write(' and on');
  t.equal(String(await client.read()), ' and on');
  client.destroy();
  socket.destroy();
});

t.test('over a child or a thread that has ended before nothing goes', async (t) => {
  const started = child(t);
  started.kill();
  await once(started, 'exit');
  if (started.connected) await once(started, 'disconnect');
  const thread = new Worker('', { eval: true });
  await once(thread, 'exit');
  for (const channel of [started as never, thread]) {
    const handle = bound(SOCK_DGRAM);
    const passer = new SocketPasser(channel, () => undefined);
    const error = await passer.pass(handle).catch((reason) => reason);
    t.match(error, { code: 'WSA_OPERATION_ABORTED' });
    t.equal(closesocket(handle), 0, 'it is still here');
  }
});

t.test('a passer that is closed takes nothing, and the next one takes what is new', async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  const first = new SocketPasser(port2, () => t.fail('it was closed before'));
  const passer = closing(t, new SocketPasser(port1, () => undefined));
  port1.on('message', ({ what }) => {
    // The socket is on its way.
    if (what === 'ready') first.close();
  });
  const handle = bound(SOCK_DGRAM);
  const error = await passer.pass(handle).catch((reason) => reason);
  t.match(error, { code: 'WSA_OPERATION_ABORTED', socket: { handle } });

  const got: number[] = [];
  closing(t, new SocketPasser(port2, (passed) => got.push(passed.handle)));
  await passer.pass(handle);
  t.same(got, [handle]);
  // What the closed one was sent may come to the next one, which has not asked for it.
  port1.postMessage({ winsock: 'sockets', what: 'socket', id: 0, socket: handle, unread: '' });
  await passer.pass(handle);
  t.same(got, [handle, handle]);
  closesocket(handle);
});

t.test('what the channel cannot carry leaves the socket here', async (t) => {
  const { port1, port2 } = new MessageChannel();
  t.teardown(() => port1.close());
  let came = 0;
  closing(t, new SocketPasser(port2, () => came++));
  const passer = closing(t, new SocketPasser(port1, () => undefined));
  const handle = bound(SOCK_DGRAM);
  const error = await passer.pass(handle, () => 'no function goes').catch((reason) => reason);
  t.match(error, { name: 'DataCloneError', socket: { handle } });
  t.equal(came, 0);
  // What is none of a passer's is answered all the same, and opens nothing.
  const answers: unknown[] = [];
  port1.on('message', (message) => answers.push(message));
  for (const socket of ['no duplicate', {}, null]) {
    port1.postMessage({ winsock: 'sockets', what: 'socket', id: 77, socket, unread: '' });
  }
  port1.postMessage({ winsock: 'sockets', what: 'socket', id: 77, socket: 0x123454 });
  while (answers.length < 4) await new Promise((resolve) => setTimeout(resolve, 5));
  t.match(answers, Array(4).fill({ what: 'refused', id: 77, errno: 10022 }));
  t.equal(came, 0);
  closesocket(handle);
});

t.test('a duplicate is opened once, and what is none is refused', async (t) => {
  const [client, { handle }] = await ends(t);
  const info = duplicateFor(handle, process.pid);
  const again = openDuplicate(info);
  t.not(again, handle);
  closesocket(handle as SOCKET);
  const socket = TcpSocket.from(again, { completionPort: closing(t, new CompletionPort()) });
  socket.write('by the duplicate');
  t.equal(String(await client.read()), 'by the duplicate');
  socket.destroy();
  t.throws(() => openDuplicate(new Uint8Array(5)), { code: 'WSAEINVAL' });
  t.throws(() => duplicateFor(0x123454, process.pid), { code: 'WSAENOTSOCK' });
});

t.test('a channel whose promise rejects is over', async (t) => {
  const broken = {
    send: () => Promise.reject(new RangeError('no such message')),
    listen: () => () => undefined,
  };
  const passer = new SocketPasser(broken, () => undefined);
  await t.rejects(passer.pass({ handle: 4 }), { name: 'RangeError', message: 'no such message' });
});

t.test('what is no channel is refused', (t) => {
  for (const given of [null, 5, {}, { on: () => undefined }]) {
    t.throws(() => new SocketPasser(given as never, () => undefined), TypeError);
  }
  t.throws(() => new SocketPasser(new MessageChannel().port1, 5 as never), TypeError);
  t.throws(() => createServer({ handOver: 5 as never }), TypeError);
  t.end();
});
