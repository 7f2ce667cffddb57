// How functions say that they failed, and which DLL owns them where it is not the header's.
// The first rule that fits decides; a function without an entry follows its module and result type.

import type { FailureData } from '../../../lib/ffi/errors/failure.ts';

/** By module: result type → convention. */
export const FAILURE_BY_RESULT: Record<
  string,
  Readonly<Record<string, FailureData['convention']>>
> = {
  '*': {
    void: 'NeverFails',
    BOOL: 'IsFalse',
    BOOLEAN: 'IsFalse',
    SOCKET: 'InvalidSocket',
    HANDLE: 'IsNull',
    pointer: 'IsNull',
    handle: 'IsNull',
    NTSTATUS: 'ReturnsNtStatus',
    int: 'SocketError',
  },
  iphlpapi: { DWORD: 'ReturnsCode', ULONG: 'ReturnsCode' },
  netioapi: { DWORD: 'ReturnsCode', NETIO_STATUS: 'ReturnsCode' },
  traffic: { ULONG: 'ReturnsCode', DWORD: 'ReturnsCode' },
  sporder: { int: 'ReturnsCode' },
};

/** DLLs whose functions leave an error of Winsock, which has names of its own for some of Windows' codes. */
export const WINSOCK_DLLS: readonly string[] = ['ws2_32', 'mswsock', 'fwpuclnt'];

/** Modules whose functions fail with codes of their own numbering: a status of IP, which ipexport.h has. */
export const SPACE_BY_MODULE: Readonly<Record<string, FailureData['space']>> = { icmpapi: 'icmp' };

/** SPI functions return SOCKET_ERROR and write the code through this parameter. */
export const ERRNO_PARAMETER = 'lpErrno';

const IO_PENDING = 'WSA_IO_PENDING: the operation was started and a completion follows';

export interface FailureEntry {
  functions: string;
  failure: FailureData;
  reason: string;
}

