import net from 'node:net';
import t from 'tap';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';
import * as k from 'winsock/kernel';
import { isWine } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

const LOOPBACK = w.inet_addr('127.0.0.1');
const loopback = [...ip.adaptersAddresses()].find(
  ({ IfType }) => IfType === ip.IF_TYPE_SOFTWARE_LOOPBACK,
)!;
const terminated = (bytes: Buffer, encoding: BufferEncoding) =>
  bytes.toString(encoding).replace(/\0.*/s, '');

t.test('an interface by its index, LUID, GUID, names and alias', async (t) => {
  const luid = new ip.NET_LUID();
  ip.ConvertInterfaceIndexToLuid.orThrow(loopback.IfIndex, luid);
  t.equal(luid.Value, loopback.Luid.Value);
  const index = w.ref(w.ULONG);
  ip.ConvertInterfaceLuidToIndex.orThrow(luid, index);
  t.equal(index.value, loopback.IfIndex);

  const guid = new w.GUID();
  ip.ConvertInterfaceLuidToGuid.orThrow(luid, guid);
  const [wide, narrow, alias] = [Buffer.alloc(512), Buffer.alloc(256), Buffer.alloc(520)];
  ip.ConvertInterfaceLuidToNameW.orThrow(luid, wide, 256);
  ip.ConvertInterfaceLuidToNameA.orThrow(luid, narrow, 256);
  ip.ConvertInterfaceLuidToAlias.orThrow(luid, alias, 260);
  const name = terminated(wide, 'utf16le');
  t.equal(terminated(narrow, 'latin1'), name);
  t.equal(terminated(alias, 'utf16le'), loopback.FriendlyName);

  const back: Record<string, (luid: ip.NET_LUID) => number> = {
    guid: (found) => ip.ConvertInterfaceGuidToLuid.orThrow(guid, found),
    alias: (found) => ip.ConvertInterfaceAliasToLuid.orThrow(loopback.FriendlyName!, found),
    wide: (found) => ip.ConvertInterfaceNameToLuidW.orThrow(name, found),
    narrow: (found) => ip.ConvertInterfaceNameToLuidA.orThrow(name, found),
  };
  for (const [by, find] of Object.entries(back)) {
    const found = new ip.NET_LUID();
    find(found);
    t.equal(found.Value, luid.Value, by);
  }
  const text = Buffer.alloc(256);
  t.equal(ip.if_indextoname(loopback.IfIndex, text), name);
  t.equal(ip.if_nametoindex.orThrow(name), loopback.IfIndex);
  t.equal(ip.if_nametoindex('no such name'), 0);
});

t.test('facts about interfaces', async (t) => {
  const row = new ip.MIB_IFROW({ dwIndex: loopback.IfIndex });
  ip.GetIfEntry.orThrow(row);
  // That of the link. An adapter's is that of IP, which Windows does not limit on this one.
  const [same] = [...ip.ifTable2()].filter(({ InterfaceIndex }) => InterfaceIndex === row.dwIndex);
  t.equal(row.dwMtu, same?.Mtu);
  t.equal(row.dwType, ip.IF_TYPE_SOFTWARE_LOOPBACK);
  const count = w.ref(w.DWORD);
  ip.GetNumberOfInterfaces.orThrow(count);
  if (isWine()) t.equal(count.value, ip.ifTable().length);
  else t.ok(count.value > 0, 'the tables also have parts of interfaces');
  const table = w.ref(w.ptr(ip.MIB_IF_TABLE2));
  ip.GetIfTable2.orThrow(table);
  t.equal(table.value!.NumEntries, ip.ifTable2().length);
  ip.FreeMibTable(table.value);
  t.equal(ip.GetFriendlyIfIndex(loopback.IfIndex), loopback.IfIndex);
});

t.test('an address is found by its row, and a mask by its length', async (t) => {
  const row = new ip.MIB_UNICASTIPADDRESS_ROW({ InterfaceIndex: loopback.IfIndex });
  row.Address.Ipv4.sin_family = w.AF_INET;
  row.Address.Ipv4.sin_addr.s_addr = LOOPBACK;
  ip.GetUnicastIpAddressEntry.orThrow(row);
  t.equal(row.OnLinkPrefixLength, 8);
  const mask = w.ref(w.ULONG);
  ip.ConvertLengthToIpv4Mask.orThrow(20, mask);
  t.equal(w.inet_ntoa(new w.in_addr({ s_addr: mask.value })), '255.255.240.0');
  t.throws(() => ip.ConvertLengthToIpv4Mask.orThrow(33, mask), { code: 'ERROR_INVALID_PARAMETER' });
});

t.test('the best route of IPv4 covers its destination', async (t) => {
  const routes = [...ip.ipForwardTable()];
  const first = routes.find(({ dwForwardDest }) => dwForwardDest !== 0) ?? routes[0];
  if (!first) {
    t.pass('asked of the system', { skip: 'no network here' });
    return;
  }
  const route = new ip.MIB_IPFORWARDROW();
  ip.GetBestRoute.orThrow(first.dwForwardDest, 0, route);
  t.equal(route.dwForwardDest & route.dwForwardMask, route.dwForwardDest);
});

/** A record that a function fills in. */
function filled<T extends w.Struct>(type: w.StructType<T>, fill: (record: T) => number): T {
  const record = new type();
  fill(record);
  return record;
}

