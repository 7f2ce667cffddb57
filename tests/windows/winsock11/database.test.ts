import t from 'tap';
import * as w from 'winsock';
import { answeredByStub, isWine } from '../support/native.ts';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

/** A pointer table in memory, as the functions of Winsock 1.1 return it. */
function table(...strings: string[]): w.CArray<w.Pointer> {
  const pointers = w.arrayOf(w.pvoid, strings.length + 1);
  strings.forEach((text, index) => {
    pointers.set(index, Buffer.from(`${text}\0`) as never);
  });
  return pointers;
}

t.test('lists of strings are read up to their end', async (t) => {
  const names = table('one', 'two', '');
  t.same(w.stringList(w.addressOf(names)), ['one', 'two', '']);
  t.same(w.stringList(w.addressOf(table())), []);
  t.same(w.stringList(0 as w.Pointer), []);
});

t.test('a host made by hand has its aliases and addresses', async (t) => {
  const aliases = table('www', 'mail');
  const addresses = w.arrayOf(w.pvoid, [
    new w.in_addr({ s_addr: 0x0100007f }),
    new w.in_addr({ s_addr: 0x0200007f }),
    null,
  ]);
  const host = new w.hostent({
    h_name: 'example',
    h_aliases: w.addressOf(aliases),
    h_addrtype: w.AF_INET,
    h_length: 4,
    h_addr_list: w.addressOf(addresses),
  });
  t.equal(host.h_name, 'example');
  t.same(w.aliasesOf(host), ['www', 'mail']);
  t.same(w.addressList(host), [Uint8Array.of(127, 0, 0, 1), Uint8Array.of(127, 0, 0, 2)]);
  t.equal(w.inet_ntoa(w.cast(w.in_addr, w.h_addr(host)!)), '127.0.0.1');
  host.h_addr_list = 0 as never;
  t.equal(w.h_addr(host), null);
});

t.test('gethostbyname and gethostbyaddr find this computer', async (t) => {
  const host = w.gethostbyname.orThrow('localhost')!;
  t.equal(host.h_addrtype, w.AF_INET);
  t.equal(host.h_length, 4);
  const addresses = w.addressList(host);
  t.ok(addresses.some((address) => address.join('.') === '127.0.0.1'));
  t.equal(w.inet_ntoa(w.cast(w.in_addr, w.h_addr(host)!)), addresses[0]!.join('.'));

  const name = Buffer.alloc(256);
  w.gethostname.orThrow(name, name.length);
  const own = name.toString('latin1').replace(/\0.*/s, '');
  t.ok(w.addressList(w.gethostbyname.orThrow(own)!).length > 0, 'the name of this host');
  t.equal(w.gethostbyname.orThrow(null)?.h_name, w.gethostbyname(own)?.h_name, 'NULL means it too');

  const found = w.gethostbyaddr.orThrow(Uint8Array.of(127, 0, 0, 1), 4, w.AF_INET)!;
  // Windows gives this computer's name, or what its hosts file says.
  if (isWine()) t.equal(found.h_name, 'localhost');
  else t.match(found.h_name, /\w/);
  t.throws(() => w.gethostbyname.orThrow('no-such-host.invalid'), {
    code: /^WSA(HOST_NOT_FOUND|TRY_AGAIN)$/,
  });
});

t.test('the result belongs to Winsock, the lists are copies', async (t) => {
  const addresses = w.addressList(w.gethostbyname.orThrow('127.0.0.2')!);
  w.gethostbyname.orThrow('127.0.0.3');
  t.same(addresses, [Uint8Array.of(127, 0, 0, 2)]);
});

t.test('services are found by name and by port', async (t) => {
  const byName = w.getservbyname.orThrow('http', 'tcp')!;
  t.equal(byName.s_name, 'http');
  t.equal(byName.s_proto, 'tcp');
  t.equal(w.ntohs(byName.s_port), 80);
  t.ok(Array.isArray(w.aliasesOf(byName)));
  t.equal(w.getservbyport.orThrow(w.htons(21), 'tcp')!.s_name, 'ftp');
  t.equal(w.getservbyport.orThrow(w.htons(21), null)!.s_name, 'ftp', 'of any protocol');
  t.throws(() => w.getservbyname.orThrow('no such service', null), { code: 'WSANO_DATA' });
});

t.test('protocols are found by name and by number', async (t) => {
  t.equal(w.getprotobyname.orThrow('tcp')!.p_proto, w.IPPROTO_TCP);
  const udp = w.getprotobynumber.orThrow(w.IPPROTO_UDP)!;
  t.equal(udp.p_name, 'udp');
  t.same(w.aliasesOf(udp), ['UDP']);
  t.throws(() => w.getprotobyname.orThrow('no such protocol'), { code: 'WSANO_DATA' });
});

t.test(
  'a blocking hook has to be a registered function, and no call counts as blocking',
  async (t) => {
    t.throws(() => w.WSASetBlockingHook(() => 0), TypeError, 'the system would keep it');
    using hook = w.FARPROC.register(() => 0);
    const before = w.WSASetBlockingHook(hook);
    if (before === 0) t.equal(w.WSAGetLastError(), w.WSAEOPNOTSUPP, 'WSASetBlockingHook');
    else {
      t.equal(w.WSASetBlockingHook(before), hook.address, 'the hook that was there');
      w.WSAUnhookBlockingHook();
    }
    t.equal(w.WSAIsBlocking(), 0);
    // Wine accepts the calls without effect; Windows says that version 2 has none of it.
    for (const call of [w.WSACancelBlockingCall, w.WSAUnhookBlockingHook]) {
      const result = call();
      if (result !== 0) t.equal(w.WSAGetLastError(), w.WSAEOPNOTSUPP, call.name);
    }
    answeredByStub(w.WSACancelBlockingCall, w.WSAUnhookBlockingHook);
  },
);

t.test('wsock32.dll has other numbers for the options of IP', async (t) => {
  const setOldOption = w.func<typeof w.setsockopt>(
    'wsock32',
    'setsockopt',
    w.SocketError,
    w.setsockopt.definition.signature,
  );
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
  const read = (option: number) => {
    const value = w.ref(w.int);
    w.getsockopt.orThrow(s, w.IPPROTO_IP, option, value, w.ref(w.int, 4));
    return value.value;
  };
  const old = w.WSOCK32_IP_OPTIONS;
  const pairs: [number, number][] = [
    [old.IP_MULTICAST_TTL, w.IP_MULTICAST_TTL],
    [old.IP_TTL, w.IP_TTL],
  ];
  for (const [number, current] of pairs) {
    t.not(number, current);
    setOldOption.orThrow(s, w.IPPROTO_IP, number, w.ref(w.int, 40 + number), 4);
    t.equal(read(current), 40 + number);
  }
  setOldOption.orThrow(s, w.IPPROTO_IP, old.IP_MULTICAST_LOOP, w.ref(w.int, 0), 4);
  t.equal(read(w.IP_MULTICAST_LOOP), 0);
  w.closesocket(s);
});
