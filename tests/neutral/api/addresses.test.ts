import { readFileSync } from 'node:fs';
import t from 'tap';
import * as w from 'winsock';

const compiler = new URL('../../fixtures/compiler.json', import.meta.url);
const { layouts } = JSON.parse(readFileSync(compiler, 'utf8')) as {
  layouts: Record<string, { x64?: [size: number] }>;
};

const published = new Map<string, unknown>(Object.entries(w));
const text6 = (a: w.in6_addr) => Buffer.from(a).toString('hex');
const text4 = (a: w.in_addr) => [...a].join('.');

/** What the headers say each constant is, in network byte order. */
const ADDRESSES6 = {
  in6addr_any: [w.IN6ADDR_ANY_INIT, '00000000000000000000000000000000'],
  in6addr_loopback: [w.IN6ADDR_LOOPBACK_INIT, '00000000000000000000000000000001'],
  in6addr_allnodesonnode: [w.IN6ADDR_ALLNODESONNODE_INIT, 'ff010000000000000000000000000001'],
  in6addr_allnodesonlink: [w.IN6ADDR_ALLNODESONLINK_INIT, 'ff020000000000000000000000000001'],
  in6addr_allroutersonlink: [w.IN6ADDR_ALLROUTERSONLINK_INIT, 'ff020000000000000000000000000002'],
  in6addr_allmldv2routersonlink: [
    w.IN6ADDR_ALLMLDV2ROUTERSONLINK_INIT,
    'ff020000000000000000000000000016',
  ],
  in6addr_teredoinitiallinklocaladdress: [
    w.IN6ADDR_TEREDOINITIALLINKLOCALADDRESS_INIT,
    'fe800000000000000000fffffffffffe',
  ],
  in6addr_linklocalprefix: [w.IN6ADDR_LINKLOCALPREFIX_INIT, 'fe800000000000000000000000000000'],
  in6addr_multicastprefix: [w.IN6ADDR_MULTICASTPREFIX_INIT, 'ff000000000000000000000000000000'],
  in6addr_solicitednodemulticastprefix: [
    w.IN6ADDR_SOLICITEDNODEMULTICASTPREFIX_INIT,
    'ff0200000000000000000001ff000000',
  ],
  in6addr_v4mappedprefix: [w.IN6ADDR_V4MAPPEDPREFIX_INIT, '00000000000000000000ffff00000000'],
  in6addr_6to4prefix: [w.IN6ADDR_6TO4PREFIX_INIT, '20020000000000000000000000000000'],
  in6addr_teredoprefix: [w.IN6ADDR_TEREDOPREFIX_INIT, '20010000000000000000000000000000'],
  in6addr_teredoprefix_old: [w.IN6ADDR_TEREDOPREFIX_INIT_OLD, '3ffe831f000000000000000000000000'],
} as const;

const ONLY_INITIALIZERS = [
  [w.IN6ADDR_TEREDOOLDLINKLOCALADDRESSXP_INIT, 'fe80000000000000000054455245444f'],
  [w.IN6ADDR_TEREDOOLDLINKLOCALADDRESSVISTA_INIT, 'fe800000000000000000ffffffffffff'],
  [w.IN6ADDR_ULAPREFIX_INIT, 'fc000000000000000000000000000000'],
  [w.IN6ADDR_SITELOCALPREFIX_INIT, 'fec00000000000000000000000000000'],
  [w.IN6ADDR_6BONETESTPREFIX_INIT, '3ffe0000000000000000000000000000'],
] as const;

const ADDRESSES4 = {
  in4addr_any: [w.IN4ADDR_ANY_INIT, '0.0.0.0'],
  in4addr_loopback: [w.IN4ADDR_LOOPBACK_INIT, '127.0.0.1'],
  in4addr_broadcast: [w.IN4ADDR_BROADCAST_INIT, '255.255.255.255'],
  in4addr_allnodesonlink: [w.IN4ADDR_ALLNODESONLINK_INIT, '224.0.0.1'],
  in4addr_allroutersonlink: [w.IN4ADDR_ALLROUTERSONLINK_INIT, '224.0.0.2'],
  in4addr_alligmpv3routersonlink: [w.IN4ADDR_ALLIGMPV3ROUTERSONLINK_INIT, '224.0.0.22'],
  in4addr_allteredohostsonlink: [w.IN4ADDR_ALLTEREDONODESONLINK_INIT, '224.0.0.253'],
  in4addr_linklocalprefix: [w.IN4ADDR_LINKLOCALPREFIX_INIT, '169.254.0.0'],
  in4addr_multicastprefix: [w.IN4ADDR_MULTICASTPREFIX_INIT, '224.0.0.0'],
} as const;

