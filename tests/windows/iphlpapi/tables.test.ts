import t from 'tap';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';
import { answeredByStub } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';
import { attempt, hostAddresses, onWine, textOf } from './support.ts';

startWinsock(t);

const textOfInet = (address: w.SOCKADDR_INET) => textOf(w.cast(w.sockaddr, address));
const textOfIPv4 = (address: number) => w.inet_ntoa(new w.in_addr({ s_addr: address }));

t.test('unicast addresses have the prefixes that the run time says', async (t) => {
  const rows = [...ip.unicastIpAddressTable()];
  for (const { address, prefix } of hostAddresses()) {
    const row = rows.find(({ Address }) => textOfInet(Address) === address);
    t.equal(row?.OnLinkPrefixLength, prefix, address);
    t.equal(row?.SkipAsSource, 0);
  }
  const ofIPv4 = [...ip.unicastIpAddressTable(w.AF_INET)];
  t.ok(ofIPv4.length > 0);
  t.ok(ofIPv4.every(({ Address }) => Address.si_family === w.AF_INET));
});

t.test('the C function gives a table that FreeMibTable frees', async (t) => {
  const table = w.ref(w.ptr(ip.MIB_UNICASTIPADDRESS_TABLE));
  ip.GetUnicastIpAddressTable.orThrow(w.AF_INET, table);
  const { NumEntries, Table } = table.value!;
  t.equal(NumEntries, ip.unicastIpAddressTable(w.AF_INET).length);
  t.equal(Table[0]!.Address.si_family, w.AF_INET);
  ip.FreeMibTable(table.value);
  t.throws(() => ip.FreeMibTable(new Uint8Array(64)), TypeError);
});

t.test('interfaces are those of the adapters', async (t) => {
  const rows = [...ip.ifTable2()];
  const adapters = ip.adaptersAddresses();
  for (const { IfIndex, FriendlyName, Mtu, IfType, Luid } of adapters) {
    const row = rows.find(({ InterfaceIndex }) => InterfaceIndex === IfIndex);
    if (!t.ok(row, `interface ${IfIndex}`)) continue;
    t.equal(String(row!.Alias), FriendlyName);
    // Of the link here, of IP there, which may be less, or on loopback without limit.
    if (onWine) t.equal(row!.Mtu, Mtu);
    t.equal(row!.Type, IfType);
    t.equal(row!.InterfaceLuid.Value, Luid.Value);
    const entry = new ip.MIB_IF_ROW2({ InterfaceIndex: IfIndex });
    ip.GetIfEntry2.orThrow(entry);
    t.equal(String(entry.Alias), FriendlyName);
  }
  for (const { dwIndex, dwMtu } of ip.ifTable()) {
    t.equal(rows.find((row) => row.InterfaceIndex === dwIndex)?.Mtu, dwMtu);
  }
});

t.test('IPv4 addresses have the masks that the run time says', async (t) => {
  const rows = [...ip.ipAddrTable()];
  for (const { address, netmask, family } of hostAddresses()) {
    if (family !== 'IPv4') continue;
    const row = rows.find(({ dwAddr }) => textOfIPv4(dwAddr) === address);
    t.equal(row && textOfIPv4(row.dwMask), netmask, address);
  }
});

t.test('routes are in the older table and the newer one alike', async (t) => {
  const byOldTable = [...ip.ipForwardTable()];
  const rows = [...ip.ipForwardTable2(w.AF_INET)];
  t.ok(rows.every(({ DestinationPrefix }) => DestinationPrefix.Prefix.si_family === w.AF_INET));
  const own = hostAddresses().map(({ address }) => address);
  for (const { dwForwardDest, dwForwardNextHop, dwForwardIfIndex } of byOldTable) {
    const nextHop = textOfIPv4(dwForwardNextHop)!;
    const row = rows.find(
      ({ DestinationPrefix, InterfaceIndex }) =>
        textOfInet(DestinationPrefix.Prefix) === textOfIPv4(dwForwardDest) &&
        InterfaceIndex === dwForwardIfIndex,
    );
    t.ok(row, textOfIPv4(dwForwardDest)!);
    // For neighbours the old table has this computer's own address, the new one has none.
    const expected = own.includes(nextHop) || !onWine ? ['0.0.0.0', nextHop] : [nextHop];
    if (row) t.ok(expected.includes(textOfInet(row.NextHop)), `by ${nextHop}`);
  }
  const withIPv6 = hostAddresses().some(({ address }) => address.includes(':'));
  if (withIPv6) t.ok(ip.ipForwardTable2().length > rows.length, 'those of IPv6 too');
});

