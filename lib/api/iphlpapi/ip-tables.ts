/**
 * The sizes of IP Helper tables with a number of rows (ifmib.h, ipmib.h, iprtrmib.h, tcpmib.h,
 * udpmib.h), and the success test of netioapi.h. A size is in bytes and counts, as the C macros do,
 * eight bytes that the system may leave free for alignment.
 */
import { MIB_IFROW, MIB_IFTABLE } from '../../../defs/ifmib.g.ts';
import {
  MIB_IPADDRROW,
  MIB_IPADDRTABLE,
  MIB_IPFORWARDROW,
  MIB_IPFORWARDTABLE,
  MIB_IPMCAST_IF_ENTRY,
  MIB_IPMCAST_IF_TABLE,
  MIB_IPMCAST_MFE,
  MIB_IPMCAST_MFE_STATS,
  MIB_IPMCAST_MFE_STATS_EX,
  MIB_IPMCAST_OIF,
  MIB_IPMCAST_OIF_STATS,
  MIB_IPNETROW,
  MIB_IPNETTABLE,
} from '../../../defs/ipmib.g.ts';
import {
  MAX_MIB_OFFSET,
  MIB_IPMCAST_BOUNDARY,
  MIB_IPMCAST_BOUNDARY_TABLE,
} from '../../../defs/iprtrmib.g.ts';
import {
  MIB_TCP6ROW,
  MIB_TCP6ROW_OWNER_MODULE,
  MIB_TCP6ROW_OWNER_PID,
  MIB_TCP6ROW2,
  MIB_TCP6TABLE,
  MIB_TCP6TABLE_OWNER_MODULE,
  MIB_TCP6TABLE_OWNER_PID,
  MIB_TCP6TABLE2,
  MIB_TCPROW,
  MIB_TCPROW_OWNER_MODULE,
  MIB_TCPROW_OWNER_PID,
  MIB_TCPROW2,
  MIB_TCPTABLE,
  MIB_TCPTABLE_OWNER_MODULE,
  MIB_TCPTABLE_OWNER_PID,
  MIB_TCPTABLE2,
} from '../../../defs/tcpmib.g.ts';
import {
  MIB_UDP6ROW,
  MIB_UDP6ROW_OWNER_MODULE,
  MIB_UDP6ROW_OWNER_PID,
  MIB_UDP6TABLE,
  MIB_UDP6TABLE_OWNER_MODULE,
  MIB_UDP6TABLE_OWNER_PID,
  MIB_UDPROW,
  MIB_UDPROW_OWNER_MODULE,
  MIB_UDPROW_OWNER_PID,
  MIB_UDPTABLE,
  MIB_UDPTABLE_OWNER_MODULE,
  MIB_UDPTABLE_OWNER_PID,
} from '../../../defs/udpmib.g.ts';
import { hostArch } from '../../ffi/types/arch.ts';
import type { CType, RecordShape } from '../../ffi/types/ctype.ts';
import { offsetof, sizeof } from '../../ffi/types/record.ts';
import { uint32 } from '../../ffi/types/scalars.ts';
import { asLength } from '../check.ts';

/** ALIGN_SIZE of the headers. */
const ALIGN_SIZE = 8;

type Sized = Pick<CType<unknown>, 'sizeOf'>;
type Table = Pick<RecordShape, 'name' | 'isUnion' | 'options' | 'fieldsOf' | 'layoutFor'>;

function tableSize(table: Table, row: Sized, rows: number, where: string): number {
  return offsetof(table, 'table') + asLength(rows, where) * sizeof(row) + ALIGN_SIZE;
}

/** The size of a MIB_IFTABLE (network interfaces) with X rows. */
export function SIZEOF_IFTABLE(X: number): number {
  return tableSize(MIB_IFTABLE, MIB_IFROW, X, 'SIZEOF_IFTABLE');
}

/** The size of a MIB_IPADDRTABLE (IPv4 addresses) with X rows. */
export function SIZEOF_IPADDRTABLE(X: number): number {
  return tableSize(MIB_IPADDRTABLE, MIB_IPADDRROW, X, 'SIZEOF_IPADDRTABLE');
}

/** The size of a MIB_IPFORWARDTABLE (IPv4 routes) with X rows. */
export function SIZEOF_IPFORWARDTABLE(X: number): number {
  return tableSize(MIB_IPFORWARDTABLE, MIB_IPFORWARDROW, X, 'SIZEOF_IPFORWARDTABLE');
}