t.test(
  'initialisers and well-known addresses stand for the address that their name says',
  async (t) => {
    for (const [name, [init, expected]] of Object.entries(ADDRESSES6)) {
      t.equal(text6(published.get(name) as w.in6_addr), expected, name);
      t.equal(text6(new w.in6_addr(init)), expected);
      t.equal(text6(new w.sockaddr_in6({ sin6_addr: init }).sin6_addr), expected);
    }
    for (const [init, expected] of ONLY_INITIALIZERS) {
      t.equal(text6(new w.in6_addr(init)), expected);
    }
    for (const [name, [init, expected]] of Object.entries(ADDRESSES4)) {
      t.equal(text4(published.get(name) as w.in_addr), expected, name);
      t.equal(text4(new w.sockaddr_in({ sin_addr: init }).sin_addr), expected);
    }
    t.equal(w.scopeid_unspecified.Value, 0);
    t.equal(new w.SCOPE_ID(w.SCOPEID_UNSPECIFIED_INIT).Value, 0);
  },
);

t.test(
  'a constant cannot be changed through its fields, and goes where a record goes',
  async (t) => {
    const loopback = w.in6addr_loopback as w.in6_addr;
    t.throws(() => w.IN6_SET_ADDR_UNSPECIFIED(loopback), TypeError);
    t.throws(() => {
      loopback.s6_addr = new Uint8Array(16);
    }, TypeError);
    t.throws(() => {
      (w.scopeid_unspecified as w.SCOPE_ID).Value = 1;
    }, TypeError);
    t.throws(() => loopback.set([1]), TypeError);
    loopback.s6_bytes[0] = 9;
    loopback.u.Word[0] = 9;
    t.equal(text6(loopback), '00000000000000000000000000000001');
    t.throws(() => {
      (w.IN6ADDR_ANY_INIT.s6_addr as number[])[0] = 1;
    }, TypeError);

    const address = new w.sockaddr_in6({ sin6_family: w.AF_INET6, sin6_addr: w.in6addr_loopback });
    t.equal(w.IN6ADDR_ISLOOPBACK(address), true);
    address.sin6_addr = w.in6addr_any;
    t.equal(w.IN6ADDR_ISANY(address), true);
    const copy = new w.in6_addr(w.in6addr_loopback);
    copy.s6_addr[0] = 0xfe;
    t.equal(copy[0], 0xfe);
  },
);

t.test('no field of a constant leads into it', async (t) => {
  const constants = [w.in6addr_any, w.in4addr_any, w.scopeid_unspecified];
  for (const constant of constants) {
    const type = constant.constructor as unknown as w.StructType<w.Struct>;
    const fields = type.layoutFor(w.hostArch).fields.map((field) => field.name);
    for (const name of [...fields, ...Object.keys(type.options.aliases ?? {})]) {
      t.throws(() => Reflect.set(constant, name, 0), TypeError, `${type.name}.${name}`);
    }
  }
});

