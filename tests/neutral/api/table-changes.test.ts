import t from 'tap';
import {
  changesBetween,
  INTERFACES,
  knownRows,
  ROUTES,
  UNICAST_ADDRESSES,
} from '../../../lib/api/iphlpapi/table-changes.ts';
import * as w from '../../../lib/index.ts';
import * as ip from '../../../lib/iphlpapi.ts';

function address(last: number, fields: { ValidLifetime?: number; DadState?: number } = {}) {
  const row = new ip.MIB_UNICASTIPADDRESS_ROW({ InterfaceIndex: 7, ...fields });
  row.Address.Ipv4.sin_family = w.AF_INET;
  row.Address.Ipv4.sin_addr.S_un.S_un_b.s_b4 = last;
  row.InterfaceLuid.Value = 0x6000000000000n;
  return row;
}

t.test('rows that came, went, and are other than before', (t) => {
  const before = [address(1), address(2), address(3, { ValidLifetime: 9 })];
  const after = [
    address(3, { ValidLifetime: 8 }),
    address(4),
    address(2, { DadState: w.IpDadStatePreferred }),
  ];
  const by = UNICAST_ADDRESSES;
  const changes = changesBetween(knownRows(before, by), knownRows(after, by), by);
  t.same(
    changes.map(({ row, type }) => [row.Address.Ipv4.sin_addr.S_un.S_un_b.s_b4, type]),
    [
      [1, ip.MibDeleteInstance],
      [4, ip.MibAddInstance],
      [2, ip.MibParameterNotification],
    ],
  );
  t.end();
});

t.test('routes and interfaces are known by more than one field', (t) => {
  const route = (luid: bigint, fields: { Age?: number; Metric?: number } = {}) => {
    const row = new ip.MIB_IPFORWARD_ROW2(fields);
    row.InterfaceLuid.Value = luid;
    return row;
  };
  const routes = knownRows([route(1n), route(2n)], ROUTES);
  t.equal(routes.size, 2);
  const later = knownRows([route(1n, { Age: 5 }), route(2n, { Metric: 5 })], ROUTES);
  t.same(
    changesBetween(routes, later, ROUTES).map(({ row }) => row.Metric),
    [5],
  );
  const both = [w.AF_INET, w.AF_INET6].map((Family) => new ip.MIB_IPINTERFACE_ROW({ Family }));
  t.equal(knownRows(both, INTERFACES).size, 2);
  t.end();
});
