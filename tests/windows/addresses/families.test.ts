import t from 'tap';
import * as w from 'winsock';
import { needsDlls, testDll } from '../support/native.ts';

// Wine has no transport of these families. C code of ours reads what is made here, and the other way.
const dll = testDll('sockaddrs');
const takeRecord = w.func<() => string>(dll, 'TakeRecord', w.NeverFails, () => [w.cstring]);
const describe = w.func<(address: Uint8Array, length: number) => void>(
  dll,
  'Describe',
  w.NeverFails,
  () => [w.void_, w.p('address', w.pvoid), w.p('length', w.int)],
);
const make = w.func<(family: number, address: Uint8Array) => number>(
  dll,
  'Make',
  w.NeverFails,
  () => [w.int, w.p('family', w.int), w.p('address', w.pvoid, 'out')],
);

const SERIAL_PORT = w.guidFromString('{00001101-0000-1000-8000-00805f9b34fb}');
const SERIAL_PORT_HEX = '0111000000000010800000805f9b34fb';
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

function netbios(type: number, name: string, port: number): w.sockaddr_nb {
  const address = new w.sockaddr_nb();
  w.SET_NETBIOS_SOCKADDR(address, type, name, port);
  return address;
}

/** An address of each family, and what C says of it. */
const MADE: Readonly<Record<string, readonly [address: w.Struct, told: string]>> = {
  Unix: [
    new w.sockaddr_un({ sun_family: w.AF_UNIX, sun_path: 'C:\\Temp\\a socket' }),
    'unix 110 C:\\Temp\\a socket',
  ],
  Bluetooth: [
    new w.SOCKADDR_BTH({
      addressFamily: w.AF_BTH,
      btAddr: w.SET_NAP_SAP(0x0011, 0x22334455),
      serviceClassId: SERIAL_PORT,
      port: w.BT_PORT_ANY,
    }),
    `bluetooth 30 001122334455 ${SERIAL_PORT_HEX} 4294967295`,
  ],
  IrDA: [
    new w.SOCKADDR_IRDA({
      irdaAddressFamily: w.AF_IRDA,
      irdaDeviceID: [1, 2, 3, 0xfe],
      irdaServiceName: 'OBEX',
    }),
    'irda 32 010203fe OBEX',
  ],
  IPX: [
    new w.sockaddr_ipx({
      sa_family: w.AF_IPX,
      sa_netnum: Uint8Array.of(0, 0, 0x12, 0xff),
      sa_nodenum: Uint8Array.of(1, 2, 3, 4, 5, 0xfe),
      sa_socket: w.htons(0x4001),
    }),
    'ipx 14 000012ff 0102030405fe 16385',
  ],
  AppleTalk: [
    new w.sockaddr_at({ sat_family: w.AF_APPLETALK, sat_net: 65281, sat_node: 3, sat_socket: 253 }),
    'appletalk 6 65281.3.253',
  ],
  NetBIOS: [
    netbios(w.NETBIOS_UNIQUE_NAME, 'SERVER', 0x20),
    `netbios 20 0 ${hex(Buffer.from('SERVER         '))}20`,
  ],
  ATM: [
    new w.sockaddr_atm({
      satm_family: w.AF_ATM,
      satm_number: {
        AddressType: w.ATM_NSAP,
        NumofDigits: w.ATM_ADDR_SIZE,
        Addr: Uint8Array.from({ length: w.ATM_ADDR_SIZE }, (_, index) => index),
      },
      satm_blli: { Layer2Protocol: w.SAP_FIELD_ANY, Layer3Protocol: w.SAP_FIELD_ABSENT },
      satm_bhli: { HighLayerInfoType: w.SAP_FIELD_ABSENT },
    }),
    'atm 76 2 20 000102030405060708090a0b0c0d0e0f10111213 blli=4294967295,4294967294 bhli=4294967294',
  ],
  'Hyper-V': [
    new w.SOCKADDR_HV({
      Family: w.AF_HYPERV,
      VmId: w.HV_GUID_LOOPBACK,
      ServiceId: w.guidFromString('{00001388-facb-11e6-bd58-64006a7986d3}'),
    }),
    'hyperv 36 9761e1e056dd104a91955ee7a155a838 88130000cbfae611bd5864006a7986d3',
  ],
};

for (const [family, [address, told]] of Object.entries(MADE)) {
  t.test(`C reads an address of ${family}`, needsDlls, async (t) => {
    takeRecord();
    describe(address, address.byteLength);
    t.equal(takeRecord(), told);
  });
}

