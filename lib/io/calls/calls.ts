/**
 * The functions that this layer calls, made from their definitions without the checks.
 *
 * The mirror in `defs` checks memory against lengths; here the caller owns native memory and has
 * laid it out itself, so nothing is left to check and a call costs half as much. Every argument is
 * a plain number, an address as well. Each name is a live binding: its first call loads the DLL and
 * puts the native function itself in its place.
 */
import * as kernel from '../../../defs/kernel.g.ts';
import * as winsock from '../../../defs/winsock2.g.ts';
import * as lookup from '../../../defs/ws2tcpip.g.ts';
import type { Func } from '../../ffi/calls/definition.ts';
import { unchecked } from '../../ffi/calls/unchecked.ts';
import { systemMessage } from '../../ffi/errors/system-message.ts';
import { isMainThread } from '../../ffi/native/builtins.ts';
import type { AnyFunction } from '../../ffi/types/ctype.ts';

/** As many numbers as there are parameters. */
type Numbers<P extends unknown[]> = { [Index in keyof P]: number };

/** A function of native code with as many arguments as it has in C, all of them numbers. */
type Call<F extends AnyFunction> = (...args: Numbers<Parameters<F>>) => number;

let errorsAreBound = false;

/** What tells errors is bound before anything can fail, because binding calls Windows itself. */
function bindErrors(): void {
  if (errorsAreBound) return;
  errorsAreBound = true;
  WSAGetLastError();
  GetLastError();
}

/** What binds each of the functions that are not bound. */
const unbound = new Set<() => void>();

/**
 * koffi ends the process where a worker is terminated while it binds a function. A worker binds all there are when
 * it begins, so that none is left for the time when somebody may terminate it.
 */
function bindRest(): void {
  if (isMainThread()) return;
  for (const bindOne of unbound) {
    try {
      bindOne();
    } catch {
      // What this system lacks fails when it is called.
    }
  }
  // Binds what the text of an error is asked with.
  systemMessage(0);
}

/** A function that its first call binds, and installs in its own place. */
function late<F extends AnyFunction>(target: Func<F>, install: (bound: Call<F>) => void): Call<F> {
  let bound: Call<F> | undefined;
  const bindOne = () => {
    unbound.delete(bindOne);
    // Of what is called here no result is text or wider than a number.
    bound = unchecked(target, 'addresses') as unknown as Call<F>;
    install(bound);
  };
  unbound.add(bindOne);
  return (...args) => {
    if (!bound) {
      bindErrors();
      bindOne();
      bindRest();
    }
    return bound!(...args);
  };
}

export let WSARecv = late(winsock.WSARecv, (bound) => {
  WSARecv = bound;
});
export let WSASend = late(winsock.WSASend, (bound) => {
  WSASend = bound;
});
export let WSARecvFrom = late(winsock.WSARecvFrom, (bound) => {
  WSARecvFrom = bound;
});
export let WSASendTo = late(winsock.WSASendTo, (bound) => {
  WSASendTo = bound;
});
export let WSASendMsg = late(winsock.WSASendMsg, (bound) => {
  WSASendMsg = bound;
});
export let WSAGetLastError = late(winsock.WSAGetLastError, (bound) => {
  WSAGetLastError = bound;
});
export let WSASocketW = late(winsock.WSASocketW, (bound) => {
  WSASocketW = bound;
});
export let closesocket = late(winsock.closesocket, (bound) => {
  closesocket = bound;
});
export let ioctlsocket = late(winsock.ioctlsocket, (bound) => {
  ioctlsocket = bound;
});
export let setsockopt = late(winsock.setsockopt, (bound) => {
  setsockopt = bound;
});
export let getsockopt = late(winsock.getsockopt, (bound) => {
  getsockopt = bound;
});
export let bind = late(winsock.bind, (bound) => {
  bind = bound;
});
export let connect = late(winsock.connect, (bound) => {
  connect = bound;
});
export let listen = late(winsock.listen, (bound) => {
  listen = bound;
});
export let shutdown = late(winsock.shutdown, (bound) => {
  shutdown = bound;
});
export let select = late(winsock.select, (bound) => {
  select = bound;
});
export let getsockname = late(winsock.getsockname, (bound) => {
  getsockname = bound;
});
export let getpeername = late(winsock.getpeername, (bound) => {
  getpeername = bound;
});
export let WSAIoctl = late(winsock.WSAIoctl, (bound) => {
  WSAIoctl = bound;
});
export let WSAStartup = late(winsock.WSAStartup, (bound) => {
  WSAStartup = bound;
});
export let WSACleanup = late(winsock.WSACleanup, (bound) => {
  WSACleanup = bound;
});

