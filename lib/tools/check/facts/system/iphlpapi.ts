import * as w from '../../../../index.ts';
import * as ip from '../../../../iphlpapi.ts';
import { documented, type Topic, wineTest } from '../../fact.ts';
import { codeOf, nameOfCode, portOf } from '../../session.ts';

/** A row of the loopback interface. */
function loopbackInterface(): ip.MIB_IF_ROW2 | undefined {
  return [...ip.ifTable2()].find((row) => row.Type === ip.IF_TYPE_SOFTWARE_LOOPBACK);
}

export const iphlpapi: Topic = {
  name: 'iphlpapi',
  title: 'IP Helper',
  facts: [
    {
      id: 'loopback-interface',
      api: 'GetIfTable2',
      says: 'There is an interface of type IF_TYPE_SOFTWARE_LOOPBACK.',
      source: documented('api/netioapi/nf-netioapi-getiftable2'),
      windows: 'there is one',
      reliedOn: ['mib-tables.ts GetIfTable2'],
      ask: () => (loopbackInterface() ? 'there is one' : 'there is none'),
    },
    {
      id: 'loopback-mtu',
      api: 'GetIpInterfaceEntry',
      says: 'The NlMtu of the loopback interface is 0xffffffff.',
      source: wineTest('iphlpapi/tests/iphlpapi.c:3621'),
      windows: '4294967295',
      wine: 'ERR_WINSOCK_NO_FUNCTION',
      reliedOn: ['rows.ts rowsOf'],
      ask() {
        const row = new ip.MIB_IPINTERFACE_ROW({ Family: w.AF_INET });
        row.InterfaceIndex = loopbackInterface()?.InterfaceIndex ?? 0;
        try {
          const code = ip.GetIpInterfaceEntry(row);
          return code === 0 ? String(row.NlMtu) : nameOfCode(code);
        } catch (error) {
          return codeOf(error);
        }
      },
    },
    {
      id: 'table-too-small',
      api: 'GetIpAddrTable',
      says: 'Too little room for a table fails with ERROR_INSUFFICIENT_BUFFER, and the size that is needed.',
      source: documented('api/iphlpapi/nf-iphlpapi-getipaddrtable'),
      windows: 'ERROR_INSUFFICIENT_BUFFER',
      reliedOn: ['call-until-it-fits.ts ERROR_INSUFFICIENT_BUFFER'],
      ask() {
        const bytes = w.ref(w.ULONG, 0);
        return nameOfCode(ip.GetIpAddrTable(null, bytes, 0));
      },
    },
    {
      id: 'adapters-overflow',
      api: 'GetAdaptersAddresses',
      says: 'GetAdaptersAddresses says ERROR_BUFFER_OVERFLOW of the same.',
      source: documented('api/iphlpapi/nf-iphlpapi-getadaptersaddresses'),
      windows: 'ERROR_BUFFER_OVERFLOW',
      reliedOn: ['adapters.ts GetAdaptersAddresses'],
      ask() {
        const bytes = w.ref(w.ULONG, 0);
        return nameOfCode(ip.GetAdaptersAddresses(w.AF_UNSPEC, 0, null, null, bytes));
      },
    },
    {
      id: 'listener-in-table',
      api: 'GetExtendedTcpTable',
      says: 'A listener of this process is in the table, with its process.',
      source: documented('api/iphlpapi/nf-iphlpapi-getextendedtcptable'),
      windows: 'this process',
      reliedOn: ['socket-tables.ts GetExtendedTcpTable'],
      ask(on) {
        const port = w.htons(portOf(on.listener()));
        const rows = [...ip.tcpTable(w.AF_INET, ip.TCP_TABLE_OWNER_PID_LISTENER)];
        const row = rows.find(({ dwLocalPort }) => (dwLocalPort & 0xffff) === port);
        if (!row) return 'not there';
        return row.dwOwningPid === process.pid ? 'this process' : 'another process';
      },
    },
    {
      id: 'datagram-in-table',
      api: 'GetExtendedUdpTable',
      says: 'So is a datagram socket.',
      source: documented('api/iphlpapi/nf-iphlpapi-getextendedudptable'),
      windows: 'there',
      reliedOn: ['socket-tables.ts GetExtendedUdpTable'],
      ask(on) {
        const port = w.htons(portOf(on.datagram()));
        const rows = [...ip.udpTable(w.AF_INET, ip.UDP_TABLE_OWNER_PID)];
        return rows.some(({ dwLocalPort }) => (dwLocalPort & 0xffff) === port)
          ? 'there'
          : 'not there';
      },
    },
    {
      id: 'route-to-loopback',
      api: 'GetBestInterface',
      says: 'The best interface for 127.0.0.1 is that of the loopback.',
      source: documented('api/iphlpapi/nf-iphlpapi-getbestinterface'),
      windows: 'the loopback',
      wine: 'another',
      reliedOn: ['iphlpapi.g.ts GetBestInterface'],
      ask() {
        const index = w.ref(w.DWORD);
        const code = ip.GetBestInterface(w.htonl(w.INADDR_LOOPBACK), index);
        if (code !== 0) return nameOfCode(code);
        return index.value === loopbackInterface()?.InterfaceIndex ? 'the loopback' : 'another';
      },
    },
    {
      id: 'unknown-interface',
      api: 'GetIfEntry2',
      says: 'An interface that there is not gives ERROR_FILE_NOT_FOUND.',
      source: documented('api/netioapi/nf-netioapi-getifentry2'),
      windows: 'ERROR_FILE_NOT_FOUND',
      reliedOn: ['netioapi.g.ts GetIfEntry2'],
      ask: () => nameOfCode(ip.GetIfEntry2(new ip.MIB_IF_ROW2({ InterfaceIndex: 0x7fff_fff0 }))),
    },
    {
      id: 'set-tcp-entry',
      api: 'SetTcpEntry',
      says: 'SetTcpEntry of a connection that there is not fails with ERROR_INVALID_PARAMETER or ERROR_MR_MID_NOT_FOUND.',
      source: wineTest('iphlpapi/tests/iphlpapi.c:939'),
      windows: 'refused',
      wine: 'succeeds',
      reliedOn: ['iphlpapi.g.ts SetTcpEntry'],
      ask() {
        const row = new ip.MIB_TCPROW({ dwState: ip.MIB_TCP_STATE_DELETE_TCB });
        return ip.SetTcpEntry(row) === 0 ? 'succeeds' : 'refused';
      },
    },
    {
      id: 'bad-family',
      api: 'GetIpForwardTable2',
      says: 'A family that there is not fails with ERROR_INVALID_PARAMETER.',
      source: documented('api/netioapi/nf-netioapi-getipforwardtable2'),
      windows: 'ERROR_INVALID_PARAMETER',
      reliedOn: ['mib-tables.ts GetIpForwardTable2'],
      ask() {
        try {
          ip.ipForwardTable2(77);
          return 'succeeds';
        } catch (error) {
          return (error as { code: string }).code;
        }
      },
    },
  ],
};