t.test('functions that change a record change the memory around it', async (t) => {
  const storage = new w.SOCKADDR_STORAGE();
  const none = new w.SCOPE_ID();
  const in4 = new w.in_addr(w.IN4ADDR_LOOPBACK_INIT);
  w.INETADDR_SETSOCKADDR(w.AF_INET, storage, in4, none, 0x5000);
  t.equal(w.cast(w.sockaddr_in, storage).sin_port, 0x5000);
  t.equal(w.INETADDR_ISLOOPBACK(storage), true);
  const in6 = new w.in6_addr(w.IN6ADDR_LINKLOCALPREFIX_INIT);
  w.INETADDR_SETSOCKADDR(w.AF_INET6, storage, in6, new w.SCOPE_ID({ Value: 7 }), 1);
  t.equal(w.cast(w.sockaddr_in6, storage).sin6_scope_id, 7);
  t.equal(w.INETADDR_SCOPE_ID(storage).Value, 7);
  w.INETADDR_SET_ADDRESS(storage, w.in6addr_loopback);
  t.equal(w.INETADDR_ISLOOPBACK(storage), true);
  w.INETADDR_SETANY(storage);
  t.equal(w.INETADDR_ISANY(storage), true);
  t.equal(w.INETADDR_PORT(storage), 0);
  w.INETADDR_SETLOOPBACK(storage);
  t.equal(w.INETADDR_ISLOOPBACK(storage), true);

  const inet = new w.SOCKADDR_INET({ si_family: w.AF_INET });
  w.INETADDR_SETLOOPBACK(inet);
  t.equal(text4(inet.Ipv4.sin_addr), '127.0.0.1');
  const view = w.INETADDR_ADDRESS(inet);
  view[3] = 9;
  t.equal(text4(inet.Ipv4.sin_addr), '127.0.0.9');

  const mapped = new w.in6_addr(w.IN6ADDR_V4MAPPEDPREFIX_INIT);
  const embedded = w.IN6_GET_ADDR_V4MAPPED(mapped);
  embedded.s_addr = 0x0100007f;
  t.equal(text6(mapped), '00000000000000000000ffff7f000001');
  // The address that is written may hold the one it is made from.
  w.IN6_SET_ADDR_V4COMPAT(mapped, embedded);
  t.equal(text6(mapped), '0000000000000000000000007f000001');
});

t.test('wrong arguments are refused before memory is touched', async (t) => {
  const a4 = new w.in_addr();
  const a6 = new w.in6_addr();
  const wrong: [() => unknown, typeof TypeError | typeof RangeError][] = [
    [() => w.IN4_IS_ADDR_LOOPBACK(a6 as never), TypeError],
    [() => w.IN4_IS_ADDR_LOOPBACK(0x7f000001 as never), TypeError],
    [() => w.IN4_IS_ADDR_LOOPBACK(null as never), TypeError],
    [() => w.IN4_ADDR_EQUAL(a4, undefined as never), TypeError],
    [() => w.IN6_ADDR_EQUAL(a6, a4 as never), TypeError],
    [() => w.IN6_PREFIX_EQUAL(a6, a6, 129), RangeError],
    [() => w.IN6_PREFIX_EQUAL(a6, a6, -1), RangeError],
    [() => w.IN6_PREFIX_EQUAL(a6, a6, 1.5), TypeError],
    [() => w.IN6_SET_ADDR_V4MAPPED(a6, a6 as never), TypeError],
    [() => w.Ipv4AddressType(new Uint8Array(3)), RangeError],
    [() => w.Ipv6AddressScope(a4 as never), TypeError],
    [() => w.Ipv4AddressScope(new w.sockaddr_in() as never), TypeError],
    [() => w.INET_IS_ADDR_LOOPBACK(w.AF_UNIX, a4), RangeError],
    [() => w.INET_IS_ADDR_LOOPBACK(w.AF_INET6, a4), TypeError],
    [() => w.INET_ADDR_LENGTH(w.AF_UNSPEC), RangeError],
    [() => w.INETADDR_PORT(new w.sockaddr_un({ sun_family: w.AF_UNIX })), RangeError],
    [() => w.INETADDR_SETANY(new w.SOCKADDR_STORAGE()), RangeError],
    [() => w.INETADDR_ISEQUAL(new w.sockaddr_un(), new w.sockaddr_in()), RangeError],
    [() => w.INETADDR_ISANY(new Uint8Array(16) as never), TypeError],
    [() => w.INETADDR_ISANY(new w.sockaddr({ sa_family: w.AF_INET6 })), RangeError],
    [() => w.INETADDR_SET_PORT(new w.sockaddr_in({ sin_family: w.AF_INET }), 65536), RangeError],
    [() => w.IN4ADDR_SETSOCKADDR(new w.sockaddr_in(), a4, 70000), RangeError],
    [() => w.IN6ADDR_SETSOCKADDR(new w.sockaddr_in6(), a6, 5 as never, 1), TypeError],
    [() => w.MAKEWORD(1.5, 0), TypeError],
    [() => w.MAKEWORD('2' as never, 2), TypeError],
    [() => w.LOWORD(Number.NaN), TypeError],
    [() => w.htonll(-(2n ** 64n)), RangeError],
    [() => w.htonf('1' as never), TypeError],
    [() => w.ntohf(2 ** 33), RangeError],
    [() => w._IOR('ff', 1, w.u_long), RangeError],
    [() => w._IOR('f', 1, 4 as never), TypeError],
    [() => w._WSAIO('x' as never, 1), TypeError],
    [() => w.BIT(32), RangeError],
    [() => w.FD_SET('3' as never, new w.fd_set()), TypeError],
    [() => w.FD_SET(3, new Uint8Array(520) as never), TypeError],
    [() => w.FD_ISSET(3, null as never), TypeError],
    [() => w.timerisset({ tv_sec: 1, tv_usec: 0 } as never), TypeError],
    [() => w.timercmp(new w.timeval(), new w.timeval(), '=' as never), RangeError],
    [() => w.SVCID_TCP(65536), RangeError],
    [() => w.IS_SVCID_TCP('{…}' as never), TypeError],
    [() => w.WSA_CMSG_LEN(-1), RangeError],
    [() => w.WSA_CMSG_FIRSTHDR({} as never), TypeError],
    [() => w.IP_MSFILTER_SIZE(-1), RangeError],
    [() => w.INET_IS_ALIGNED('x' as never, w.int), TypeError],
    [() => w.INET_IS_ALIGNED(8, 4 as never), TypeError],
    [
      () => w.ISO_SET_TP_ADDR(new w.sockaddr_tp(), new Uint8Array(60), 60, new Uint8Array(5), 5),
      RangeError,
    ],
    [
      () => w.ISO_SET_TP_ADDR(new w.sockaddr_tp(), new Uint8Array(2), 3, new Uint8Array(5), 5),
      RangeError,
    ],
    [() => w.addressToString(5 as never), TypeError],
  ];
  for (const [call, error] of wrong) t.throws(call, error, String(call));
  // Nothing was written by the ones that write.
  const untouched = new w.sockaddr_in({ sin_port: 7 });
  t.throws(() => w.IN4ADDR_SETSOCKADDR(untouched, a4, 70000), RangeError);
  t.equal(untouched.sin_port, 7);
});

