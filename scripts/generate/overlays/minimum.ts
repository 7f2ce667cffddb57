// The first Windows with a function, as the documentation and the public metadata say it for desktop
// programs. The pages of most old functions name Windows Vista, the oldest version that they still cover.

export const MINIMUM: Record<string, string> = {
  'Windows 2000': `
    CloseHandle DuplicateHandle GetHandleInformation SetHandleInformation QueryPerformanceCounter
    QueryPerformanceFrequency GetSystemTimeAsFileTime GetSystemInfo GetTickCount GetComputerNameExW
    RegisterWindowMessageW GetMessageA GetMessageW TranslateMessage DispatchMessageA
    DispatchMessageW PeekMessageA PeekMessageW PostMessageA PostMessageW PostThreadMessageW
    DefWindowProcA DefWindowProcW PostQuitMessage UnregisterClassA UnregisterClassW RegisterClassExA
    RegisterClassExW CreateWindowExA CreateWindowExW IsWindow DestroyWindow MultiByteToWideChar
    WideCharToMultiByte GetACP GetOEMCP WSAAsyncGetServByName WSAAsyncGetServByPort
    WSAAsyncGetProtoByName WSAAsyncGetProtoByNumber WSAAsyncGetHostByName WSAAsyncGetHostByAddr
    WSACancelAsyncRequest WSAAsyncSelect WSAGetQOSByName WSARecvDisconnect WSASendDisconnect
    WSAInstallServiceClassA WSAInstallServiceClassW WSARemoveServiceClass WSAGetServiceClassInfoA
    WSAGetServiceClassInfoW WSAGetServiceClassNameByClassIdA WSAGetServiceClassNameByClassIdW
    WSARecvEx WSCEnumProtocols WSCDeinstallProvider WSCInstallProvider WSCGetProviderPath
    WPUCompleteOverlappedRequest WSCInstallNameSpace WSCUnInstallNameSpace WSCEnableNSProvider
    WSCWriteProviderOrder WSCWriteNameSpaceOrder EnumProtocolsA EnumProtocolsW GetAddressByNameA
    GetAddressByNameW GetTypeByNameA GetTypeByNameW GetNameByTypeA GetNameByTypeW SetServiceA
    SetServiceW GetServiceA GetServiceW TcRegisterClient TcEnumerateInterfaces TcOpenInterfaceA
    TcOpenInterfaceW TcCloseInterface TcQueryInterface TcSetInterface TcQueryFlowA TcQueryFlowW
    TcSetFlowA TcSetFlowW TcAddFlow TcGetFlowNameA TcGetFlowNameW TcModifyFlow TcAddFilter
    TcDeregisterClient TcDeleteFlow TcDeleteFilter TcEnumerateFlows GetNumberOfInterfaces GetIfEntry
    GetIfTable GetIpAddrTable GetIpNetTable GetIpForwardTable GetTcpTable GetUdpTable
    GetIpStatistics GetIcmpStatistics GetTcpStatistics GetUdpStatistics SetIfEntry
    CreateIpForwardEntry SetIpForwardEntry DeleteIpForwardEntry SetIpStatistics SetIpTTL
    CreateIpNetEntry SetIpNetEntry DeleteIpNetEntry FlushIpNetTable CreateProxyArpEntry
    DeleteProxyArpEntry SetTcpEntry GetInterfaceInfo GetBestInterface GetBestRoute NotifyAddrChange
    NotifyRouteChange GetAdapterIndex AddIPAddress DeleteIPAddress GetNetworkParams GetAdaptersInfo
    GetPerAdapterInfo IpReleaseAddress IpRenewAddress SendARP GetRTTAndHopCount GetFriendlyIfIndex
    EnableRouter UnenableRouter IcmpCreateFile IcmpCloseHandle IcmpSendEcho IcmpSendEcho2
    IcmpParseReplies
  `,
  'Windows XP': `
    GetLastError SetLastError CreateFileA CreateFileW GetFileSizeEx ReadFileEx WriteFileEx
    DeleteFileA DeleteFileW FlushFileBuffers ReadFile WriteFile GetTempPathW GetOverlappedResult
    CreateIoCompletionPort GetQueuedCompletionStatus PostQueuedCompletionStatus CancelIo
    LoadLibraryA LoadLibraryW FreeLibrary GetProcAddress GetModuleHandleA GetModuleHandleW
    QueueUserAPC OpenThread GetCurrentProcess GetCurrentProcessId GetCurrentThread
    GetCurrentThreadId SetEvent ResetEvent WaitForSingleObjectEx WaitForMultipleObjectsEx
    WaitForSingleObject SleepEx CreateEventA CreateEventW SetWaitableTimer CancelWaitableTimer Sleep
    GetNativeSystemInfo UnregisterWaitEx WaitForMultipleObjects FormatMessageA FormatMessageW
    CreateWaitableTimerW RegisterWaitForSingleObject MsgWaitForMultipleObjects
    MsgWaitForMultipleObjectsEx WSCUpdateProvider WSCInstallProvider64_32 GetIpStatisticsEx
    GetIcmpStatisticsEx GetTcpStatisticsEx GetUdpStatisticsEx
    NhpAllocateAndGetInterfaceInfoFromStack GetBestInterfaceEx CancelIPChangeNotify
    GetAdapterOrderMap GetAdaptersAddresses DisableMediaSense RestoreMediaSense GetIpErrorString
    ResolveNeighbor Icmp6CreateFile Icmp6SendEcho2 Icmp6ParseReplies
  `,
  'Windows Vista': `
    GetQueuedCompletionStatusEx CancelIoEx CancelSynchronousIo CreateWaitableTimerExW GetTickCount64
    SetFileCompletionNotificationModes connect RtlIpv6AddressToStringA RtlIpv6AddressToStringW
    RtlIpv6AddressToStringExW RtlIpv4AddressToStringA RtlIpv4AddressToStringW
    RtlIpv4AddressToStringExW RtlIpv4StringToAddressA RtlIpv4StringToAddressW
    RtlIpv4StringToAddressExW RtlIpv6StringToAddressExW GetAddrInfoExA GetAddrInfoExW
    WSAImpersonateSocketPeer WSAQuerySocketSecurity WSARevertImpersonation
    WSASetSocketPeerTargetName WSASetSocketSecurity WSCEnumProtocols32 WSCDeinstallProvider32
    WSCGetProviderPath32 WSCUpdateProvider32 WSCEnumNameSpaceProviders32 WSCInstallNameSpace32
    WSCUnInstallNameSpace32 WSCEnableNSProvider32 WSAAdvertiseProvider WSAProviderCompleteAsyncCall
    WSAUnadvertiseProvider WSCGetApplicationCategory WSCGetProviderInfo WSCSetApplicationCategory
    WSCSetProviderInfo WSCInstallNameSpaceEx WSCEnumNameSpaceProvidersEx32 WSCGetProviderInfo32
    WSCInstallNameSpaceEx32 WSCInstallProviderAndChains64_32 WSCSetProviderInfo32
    WSCWriteProviderOrder32 WSCWriteNameSpaceOrder32 QOSAddSocketToFlow QOSCancel QOSCloseHandle
    QOSCreateHandle QOSEnumerateFlows QOSNotifyFlow QOSQueryFlow QOSRemoveSocketFromFlow QOSSetFlow
    QOSStartTrackingClient QOSStopTrackingClient GetExtendedTcpTable GetOwnerModuleFromTcpEntry
    GetExtendedUdpTable GetOwnerModuleFromUdpEntry GetTcpTable2 GetTcp6Table GetTcp6Table2
    GetPerTcpConnectionEStats SetPerTcpConnectionEStats GetPerTcp6ConnectionEStats
    SetPerTcp6ConnectionEStats GetUdp6Table GetOwnerModuleFromTcp6Entry GetOwnerModuleFromUdp6Entry
    SetIpStatisticsEx CreatePersistentTcpPortReservation CreatePersistentUdpPortReservation
    DeletePersistentTcpPortReservation DeletePersistentUdpPortReservation
    LookupPersistentTcpPortReservation LookupPersistentUdpPortReservation GetIfEntry2 GetIfTable2
    GetIfTable2Ex GetIfStackTable GetInvertedIfStackTable GetIpInterfaceEntry GetIpInterfaceTable
    InitializeIpInterfaceEntry NotifyIpInterfaceChange SetIpInterfaceEntry
    CreateUnicastIpAddressEntry DeleteUnicastIpAddressEntry GetUnicastIpAddressEntry
    GetUnicastIpAddressTable InitializeUnicastIpAddressEntry NotifyUnicastIpAddressChange
    CreateAnycastIpAddressEntry DeleteAnycastIpAddressEntry GetAnycastIpAddressEntry
    GetAnycastIpAddressTable NotifyStableUnicastIpAddressTable SetUnicastIpAddressEntry
    GetMulticastIpAddressEntry GetMulticastIpAddressTable CreateIpForwardEntry2
    DeleteIpForwardEntry2 GetBestRoute2 GetIpForwardEntry2 GetIpForwardTable2
    InitializeIpForwardEntry NotifyRouteChange2 SetIpForwardEntry2 FlushIpPathTable GetIpPathEntry
    GetIpPathTable CreateIpNetEntry2 DeleteIpNetEntry2 FlushIpNetTable2 GetIpNetEntry2
    GetIpNetTable2 ResolveIpNetEntry2 SetIpNetEntry2 NotifyTeredoPortChange GetTeredoPort
    CancelMibChangeNotify2 FreeMibTable CreateSortedAddressPairs ConvertInterfaceNameToLuidA
    ConvertInterfaceNameToLuidW ConvertInterfaceLuidToNameA ConvertInterfaceLuidToNameW
    ConvertInterfaceLuidToIndex ConvertInterfaceIndexToLuid ConvertInterfaceLuidToAlias
    ConvertInterfaceAliasToLuid ConvertInterfaceLuidToGuid ConvertInterfaceGuidToLuid if_nametoindex
    if_indextoname ConvertLengthToIpv4Mask ConvertIpv4MaskToLength IcmpSendEcho2Ex
    WSADeleteSocketPeerTargetName RtlIpv6StringToAddressA RtlIpv6StringToAddressW
    __WSAFDIsSet accept bind closesocket ioctlsocket getpeername getsockname getsockopt htonl htons
    inet_addr inet_ntoa listen ntohl ntohs recv recvfrom select send sendto setsockopt shutdown
    socket gethostbyaddr gethostbyname gethostname getservbyport getservbyname getprotobynumber
    getprotobyname WSAStartup WSACleanup WSASetLastError WSAGetLastError WSAAccept WSACloseEvent
    WSAConnect WSACreateEvent WSADuplicateSocketA WSADuplicateSocketW WSAEnumNetworkEvents
    WSAEnumProtocolsA WSAEnumProtocolsW WSAEventSelect WSAGetOverlappedResult WSAHtonl WSAHtons
    WSAIoctl WSAJoinLeaf WSANtohl WSANtohs WSARecv WSARecvFrom WSAResetEvent WSASend WSASendTo
    WSASetEvent WSASocketA WSASocketW WSAWaitForMultipleEvents WSAAddressToStringA
    WSAAddressToStringW WSAStringToAddressA WSAStringToAddressW WSALookupServiceBeginA
    WSALookupServiceBeginW WSALookupServiceNextA WSALookupServiceNextW WSANSPIoctl
    WSALookupServiceEnd WSAEnumNameSpaceProvidersA WSAEnumNameSpaceProvidersW WSASetServiceA
    WSASetServiceW WSAProviderConfigChange WSAConnectByList WSAConnectByNameA WSAConnectByNameW
    WSAEnumNameSpaceProvidersExA WSAEnumNameSpaceProvidersExW WSAPoll WSASendMsg getaddrinfo
    GetAddrInfoW freeaddrinfo FreeAddrInfoW getnameinfo GetNameInfoW SetAddrInfoExA SetAddrInfoExW
    FreeAddrInfoExW InetNtopW inet_ntop InetPtonW inet_pton TransmitFile AcceptEx
    GetAcceptExSockaddrs
  `,
  'Windows 7': `
    SetWaitableTimerEx RtlEthernetAddressToStringA RtlEthernetAddressToStringW
    RtlEthernetStringToAddressA RtlEthernetStringToAddressW
  `,
  'Windows 8': `
    GetOverlappedResultEx GetSystemTimePreciseAsFileTime GetIpNetworkConnectionBandwidthEstimates
    SetSocketMediaStreamingMode GetHostNameW GetAddrInfoExCancel GetAddrInfoExOverlappedResult
  `,
  'Windows 10, version 1709': `
    GetTcpStatisticsEx2 GetUdpStatisticsEx2
  `,
  'Windows 10, version 21H2': `
    ProcessSocketNotifications
  `,
  'Windows 11': `
    GetInterfaceActiveTimestampCapabilities GetInterfaceSupportedTimestampCapabilities
    CaptureInterfaceHardwareCrossTimestamp RegisterInterfaceTimestampConfigChange
    UnregisterInterfaceTimestampConfigChange
  `,
};