export const FAILURES: FailureEntry[] = [
  {
    functions:
      'WSASend WSASendTo WSASendMsg WSARecv WSARecvFrom WSASendDisconnect WSAIoctl WSANSPIoctl WSAProviderConfigChange',
    failure: { convention: 'SocketError', pending: ['WSA_IO_PENDING'] },
    reason: IO_PENDING,
  },
  {
    functions: 'AcceptEx TransmitFile ReadFile WriteFile ReadFileEx WriteFileEx',
    failure: { convention: 'IsFalse', pending: ['WSA_IO_PENDING'] },
    reason: IO_PENDING,
  },
  {
    functions: 'WSAGetOverlappedResult GetOverlappedResult',
    failure: { convention: 'IsFalse', pending: ['WSA_IO_INCOMPLETE'] },
    reason: 'WSA_IO_INCOMPLETE: asked without waiting, and the operation goes on',
  },
  {
    functions: 'GetOverlappedResultEx',
    failure: {
      convention: 'IsFalse',
      pending: ['WSA_IO_INCOMPLETE', 'WAIT_TIMEOUT', 'WAIT_IO_COMPLETION'],
    },
    reason: 'ERROR_IO_INCOMPLETE, WAIT_TIMEOUT and WAIT_IO_COMPLETION: the operation goes on',
  },
  {
    functions: 'GetQueuedCompletionStatus GetQueuedCompletionStatusEx',
    failure: { convention: 'IsFalse', pending: ['WAIT_TIMEOUT'] },
    reason: 'WAIT_TIMEOUT: no packet yet',
  },
  {
    functions: 'getaddrinfo GetAddrInfoW getnameinfo GetNameInfoW GetAddrInfoExCancel WSPStartup',
    failure: { convention: 'ReturnsCode' },
    reason: 'the result is a Winsock error code',
  },
  {
    functions: 'GetAddrInfoExA GetAddrInfoExW SetAddrInfoExA SetAddrInfoExW',
    failure: { convention: 'ReturnsCode', pending: ['WSA_IO_PENDING'] },
    reason: 'the result is a Winsock error code; WSA_IO_PENDING when overlapped',
  },
  {
    functions: 'WSAStartup',
    failure: { convention: 'ReturnsCode' },
    reason: 'WSAGetLastError() is not there yet',
  },
  {
    functions:
      'htonl htons ntohl ntohs WSAGetLastError WSASetLastError GetLastError SetLastError WSAIsBlocking WPUFDIsSet __WSAFDIsSet gai_strerrorA gai_strerrorW',
    failure: { convention: 'NeverFails' },
    reason: 'no result says that it failed',
  },
  { functions: 'inet_addr', failure: { convention: 'InetNone' }, reason: 'INADDR_NONE' },
  {
    functions: 'WSACreateEvent',
    failure: { convention: 'InvalidEvent' },
    reason: 'WSA_INVALID_EVENT is NULL',
  },
  {
    functions:
      'WSAWaitForMultipleEvents WaitForSingleObject WaitForSingleObjectEx WaitForMultipleObjects WaitForMultipleObjectsEx MsgWaitForMultipleObjectsEx MsgWaitForMultipleObjects',
    failure: { convention: 'WaitFailed' },
    reason: 'WAIT_FAILED; a time-out or an APC is a result, not a failure',
  },
  {
    functions:
      'CreateFileA CreateFileW ReOpenFile CreateMailslotA CreateMailslotW GetStdHandle IcmpCreateFile Icmp6CreateFile',
    failure: { convention: 'InvalidHandle' },
    reason: 'INVALID_HANDLE_VALUE',
  },
  {
    functions:
      'GetCurrentProcess GetCurrentProcessId GetCurrentThread GetCurrentThreadId GetACP GetOEMCP GetTickCount64 GetTickCount Sleep SleepEx RtlNtStatusToDosError DefWindowProcW DefWindowProcA DispatchMessageW DispatchMessageA TranslateMessage PeekMessageW PeekMessageA ShowWindow GetAsyncKeyState GetWindowTextA GetWindowTextW EnableWindow SendMessageA SendMessageW GetFileSize SendDlgItemMessageA SendDlgItemMessageW GetDlgItemTextA GetDlgItemTextW GetDlgItemInt SetFocus GetTimeZoneInformation GetSystemInfo GetNativeSystemInfo GetSystemTimeAsFileTime GetSystemTimePreciseAsFileTime GetLocalTime GetSystemTime InitializeCriticalSection EnterCriticalSection LeaveCriticalSection DeleteCriticalSection',
    failure: { convention: 'NeverFails' },
    reason: 'no result says that it failed',
  },
  {
    functions: 'GetMessageW GetMessageA',
    failure: { convention: 'SocketError' },
    reason: '-1 is failure; 0 is WM_QUIT',
  },
  {
    functions:
      'FormatMessageW FormatMessageA WideCharToMultiByte MultiByteToWideChar RegisterClassA RegisterClassW RegisterClassExW RegisterClassExA QueueUserAPC MessageBoxA MessageBoxW VirtualQuery ReleaseDC DrawTextA DrawTextW',
    failure: { convention: 'IsFalse' },
    reason: 'zero is failure',
  },
  {
    functions: 'GetAddrInfoExOverlappedResult',
    failure: { convention: 'ReturnsCode', pending: ['WSAEINPROGRESS'] },
    reason: 'the result is a Winsock error code; WSAEINPROGRESS while the query goes on',
  },
  {
    functions: 'ProcessSocketNotifications',
    failure: { convention: 'ReturnsCode', pending: ['WAIT_TIMEOUT'] },
    reason: 'the result is an error code; WAIT_TIMEOUT when there was no notification',
  },
  {
    functions: 'IcmpSendEcho IcmpParseReplies Icmp6ParseReplies',
    failure: { convention: 'IsFalse' },
    reason: 'the result is the number of replies; zero is failure',
  },
  {
    functions: 'IcmpSendEcho2 IcmpSendEcho2Ex Icmp6SendEcho2 UnregisterWaitEx',
    failure: { convention: 'IsFalse', pending: ['WSA_IO_PENDING'] },
    reason: 'zero, and ERROR_IO_PENDING when the rest happens later',
  },
  {
    functions: 'ConnectNamedPipe',
    failure: { convention: 'IsFalse', pending: ['WSA_IO_PENDING', 'ERROR_PIPE_CONNECTED'] },
    reason: 'ERROR_PIPE_CONNECTED: the client was faster',
  },
  {
    functions:
      'NotifyAddrChange NotifyRouteChange EnableRouter UnenableRouter DisableMediaSense RestoreMediaSense',
    failure: { convention: 'ReturnsCode', pending: ['WSA_IO_PENDING'] },
    reason: 'ERROR_IO_PENDING is success',
  },
  {
    functions: 'QOSSetFlow QOSNotifyFlow QOSQueryFlow',
    failure: { convention: 'IsFalse', pending: ['WSA_IO_PENDING'] },
    reason: IO_PENDING,
  },
  {
    functions: 'TcAddFlow TcModifyFlow TcDeleteFlow',
    failure: { convention: 'ReturnsCode', pending: ['ERROR_SIGNAL_PENDING'] },
    reason: 'ERROR_SIGNAL_PENDING: a callback tells the result',
  },
  {
    functions:
      'WSASetSocketSecurity WSAQuerySocketSecurity WSASetSocketPeerTargetName WSADeleteSocketPeerTargetName',
    failure: { convention: 'SocketError', pending: ['WSA_IO_PENDING'] },
    reason: IO_PENDING,
  },
  {
    functions: `
      RtlIpv4AddressToStringExA RtlIpv4AddressToStringExW RtlIpv6AddressToStringExA
      RtlIpv6AddressToStringExW RtlIpv4StringToAddressA RtlIpv4StringToAddressW
      RtlIpv4StringToAddressExA RtlIpv4StringToAddressExW RtlIpv6StringToAddressA
      RtlIpv6StringToAddressW RtlIpv6StringToAddressExA RtlIpv6StringToAddressExW
      RtlEthernetStringToAddressA RtlEthernetStringToAddressW SetSocketMediaStreamingMode`,
    failure: { convention: 'ReturnsNtStatus' },
    reason: 'declared LONG or HRESULT; below zero is failure',
  },
  {
    functions: `
      RtlIpv4AddressToStringA RtlIpv4AddressToStringW RtlIpv6AddressToStringA
      RtlIpv6AddressToStringW RtlEthernetAddressToStringA RtlEthernetAddressToStringW
      GetFriendlyIfIndex IsWindow LocalFree GlobalFree`,
    failure: { convention: 'NeverFails' },
    reason: 'no result says that it failed',
  },
  {
    functions: 'CreateNamedPipeW',
    failure: { convention: 'InvalidHandle' },
    reason: 'INVALID_HANDLE_VALUE',
  },
  {
    functions: 'GetTempPathW RegisterWindowMessageW if_nametoindex',
    failure: { convention: 'IsFalse' },
    reason:
      'zero is failure; of if_nametoindex, and of if_indextoname, which gives NULL, the documentation says that no code can be determined: the one in the error may be of an earlier call',
  },
];