export let CancelIoEx = late(kernel.CancelIoEx, (bound) => {
  CancelIoEx = bound;
});
export let ReadFile = late(kernel.ReadFile, (bound) => {
  ReadFile = bound;
});
export let WriteFile = late(kernel.WriteFile, (bound) => {
  WriteFile = bound;
});
export let CloseHandle = late(kernel.CloseHandle, (bound) => {
  CloseHandle = bound;
});
export let ConnectNamedPipe = late(kernel.ConnectNamedPipe, (bound) => {
  ConnectNamedPipe = bound;
});
export let CreateIoCompletionPort = late(kernel.CreateIoCompletionPort, (bound) => {
  CreateIoCompletionPort = bound;
});
export let GetQueuedCompletionStatusEx = late(kernel.GetQueuedCompletionStatusEx, (bound) => {
  GetQueuedCompletionStatusEx = bound;
});
export let PostQueuedCompletionStatus = late(kernel.PostQueuedCompletionStatus, (bound) => {
  PostQueuedCompletionStatus = bound;
});
export let SetFileCompletionNotificationModes = late(
  kernel.SetFileCompletionNotificationModes,
  (bound) => {
    SetFileCompletionNotificationModes = bound;
  },
);
export let GetLastError = late(kernel.GetLastError, (bound) => {
  GetLastError = bound;
});
export let VirtualAlloc = late(kernel.VirtualAlloc, (bound) => {
  VirtualAlloc = bound;
});
export let RtlNtStatusToDosError = late(kernel.RtlNtStatusToDosError, (bound) => {
  RtlNtStatusToDosError = bound;
});
export let CreateEventW = late(kernel.CreateEventW, (bound) => {
  CreateEventW = bound;
});

export let SetEvent = late(kernel.SetEvent, (bound) => {
  SetEvent = bound;
});
export let GetAddrInfoExW = late(lookup.GetAddrInfoExW, (bound) => {
  GetAddrInfoExW = bound;
});
export let GetAddrInfoExCancel = late(lookup.GetAddrInfoExCancel, (bound) => {
  GetAddrInfoExCancel = bound;
});
export let GetAddrInfoExOverlappedResult = late(lookup.GetAddrInfoExOverlappedResult, (bound) => {
  GetAddrInfoExOverlappedResult = bound;
});
export let FreeAddrInfoExW = late(lookup.FreeAddrInfoExW, (bound) => {
  FreeAddrInfoExW = bound;
});
export let GetCurrentThreadId = late(kernel.GetCurrentThreadId, (bound) => {
  GetCurrentThreadId = bound;
});
export let GetModuleHandleW = late(kernel.GetModuleHandleW, (bound) => {
  GetModuleHandleW = bound;
});
export let GetProcAddress = late(kernel.GetProcAddress, (bound) => {
  GetProcAddress = bound;
});
export let WaitForSingleObject = late(kernel.WaitForSingleObject, (bound) => {
  WaitForSingleObject = bound;
});
export let OpenThread = late(kernel.OpenThread, (bound) => {
  OpenThread = bound;
});
export let RegisterWaitForSingleObject = late(kernel.RegisterWaitForSingleObject, (bound) => {
  RegisterWaitForSingleObject = bound;
});
export let UnregisterWaitEx = late(kernel.UnregisterWaitEx, (bound) => {
  UnregisterWaitEx = bound;
});
export let NtQueryInformationFile = late(kernel.NtQueryInformationFile, (bound) => {
  NtQueryInformationFile = bound;
});
export let NtSetInformationFile = late(kernel.NtSetInformationFile, (bound) => {
  NtSetInformationFile = bound;
});
export let ReOpenFile = late(kernel.ReOpenFile, (bound) => {
  ReOpenFile = bound;
});
export let GetFileSizeEx = late(kernel.GetFileSizeEx, (bound) => {
  GetFileSizeEx = bound;
});
export let CreateFileW = late(kernel.CreateFileW, (bound) => {
  CreateFileW = bound;
});