t.test('statistics count what happens', async (t) => {
  const before = filled(ip.MIB_TCPSTATS, (one) => ip.GetTcpStatistics.orThrow(one));
  const server = net.createServer().listen(0, '127.0.0.1');
  const client = net.connect((await listening(server)).port, '127.0.0.1');
  await new Promise((resolve) => client.once('connect', resolve));
  const after = filled(ip.MIB_TCPSTATS, (one) => ip.GetTcpStatisticsEx.orThrow(one, w.AF_INET));
  client.destroy();
  server.close();
  t.ok(after.dwActiveOpens > before.dwActiveOpens, 'a connection has been opened');
  t.ok(after.dwInSegs >= before.dwInSegs);

  const udp = filled(ip.MIB_UDPSTATS, (one) => ip.GetUdpStatistics.orThrow(one));
  const udpEx = filled(ip.MIB_UDPSTATS, (one) => ip.GetUdpStatisticsEx.orThrow(one, w.AF_INET));
  t.ok(udpEx.dwInDatagrams >= udp.dwInDatagrams);
  const all = filled(ip.MIB_IPSTATS, (one) => ip.GetIpStatistics.orThrow(one));
  const allEx = filled(ip.MIB_IPSTATS, (one) => ip.GetIpStatisticsEx.orThrow(one, w.AF_INET));
  t.equal(allEx.dwNumIf, all.dwNumIf);
  const icmp = filled(ip.MIB_ICMP, (one) => ip.GetIcmpStatistics.orThrow(one));
  const icmpEx = filled(ip.MIB_ICMP_EX, (one) => ip.GetIcmpStatisticsEx.orThrow(one, w.AF_INET));
  t.ok(icmpEx.icmpInStats.dwMsgs >= icmp.stats.icmpInStats.dwMsgs);
});

async function listening(server: net.Server): Promise<net.AddressInfo> {
  await new Promise((resolve) => server.once('listening', resolve));
  return server.address() as net.AddressInfo;
}

t.test('the older tables of sockets have a listening server', async (t) => {
  const server = net.createServer().listen(0, '127.0.0.1');
  const { port } = await listening(server);
  t.teardown(() => server.close());
  const read = (call: (memory: Uint8Array, size: w.Ref<number>) => number) => {
    const memory = new Uint8Array(new ArrayBuffer(1 << 20));
    t.equal(call(memory, w.ref(w.ULONG, memory.length)), 0);
    return memory;
  };
  const tcp = w.cast(
    ip.MIB_TCPTABLE,
    read((memory, size) => ip.GetTcpTable.orThrow(memory as never, size, 1)),
  );
  const rows = w.cast(w.array(ip.MIB_TCPROW, tcp.dwNumEntries), tcp, 4).value;
  t.ok([...(rows as Iterable<ip.MIB_TCPROW>)].some((row) => w.ntohs(row.dwLocalPort) === port));
  const tcp2 = w.cast(
    ip.MIB_TCPTABLE2,
    read((memory, size) => ip.GetTcpTable2.orThrow(memory as never, size, 1)),
  );
  t.ok(tcp2.dwNumEntries > 0);
  read((memory, size) => ip.GetTcp6Table.orThrow(memory as never, size, 1));
  read((memory, size) => ip.GetTcp6Table2.orThrow(memory as never, size, 1));
  read((memory, size) => ip.GetUdpTable.orThrow(memory as never, size, 1));
  read((memory, size) => ip.GetUdp6Table.orThrow(memory as never, size, 1));
});

t.test('an adapter by the name of its device', async (t) => {
  const guid = new w.GUID();
  ip.ConvertInterfaceLuidToGuid.orThrow(loopback.Luid, guid);
  const index = w.ref(w.ULONG);
  const name = `\\DEVICE\\TCPIP_${w.guidToString(guid).toUpperCase()}`;
  ip.GetAdapterIndex.orThrow(name, index);
  t.equal(index.value, loopback.IfIndex);
  t.throws(() => ip.GetAdapterIndex.orThrow('no such adapter', index), { name: 'WinsockError' });
});

t.test('the compartment of this thread is the default one and can be set', async (t) => {
  const own = ip.GetCurrentThreadCompartmentId();
  t.equal(own, 1, 'the default compartment');
  ip.SetCurrentThreadCompartmentId.orThrow(own);
  t.equal(ip.GetCurrentThreadCompartmentId(), own);
});

t.test('a change of an address is waited for until that is cancelled', async (t) => {
  const event = w.WSACreateEvent.orThrow();
  const waiting = new w.OVERLAPPED({ hEvent: event });
  const handle = w.ref(w.HANDLE);
  t.equal(ip.NotifyAddrChange.orThrow(handle, waiting), w.WSA_IO_PENDING, 'no failure');
  t.equal(k.WaitForSingleObject(event, 0), w.WAIT_TIMEOUT);
  t.not(ip.CancelIPChangeNotify.orThrow(waiting), 0);
  t.equal(await k.WaitForSingleObject.async(event, k.INFINITE), k.WAIT_OBJECT_0);
  t.throws(() => k.GetOverlappedResult.orThrow(handle.value, waiting, w.ref(w.DWORD), 0), {
    code: 'ERROR_OPERATION_ABORTED',
  });
  t.throws(() => ip.CancelIPChangeNotify.orThrow(waiting), { name: 'WinsockError' }, 'it is over');
  w.WSACloseEvent.orThrow(event);
});
