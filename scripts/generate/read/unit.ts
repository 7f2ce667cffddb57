// The translation unit: which headers are read, in which order, and which module publishes what a
// header declares. Order and macros matter; each line that is not alphabetical says why.

import { words } from '../model/lists.ts';

/** Macros for every compiler run. */
export const DEFINES = [
  '_WIN32_WINNT=0x0A00',
  'NTDDI_VERSION=0x0A0000FF',
  // Unsuffixed names (WSASocket, WSAPROTOCOL_INFO) mean the W variant.
  'UNICODE',
  '_UNICODE',
  // GUID objects get their initializers.
  'INITGUID',
  // Declares the LPFN_* types.
  'INCL_WINSOCK_API_TYPEDEFS=1',
  // mingw tests it but never defines it; without it ProcessSocketNotifications vanishes silently.
  'INCL_WINSOCK_API_PROTOTYPES=1',
  // mingw's `static FORCEINLINE` would be `static extern`, an error.
  'FORCEINLINE=__inline',
  // Gives the ICMP functions the type of their completion routine; mingw tests it but never defines it.
  'PIO_APC_ROUTINE_DEFINED=1',
  // The compiler's intrinsics are half of the syntax tree and nothing here uses them.
  '__X86INTRIN_H',
  '__IMMINTRIN_H',
  '__EMMINTRIN_H',
];

const INCLUDES = [
  'winsock2.h',
  'ws2def.h',
  'ws2ipdef.h',
  // Before ws2tcpip.h, which declares the secure socket functions only if mstcpip.h came first.
  'mstcpip.h',
  'ws2tcpip.h',
  'afunix.h',
  'mswsock.h',
  'ws2spi.h',
  'sporder.h',
  'nspapi.h',
  'svcguid.h',
  'nsemail.h',
  'nldef.h',
  'qos.h',
  'qossp.h',
  'qos2.h',
  'qospol.h',
  'qosname.h',
  'traffic.h',
  'tcguid.h',
  'tcerror.h',
  'ws2bth.h',
  'bthdef.h',
  'ws2atm.h',
  'af_irda.h',
  'atalkwsh.h',
  'wsipx.h',
  'wsnwlink.h',
  'wsnetbs.h',
  'wsvns.h',
  'wsrm.h',
  'wshisotp.h',
  'hvsocket.h',
  'iphlpapi.h',
  'iptypes.h',
  'ipexport.h',
  'netioapi.h',
  'ipmib.h',
  'tcpmib.h',
  'udpmib.h',
  'iprtrmib.h',
  'icmpapi.h',
];

/** Modules for names that mingw-w64 has in a header the Windows SDK does not have. */
export const FILE_TO_MODULE: Record<string, string> = {
  _bsd_types: 'winsock2',
  _fd_types: 'winsock2',
  _ip_mreq1: 'ws2ipdef',
  _ip_types: 'ws2def',
  _socket_types: 'winsock2',
  _wsa_errnos: 'winsock2',
  _wsadata: 'winsock2',
  _xmitfile: 'mswsock',
  _timeval: 'winsock2',
};

export interface HeaderModule {
  /** The module's name, which is the header's name in the Windows SDK. */
  name: string;
  /** The DLL that exports the header's functions, unless an overlay says otherwise. */
  dll: string;
  title: string;
}

