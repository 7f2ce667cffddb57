/**
 * The functions of the data path, bound a second time with plain numbers for every pointer.
 *
 * The mirror in `defs` checks memory against lengths; here the caller owns native memory and has
 * laid it out itself, so nothing is left to check and a call costs half as much. Nothing is loaded
 * before `loadHot()`, which every CompletionPort calls first; each name is then a live binding to
 * the native function itself.
 */
import { ABI_SIGNED_POINTER_SIZED, bindNative } from '../../ffi/native/native.ts';

type Native = (...args: number[]) => number;

const P = ABI_SIGNED_POINTER_SIZED;
const DWORD = 'uint32_t';
const INT = 'int32_t';
const BOOL = 'int32_t';

function early(): never {
  throw new Error('winsock/io: a native function was called before a CompletionPort was made');
}

export let WSARecv: Native = early;
export let WSASend: Native = early;
export let WSARecvFrom: Native = early;
export let WSASendTo: Native = early;
export let WSASendMsg: Native = early;
export let WSAGetLastError: Native = early;
export let WSASocketW: Native = early;
export let closesocket: Native = early;
export let ioctlsocket: Native = early;
export let setsockopt: Native = early;
export let getsockopt: Native = early;
export let bind: Native = early;
export let connect: Native = early;
export let listen: Native = early;
export let shutdown: Native = early;
export let getsockname: Native = early;
export let getpeername: Native = early;
export let WSAIoctl: Native = early;
export let CancelIoEx: Native = early;
export let ReadFile: Native = early;
export let WriteFile: Native = early;
export let CloseHandle: Native = early;
export let CreateIoCompletionPort: Native = early;
export let GetQueuedCompletionStatusEx: Native = early;
export let PostQueuedCompletionStatus: Native = early;
export let SetFileCompletionNotificationModes: Native = early;
export let GetLastError: Native = early;
export let RtlNtStatusToDosError: Native = early;
export let VirtualAlloc: Native = early;

/** How GetQueuedCompletionStatusEx is bound; the poller thread binds it for itself. */
export const DEQUEUE_SIGNATURE = [P, P, DWORD, P, DWORD, BOOL] as const;

let loaded = false;

/** Binds all of the above, once. */
export function loadHot(): void {
  if (loaded) return;
  const ws2 = (name: string, result: string, ...parameters: string[]) =>
    bindNative('ws2_32', name, result, parameters) as unknown as Native;
  const kernel = (name: string, result: string, ...parameters: string[]) =>
    bindNative('kernel32', name, result, parameters) as unknown as Native;

  WSARecv = ws2('WSARecv', INT, P, P, DWORD, P, P, P, P);
  WSASend = ws2('WSASend', INT, P, P, DWORD, P, DWORD, P, P);
  WSARecvFrom = ws2('WSARecvFrom', INT, P, P, DWORD, P, P, P, P, P, P);
  WSASendTo = ws2('WSASendTo', INT, P, P, DWORD, P, DWORD, P, INT, P, P);
  WSASendMsg = ws2('WSASendMsg', INT, P, P, DWORD, P, P, P);
  WSAGetLastError = ws2('WSAGetLastError', INT);
  WSASocketW = ws2('WSASocketW', P, INT, INT, INT, P, DWORD, DWORD);
  closesocket = ws2('closesocket', INT, P);
  ioctlsocket = ws2('ioctlsocket', INT, P, INT, P);
  setsockopt = ws2('setsockopt', INT, P, INT, INT, P, INT);
  getsockopt = ws2('getsockopt', INT, P, INT, INT, P, P);
  bind = ws2('bind', INT, P, P, INT);
  connect = ws2('connect', INT, P, P, INT);
  listen = ws2('listen', INT, P, INT);
  shutdown = ws2('shutdown', INT, P, INT);
  getsockname = ws2('getsockname', INT, P, P, P);
  getpeername = ws2('getpeername', INT, P, P, P);
  WSAIoctl = ws2('WSAIoctl', INT, P, DWORD, P, DWORD, P, DWORD, P, P, P);
  CancelIoEx = kernel('CancelIoEx', BOOL, P, P);
  ReadFile = kernel('ReadFile', BOOL, P, P, DWORD, P, P);
  WriteFile = kernel('WriteFile', BOOL, P, P, DWORD, P, P);
  CloseHandle = kernel('CloseHandle', BOOL, P);
  CreateIoCompletionPort = kernel('CreateIoCompletionPort', P, P, P, P, DWORD);
  GetQueuedCompletionStatusEx = kernel('GetQueuedCompletionStatusEx', BOOL, ...DEQUEUE_SIGNATURE);
  PostQueuedCompletionStatus = kernel('PostQueuedCompletionStatus', BOOL, P, DWORD, P, P);
  SetFileCompletionNotificationModes = kernel(
    'SetFileCompletionNotificationModes',
    BOOL,
    P,
    'uint8_t',
  );
  GetLastError = kernel('GetLastError', DWORD);
  VirtualAlloc = kernel('VirtualAlloc', P, P, P, DWORD, DWORD);
  RtlNtStatusToDosError = bindNative('ntdll', 'RtlNtStatusToDosError', DWORD, [
    DWORD,
  ]) as unknown as Native;
  loaded = true;
}