t.test('the best route starts at an address of its own', async (t) => {
  const destination = new w.SOCKADDR_INET({
    Ipv4: { sin_family: w.AF_INET, sin_addr: { s_addr: w.htonl(w.INADDR_LOOPBACK) } },
  });
  const route = new ip.MIB_IPFORWARD_ROW2();
  const source = new w.SOCKADDR_INET();
  const code = ip.GetBestRoute2(null, 0, null, destination, 0, route, source);
  if (code === w.ERROR_NOT_SUPPORTED) {
    t.pass('asked of the system', { skip: 'Wine has no GetBestRoute2' });
    return;
  }
  t.equal(code, 0);
  t.equal(textOfInet(source), '127.0.0.1');
});

t.test('the best interface and route of IPv4', async (t) => {
  const own = hostAddresses().find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!own) {
    t.pass('asked of the system', { skip: 'no network here' });
    return;
  }
  const index = w.ref(w.DWORD);
  ip.GetBestInterface.orThrow(w.inet_addr(own.address), index);
  const adapter = ip.adaptersAddresses(w.AF_INET).find(({ IfIndex }) => IfIndex === index.value);
  // What is sent to this computer itself may go by way of loopback.
  if (adapter?.IfType !== ip.IF_TYPE_SOFTWARE_LOOPBACK) {
    t.equal(adapter?.FriendlyName, own.interfaceName);
  }
  const address = new w.sockaddr_in({
    sin_family: w.AF_INET,
    sin_addr: { s_addr: w.inet_addr(own.address) },
  });
  const again = w.ref(w.DWORD);
  ip.GetBestInterfaceEx.orThrow(address, again);
  t.equal(again.value, index.value);
});

const others: Record<string, () => Iterable<unknown>> = {
  ipNetTable: () => ip.ipNetTable(),
  ipNetTable2: () => ip.ipNetTable2(),
  ipInterfaceTable: () => ip.ipInterfaceTable(),
  anycastIpAddressTable: () => ip.anycastIpAddressTable(),
  multicastIpAddressTable: () => ip.multicastIpAddressTable(),
  ipPathTable: () => ip.ipPathTable(),
  ifStackTable: () => ip.ifStackTable(),
  invertedIfStackTable: () => ip.invertedIfStackTable(),
};

for (const [name, rows] of Object.entries(others)) {
  t.test(name, async (t) => {
    const answer = attempt(rows);
    if ('missing' in answer) t.pass('asked of the system', { skip: answer.missing });
    else t.ok([...answer.value].every((row) => row instanceof Uint8Array));
  });
}

t.test('changes are reported', async (t) => {
  const seen: number[] = [];
  const subscriptions = [
    ip.onIpInterfaceChange((_row, type) => seen.push(type), { initial: true }),
    ip.onUnicastIpAddressChange((_row, type) => seen.push(type), { initial: true }),
    ip.onRouteChange((_row, type) => seen.push(type), { initial: true, family: w.AF_INET }),
  ];
  while (seen.length < subscriptions.length) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  t.ok(seen.every((type) => type === ip.MibInitialNotification));
  await Promise.all(subscriptions.map((one) => one.close()));
  await subscriptions[0]!.close();
  t.throws(() => ip.onRouteChange(undefined as never), TypeError);
  answeredByStub(
    ip.NotifyIpInterfaceChange,
    ip.NotifyUnicastIpAddressChange,
    ip.NotifyRouteChange2,
    ip.CancelMibChangeNotify2,
  );
});

t.test('a subscription that fails throws', async (t) => {
  if (onWine) {
    t.pass('asked of the system', { skip: 'Wine accepts anything' });
    return;
  }
  t.throws(() => ip.onRouteChange(() => undefined, { family: 77 }), { name: 'WinsockError' });
});
