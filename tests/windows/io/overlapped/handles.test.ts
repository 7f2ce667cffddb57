import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t, { type Test } from 'tap';
import {
  addressOfView,
  COMPLETED,
  CompletionPort,
  type OperationOptions,
  OverlappedHandle,
  PENDING,
  startRead,
  startWrite,
} from 'winsock/io';
import * as kernel from 'winsock/kernel';
import { closing, hashOf, noise, run } from '../support.ts';

const { FILE_FLAG_OVERLAPPED, GENERIC_READ, GENERIC_WRITE } = kernel;
const NO_HANDLE = 0 as never;

/** A new file, opened for overlapped use. */
function newFile(t: Test): { file: string; handle: number } {
  const directory = mkdtempSync(path.join(tmpdir(), 'winsock-'));
  t.teardown(() => rmSync(directory, { recursive: true, maxRetries: 5 }));
  const file = path.join(directory, 'data');
  const access = GENERIC_READ | GENERIC_WRITE;
  const { CreateFileW, CREATE_NEW, FILE_SHARE_READ } = kernel;
  const flags = FILE_FLAG_OVERLAPPED;
  const shared = FILE_SHARE_READ;
  return {
    file,
    handle: CreateFileW.orThrow(file, access, shared, null, CREATE_NEW, flags, NO_HANDLE),
  };
}

/** The two ends of a named pipe: the serving end waits for nobody yet. */
function newPipe(type = kernel.PIPE_TYPE_BYTE as number) {
  const name = `\\\\.\\pipe\\winsock-${randomUUID()}`;
  const access = kernel.PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
  const mode = type === kernel.PIPE_TYPE_MESSAGE ? type | kernel.PIPE_READMODE_MESSAGE : type;
  const served = kernel.CreateNamedPipeW.orThrow(name, access, mode, 1, 4096, 4096, 0, null);
  const open = () => {
    const rights = GENERIC_READ | GENERIC_WRITE;
    const flags = FILE_FLAG_OVERLAPPED;
    const { CreateFileW, OPEN_EXISTING } = kernel;
    return CreateFileW.orThrow(name, rights, 0, null, OPEN_EXISTING, flags, NO_HANDLE);
  };
  return { served, open };
}

async function connectedPipe(t: Test, port: CompletionPort, type?: number) {
  const { served, open } = newPipe(type);
  const server = closing(t, new OverlappedHandle(served, port));
  const client = closing(t, new OverlappedHandle(open(), port));
  await server.connect();
  return { server, client };
}

t.test('a file is written and read in any place', async (t) => {
  const port = closing(t, new CompletionPort());
  const { file, handle } = newFile(t);
  const open = closing(t, new OverlappedHandle(handle, port));
  const data = noise(100_000);
  t.equal(await open.write(data), data.length);
  t.equal(await open.write(data.subarray(0, 10), { offset: -1 }), 10);
  t.equal(hashOf(readFileSync(file)), hashOf(data, data.subarray(0, 10)));
  const into = Buffer.alloc(60_000);
  t.equal(await open.read(into, { offset: 50_000 }), 50_010);
  t.equal(hashOf(into.subarray(0, 50_000)), hashOf(data.subarray(50_000)));
  t.equal(await open.read(into, { offset: 100_010 }), 0, 'the end');
  // Beyond 4 GiB there is nothing either.
  t.equal(await open.read(into, { offset: 2 ** 40 }), 0);
  await t.rejects(open.read(into, { offset: -1 }), RangeError);
  await t.rejects(open.write(into, { offset: 0.5 }), RangeError);
  await t.rejects(open.write('text' as never), TypeError);
  t.throws(() => new OverlappedHandle('handle' as never, port), TypeError);
  open.close();
  await t.rejects(open.read(into), {
    code: 'WSA_INVALID_HANDLE',
    syscall: 'ReadFile',
    message: /the handle is closed/,
  });
  t.equal(port.stats().pending, 0);
});

t.test('the start functions of files write and read at an offset', async (t) => {
  const port = closing(t, new CompletionPort());
  const { handle } = newFile(t);
  const on = closing(t, port.associateHandle(handle));
  const data = noise(100_000);
  const into = Buffer.alloc(200_000);
  const operation = port.take();
  const finished = (code: number) =>
    new Promise<void>((resolve, reject) => {
      if (code === COMPLETED) resolve();
      else if (code !== PENDING) reject(new Error(`code ${code}`));
      else operation.target = { completed: () => resolve() };
    });
  await finished(startWrite(operation, on, addressOfView(data), data.length, 0, data));
  t.equal(operation.bytes, data.length);
  await finished(startRead(operation, on, addressOfView(into), 50_000, 50_000, into));
  t.equal(operation.bytes, 50_000);
  t.equal(hashOf(into.subarray(0, 50_000)), hashOf(data.subarray(50_000)));
  operation.release();
});

