// What programs use beside sockets: locks and events by name, memory that processes share, mailslots, the
// console, and the start of a program.

import t from 'tap';
import { arrayOf, cast, DWORD, LONG, ref, sizeof, wchar } from 'winsock';
import * as k from 'winsock/kernel';

const unique = `winsock-test-${process.pid}`;

t.test('a program is started, and its exit code is read', (t) => {
  const startup = new k.STARTUPINFOW();
  startup.cb = sizeof(startup);
  const information = new k.PROCESS_INFORMATION();
  const command = Buffer.from('cmd.exe /c exit 7\0', 'utf16le');
  const flags = k.CREATE_NO_WINDOW;
  const started = k.CreateProcessW(
    null,
    command,
    null,
    null,
    0,
    flags,
    null,
    null,
    startup,
    information,
  );
  t.equal(started, 1);
  t.equal(k.WaitForSingleObject(information.hProcess, 30_000), k.WAIT_OBJECT_0);
  const code = ref(DWORD);
  t.equal(k.GetExitCodeProcess(information.hProcess, code), 1);
  t.equal(code.value, 7);
  k.CloseHandle(information.hThread);
  k.CloseHandle(information.hProcess);
  t.throws(
    () => k.CreateProcessW(null, command, null, null, 0, 0, null, null, null, information),
    TypeError,
  );
  t.end();
});

t.test('the program of a process is known by its number', (t) => {
  const access = k.PROCESS_QUERY_LIMITED_INFORMATION;
  const own = k.OpenProcess.orThrow(access, 0, process.pid);
  const path = arrayOf(wchar, 1024);
  const size = ref(DWORD, path.length);
  k.QueryFullProcessImageNameW.orThrow(own, 0, path, size);
  t.equal(String(path).toLowerCase(), process.execPath.toLowerCase());
  t.equal(size.value, process.execPath.length);
  const ansi = Buffer.alloc(1024);
  k.QueryFullProcessImageNameA.orThrow(own, 0, ansi, ref(DWORD, ansi.length));
  t.equal(
    ansi.toString('latin1', 0, ansi.indexOf(0)).toLowerCase(),
    process.execPath.toLowerCase(),
  );
  k.CloseHandle(own);
  t.throws(() => k.OpenProcess.orThrow(access, 0, 0), { code: 'ERROR_INVALID_PARAMETER' });
  t.throws(() => k.QueryFullProcessImageNameW(own, 0, path, ref(DWORD, 2000)), {
    message: /lpExeName has 2048 bytes/,
  });
  t.end();
});

t.test('a process is ended by force', (t) => {
  const startup = new k.STARTUPINFOA();
  startup.cb = sizeof(startup);
  const information = new k.PROCESS_INFORMATION();
  const command = Buffer.from('cmd.exe /c ping -n 60 127.0.0.1 > nul\0');
  const flags = k.CREATE_NO_WINDOW;
  k.CreateProcessA.orThrow(null, command, null, null, 0, flags, null, null, startup, information);
  t.equal(k.TerminateProcess(information.hProcess, 9), 1);
  k.WaitForSingleObject(information.hProcess, 30_000);
  const code = ref(DWORD);
  k.GetExitCodeProcess(information.hProcess, code);
  t.equal(code.value, 9);
  k.CloseHandle(information.hThread);
  k.CloseHandle(information.hProcess);
  t.end();
});

t.test('memory is shared by its name', (t) => {
  const one = k.CreateFileMappingW(k.INVALID_HANDLE_VALUE, null, k.PAGE_READWRITE, 0, 4096, unique);
  const other = k.OpenFileMappingW(k.FILE_MAP_ALL_ACCESS, 0, unique);
  t.ok(one && other);
  const written = k.MapViewOfFile(one, k.FILE_MAP_ALL_ACCESS, 0, 0, 4096);
  const read = k.MapViewOfFile(other, k.FILE_MAP_READ, 0, 0, 4096);
  t.not(written, read);
  cast(DWORD, written).value = 0x12345678;
  t.equal(cast(DWORD, read).value, 0x12345678);
  for (const view of [written, read]) t.equal(k.UnmapViewOfFile(view), 1);
  const narrow = k.CreateFileMappingA(k.INVALID_HANDLE_VALUE, null, k.PAGE_READONLY, 0, 16, null);
  t.ok(narrow);
  t.equal(k.OpenFileMappingA(k.FILE_MAP_READ, 0, `${unique}-none`), 0);
  for (const handle of [one, other, narrow]) k.CloseHandle(handle);
  t.end();
});

