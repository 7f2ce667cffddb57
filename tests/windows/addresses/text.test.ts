import t from 'tap';
import * as w from 'winsock';
import { startWinsock } from '../support/winsock.ts';

startWinsock(t);

const FOUR = '198.51.100.7';
const SIX = 'fe80::1:2';
const four = new w.in_addr({ s_addr: w.inet_addr(FOUR) });
const six = w.stringToAddress(SIX, w.AF_INET6).sin6_addr;

/** The text that a function writes, in either alphabet. */
function written(wide: boolean, write: (text: Buffer) => unknown): string {
  const text = Buffer.alloc(256);
  write(text);
  return text.toString(wide ? 'utf16le' : 'latin1').replace(/\0.*/s, '');
}

t.test('inet_ntop and inet_pton in both alphabets', async (t) => {
  for (const [family, address, expected] of [
    [w.AF_INET, four, FOUR],
    [w.AF_INET6, six, SIX],
  ] as const) {
    t.equal(
      written(false, (text) => w.inet_ntop.orThrow(family, address, text, 128)),
      expected,
    );
    t.equal(
      written(true, (text) => w.InetNtopW.orThrow(family, address, text, 128)),
      expected,
    );
    const [narrow, wide] = [new Uint8Array(address.length), new Uint8Array(address.length)];
    t.equal(w.inet_pton.orThrow(family, expected, narrow), 1);
    t.equal(w.InetPtonW.orThrow(family, expected, wide), 1);
    t.same([...narrow], [...address]);
    t.same([...wide], [...address]);
    t.equal(w.InetPtonW(family, 'no address', wide), 0);
  }
});

t.test('WSAAddressToStringA writes what WSAStringToAddressA reads', async (t) => {
  const address = new w.sockaddr_in();
  const size = w.sizeof(address);
  w.WSAStringToAddressA.orThrow(`${FOUR}:80`, w.AF_INET, null, address, w.ref(w.int, size));
  t.equal(address.sin_port, w.htons(80));
  const length = w.ref(w.DWORD, 64);
  const text = written(false, (memory) =>
    w.WSAAddressToStringA.orThrow(address, size, null, memory, length),
  );
  t.equal(text, `${FOUR}:80`);
  t.equal(length.value, text.length + 1);
  length.value = 4;
  t.throws(() => w.WSAAddressToStringA.orThrow(address, size, null, Buffer.alloc(4), length), {
    code: 'WSAEFAULT',
  });
});

t.test('RtlIpv4AddressToString and RtlIpv6AddressToString', async (t) => {
  t.equal(
    written(false, (text) => w.RtlIpv4AddressToStringA(four, text)),
    FOUR,
  );
  t.equal(
    written(true, (text) => w.RtlIpv4AddressToStringW(four, text)),
    FOUR,
  );
  t.equal(
    written(false, (text) => w.RtlIpv6AddressToStringA(six, text)),
    SIX,
  );
  t.equal(
    written(true, (text) => w.RtlIpv6AddressToStringW(six, text)),
    SIX,
  );
  const port = w.htons(443);
  const length = () => w.ref(w.ULONG, 64);
  const textOf = {
    v4A: written(false, (s) => w.RtlIpv4AddressToStringExA.orThrow(four, port, s, length())),
    v4W: written(true, (s) => w.RtlIpv4AddressToStringExW.orThrow(four, port, s, length())),
    v6A: written(false, (s) => w.RtlIpv6AddressToStringExA.orThrow(six, 3, port, s, length())),
    v6W: written(true, (s) => w.RtlIpv6AddressToStringExW.orThrow(six, 3, port, s, length())),
  };
  const [withPort, withScope] = [`${FOUR}:443`, `[${SIX}%3]:443`];
  t.same(textOf, { v4A: withPort, v4W: withPort, v6A: withScope, v6W: withScope });
});

t.test('RtlIpv4StringToAddress and RtlIpv6StringToAddress', async (t) => {
  const end = w.ref(w.pvoid);
  const into4 = () => new w.in_addr();
  const into6 = () => new w.in6_addr();
  for (const read of [w.RtlIpv4StringToAddressA, w.RtlIpv4StringToAddressW]) {
    const address = into4();
    read.orThrow(FOUR, 1, end as never, address);
    t.equal(address.s_addr, four.s_addr, read.name);
    t.throws(() => read.orThrow('1.2.3', 1, end as never, address), Error, 'strict');
  }
  for (const read of [w.RtlIpv6StringToAddressA, w.RtlIpv6StringToAddressW]) {
    const address = into6();
    read.orThrow(SIX, end as never, address);
    t.same([...address], [...six], read.name);
  }
  for (const read of [w.RtlIpv4StringToAddressExA, w.RtlIpv4StringToAddressExW]) {
    const [address, port] = [into4(), w.ref(w.u_short)];
    read.orThrow(`${FOUR}:443`, 1, address, port);
    t.same([address.s_addr, port.value], [four.s_addr, w.htons(443)], read.name);
  }
  for (const read of [w.RtlIpv6StringToAddressExA, w.RtlIpv6StringToAddressExW]) {
    const [address, scope, port] = [into6(), w.ref(w.ULONG), w.ref(w.u_short)];
    read.orThrow(`[${SIX}%3]:443`, address, scope, port);
    t.same([...address], [...six], read.name);
    t.same([scope.value, port.value], [3, w.htons(443)], read.name);
  }
});
