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

/** A window of a class with a pointer and an icon, and what its procedure does with its messages. */
function wideWindow(t: Tap, receive: (message: number, lParam: number) => number | undefined) {
  const procedure = w.WNDPROC.register(
    (window, message, wParam, lParam) =>
      receive(message, lParam) ?? k.DefWindowProcW(window, message, wParam, lParam),
  );
  const lpszClassName = `winsock-wide-${process.pid}-${procedure.address}`;
  const made = new w.WNDCLASSW({ lpfnWndProc: procedure, hInstance: module, lpszClassName });
  made.hCursor = k.LoadCursorW.orThrow(0, k.IDC_ARROW);
  made.hIcon = k.LoadIconW.orThrow(0, k.IDI_APPLICATION);
  k.RegisterClassW.orThrow(made);
  const parent = k.HWND_MESSAGE;
  const size = [0, 0, 200, 100] as const;
  const window = k.CreateWindowExW.orThrow(
    0,
    lpszClassName,
    'größe',
    k.WS_OVERLAPPED | k.WS_CAPTION,
    ...size,
    parent,
    0,
    module,
    null,
  );
  t.teardown(() => {
    k.DestroyWindow.orThrow(window);
    k.UnregisterClassW.orThrow(lpszClassName, module);
    procedure.close();
  });
  return window;
}

t.test('the text of a window, and a message that waits for its result', async (t) => {
  const seen: Seen[] = [];
  const window = wideWindow(t, (message, lParam) => {
    if (message < k.WM_APP) return undefined;
    seen.push([message, 0, lParam]);
    return -5;
  });
  const wide = new Uint16Array(16);
  t.equal(k.GetWindowTextW(window, wide, 16), 5);
  t.equal(String.fromCharCode(...wide.subarray(0, 5)), 'größe');
  t.equal(k.GetWindowTextW(window, wide, 4), 3, 'as many as there is room for, with the NUL');
  t.throws(() => k.GetWindowTextW(window, wide, 17), RangeError);
  k.SetWindowTextW.orThrow(window, 'wide');
  k.SetWindowTextA.orThrow(window, 'narrow');
  const narrow = Buffer.alloc(16);
  t.equal(k.GetWindowTextA(window, narrow, 16), 6);
  t.equal(narrow.toString('latin1', 0, 6), 'narrow');
  t.equal(k.SendMessageW(window, k.WM_APP + 1, 0, 9), -5, "the procedure's result");
  t.equal(k.SendMessageA(window, k.WM_APP + 2, 0, 8), -5);
  t.same(seen, [
    [k.WM_APP + 1, 0, 9],
    [k.WM_APP + 2, 0, 8],
  ]);
});

t.test('a window takes input or not, and has the children that it has', async (t) => {
  const window = wideWindow(t, () => undefined);
  t.throws(() => k.GetDlgItem.orThrow(window, 78), {
    name: 'WinsockError',
    syscall: 'GetDlgItem',
  });
  t.equal(k.EnableWindow(window, 0), 0, 'it took input before');
  t.not(k.EnableWindow(window, 1), 0, 'it did not');
  t.equal(k.GetAsyncKeyState(k.VK_ESCAPE) & 0x8000, 0, 'nobody presses a key');
});

t.test('a window is painted in its device context', async (t) => {
  const window = wideWindow(t, () => undefined);
  const paint = new w.PAINTSTRUCT();
  t.equal(k.BeginPaint.orThrow(window, paint), paint.hdc);
  t.equal(k.EndPaint.orThrow(window, paint), 1);
  k.InvalidateRect.orThrow(window, new w.RECT({ left: 1, top: 2, right: 30, bottom: 20 }), 0);
  const context = k.GetDC.orThrow(window);
  t.equal(k.ReleaseDC.orThrow(window, context), 1);
  t.throws(() => k.GetDC.orThrow(0x7ffffff0 as w.HWND), { name: 'WinsockError', syscall: 'GetDC' });
  const other = new w.RECT() as never as w.PAINTSTRUCT;
  t.throws(() => k.BeginPaint(window, other), TypeError);
});

t.test('text is drawn in a device context, with brushes of the system', async (t) => {
  const window = wideWindow(t, () => undefined);
  const context = k.GetDC.orThrow(window);
  t.not(k.GetStockObject.orThrow(k.WHITE_BRUSH), 0);
  t.equal(k.TextOutA(context, 1, 1, Buffer.from('ab'), 2), 1);
  t.equal(k.TextOutW(context, 1, 1, new Uint16Array([0x61, 0xe9]), 2), 1);
  t.throws(() => k.TextOutA(context, 1, 1, new Uint8Array(2), 3), RangeError);
  t.throws(() => k.TextOutW(context, 1, 1, new Uint16Array(2), 3), RangeError);
  const place = new w.RECT({ right: 100, bottom: 50 });
  t.ok(k.DrawTextW.orThrow(context, new Uint16Array([0x61, 0]), -1, place, k.DT_LEFT) > 0);
  t.ok(k.DrawTextA.orThrow(context, Buffer.from('ab'), 2, place, k.DT_SINGLELINE) > 0);
  t.throws(() => k.DrawTextA(context, Buffer.from('ab'), -1, place, 0), RangeError, 'no NUL');
  k.ReleaseDC(window, context);
});

t.test('where a window is, and what controls it has not', async (t) => {
  const window = wideWindow(t, () => undefined);
  t.equal(k.MoveWindow.orThrow(window, 5, 6, 300, 200, 0), 1);
  const inside = new w.RECT();
  k.GetClientRect.orThrow(window, inside);
  t.same([inside.left, inside.top], [0, 0]);
  t.ok(inside.right > 0 && inside.right <= 300 && inside.bottom <= 200);
  t.equal(k.SetFocus(0), 0, 'nothing had it');
  const none = 1234;
  k.SetDlgItemInt(window, none, 5, 0);
  const number = w.ref(w.BOOL, 1);
  t.equal(k.GetDlgItemInt(window, none, number, 1), 0);
  t.equal(number.value, 0, 'no number');
  t.equal(k.GetDlgItemTextA(window, none, Buffer.alloc(8), 8), 0);
  t.equal(k.GetDlgItemTextW(window, none, new Uint16Array(8), 8), 0);
  t.throws(() => k.GetDlgItemTextA(window, none, Buffer.alloc(8), 9), RangeError);
  t.equal(k.SendDlgItemMessageA(window, none, k.WM_SETTEXT, 0, 0), 0);
  t.equal(k.SendDlgItemMessageW(window, none, k.WM_SETTEXT, 0, 0), 0);
  for (const failing of [
    () => k.SetDlgItemTextA.orThrow(window, none, 'a'),
    () => k.SetDlgItemTextW.orThrow(window, none, 'a'),
    () => k.EndDialog.orThrow(0x7ffffff0 as w.HWND, 0),
  ])
    t.throws(failing, { name: 'WinsockError' });
});

t.test('icons and pointers of the system have numbers for names', async (t) => {
  t.equal(k.MAKEINTRESOURCEA(0x1_0005), 5);
  t.equal(k.MAKEINTRESOURCEW(7), 7);
  t.not(k.LoadCursorA.orThrow(0, k.IDC_ARROW), 0);
  t.not(k.LoadIconA.orThrow(0, k.IDI_APPLICATION), 0);
  t.throws(() => k.LoadIconW.orThrow(module, k.MAKEINTRESOURCEW(1234)), {
    name: 'WinsockError',
    syscall: 'LoadIconW',
  });
});
