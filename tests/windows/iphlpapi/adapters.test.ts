import os from 'node:os';
import t from 'tap';
import * as w from 'winsock';
import * as ip from 'winsock/iphlpapi';
import { startWinsock } from '../support/winsock.ts';
import { hostAddresses, onWine, textOf } from './support.ts';

startWinsock(t);

function physicalAddress({ PhysicalAddress, PhysicalAddressLength }: ip.IP_ADAPTER_ADDRESSES_LH) {
  const bytes = [...PhysicalAddress.subarray(0, PhysicalAddressLength)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

t.test('adaptersAddresses has what the run time says', async (t) => {
  const adapters = ip.adaptersAddresses();
  const expected = hostAddresses();
  t.ok(expected.length > 0);
  for (const { interfaceName, address, prefix, mac } of expected) {
    const adapter = adapters.find(({ FriendlyName }) => FriendlyName === interfaceName);
    if (!t.ok(adapter, interfaceName)) continue;
    const own = [...ip.linked(adapter!.FirstUnicastAddress)];
    const found = own.find(({ Address }) => textOf(Address.lpSockaddr!) === address);
    t.equal(found?.OnLinkPrefixLength, prefix, `${address} on ${interfaceName}`);
    t.equal(adapter!.OperStatus, ip.IfOperStatusUp);
    // The run time knows addresses of this length only.
    if (adapter!.PhysicalAddressLength === 6) t.equal(physicalAddress(adapter!), mac);
  }
});

t.test('all records are in one buffer, which their pointers keep', async (t) => {
  const adapters = ip.adaptersAddresses();
  const { buffer } = adapters[0]!;
  const addresses = adapters.flatMap(({ FirstUnicastAddress }) => [
    ...ip.linked(FirstUnicastAddress),
  ]);
  t.ok(addresses.length > 0);
  const records = [...adapters, ...addresses, ...addresses.map((one) => one.Address.lpSockaddr!)];
  t.ok(records.every((record) => record.buffer === buffer));
  t.equal(adapters.at(-1)!.Next, null);
});

t.test('flags and family choose', async (t) => {
  // Wine asks for IPv6 DNS servers when they are not left out, and fails where there are none.
  const flags = ip.GAA_FLAG_SKIP_DNS_SERVER;
  const families = (family: number, more = 0) =>
    new Set(
      ip
        .adaptersAddresses(family, flags | more)
        .flatMap(({ FirstUnicastAddress }) => [...ip.linked(FirstUnicastAddress)])
        .map(({ Address }) => Address.lpSockaddr!.sa_family),
    );
  t.same([...families(w.AF_INET)], [w.AF_INET]);
  t.same([...families(w.AF_UNSPEC, ip.GAA_FLAG_SKIP_UNICAST)], []);
  const withIPv6 = hostAddresses().some(({ address }) => address.includes(':'));
  t.same([...families(w.AF_INET6)], withIPv6 ? [w.AF_INET6] : []);
});

t.test('gateways are those of the routes', async (t) => {
  const adapters = ip.adaptersAddresses(w.AF_INET, ip.GAA_FLAG_INCLUDE_GATEWAYS);
  const gateways = adapters
    .flatMap(({ FirstGatewayAddress }) => [...ip.linked(FirstGatewayAddress)])
    .map(({ Address }) => textOf(Address.lpSockaddr!));
  const byRoutes = [...ip.ipForwardTable()]
    .filter(({ dwForwardDest, dwForwardNextHop }) => dwForwardDest === 0 && dwForwardNextHop !== 0)
    .map(({ dwForwardNextHop }) => w.inet_ntoa(new w.in_addr({ s_addr: dwForwardNextHop })));
  if (byRoutes.length === 0)
    t.pass('asked of the system', { skip: 'this computer has no gateway' });
  for (const gateway of byRoutes) t.ok(gateways.includes(gateway!), gateway!);
});

t.test('the C function says how much it needs', async (t) => {
  const size = w.ref(w.DWORD, 0);
  const flags = ip.GAA_FLAG_SKIP_DNS_SERVER;
  const call = () => ip.GetAdaptersAddresses(w.AF_INET, flags, null, null, size);
  t.equal(call(), w.ERROR_BUFFER_OVERFLOW);
  t.ok(size.value >= w.sizeof(ip.IP_ADAPTER_ADDRESSES_LH));
  const memory = new Uint8Array(new ArrayBuffer(size.value));
  const filled = ip.GetAdaptersAddresses(w.AF_INET, flags, null, memory as never, size);
  t.equal(filled, w.NO_ERROR);
  const first = ip.anchored(ip.IP_ADAPTER_ADDRESSES_LH, memory);
  t.same(
    [...ip.linked(first)].map(({ AdapterName }) => AdapterName),
    ip.adaptersAddresses(w.AF_INET, flags).map(({ AdapterName }) => AdapterName),
  );
  size.value = memory.length + 1;
  t.throws(
    () => ip.GetAdaptersAddresses(w.AF_INET, flags, null, memory as never, size),
    RangeError,
  );
});

t.test('failure is thrown with the code that was returned', async (t) => {
  t.throws(() => ip.perAdapterInfo(0xffffff), {
    name: 'WinsockError',
    syscall: 'GetPerAdapterInfo',
  });
});

t.test(
  'adaptersInfo has the addresses, masks and hardware addresses of the run time',
  async (t) => {
    const adapters = ip.adaptersInfo();
    const expected = hostAddresses().filter(
      ({ family, internal }) => family === 'IPv4' && !internal,
    );
    for (const { address, netmask, mac } of expected) {
      const found = adapters
        .flatMap((adapter) =>
          [...ip.linked(adapter.IpAddressList)].map((own) => ({ adapter, own })),
        )
        .find(({ own }) => String(own.IpAddress.String) === address);
      if (!t.ok(found, address)) continue;
      t.equal(String(found!.own.IpMask.String), netmask);
      const { Address, AddressLength } = found!.adapter;
      if (AddressLength !== 6) continue;
      t.equal(Buffer.from(Address.subarray(0, 6)).toString('hex'), mac.replace(/:/g, ''));
    }
  },
);

t.test("networkParams and perAdapterInfo know the host's name and its DNS servers", async (t) => {
  const info = ip.networkParams();
  t.equal(String(info.HostName).toLowerCase(), os.hostname().toLowerCase());
  const servers = [...ip.linked(info.DnsServerList)].map(({ IpAddress }) => IpAddress.String);
  t.ok(servers.length > 0);
  const [first] = ip.adaptersInfo();
  if (first) t.type(ip.perAdapterInfo(first.Index).AutoconfigEnabled, 'number');
});

t.test('interfaces by index, name and LUID', async (t) => {
  for (const { Index, Name } of ip.interfaceInfo()) {
    t.match(String(Name), /\{[0-9A-F-]{36}\}$/i);
    const luid = new ip.NET_LUID();
    ip.ConvertInterfaceIndexToLuid.orThrow(Index, luid);
    const index = w.ref(w.DWORD);
    ip.ConvertInterfaceLuidToIndex.orThrow(luid, index);
    t.equal(index.value, Index);
    const name = Buffer.alloc(ip.IF_MAX_STRING_SIZE + 1);
    t.type(ip.if_indextoname(Index, name), 'string');
    t.equal(ip.if_nametoindex(name.toString('latin1').replace(/\0.*/s, '')), Index);
  }
  t.equal(ip.if_nametoindex('no such interface'), 0);
});

t.test(
  'prefixes are there where they are asked for',
  { skip: onWine && 'Wine fails with ERROR_INVALID_DATA' },
  async (t) => {
    const adapters = ip.adaptersAddresses(w.AF_INET, ip.GAA_FLAG_INCLUDE_PREFIX);
    const prefixes = adapters.flatMap(({ FirstPrefix }) => [...ip.linked(FirstPrefix)]);
    t.ok(prefixes.some(({ PrefixLength }) => PrefixLength === 8));
  },
);
