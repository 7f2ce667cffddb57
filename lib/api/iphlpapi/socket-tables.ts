import { GetExtendedTcpTable, GetExtendedUdpTable } from '../../../defs/iphlpapi.g.ts';
import {
  TCP_TABLE_BASIC_ALL,
  TCP_TABLE_BASIC_CONNECTIONS,
  TCP_TABLE_BASIC_LISTENER,
  TCP_TABLE_OWNER_MODULE_ALL,
  TCP_TABLE_OWNER_MODULE_CONNECTIONS,
  TCP_TABLE_OWNER_MODULE_LISTENER,
  TCP_TABLE_OWNER_PID_ALL,
  TCP_TABLE_OWNER_PID_CONNECTIONS,
  TCP_TABLE_OWNER_PID_LISTENER,
  UDP_TABLE_BASIC,
  UDP_TABLE_OWNER_MODULE,
  UDP_TABLE_OWNER_PID,
} from '../../../defs/iprtrmib.g.ts';
import {
  type MIB_TCP6ROW,
  type MIB_TCP6ROW_OWNER_MODULE,
  type MIB_TCP6ROW_OWNER_PID,
  MIB_TCP6TABLE,
  MIB_TCP6TABLE_OWNER_MODULE,
  MIB_TCP6TABLE_OWNER_PID,
  type MIB_TCPROW,
  type MIB_TCPROW_OWNER_MODULE,
  type MIB_TCPROW_OWNER_PID,
  MIB_TCPTABLE,
  MIB_TCPTABLE_OWNER_MODULE,
  MIB_TCPTABLE_OWNER_PID,
} from '../../../defs/tcpmib.g.ts';
import {
  type MIB_UDP6ROW,
  type MIB_UDP6ROW_OWNER_MODULE,
  type MIB_UDP6ROW_OWNER_PID,
  MIB_UDP6TABLE,
  MIB_UDP6TABLE_OWNER_MODULE,
  MIB_UDP6TABLE_OWNER_PID,
  type MIB_UDPROW,
  type MIB_UDPROW_OWNER_MODULE,
  type MIB_UDPROW_OWNER_PID,
  MIB_UDPTABLE,
  MIB_UDPTABLE_OWNER_MODULE,
  MIB_UDPTABLE_OWNER_PID,
} from '../../../defs/udpmib.g.ts';
import { AF_INET, AF_INET6 } from '../../../defs/ws2def.g.ts';
import type { CArray } from '../../ffi/types/array.ts';
import { describe } from '../../ffi/types/describe.ts';
import { callUntilItFits } from '../results/call-until-it-fits.ts';
import { rowsOf, type TableType } from './rows.ts';

/** TCP_TABLE_CLASS: what tells less than the owner. */
export type TcpBasicClass =
  | typeof TCP_TABLE_BASIC_ALL
  | typeof TCP_TABLE_BASIC_CONNECTIONS
  | typeof TCP_TABLE_BASIC_LISTENER;
/** TCP_TABLE_CLASS: with the owning process. */
export type TcpOwnerPidClass =
  | typeof TCP_TABLE_OWNER_PID_ALL
  | typeof TCP_TABLE_OWNER_PID_CONNECTIONS
  | typeof TCP_TABLE_OWNER_PID_LISTENER;
/** TCP_TABLE_CLASS: with the owning process and its module. */
export type TcpOwnerModuleClass =
  | typeof TCP_TABLE_OWNER_MODULE_ALL
  | typeof TCP_TABLE_OWNER_MODULE_CONNECTIONS
  | typeof TCP_TABLE_OWNER_MODULE_LISTENER;

type ByFamily = Readonly<Record<number, TableType<unknown>>>;

const tcpBasic: ByFamily = { [AF_INET]: MIB_TCPTABLE, [AF_INET6]: MIB_TCP6TABLE };
const tcpPid: ByFamily = {
  [AF_INET]: MIB_TCPTABLE_OWNER_PID,
  [AF_INET6]: MIB_TCP6TABLE_OWNER_PID,
};
const tcpModule: ByFamily = {
  [AF_INET]: MIB_TCPTABLE_OWNER_MODULE,
  [AF_INET6]: MIB_TCP6TABLE_OWNER_MODULE,
};

const tcpTables: Readonly<Record<number, ByFamily>> = {
  [TCP_TABLE_BASIC_LISTENER]: tcpBasic,
  [TCP_TABLE_BASIC_CONNECTIONS]: tcpBasic,
  [TCP_TABLE_BASIC_ALL]: tcpBasic,
  [TCP_TABLE_OWNER_PID_LISTENER]: tcpPid,
  [TCP_TABLE_OWNER_PID_CONNECTIONS]: tcpPid,
  [TCP_TABLE_OWNER_PID_ALL]: tcpPid,
  [TCP_TABLE_OWNER_MODULE_LISTENER]: tcpModule,
  [TCP_TABLE_OWNER_MODULE_CONNECTIONS]: tcpModule,
  [TCP_TABLE_OWNER_MODULE_ALL]: tcpModule,
};