t.test('another family is none of these', async (t) => {
  const unix = new w.sockaddr_un({ sun_family: w.AF_UNIX });
  t.equal(w.INETADDR_ISANY(unix), false);
  t.equal(w.INETADDR_ISLOOPBACK(unix), false);
  t.equal(w.INETADDR_ISUNSPECIFIED(unix), false);
  t.equal(w.INETADDR_ISV4MAPPED(unix), false);
  const four = new w.sockaddr_in({ sin_family: w.AF_INET });
  t.equal(w.INETADDR_ISEQUAL(four, unix), false);
  t.equal(w.INETADDR_ISEQUAL(four, new w.sockaddr_in6({ sin6_family: w.AF_INET6 })), false);
});

t.test('control messages do not reach beyond their buffer', async (t) => {
  const control = new Uint8Array(new ArrayBuffer(256), 0, 40);
  const msg = new w.WSAMSG({ Control: { len: 40, buf: control } });
  const first = w.WSA_CMSG_FIRSTHDR(msg)!;
  t.equal(w.WSA_CMSG_NXTHDR(msg, first), null, 'a buffer that is not filled in ends');
  first.cmsg_len = w.WSA_CMSG_LEN(24);
  t.equal(w.WSA_CMSG_DATA(first).byteLength, 24);
  t.equal(w.WSA_CMSG_DATA(first).buffer, control.buffer);
  first.cmsg_len = w.WSA_CMSG_LEN(25);
  t.throws(() => w.WSA_CMSG_DATA(first), RangeError);
  t.equal(w.WSA_CMSG_NXTHDR(msg, first), null);
  msg.Control.len = 41;
  t.throws(() => w.WSA_CMSG_FIRSTHDR(msg), RangeError);
  msg.Control = new w.WSABUF();
  t.equal(w.WSA_CMSG_FIRSTHDR(msg), null);
  const elsewhere = new w.WSACMSGHDR({ cmsg_len: 16 });
  const other = new w.WSAMSG({ Control: { len: 40, buf: control } });
  t.throws(() => w.WSA_CMSG_NXTHDR(other, elsewhere), RangeError);
  const rio = new Uint8Array(16);
  rio[0] = 17;
  t.throws(() => w.RIO_CMSG_FIRSTHDR(rio), RangeError);
});

