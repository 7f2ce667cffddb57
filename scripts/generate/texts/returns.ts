// What functions return when they succeed, where that does not follow from how they fail and from the type
// of the result: a count, a handle of a certain kind, a text. It goes on with “Returns”. The A and W variants
// share the entry of the name without the letter.

const ENTRIES = 'the number of entries written';
const REPLIES = 'the number of replies stored';
const LOOKED_UP = 'the entry, in memory that the next lookup of this thread overwrites';
const REQUEST = 'the handle of the request, for WSACancelAsyncRequest';
const HANDLE = 'the new handle';
const MEMORY = 'the address of the memory';
const MODULE = 'the handle of the module';
const AFTER_THE_TEXT = 'the address of the NUL that ends the text';
const NUMBER_OF_EVENT =
  '0 and up: the index of the object that was signalled (WAIT_OBJECT_0 is 0); 128 and up: the same of a mutex that was abandoned (WAIT_ABANDONED_0); 258: the time was over (WAIT_TIMEOUT); 192: a completion routine has run (WAIT_IO_COMPLETION)';

export const RETURNS: Record<string, string> = {
  // Sockets.
  accept: 'the socket of the connection',
  WSAAccept: 'the socket of the connection',
  WSAJoinLeaf: 'the socket of the session: of a root a new one, of a leaf the one given',
  recv: 'the number of bytes received; 0 when the peer has ended its side in order',
  WSARecvEx: 'the number of bytes received; 0 when the peer has ended its side in order',
  recvfrom:
    'the number of bytes received; 0 for an empty datagram, or when the peer of a stream has ended its side',
  send: 'the number of bytes taken, fewer than given where the socket does not block and its buffer is full',
  sendto: 'the number of bytes sent',
  select: 'the number of sockets left in the sets; 0 when the time was over',
  WSAPoll: 'the number of elements whose revents is not 0; 0 when the time was over',
  __WSAFDIsSet: 'not 0 when the socket is in the set',
  WSAEnumProtocols: ENTRIES,
  WSACreateEvent: 'the handle of the event',
  WSAWaitForMultipleEvents:
    '0 and up: the index of the event that was signalled (WSA_WAIT_EVENT_0 is 0); 258: the time was over (WSA_WAIT_TIMEOUT); 192: a completion routine has run (WSA_WAIT_IO_COMPLETION)',
  WSAGetLastError:
    'the code of the last error of this thread; 0 after a call that succeeded, usually',
  htonl: 'the number in network byte order',
  htons: 'the number in network byte order',
  ntohl: 'the number in host byte order',
  ntohs: 'the number in host byte order',
  WSAIsBlocking: 'not 0 while a blocking call goes on',
  WSASetBlockingHook: 'the blocking function that was set before',

  // Names and addresses.
  inet_addr: 'the address as a number in network byte order',
  inet_ntoa: 'the text',
  inet_pton: '1; 0 when the text is no address of that family',
  InetPtonW: '1; 0 when the text is no address of that family',
  inet_ntop: 'the text, which stands in the buffer as well',
  InetNtopW: 'the text, which stands in the buffer as well',
  gethostbyaddr: LOOKED_UP,
  gethostbyname: LOOKED_UP,
  getservbyname: LOOKED_UP,
  getservbyport: LOOKED_UP,
  getprotobyname: LOOKED_UP,
  getprotobynumber: LOOKED_UP,
  WSAAsyncGetHostByName: REQUEST,
  WSAAsyncGetHostByAddr: REQUEST,
  WSAAsyncGetServByName: REQUEST,
  WSAAsyncGetServByPort: REQUEST,
  WSAAsyncGetProtoByName: REQUEST,
  WSAAsyncGetProtoByNumber: REQUEST,
  RtlIpv4AddressToString: AFTER_THE_TEXT,
  RtlIpv6AddressToString: AFTER_THE_TEXT,
  RtlEthernetAddressToString: AFTER_THE_TEXT,
  EnumProtocols: ENTRIES,
  GetAddressByName: 'the number of CSADDR_INFO structures written',
  GetService: 'the number of NS_SERVICE_INFO structures written',
  GetNameByType: 'anything else than SOCKET_ERROR',
  GetTypeByName: 'anything else than SOCKET_ERROR',
  SetService: 'anything else than SOCKET_ERROR',

  // Providers.
  WSCEnumProtocols: ENTRIES,
  WSCEnumProtocols32: ENTRIES,
  WSAEnumNameSpaceProviders: ENTRIES,
  WSAEnumNameSpaceProvidersEx: ENTRIES,
  WSCEnumNameSpaceProviders32: ENTRIES,
  WSCEnumNameSpaceProvidersEx32: ENTRIES,

  // IP Helper.
  IcmpSendEcho: REPLIES,
  IcmpSendEcho2: REPLIES,
  IcmpSendEcho2Ex: REPLIES,
  Icmp6SendEcho2: REPLIES,
  IcmpParseReplies: REPLIES,
  Icmp6ParseReplies: REPLIES,
  if_nametoindex: 'the index of the interface',
  if_indextoname: 'the name, which stands in the buffer as well',
  GetAdapterOrderMap: 'the order of the adapters, in memory that LocalFree gives back',
  GetFriendlyIfIndex: 'an index of 24 bits, which old programs take',
  GetJobCompartmentId: 'the compartment of the job',
  GetDefaultCompartmentId: 'the compartment',
  GetCurrentThreadCompartmentId: 'the compartment of this thread',
  GetSessionCompartmentId: 'the compartment of the session; 0 when there is no such session',

  // Windows itself.
  GetLastError: 'the code of the last error of this thread',
  GetCurrentProcess: 'a handle that stands for this process and need not be closed',
  GetCurrentThread: 'a handle that stands for this thread and need not be closed',
  GetCurrentProcessId: 'the number of this process',
  GetCurrentThreadId: 'the number of this thread',
  GetTickCount: 'milliseconds since the system started, from 0 again after 49.7 days',
  GetTickCount64: 'milliseconds since the system started',
  GetACP: 'the number of the ANSI code page',
  GetOEMCP: 'the number of the OEM code page',
  RtlNtStatusToDosError: 'the error code of Windows for the status',
  SleepEx: '0 when the time was over; 192 when a completion routine has run (WAIT_IO_COMPLETION)',
  WaitForSingleObject: NUMBER_OF_EVENT,
  WaitForSingleObjectEx: NUMBER_OF_EVENT,
  WaitForMultipleObjects: NUMBER_OF_EVENT,
  WaitForMultipleObjectsEx: NUMBER_OF_EVENT,
  MsgWaitForMultipleObjects: `${NUMBER_OF_EVENT}; the number of handles: a message has come`,
  MsgWaitForMultipleObjectsEx: `${NUMBER_OF_EVENT}; the number of handles: a message has come`,
  CreateIoCompletionPort: 'the port: a new one, or the one given',
  CreateEvent: HANDLE,
  OpenEvent: HANDLE,
  CreateFileMapping: HANDLE,
  OpenFileMapping: HANDLE,
  MapViewOfFile: 'the address of the memory',
  CreateMutex: HANDLE,
  CreateSemaphore: HANDLE,
  CreateMailslot: HANDLE,
  GetStdHandle: 'the handle; NULL where the process has none',
  CreateWaitableTimer: HANDLE,
  CreateWaitableTimerExW: HANDLE,
  OpenThread: HANDLE,
  GetProcessHeap: 'the heap of this process',
  HeapAlloc: MEMORY,
  LocalAlloc: MEMORY,
  VirtualAlloc: MEMORY,
  VirtualQuery: 'the number of bytes written',
  OpenProcess: 'the handle of the process',
  LocalFree: '0; the address given, where it failed',
  LoadLibrary: MODULE,
  GetModuleHandle: MODULE,
  GetProcAddress: 'the address of the function',
  GetTempPathW:
    'the number of characters of the path without its NUL; the number needed, where the buffer is too small',
  FormatMessage: 'the number of characters written, without the NUL',
  MultiByteToWideChar:
    'the number of characters written; the number needed, where the size given is 0',
  WideCharToMultiByte: 'the number of bytes written; the number needed, where the size given is 0',
  QueueUserAPC: 'not 0',
  RegisterClass: 'a number that stands for the class',
  RegisterWindowMessageW: 'the number of the message',
  RegisterClassEx: 'a number that stands for the class',
  ShowWindow: 'not 0 where the window was shown before',
  UpdateWindow: 'not 0',
  MessageBox: 'the button that was pressed, IDOK or another',
  CreateWindowEx: 'the handle of the window',
  GetMessage: 'not 0 for a message; 0 for WM_QUIT',
  PeekMessage: 'not 0 when there is a message',
  TranslateMessage: 'not 0 when the message was translated',
  DispatchMessage: 'what the window procedure has returned',
  DefWindowProc: 'the result of the message',
  IsWindow: 'not 0 when there is such a window',
};
