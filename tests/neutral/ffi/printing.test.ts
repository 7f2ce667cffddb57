import { inspect } from 'node:util';
import t from 'tap';
import * as w from 'winsock';
import { addressText } from 'winsock/names';

const v4 = new w.sockaddr_in({
  sin_family: w.AF_INET,
  sin_port: 80 << 8,
  sin_addr: { s_addr: 0x0100007f },
});
const v6 = new w.sockaddr_in6({
  sin6_family: w.AF_INET6,
  sin6_port: 0xbb01, // 443 in network order
  sin6_addr: w.in6addr_loopback,
  sin6_scope_id: 3,
});

t.test('IP addresses print as text, at any depth', async (t) => {
  t.equal(inspect(v4.sin_addr), 'in_addr(127.0.0.1)');
  t.equal(inspect(v6.sin6_addr), 'in6_addr(::1)');
  t.equal(
    inspect({ a: { b: { c: { d: v4.sin_addr } } } }, { depth: 3 }).includes('127.0.0.1'),
    true,
  );
  t.match(inspect(v4), /^sockaddr_in \{[^{}]*sin_port: 20480,\s+sin_addr: in_addr\(127\.0\.0\.1\)/);
});

t.test('a socket address of no certain family prints as the family says', async (t) => {
  t.equal(inspect(w.cast(w.sockaddr, v4)), 'sockaddr(127.0.0.1:80)');
  t.equal(inspect(w.cast(w.sockaddr, v6)), 'sockaddr([::1%3]:443)', 'beyond the 16 bytes of it');
  const storage = new w.SOCKADDR_STORAGE();
  storage.set(v6);
  t.equal(inspect(storage), 'sockaddr_storage([::1%3]:443)');
  const beginning = new w.sockaddr();
  beginning.set(v6.subarray(0, 16));
  t.match(inspect(beginning), /sa_family: 23,\s+sa_data: Uint8Array\(14\)/, 'without its end');
  t.match(inspect(new w.sockaddr()), /sa_family: 0, sa_data: ""/);
  const list = new w.addrinfo({ ai_addr: v4 });
  t.match(inspect(list), /ai_canonname: null,\s+ai_addr: sockaddr\(127\.0\.0\.1:80\)/);
});

t.test('IPv6 addresses are shortened as RFC 5952 says', async (t) => {
  for (const [bytes, text] of [
    ['20010db8000000010000000000000001', '2001:db8:0:1::1'],
    ['00000000000000000000ffff7f000001', '::ffff:127.0.0.1'],
    ['20010db8000100010001000100000001', '2001:db8:1:1:1:1:0:1'],
  ] as const) {
    const address = new w.sockaddr_in6({ sin6_family: w.AF_INET6 });
    address.sin6_addr.set(Buffer.from(bytes, 'hex'));
    t.equal(addressText(address), `[${text}]:0`);
  }
});

t.test('GUIDs and addresses in memory print as one knows them', async (t) => {
  t.equal(inspect(w.WSAID_ACCEPTEX), 'GUID({b5367df1-cbac-11cf-95ca-00805f48a192})');
  t.match(inspect(new w.WSABUF()), /buf: NULL/);
  t.match(inspect(new w.WSABUF({ len: 1, buf: Buffer.alloc(1) })), /buf: 0x[0-9a-f]+ \}/);
  t.equal(inspect(w.ref(w.ptr())), 'ref(void *, NULL)');
  t.equal(inspect(w.ref(w.ptr(w.addrinfo))), 'ref(addrinfo *, null)');
});

t.test('arrays of characters are text', async (t) => {
  const narrow = w.arrayOf(w.char, 8);
  narrow.bytes.set(Buffer.from('h\u00e9\0old'));
  t.equal(`${narrow}`, 'h\u00e9');
  t.equal(inspect(narrow), '"h\u00e9"');
  const wide = w.arrayOf(w.WCHAR, 'text');
  t.equal(wide.length, 5, 'with the NUL, as in C');
  t.equal(String(wide), 'text');
  t.equal(inspect({ wide }), '{ wide: "text" }');
  t.equal(w.arrayOf(w.char, '\u00e9').length, 3);
  t.same([...w.arrayOf(w.char, 'ab')], [97, 98, 0]);
  t.throws(() => w.arrayOf(w.int, 'ab'), { name: 'TypeError', message: /int32/ });
  t.equal(String(w.arrayOf(w.int, [1, 2])), '1,2', 'others as an array has it');
  t.equal(inspect(w.arrayOf(w.int, [1, 2])), '[ 1, 2 ]');
});