t.test('a named pipe carries bytes both ways, until one end is closed', async (t) => {
  const port = closing(t, new CompletionPort());
  const { served, open } = newPipe();
  const server = closing(t, new OverlappedHandle(served, port));
  const connected = server.connect();
  const client = closing(t, new OverlappedHandle(open(), port));
  await connected;

  const data = noise(50_000);
  const chunks: Buffer[] = [];
  const receive = async () => {
    for (;;) {
      const into = Buffer.alloc(3000);
      const bytes = await server.read(into);
      if (bytes === 0) return;
      chunks.push(into.subarray(0, bytes));
    }
  };
  const received = receive();
  t.equal(await client.write(data), data.length);
  const answer = Buffer.alloc(10);
  const answered = client.read(answer);
  t.equal(await server.write(Buffer.from('thanks')), 6);
  t.equal(await answered, 6);
  t.equal(String(answer.subarray(0, 6)), 'thanks');
  client.close();
  await received;
  t.equal(hashOf(...chunks), hashOf(data));
  t.equal(port.stats().pending, 0);
});

t.test('a pipe whose client was there first', async (t) => {
  const port = closing(t, new CompletionPort());
  const { server, client } = await connectedPipe(t, port);
  const into = Buffer.alloc(5);
  const [bytes] = await Promise.all([server.read(into), client.write(Buffer.from('hello'))]);
  t.equal(String(into.subarray(0, bytes)), 'hello');
  // Connected already: an error now.
  await t.rejects(client.connect(), { code: /^ERROR_/, syscall: 'ConnectNamedPipe' });
});

t.test('a message that is longer than the memory', async (t) => {
  const port = closing(t, new CompletionPort());
  const { server, client } = await connectedPipe(t, port, kernel.PIPE_TYPE_MESSAGE);
  for (const order of ['read first', 'written first']) {
    const into = Buffer.alloc(4);
    let read: Promise<number> | undefined;
    if (order === 'read first') {
      read = server.read(into);
      read.catch(() => undefined);
    }
    const written = client.write(Buffer.from('message'));
    if (order === 'written first') await new Promise((resolve) => setTimeout(resolve, 20));
    await t.rejects(read ?? server.read(into), { code: 'ERROR_MORE_DATA', errno: 234 }, order);
    t.equal(String(into), 'mess', order);
    t.equal(await server.read(into), 3, order);
    t.equal(String(into.subarray(0, 3)), 'age', order);
    t.equal(await written, 7);
  }
  t.equal(port.stats().pending, 0);
});

t.test('a signal, a timeout or closing ends what is pending', async (t) => {
  const port = closing(t, new CompletionPort());
  const waiting = closing(t, new OverlappedHandle(newPipe().served, port));
  const { server, client } = await connectedPipe(t, port);
  const stages: Record<string, (options: OperationOptions) => Promise<unknown>> = {
    connect: (options) => waiting.connect(options),
    read: (options) => server.read(Buffer.alloc(10), options),
    write: async (options) => {
      for (;;) await client.write(Buffer.alloc(100_000), options);
    },
  };
  for (const [name, start] of Object.entries(stages)) {
    const reason = new Error(`enough of ${name}`);
    const controller = new AbortController();
    const pending = start({ signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await t.rejects(pending, reason, name);
    await t.rejects(start({ timeout: 20 }), { code: 'WSAETIMEDOUT' }, `${name}, by time`);
    await t.rejects(start({ timeout: -1 }), RangeError);
  }
  const lost: Promise<unknown>[] = [waiting.connect(), client.read(Buffer.alloc(10))];
  waiting.close();
  client.close();
  for (const one of lost) await t.rejects(one, { code: 'WSA_OPERATION_ABORTED', errno: 995 });
  t.equal(port.stats().pending, 0);
});

t.test('a pending pipe keeps the process, unless unref is called', async (t) => {
  const program = (then: string) => `
    import { CompletionPort, OverlappedHandle } from 'winsock/io';
    import { CreateNamedPipeW } from 'winsock/kernel';
    const name = '\\\\\\\\.\\\\pipe\\\\winsock-${randomUUID()}';
    const handle = CreateNamedPipeW.orThrow(name, 0x40000003, 0, 1, 4096, 4096, 0, null);
    const pipe = new OverlappedHandle(handle, new CompletionPort());
    pipe.connect().catch(({ code }) => console.log(code));
    ${then}
  `;
  const closed = 'setTimeout(() => pipe.close(), 200).unref()';
  t.match(await run(program(closed)), { code: 0, output: 'WSA_OPERATION_ABORTED\n' });
  t.match(await run(program(`${closed}; pipe.unref()`)), { code: 0, output: /^$/ });
});