/** DLLs that export a function instead of the header's own. */
export const DLLS: { dll: string; functions: string; reason: string }[] = [
  {
    dll: 'fwpuclnt',
    functions:
      'WSASetSocketSecurity WSAQuerySocketSecurity WSASetSocketPeerTargetName WSADeleteSocketPeerTargetName WSAImpersonateSocketPeer WSARevertImpersonation',
    reason: 'the secure socket functions are part of the filtering platform',
  },
  {
    dll: 'mswsock',
    functions: 'WSPStartup NSPStartup',
    reason: 'entry points of a provider; mswsock.dll is the one that every Windows has',
  },
];

/**
 * Functions that the DLL exports under another name. FreeAddrInfoEx is the A variant, but with
 * UNICODE, as everywhere here, C's FreeAddrInfoEx means FreeAddrInfoExW.
 */
export const EXPORTED_NAMES: Record<string, string> = { FreeAddrInfoExA: 'FreeAddrInfoEx' };

/** Prototypes without an export behind them. They are left out; the coverage table says so. */
export const NOT_EXPORTED: { functions: string; reason: string }[] = [
  {
    functions: 'gai_strerrorA gai_strerrorW',
    reason: 'code of the C library, not of a DLL: in lib/api',
  },
  {
    functions: 'WSCInstallQOSTemplate WSCRemoveQOSTemplate',
    reason: 'documented as removed; no DLL exports it',
  },
  {
    functions:
      'WPUCloseEvent WPUCloseSocketHandle WPUCreateEvent WPUCreateSocketHandle WPUFDIsSet WPUModifyIFSHandle WPUPostMessage WPUQueryBlockingCallback WPUQuerySocketHandleContext WPUQueueApc WPUResetEvent WPUSetEvent WPUOpenCurrentThread WPUCloseThread WPUGetProviderPath',
    reason: 'an upcall: a provider gets its address in WSPUPCALLTABLE, with the type LPWPU*',
  },
];

/** Functions whose `char *` result points into memory of the caller, and is no string to read. */
export const POSITIONS: { functions: string; reason: string } = {
  functions:
    'RtlIpv4AddressToStringA RtlIpv4AddressToStringW RtlIpv6AddressToStringA RtlIpv6AddressToStringW RtlEthernetAddressToStringA RtlEthernetAddressToStringW',
  reason: 'the result is where the text ends in the buffer',
};

/** What native code gets as a callback's result when the JavaScript function throws; else 0. */
export const WHEN_THROWN: Readonly<Record<string, { result: number; reason: string }>> = {
  LPCONDITIONPROC: { result: 1, reason: 'CF_REJECT: 0 would accept the connection' },
};
