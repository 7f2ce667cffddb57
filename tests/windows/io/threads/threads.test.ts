/** Connections that are accepted in one thread and served in others. */
import t, { type Test } from 'tap';
import {
  CompletionPort,
  connectTo,
  createThreadedServer,
  type EndedThread,
  type InternetAddress,
  serveInThread,
  type TcpSocket,
  type ThreadedServer,
  type ThreadedServerOptions,
} from 'winsock/io';
import { hashOf, noise } from '../support.ts';

const SCRIPT = new URL('./echo.ts', import.meta.url);

async function serve(
  t: Test,
  options: ThreadedServerOptions,
): Promise<[server: ThreadedServer, connect: () => Promise<TcpSocket>]> {
  const completionPort = new CompletionPort();
  const server = createThreadedServer(SCRIPT, {
    data: { greeting: 'hello' },
    ...options,
    completionPort,
  });
  server.listen({ host: '127.0.0.1' });
  const clients: TcpSocket[] = [];
  t.teardown(async () => {
    for (const client of clients) client.destroy();
    await server[Symbol.asyncDispose]();
    await completionPort.close();
  });
  const connect = async () => {
    const client = await connectTo(server.address as InternetAddress, { completionPort });
    clients.push(client);
    return client;
  };
  return [server, connect];
}

async function ask(client: TcpSocket, question: string): Promise<string> {
  await client.send(question);
  return String(await client.read());
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}

t.test('connections are spread over the threads, and each byte comes back', async (t) => {
  const [server, connect] = await serve(t, { threads: 2 });
  const clients = await Promise.all(Array.from({ length: 6 }, connect));
  const answers = await Promise.all(clients.map((client) => ask(client, 'which')));
  const threads = answers.map((answer) => answer.split(' ')[0]!);
  t.same(new Set(answers.map((answer) => answer.split(' ')[1])), new Set(['hello']));
  t.equal(new Set(threads).size, 2);
  for (const thread of new Set(threads)) t.equal(threads.filter((one) => one === thread).length, 3);
  t.same([server.threads, server.connections], [2, 6]);
  const hashes = clients.map(async (client) => {
    const data = noise(200_000);
    const chunks: Buffer[] = [];
    let bytes = 0;
    client.write(data);
    while (bytes < data.length) {
      const chunk = (await client.read())!;
      chunks.push(chunk);
      bytes += chunk.length;
    }
    return hashOf(...chunks) === hashOf(data);
  });
  t.same(
    await Promise.all(hashes),
    clients.map(() => true),
  );
});

t.test(
  'closing stops accepting, has idle connections ended, and waits for the threads',
  async (t) => {
    const [server, connect] = await serve(t, { threads: 2 });
    const clients = await Promise.all(Array.from({ length: 4 }, connect));
    await Promise.all(clients.map((client) => ask(client, 'which')));
    const told: string[] = [];
    server.on('close', () => told.push('close'));
    server.on('threadEnd', () => told.push('threadEnd'));
    const lastWords = clients.map(async (client) => {
      const last = String(await client.read());
      await client.end();
      return [last, await client.read()];
    });
    await server.close();
    t.same(
      await Promise.all(lastWords),
      clients.map(() => ['closing', null]),
    );
    t.same(told, ['close'], 'a thread that ends with its server is none that was lost');
    t.equal(server.threads, 0);
    t.throws(() => server.addThread(), { code: 'WSAEINVAL' });
    t.throws(() => server.listen(), { code: 'WSAEINVAL' });
  },
);

t.test('closing within a time ends the threads with what they still serve', async (t) => {
  const [server, connect] = await serve(t, { threads: 1 });
  const client = await connect();
  await ask(client, 'which');
  await server.close({ timeout: 100 });
  t.equal(server.threads, 0);
  client.resume();
  await client.closed;
  await t.rejects(server.close({ timeout: -1 }), RangeError);
});

