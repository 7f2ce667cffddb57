import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

async function listen(t: Test, host: string): Promise<net.Server> {
  const server = net.createServer();
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(() => server.close());
  return server;
}

const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port;

t.test('a listening server is in the TCP table, with this process', async (t) => {
  const port = portOf(await listen(t, '127.0.0.1'));
  // Others may have connections from the same port of another address.
  const mine = [...ip.tcpTable()].filter(
    ({ dwLocalPort, dwState }) =>
      w.ntohs(dwLocalPort) === port && dwState === ip.MIB_TCP_STATE_LISTEN,
  );
  t.equal(mine.length, 1);
  const [row] = mine;
  t.equal(row!.dwOwningPid, process.pid);
  t.equal(row!.dwState, ip.MIB_TCP_STATE_LISTEN);
  t.equal(w.inet_ntoa(new w.in_addr({ s_addr: row!.dwLocalAddr })), '127.0.0.1');

  const listeners = ip.tcpTable(w.AF_INET, ip.TCP_TABLE_OWNER_PID_LISTENER);
  t.ok([...listeners].some(({ dwLocalPort }) => w.ntohs(dwLocalPort) === port));
  t.ok([...listeners].every(({ dwState }) => dwState === ip.MIB_TCP_STATE_LISTEN));
  const basic = ip.tcpTable(w.AF_INET, ip.TCP_TABLE_BASIC_ALL);
  t.ok([...basic].some(({ dwLocalPort }) => w.ntohs(dwLocalPort) === port));
  const modules = [...ip.tcpTable(w.AF_INET, ip.TCP_TABLE_OWNER_MODULE_ALL)];
  const withModule = modules.find(({ dwLocalPort }) => w.ntohs(dwLocalPort) === port);
  t.equal(withModule?.dwOwningPid, process.pid);
  t.equal(withModule?.OwningModuleInfo.length, ip.TCPIP_OWNING_MODULE_SIZE);
});

t.test('both ends of a connection are in the TCP table', async (t) => {
  const server = await listen(t, '127.0.0.1');
  const port = portOf(server);
  const client = net.connect(port, '127.0.0.1');
  const [peer] = (await once(server, 'connection')) as [net.Socket];
  t.teardown(() => {
    client.destroy();
    peer.destroy();
  });
  const rows = [...ip.tcpTable(w.AF_INET, ip.TCP_TABLE_OWNER_PID_CONNECTIONS)];
  const ends = rows
    .filter(({ dwState }) => dwState === ip.MIB_TCP_STATE_ESTAB)
    .map((row) => [w.ntohs(row.dwLocalPort), w.ntohs(row.dwRemotePort), row.dwOwningPid] as const);
  const has = (local: number, remote: number) =>
    ends.some(([l, r, pid]) => l === local && r === remote && pid === process.pid);
  t.ok(has(port, peer.remotePort!), 'the server');
  t.ok(has(peer.remotePort!, port), 'the client');
});

t.test('a listening server of IPv6 is in its TCP table, with this process', async (t) => {
  const port = portOf(await listen(t, '::1'));
  const row = [...ip.tcpTable(w.AF_INET6)].find(({ dwLocalPort }) => w.ntohs(dwLocalPort) === port);
  t.equal(row?.dwOwningPid, process.pid);
  t.same([...(row?.ucLocalAddr ?? [])], [...Array(15).fill(0), 1]);
});

t.test('a bound socket is in the UDP table, with this process', async (t) => {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const { port } = socket.address();
  const row = [...ip.udpTable()].find(({ dwLocalPort }) => w.ntohs(dwLocalPort) === port);
  t.equal(row?.dwOwningPid, process.pid);
  t.equal(row && w.inet_ntoa(new w.in_addr({ s_addr: row.dwLocalAddr })), '127.0.0.1');
  const basic = ip.udpTable(w.AF_INET, ip.UDP_TABLE_BASIC);
  t.ok([...basic].some(({ dwLocalPort }) => w.ntohs(dwLocalPort) === port));

  const socket6 = dgram.createSocket('udp6');
  socket6.bind(0, '::1');
  await once(socket6, 'listening');
  t.teardown(() => socket6.close());
  const rows6 = [...ip.udpTable(w.AF_INET6)];
  const own = rows6.find(({ dwLocalPort }) => w.ntohs(dwLocalPort) === socket6.address().port);
  t.equal(own?.dwOwningPid, process.pid);
});

t.test('a table that is larger than was thought', async (t) => {
  const sockets = Array.from({ length: 150 }, () => {
    const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
    const loopback = { s_addr: w.htonl(w.INADDR_LOOPBACK) };
    w.bind.orThrow(s, new w.sockaddr_in({ sin_family: w.AF_INET, sin_addr: loopback }), 16);
    return s;
  });
  t.teardown(() => {
    for (const s of sockets) w.closesocket(s);
  });
  const rows = ip.udpTable(w.AF_INET, ip.UDP_TABLE_OWNER_MODULE);
  t.ok(rows.length >= 150);
  t.ok(rows.bytes.byteLength > 16_384, 'more than the first attempt has room for');
  const ports = new Set([...rows].map(({ dwLocalPort }) => dwLocalPort));
  for (const s of sockets) {
    const name = new w.sockaddr_in();
    w.getsockname.orThrow(s, name, w.ref(w.int, 16));
    if (!ports.has(name.sin_port)) t.fail(`port ${w.ntohs(name.sin_port)} is missing`);
  }
  const owners = [...rows].filter(({ dwOwningPid }) => dwOwningPid === process.pid);
  t.ok(owners.length >= 150);
});

t.test('rows are views of one buffer', async (t) => {
  await listen(t, '127.0.0.1');
  await listen(t, '127.0.0.1');
  const rows = ip.tcpTable();
  t.ok(rows.length >= 2);
  t.equal(rows[0]!.buffer, rows[1]!.buffer);
  t.equal(rows[1]!.byteOffset - rows[0]!.byteOffset, w.sizeof(ip.MIB_TCPROW_OWNER_PID));
  t.equal(rows.at(-1)!.byteOffset, rows[rows.length - 1]!.byteOffset);
});

t.test('what is no table is refused', async (t) => {
  t.throws(() => ip.tcpTable(w.AF_INET, 77 as never), {
    name: 'RangeError',
    message: 'tcpTable: 77 is no table class',
  });
  t.throws(() => ip.udpTable(w.AF_UNSPEC as never), {
    name: 'RangeError',
    message: 'udpTable: 0 is neither AF_INET nor AF_INET6',
  });
});

t.test('the C functions with rows of their own', async (t) => {
  const size = w.ref(w.DWORD, 4);
  t.equal(ip.GetTcpTable(new Uint8Array(4) as never, size, 1), w.ERROR_INSUFFICIENT_BUFFER);
  t.ok(size.value > 4);
  const statistics = new ip.MIB_TCPSTATS();
  ip.GetTcpStatisticsEx.orThrow(statistics, w.AF_INET);
  t.ok(statistics.dwActiveOpens > 0, 'this process alone has opened some');
  t.equal(ip.GetTcpStatisticsEx(statistics, w.AF_UNSPEC), w.ERROR_INVALID_PARAMETER);
});
