import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import * as w from 'winsock';
import * as k from 'winsock/kernel';

const GENERIC_READ_WRITE = 0xc0000000;
const CREATE_ALWAYS = 2;
const OVERLAPPED_FILE = 0x40000000;
const NO_SHARING = 0;

t.test('events and waits', async (t) => {
  const manual = k.CreateEventW.orThrow(null, 1, 0, null);
  const automatic = k.CreateEventA.orThrow(null, 0, 0, null);
  const both = w.arrayOf(w.HANDLE, [manual, automatic]);
  t.equal(k.WaitForMultipleObjects(2, both, 0, 0), w.WAIT_TIMEOUT);
  k.SetEvent.orThrow(automatic);
  t.equal(k.WaitForMultipleObjectsEx.orThrow(2, both, 0, 0, 0), 1, 'the second');
  t.equal(k.WaitForSingleObject(automatic, 0), w.WAIT_TIMEOUT, 'the wait has reset it');
  k.SetEvent.orThrow(manual);
  t.equal(k.WaitForSingleObjectEx.orThrow(manual, 0, 0), 0);
  t.equal(k.WaitForSingleObject.orThrow(manual, 0), 0, 'it stays set');
  k.ResetEvent.orThrow(manual);
  t.equal(k.WaitForSingleObject(manual, 0), w.WAIT_TIMEOUT);
  k.CloseHandle.orThrow(manual);
  k.CloseHandle.orThrow(automatic);
  t.throws(() => k.SetEvent.orThrow(manual), { code: 'WSA_INVALID_HANDLE' });
});

t.test('timers that can be waited for', async (t) => {
  const timer = k.CreateWaitableTimerW.orThrow(null, 1, null);
  const due = new w.LARGE_INTEGER({ QuadPart: -10_000n });
  k.SetWaitableTimer.orThrow(timer, due, 0, null, null, 0);
  t.equal(k.WaitForSingleObject.orThrow(timer, 5000), 0);
  k.CancelWaitableTimer.orThrow(timer);
  k.CloseHandle.orThrow(timer);
});

t.test('a completion port: packets posted and taken', async (t) => {
  const port = k.CreateIoCompletionPort.orThrow(-1 as w.HANDLE, 0 as w.HANDLE, 0, 1);
  for (const key of [7, 8, 9]) {
    k.PostQueuedCompletionStatus.orThrow(port, 10 * key, key, null);
  }
  const [bytes, key, packet] = [w.ref(w.DWORD), w.ref(w.uintptr), w.ref(w.pvoid)];
  k.GetQueuedCompletionStatus.orThrow(port, bytes, key, packet, 0);
  t.same([bytes.value, key.value, packet.value], [70, 7, 0]);
  const entries = w.arrayOf(w.OVERLAPPED_ENTRY, 4);
  const count = w.ref(w.ULONG);
  k.GetQueuedCompletionStatusEx.orThrow(port, entries, 4, count, 0, 0);
  t.equal(count.value, 2);
  t.same(
    [...entries]
      .slice(0, 2)
      .map((one) => [Number(one.lpCompletionKey), one.dwNumberOfBytesTransferred]),
    [
      [8, 80],
      [9, 90],
    ],
  );
  t.equal(k.GetQueuedCompletionStatusEx(port, entries, 4, count, 0, 0), 0);
  t.equal(k.GetLastError(), w.WAIT_TIMEOUT);
  k.CloseHandle.orThrow(port);
});

t.test('a file, written and read at once and later', async (t) => {
  const path = join(tmpdir(), `winsock-kernel-${process.pid}`);
  const open = (flags: number) =>
    k.CreateFileW.orThrow(path, GENERIC_READ_WRITE, NO_SHARING, null, CREATE_ALWAYS, flags, 0);
  const file = open(OVERLAPPED_FILE);
  const event = k.CreateEventW.orThrow(null, 1, 0, null);
  const operation = new w.OVERLAPPED({ hEvent: event });
  const data = Buffer.from(new ArrayBuffer(8));
  data.write('the file');
  const bytes = w.ref(w.DWORD);
  k.WriteFile.orThrow(file, data, 8, null, operation);
  k.GetOverlappedResult.orThrow(file, operation, bytes, 1);
  t.equal(bytes.value, 8);
  k.FlushFileBuffers.orThrow(file);
  const size = new w.LARGE_INTEGER();
  k.GetFileSizeEx.orThrow(file, size);
  t.equal(size.QuadPart, 8n);

  const memory = Buffer.from(new ArrayBuffer(16));
  const reading = new w.OVERLAPPED({ hEvent: event, Offset: 4 });
  k.ReadFile.orThrow(file, memory, 16, null, reading);
  k.GetOverlappedResult.orThrow(file, reading, bytes, 1);
  t.equal(memory.toString('latin1', 0, bytes.value), 'file');
  t.throws(
    () => k.CancelIoEx.orThrow(file, operation),
    { name: 'WinsockError' },
    'nothing is pending',
  );
  k.CloseHandle.orThrow(file);
  k.CloseHandle.orThrow(event);
  k.DeleteFileW.orThrow(path);
  t.throws(() => k.DeleteFileW.orThrow(path), { name: 'WinsockError' });
});

