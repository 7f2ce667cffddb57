import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import * as w from 'winsock';
import * as k from 'winsock/kernel';

const NOWHERE = -1 as w.HANDLE;
const NONE = 0 as w.HANDLE;
const DUPLEX = k.GENERIC_READ | k.GENERIC_WRITE;

let names = 0;

interface Tap {
  teardown(fn: () => void): void;
}

/** Memory that stays where it is. */
const fixed = (length: number) => Buffer.from(new ArrayBuffer(length));

const fixedText = (text: string) => {
  const memory = fixed(text.length);
  memory.write(text, 'latin1');
  return memory;
};

interface Pipe {
  readonly name: string;
  readonly server: w.HANDLE;
  open(flags?: number): w.HANDLE;
}

/** A pipe with a name of its own; its handles are closed with the test. */
function pipe(t: Tap, mode = k.FILE_FLAG_OVERLAPPED): Pipe {
  const name = `\\\\.\\pipe\\winsock-kernel-${process.pid}-${names++}`;
  const access = k.PIPE_ACCESS_DUPLEX | mode;
  const server = k.CreateNamedPipeW.orThrow(name, access, k.PIPE_TYPE_BYTE, 1, 4096, 4096, 0, null);
  t.teardown(() => k.CloseHandle(server));
  const open = (flags = k.FILE_FLAG_OVERLAPPED) => {
    const client = k.CreateFileW.orThrow(name, DUPLEX, 0, null, k.OPEN_EXISTING, flags, NONE);
    t.teardown(() => k.CloseHandle(client));
    return client;
  };
  return { name, server, open };
}

function event(t: Tap): w.HANDLE {
  const created = k.CreateEventW.orThrow(null, 1, 0, null);
  t.teardown(() => k.CloseHandle(created));
  return created;
}

const LONG = 60_000;

t.test('a pipe: waiting for its client, and one that was faster', async (t) => {
  const slow = pipe(t);
  const waiting = new w.OVERLAPPED({ hEvent: event(t) });
  t.equal(k.ConnectNamedPipe.orThrow(slow.server, waiting), 0, 'goes on');
  t.equal(k.GetLastError(), w.WSA_IO_PENDING);
  const bytes = w.ref(w.DWORD);
  t.equal(k.GetOverlappedResultEx.orThrow(slow.server, waiting, bytes, 0, 0), 0);
  t.equal(k.GetLastError(), w.WSA_IO_INCOMPLETE, 'asked without waiting');
  slow.open();
  t.not(k.GetOverlappedResultEx.orThrow(slow.server, waiting, bytes, LONG, 0), 0);

  const fast = pipe(t);
  fast.open();
  const late = new w.OVERLAPPED({ hEvent: event(t) });
  t.equal(k.ConnectNamedPipe.orThrow(fast.server, late), 0, 'no failure');
  t.equal(k.GetLastError(), 535, 'ERROR_PIPE_CONNECTED');
  t.throws(() => k.ConnectNamedPipe.orThrow(event(t), late), {
    name: 'WinsockError',
    syscall: 'ConnectNamedPipe',
  });
});

t.test('a wait for a result ends after its time', async (t) => {
  const { server, open } = pipe(t);
  open();
  const reading = new w.OVERLAPPED({ hEvent: event(t) });
  k.ReadFile.orThrow(server, fixed(8), 8, null, reading);
  const bytes = w.ref(w.DWORD);
  t.equal(k.GetOverlappedResultEx.orThrow(server, reading, bytes, 1, 0), 0);
  t.equal(k.GetLastError(), w.WAIT_TIMEOUT);
  k.CancelIo.orThrow(server);
  t.throws(() => k.GetOverlappedResultEx.orThrow(server, reading, bytes, LONG, 0), {
    code: 'ERROR_OPERATION_ABORTED',
  });
});

t.test('CancelIo ends what this thread began, CancelIoEx one operation', async (t) => {
  const { server, open } = pipe(t);
  open();
  const [first, second] = [0, 1].map(() => new w.OVERLAPPED({ hEvent: event(t) }));
  const memory = fixed(16);
  k.ReadFile.orThrow(server, memory, 8, null, first!);
  k.ReadFile.orThrow(server, memory.subarray(8), 8, null, second!);
  k.CancelIoEx.orThrow(server, first!);
  t.equal(k.WaitForSingleObject.orThrow(first!.hEvent, LONG), k.WAIT_OBJECT_0);
  t.equal(k.WaitForSingleObject(second!.hEvent, 0), w.WAIT_TIMEOUT, 'the other goes on');
  k.CancelIo.orThrow(server);
  t.equal(k.WaitForSingleObject.orThrow(second!.hEvent, LONG), k.WAIT_OBJECT_0);
  const bytes = w.ref(w.DWORD);
  for (const operation of [first!, second!]) {
    t.throws(() => k.GetOverlappedResult.orThrow(server, operation, bytes, 0), {
      code: 'ERROR_OPERATION_ABORTED',
    });
  }
});

