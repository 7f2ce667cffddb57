/**
 * The few functions of kernel32.dll, user32.dll and ntdll.dll that Winsock programs need: events,
 * completion ports, waits and message windows.
 *
 * @module winsock/kernel
 */
export * from '../defs/kernel.g.ts';
// The types that these functions take: DWORD, HANDLE, OVERLAPPED, ULONG_PTR …
export * from '../defs/windows.g.ts';
// A result of the wait functions, though winerror.h declares it.
export { WAIT_TIMEOUT } from '../defs/winerror.g.ts';
export * from './api/kernel/message-window.ts';
export * from './api/kernel/resources.ts';
