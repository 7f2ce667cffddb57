import {
  CreateWindowExW,
  DefWindowProcW,
  DestroyWindow,
  DispatchMessageW,
  GetModuleHandleW,
  HWND_MESSAGE,
  INFINITE,
  MsgWaitForMultipleObjectsEx,
  MWMO_INPUTAVAILABLE,
  PeekMessageW,
  PM_REMOVE,
  PostMessageW,
  QS_ALLINPUT,
  RegisterClassExW,
  UnregisterClassW,
} from '../../../defs/kernel.g.ts';
import { type HINSTANCE, type HWND, MSG, WNDCLASSEXW, WNDPROC } from '../../../defs/windows.g.ts';
import { WAIT_TIMEOUT } from '../../../defs/winerror.g.ts';
import { arrayOf } from '../../ffi/types/array.ts';
import type { Callback } from '../../ffi/types/callback.ts';
import { sizeof } from '../../ffi/types/record.ts';
import { intptr } from '../../ffi/types/scalars.ts';

/**
 * What a window does with a message.
 *
 * @param message its number: WM_APP + n for those of the program
 * @param wParam for WSAAsyncSelect the socket, for WSAAsyncGetHostByName and its like the request
 * @param lParam for both what WSAGETSELECTEVENT, WSAGETSELECTERROR and WSAGETASYNCBUFLEN take apart
 * @returns the result of the message; undefined leaves it to DefWindowProcW
 */
export type MessageHandler = (
  message: number,
  wParam: number,
  lParam: number,
) => number | undefined;

export interface MessageWindowOptions {
  /** Milliseconds between looks into the message queue; 0 leaves that to `pump` and `wait`. */
  readonly interval?: number;
}

const DEFAULT_INTERVAL = 10;

let windows = 0;

/** The program itself, to which window classes belong. */
function program(): HINSTANCE {
  const module: number = GetModuleHandleW(null);
  return module;
}

/**
 * A window without a screen, for functions that report by window messages: WSAAsyncSelect and
 * WSAAsyncGetHostByName and its like.
 *
 * The messages of a window come to the thread that made it, when it asks for them. The JavaScript
 * thread waits elsewhere, so it looks every few milliseconds, which is enough for programs that are
 * brought over; new ones use WSAEventSelect or completion ports. An open window with an interval
 * keeps the process alive; see `unref`. What the handler throws comes out of the pump: out of
 * `pump` and `wait`, or as an uncaught exception where the interval called it.
 *
 * Windows 2000, user32.dll.
 * @see https://learn.microsoft.com/windows/win32/winmsg/window-features#message-only-windows
 */
export class MessageWindow {
  /** The window, for the functions that send to it. 0 once closed. */
  handle: HWND;
  private readonly handler: MessageHandler;
  private readonly procedure: Callback<WNDPROC>;
  private readonly className = `winsock-${process.pid}-${++windows}`;
  private readonly message = new MSG();
  private readonly timer: NodeJS.Timeout | undefined;

  /**
   * @param handler called with each message, from the pump
   * @param options how often to look for messages
   * @throws WinsockError where the window cannot be made
   */
  constructor(handler: MessageHandler, options: MessageWindowOptions = {}) {
    const { interval = DEFAULT_INTERVAL } = options;
    this.handler = handler;
    this.handle = 0;
    this.procedure = WNDPROC.register((...message) => this.receive(...message));
    try {
      this.handle = this.create();
    } catch (error) {
      this.procedure.close();
      throw error;
    }
    if (interval > 0) this.timer = setInterval(() => this.pump(), interval);
  }

  private create(): HWND {
    const hInstance = program();
    const windowClass = new WNDCLASSEXW({
      cbSize: sizeof(WNDCLASSEXW),
      lpfnWndProc: this.procedure,
      hInstance,
      lpszClassName: this.className,
    });
    RegisterClassExW.orThrow(windowClass);
    try {
      const parent = HWND_MESSAGE;
      const { className } = this;
      return CreateWindowExW.orThrow(0, className, null, 0, 0, 0, 0, 0, parent, 0, hInstance, null);
    } catch (error) {
      UnregisterClassW(this.className, hInstance);
      throw error;
    }
  }

  private receive(window: HWND, message: number, wParam: number, lParam: number): number {
    // Messages about the making and the end of the window come while there is no handle.
    const result = this.handle === 0 ? undefined : this.handler(message, wParam, lParam);
    return result ?? DefWindowProcW(window, message, wParam, lParam);
  }

  /**
   * Puts a message into the queue of the window.
   *
   * @throws WinsockError where the queue is full or the window is closed
   */
  post(message: number, wParam = 0, lParam = 0): void {
    PostMessageW.orThrow(this.handle, message, wParam, lParam);
  }

  /**
   * Handles the messages that are in the queue of this thread.
   *
   * @returns how many there were
   */
  pump(): number {
    let handled = 0;
    while (this.handle !== 0 && PeekMessageW(this.message, this.handle, 0, 0, PM_REMOVE) !== 0) {
      handled++;
      DispatchMessageW(this.message);
    }
    return handled;
  }

  /**
   * Blocks the thread until there is a message or one of the objects is signaled, then handles the
   * messages that are there.
   *
   * @param milliseconds how long at most; for ever where left out
   * @param handles events and other objects to wait for as well
   * @returns the index of the object that is signaled, -1 for a message, undefined when the time is over
   * @throws WinsockError where the wait fails
   */
  wait(milliseconds: number = INFINITE, handles: readonly number[] = []): number | undefined {
    const objects = handles.length > 0 ? arrayOf(intptr, handles) : null;
    const result = MsgWaitForMultipleObjectsEx.orThrow(
      handles.length,
      objects,
      milliseconds,
      QS_ALLINPUT,
      MWMO_INPUTAVAILABLE,
    );
    this.pump();
    if (result === WAIT_TIMEOUT) return undefined;
    return result < handles.length ? result : -1;
  }

  /** Lets the process end while the window is open. */
  unref(): this {
    this.timer?.unref();
    return this;
  }

  /** Destroys the window; messages in its queue are gone. */
  close(): void {
    if (this.handle === 0) return;
    clearInterval(this.timer);
    const window = this.handle;
    this.handle = 0;
    DestroyWindow.orThrow(window);
    UnregisterClassW(this.className, program());
    this.procedure.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
