// What lib/ffi itself needs of Windows before there are definitions to call it by: it makes the
// calls that definitions are made of, so it cannot use them.

/**
 * Functions it calls, by DLL: the last error, text in the system's code page, where DLLs are, the end of the process
 * and of a worker, whether there is memory at an address.
 */
export const FFI_FUNCTIONS: Record<string, string> = {
  kernel32: `
    GetLastError SetLastError GetACP MultiByteToWideChar WideCharToMultiByte FormatMessageW
    GetModuleHandleW GetSystemDirectoryW LocalFree GetCurrentProcess TerminateProcess
    GetProcAddress LocalAlloc CloseHandle CreateEventW CreateNamedPipeW ReadFile RegisterWaitForSingleObject
    UnregisterWaitEx WaitForMultipleObjects WaitForMultipleObjectsEx CancelIoEx VirtualQuery
    VirtualAlloc VirtualFree OpenThread GetCurrentThreadId GetCurrentThreadStackLimits WaitForSingleObject
    AddAtomW GetAtomNameW lstrcpyA`,
  ntdll: 'RtlNtStatusToDosError',
};

/** Constants of those functions, results that mean failure, and what an address is recognised by. */
export const FFI_CONSTANTS = `
  CP_ACP CP_UTF8 WC_NO_BEST_FIT_CHARS MAX_PATH
  FORMAT_MESSAGE_FROM_SYSTEM FORMAT_MESSAGE_IGNORE_INSERTS
  PIPE_ACCESS_DUPLEX FILE_FLAG_OVERLAPPED ERROR_IO_PENDING INFINITE WT_EXECUTEONLYONCE MAXIMUM_WAIT_OBJECTS
  SOCKET_ERROR INVALID_SOCKET INVALID_HANDLE_VALUE WAIT_FAILED INADDR_NONE
  AF_INET AF_INET6
  MEM_COMMIT MEM_RESERVE MEM_RELEASE SYNCHRONIZE WAIT_OBJECT_0 PAGE_NOACCESS PAGE_GUARD PAGE_EXECUTE PAGE_EXECUTE_READ
  PAGE_READWRITE PAGE_WRITECOPY PAGE_EXECUTE_READWRITE PAGE_EXECUTE_WRITECOPY`;

/** Records whose bytes it reads. */
export const FFI_RECORDS = 'sockaddr_in sockaddr_in6 MEMORY_BASIC_INFORMATION OVERLAPPED';

/**
 * DLLs and functions whose code may be nothing but a jump to a system call. Wine's system calls read
 * six arguments, however few there are (dlls/ntdll/unix, the dispatcher), so these are called with
 * as many.
 */
export const SYSTEM_CALLS = { dlls: 'user32 gdi32 ntdll', functions: 'GetSystemTimeAsFileTime' };

/**
 * Functions that wait until callbacks have returned which threads of the system have begun, and the types
 * of those callbacks. They run on the JavaScript thread, so one that waits for them there waits for itself.
 */
export const WAITS_FOR_CALLBACKS: Record<string, string> = {
  CancelMibChangeNotify2: `
    PIPINTERFACE_CHANGE_CALLBACK PUNICAST_IPADDRESS_CHANGE_CALLBACK PIPFORWARD_CHANGE_CALLBACK
    PSTABLE_UNICAST_IPADDRESS_TABLE_CALLBACK PTEREDO_PORT_CHANGE_CALLBACK
    PNETWORK_CONNECTIVITY_HINT_CHANGE_CALLBACK`,
  // With INVALID_HANDLE_VALUE only; otherwise it returns at once.
  UnregisterWaitEx: 'WAITORTIMERCALLBACK',
};
