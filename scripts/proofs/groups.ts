// The groups of the API on docs/proofs.md: which functions each has, and which tests are about it.
// What was shown of them is not said here; that comes from the tests.

import { RIO_EXTENSION_FUNCTION_TABLE } from '../../defs/mswsock.g.ts';
import { NSP_ROUTINE, NSPV2_ROUTINE, WSPPROC_TABLE, WSPUPCALLTABLE } from '../../defs/ws2spi.g.ts';
import { entriesOf } from '../../lib/api/extensions/function-table.ts';
import type { Struct, StructType } from '../../lib/ffi/types/record.ts';

export interface Group {
  readonly title: string;
  /** Headers whose functions belong to it, and other functions by name. A function is of one group. */
  readonly headers?: readonly string[];
  readonly names?: RegExp;
  /** Functions that no DLL exports: they are reached through a pointer. */
  readonly pointers?: readonly string[];
  /** Headers whose records belong to it, where they are others than those of its functions. */
  readonly records?: readonly string[];
  /** The test files whose tests are listed, as `testName` writes them. */
  readonly tests: RegExp;
}

/** A test of all functions alike, whatever their group. */
export const OF_ALL_GROUPS = /^calls\/stand-ins$/;

/** A test file without the folder of all and the ending: 'spi/catalog'. */
export function testName(file: string): string {
  return file.replace(/^tests\/windows\/|\.test\.ts$/g, '');
}

const table = <T extends Struct>(type: StructType<T>) => entriesOf(type).map(({ name }) => name);

/** In this order: a function belongs to the first group that names it. */
export const GROUPS: readonly Group[] = [
  {
    title: 'Extension functions',
    pointers: [
      'AcceptEx',
      'ConnectEx',
      'DisconnectEx',
      'GetAcceptExSockaddrs',
      'TransmitFile',
      'TransmitPackets',
      'WSARecvMsg',
      'WSASendMsg',
    ],
    headers: ['mswsock'],
    tests: /^extensions\//,
  },
  {
    title: 'Registered I/O',
    pointers: table(RIO_EXTENSION_FUNCTION_TABLE),
    records: ['mswsockdef'],
    tests: /^rio\//,
  },
  {
    title: 'Transport providers',
    pointers: [...table(WSPPROC_TABLE), ...table(WSPUPCALLTABLE)],
    names: /^WSPStartup$|^WPUCompleteOverlappedRequest$/,
    records: ['ws2spi'],
    tests: /^spi\/transport/,
  },
  {
    title: 'Name space providers',
    pointers: [...table(NSP_ROUTINE), ...table(NSPV2_ROUTINE)],
    names: /^NSPStartup$|^WSA(Una|A)dvertiseProvider$|^WSAProviderCompleteAsyncCall$/,
    tests: /^spi\/namespace/,
  },
  {
    title: 'The catalog of providers',
    headers: ['ws2spi', 'sporder'],
    names: /^WSAEnum(Protocols|NameSpaceProviders)|^WSAProviderConfigChange$/,
    tests: /^spi\/catalog/,
  },
  {
    title: 'Names and services',
    headers: ['nspapi'],
    names:
      /^WSA(LookupService|SetService|NSPIoctl|InstallServiceClass|RemoveServiceClass|GetServiceClass)/,
    records: ['nspapi', 'nsemail', 'svcguid'],
    tests: /^names\//,
  },
  {
    title: 'Windows Sockets 1.1',
    names:
      /^(gethostby|getservby|getprotoby)|^WSA(Async|CancelAsync|CancelBlocking|IsBlocking|SetBlocking|UnhookBlocking)/,
    tests: /^winsock11\//,
  },
  {
    title: 'Address families and their text forms',
    headers: ['mstcpip'],
    names: /^WSA(AddressToString|StringToAddress)|^[Ii]net_?([Nn]to|[Pp]to|addr|ntoa)/,
    records: [
      'af_irda',
      'afunix',
      'atalkwsh',
      'hvsocket',
      'in6addr',
      'inaddr',
      'ws2atm',
      'ws2bth',
      'ws2ipdef',
      'wshisotp',
      'wsipx',
      'wsnetbs',
      'wsnwlink',
      'wsrm',
      'wsvns',
    ],
    tests: /^addresses\//,
  },
  { title: 'Multicast', tests: /^multicast\// },
  {
    title: 'IP Helper',
    headers: ['iphlpapi', 'netioapi', 'icmpapi'],
    records: [
      'ifdef',
      'ifmib',
      'ipexport',
      'iphlpapi',
      'ipmib',
      'iprtrmib',
      'iptypes',
      'netioapi',
      'tcpestats',
      'tcpmib',
      'udpmib',
    ],
    tests: /^iphlpapi\//,
  },
  {
    title: 'Quality of service',
    headers: ['qos2', 'traffic'],
    names: /^WSAGetQOSByName$/,
    records: ['qos', 'qos2', 'qosobjs', 'qospol', 'qossp', 'traffic'],
    tests: /^qos\//,
  },
  {
    title: 'Sockets, events and overlapped calls',
    headers: ['winsock2', 'ws2tcpip', 'socketapi'],
    records: ['winsock2', 'ws2tcpip', 'ws2def', 'mswsock', 'mstcpip', 'nldef'],
    tests: /^sockets\//,
  },
  {
    title: 'Kernel functions that socket programs need',
    headers: ['kernel'],
    records: ['windows', 'kernel'],
    tests: /^kernel\//,
  },
];