t.test('events, mutexes and semaphores are opened by name, signalled and released', (t) => {
  const event = k.CreateEventW(null, 1, 0, `${unique}-event`);
  const wide = k.OpenEventW(k.EVENT_ALL_ACCESS, 0, `${unique}-event`);
  const narrow = k.OpenEventA(k.EVENT_ALL_ACCESS, 0, `${unique}-event`);
  k.SetEvent(wide);
  t.equal(k.WaitForSingleObject(event, 0), k.WAIT_OBJECT_0);
  t.equal(k.WaitForSingleObject(narrow, 0), k.WAIT_OBJECT_0);

  const mutex = k.CreateMutexW(null, 1, null);
  t.equal(k.ReleaseMutex(mutex), 1);
  t.equal(k.ReleaseMutex(mutex), 0, 'it is not held any more');
  const named = k.CreateMutexA(null, 0, `${unique}-mutex`);

  const semaphore = k.CreateSemaphoreW(null, 1, 2, null);
  const previous = ref(LONG, -1);
  t.equal(k.ReleaseSemaphore(semaphore, 1, previous), 1);
  t.equal(previous.value, 1);
  t.equal(k.ReleaseSemaphore(semaphore, 1, null), 0, 'there are as many as there may be');
  const other = k.CreateSemaphoreA(null, 0, 1, `${unique}-semaphore`);
  for (const handle of [event, wide, narrow, mutex, named, semaphore, other]) {
    t.equal(k.CloseHandle(handle), 1);
  }
  t.end();
});

t.test('a critical section counts how often it is entered', (t) => {
  const section = new k.RTL_CRITICAL_SECTION();
  k.InitializeCriticalSection(section);
  k.EnterCriticalSection(section);
  t.equal(section.RecursionCount, 1);
  k.EnterCriticalSection(section);
  t.equal(section.RecursionCount, 2);
  k.LeaveCriticalSection(section);
  k.LeaveCriticalSection(section);
  t.equal(section.RecursionCount, 0);
  k.DeleteCriticalSection(section);
  t.throws(() => k.EnterCriticalSection(null), TypeError);
  t.end();
});

t.test('a mailslot tells what waits in it', (t) => {
  const name = `\\\\.\\mailslot\\${unique}`;
  const slot = k.CreateMailslotW(name, 0, k.MAILSLOT_WAIT_FOREVER, null);
  t.not(slot, k.INVALID_HANDLE_VALUE);
  const [next, count] = [ref(DWORD), ref(DWORD)];
  t.equal(k.GetMailslotInfo(slot, null, next, count, null), 1);
  t.equal(next.value, k.MAILSLOT_NO_MESSAGE);
  const writer = k.CreateFileW(
    name,
    k.GENERIC_WRITE,
    k.FILE_SHARE_READ,
    null,
    k.OPEN_EXISTING,
    0,
    0,
  );
  k.WriteFile(writer, Buffer.from('news'), 4, ref(DWORD), null);
  t.equal(k.GetMailslotInfo(slot, null, next, count, null), 1);
  t.same([next.value, count.value], [4, 1]);
  const second = k.CreateMailslotA(`${name}-2`, 16, 0, null);
  t.not(second, k.INVALID_HANDLE_VALUE);
  for (const handle of [writer, slot, second]) k.CloseHandle(handle);
  t.end();
});

t.test('the time of the clock, here and in UTC', (t) => {
  const utc = new k.SYSTEMTIME();
  const local = new k.SYSTEMTIME();
  k.GetSystemTime(utc);
  k.GetLocalTime(local);
  const now = new Date();
  const minutes =
    (now.getTime() - Date.UTC(utc.wYear, utc.wMonth - 1, utc.wDay, utc.wHour, utc.wMinute)) /
    60_000;
  t.ok(minutes >= 0 && minutes < 3, String(minutes));
  t.equal(local.wYear, now.getFullYear());
  t.end();
});

t.test('the console and the name of the computer', (t) => {
  const handler = k.PHANDLER_ROUTINE.register(() => 1);
  t.equal(k.SetConsoleCtrlHandler(handler, 1), 1);
  t.equal(k.SetConsoleCtrlHandler(handler, 0), 1, 'it was there');
  t.equal(k.SetConsoleCtrlHandler(handler, 0), 0, 'and is no more');
  handler.close();
  t.not(k.GetStdHandle(k.STD_OUTPUT_HANDLE), k.INVALID_HANDLE_VALUE);
  t.equal(k.GetStdHandle(7), k.INVALID_HANDLE_VALUE);
  // To no process: the group of a number that there is not.
  t.equal(k.GenerateConsoleCtrlEvent(99, 0), 0, 'there is no such event');
  const name = Buffer.alloc(k.MAX_COMPUTERNAME_LENGTH + 1);
  const length = ref(DWORD, name.length);
  t.equal(k.GetComputerNameA(name, length), 1);
  t.equal(name[length.value], 0);
  t.end();
});
