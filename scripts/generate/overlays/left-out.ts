// Names of the headers that the package does not export, and why. A pattern stands for all names it
// matches. What is neither exported nor here is what the coverage table calls missing.

export const LEFT_OUT_MACROS: { names: RegExp; reason: string }[] = [
  {
    names: /^_|_$|^(?:IP_EXPORT_INCLUDED|ExternC|ANY_SIZE)$/,
    reason: 'internal to the headers',
  },
  {
    names:
      /^(?:WSAAPI|WSPAPI|WINSOCK_API_LINKAGE|WS2TCPIP_INLINE|WS2IPDEF_ASSERT|MSTCPIP_INLINE|MSWSOCKDEF_INLINE|WS2DEF_INLINE|NETIOAPI_API_?|IPHLPAPI_DLL_LINKAGE)$/,
    reason: 'tells the C compiler how to declare functions',
  },
  {
    names: /^(?:s_(?:addr|host|net|imp|impno|lh)|s6_\w+|_S6_\w+|h_addr|tc[A-Z]\w+)$/,
    reason: 'a member macro: an accessor of the structure',
  },
  { names: /^h_errno$/, reason: 'a call in disguise: WSAGetLastError()' },
  { names: /^sockaddr_size$/, reason: 'a table that an inline function of the header uses' },
  { names: /^ASSERT$/, reason: 'a debugging aid of the C headers' },
  {
    names: /^INDETERMINATE_LATENCY$/,
    reason: 'no value: the text ends in a semicolon in every set of headers',
  },
  { names: /^MAKE_ROUTE_PROTOCOL$/, reason: 'pastes the names of enumerators together' },
  { names: /^(?:DEFINE_MIB_BUFFER|CAST_MIB_INFO)$/, reason: 'declares variables of a C function' },
  { names: /^MSC_SET_BREAK_LENGTH$/, reason: 'not valid C in the header' },
  { names: /^MSC_EA_BIT$/, reason: 'refers to a name that no header defines' },
  {
    names: /^(?:FIELD_OFFSET|SIZEOF_\w+|BIT)$/,
    reason: 'arithmetic on C types; sizeof and offsetof do it here',
  },
];

/** Documented, but nothing that a header declares. */
export const ABSENT: { names: string; reason: string }[] = [
  { names: 'GUARANTEE', reason: 'documented as no longer used; in no header' },
  { names: 'SIOCGIFCONF', reason: 'named on a page about Unix; in no header' },
  {
    names: 'SIO_QUERY_PNP_TARGET_HANDLE',
    reason: 'named on a page; headers have SIO_QUERY_TARGET_PNP_HANDLE',
  },
  {
    names:
      'IPX_CHECKSUM IPX_TXPKTSIZE IPX_RXPKTSIZE IPX_TXMEDIASIZE IPX_RXMEDIASIZE IPX_PRIMARY SPX_CHECKSUM SPX_TXPKTSIZE SPX_RXPKTSIZE SPX_TXMEDIASIZE SPX_RXMEDIASIZE SPX_RAWSPX',
    reason: 'rows about NetWare without a value; in no header',
  },
  {
    names: 'WSAGetUnicastReceiveSharing WSASetUnicastReceiveSharing',
    reason: 'only on a page of the reference; in no header',
  },
];

/** Names of the Windows SDK that no header here declares, by topic, and why. */
export const NOT_TAKEN: { names: string; reason: string }[] = [
  {
    names:
      'netiodef.h: ND_* MLD_* IGMP* ICMPV4_ROUTER_* IPV4_OPTION_* IPV6_OPTION_* IPV6_ROUTING_HEADER DL_* SNAP_HEADER VLAN_TAG TCP_OPT_SACK TCP_OPT_FASTOPEN',
    reason: 'parts of packets that raw sockets seldom show; the headers themselves are there',
  },
  {
    names: 'netioapi.h: *FlVirtualInterface*',
    reason: 'documented nowhere',
  },
  {
    names: 'bthdef.h: all but the identifiers of services and protocols',
    reason: 'of the Bluetooth driver and its control functions, not of sockets',
  },
  { names: 'fltdefs.h: Pf*', reason: 'deprecated packet filters' },
  {
    names: 'tcpmib.h, ipmib.h, udpmib.h, ifdef.h: *_LH *_XP *_W2K NIIF_* NET_IF_OPER_STATUS_*',
    reason: 'other names of records and values that are there',
  },
  {
    names: 'wbcl.h, WHV*, HDV*, lpmapi.h',
    reason: 'of the hypervisor and of local policy, not of sockets',
  },
  { names: 'SIO_SOCKET_CLOSE_NOTIFY', reason: 'of Windows XP and Server 2003 only' },
];

/** Functions of which Microsoft's pages name no first Windows, and why. */
export const NO_MINIMUM: { names: string; reason: string }[] = [
  {
    names:
      'GetCurrentThreadCompartmentId SetCurrentThreadCompartmentId GetSessionCompartmentId SetSessionCompartmentId GetNetworkInformation SetNetworkInformation',
    reason: 'the page says "reserved", and nothing else',
  },
  {
    names: 'WSAIsBlocking WSASetBlockingHook WSAUnhookBlockingHook WSACancelBlockingCall',
    reason: 'of Windows Sockets 1.1; the page says that they are removed',
  },
  { names: 'GetUniDirectionalAdapterInfo', reason: 'the page leaves it empty' },
  { names: 'GetOwnerModuleFromPidAndInfo', reason: 'no page is published' },
];