/** The size of a MIB_IPNETTABLE (IPv4 neighbours) with X rows. */
export function SIZEOF_IPNETTABLE(X: number): number {
  return tableSize(MIB_IPNETTABLE, MIB_IPNETROW, X, 'SIZEOF_IPNETTABLE');
}

/** The size of a MIB_IPMCAST_IF_TABLE (multicast interfaces) with X rows. */
export function SIZEOF_MCAST_IF_TABLE(X: number): number {
  return tableSize(MIB_IPMCAST_IF_TABLE, MIB_IPMCAST_IF_ENTRY, X, 'SIZEOF_MCAST_IF_TABLE');
}

/** The size of a MIB_IPMCAST_BOUNDARY_TABLE (multicast boundaries) with X rows. */
export function SIZEOF_BOUNDARY_TABLE(X: number): number {
  return tableSize(MIB_IPMCAST_BOUNDARY_TABLE, MIB_IPMCAST_BOUNDARY, X, 'SIZEOF_BOUNDARY_TABLE');
}

/** The size of a MIB_TCPTABLE (IPv4 connections) with X rows. */
export function SIZEOF_TCPTABLE(X: number): number {
  return tableSize(MIB_TCPTABLE, MIB_TCPROW, X, 'SIZEOF_TCPTABLE');
}

/** The size of a MIB_TCPTABLE2 (IPv4 connections with their process) with X rows. */
export function SIZEOF_TCPTABLE2(X: number): number {
  return tableSize(MIB_TCPTABLE2, MIB_TCPROW2, X, 'SIZEOF_TCPTABLE2');
}

/** The size of a MIB_TCPTABLE_OWNER_PID (IPv4 connections with their process) with X rows. */
export function SIZEOF_TCPTABLE_OWNER_PID(X: number): number {
  return tableSize(MIB_TCPTABLE_OWNER_PID, MIB_TCPROW_OWNER_PID, X, 'SIZEOF_TCPTABLE_OWNER_PID');
}

/** The size of a MIB_TCPTABLE_OWNER_MODULE (IPv4 connections with their module) with X rows. */
export function SIZEOF_TCPTABLE_OWNER_MODULE(X: number): number {
  return tableSize(
    MIB_TCPTABLE_OWNER_MODULE,
    MIB_TCPROW_OWNER_MODULE,
    X,
    'SIZEOF_TCPTABLE_OWNER_MODULE',
  );
}

/** The size of a MIB_TCP6TABLE (IPv6 connections) with X rows. */
export function SIZEOF_TCP6TABLE(X: number): number {
  return tableSize(MIB_TCP6TABLE, MIB_TCP6ROW, X, 'SIZEOF_TCP6TABLE');
}

/** The size of a MIB_TCP6TABLE2 (IPv6 connections with their process) with X rows. */
export function SIZEOF_TCP6TABLE2(X: number): number {
  return tableSize(MIB_TCP6TABLE2, MIB_TCP6ROW2, X, 'SIZEOF_TCP6TABLE2');
}

/** The size of a MIB_TCP6TABLE_OWNER_PID (IPv6 connections with their process) with X rows. */
export function SIZEOF_TCP6TABLE_OWNER_PID(X: number): number {
  return tableSize(MIB_TCP6TABLE_OWNER_PID, MIB_TCP6ROW_OWNER_PID, X, 'SIZEOF_TCP6TABLE_OWNER_PID');
}

/** The size of a MIB_TCP6TABLE_OWNER_MODULE (IPv6 connections with their module) with X rows. */
export function SIZEOF_TCP6TABLE_OWNER_MODULE(X: number): number {
  return tableSize(
    MIB_TCP6TABLE_OWNER_MODULE,
    MIB_TCP6ROW_OWNER_MODULE,
    X,
    'SIZEOF_TCP6TABLE_OWNER_MODULE',
  );
}

/** The size of a MIB_UDPTABLE (IPv4 endpoints) with X rows. */
export function SIZEOF_UDPTABLE(X: number): number {
  return tableSize(MIB_UDPTABLE, MIB_UDPROW, X, 'SIZEOF_UDPTABLE');
}