t.test('an address that C has made is read', needsDlls, async (t) => {
  const made = <F extends number>(family: F): w.SockaddrOf<F> => {
    const storage = new w.SOCKADDR_STORAGE();
    const type = w.sockaddrType(family) as w.StructType<w.Struct>;
    t.equal(make(family, storage), w.sizeof(type), `the size of ${type.name}`);
    return w.cast(type, storage) as w.SockaddrOf<F>;
  };
  t.equal(String(made(w.AF_UNIX).sun_path), 'C:\\made in C.sock');
  const bluetooth = made(w.AF_BTH);
  t.same([bluetooth.btAddr, bluetooth.port], [0x665544332211n, 17]);
  t.equal(w.guidToString(bluetooth.serviceClassId), w.guidToString(SERIAL_PORT));
  t.same([w.GET_NAP(bluetooth.btAddr), w.GET_SAP(bluetooth.btAddr)], [0x6655, 0x44332211]);
  const irda = made(w.AF_IRDA);
  t.same([hex(irda.irdaDeviceID), String(irda.irdaServiceName)], ['09080706', 'OBEX:IrXfer']);
  const ipx = made(w.AF_IPX);
  t.same([hex(ipx.sa_netnum), hex(ipx.sa_nodenum)], ['00010203', '0a0b0c0d0e0f']);
  t.equal(w.ntohs(ipx.sa_socket), 0x4003);
  const { sat_net, sat_node, sat_socket } = made(w.AF_APPLETALK);
  t.same([sat_net, sat_node, sat_socket], [65280, 128, 254]);
  const group = made(w.AF_NETBIOS);
  t.same(Buffer.from(group), Buffer.from(netbios(w.NETBIOS_GROUP_NAME, 'WORKGROUP', 0x1e)));
  const atm = made(w.AF_ATM);
  t.same([atm.satm_number.AddressType, atm.satm_number.NumofDigits], [w.ATM_E164, 3]);
  t.equal(hex(atm.satm_number.Addr.subarray(0, 3)), hex(Buffer.from('123')));
  t.equal(atm.satm_blli.Layer2Protocol, w.SAP_FIELD_ABSENT);
  t.equal(atm.satm_bhli.HighLayerInfoType, w.SAP_FIELD_ANY);
  const hyperv = made(w.AF_HYPERV);
  t.equal(w.guidToString(hyperv.VmId), w.guidToString(SERIAL_PORT));
  t.equal(hyperv.ServiceId.Data1, 5000);
});

t.test('text that is too long is refused, not cut', async (t) => {
  const long = 'x'.repeat(200);
  t.throws(() => new w.sockaddr_un({ sun_path: long }), RangeError);
  t.throws(() => new w.SOCKADDR_IRDA({ irdaServiceName: long }), RangeError);
  t.throws(() => new w.sockaddr_ipx({ sa_nodenum: new Uint8Array(7) }), RangeError);
});

t.test(
  'setsockopt hands over multicast requests that Wine has no options for',
  needsDlls,
  async (t) => {
    const setsockopt = w.func<typeof w.setsockopt>(
      dll,
      'SetMulticastOption',
      w.SocketError,
      w.setsockopt.definition.signature,
    );
    const s = 321 as w.SOCKET;
    const six = (text: string) => w.stringToAddress(text, w.AF_INET6);
    const four = (text: string) => w.stringToAddress(text, w.AF_INET);
    w.WSAStartup.orThrow(w.MAKEWORD(2, 2), new w.WSADATA());
    t.teardown(() => w.WSACleanup());

    const group = new w.group_req({ gr_interface: 7 });
    group.gr_group.set(six('ff15::71'));
    const source = new w.group_source_req({ gsr_interface: 8 });
    source.gsr_group.set(six('ff35::72'));
    source.gsr_source.set(six('2001:db8::1'));
    const source4 = new w.group_source_req({ gsr_interface: 9 });
    source4.gsr_group.set(four('232.71.0.1'));
    source4.gsr_source.set(four('192.0.2.1'));

    const { IPPROTO_IP, IPPROTO_IPV6 } = w;
    const told: string[] = [];
    takeRecord();
    for (const option of [w.MCAST_JOIN_GROUP, w.MCAST_LEAVE_GROUP]) {
      setsockopt.orThrow(s, IPPROTO_IPV6, option, group, w.sizeof(group));
      told.push(`${IPPROTO_IPV6}:${option} if=7 group=ff15::71`);
    }
    for (const option of [
      w.MCAST_JOIN_SOURCE_GROUP,
      w.MCAST_LEAVE_SOURCE_GROUP,
      w.MCAST_BLOCK_SOURCE,
      w.MCAST_UNBLOCK_SOURCE,
    ]) {
      setsockopt.orThrow(s, IPPROTO_IPV6, option, source, w.sizeof(source));
      told.push(`${IPPROTO_IPV6}:${option} if=8 group=ff35::72 source=2001:db8::1`);
      setsockopt.orThrow(s, IPPROTO_IP, option, source4, w.sizeof(source4));
      told.push(`${IPPROTO_IP}:${option} if=9 group=232.71.0.1 source=192.0.2.1`);
    }
    t.same(takeRecord().split('\n'), told);
    t.throws(() => setsockopt.orThrow(s, IPPROTO_IP, w.MCAST_JOIN_GROUP, group, 8), {
      code: 'WSAENOPROTOOPT',
    });
  },
);
