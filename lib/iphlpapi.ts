/**
 * IP Helper: adapters, addresses, routes, neighbours, the TCP and UDP tables with their processes, and
 * ICMP echo. The functions of iphlpapi.dll under their C names, and for those whose result has no
 * fixed size a function that gives its rows.
 *
 * @module winsock/iphlpapi
 */
export * from '../defs/icmpapi.g.ts';
export * from '../defs/ifdef.g.ts';
export * from '../defs/ifmib.g.ts';
export * from '../defs/ipexport.g.ts';
export * from '../defs/iphlpapi.g.ts';
export * from '../defs/ipifcons.g.ts';
export * from '../defs/ipmib.g.ts';
export * from '../defs/iprtrmib.g.ts';
export * from '../defs/iptypes.g.ts';
export * from '../defs/netioapi.g.ts';
export * from '../defs/tcpestats.g.ts';
export * from '../defs/tcpmib.g.ts';
export * from '../defs/udpmib.g.ts';
export * from './api/iphlpapi/adapters.ts';
export * from './api/iphlpapi/changes.ts';
export * from './api/iphlpapi/icmp.ts';
export * from './api/iphlpapi/ip-tables.ts';
export * from './api/iphlpapi/ipv4-tables.ts';
export * from './api/iphlpapi/mib-tables.ts';
export type { TableType } from './api/iphlpapi/rows.ts';
export * from './api/iphlpapi/socket-tables.ts';
export { anchored, linked } from './api/results/anchored.ts';
