import { cpus, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import * as w from 'winsock';
import * as c from 'winsock/c';
import * as k from 'winsock/kernel';
import { isWine } from '../support/native.ts';

const GENERIC_READ_WRITE = 0xc0000000;
const CREATE_ALWAYS = 2;
const OVERLAPPED_FILE = 0x40000000;
const NO_SHARING = 0;
const NONE = 0 as w.HANDLE;
/** Longer than any machine needs. */
const LONG = 60_000;

/** Milliseconds since 1970 of a time as Windows counts it. */
const millisecondsOf = (time: bigint) => Number(time / 10_000n - 11_644_473_600_000n);

t.test('waits end when an event is set', async (t) => {
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
  t.throws(() => k.SetEvent.orThrow(manual), { code: 'ERROR_INVALID_HANDLE' });
});

t.test('timers that can be waited for', async (t) => {
  const timer = k.CreateWaitableTimerW.orThrow(null, 1, null);
  const due = new w.LARGE_INTEGER({ QuadPart: -10_000n });
  k.SetWaitableTimer.orThrow(timer, due, 0, null, null, 0);
  t.equal(k.WaitForSingleObject.orThrow(timer, 5000), 0);
  k.CancelWaitableTimer.orThrow(timer);
  k.CloseHandle.orThrow(timer);
});

t.test('a timer with access of its own calls a routine of its own', async (t) => {
  const MANUAL = k.CREATE_WAITABLE_TIMER_MANUAL_RESET;
  const timer = k.CreateWaitableTimerExW.orThrow(null, null, MANUAL, k.TIMER_ALL_ACCESS);
  const due = new w.LARGE_INTEGER({ QuadPart: -10_000n });
  const seen: [context: number, time: bigint][] = [];
  using routine = w.PTIMERAPCROUTINE.register((context, low, high) => {
    seen.push([context, (BigInt(high) << 32n) | BigInt(low)]);
  });
  const context = 77 as w.Pointer;
  k.SetWaitableTimerEx.orThrow(timer, due, 0, routine.address, context, null, 0);
  while (seen.length === 0) t.equal(k.SleepEx(LONG, 1), k.WAIT_IO_COMPLETION);
  t.equal(k.WaitForSingleObject.orThrow(timer, LONG), 0);
  t.equal(seen[0]?.[0], 77);
  const apart = Math.abs(millisecondsOf(seen[0]![1]) - Date.now());
  t.ok(apart < 600_000, 'when it was due', {
    skip: isWine() && 'Wine counts the time of timers from elsewhere',
  });
  k.CloseHandle.orThrow(timer);
  const query = 1;
  const readable = k.CreateWaitableTimerExW.orThrow(null, null, 0, query);
  t.throws(
    () => k.SetWaitableTimerEx.orThrow(readable, due, 0, null, null, null, 0),
    { name: 'WinsockError', syscall: 'SetWaitableTimerEx' },
    'made without the right to set it',
  );
  k.CloseHandle.orThrow(readable);
});

t.test('a function is called when an event is set, by a thread of the system', async (t) => {
  const event = k.CreateEventW.orThrow(null, 0, 0, null);
  const calls: [context: number, timedOut: number][] = [];
  let called = () => {};
  const routine = w.WAITORTIMERCALLBACK.register((context, timedOut) => {
    calls.push([context, timedOut]);
    called();
  });
  const next = async () => {
    // Waiting for a routine does not keep the process alive.
    const awake = setInterval(() => {}, LONG);
    await new Promise<void>((resolve) => {
      called = resolve;
    });
    clearInterval(awake);
  };
  const wait = w.ref(w.HANDLE);
  const register = (time: number) =>
    k.RegisterWaitForSingleObject.orThrow(
      wait,
      event,
      routine.address,
      55 as w.Pointer,
      time,
      k.WT_EXECUTEONLYONCE,
    );
  register(k.INFINITE);
  const first = next();
  k.SetEvent.orThrow(event);
  await first;
  t.same(calls, [[55, 0]]);
  const gone = k.CreateEventW.orThrow(null, 1, 0, null);
  k.UnregisterWaitEx.orThrow(wait.value, gone);
  t.equal(await k.WaitForSingleObject.async(gone, LONG), 0, 'nobody calls it any more');

  const second = next();
  register(1);
  await second;
  t.same(calls[1], [55, 1], 'the time was over');
  k.UnregisterWaitEx.orThrow(wait.value, NONE);
  k.CloseHandle.orThrow(gone);
  k.CloseHandle.orThrow(event);
  // The thread of the system may still be on its way out of the routine: it stays registered.
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

t.test(
  'a handle is inherited if it is marked so, and a duplicate is the same object',
  async (t) => {
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
  },
);

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

t.test('libraries and their functions are found by name, or it fails', async (t) => {
  const module = k.LoadLibraryW.orThrow('ws2_32.dll');
  t.equal(k.GetModuleHandleW.orThrow('ws2_32.dll'), module);
  t.equal(k.GetModuleHandleA.orThrow('WS2_32.DLL'), module);
  t.equal(k.LoadLibraryA.orThrow('ws2_32.dll'), module);
  k.FreeLibrary.orThrow(module);
  t.throws(() => k.LoadLibraryA.orThrow('no such library.dll'), { name: 'WinsockError' });
  t.not(k.GetProcAddress(module, 'WSAStartup'), 0);
  t.equal(k.GetProcAddress(module, 'NoSuchFunction'), 0);
  k.FreeLibrary.orThrow(module);
  t.throws(() => k.LoadLibraryW.orThrow('no such library.dll'), { name: 'WinsockError' });
});

t.test('memory of the system is allocated, used and freed', async (t) => {
  const heap = k.GetProcessHeap.orThrow();
  const ZEROED = 8;
  const block = k.HeapAlloc.orThrow(heap, ZEROED, 16);
  t.equal(w.cast(w.uint32, block).value, 0);
  k.HeapFree.orThrow(heap, 0, block);
  const local = k.LocalAlloc.orThrow(k.LMEM_FIXED | k.LMEM_ZEROINIT, 16);
  const word = w.cast(w.uint32, local as number as w.Pointer);
  t.equal(word.value, 0);
  word.value = 0x9abcdef0;
  t.equal(word.value, 0x9abcdef0);
  t.equal(k.LocalFree(local), 0);
  const global = k.GlobalAlloc.orThrow(k.GPTR, 16);
  t.equal(w.cast(w.uint32, global as number as w.Pointer).value, 0);
  t.equal(k.GlobalFree(global), 0);
  const [COMMIT, READ_WRITE, RELEASE] = [0x3000, 4, 0x8000];
  const pages = k.VirtualAlloc.orThrow(0 as w.Pointer, 4096, COMMIT, READ_WRITE);
  w.cast(w.uint32, pages).value = 0x12345678;
  t.equal(w.cast(w.uint32, pages).value, 0x12345678);
  const information = new k.MEMORY_BASIC_INFORMATION();
  t.equal(k.VirtualQuery.orThrow(pages, information, w.sizeof(information)), information.length);
  t.equal(information.BaseAddress, pages);
  t.same([information.RegionSize, information.State], [4096, k.MEM_COMMIT]);
  k.VirtualFree.orThrow(pages, 0, RELEASE);
  k.VirtualQuery.orThrow(pages, information, w.sizeof(information));
  t.equal(information.State, k.MEM_FREE);
});

t.test('time, process and system', async (t) => {
  t.equal(k.GetCurrentProcessId(), process.pid);
  const [ticks, later] = [k.GetTickCount64(), k.GetTickCount64()];
  t.ok(later >= ticks && ticks > 0n);
  const [count, frequency] = [new w.LARGE_INTEGER(), new w.LARGE_INTEGER()];
  k.QueryPerformanceCounter.orThrow(count);
  k.QueryPerformanceFrequency.orThrow(frequency);
  t.ok(count.QuadPart > 0n && frequency.QuadPart > 0n);
  const now = k.GetTickCount();
  const apart = (Number(BigInt.asUintN(32, k.GetTickCount64())) - now) >>> 0;
  t.ok(apart < 1_000_000, 'the same count in 32 bits');
  for (const ask of [k.GetSystemTimeAsFileTime, k.GetSystemTimePreciseAsFileTime]) {
    const clock = new w.FILETIME();
    ask(clock);
    const time = (BigInt(clock.dwHighDateTime) << 32n) | BigInt(clock.dwLowDateTime);
    t.ok(Math.abs(millisecondsOf(time) - Date.now()) < 60_000, ask.name);
  }
  const before = k.GetTickCount64();
  k.Sleep(30);
  t.ok(k.GetTickCount64() - before >= 15n, 'not before the time');
  t.equal(k.RtlNtStatusToDosError(0xc0000008 | 0), w.WSA_INVALID_HANDLE);
  k.SetLastError(1234);
  t.equal(k.GetLastError(), 1234);
});

t.test('the processors, and the pages of memory', async (t) => {
  for (const ask of [k.GetSystemInfo, k.GetNativeSystemInfo]) {
    const info = new w.SYSTEM_INFO();
    ask(info);
    // Of what the program was made for, and of the computer, which may run it by emulation.
    const ARM64 = 12;
    const processor = process.arch === 'arm64' ? ARM64 : k.PROCESSOR_ARCHITECTURE_AMD64;
    const expected = ask === k.GetSystemInfo ? [processor] : [processor, ARM64];
    t.ok(expected.includes(info.wProcessorArchitecture), ask.name);
    t.equal(info.dwNumberOfProcessors, cpus().length);
    t.equal(info.dwPageSize, 4096);
    t.equal(info.dwAllocationGranularity, 65_536);
    t.ok(info.lpMaximumApplicationAddress > info.lpMinimumApplicationAddress);
  }
});

t.test('the name of this computer is that of the run time', async (t) => {
  const most = k.MAX_COMPUTERNAME_LENGTH + 1;
  const text = Buffer.alloc(2 * most);
  const length = w.ref(w.DWORD, most);
  k.GetComputerNameW.orThrow(text, length);
  const name = text.toString('utf16le', 0, 2 * length.value);
  t.equal(name, hostname().slice(0, k.MAX_COMPUTERNAME_LENGTH).toUpperCase());
  const DnsHostname = w.ComputerNameDnsHostname;
  const size = w.ref(w.DWORD, 0);
  t.equal(k.GetComputerNameExW(DnsHostname, null, size), 0, 'more room is needed');
  const long = Buffer.alloc(2 * size.value);
  k.GetComputerNameExW.orThrow(DnsHostname, long, size);
  t.equal(long.toString('utf16le', 0, 2 * size.value).toLowerCase(), hostname().toLowerCase());
  t.throws(() => k.GetComputerNameExW(DnsHostname, long, w.ref(w.DWORD, 9999)), RangeError);
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
  const narrow = Buffer.alloc(512);
  const size = k.FormatMessageA.orThrow(flags, null, 5, 0, narrow, 512, null);
  const message = text.toString('utf16le', 0, 2 * length);
  // In languages of other letters the code page decides.
  if (/^[\r\n\x20-\x7e]*$/.test(message)) t.equal(narrow.toString('latin1', 0, size), message);
  const own = Buffer.from('100%% of %2 and %1\0', 'latin1');
  const inserts = w.arrayOf(w.cstring, ['first', 'second']);
  const from = k.FORMAT_MESSAGE_FROM_STRING | k.FORMAT_MESSAGE_ARGUMENT_ARRAY;
  const made = k.FormatMessageA.orThrow(from, own, 0, 0, narrow, 512, inserts);
  t.equal(narrow.toString('latin1', 0, made), '100% of second and first');

  const wide = Buffer.alloc(16);
  const source = Buffer.from('grün', 'utf8');
  t.equal(k.MultiByteToWideChar.orThrow(k.CP_UTF8, 0, source, source.length, wide, 8), 4);
  t.equal(wide.toString('utf16le', 0, 8), 'grün');
  const back = Buffer.alloc(16);
  t.equal(k.WideCharToMultiByte.orThrow(k.CP_UTF8, 0, wide, 4, back, 16, null, null), 5);
  t.equal(back.toString('utf8', 0, 5), 'grün');
  t.equal(k.WideCharToMultiByte.orThrow(k.CP_UTF8, 0, wide, 4, null, 0, null, null), 5, 'asked');
  const lost = w.ref(w.BOOL);
  const greek = Buffer.from('αa', 'utf16le');
  const strict = k.WC_NO_BEST_FIT_CHARS;
  t.equal(k.WideCharToMultiByte.orThrow(1252, strict, greek, 2, back, 16, '#', lost), 2);
  t.same([back.toString('latin1', 0, 2), lost.value], ['#a', 1]);
  t.throws(() => k.WideCharToMultiByte(k.CP_UTF8, 0, wide, 4, back, 17, null, null), RangeError);
  for (const page of [k.GetACP(), k.GetOEMCP()]) {
    t.equal(k.WideCharToMultiByte.orThrow(page, 0, greek.subarray(2), 1, back, 16, null, null), 1);
    t.equal(back.toString('latin1', 0, 1), 'a', `code page ${page}`);
  }
});

t.test('the version of Windows, in a record that says its own size', async (t) => {
  for (const [type, ask] of [
    [k.OSVERSIONINFOA, k.GetVersionExA],
    [k.OSVERSIONINFOW, k.GetVersionExW],
  ] as const) {
    const version = new type({ dwOSVersionInfoSize: w.sizeof(type) });
    t.equal(ask.orThrow(version as never), 1);
    t.equal(version.dwPlatformId, k.VER_PLATFORM_WIN32_NT);
    t.ok(version.dwMajorVersion >= 6 && version.dwBuildNumber > 0);
    version.dwOSVersionInfoSize += 8;
    t.throws(() => ask(version as never), RangeError, 'the longer record does not fit');
    version.dwOSVersionInfoSize = 1;
    t.throws(() => ask.orThrow(version as never), { name: 'WinsockError' });
  }
});

t.test('dates are times in 100 ns, and the time zone has a name', async (t) => {
  const at = new w.SYSTEMTIME({ wYear: 2024, wMonth: 2, wDay: 29, wHour: 12, wMilliseconds: 7 });
  const file = new w.FILETIME();
  k.SystemTimeToFileTime.orThrow(at, file);
  const back = new w.SYSTEMTIME();
  k.FileTimeToSystemTime.orThrow(file, back);
  t.same(
    [back.wYear, back.wMonth, back.wDay, back.wHour, back.wMilliseconds, back.wDayOfWeek],
    [2024, 2, 29, 12, 7, 4],
  );
  at.wMonth = 13;
  t.throws(() => k.SystemTimeToFileTime.orThrow(at, file), { name: 'WinsockError' });
  const zone = new w.TIME_ZONE_INFORMATION();
  t.not(k.GetTimeZoneInformation(zone), k.TIME_ZONE_ID_INVALID);
  t.equal(zone.Bias, new Date(2024, 0, 1).getTimezoneOffset());
  const name = Buffer.alloc(64);
  const date = c.localtime({ value: 1_700_000_000 } as never)!;
  t.ok(c.strftime(name, 64, '%Z', date) > 0);
  t.ok([String(zone.StandardName), String(zone.DaylightName)].includes(c.str(name)));
});
