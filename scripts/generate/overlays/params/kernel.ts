// kernel32, user32, gdi32 and ntdll.

import type { ParamGroup } from './group.ts';

export const KERNEL: ParamGroup[] = [
  {
    reason: 'attributes are only read',
    functions: {
      CreateFileMapping: { lpFileMappingAttributes: 'in' },
      CreateMutex: { lpMutexAttributes: 'in' },
      CreateSemaphore: { lpSemaphoreAttributes: 'in' },
      CreateMailslot: { lpSecurityAttributes: 'in' },
      CreateFile: { lpSecurityAttributes: 'in' },
      CreateEvent: { lpEventAttributes: 'in' },
      CreateWaitableTimerW: { lpTimerAttributes: 'in' },
      CreateWaitableTimerExW: { lpTimerAttributes: 'in' },
      CreateNamedPipeW: { lpSecurityAttributes: 'in' },
    },
  },
  {
    reason: 'a buffer and its length; of overlapped calls until they are over',
    functions: {
      ReadFile: { lpBuffer: 'out bytes nNumberOfBytesToRead kept' },
      WriteFile: { lpBuffer: 'in bytes nNumberOfBytesToWrite kept' },
      ReadFileEx: { lpBuffer: 'out bytes nNumberOfBytesToRead kept' },
      WriteFileEx: { lpBuffer: 'in bytes nNumberOfBytesToWrite kept' },
    },
  },
  {
    reason: 'what is told or asked, of the length that is given; the status block is written',
    functions: {
      NtSetInformationFile: { io: 'out', ptr: 'in bytes len' },
      NtQueryInformationFile: { io: 'out', ptr: 'out bytes len' },
    },
  },
  {
    reason: 'characters, of which a wide one has two bytes; what is reserved has to be NULL',
    functions: {
      WriteConsoleA: {
        lpBuffer: 'in bytes nNumberOfCharsToWrite',
        lpNumberOfCharsWritten: 'out',
        lpReserved: 'in opaque',
      },
      WriteConsoleW: {
        lpBuffer: 'in bytesSum nNumberOfCharsToWrite:nNumberOfCharsToWrite',
        lpNumberOfCharsWritten: 'out',
        lpReserved: 'in opaque',
      },
    },
  },
  {
    reason: 'a name, or a number in its place, as MAKEINTRESOURCE gives it',
    functions: {
      LoadCursor: { lpCursorName: 'in opaque string' },
      LoadIcon: { lpIconName: 'in opaque string' },
    },
  },
  {
    reason: 'the record begins with its own size, which says that it is the longer one',
    functions: {
      GetVersionEx: {
        lpVersionInformation: 'inout bytesSum lpVersionInformation.dwOSVersionInfoSize',
      },
    },
  },
  {
    reason: 'as many elements as counted',
    functions: {
      GetTempPathW: { lpBuffer: 'out count nBufferLength' },
      GetWindowText: { lpString: 'out count nMaxCount' },
      GetDlgItemText: { lpString: 'out count cchMax' },
      TextOut: { lpString: 'in count c' },
      DrawText: { lpchText: 'in count cchText orText', lprc: 'inout' },
      GetQueuedCompletionStatusEx: { lpCompletionPortEntries: 'out count ulCount' },
      WaitForMultipleObjects: { lpHandles: 'in count nCount' },
      WaitForMultipleObjectsEx: { lpHandles: 'in count nCount' },
      MsgWaitForMultipleObjects: { pHandles: 'in count nCount' },
      MsgWaitForMultipleObjectsEx: { pHandles: 'in count nCount' },
    },
  },
  {
    reason: 'text and its length in characters, which the call updates',
    functions: {
      GetComputerName: { lpBuffer: 'out countAt nSize' },
      GetComputerNameExW: { lpBuffer: 'out countAt nSize' },
      QueryFullProcessImageName: { lpExeName: 'out countAt lpdwSize', lpdwSize: 'inout' },
    },
  },
  {
    reason:
      "the routine is called with the context, which is the caller's own value, after the call has returned",
    functions: {
      SetWaitableTimer: { lpArgToCompletionRoutine: 'in opaque kept' },
      SetWaitableTimerEx: { lpArgToCompletionRoutine: 'in opaque kept', WakeContext: 'in' },
      RegisterWaitForSingleObject: { Callback: 'kept', Context: 'in opaque kept' },
      QueueUserAPC: { pfnAPC: 'kept' },
    },
  },
  {
    reason:
      "what the flags say: where FORMAT_MESSAGE_FROM_STRING is set the source is a text, else a module's handle; where FORMAT_MESSAGE_ALLOCATE_BUFFER is set the buffer is a variable for an address; the inserts are a list of addresses",
    functions: {
      FormatMessageA: {
        lpSource: 'in byFlags dwFlags 0x400 untilZero 1 1 else opaque',
        lpBuffer: 'out byFlags dwFlags 0x100 minBytes 8 else count nSize',
        Arguments: 'in opaque',
      },
      FormatMessageW: {
        lpSource: 'in byFlags dwFlags 0x400 untilZero 1 2 else opaque',
        lpBuffer: 'out byFlags dwFlags 0x100 minBytes 8 else count nSize',
        Arguments: 'in opaque',
      },
    },
  },
  {
    reason: '-1 for the length means text up to its NUL',
    functions: {
      MultiByteToWideChar: {
        lpMultiByteStr: 'in bytes cbMultiByte orText',
        lpWideCharStr: 'out count cchWideChar',
      },
      WideCharToMultiByte: {
        lpWideCharStr: 'in count cchWideChar orText',
        lpMultiByteStr: 'out bytes cbMultiByte',
        lpUsedDefaultChar: 'out',
      },
    },
  },
  {
    reason: 'the system calls the handler from a thread of its own until it is taken away',
    functions: {
      SetConsoleCtrlHandler: { HandlerRoutine: 'kept' },
    },
  },
  {
    reason:
      'the command line is changed while the process starts; the block is texts up to an empty one, wide ones where CREATE_UNICODE_ENVIRONMENT is set',
    functions: {
      CreateProcess: {
        lpCommandLine: 'inout untilZero',
        lpProcessAttributes: 'in',
        lpThreadAttributes: 'in',
        lpEnvironment: 'in byFlags dwCreationFlags 0x400 untilZero 2 2 else untilZero 2 1',
        lpStartupInfo: 'in',
        lpProcessInformation: 'out',
      },
    },
  },
  {
    reason: 'a view is memory of the system',
    functions: {
      UnmapViewOfFile: { lpBaseAddress: 'in opaque wholePages' },
    },
  },
  {
    reason: 'threads find the section at its address until it is deleted',
    functions: {
      InitializeCriticalSection: { lpCriticalSection: 'out kept' },
      EnterCriticalSection: { lpCriticalSection: 'inout kept' },
      LeaveCriticalSection: { lpCriticalSection: 'inout kept' },
      DeleteCriticalSection: { lpCriticalSection: 'inout' },
    },
  },
  {
    reason: 'counts that may be left out',
    functions: {
      GetMailslotInfo: {
        lpMaxMessageSize: 'out',
        lpNextSize: 'out',
        lpMessageCount: 'out',
        lpReadTimeout: 'out',
      },
      ReleaseSemaphore: { lpPreviousCount: 'out' },
      GetExitCodeProcess: { lpExitCode: 'out' },
      GetFileSize: { lpFileSizeHigh: 'out' },
      GetConsoleMode: { lpMode: 'out' },
      GetConsoleCursorInfo: { lpConsoleCursorInfo: 'out' },
      GetConsoleScreenBufferInfo: { lpConsoleScreenBufferInfo: 'out' },
      BeginPaint: { lpPaint: 'out' },
      GetClientRect: { lpRect: 'out' },
      GetDlgItemInt: { lpTranslated: 'out' },
      GetTimeZoneInformation: { lpTimeZoneInformation: 'out' },
      FileTimeToSystemTime: { lpFileTime: 'in', lpSystemTime: 'out' },
      SystemTimeToFileTime: { lpSystemTime: 'in', lpFileTime: 'out' },
      GetLocalTime: { lpSystemTime: 'out' },
      GetSystemTime: { lpSystemTime: 'out' },
    },
  },
  {
    reason: 'handed to the window procedure, not read',
    functions: {
      CreateWindowEx: { lpParam: 'in opaque' },
    },
  },
  {
    reason: "addresses of the system's memory",
    functions: {
      HeapFree: { lpMem: 'in opaque systemOwned' },
      VirtualFree: { lpAddress: 'in opaque wholePages' },
      VirtualAlloc: { lpAddress: 'in opaque wholePages' },
      VirtualQuery: { lpAddress: 'in opaque', lpBuffer: 'out bytes dwLength' },
    },
  },
];
