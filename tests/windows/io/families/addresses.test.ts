/** Addresses of all families, as objects, as bytes and as text. */
import t from 'tap';
import * as w from 'winsock';
import { type AddressLike, addressText, decodeAddress, encodeAddress } from 'winsock/io';

const VM = '0cb41ef8-fd70-4e0c-8b5f-6a26fdd6d0f5';
const SERIAL_PORT = '00001101-0000-1000-8000-00805f9b34fb';

/** What is given, what is told of it, and its text. */
const WAYS: readonly (readonly [AddressLike, object, string])[] = [
  [
    { address: '192.0.2.1', port: 80 },
    { family: 'IPv4', address: '192.0.2.1', port: 80 },
    '192.0.2.1:80',
  ],
  [
    { host: 'fe80::1%4', port: 1 },
    { family: 'IPv6', address: 'fe80::1%4', port: 1 },
    '[fe80::1%4]:1',
  ],
  [{ path: 'C:\\a b' }, { family: 'Unix', path: 'C:\\a b' }, 'C:\\a b'],
  [
    { family: 'Bluetooth', address: '00:1a:7d:DA:71:13', channel: 5 },
    { family: 'Bluetooth', address: '00:1A:7D:DA:71:13', channel: 5 },
    '(00:1A:7D:DA:71:13):5',
  ],
  [
    { family: 'Bluetooth', address: '00:1A:7D:DA:71:13', service: 0x1101 },
    { family: 'Bluetooth', address: '00:1A:7D:DA:71:13', channel: 0, service: SERIAL_PORT },
    `(00:1A:7D:DA:71:13):${SERIAL_PORT}`,
  ],
  [
    { family: 'Bluetooth' },
    { family: 'Bluetooth', address: '00:00:00:00:00:00', channel: 0 },
    '(00:00:00:00:00:00)',
  ],
  [
    { family: 'HyperV', vm: VM.toUpperCase(), service: `{${SERIAL_PORT}}` },
    { family: 'HyperV', vm: VM, service: SERIAL_PORT },
    `${VM}:${SERIAL_PORT}`,
  ],
  [
    { family: 'HyperV', vm: 'children', service: 5000 },
    {
      family: 'HyperV',
      vm: '90db8b89-0d35-4f79-8ce9-49ea0ac8b7cd',
      service: '00001388-facb-11e6-bd58-64006a7986d3',
    },
    '90db8b89-0d35-4f79-8ce9-49ea0ac8b7cd:00001388-facb-11e6-bd58-64006a7986d3',
  ],
  [
    { family: w.AF_IRDA, bytes: Uint8Array.of(w.AF_IRDA, 0, 1, 2) },
    { family: w.AF_IRDA, bytes: Uint8Array.of(w.AF_IRDA, 0, 1, 2) },
    `family ${w.AF_IRDA}: 1a000102`,
  ],
];

t.test('each family goes both ways, and has a text', async (t) => {
  for (const [given, told, text] of WAYS) {
    const address = decodeAddress(encodeAddress(given));
    t.same(address, told, text);
    t.same(decodeAddress(encodeAddress(address)), told, `${text} again`);
    t.equal(addressText(address), text);
  }
});

t.test('the bytes are those of the structures', async (t) => {
  const bth = new w.SOCKADDR_BTH({ addressFamily: w.AF_BTH, btAddr: 0x001a7dda7113n, port: 5 });
  bth.serviceClassId.set(w.guidFromString(SERIAL_PORT));
  const place = { address: '00:1A:7D:DA:71:13', channel: 5, service: 0x1101 };
  t.same([...encodeAddress({ family: 'Bluetooth', ...place })], [...bth]);
  const hv = new w.SOCKADDR_HV({ Family: w.AF_HYPERV });
  hv.VmId.set(w.guidFromString(VM));
  hv.ServiceId.set(w.guidFromString(SERIAL_PORT));
  t.same([...encodeAddress({ family: 'HyperV', vm: VM, service: SERIAL_PORT })], [...hv]);
  t.same([...encodeAddress({ family: 'HyperV', service: SERIAL_PORT })].slice(0, 20), [
    w.AF_HYPERV,
    ...new Array<number>(19).fill(0),
  ]);
});

t.test('what is cut off or not known is bytes', async (t) => {
  for (const bytes of [
    Uint8Array.of(w.AF_INET, 0, 1),
    Uint8Array.of(w.AF_INET6, 0, ...new Array<number>(20).fill(7)),
    Uint8Array.of(w.AF_BTH, 0, 1),
    Uint8Array.of(w.AF_HYPERV, 0, 1),
    Uint8Array.of(0, 0, 0, 0),
  ]) {
    const family = bytes[0]! + bytes[1]! * 256;
    t.same(decodeAddress(bytes), { family, bytes });
    t.same(encodeAddress({ family, bytes }), bytes);
  }
});

t.test('what is no address is refused', async (t) => {
  const wrong: readonly (readonly [unknown, new (...args: never[]) => Error])[] = [
    [{ family: 'Bluetooth', address: '00:1A:7D:DA:71' }, TypeError],
    [{ family: 'Bluetooth', address: 5 }, TypeError],
    [{ family: 'Bluetooth', channel: 31 }, RangeError],
    [{ family: 'Bluetooth', channel: 1.5 }, RangeError],
    [{ family: 'Bluetooth', service: 'serial' }, TypeError],
    [{ family: 'Bluetooth', service: 2 ** 32 }, RangeError],
    [{ family: 'HyperV' }, TypeError],
    [{ family: 'HyperV', vm: 'nobody', service: 1 }, TypeError],
    [{ family: 'HyperV', vm: 'not-an-id', service: 1 }, TypeError],
    [{ family: 'HyperV', service: -1 }, RangeError],
    [{ family: 5, bytes: 'text' }, TypeError],
    [{ family: 5, bytes: Uint8Array.of(6, 0) }, TypeError],
    [{ family: 'IPv6', address: '127.0.0.1', port: 1 }, TypeError],
    [{ family: 'AppleTalk', address: '127.0.0.1', port: 1 }, TypeError],
    [{ address: 'fe80::1%', port: 1 }, TypeError],
  ];
  for (const [address, error] of wrong) {
    t.throws(() => encodeAddress(address as AddressLike), error, JSON.stringify(address));
  }
  // As dns.lookup of Node.js tells the family.
  t.same(decodeAddress(encodeAddress({ address: '::1', port: 1, family: 6 } as AddressLike)), {
    family: 'IPv6',
    address: '::1',
    port: 1,
  });
});
