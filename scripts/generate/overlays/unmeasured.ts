// Pointers and counts that nothing measures, and why; `*` stands for any characters of a name, `?` for one. Parameters
// that params/ calls opaque have their reason there.

export const UNMEASURED: { names: string; reason: string }[] = [
  {
    names: `CreateFileMapping*.dwMaximumSize* CreateIoCompletionPort.NumberOfConcurrentThreads
      CreateMailslot*.nMaxMessageSize CreateNamedPipeW.n*BufferSize CreateSemaphore*.l*Count
      ReleaseSemaphore.lReleaseCount HeapAlloc.dwBytes LocalAlloc.uBytes GlobalAlloc.dwBytes
      VirtualAlloc.dwSize
      VirtualFree.dwSize MapViewOfFile.dwNumberOfBytesToMap
      PostQueuedCompletionStatus.dwNumberOfBytesTransferred`,
    reason: 'a number for the system, which has or makes the memory itself',
  },
  {
    names:
      '*PersistentTcpPortReservation.NumberOfPorts *PersistentUdpPortReservation.NumberOfPorts',
    reason: 'counts port numbers',
  },
  {
    names: 'TransmitFile.nNumberOfBytes*',
    reason: 'counts bytes of the file',
  },
  {
    names: 'ConvertLengthToIpv4Mask.MaskLength *.*PrefixLength',
    reason: 'counts the bits of an address',
  },
  {
    names: 'ConvertIpv4MaskToLength.MaskLength',
    reason: 'the address of one byte, which every memory has',
  },
  {
    names: 'WSAAsyncGetProtoByNumber.number getprotobynumber.number',
    reason: 'the number of a protocol',
  },
  {
    names: `NSP_ROUTINE.cbSize NSPV2_ROUTINE.cbSize SECURITY_ATTRIBUTES.nLength WNDCLASSEX?.cbSize
      WSAQUERYSET?.dwSize OSVERSIONINFO?.dwOSVersionInfoSize`,
    reason: 'the size of the record itself, which the system compares',
  },
  {
    names: 'SECURITY_ATTRIBUTES.lpSecurityDescriptor',
    reason: 'a descriptor holds its own lengths and offsets; the system makes it',
  },
  {
    names: 'CONSOLE_CURSOR_INFO.dwSize OSVERSIONINFO?.dwBuildNumber',
    reason: 'the size of the cursor, and the number of a build of Windows',
  },
  {
    names: 'FLOWSPEC.*Size WSAPROTOCOL_INFO?.dwMessageSize',
    reason: 'says how large packets and messages may be, not how large memory is',
  },
  {
    names: 'QOS_OBJECT_HDR.ObjectLength',
    reason: 'an object of a list, whose length as a whole is measured',
  },
  {
    names: `MIB_IFROW.dw*Len MIB_IF_ROW2.OutQLen MIB_IF*_ROW2.PhysicalAddressLength
      MIB_IPNET*.*Phys*Len* MIB_IPINTERFACE_ROW.MaxReassemblySize MIB_IPSTATS.dwNum*`,
    reason: 'a count of a row: the array is as large as it can be, or the number is a statistic',
  },
  {
    names: 'WSAPROTOCOLCHAIN.ChainLen',
    reason: 'the array in the record has room for the longest chain that there is',
  },
  {
    names: 'OVERLAPPED.Pointer SOCK_NOTIFY_REGISTRATION.completionKey',
    reason: 'a value that is only handed back, or the offset in a file',
  },
  {
    names: 'STARTUPINFO?.dw?CountChars STARTUPINFO?.dw?Size STARTUPINFO?.lpReserved2',
    reason: 'the size of a window, and what has to be NULL',
  },
  {
    names: 'RTL_CRITICAL_SECTION.*Count RTL_CRITICAL_SECTION_DEBUG.*Count',
    reason: "a counter of the system's own",
  },
];