/** Every published header; a module per line, in the order of the coverage table. */
export const MODULES: HeaderModule[] = [
  { name: 'winsock2', dll: 'ws2_32', title: 'Windows Sockets 2' },
  {
    name: 'ws2def',
    dll: 'ws2_32',
    title: 'Core definitions: families, levels, options, addresses',
  },
  { name: 'ws2ipdef', dll: 'ws2_32', title: 'TCP/IP definitions: addresses and options' },
  { name: 'inaddr', dll: 'ws2_32', title: 'IPv4 addresses' },
  { name: 'in6addr', dll: 'ws2_32', title: 'IPv6 addresses' },
  { name: 'ws2tcpip', dll: 'ws2_32', title: 'TCP/IP extensions and name resolution' },
  { name: 'afunix', dll: 'ws2_32', title: 'Unix domain sockets' },
  { name: 'mswsock', dll: 'mswsock', title: 'Microsoft extensions' },
  { name: 'mswsockdef', dll: 'mswsock', title: 'Definitions of the Microsoft extensions' },
  { name: 'mstcpip', dll: 'ntdll', title: 'TCP/IP control codes and address strings' },
  { name: 'netiodef', dll: '', title: 'Headers of packets' },
  { name: 'socketapi', dll: 'Windows.Networking', title: 'Media streaming mode' },
  { name: 'ws2spi', dll: 'ws2_32', title: 'Service provider interface' },
  { name: 'sporder', dll: 'ws2_32', title: 'Order of the service providers' },
  { name: 'nspapi', dll: 'mswsock', title: 'Name space providers of Winsock 1.1' },
  { name: 'svcguid', dll: '', title: 'GUIDs of well-known services' },
  { name: 'nsemail', dll: '', title: 'E-mail name space provider' },
  { name: 'nldef', dll: '', title: 'Network layer definitions' },
  { name: 'qos', dll: '', title: 'Quality of service: flow specifications' },
  { name: 'qossp', dll: '', title: 'Quality of service: RSVP provider objects' },
  { name: 'qos2', dll: 'qwave', title: 'Quality of service: qWAVE' },
  { name: 'qospol', dll: '', title: 'Quality of service: policy elements' },
  { name: 'qosobjs', dll: '', title: 'Quality of service: objects' },
  { name: 'qosname', dll: '', title: 'Quality of service: template names' },
  { name: 'traffic', dll: 'traffic', title: 'Traffic control' },
  { name: 'tcguid', dll: '', title: 'Traffic control: GUIDs of what can be asked and set' },
  { name: 'tcerror', dll: '', title: 'Traffic control: error codes' },
  { name: 'ws2bth', dll: '', title: 'Bluetooth sockets' },
  { name: 'bthdef', dll: '', title: 'Bluetooth: classes of services, and protocols' },

  { name: 'ws2atm', dll: '', title: 'ATM sockets' },
  { name: 'af_irda', dll: '', title: 'Infrared sockets' },
  { name: 'atalkwsh', dll: '', title: 'AppleTalk sockets' },
  { name: 'wsipx', dll: '', title: 'IPX/SPX addresses' },
  { name: 'wsnwlink', dll: '', title: 'IPX/SPX options' },
  { name: 'wsnetbs', dll: '', title: 'NetBIOS addresses' },
  { name: 'wsvns', dll: '', title: 'VINES addresses' },
  { name: 'wsrm', dll: '', title: 'Reliable multicast' },
  { name: 'wshisotp', dll: '', title: 'ISO transport addresses' },
  { name: 'hvsocket', dll: '', title: 'Hyper-V sockets' },
  { name: 'winerror', dll: '', title: 'Error codes' },
  { name: 'iphlpapi', dll: 'iphlpapi', title: 'IP Helper' },
  { name: 'iptypes', dll: '', title: 'IP Helper: adapter types' },
  { name: 'ipexport', dll: '', title: 'IP Helper: ICMP echo types' },
  { name: 'netioapi', dll: 'iphlpapi', title: 'IP Helper: interfaces, addresses, routes' },
  { name: 'ipmib', dll: '', title: 'IP Helper: IP tables' },
  { name: 'ifmib', dll: '', title: 'IP Helper: interface tables' },
  { name: 'ifdef', dll: '', title: 'IP Helper: interface definitions' },
  { name: 'ipifcons', dll: '', title: 'IP Helper: interface constants' },
  { name: 'tcpmib', dll: '', title: 'IP Helper: TCP tables' },
  { name: 'tcpestats', dll: '', title: 'IP Helper: TCP statistics' },
  { name: 'udpmib', dll: '', title: 'IP Helper: UDP tables' },
  { name: 'iprtrmib', dll: '', title: 'IP Helper: router tables' },
  { name: 'icmpapi', dll: 'iphlpapi', title: 'ICMP echo' },
  { name: 'ip2string', dll: 'ntdll', title: 'Address strings' },
];