t.test('closing with a signal that has aborted ends the threads at once', async (t) => {
  const [server, connect] = await serve(t, { threads: 1 });
  const client = await connect();
  await ask(client, 'which');
  await server.close({ signal: AbortSignal.abort() });
  t.equal(server.threads, 0);
  client.resume();
  await client.closed;
});

for (const how of ['throw', 'exit'] as const) {
  t.test(
    `a thread that ends by ${how} is noticed; the others go on, and another takes its place`,
    async (t) => {
      const [server, connect] = await serve(t, { threads: 2 });
      const clients = await Promise.all([connect(), connect()]);
      const [lost] = await Promise.all(clients.map((client) => ask(client, 'which')));
      const ended = new Promise<EndedThread>((resolve) => server.once('threadEnd', resolve));
      const [victim, other] = clients as [TcpSocket, TcpSocket];
      victim.resume().on('error', () => undefined);
      victim.write(how);
      const { threadId, exitCode, error } = await ended;
      t.equal(threadId, Number(lost!.split(' ')[0]));
      t.same([exitCode, error?.message], how === 'exit' ? [3, undefined] : [1, 'as I was told']);
      await victim.closed;
      t.equal(await ask(other, 'still there?'), 'still there?');
      t.equal(server.threads, 1);
      server.addThread();
      const more = await Promise.all([connect(), connect()]);
      const threads = await Promise.all(more.map((client) => ask(client, 'which')));
      t.ok(threads.some((answer) => Number(answer.split(' ')[0]) > 0));
      t.equal(server.threads, 2);
    },
  );
}

t.test('what a thread that ends had not taken goes to another one', async (t) => {
  const [server, connect] = await serve(t, { threads: 1 });
  const first = await connect();
  await ask(first, 'which');
  first.resume().on('error', () => undefined);
  server.on('threadEnd', () => server.addThread());
  // The thread stands still for a second, and ends then: what is accepted meanwhile it never takes.
  await first.send('stand still and exit');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const late = await Promise.all([connect(), connect(), connect()]);
  const answers = await Promise.all(late.map((client) => ask(client, 'which')));
  t.same(
    answers.map((answer) => answer.split(' ')[1]),
    ['hello', 'hello', 'hello'],
  );
  await first.closed;
  t.equal(server.connections, 3);
});

t.test('without a thread that is left the server closes', async (t) => {
  const [server, connect] = await serve(t, { threads: 1 });
  const client = await connect();
  await ask(client, 'which');
  const told: string[] = [];
  server.on('error', (error) => told.push(error.message));
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  client.resume().on('error', () => undefined);
  client.write('exit');
  await closed;
  t.same(told, ['no thread is left that serves']);
});

t.test('where every thread has as many connections as it may, clients wait', async (t) => {
  const [server, connect] = await serve(t, { threads: 2, connectionsPerThread: 1, accepts: 1 });
  const served = await Promise.all([connect(), connect()]);
  await Promise.all(served.map((client) => ask(client, 'which')));
  const waiting = await Promise.all([connect(), connect()]);
  const answers = waiting.map((client) => ask(client, 'which'));
  let answered = 0;
  for (const answer of answers) void answer.then(() => answered++);
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.equal(answered, 0);
  t.ok(server.connections <= 3, 'one was accepted beyond what is served');
  for (const client of served) client.destroy();
  await Promise.all(answers);
  await until(() => server.connections === 2);
});

t.test('options that are none are refused, and a thread of nobody', (t) => {
  const options: [object, ErrorConstructor][] = [
    [{ threads: 0 }, RangeError],
    [{ threads: 1.5 }, RangeError],
    [{ connectionsPerThread: 0 }, RangeError],
    [{ accepts: 0 }, RangeError],
    [{ data: 5 }, TypeError],
    [{ completionPort: {} }, TypeError],
    [{ thread: 2 }, TypeError],
  ];
  for (const [given, error] of options) {
    t.throws(() => createThreadedServer(SCRIPT, given), error, JSON.stringify(given));
  }
  t.throws(() => serveInThread(() => undefined), /threads that a ThreadedServer has started/);
  t.end();
});