const udpTables: Readonly<Record<number, ByFamily>> = {
  [UDP_TABLE_BASIC]: { [AF_INET]: MIB_UDPTABLE, [AF_INET6]: MIB_UDP6TABLE },
  [UDP_TABLE_OWNER_PID]: {
    [AF_INET]: MIB_UDPTABLE_OWNER_PID,
    [AF_INET6]: MIB_UDP6TABLE_OWNER_PID,
  },
  [UDP_TABLE_OWNER_MODULE]: {
    [AF_INET]: MIB_UDPTABLE_OWNER_MODULE,
    [AF_INET6]: MIB_UDP6TABLE_OWNER_MODULE,
  },
};

/** Enough for some hundred sockets; what needs more is asked for. */
const FIRST_BYTES = 16_384;

function tableOf(
  tables: Readonly<Record<number, ByFamily>>,
  tableClass: number,
  family: number,
  where: string,
): TableType<unknown> {
  const byFamily = tables[tableClass];
  if (!byFamily) throw new RangeError(`${where}: ${describe(tableClass)} is no table class`);
  const table = byFamily[family];
  if (!table) throw new RangeError(`${where}: ${describe(family)} is neither AF_INET nor AF_INET6`);
  return table;
}

/**
 * The TCP connections and listeners of this computer, by GetExtendedTcpTable.
 *
 * The rows are views of one buffer, which lives as long as any of them. Ports and IPv4 addresses are
 * in network byte order: `ntohs(row.dwLocalPort)`. Windows XP, iphlpapi.dll.
 *
 * @param family AF_INET or AF_INET6
 * @param tableClass TCP_TABLE_*: which rows, and how much of each; all rows with their processes
 *   where left out
 * @throws WinsockError where the function fails
 * @throws RangeError where family or class is another
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable
 */
export function tcpTable(
  family?: typeof AF_INET,
  tableClass?: TcpOwnerPidClass,
): CArray<MIB_TCPROW_OWNER_PID>;
export function tcpTable(
  family: typeof AF_INET6,
  tableClass?: TcpOwnerPidClass,
): CArray<MIB_TCP6ROW_OWNER_PID>;
export function tcpTable(
  family: typeof AF_INET,
  tableClass: TcpOwnerModuleClass,
): CArray<MIB_TCPROW_OWNER_MODULE>;
export function tcpTable(
  family: typeof AF_INET6,
  tableClass: TcpOwnerModuleClass,
): CArray<MIB_TCP6ROW_OWNER_MODULE>;
export function tcpTable(family: typeof AF_INET, tableClass: TcpBasicClass): CArray<MIB_TCPROW>;
export function tcpTable(family: typeof AF_INET6, tableClass: TcpBasicClass): CArray<MIB_TCP6ROW>;
export function tcpTable(
  family: number = AF_INET,
  tableClass: number = TCP_TABLE_OWNER_PID_ALL,
): CArray<unknown> {
  const table = tableOf(tcpTables, tableClass, family, 'tcpTable');
  const memory = callUntilItFits(
    'GetExtendedTcpTable',
    (bytes, size) => GetExtendedTcpTable(bytes, size, 0, family, tableClass, 0),
    FIRST_BYTES,
  );
  return rowsOf(table, memory);
}

/**
 * The bound UDP sockets of this computer, by GetExtendedUdpTable.
 *
 * The rows are views of one buffer, which lives as long as any of them. Ports and IPv4 addresses are
 * in network byte order. Windows XP, iphlpapi.dll.
 *
 * @param family AF_INET or AF_INET6
 * @param tableClass UDP_TABLE_*: how much of each row; with the processes where left out
 * @throws WinsockError where the function fails
 * @throws RangeError where family or class is another
 * @see https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedudptable
 */
export function udpTable(
  family?: typeof AF_INET,
  tableClass?: typeof UDP_TABLE_OWNER_PID,
): CArray<MIB_UDPROW_OWNER_PID>;
export function udpTable(
  family: typeof AF_INET6,
  tableClass?: typeof UDP_TABLE_OWNER_PID,
): CArray<MIB_UDP6ROW_OWNER_PID>;
export function udpTable(
  family: typeof AF_INET,
  tableClass: typeof UDP_TABLE_OWNER_MODULE,
): CArray<MIB_UDPROW_OWNER_MODULE>;
export function udpTable(
  family: typeof AF_INET6,
  tableClass: typeof UDP_TABLE_OWNER_MODULE,
): CArray<MIB_UDP6ROW_OWNER_MODULE>;
export function udpTable(
  family: typeof AF_INET,
  tableClass: typeof UDP_TABLE_BASIC,
): CArray<MIB_UDPROW>;
export function udpTable(
  family: typeof AF_INET6,
  tableClass: typeof UDP_TABLE_BASIC,
): CArray<MIB_UDP6ROW>;
export function udpTable(
  family: number = AF_INET,
  tableClass: number = UDP_TABLE_OWNER_PID,
): CArray<unknown> {
  const table = tableOf(udpTables, tableClass, family, 'udpTable');
  const memory = callUntilItFits(
    'GetExtendedUdpTable',
    (bytes, size) => GetExtendedUdpTable(bytes, size, 0, family, tableClass, 0),
    FIRST_BYTES,
  );
  return rowsOf(table, memory);
}
