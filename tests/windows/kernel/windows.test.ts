import t from 'tap';
import * as w from 'winsock';
import * as k from 'winsock/kernel';

const LONG = 60_000;
const module = k.GetModuleHandleW(null) as number as w.HINSTANCE;

type Procedure = ReturnType<typeof w.WNDPROC.register>;
type Seen = [message: number, wParam: number, lParam: number];

interface Tap {
  teardown(fn: () => void): void;
}

function narrowClass(lpszClassName: string, lpfnWndProc: Procedure): w.WNDCLASSEXA {
  const cbSize = w.sizeof(w.WNDCLASSEXA);
  return new w.WNDCLASSEXA({ cbSize, lpfnWndProc, hInstance: module, lpszClassName });
}

/** A window of a class with narrow names, and the messages of the program that it has got. */
function narrowWindow(t: Tap): { readonly window: w.HWND; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  const procedure = w.WNDPROC.register((window, message, wParam, lParam) => {
    if (message < k.WM_USER) return k.DefWindowProcA(window, message, wParam, lParam);
    seen.push([message, wParam, lParam]);
    return 7;
  });
  const lpszClassName = `winsock-narrow-${process.pid}-${procedure.address}`;
  const made = narrowClass(lpszClassName, procedure);
  k.RegisterClassExA.orThrow(made);
  const window = k.CreateWindowExA.orThrow(
    0,
    lpszClassName,
    'title',
    0,
    0,
    0,
    0,
    0,
    k.HWND_MESSAGE,
    0,
    module,
    null,
  );
  t.teardown(() => {
    k.DestroyWindow.orThrow(window);
    k.UnregisterClassA.orThrow(lpszClassName, module);
    procedure.close();
  });
  return { window, seen };
}

t.test('a window with narrow names gets its messages', async (t) => {
  const { window, seen } = narrowWindow(t);
  t.ok(k.IsWindow(window));
  const message = new w.MSG();
  t.equal(k.PeekMessageA(message, window, k.WM_USER, k.WM_APP, k.PM_REMOVE), 0, 'none yet');
  k.PostMessageA.orThrow(window, k.WM_USER, 1, -1);
  k.PostMessageA.orThrow(window, k.WM_APP, 2, 3);
  t.equal(k.PeekMessageA(message, window, 0, 0, k.PM_NOREMOVE), 1);
  t.equal(message.message, k.WM_USER);
  t.equal(k.GetMessageA.orThrow(message, window, 0, 0), 1, 'it was left there');
  t.same(
    [message.hwnd, message.message, message.wParam, message.lParam],
    [window, k.WM_USER, 1, -1],
  );
  t.equal(k.TranslateMessage(message), 0, 'no key');
  t.equal(k.DispatchMessageA(message), 7, "the procedure's result");
  t.equal(k.GetMessageA.orThrow(message, window, k.WM_APP, k.WM_APP), 1);
  t.equal(k.DispatchMessageA(message), 7);
  t.same(seen, [
    [k.WM_USER, 1, -1],
    [k.WM_APP, 2, 3],
  ]);
  t.throws(() => k.PostMessageA.orThrow(0x7ffffff0 as w.HWND, k.WM_USER, 0, 0), {
    name: 'WinsockError',
    syscall: 'PostMessageA',
  });
});

t.test('a class is registered once', async (t) => {
  const lpszClassName = `winsock-once-${process.pid}`;
  const procedure = w.WNDPROC.register(() => 0);
  const made = narrowClass(lpszClassName, procedure);
  t.not(k.RegisterClassExA.orThrow(made), 0);
  t.throws(() => k.RegisterClassExA.orThrow(made), {
    name: 'WinsockError',
    syscall: 'RegisterClassExA',
  });
  k.UnregisterClassA.orThrow(lpszClassName, module);
  t.throws(() => k.UnregisterClassA.orThrow(lpszClassName, module), {
    name: 'WinsockError',
    syscall: 'UnregisterClassA',
  });
  procedure.close();
});

t.test('a message that every program calls the same', async (t) => {
  const name = `winsock-message-${process.pid}`;
  const number = k.RegisterWindowMessageW.orThrow(name);
  t.ok(number >= 0xc000 && number <= 0xffff);
  t.equal(k.RegisterWindowMessageW(name), number);
  t.not(k.RegisterWindowMessageW(`${name}-other`), number);
});

t.test('messages of a thread, and the one that ends its loop', async (t) => {
  const message = new w.MSG();
  const thread = k.GetCurrentThreadId();
  // The first look makes the queue.
  k.PeekMessageW(message, 0, k.WM_USER, k.WM_USER, k.PM_NOREMOVE);
  k.PostThreadMessageW.orThrow(thread, k.WM_APP + 1, 0xfffffffe, 9);
  t.equal(k.GetMessageW.orThrow(message, 0, k.WM_APP, k.WM_APP + 1), 1);
  t.same(
    [message.hwnd, message.message, message.wParam, message.lParam],
    [0, k.WM_APP + 1, 0xfffffffe, 9],
  );
  k.PostQuitMessage(3);
  t.equal(k.GetMessageW.orThrow(message, 0, 0, 0), 0, 'the end is no failure');
  t.same([message.message, message.wParam], [k.WM_QUIT, 3]);
  t.equal(k.GetMessageW(message, 0x7ffffff0 as w.HWND, 0, 0), -1, 'no such window');
  t.throws(() => k.GetMessageW.orThrow(message, 0x7ffffff0 as w.HWND, 0, 0), {
    name: 'WinsockError',
    syscall: 'GetMessageW',
  });
  t.throws(() => k.PostThreadMessageW.orThrow(0x7ffffff0, k.WM_APP, 0, 0), {
    name: 'WinsockError',
    syscall: 'PostThreadMessageW',
  });
});

t.test('waiting for an event or a message', async (t) => {
  const { window } = narrowWindow(t);
  const event = k.CreateEventW.orThrow(null, 1, 0, null);
  const handles = w.arrayOf(w.HANDLE, [event]);
  const wait = (time: number) =>
    k.MsgWaitForMultipleObjects.orThrow(1, handles, 0, time, k.QS_POSTMESSAGE);
  const message = new w.MSG();
  while (k.PeekMessageW(message, 0, 0, 0, k.PM_REMOVE) !== 0);
  t.equal(wait(0), w.WAIT_TIMEOUT);
  k.PostMessageA.orThrow(window, k.WM_APP, 0, 0);
  t.equal(wait(LONG), k.WAIT_OBJECT_0 + 1, 'a message');
  while (k.PeekMessageW(message, 0, 0, 0, k.PM_REMOVE) !== 0);
  k.SetEvent.orThrow(event);
  t.equal(wait(LONG), k.WAIT_OBJECT_0, 'the event');
  k.CloseHandle.orThrow(event);
  t.throws(() => wait(0), { code: 'ERROR_INVALID_HANDLE', syscall: 'MsgWaitForMultipleObjects' });
  t.throws(() => k.MsgWaitForMultipleObjects(2, handles, 0, 0, 0), RangeError);
});
