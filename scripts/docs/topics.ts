// The topics of the reference. A function belongs to the first topic that has its name.

export interface Topic {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** Names, with `*` for any characters; `header:` before a name narrows it. */
  readonly names: string;
}

export const TOPICS: readonly Topic[] = [
  {
    id: 'startup-and-errors',
    title: 'Start-up and errors',
    text: 'Before the first call and after a failed one.',
    names: `WSAStartup WSACleanup WSAGetLastError WSASetLastError GetLastError SetLastError
      FormatMessage* RtlNtStatusToDosError gai_strerror*`,
  },
  {
    id: 'registered-io',
    title: 'Registered I/O',
    text: 'Buffers that are registered once, and queues in memory instead of calls.',
    names: 'RIO*',
  },
  {
    id: 'winsock-1',
    title: 'Windows Sockets 1.1',
    text: 'Window messages, blocking hooks, and the lookups that answer by message.',
    names: `WSAAsync* WSACancelAsyncRequest WSAIsBlocking WSAUnhookBlockingHook WSASetBlockingHook
      WSACancelBlockingCall WSAMAKE* WSAGETASYNC* WSAGETSELECT*`,
  },
  {
    id: 'multicast',
    title: 'Multicast',
    text: 'Groups and the sources that are let through.',
    names: '*sourcefilter IP_MSFILTER_SIZE GROUP_FILTER_SIZE WSAJoinLeaf',
  },
  {
    id: 'quality-of-service',
    title: 'Quality of service',
    text: 'qWAVE flows, traffic control, flow specifications.',
    names: `qos2:* traffic:* qossp:* qospol:* qosobjs:* WSAGetQOSByName QOS_* RSVP_*
      SetSocketMediaStreamingMode`,
  },
  {
    id: 'service-providers',
    title: 'Service providers',
    text: 'Transport and name space providers: the catalog, and what providers themselves call.',
    names: `ws2spi:* sporder:* WSAEnumProtocols* WSAProviderConfigChange WSANSPIoctl
      WSAEnumNameSpaceProviders*`,
  },
  {
    id: 'byte-order',
    title: 'Byte order and words',
    text: 'Numbers in the order of the network and of the host, put together and taken apart.',
    names: 'hton* ntoh* WSAHton* WSANtoh* _WS2_32_* MAKEWORD MAKELONG LOWORD HIWORD LOBYTE HIBYTE',
  },
  {
    id: 'secure-sockets',
    title: 'Secure sockets',
    text: 'IPsec for a socket, and whom its peer is.',
    names: `WSASetSocketSecurity WSAQuerySocketSecurity WSASetSocketPeerTargetName
      WSADeleteSocketPeerTargetName WSAImpersonateSocketPeer WSARevertImpersonation`,
  },
  {
    id: 'send-and-receive',
    title: 'Send and receive',
    text: 'Data, datagrams, files, and the control data that goes with messages.',
    names: `send sendto recv recvfrom WSASend* WSARecv* TransmitFile TransmitPackets
      WSA_CMSG* CMSG* WSAGetUdp* WSASetUdp*`,
  },
  {
    id: 'waiting',
    title: 'Waiting for sockets',
    text: 'select, poll, network events and notifications.',
    names: `select __WSAFDIsSet FD_* timer* WSAPoll WSAEventSelect WSAEnumNetworkEvents
      WSACreateEvent WSACloseEvent WSASetEvent WSAResetEvent WSAWaitForMultipleEvents
      ProcessSocketNotifications SocketNotification*`,
  },
  {
    id: 'overlapped',
    title: 'Overlapped operations and completion ports',
    text: 'Operations that go on in the background, their results, and how to end them.',
    names: `WSAGetOverlappedResult GetOverlappedResult* CreateIoCompletionPort
      *QueuedCompletionStatus* CancelIo* CancelSynchronousIo SetFileCompletionNotificationModes
      QueueUserAPC`,
  },
  {
    id: 'sockets',
    title: 'Sockets and connections',
    text: 'Made, bound, connected, accepted, set up and closed.',
    names: `socket WSASocket* bind connect WSAConnect* ConnectEx DisconnectEx listen accept
      WSAAccept AcceptEx GetAcceptExSockaddrs closesocket shutdown getpeername getsockname
      getsockopt setsockopt ioctlsocket WSAIoctl WSADuplicateSocket* _IO* _WSAIO* SOMAXCONN_HINT
      WSAGetIPUserMtu WSASetIPUserMtu WSAGetRecvIPEcn WSASetRecvIPEcn WSA?etFailConnect*
      WSA?etReceivedProcessorOption WSAGetIcmpErrorInfo idealsendbacklog*`,
  },
  {
    id: 'names-and-services',
    title: 'Names and services',
    text: 'Host names, services and protocols; name spaces and service classes.',
    names: `*etAddrInfo* getaddrinfo freeaddrinfo FreeAddrInfo* getnameinfo GetNameInfoW
      gethost* GetHostNameW getserv* getproto* WSALookupService* WSASetService*
      WSAInstallServiceClass* WSARemoveServiceClass WSAGetServiceClass* nspapi:* *SVCID* h_addr stringList aliasesOf
      addressList lookup* nameSpaceProviders`,
  },
  {
    id: 'icmp',
    title: 'ICMP echo',
    text: 'Ping without raw sockets.',
    names: 'icmpapi:* echoRepl*',
  },
  {
    id: 'addresses',
    title: 'Addresses and their text',
    text: 'Address structures tested, compared, filled in, written and read.',
    names: `inet_* InetNtop* InetPton* WSAAddressToString* WSAStringToAddress* Rtl*Address*
      IN_CLASS* IN_MULTICAST IN4* IN6* INET* NL_* SS_PORT SET_NETBIOS_SOCKADDR ISO_SET_TP_ADDR
      Ipv4* Ipv6* ScopeLevel sockaddrType addressToString stringToAddress addressText BIT MSC_* GET_NAP GET_SAP SET_NAP* SET_SAP`,
  },
  {
    id: 'tcp-udp-tables',
    title: 'TCP and UDP tables',
    text: 'Connections and listening sockets of the system, with their processes.',
    names: `*TcpTable* *Tcp6Table* *UdpTable* *Udp6Table* GetOwnerModule* *ConnectionEStats
      SetTcpEntry *PortReservation tcpTable udpTable SIZEOF_TCP* SIZEOF_UDP*`,
  },
  {
    id: 'ip-statistics',
    title: 'Statistics and settings of IP',
    text: 'Counters of the protocols, and settings of the whole system.',
    names: `*Statistics* SetIpTTL GetNetworkParams networkParams *NetworkInformation *RTTAndHopCount
      GetIpErrorString MIB_INFO_SIZE* SIZEOF_MIB*`,
  },
  {
    id: 'routes',
    title: 'Routes and neighbours',
    text: 'Where packets go, and who is on the link.',
    names: `*IpForward* *BestRoute* *BestInterface* *IpNet* *ProxyArp* SendARP ResolveNeighbor
      *IpPath* NotifyRouteChange* EnableRouter UnenableRouter CreateSortedAddressPairs
      NhpAllocate* MAKE_ROUTE_PROTOCOL *Teredo* ipForwardTable* ipNetTable* ipPathTable onRouteChange`,
  },
  {
    id: 'interfaces',
    title: 'Interfaces and their addresses',
    text: 'Adapters, interfaces, the addresses on them, and what changes.',
    names: 'iphlpapi:* netioapi:* SIZEOF_* NETIO_SUCCESS',
  },
  {
    id: 'windows',
    title: 'Of Windows itself',
    text: 'Events, waits, threads, files, libraries, memory and message windows.',
    names: 'kernel:*',
  },
];

/** All topics in the order in which one learns them: `TOPICS` has the order in which names are looked for. */
export const TOPICS_IN_READING_ORDER: readonly Topic[] =
  `startup-and-errors sockets send-and-receive waiting overlapped registered-io byte-order addresses
  names-and-services multicast quality-of-service secure-sockets winsock-1 service-providers interfaces
  routes tcp-udp-tables ip-statistics icmp windows`
    .split(/\s+/)
    .map((id) => TOPICS.find((topic) => topic.id === id)!);

interface Named {
  readonly name: string;
  readonly header?: string | undefined;
}

const RULES = TOPICS.map((topic) => ({
  topic,
  rules: topic.names
    .trim()
    .split(/\s+/)
    .map((rule) => {
      const [, header, pattern = ''] = /^(?:(\w+):)?(.*)$/.exec(rule) ?? [];
      return {
        header,
        name: new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`),
      };
    }),
}));

export function topicOf({ name, header }: Named): Topic | undefined {
  return RULES.find(({ rules }) =>
    rules.some((rule) => (!rule.header || rule.header === header) && rule.name.test(name)),
  )?.topic;
}