t.test('handles', async (t) => {
  const event = k.CreateEventW.orThrow(null, 1, 0, null);
  const flags = w.ref(w.DWORD);
  k.SetHandleInformation.orThrow(event, 1, 1);
  k.GetHandleInformation.orThrow(event, flags);
  t.equal(flags.value & 1, 1, 'inherited');
  const second = w.ref(w.HANDLE);
  const own = k.GetCurrentProcess();
  k.DuplicateHandle.orThrow(own, event, own, second, 0, 0, k.DUPLICATE_SAME_ACCESS);
  k.SetEvent.orThrow(second.value);
  t.equal(k.WaitForSingleObject.orThrow(event, 0), 0, 'the same event');
  k.CloseHandle.orThrow(event);
  k.CloseHandle.orThrow(second.value);
});

t.test('a call queued for this thread runs in an alertable wait', async (t) => {
  const seen: number[] = [];
  using routine = w.PAPCFUNC.register((value) => {
    seen.push(value);
  });
  k.QueueUserAPC.orThrow(routine.address, k.GetCurrentThread(), 41);
  t.equal(k.SleepEx(0, 0), 0);
  t.same(seen, [], 'not in another');
  t.equal(k.SleepEx(0, 1), k.WAIT_IO_COMPLETION);
  t.same(seen, [41]);
});

t.test('libraries and their functions', async (t) => {
  const module = k.LoadLibraryW.orThrow('ws2_32.dll');
  t.equal(k.GetModuleHandleW.orThrow('ws2_32.dll'), module);
  t.equal(k.GetModuleHandleA.orThrow('WS2_32.DLL'), module);
  t.not(k.GetProcAddress(module, 'WSAStartup'), 0);
  t.equal(k.GetProcAddress(module, 'NoSuchFunction'), 0);
  k.FreeLibrary.orThrow(module);
  t.throws(() => k.LoadLibraryW.orThrow('no such library.dll'), { name: 'WinsockError' });
});

t.test('memory of the system', async (t) => {
  const heap = k.GetProcessHeap.orThrow();
  const ZEROED = 8;
  const block = k.HeapAlloc.orThrow(heap, ZEROED, 16);
  t.equal(w.cast(w.uint32, block).value, 0);
  k.HeapFree.orThrow(heap, 0, block);
  const [COMMIT, READ_WRITE, RELEASE] = [0x3000, 4, 0x8000];
  const pages = k.VirtualAlloc.orThrow(0 as w.Pointer, 4096, COMMIT, READ_WRITE);
  w.cast(w.uint32, pages).value = 0x12345678;
  t.equal(w.cast(w.uint32, pages).value, 0x12345678);
  k.VirtualFree.orThrow(pages, 0, RELEASE);
});

t.test('time, process and system', async (t) => {
  t.equal(k.GetCurrentProcessId(), process.pid);
  const [ticks, later] = [k.GetTickCount64(), k.GetTickCount64()];
  t.ok(later >= ticks && ticks > 0n);
  const [count, frequency] = [new w.LARGE_INTEGER(), new w.LARGE_INTEGER()];
  k.QueryPerformanceCounter.orThrow(count);
  k.QueryPerformanceFrequency.orThrow(frequency);
  t.ok(count.QuadPart > 0n && frequency.QuadPart > 0n);
  const clock = new w.FILETIME();
  k.GetSystemTimeAsFileTime(clock);
  const ticksSince1601 = (BigInt(clock.dwHighDateTime) << 32n) | BigInt(clock.dwLowDateTime);
  const milliseconds = Number(ticksSince1601 / 10_000n - 11_644_473_600_000n);
  t.ok(Math.abs(milliseconds - Date.now()) < 60_000);
  t.equal(k.RtlNtStatusToDosError(0xc0000008 | 0), w.WSA_INVALID_HANDLE);
  k.SetLastError(1234);
  t.equal(k.GetLastError(), 1234);
});

t.test('texts of errors, and texts in other encodings', async (t) => {
  const text = Buffer.alloc(512);
  const [FROM_SYSTEM, IGNORE_INSERTS] = [
    k.FORMAT_MESSAGE_FROM_SYSTEM,
    k.FORMAT_MESSAGE_IGNORE_INSERTS,
  ];
  const flags = FROM_SYSTEM | IGNORE_INSERTS;
  const length = k.FormatMessageW.orThrow(flags, null, 5, 0, text, 256, null);
  t.ok(text.toString('utf16le', 0, 2 * length).trim().length > 3);
  const UTF8 = 65001;
  const wide = Buffer.alloc(16);
  const source = Buffer.from('grün', 'utf8');
  t.equal(k.MultiByteToWideChar.orThrow(UTF8, 0, source, source.length, wide, 8), 4);
  t.equal(wide.toString('utf16le', 0, 8), 'grün');
});
