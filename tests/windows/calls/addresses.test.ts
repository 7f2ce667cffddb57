// Numbers where native code wants an address. Programs in JavaScript give them without a type; those that get an
// address from native code hand it on. The system is asked which of the two it is.

import t from 'tap';
import * as w from 'winsock';
import { memcmp } from 'winsock/c';
import * as k from 'winsock/kernel';

type Loose = (...args: unknown[]) => unknown;

const PAGE = 4096;

/** Two pages behind each other, of which the second must not be touched. */
function pages(protection: number): w.Pointer {
  const at = k.VirtualAlloc.orThrow(0 as w.Pointer, 2 * PAGE, k.MEM_RESERVE, k.PAGE_NOACCESS);
  k.VirtualAlloc.orThrow(at, PAGE, k.MEM_COMMIT, protection);
  return at;
}

/** An address in a reservation of which nothing is committed. */
const nowhere = k.VirtualAlloc.orThrow(0 as w.Pointer, PAGE, k.MEM_RESERVE, k.PAGE_NOACCESS);

t.test('a number where nothing is', async (t) => {
  const s = 1 as w.SOCKET;
  const cases: [Loose, unknown[], RegExp][] = [
    [
      w.inet_addr as Loose,
      [nowhere],
      /^inet_addr: cp: \d+ is not an address: there is no memory; pass '\d+', a string$/,
    ],
    [w.gethostbyname as Loose, [nowhere], /name: \d+ is not an address/],
    [w.GetAddrInfoW as Loose, [nowhere, null, null, w.ref(w.ptr(w.addrinfoW))], /pNodeName/],
    [w.recv as Loose, [s, nowhere, 4, 0], /buf: \d+ is not an address/],
    [w.connect as Loose, [s, nowhere, 16], /name: \d+ is not an address/],
    [w.ioctlsocket as Loose, [s, w.FIONBIO, nowhere], /argp: \d+ is not an address/],
    [w.WSASend as Loose, [s, nowhere, 1, null, 0, null, null], /lpBuffers: \d+ is not an address/],
    [w.freeaddrinfo as Loose, [nowhere], /is not an address/],
    [w.cast as Loose, [w.sockaddr_in, nowhere], /^cast: \d+ is not an address/],
    [w.cast as Loose, [w.sockaddr_in, 8, Number(nowhere)], /^cast: \d+ is not an address/],
    [memcmp as Loose, [nowhere, Buffer.alloc(4), 4], /is not an address/],
    [w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.at as Loose, [nowhere], /is not an address/],
    [w.inet_addr as Loose, [0x7f000001], /is not an address/],
  ];
  for (const [call, args, message] of cases) {
    t.throws(() => call(...args), { name: 'RangeError', message }, String(message));
  }
  t.throws(() => new w.WSABUF({ len: 4, buf: nowhere }), { message: /^WSABUF\.buf: \d+ is not/ });
  t.throws(() => w.ref(w.ptr(w.addrinfo), nowhere as never), { name: 'RangeError' });
  const list = new w.addrinfo();
  t.throws(() => Object.assign(list, { ai_next: nowhere }), { name: 'RangeError' });
  await t.rejects((w.inet_addr.async as Loose)(nowhere) as Promise<unknown>, {
    name: 'RangeError',
  });
});

t.test('an address of memory that there is', async (t) => {
  const text = Buffer.from('127.0.0.1\0');
  t.equal((w.inet_addr as Loose)(w.addressOf(text)), w.htonl(w.INADDR_LOOPBACK));
  const at = pages(k.PAGE_READWRITE);
  const address = w.cast(w.sockaddr_in, at);
  address.sin_family = w.AF_INET;
  const s = w.socket.orThrow(w.AF_INET, w.SOCK_DGRAM, 0);
  w.bind.orThrow(s, at, 16);
  const length = w.ref(w.int, 16);
  w.getsockname.orThrow(s, at, w.addressOf(length));
  t.not(address.sin_port, 0);
  t.equal(w.getsockname(s, at, w.ref(w.int, PAGE)), 0, 'as much as there is');
  w.closesocket(s);
  k.VirtualFree.orThrow(at, 0, k.MEM_RELEASE);
});

t.test('as much of it as is asked for', async (t) => {
  const at = pages(k.PAGE_READWRITE);
  const end = (at + PAGE - 4) as w.Pointer;
  const s = 1 as w.SOCKET;
  t.throws(() => w.recv(s, end, 5, 0), { message: 'recv: buf has 4 bytes, but len says 5' });
  t.throws(() => w.recv(s, at, 2 ** 30, 0), { message: /buf has 4096 bytes/ });
  t.throws(() => w.WSASend(s, end as w.Pointer<w.WSABUF>, 1, null, 0, null, null), {
    message: /needs? \d+|has 4 bytes/,
  });
  t.throws(() => w.cast(w.sockaddr_in, end), { message: /^cast needs 16 bytes, got 4 at \d+$/ });
  t.throws(() => w.WSAHtons(s, 1, (at + PAGE - 1) as w.Pointer), {
    message: /needs 2 bytes, got 1/,
  });
  k.VirtualFree.orThrow(at, 0, k.MEM_RELEASE);
});

t.test('text ends within the memory', async (t) => {
  const at = pages(k.PAGE_READWRITE);
  const bytes = w.cast(w.array(w.uint8, PAGE), at).value;
  for (let i = 0; i < PAGE; i++) bytes[i] = 0x31;
  const inetAddr = w.inet_addr as Loose;
  t.throws(() => inetAddr(at), { name: 'RangeError', message: /no NUL to end the string/ });
  bytes[PAGE - 1] = 0;
  t.equal(inetAddr(at + PAGE - 2), w.htonl(1), 'up to the last byte');
  const wide = w.GetAddrInfoW as Loose;
  const result = w.ref(w.ptr(w.addrinfoW));
  t.throws(
    () => wide(at, null, null, result),
    { message: /no NUL to end the string/ },
    'a NUL of WCHAR',
  );
  k.VirtualFree.orThrow(at, 0, k.MEM_RELEASE);
});

t.test('memory that can only be read, and code', async (t) => {
  const at = pages(k.PAGE_READONLY);
  const s = 1 as w.SOCKET;
  t.throws(() => w.recv(s, at, 4, 0), { message: /is not an address that can be written to/ });
  t.equal(w.send(s, at, 4, 0), w.SOCKET_ERROR, 'it can be sent');
  const code = k.GetProcAddress.orThrow(k.GetModuleHandleW.orThrow('kernel32'), 'GetTickCount');
  t.doesNotThrow(() => w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.at(code as never));
  t.throws(() => w.LPWSAOVERLAPPED_COMPLETION_ROUTINE.at(at as never), {
    message: /is not an address of a function$/,
  });
  k.VirtualFree.orThrow(at, 0, k.MEM_RELEASE);
});

t.test('a page that guards a stack keeps its guard', async (t) => {
  const at = pages(k.PAGE_READWRITE | k.PAGE_GUARD);
  t.throws(() => (w.inet_addr as Loose)(at), { message: /is not an address/ });
  const information = new k.MEMORY_BASIC_INFORMATION();
  k.VirtualQuery.orThrow(at, information, w.sizeof(information));
  t.equal(information.Protect & k.PAGE_GUARD, k.PAGE_GUARD);
  k.VirtualFree.orThrow(at, 0, k.MEM_RELEASE);
});

t.test('a number of the program’s own goes where no memory is meant', async (t) => {
  const context = new w.OVERLAPPED({ Pointer: nowhere });
  t.equal(context.Pointer, nowhere);
});