t.test('a control buffer is written and read back, also at an address', async (t) => {
  const control = new Uint8Array(new ArrayBuffer(w.WSA_CMSG_SPACE(4) + w.WSA_CMSG_SPACE(2)));
  const msg = new w.WSAMSG({ Control: { len: control.length, buf: control } });
  let header = w.WSA_CMSG_FIRSTHDR(msg)!;
  for (const [type, data] of [
    [1, [1, 2, 3, 4]],
    [2, [5, 6]],
  ] as const) {
    header.cmsg_type = type;
    header.cmsg_len = w.WSA_CMSG_LEN(data.length);
    w.WSA_CMSG_DATA(header).set(data);
    header = w.WSA_CMSG_NXTHDR(msg, header)!;
  }
  t.equal(header, null);
  const byAddress = new w.WSAMSG({
    Control: { len: control.length, buf: w.addressOf(control) },
  });
  const found: unknown[] = [];
  for (let c = w.WSA_CMSG_FIRSTHDR(byAddress); c; c = w.WSA_CMSG_NXTHDR(byAddress, c)) {
    found.push([c.cmsg_type, [...w.WSA_CMSG_DATA(c)]]);
  }
  t.same(found, [
    [1, [1, 2, 3, 4]],
    [2, [5, 6]],
  ]);
  t.equal(control.length, 48);
});

t.test('times compare by value with every operator', async (t) => {
  const time = (tv_sec: number, tv_usec: number) => new w.timeval({ tv_sec, tv_usec });
  t.equal(w.timercmp(time(1, 0), time(1, 500000), '>='), false, 'where the C macro is wrong');
  t.equal(w.timercmp(time(1, 0), time(1, 500000), '<='), true);
  t.equal(w.timercmp(time(1, 0), time(1, 500000), '=='), false);
  t.equal(w.timercmp(time(1, 5), time(1, 5), '=='), true);
  t.equal(w.timercmp(time(2, 0), time(1, 5), '>='), true);
  const some = time(1, 2);
  w.timerclear(some);
  t.same([some.tv_sec, some.tv_usec], [0, 0]);
});

t.test('alignment is that of the address', async (t) => {
  const memory = new Uint8Array(new ArrayBuffer(16));
  t.equal(w.INET_IS_ALIGNED(memory, w.uint64), true);
  t.equal(w.INET_IS_ALIGNED(memory.subarray(1), w.uint16), false);
  t.equal(w.INET_IS_ALIGNED(memory.subarray(2), w.uint16), true);
  t.equal(w.INET_IS_ALIGNED(12, w.in_addr), true);
  t.equal(w.INET_IS_ALIGNED(14, w.in_addr), false);
});

t.test('each family has its record, of the size that the compiler gives it', async (t) => {
  const types: [family: number, type: { name: string }][] = [
    [w.AF_UNIX, w.sockaddr_un],
    [w.AF_INET, w.sockaddr_in],
    [w.AF_IPX, w.SOCKADDR_IPX],
    [w.AF_ISO, w.SOCKADDR_TP],
    [w.AF_APPLETALK, w.SOCKADDR_AT],
    [w.AF_NETBIOS, w.SOCKADDR_NB],
    [w.AF_BAN, w.SOCKADDR_VNS],
    [w.AF_ATM, w.SOCKADDR_ATM],
    [w.AF_INET6, w.sockaddr_in6],
    [w.AF_IRDA, w.SOCKADDR_IRDA],
    [w.AF_BTH, w.SOCKADDR_BTH],
    [w.AF_LINK, w.sockaddr_dl],
    [w.AF_HYPERV, w.SOCKADDR_HV],
  ];
  for (const [family, type] of types) {
    t.equal(w.sockaddrType(family), type);
    t.equal(w.SOCKADDR_SIZE(family), layouts[type.name]?.x64?.[0], type.name);
  }
  t.equal(w.sockaddrType(w.AF_UNSPEC), undefined);
  t.equal(w.SOCKADDR_SIZE(w.AF_UNSPEC), w.sizeof(w.SOCKADDR_STORAGE));
  t.equal(w.IN4ADDR_SCOPE_ID(new w.sockaddr_in()).Value, 0);
  t.equal(w.ScopeLevel(new w.SCOPE_ID({ Value: 0x50000001 })), w.ScopeLevelSite);
});
