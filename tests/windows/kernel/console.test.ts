import t from 'tap';
import * as w from 'winsock';
import * as k from 'winsock/kernel';

/** The screen or the keyboard of the console, whatever the standard handles are. */
const consoleHandle = (name: 'CONOUT$' | 'CONIN$') =>
  k.CreateFileW.orThrow(
    name,
    k.GENERIC_READ | k.GENERIC_WRITE,
    k.FILE_SHARE_READ | k.FILE_SHARE_WRITE,
    null,
    k.OPEN_EXISTING,
    0,
    0,
  );

t.test('what is written to a console, where and in which colours', async (t) => {
  const screen = consoleHandle('CONOUT$');
  t.teardown(() => k.CloseHandle(screen));
  const info = new w.CONSOLE_SCREEN_BUFFER_INFO();
  const state = () => {
    k.GetConsoleScreenBufferInfo.orThrow(screen, info);
    return info;
  };
  const { wAttributes: attributes } = state();
  t.teardown(() => k.SetConsoleTextAttribute(screen, attributes));
  k.SetConsoleTextAttribute.orThrow(screen, k.FOREGROUND_GREEN | k.BACKGROUND_BLUE);
  t.equal(state().wAttributes, 0x12);
  k.SetConsoleCursorPosition.orThrow(screen, new w.COORD({ X: 3, Y: 1 }));
  const { X, Y } = state().dwCursorPosition;
  t.same([X, Y], [3, 1]);
  const written = w.ref(w.DWORD);
  k.WriteConsoleA.orThrow(screen, Buffer.from('ab'), 2, written, null);
  t.equal(written.value, 2);
  const text = new Uint16Array([0x61, 0xe9, 0x20ac]);
  k.WriteConsoleW.orThrow(screen, text, 3, written, null);
  t.equal(written.value, 3);
  t.equal(state().dwCursorPosition.X, 8, 'two and three characters further');
  t.throws(() => k.WriteConsoleW(screen, text, 4, written, null), RangeError);
  t.throws(() => k.WriteConsoleA(screen, new Uint8Array(2), 3, written, null), RangeError);
});

t.test('the cursor of a console', async (t) => {
  const screen = consoleHandle('CONOUT$');
  t.teardown(() => k.CloseHandle(screen));
  const cursor = new w.CONSOLE_CURSOR_INFO();
  k.GetConsoleCursorInfo.orThrow(screen, cursor);
  const before = new w.CONSOLE_CURSOR_INFO(cursor);
  t.teardown(() => k.SetConsoleCursorInfo(screen, before));
  cursor.bVisible = 0;
  cursor.dwSize = 50;
  k.SetConsoleCursorInfo.orThrow(screen, cursor);
  k.GetConsoleCursorInfo.orThrow(screen, cursor);
  t.same([cursor.dwSize, cursor.bVisible], [50, 0]);
});

t.test('how a console reads', async (t) => {
  const keyboard = consoleHandle('CONIN$');
  t.teardown(() => k.CloseHandle(keyboard));
  const mode = w.ref(w.DWORD);
  k.GetConsoleMode.orThrow(keyboard, mode);
  const { value: before } = mode;
  t.teardown(() => k.SetConsoleMode(keyboard, before));
  k.SetConsoleMode.orThrow(keyboard, k.ENABLE_PROCESSED_INPUT | k.ENABLE_LINE_INPUT);
  k.GetConsoleMode.orThrow(keyboard, mode);
  t.equal(mode.value, 3);
  t.throws(() => k.GetConsoleMode.orThrow(0, mode), { code: 'ERROR_INVALID_HANDLE' });
});

t.test('the code pages and the title of a console', async (t) => {
  t.equal(k.SetConsoleCP.orThrow(1252), 1);
  t.equal(k.SetConsoleOutputCP.orThrow(1252), 1);
  t.throws(() => k.SetConsoleCP.orThrow(7), { name: 'WinsockError', syscall: 'SetConsoleCP' });
  t.equal(k.SetConsoleTitleA.orThrow('narrow'), 1);
  t.equal(k.SetConsoleTitleW.orThrow('größe'), 1);
});