/** The modules that hold what the headers above need of Windows itself. */
export const WINDOWS_MODULE = 'windows';
export const KERNEL_MODULE = 'kernel';

/**
 * Declarations of mingw-w64 that differ from Windows' (size or alignment of a record, result or
 * parameters of a function, compared with the Windows SDK). They are renamed while mingw's headers are
 * read; supplement/ declares them anew.
 */
const CORRECTED = words(`
  _TC_SUPPORTED_INFO_BUFFER TC_SUPPORTED_INFO_BUFFER PTC_SUPPORTED_INFO_BUFFER
  _IPV6_ADDRESS_EX IPV6_ADDRESS_EX PIPV6_ADDRESS_EX
  icmpv6_echo_reply_lh ICMPV6_ECHO_REPLY_LH PICMPV6_ECHO_REPLY_LH
  ICMPV6_ECHO_REPLY PICMPV6_ECHO_REPLY
  ip_option_information32 IP_OPTION_INFORMATION32 PIP_OPTION_INFORMATION32
  icmp_echo_reply32 ICMP_ECHO_REPLY32 PICMP_ECHO_REPLY32
  _MIB_IPDESTROW MIB_IPDESTROW PMIB_IPDESTROW _MIB_IPDESTTABLE MIB_IPDESTTABLE PMIB_IPDESTTABLE
  _MIB_MFE_STATS_TABLE_EX MIB_MFE_STATS_TABLE_EX PMIB_MFE_STATS_TABLE_EX
  LPNSPV2CLIENTSESSIONRUNDOWN LPNSPV2LOOKUPSERVICENEXTEX LPNSPV2SETSERVICEEX
  _NSPV2_ROUTINE NSPV2_ROUTINE PNSPV2_ROUTINE LPCNSPV2_ROUTINE WSAAdvertiseProvider
  MAX_IF_TYPE NdisPhysicalMediumMax`);

/** What the renamed declarations start with. */
export const RENAMED = 'mingw_';

/** Our own headers, in the order in which they need each other; paths in supplement/. */
export const SUPPLEMENT = [
  'winsock/ws2def',
  'winsock/ws2ipdef',
  'winsock/winsock2',
  'winsock/ws2tcpip',
  'winsock/mswsockdef',
  'winsock/mswsock',
  'winsock/mstcpip',
  'winsock/netiodef',
  'iphlpapi/nldef',
  'winsock/socketapi',
  'winsock/ws2spi',
  'winsock/qosobjs',
  'winsock/qos2',
  'winsock/traffic',
  'winsock/af_irda',
  'winsock/hvsocket',
  'iphlpapi/ipexport',
  'iphlpapi/ipmib',
  'iphlpapi/ipifcons',
  'iphlpapi/iptypes',
  'iphlpapi/netioapi',
  'iphlpapi/tcpmib',
  'iphlpapi/udpmib',
  'iphlpapi/iphlpapi',
];

/** The text of the translation unit. */
export function unitText(): string {
  const lines = ['#define WIN32_LEAN_AND_MEAN 1', '#include <windows.h>', '#include <winternl.h>'];
  for (const name of CORRECTED) lines.push(`#define ${name} ${RENAMED}${name}`);
  for (const header of INCLUDES) lines.push(`#include <${header}>`);
  for (const name of CORRECTED) lines.push(`#undef ${name}`);
  for (const name of SUPPLEMENT) lines.push(`#include "supplement/${name}.h"`);
  return `${lines.join('\n')}\n`;
}