/** The size of a MIB_UDPTABLE_OWNER_PID (IPv4 endpoints with their process) with X rows. */
export function SIZEOF_UDPTABLE_OWNER_PID(X: number): number {
  return tableSize(MIB_UDPTABLE_OWNER_PID, MIB_UDPROW_OWNER_PID, X, 'SIZEOF_UDPTABLE_OWNER_PID');
}

/** The size of a MIB_UDPTABLE_OWNER_MODULE (IPv4 endpoints with their module) with X rows. */
export function SIZEOF_UDPTABLE_OWNER_MODULE(X: number): number {
  return tableSize(
    MIB_UDPTABLE_OWNER_MODULE,
    MIB_UDPROW_OWNER_MODULE,
    X,
    'SIZEOF_UDPTABLE_OWNER_MODULE',
  );
}

/** The size of a MIB_UDP6TABLE (IPv6 endpoints) with X rows. */
export function SIZEOF_UDP6TABLE(X: number): number {
  return tableSize(MIB_UDP6TABLE, MIB_UDP6ROW, X, 'SIZEOF_UDP6TABLE');
}

/** The size of a MIB_UDP6TABLE_OWNER_PID (IPv6 endpoints with their process) with X rows. */
export function SIZEOF_UDP6TABLE_OWNER_PID(X: number): number {
  return tableSize(MIB_UDP6TABLE_OWNER_PID, MIB_UDP6ROW_OWNER_PID, X, 'SIZEOF_UDP6TABLE_OWNER_PID');
}

/** The size of a MIB_UDP6TABLE_OWNER_MODULE (IPv6 endpoints with their module) with X rows. */
export function SIZEOF_UDP6TABLE_OWNER_MODULE(X: number): number {
  return tableSize(
    MIB_UDP6TABLE_OWNER_MODULE,
    MIB_UDP6ROW_OWNER_MODULE,
    X,
    'SIZEOF_UDP6TABLE_OWNER_MODULE',
  );
}

/** SIZEOF_TCPTABLE, as iprtrmib.h calls it too. */
export const SIZEOF_TCPTABLE_BASIC = SIZEOF_TCPTABLE;
/** SIZEOF_UDPTABLE, as iprtrmib.h calls it too. */
export const SIZEOF_UDPTABLE_BASIC = SIZEOF_UDPTABLE;

/** The size of a MIB_IPMCAST_MFE (a multicast route) with X outgoing interfaces. */
export function SIZEOF_MIB_MFE(X: number): number {
  const interfaces = asLength(X, 'SIZEOF_MIB_MFE') * sizeof(MIB_IPMCAST_OIF);
  return offsetof(MIB_IPMCAST_MFE, 'rgmioOutInfo') + interfaces;
}

/** The size of a MIB_IPMCAST_MFE_STATS (a multicast route's statistics) with X outgoing interfaces. */
export function SIZEOF_MIB_MFE_STATS(X: number): number {
  const interfaces = asLength(X, 'SIZEOF_MIB_MFE_STATS') * sizeof(MIB_IPMCAST_OIF_STATS);
  return offsetof(MIB_IPMCAST_MFE_STATS, 'rgmiosOutStats') + interfaces;
}

/** The size of a MIB_IPMCAST_MFE_STATS_EX (the same with more counters) with X outgoing interfaces. */
export function SIZEOF_MIB_MFE_STATS_EX(X: number): number {
  const interfaces = asLength(X, 'SIZEOF_MIB_MFE_STATS_EX') * sizeof(MIB_IPMCAST_OIF_STATS);
  return offsetof(MIB_IPMCAST_MFE_STATS_EX, 'rgmiosOutStats') + interfaces;
}

/** The size of a MIB_OPAQUE_INFO that holds a structure, in bytes. */
export function MIB_INFO_SIZE(S: Sized): number {
  return MAX_MIB_OFFSET + S.sizeOf(hostArch);
}

/** The number of DWORDs that have room for a MIB_OPAQUE_INFO that holds a structure. */
export function MIB_INFO_SIZE_IN_DWORDS(S: Sized): number {
  return Math.floor(MIB_INFO_SIZE(S) / sizeof(uint32)) + 1;
}

/** Whether the result of a netioapi.h function is success: NO_ERROR. */
export function NETIO_SUCCESS(x: number): boolean {
  return uint32.check(x, 'NETIO_SUCCESS') === 0;
}
