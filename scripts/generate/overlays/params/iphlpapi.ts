// iphlpapi.h, netioapi.h and icmpapi.h.

import type { ParamGroup } from './group.ts';

export const IPHLPAPI: ParamGroup[] = [
  {
    reason: 'a row with its key filled in by the caller, and the rest by the call',
    functions: {
      GetIfEntry: { pIfRow: 'inout' },
      GetIfEntry2: { Row: 'inout' },
      GetIfEntry2Ex: { Row: 'inout' },
      GetIpInterfaceEntry: { Row: 'inout' },
      GetUnicastIpAddressEntry: { Row: 'inout' },
      GetAnycastIpAddressEntry: { Row: 'inout' },
      GetMulticastIpAddressEntry: { Row: 'inout' },
      GetIpForwardEntry2: { Row: 'inout' },
      GetIpPathEntry: { Row: 'inout' },
      GetIpNetEntry2: { Row: 'inout' },
      ResolveIpNetEntry2: { Row: 'inout' },
    },
  },
  {
    reason: 'a row that is changed as a whole, and comes back as the system has it',
    functions: {
      InitializeIpInterfaceEntry: { Row: 'inout' },
      SetIpInterfaceEntry: { Row: 'inout' },
    },
  },
  {
    reason: 'rows and statistics that are only read, though they are not declared const',
    functions: {
      SetIfEntry: { pIfRow: 'in' },
      CreateIpForwardEntry: { pRoute: 'in' },
      SetIpForwardEntry: { pRoute: 'in' },
      DeleteIpForwardEntry: { pRoute: 'in' },
      SetIpStatistics: { pIpStats: 'in' },
      SetIpStatisticsEx: { Statistics: 'in' },
      CreateIpNetEntry: { pArpEntry: 'in' },
      SetIpNetEntry: { pArpEntry: 'in' },
      DeleteIpNetEntry: { pArpEntry: 'in' },
      SetIpNetEntry2: { Row: 'in' },
      SetTcpEntry: { pTcpRow: 'in' },
      IpReleaseAddress: { AdapterInfo: 'in' },
      IpRenewAddress: { AdapterInfo: 'in' },
    },
  },
  {
    reason: 'fills as much as the buffer holds, and says how long it would have to be',
    functions: {
      GetIfTable: { pIfTable: 'out bytesAt pdwSize' },
      GetIpAddrTable: { pIpAddrTable: 'out bytesAt pdwSize' },
      GetIpNetTable: { IpNetTable: 'out bytesAt SizePointer' },
      GetIpForwardTable: { pIpForwardTable: 'out bytesAt pdwSize' },
      GetTcpTable: { TcpTable: 'out bytesAt SizePointer' },
      GetTcpTable2: { TcpTable: 'out bytesAt SizePointer' },
      GetTcp6Table: { TcpTable: 'out bytesAt SizePointer' },
      GetTcp6Table2: { TcpTable: 'out bytesAt SizePointer' },
      GetExtendedTcpTable: { pTcpTable: 'out bytesAt pdwSize' },
      GetUdpTable: { UdpTable: 'out bytesAt SizePointer' },
      GetUdp6Table: { Udp6Table: 'out bytesAt SizePointer' },
      GetExtendedUdpTable: { pUdpTable: 'out bytesAt pdwSize' },
      GetInterfaceInfo: { pIfTable: 'out bytesAt dwOutBufLen' },
      GetUniDirectionalAdapterInfo: { pIPIfInfo: 'out bytesAt dwOutBufLen' },
      GetNetworkParams: { pFixedInfo: 'out bytesAt pOutBufLen' },
      GetAdaptersInfo: { AdapterInfo: 'out bytesAt SizePointer' },
      GetPerAdapterInfo: { pPerAdapterInfo: 'out bytesAt pOutBufLen' },
      GetIpErrorString: { Buffer: 'out countAt Size plus 1' },
    },
  },
  {
    reason: 'the same; the reserved parameter is NULL',
    functions: {
      GetAdaptersAddresses: { Reserved: 'in opaque', AdapterAddresses: 'out bytesAt SizePointer' },
    },
  },
  {
    reason: 'the same, for the module that owns a row',
    functions: {
      GetOwnerModuleFromTcpEntry: { pTcpEntry: 'in', pBuffer: 'out bytesAt pdwSize' },
      GetOwnerModuleFromTcp6Entry: { pTcpEntry: 'in', pBuffer: 'out bytesAt pdwSize' },
      GetOwnerModuleFromUdpEntry: { pUdpEntry: 'in', pBuffer: 'out bytesAt pdwSize' },
      GetOwnerModuleFromUdp6Entry: { pUdpEntry: 'in', pBuffer: 'out bytesAt pdwSize' },
      GetOwnerModuleFromPidAndInfo: { pInfo: 'in', pBuffer: 'out bytesAt pdwSize' },
    },
  },
  {
    reason: 'structures whose versions are told apart by their lengths',
    functions: {
      GetPerTcpConnectionEStats: {
        Row: 'in',
        Rw: 'out bytes RwSize orNull',
        Ros: 'out bytes RosSize orNull',
        Rod: 'out bytes RodSize orNull',
      },
      SetPerTcpConnectionEStats: { Row: 'in', Rw: 'in bytes RwSize' },
      GetPerTcp6ConnectionEStats: {
        Row: 'in',
        Rw: 'out bytes RwSize orNull',
        Ros: 'out bytes RosSize orNull',
        Rod: 'out bytes RodSize orNull',
      },
      SetPerTcp6ConnectionEStats: { Row: 'in', Rw: 'in bytes RwSize' },
    },
  },
  {
    reason: 'nothing says how long the address is; the shortest, of IPv4, has 16 bytes',
    functions: {
      GetBestInterfaceEx: { pDestAddr: 'in minBytes 16' },
      ResolveNeighbor: {
        NetworkAddress: 'in minBytes 16',
        PhysicalAddress: 'out bytesAt PhysicalAddressLength',
      },
    },
  },
  {
    reason: 'a physical address and its length, which the call updates',
    functions: {
      SendARP: { pMacAddr: 'out bytesAt PhyAddrLen' },
    },
  },
  {
    reason: 'text that is read, though it is not declared const',
    functions: {
      GetAdapterIndex: { AdapterName: 'in string', IfIndex: 'inout' },
    },
  },
  {
    reason: 'time stamps are written beside what the caller asks for',
    functions: {
      CaptureInterfaceHardwareCrossTimestamp: { CrossTimestamp: 'inout' },
    },
  },
  {
    reason: "called with the context, which is the caller's own value, until it is unregistered",
    functions: {
      NotifyNetworkConnectivityHintChange: {
        Callback: 'kept',
        CallerContext: 'in opaque kept',
      },
      NotifyIfTimestampConfigChange: { Callback: 'kept', CallerContext: 'in opaque kept' },
      RegisterInterfaceTimestampConfigChange: { Callback: 'kept', CallerContext: 'in opaque kept' },
      NotifyIpInterfaceChange: {
        Callback: 'kept',
        CallerContext: 'in opaque kept',
        NotificationHandle: 'inout',
      },
      NotifyUnicastIpAddressChange: {
        Callback: 'kept',
        CallerContext: 'in opaque kept',
        NotificationHandle: 'inout',
      },
      NotifyStableUnicastIpAddressTable: {
        CallerCallback: 'kept',
        CallerContext: 'in opaque kept',
        NotificationHandle: 'inout',
      },
      NotifyRouteChange2: {
        Callback: 'kept',
        CallerContext: 'in opaque kept',
        NotificationHandle: 'inout',
      },
      NotifyTeredoPortChange: {
        Callback: 'kept',
        CallerContext: 'in opaque kept',
        NotificationHandle: 'inout',
      },
    },
  },
  {
    reason: 'the interface is read, or NULL',
    functions: {
      GetBestRoute2: { InterfaceLuid: 'in' },
    },
  },
  {
    reason: 'frees memory that the system allocated',
    functions: {
      FreeMibTable: { Memory: 'in opaque systemOwned' },
    },
  },
  {
    reason: 'lists of addresses that are only read',
    functions: {
      CreateSortedAddressPairs: {
        SourceAddressList: 'in count SourceAddressCount',
        DestinationAddressList: 'in count DestinationAddressCount',
      },
    },
  },
  {
    reason: 'text with its length in characters',
    functions: {
      ConvertInterfaceLuidToName: { InterfaceName: 'out count Length' },
      ConvertInterfaceLuidToAlias: { InterfaceAlias: 'out count Length' },
      GetNetworkInformation: { NetworkName: 'out count Length' },
    },
  },
  {
    reason: 'IF_NAMESIZE characters: nothing in the call says so',
    functions: {
      if_indextoname: { InterfaceName: 'out minBytes 256' },
    },
  },
  {
    reason: 'the request is read and the replies are written before it returns',
    functions: {
      IcmpSendEcho: {
        RequestData: 'in bytes RequestSize',
        RequestOptions: 'in',
        ReplyBuffer: 'out bytes ReplySize',
      },
    },
  },
  {
    reason: 'what an asynchronous request has left is put in order',
    functions: {
      IcmpParseReplies: { ReplyBuffer: 'inout bytes ReplySize' },
      Icmp6ParseReplies: { ReplyBuffer: 'inout bytes ReplySize' },
    },
  },
  {
    reason: 'the replies are written, and the routine is called with the context, when they come',
    functions: {
      IcmpSendEcho2: {
        ApcRoutine: 'kept',
        ApcContext: 'in opaque kept',
        RequestData: 'in bytes RequestSize',
        RequestOptions: 'in',
        ReplyBuffer: 'out bytes ReplySize kept',
      },
      IcmpSendEcho2Ex: {
        ApcRoutine: 'kept',
        ApcContext: 'in opaque kept',
        RequestData: 'in bytes RequestSize',
        RequestOptions: 'in',
        ReplyBuffer: 'out bytes ReplySize kept',
      },
      Icmp6SendEcho2: {
        ApcRoutine: 'kept',
        ApcContext: 'in opaque kept',
        SourceAddress: 'in',
        DestinationAddress: 'in',
        RequestData: 'in bytes RequestSize',
        RequestOptions: 'in',
        ReplyBuffer: 'out bytes ReplySize kept',
      },
    },
  },
  {
    reason:
      'the version says which record it is, with the size that it has on x64; its texts are freed by the Free function',
    functions: {
      GetDnsSettings: { Settings: 'inout bytesBy Settings.Version:1=40:2=48' },
      SetDnsSettings: { Settings: 'in bytesBy Settings.Version:1=40:2=48' },
      GetInterfaceDnsSettings: {
        Settings: 'inout bytesBy Settings.Version:1=64:2=80:3=112:4=120',
      },
      SetInterfaceDnsSettings: {
        Settings: 'in bytesBy Settings.Version:1=64:2=80:3=112:4=120',
      },
      FreeDnsSettings: { Settings: 'inout' },
      FreeInterfaceDnsSettings: { Settings: 'inout' },
    },
  },
  {
    reason: 'the capabilities hold a version that is read',
    functions: {
      GetInterfaceCurrentTimestampCapabilities: { TimestampCapabilites: 'inout' },
      GetInterfaceHardwareTimestampCapabilities: { TimestampCapabilites: 'inout' },
    },
  },
];
