/** What a transport provider calls of the program that has loaded it (ws2spi.h, WSPUPCALLTABLE). */
import {
  CloseHandle,
  DUPLICATE_SAME_ACCESS,
  DuplicateHandle,
  GetCurrentProcess,
  GetCurrentThread,
  PostMessageW,
  QueueUserAPC,
} from '../../../defs/kernel.g.ts';
import type { HANDLE } from '../../../defs/windows.g.ts';
import { WSAENOTSOCK } from '../../../defs/winerror.g.ts';
import {
  __WSAFDIsSet,
  INVALID_SOCKET,
  type SOCKET,
  WSACloseEvent,
  WSACreateEvent,
  WSAResetEvent,
  WSASetEvent,
} from '../../../defs/winsock2.g.ts';
import { WSCGetProviderPath, WSPUPCALLTABLE } from '../../../defs/ws2spi.g.ts';
import { WinsockError } from '../../ffi/errors/errors.ts';
import { cast } from '../../ffi/types/pointer.ts';
import { uintptr } from '../../ffi/types/scalars.ts';
import {
  type TableFunctions,
  type TableProcedures,
  tableFunctions,
} from '../extensions/function-table.ts';
import { UPCALL_FAILURES } from './failures.ts';
import { ProcedureTable } from './procedure-table.ts';

/** The 15 upcalls, as a provider calls them. */
export type UpcallFunctions = TableFunctions<WSPUPCALLTABLE>;

/** The functions of an upcall table that the provider has been given. */
export function upcallFunctions(table: WSPUPCALLTABLE): UpcallFunctions {
  return tableFunctions(table, UPCALL_FAILURES);
}

/** What providers gave with the socket handles that they have asked for. */
const contexts = new Map<number, number>();

const host: TableProcedures<WSPUPCALLTABLE> = {
  WPUCloseEvent: (hEvent) => WSACloseEvent.orThrow(hEvent),
  WPUCloseSocketHandle(s) {
    contextOf(s, 'WPUCloseSocketHandle');
    contexts.delete(s);
    // A SOCKET of ours is an event: see WPUCreateSocketHandle.
    WSACloseEvent.orThrow(s as number as HANDLE);
    return 0;
  },
  WPUCreateEvent: () => WSACreateEvent.orThrow(),
  // A handle of the system of its own, so that no socket and no other handle has the same number.
  WPUCreateSocketHandle(_catalogEntry, context) {
    const handle = WSACreateEvent.orThrow() as number as SOCKET;
    contexts.set(handle, context);
    return handle;
  },
  WPUFDIsSet: (s, fdset) => (fdset ? __WSAFDIsSet(s, fdset) : 0),
  WPUGetProviderPath: (id, path, length, lpErrno) =>
    WSCGetProviderPath.orThrow(id, path, length, lpErrno),
  WPUModifyIFSHandle: (_catalogEntry, handle) => handle,
  WPUPostMessage: (hWnd, message, wParam, lParam) => PostMessageW(hWnd, message, wParam, lParam),
  // The blocking hooks are of Winsock 1.1: there is none.
  WPUQueryBlockingCallback(_catalogEntry, callback, context) {
    cast(uintptr, callback).value = 0;
    cast(uintptr, context).value = 0;
    return 0;
  },
  WPUQuerySocketHandleContext(s, context) {
    cast(uintptr, context).value = contextOf(s, 'WPUQuerySocketHandleContext');
    return 0;
  },
  WPUQueueApc(thread, routine, context) {
    // NULL, which the system refuses.
    QueueUserAPC.orThrow(routine, thread?.ThreadHandle ?? (0 as HANDLE), context);
    return 0;
  },
  WPUResetEvent: (hEvent) => WSAResetEvent.orThrow(hEvent),
  WPUSetEvent: (hEvent) => WSASetEvent.orThrow(hEvent),
  WPUOpenCurrentThread(thread) {
    const process = GetCurrentProcess();
    // The record begins with a handle of a pointer's size.
    const handle = cast(uintptr, thread as never);
    const current = GetCurrentThread();
    DuplicateHandle.orThrow(process, current, process, handle, 0, 0, DUPLICATE_SAME_ACCESS);
    return 0;
  },
  WPUCloseThread(thread) {
    // NULL, which the system refuses.
    CloseHandle.orThrow(thread?.ThreadHandle ?? (0 as HANDLE));
    return 0;
  },
};

function contextOf(s: SOCKET, name: string): number {
  const context = s === INVALID_SOCKET ? undefined : contexts.get(s);
  if (context === undefined) throw new WinsockError(WSAENOTSOCK, name);
  return context;
}

let table: WSPUPCALLTABLE | undefined;

/**
 * The upcalls that this package offers to the providers that it loads, in terms of the system's own
 * functions. ws2_32.dll has a table of its own, which it gives to nobody.
 *
 * It is made once and stays: a provider may call it for as long as its DLL is loaded. Threads are
 * those of JavaScript: WPUOpenCurrentThread opens the JavaScript thread.
 */
export function hostUpcalls(): WSPUPCALLTABLE {
  table ??= new ProcedureTable(WSPUPCALLTABLE, {
    name: 'the upcall table',
    failures: UPCALL_FAILURES,
    // The names of the table's functions are those of the object above.
    procedure: (name) => host[name as keyof typeof host],
  }).table;
  return table;
}