t.test('another thread that reads at once is freed by CancelSynchronousIo', async (t) => {
  const blocking = 0;
  const client = pipe(t).open(blocking);
  const worker = new Worker(new URL('./cases/blocked-read.ts', import.meta.url), {
    workerData: client,
  });
  const messages: Record<string, number>[] = [];
  const arrived = new Promise<void>((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
  const started = new Promise<number>((resolve) => {
    worker.on('message', (message: Record<string, number>) => {
      messages.push(message);
      if (message.thread !== undefined) resolve(message.thread);
    });
  });
  const id = await started;
  t.not(id, k.GetCurrentThreadId());
  const thread = k.OpenThread.orThrow(k.THREAD_ALL_ACCESS, 0, id);
  // It fails until the thread has come to its read.
  while (k.CancelSynchronousIo(thread) === 0 && messages.length < 2) {
    t.equal(k.GetLastError(), 1168, 'ERROR_NOT_FOUND');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await arrived;
  t.same(messages.at(-1), { result: 0, error: w.WSA_OPERATION_ABORTED });
  k.CloseHandle.orThrow(thread);
});

t.test('ReadFileEx and WriteFileEx report in an alertable wait', async (t) => {
  const { server, open } = pipe(t);
  const client = open();
  const seen: [string, number, number, number | undefined][] = [];
  const routine = (what: string) =>
    w.LPOVERLAPPED_COMPLETION_ROUTINE.register((code, bytes, overlapped) => {
      seen.push([what, code, bytes, overlapped?.Offset]);
    });
  using read = routine('read');
  using written = routine('written');
  const memory = fixed(16);
  const reading = new w.OVERLAPPED();
  k.ReadFileEx.orThrow(server, memory, memory.length, reading, read.address);
  t.equal(k.SleepEx(0, 1), 0, 'nothing has come');
  const writing = new w.OVERLAPPED();
  k.WriteFileEx.orThrow(client, fixedText('to a routine'), 12, writing, written.address);
  while (seen.length < 2) t.equal(k.SleepEx(LONG, 1), k.WAIT_IO_COMPLETION);
  t.same(
    seen.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['read', 0, 12, 0],
      ['written', 0, 12, 0],
    ],
  );
  t.equal(memory.toString('latin1', 0, 12), 'to a routine');
  t.throws(() => k.ReadFileEx(server, memory, 17, reading, read.address), RangeError);
  t.throws(() => k.ReadFileEx(server, memory, 16, reading, null), TypeError);
});

t.test('a port is not told of what succeeds at once', async (t) => {
  const { server, open } = pipe(t);
  const client = open();
  const port = k.CreateIoCompletionPort.orThrow(server, NONE, 5, 1);
  t.teardown(() => k.CloseHandle(port));
  k.SetFileCompletionNotificationModes.orThrow(server, k.FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
  const bytes = w.ref(w.DWORD);
  const sent = w.ref(w.DWORD);
  const writing = new w.OVERLAPPED({ hEvent: event(t) });
  k.WriteFile.orThrow(client, fixedText('at once'), 7, sent, writing);
  k.GetOverlappedResult.orThrow(client, writing, bytes, 1);
  const memory = fixed(8);
  t.equal(k.ReadFile(server, memory, 7, bytes, new w.OVERLAPPED()), 1, 'it was there');
  const entries = w.arrayOf(w.OVERLAPPED_ENTRY, 2);
  const count = w.ref(w.ULONG);
  t.equal(k.GetQueuedCompletionStatusEx(port, entries, 2, count, 0, 0), 0, 'no packet');
  const later = new w.OVERLAPPED();
  k.ReadFile.orThrow(server, memory, 7, null, later);
  k.WriteFile.orThrow(client, fixedText('later'), 5, sent, writing);
  k.GetQueuedCompletionStatusEx.orThrow(port, entries, 2, count, LONG, 0);
  t.equal(count.value, 1);
  t.equal(entries[0]?.dwNumberOfBytesTransferred, 5);
  t.throws(() => k.SetFileCompletionNotificationModes.orThrow(NOWHERE, 1), {
    name: 'WinsockError',
    syscall: 'SetFileCompletionNotificationModes',
  });
});

t.test('files are created and opened by narrow names', async (t) => {
  const name = `winsock-kernel-narrow-${process.pid}`;
  const file = join(tmpdir(), name);
  const open = (how: number) =>
    k.CreateFileA.orThrow(file, DUPLEX, 0, null, how, k.FILE_ATTRIBUTE_NORMAL, NONE);
  const created = open(k.CREATE_NEW);
  const bytes = w.ref(w.DWORD);
  k.WriteFile.orThrow(created, fixedText('narrow'), 6, bytes, null);
  t.equal(bytes.value, 6);
  k.CloseHandle.orThrow(created);
  t.throws(() => open(k.CREATE_NEW), { name: 'WinsockError', syscall: 'CreateFileA' });
  const found = open(k.OPEN_EXISTING);
  const memory = fixed(8);
  k.ReadFile.orThrow(found, memory, 8, bytes, null);
  t.equal(memory.toString('latin1', 0, bytes.value), 'narrow');
  k.CloseHandle.orThrow(found);
  k.DeleteFileA.orThrow(file);
  t.throws(() => k.DeleteFileA.orThrow(file), { name: 'WinsockError', syscall: 'DeleteFileA' });
});

t.test('the folder of temporary files is that of the run time', async (t) => {
  const text = Buffer.alloc(2 * 300);
  const length = k.GetTempPathW.orThrow(300, text);
  const path = text.toString('utf16le', 0, 2 * length);
  t.equal(path.toLowerCase().replace(/\\$/, ''), tmpdir().toLowerCase().replace(/\\$/, ''));
  t.equal(k.GetTempPathW(0, null), length + 1, 'with its NUL');
  t.throws(() => k.GetTempPathW(301, text), RangeError);
});
